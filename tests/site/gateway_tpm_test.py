"""The gateway's own TPM: set-up, secrets at rest, receipts, what a registration costs it, a state folder that was copied or set
back, the gateway's own registration, and one that is required."""

import base64
import json
import os
import shutil
import socket
import unittest
from concurrent.futures import ThreadPoolExecutor

from gateway_tpm_site import GROUP_KEY, KNOWN, GatewayTpmSite
from site_processes import POLICY_KEY, derive, openssl, wait_for
from tpm_processes import Swtpm


class SetUp(GatewayTpmSite):
    """From a key file to a TPM, and what an engineer sees of it."""

    @classmethod
    def settings(cls):
        secret = cls.site.folder / "connection"
        secret.write_text(cls.standin.connection_string)
        secret.chmod(0o600)
        return super().settings() + f'service.api_connection_string_file = "{secret}"\n'

    def secrets(self) -> dict:
        out = {"group": GROUP_KEY, "service API": POLICY_KEY, "derived": KNOWN[0][1][1]}
        for record in self.records:
            keys = record["attestation"]["symmetricKey"]
            out.update({f"{kind} of {record.get('registrationId', 'group')}": key for kind, key in keys.items()})
        return {name: base64.b64decode(key) for name, key in out.items()}

    def assert_nothing_in_clear(self, secrets):
        files = [file for file in self.gateway.state.rglob("*") if file.is_file() and file.name != "sealing.key"]
        self.assertIn("leafgate.db", {file.name for file in files})
        for file in files:
            octets = file.read_bytes()
            for name, secret in secrets.items():
                for form in (secret, base64.b64encode(secret).rstrip(b"="), secret.hex().encode()):
                    self.assertNotIn(form, octets, f"{name} in {file.name}")

    def test_1_without_set_up_a_key_file_keeps_the_secrets(self):
        self.learn_known()
        told = self.tpm_is("ready")
        self.assertEqual((told["tpm"]["setUp"], told["secrets"]["protection"]), (False, "key-file"))
        self.assertEqual(self.gateway.status()["secrets"], "key-file")
        self.assertEqual((self.gateway.state / "sealing.key").stat().st_mode & 0o777, 0o600)
        self.assert_nothing_in_clear(self.secrets())
        self.assertEqual(self.modes(), set())
        self.assertEqual(self.gateway.ctl("tpm", "identity", "--signing-key", check=False).returncode, 1)

    def test_2_set_up_takes_the_key_file_away(self):
        key_file = self.gateway.state / "sealing.key"
        before = {"what stood in the key file": key_file.read_bytes()}
        self.assertIn("seals", self.set_up().stdout)
        self.assertFalse(key_file.exists())
        told = self.told()
        self.assertEqual((told["tpm"]["setUp"], told["secrets"]), (True, {"protection": "tpm", "open": True, "recoveryCopy": True}))
        self.assertEqual(self.gateway.status()["secrets"], "tpm")
        self.assert_nothing_in_clear({**self.secrets(), **before})
        self.assert_known_are_answered()
        self.new_leaf()
        self.assert_nothing_in_clear(self.secrets())

    def test_3_a_second_set_up_changes_nothing(self):
        anchor = self.told()["anchor"]
        self.set_up()
        self.assertEqual(self.told()["anchor"], anchor)

    def test_4_a_receipt_is_proven_and_one_flipped_octet_is_noticed(self):
        self.all_signed()
        file, key = self.receipt("new-0"), self.signing_key()
        done = self.verify(file, key)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("proven"), done.stdout)
        good = file.read_bytes()
        for name in (b'"at":"', b'"attest":"', b'"signature":"', b'"deviceId":"', b'"previous":"'):
            at = good.index(name) + len(name) + 2
            file.write_bytes(good[:at] + (b"1" if good[at:at + 1] != b"1" else b"2") + good[at + 1:])
            self.assertEqual(self.verify(file, key).returncode, 1, name)
        file.write_bytes(good)
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.key", cwd=self.site.folder)
        openssl("ec", "-in", "other.key", "-pubout", "-out", "other.pem", cwd=self.site.folder)
        self.assertEqual(self.verify(file, self.site.folder / "other.pem").returncode, 1)

    def test_5_after_a_restart_the_tpm_opens_the_store_and_known_leaves_need_no_service(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(self.told()["secrets"]["protection"], "tpm")
        for _ in KNOWN:
            self.assert_known_are_answered()
        self.assert_proven("single-0")

    def test_6_started_without_it_the_forecast_promises_nothing_that_sealed_keys_deny(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.gateway.stop()
        self.tpm.kill()
        self.gateway.start()
        wait_for(lambda: "secrets-locked" in self.modes(), name="the secrets are locked")
        told = json.loads(self.gateway.ctl("--json", "what-if", "offline").stdout)
        self.assertEqual((told["answered"], [why["reason"]["code"] for why in told["notAnswered"]]), (0, ["trust-pending"]))
        self.assertGreaterEqual(told["leaves"], 2 * len(KNOWN))
        self.assertTrue(self.gateway.ctl("status").stdout.startswith(f"0 of {told['leaves']} leaves "))
        self.assertFalse(any(leaf["offline"] for leaf in self.gateway.devices().values()))
        for leaf in KNOWN[0]:
            self.assert_told_to_come_back(*leaf)
        self.tpm.start()
        wait_for(lambda: "secrets-locked" not in self.modes(), 90, name="the secrets are open")
        self.assertTrue(self.gateway.ctl("status").stdout.startswith(f"{told['leaves']} of {told['leaves']} leaves "))
        self.assert_known_are_answered()


class StartedInDoubt(GatewayTpmSite):
    """A state folder that was copied, or set back. Ends with the service down."""

    def setUp(self):
        if not self.told()["tpm"]["setUp"]:
            self.set_up()
        self.learn_known()
        self.all_signed()

    def restart(self, tpm=None):
        self.gateway.stop()
        if tpm:
            self.gateway.configuration.write_text(self.gateway.configuration.read_text().replace(self.slow.tcti, tpm.tcti))
        self.gateway.start()

    def assert_in_doubt(self, mode):
        wait_for(lambda: mode in self.modes(), name=f"status names {mode}")
        self.assertEqual(self.told()["doubt"]["code"], mode)
        self.assertEqual([m["reason"]["code"] for m in self.gateway.status()["degraded"]].count(mode), 1)
        for leaf in KNOWN[0]:
            self.assert_assigned(*leaf)

    def test_1_set_back_beside_its_own_tpm(self):
        self.gateway.stop()
        older = self.gateway.folder / "older"
        shutil.copytree(self.gateway.state, older)
        self.gateway.start()
        self.all_signed()
        self.new_leaf()
        self.all_signed()
        self.gateway.stop()
        shutil.rmtree(self.gateway.state)
        shutil.copytree(older, self.gateway.state)
        self.gateway.start()
        self.assert_in_doubt("store-rolled-back")
        self.gateway.ctl("--because", "a restored disk", "tpm", "accept")
        self.assertEqual(self.modes(), set())
        self.assert_known_are_answered()
        self.assert_proven(self.new_leaf())

    def test_2_beside_another_tpm(self):
        other = Swtpm(self.site, "other-tpm")
        self.restart(other)
        self.assert_in_doubt("store-foreign")
        self.assertIn("secrets-locked", self.modes())
        refused = self.gateway.ctl("tpm", "accept", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("restore", refused.stderr)
        self.standin.down()
        self.restart()
        wait_for(lambda: "store-foreign" in self.modes(), name="in doubt again")
        for leaf in KNOWN[1]:
            self.assert_told_to_come_back(*leaf)


class Counted(GatewayTpmSite):
    """Commands for registrations alone: what an idle TPM is sent for upkeep is of other kinds."""

    UPKEEP = {"ReadClock", "GetCapability", "ReadPublic"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up()
        cls().learn_known()
        cls().assert_proven(cls().new_leaf())  # and all before it are

    def work(self, sent) -> dict:
        return {name: count for name, count in sent.items() if name not in self.UPKEEP}

    def test_1_a_repeat_costs_nothing(self):
        with self.slow.counting() as sent:
            for _ in KNOWN:
                self.assert_known_are_answered()
        self.assertEqual(self.work(sent), {})

    def test_2_a_first_contact_costs_one_command(self):
        self.assert_assigned("line-40", derive(GROUP_KEY, "line-40"))
        self.assert_proven("line-40")
        for n in range(41, 43):
            with self.slow.counting() as sent:
                self.assert_assigned(f"line-{n}", derive(GROUP_KEY, f"line-{n}"))
            work = self.work(sent)
            self.assertEqual(work.pop("HMAC"), 1)
            self.assertLessEqual(sum(work.values()), 1, "its checkpoint")
            self.assertLessEqual(set(work), {"NV_Certify"})
            self.assert_proven(f"line-{n}")

    def test_3_a_batch_costs_two_at_most(self):
        written = self.all_signed()["checkpoints"]["written"]
        leaves = [f"line-{n}" for n in range(100, 160)]
        with self.slow.counting() as sent:
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda leaf: self.assert_assigned(leaf, derive(GROUP_KEY, leaf)), leaves))
            self.assert_proven(*leaves[-1:])
            batches = self.all_signed()["checkpoints"]["written"] - written
        work = self.work(sent)
        self.assertEqual(work.pop("HMAC"), len(leaves))
        self.assertLess(batches, 10, "of 60 leaves within a few seconds")
        self.assertLessEqual(sum(work.values()), 2 * batches, f"{work} for {batches} batches")


class Itself(GatewayTpmSite):
    """gateway.identity = "tpm"."""

    @classmethod
    def settings(cls):
        return super().settings() + 'gateway.identity = "tpm"\n'

    def identity(self) -> dict:
        return json.loads(self.gateway.ctl("--json", "tpm", "identity").stdout)

    def restart(self):
        self.gateway.stop()
        self.gateway.start()

    def own(self, state, seconds=20):
        def reached():
            told = self.identity()["registration"]
            return told["state"] == state and told
        return wait_for(reached, seconds, 0.1, f"its own registration is {state}")

    def test_1_it_registers_once(self):
        self.tpm_is("ready")
        told = self.identity()
        self.standin.ask("PUT", "/enrollments", [*self.records, {**told["enrollment"], "etag": '"1"'}])
        self.set_up()
        self.restart()
        own = self.own("assigned")
        entry = self.standin.registrations()[told["registrationId"]]
        self.assertEqual({(result["assignedHub"], result["deviceId"]) for result in entry["results"]},
                         {(own["assignedHub"], own["deviceId"])})
        self.restart()
        self.own("assigned")
        again = self.standin.registrations()[told["registrationId"]]
        self.assertEqual(again["tpm"], entry["tpm"], "no other challenge, and the hub key it has")

    def test_2_it_keeps_away_from_another_clients_tpm(self):
        primary = str(self.site.folder / "primary.ctx")
        self.gateway.stop()
        self.tpm.tool("createprimary", "-C", "o", "-c", primary)
        self.tpm.tool("evictcontrol", "-C", "o", "-c", primary, "0x81000100")
        self.tpm.tool("flushcontext", "-t")
        self.gateway.start()
        self.assertIn("another client", self.own("refused")["detail"])


class Required(GatewayTpmSite):
    """tpm.mode = "require", and it comes late."""

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(os.environ.pop, "NOTIFY_SOCKET", None)
        super().setUpClass()

    @classmethod
    def settings(cls):
        cls.tpm.kill()
        cls.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.notices.close)
        cls.notices.bind(str(cls.site.folder / "notify"))
        cls.notices.setblocking(False)
        os.environ["NOTIFY_SOCKET"] = str(cls.site.folder / "notify")
        return super().settings() + 'tpm.mode = "require"\n'

    def words(self) -> list:
        out = []
        try:
            while True:
                out += self.notices.recv(4096).decode().splitlines()
        except BlockingIOError:
            return out

    def test(self):
        heard = []

        def hears(word):
            heard.extend(self.words())
            return any(line.startswith(word) for line in heard)

        wait_for(lambda: hears("STATUS=waits for the TPM"), name="it says what it waits for")
        self.assertNotIn("READY=1", heard)
        self.assertTrue(self.modes() & {"tpm-absent", "tpm-lost"}, self.modes())
        self.assertEqual(self.visit("new-0").get("status"), "assigned", "doors are open meanwhile")
        self.tpm.start()
        wait_for(lambda: hears("READY=1"), 30, name="ready")
        self.assertEqual(self.modes(), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
