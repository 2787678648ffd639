"""Azure's device SDK for Node.js with a TPM, over HTTPS: first with the stand-in of the service, which so is held to what a
real device needs, then through the gateway."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
import own_network  # noqa: E402
from site_processes import SCOPE, Gateway, Site, StandIn  # noqa: E402
from tpm_processes import Swtpm  # noqa: E402

TEXT = "what only the hub key can sign"


class TpmSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.tpm, cls.other = Swtpm(cls.site, "tpm"), Swtpm(cls.site, "other")
        told = cls.sdk(cls.tpm, identity=True)
        cls.device = told["id"]
        cls.record = {"registrationId": cls.device, "provisioningStatus": "enabled", "etag": '"1"',
                      "attestation": {"type": "tpm", "tpm": {"endorsementKey": told["endorsementKey"]}}}

    @classmethod
    def sdk(cls, tpm, **plan):
        file = cls.site.folder / "plan.json"
        file.write_text(json.dumps({"tpm": str(tpm.socket), "host": "localhost", "scope": SCOPE, "prove": TEXT, **plan}))
        environment = dict(os.environ, NODE_EXTRA_CA_CERTS=str(cls.site.certificates.ca), NODE_NO_WARNINGS="1")
        run = subprocess.run(["node", str(HERE / "sdk_tpm.js"), str(file)], capture_output=True, text=True, timeout=120,
                             env=environment)
        if run.returncode != 0:
            raise RuntimeError(run.stderr)
        return json.loads(run.stdout.strip().splitlines()[-1])

    def assert_assigned(self, told):
        """And its TPM holds the key that the hub was given last."""
        self.assertEqual(told.get("status"), "assigned", told)
        seen = self.standin.registrations()[self.device]
        self.assertEqual(told["device"], self.device)
        key = base64.b64decode(seen["tpm"]["hubKeys"][-1])
        self.assertEqual(told["proof"], base64.b64encode(hmac.digest(key, TEXT.encode(), hashlib.sha256)).decode())


class WithTheService(TpmSdk):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standin = StandIn(cls.site, [cls.record], "--retry-after", "1", listen="127.0.0.1:443")

    def test_it_is_assigned_and_proves_its_hub_key(self):
        self.assert_assigned(self.sdk(self.tpm))
        self.tpm.restart()
        self.assert_assigned(self.sdk(self.tpm))

    def test_another_tpm_under_its_id_is_refused(self):
        told = self.sdk(self.other, id=self.device)
        self.assertEqual((told["error"], told["httpStatus"]), ("UnauthorizedError", 401), told)


class ThroughTheGateway(TpmSdk):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standin = StandIn(cls.site, [cls.record], "--retry-after", "1")
        cls.gateway = Gateway(cls.site, cls.standin.port, 'https.listen = ["127.0.0.1:443"]')
        cls.gateway.enroll([cls.record])

    def test_1_the_service_challenges_it(self):
        self.assert_assigned(self.sdk(self.tpm))

    def test_2_another_tpm_under_its_id_is_refused(self):
        self.assertNotIn("status", self.sdk(self.other, id=self.device))

    def test_3_without_the_service_it_is_answered_and_keeps_its_hub_key(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.assert_assigned(self.sdk(self.tpm))
        self.assertEqual(self.standin.registrations()[self.device]["tpm"]["challenges"], 1)


if __name__ == "__main__":
    own_network.enter()
    unittest.main(verbosity=2)
