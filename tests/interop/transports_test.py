"""Azure's device SDK for Node.js over every transport it has, at the ports it knows: MQTT, MQTT over WebSocket, HTTPS."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
import own_network  # noqa: E402
from site_processes import SCOPE, Gateway, Site, StandIn, device_key, individual  # noqa: E402

TRANSPORTS = {"mqtt": "localhost:8883", "mqtt-ws": "localhost", "http": "localhost"}
COUNT = 10


class Transports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.ids = {transport: [f"{transport}-{n}" for n in range(COUNT)] for transport in TRANSPORTS}
        records = [individual(i) for ids in cls.ids.values() for i in ids]
        cls.standin = StandIn(cls.site, records)
        cls.gateway = Gateway(cls.site, cls.standin.port,
                              'mqtt.listen = ["127.0.0.1:8883"]\nhttps.listen = ["127.0.0.1:443"]')
        cls.gateway.enroll(records)

    def sdk(self, transport, devices):
        plan = self.site.folder / "plan.json"
        plan.write_text(json.dumps({"host": TRANSPORTS[transport], "transport": transport, "scope": SCOPE,
                                    "concurrency": COUNT, "devices": devices}))
        environment = dict(os.environ, NODE_EXTRA_CA_CERTS=str(self.site.certificates.ca))
        run = subprocess.run(["node", str(HERE / "sdk_register.js"), str(plan)], capture_output=True, text=True, timeout=120,
                             env=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["results"]

    def assert_all_assigned(self, transport):
        results = self.sdk(transport, [{"id": i, "key": device_key(i)} for i in self.ids[transport]])
        given = self.standin.results()
        for result in results:
            self.assertEqual(result.get("status"), "assigned", result)
            self.assertEqual({(result["hub"], result["device"])}, given[result["id"]])
        return max(result["millis"] for result in results)

    def test_1_new_devices_are_assigned_by_the_service(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                self.assert_all_assigned(transport)

    def test_2_a_wrong_key_is_refused_and_named(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                device = self.ids[transport][0]
                result = self.sdk(transport, [{"id": device, "key": device_key("another")}])[0]
                self.assertNotIn("status", result)
                self.assertIn("wrong-key", self.gateway.ctl("explain", device).stdout)

    def test_3_without_the_service_all_are_answered_from_cache(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        for transport in TRANSPORTS:
            with self.subTest(transport):
                print(f"{transport}: {COUNT} known devices at once, the slowest {self.assert_all_assigned(transport):.0f} ms")


if __name__ == "__main__":
    own_network.enter()
    unittest.main(verbosity=2)
