"""Leaves with a TPM, each with an emulated one of its own: first with the stand-in of the service, so that the two peers
hold each other to the sheet, then through the gateway."""

import base64
import hashlib
import hmac
import unittest

from site_processes import Gateway, Site, StandIn, individual, wait_for
from tpm_processes import TpmLeaf

TEXT = "what only the hub key can sign"
WAYS = ("https", "mqtt")


class TpmSite(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)

    def tpm(self, registration_id) -> dict:
        """What the service did for it."""
        return self.standin.registrations().get(registration_id.lower(), {}).get("tpm", {"challenges": 0, "hubKeys": []})

    def assert_assigned(self, done, registration_id):
        """And the leaf's TPM holds the very key that the hub was given last."""
        code, told = done
        self.assertEqual((code, told["status"]), (0, "assigned"), told)
        self.assertEqual(told["deviceId"], registration_id)
        key = base64.b64decode(self.tpm(registration_id)["hubKeys"][-1])
        self.assertEqual(told["proof"], base64.b64encode(hmac.digest(key, TEXT.encode(), hashlib.sha256)).decode())

    def assert_refused(self, done, status=401):
        code, told = done
        self.assertEqual((code, told["status"], told.get("httpStatus")), (1, "refused", status), told)


class WithTheService(TpmSite):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaf, cls.other = TpmLeaf(cls.site, "leaf"), TpmLeaf(cls.site, "other")
        cls.standin = StandIn(cls.site, [cls.leaf.enrollment(), individual("by-key")], "--retry-after", "1", "--tpm-over-mqtt",
                              mqtt=True, policy=True)
        cls.ports = {"https": cls.standin.port, "mqtt": cls.standin.mqtt_port}

    def register(self, leaf, way, *more):
        return leaf.register(way, self.ports[way], "--prove", TEXT, *more)

    def test_it_is_assigned_and_proves_its_hub_key(self):
        for way in WAYS:
            for more in ([], ["--without-tpm-in-second-put"]):
                with self.subTest(way, more=more):
                    self.assert_assigned(self.register(self.leaf, way, *more), self.leaf.id)

    def test_it_keeps_its_identity_over_a_power_cut(self):
        self.leaf.tpm.restart()
        self.assertEqual(self.leaf.run("--print-identity")[1]["endorsementKey"], self.leaf.endorsement_key)
        done = self.register(self.leaf, "https")
        self.assert_assigned(done, self.leaf.id)
        self.leaf.tpm.restart()
        self.assertEqual(self.leaf.run("--prove-slot", "--prove", TEXT)[1]["proof"], done[1]["proof"])

    def test_an_id_nobody_enrolled_is_challenged_and_fails(self):
        for way in WAYS:
            code, told = self.register(self.other, way)
            self.assertEqual((code, told["status"], told["errorCode"], told["challenges"]), (1, "failed", 404201, 1), told)

    def test_another_tpm_than_the_enrolled_is_refused(self):
        before = self.tpm(self.leaf.id)["hubKeys"]
        for way in WAYS:
            self.assert_refused(self.register(self.other, way, "--registration-id", self.leaf.id))
            self.assert_refused(self.register(self.other, way, "--fake-ek", self.leaf.endorsement_key))
            self.assert_refused(self.register(self.leaf, way, "--fake-ek", "--registration-id", self.leaf.id))
            self.assert_refused(self.register(self.other, way, "--registration-id", "by-key"))
        self.assertEqual(self.tpm(self.leaf.id)["hubKeys"], before)

    def test_a_wrong_token_and_an_old_one_are_refused(self):
        for way in WAYS:
            self.assert_refused(self.register(self.leaf, way, "--wrong-token"))
            code, told = self.register(self.leaf, way, "--replay")
            self.assertEqual((code, told["replayed"]), (1, [401, 401]), told)

    def test_a_second_connect_is_no_way_to_bring_a_token(self):
        code, told = self.register(self.leaf, "mqtt", "--same-connection")
        self.assertEqual((code, told["status"]), (3, "no-answer"), told)

    def test_a_cleared_tpm_is_known_again_by_its_ek(self):
        leaf = TpmLeaf(self.site, "cleared")
        self.standin.ask("PUT", "/enrollments", [self.leaf.enrollment(), leaf.enrollment(), individual("by-key")])
        self.assert_assigned(self.register(leaf, "https"), leaf.id)
        leaf.tpm.tool("clear")
        self.assertFalse(leaf.run("--print-identity")[1]["slotTaken"])
        self.assert_assigned(self.register(leaf, "https"), leaf.id)

    def test_a_silent_tpm_ends_the_visit_at_its_deadline(self):
        leaf = TpmLeaf(self.site, "silent")
        leaf.tpm.freeze()
        self.addCleanup(leaf.tpm.thaw)
        code, told = self.register(leaf, "https", "--timeout", "2")
        self.assertEqual((code, told["message"]), (3, "timeout"))


class ThroughTheGateway(TpmSite):
    """Every leaf has an enrollment at the service; those in `known` have one at the gateway as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaves = {f"{name}-{way}": TpmLeaf(cls.site, f"{name}-{way}") for name in ("known", "unknown", "late") for way in WAYS}
        cls.stranger = TpmLeaf(cls.site, "stranger")
        cls.standin = StandIn(cls.site, [leaf.enrollment() for leaf in cls.leaves.values()], "--retry-after", "1")
        cls.gateway = Gateway(cls.site, cls.standin.port, 'https.listen = ["127.0.0.1:0"]\nlimits.penalty_threshold = "10m"\n')
        cls.gateway.enroll([leaf.enrollment() for name, leaf in cls.leaves.items() if not name.startswith("unknown")])
        cls.ports = {way: cls.gateway.listening(way) for way in WAYS}

    def register(self, leaf, way, *more):
        return leaf.register(way, self.ports[way], "--prove", TEXT, *more)

    def without_the_service(self):
        self.standin.down()
        self.addCleanup(self.back)

    def back(self):
        self.standin.up()
        wait_for(lambda: self.gateway.status()["service"]["up"], 90, 0.1, "the service is reached again")

    def test_1_the_service_challenges_and_its_keys_arrive_unread(self):
        for name in ("known", "unknown"):
            for way in WAYS:
                with self.subTest(name, way=way):
                    leaf = self.leaves[f"{name}-{way}"]
                    self.assert_assigned(self.register(leaf, way), leaf.id)
                    self.assertEqual(self.tpm(leaf.id)["challenges"], 1)

    def test_2_it_is_answered_from_what_is_held_and_keeps_its_hub_key(self):
        """The gateway's own challenge: the service hears of none. Also of a leaf whose relayed round taught its EK."""
        self.without_the_service()
        for name in ("known", "unknown"):
            for way in WAYS:
                with self.subTest(name, way=way):
                    leaf = self.leaves[f"{name}-{way}"]
                    done = self.register(leaf, way, "--without-tpm-in-second-put")
                    self.assert_assigned(done, leaf.id)
                    self.assertEqual((done[1]["challenges"], self.tpm(leaf.id)["challenges"]), (1, 1))

    def test_3_never_seen_and_no_service_it_is_not_challenged(self):
        self.without_the_service()
        for way in WAYS:
            with self.subTest(way):
                leaf = self.leaves[f"late-{way}"]
                code, told = self.register(leaf, way)
                self.assertEqual((code, told["httpStatus"], told["challenges"], told["slotWrites"]), (1, 503, 0, 0), told)
                self.assertGreater(told["retryAfter"], 0)
                self.assertFalse(leaf.run("--print-identity")[1]["slotTaken"])
                self.assertIn("needs-service", self.gateway.ctl("explain", leaf.id).stdout)

    def test_4_and_with_the_service_back_it_is_assigned(self):
        for way in WAYS:
            leaf = self.leaves[f"late-{way}"]
            self.assert_assigned(self.register(leaf, way), leaf.id)

    def test_5_another_tpm_is_refused_with_the_service_and_without(self):
        held = {name: self.tpm(leaf.id)["hubKeys"] for name, leaf in self.leaves.items()}
        for service in ("up", "down"):
            if service == "down":
                self.without_the_service()
            for way in WAYS:
                with self.subTest(way, service=service):
                    leaf = self.leaves[f"known-{way}"]
                    for lie in (["--registration-id", leaf.id], ["--fake-ek", leaf.endorsement_key]):
                        code, told = self.register(self.stranger, way, *lie)
                        self.assertNotEqual(code, 0, told)
                        self.assertNotIn("proof", told)
        self.assertEqual({name: self.tpm(leaf.id)["hubKeys"] for name, leaf in self.leaves.items()}, held)

    def test_6_a_wrong_token_and_an_old_one_are_refused_with_the_service_and_without(self):
        for service in ("up", "down"):
            if service == "down":
                self.without_the_service()
            for way in WAYS:
                with self.subTest(way, service=service):
                    leaf = self.leaves[f"late-{way}"]
                    self.assert_refused(self.register(leaf, way, "--wrong-token"))
                    code, told = self.register(leaf, way, "--replay")
                    self.assertEqual(code, 1, told)
                    self.assertEqual(told["replayed"], [401, 401], told)

    def test_7_nothing_of_it_stands_in_the_log(self):
        log = self.site.log("leafgated")
        self.assertNotIn("SharedAccessSignature", log)
        for leaf in self.leaves.values():
            self.assertNotIn(leaf.endorsement_key[:40], log)


if __name__ == "__main__":
    unittest.main(verbosity=2)
