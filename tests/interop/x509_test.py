"""Azure's device SDK for Node.js with certificates, at the ports it knows, under a name that the site leads to the gateway:
the service is reached through the tunnel, and in the outage the gateway answers what it learnt."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
import own_network  # noqa: E402
from certificates_test import Factory  # noqa: E402
from site_processes import SCOPE, Gateway, Site, StandIn, wait_for  # noqa: E402

TRANSPORTS = {"mqtt": "localhost:8883", "mqtt-ws": "localhost", "http": "localhost"}


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.factory = Factory(cls.site.folder / "factory")
        folder = cls.factory.folder
        cls.factory.ca("site-ca-2", by="line-ca")
        for transport in TRANSPORTS:
            cls.factory.leaf(f"{transport}-group", by="site-ca-2", above=["site-ca-2", "line-ca"])
            cls.factory.leaf(f"{transport}-alone", by="foreign-ca")
        cls.factory.leaf("shut-out", above=["line-ca"])
        cls.factory.leaf("finder", above=["line-ca"])
        shut_out = {"registrationId": "shut-out", "provisioningStatus": "disabled", "etag": '"1"',
                    "attestation": cls.x509("shut-out", "clientCertificates")}
        records = [{"enrollmentGroupId": "line", "provisioningStatus": "enabled", "attestation": cls.x509("line-ca", "signingCertificates")}]
        records += [{"registrationId": f"{t}-alone", "provisioningStatus": "enabled",
                     "attestation": cls.x509(f"{t}-alone", "clientCertificates")} for t in TRANSPORTS]
        cls.standin = StandIn(cls.site, [*records, shut_out], "--retry-after", "1", mqtt=True, policy=True)
        secret = cls.site.folder / "api"
        secret.touch(mode=0o600)
        secret.write_text(cls.standin.connection_string)
        cls.gateway = Gateway(cls.site, cls.standin.port, f"""
            mqtt.listen = ["127.0.0.1:8883"]
            https.listen = ["127.0.0.1:443"]
            tunnel.server_names = ["localhost"]
            tunnel.dial = {{ "localhost:8883" = "127.0.0.1:{cls.standin.mqtt_port}", "localhost:443" = "127.0.0.1:{cls.standin.port}" }}
            service.api_connection_string_file = "{secret}"
            limits.penalty_threshold = "10m"
        """)
        cls.gateway.ctl("enroll", "import", "--group", "line", str(folder / "line-ca.pem"))
        for transport in TRANSPORTS:
            cls.gateway.ctl("enroll", "import", str(folder / f"{transport}-alone.pem"))
        cls.gateway.enroll([shut_out])

    @classmethod
    def x509(cls, name, kind):
        pem = (cls.factory.folder / f"{name}.pem").read_text()
        return {"type": "x509", "x509": {kind: {"primary": {"certificate": pem}}}}

    def device(self, registration_id, certificate=None):
        name = certificate or registration_id
        return {"id": registration_id, "cert": str(self.factory.folder / f"{name}.chain.pem"),
                "certKey": str(self.factory.folder / f"{name}.key")}

    def sdk(self, transport, devices, tries=1):
        plan = self.site.folder / "plan.json"
        plan.write_text(json.dumps({"host": TRANSPORTS[transport], "transport": transport, "scope": SCOPE, "tries": tries,
                                    "concurrency": 1, "devices": devices}))
        environment = dict(os.environ, NODE_EXTRA_CA_CERTS=str(self.site.certificates.ca))
        run = subprocess.run(["node", str(HERE / "sdk_register.js"), str(plan)], capture_output=True, text=True, timeout=120,
                             env=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["results"]

    def reasons(self, what):
        told = json.loads(self.gateway.ctl("--json", "explain", what).stdout)
        return [attempt["reason"]["code"] for attempt in told["attempts"]]

    def test_1_what_is_wrong_with_a_certificate_is_said_as_the_service_says_it(self):
        self.factory.leaf("expired-1", days=-1)
        self.factory.leaf("other-name", cn="somebody-else")
        rows = [(self.device("wrong-name", "other-name"), "certificate-for-another-id"),
                (self.device("expired-1"), "leaf-certificate-expired"),
                (self.device("shut-out"), "enrollment-disabled")]
        for transport in TRANSPORTS:
            for device, reason in rows:
                with self.subTest(transport=transport, reason=reason):
                    result = self.sdk(transport, [device])[0]
                    self.assertNotEqual(result.get("status"), "assigned")
                    self.assertIn(reason, self.reasons(device["id"]))

    def test_2_by_certificate_through_the_tunnel_individual_and_group(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                ids = [f"{transport}-group", f"{transport}-alone"]
                for result in self.sdk(transport, [self.device(i) for i in ids], tries=3):
                    self.assertEqual(result.get("status"), "assigned", result)
                    self.assertIn(result["id"], self.standin.registrations())
                for i in ids:
                    wait_for(lambda: self.is_learnt(transport, i), 60, 0.5, f"{i} is learnt")

    def is_learnt(self, transport, registration_id):
        """All come from one address here, and over HTTPS a leaf may pass behind another one's name: then it is known by its
        next registration, when nothing passes by itself any more."""
        if self.gateway.devices().get(registration_id, {}).get("status") == "assigned":
            return True
        self.sdk(transport, [self.device(registration_id)])
        return False

    def test_3_in_the_outage_they_are_answered_from_what_was_learnt(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.sdk("mqtt", [self.device("finder")], tries=2)  # whoever wants through finds out that the service is away
        wait_for(lambda: not self.gateway.status()["service"]["up"], name="the outage is noticed")
        for transport in TRANSPORTS:
            with self.subTest(transport):
                for result in self.sdk(transport, [self.device(f"{transport}-group"), self.device(f"{transport}-alone")]):
                    self.assertEqual(result.get("status"), "assigned", result)


if __name__ == "__main__":
    own_network.enter()
    unittest.main(verbosity=2)
