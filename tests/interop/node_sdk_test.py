"""Azure's device SDK for Node.js over MQTT against the gateway: 200 devices, 50 at a time, new and from cache."""

import json
import os
import statistics
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
from site_processes import SCOPE, Gateway, Site, StandIn, device_key, individual  # noqa: E402

COUNT = 200
HUBS = ["hub-east.azure-devices.net", "hub-west.azure-devices.net"]


class NodeSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.ids = [f"node-{n:03d}" for n in range(COUNT)]
        records = [individual(i) for i in cls.ids]
        cls.standin = StandIn(cls.site, records, "--hubs", ",".join(HUBS))
        cls.gateway = Gateway(cls.site, cls.standin.port, "service.registrations_per_minute = 60000")
        cls.gateway.enroll(records)

    def sdk(self, devices, concurrency, ca=None, warm=()):
        plan = self.site.folder / "plan.json"
        plan.write_text(json.dumps({"host": f"localhost:{self.gateway.port}", "scope": SCOPE, "concurrency": concurrency,
                                    "devices": devices, "warm": list(warm)}))
        environment = dict(os.environ, NODE_EXTRA_CA_CERTS=str(ca or self.site.certificates.ca))
        run = subprocess.run(["node", str(HERE / "sdk_register.js"), str(plan)], capture_output=True, text=True, timeout=300,
                             env=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)

    def devices(self, ids):
        return [{"id": i, "key": device_key(i)} for i in ids]

    def assert_all_assigned(self, outcome):
        self.assertEqual(len(outcome["results"]), COUNT)
        wrong = [r for r in outcome["results"] if r.get("status") != "assigned"]
        self.assertEqual(wrong, [])
        given = self.standin.results()
        for result in outcome["results"]:
            self.assertEqual(result["device"], result["id"])
            self.assertEqual({(result["hub"], result["device"])}, given[result["id"]], "not where the service put it")
        self.assertEqual({r["hub"] for r in outcome["results"]}, set(HUBS))

    def test_1_two_hundred_new_devices_are_assigned_by_the_service(self):
        outcome = self.sdk(self.devices(self.ids), 50)
        self.assert_all_assigned(outcome)
        print(f"new: {COUNT} devices, 50 at a time, {outcome['seconds']:.1f} s")

    def test_2_a_wrong_key_is_refused_and_named(self):
        outcome = self.sdk([{"id": self.ids[0], "key": device_key("another")}], 1)
        self.assertIn("error", outcome["results"][0])
        self.assertNotIn("status", outcome["results"][0])
        told = self.gateway.ctl("explain", self.ids[0]).stdout
        self.assertIn("wrong-key", told)

    def test_3_a_leaf_that_does_not_trust_the_site_ca_is_named_by_its_address(self):
        outcome = self.sdk(self.devices(self.ids[:1]), 1, ca=self.site.certificates.other_ca)
        self.assertIn("error", outcome["results"][0])
        told = self.gateway.ctl("explain", "127.0.0.1").stdout
        self.assertTrue("leaf-refuses-our-certificate" in told or "closed-after-our-certificate" in told, told)

    def test_4_with_the_service_away_all_are_answered_from_cache_and_nothing_is_written(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        before = self.gateway.status()
        self.assert_all_assigned(self.sdk(self.devices(self.ids), 50))
        medians = {}
        for concurrency in (1, 10):
            outcome = self.sdk(self.devices(self.ids), concurrency, warm=self.devices(self.ids[:20]))
            self.assert_all_assigned(outcome)
            medians[concurrency] = statistics.median(r["millis"] for r in outcome["results"])
        after = self.gateway.status()
        print(f"from cache, as the SDK sees it: median {medians[1]:.1f} ms one at a time, {medians[10]:.1f} ms ten at a time")
        self.assertEqual(after["sinceStart"]["storeWrites"], before["sinceStart"]["storeWrites"])
        self.assertGreaterEqual(after["sinceStart"]["answeredFromCache"] - before["sinceStart"]["answeredFromCache"], 3 * COUNT)
        self.assertLessEqual(medians[1], 20)
        self.assertLessEqual(medians[10], 50)


if __name__ == "__main__":
    unittest.main(verbosity=2)
