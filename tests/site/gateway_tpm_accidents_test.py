"""What can happen to the gateway's TPM under a running daemon. Whatever it is, who is known is answered at once, `status` has a
name for it, and the log is signed afterwards in order, without a restart."""

import threading
import unittest

from gateway_tpm_site import GatewayTpmSite
from site_processes import wait_for

LOCKED_OUT = 0x921
GUESSED = "0x1500020"


class Recovers(GatewayTpmSite):
    def assert_recovered(self, *leaves, seconds=30):
        self.tpm_is("ready", seconds)
        self.assert_proven(*leaves, seconds=seconds)
        told = self.all_signed()
        self.assertEqual(self.modes(), set())
        self.assertTrue(told["secrets"]["open"])
        self.assert_known_are_answered()
        self.assertIsNone(self.gateway.process.poll(), "the daemon it was")


class Accidents(Recovers):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up()
        cls().learn_known()
        cls().signing_key()

    def setUp(self):
        self.all_signed()

    def in_trouble(self, mode, seconds=20):
        """With a leaf whose word the TPM has to sign, known ones are answered, and the mode has a name."""
        leaf = self.new_leaf()
        wait_for(lambda: mode in self.modes(), seconds, name=f"status names {mode}")
        self.assert_known_are_answered()
        return leaf

    def test_1_killed(self):
        self.tpm.kill()
        leaves = [self.in_trouble("tpm-lost"), self.new_leaf()]
        self.assertGreater(self.told()["checkpoints"]["unsigned"], 0)
        self.tpm.start()
        self.assert_recovered(*leaves)

    def test_2_frozen(self):
        self.tpm.freeze()
        self.addCleanup(self.tpm.thaw)
        leaf = self.in_trouble("tpm-lost")
        self.tpm.thaw()
        self.assert_recovered(leaf)

    def test_3_restarted(self):
        self.tpm.restart()
        leaf = self.new_leaf()
        self.assert_known_are_answered()
        self.assert_recovered(leaf)

    def test_4_said_to_be_locked(self):
        self.slow.ask("answer", command="NV_Certify", times=-1, code=LOCKED_OUT)
        self.addCleanup(self.slow.ask, "honest")
        leaf = self.in_trouble("tpm-locked")
        self.slow.ask("honest")
        self.assert_recovered(leaf)

    def test_5_locked_by_somebody_who_guesses(self):
        self.tpm.tool("nvdefine", GUESSED, "-C", "o", "-s", "8", "-a", "authread|authwrite", "-p", "right")
        for _ in range(4):
            self.tpm.tool("nvread", GUESSED, "-C", GUESSED, "-P", "wrong", check=False)
        leaf = self.new_leaf()
        self.assert_known_are_answered()
        self.assertGreaterEqual(wait_for(lambda: self.told()["tpm"]["lockout"]["counter"], name="the count of failures"), 3)
        self.tpm.tool("dictionarylockout", "-c")
        self.assert_recovered(leaf)

    def test_6_another_one_in_its_place_and_back(self):
        copy = self.tpm.copy("as it was")
        self.tpm.empty()
        leaf = self.in_trouble("tpm-foreign")
        self.tpm.put_back(copy)
        self.assert_recovered(leaf)

    def test_7_set_back_and_accepted(self):
        copy = self.tpm.copy("older")
        self.gateway.ctl("tpm", "setup")  # nothing to do, but a new epoch begins
        self.all_signed()
        leaf = self.new_leaf()
        self.all_signed()
        self.tpm.put_back(copy)
        leaf = self.new_leaf()
        self.assert_known_are_answered()
        wait_for(lambda: "tpm-foreign" in self.modes(), name="a counter that went back is noticed")
        self.gateway.ctl("tpm", "accept")
        self.assert_recovered(leaf)

    def test_8_busy_with_another_client(self):
        stop, done = threading.Event(), []

        def bother():
            while not stop.is_set():
                done.append(self.tpm.tool("getcap", "properties-fixed").returncode)

        others = [threading.Thread(target=bother) for _ in range(2)]
        for other in others:
            other.start()
        try:
            leaf = self.new_leaf()
            for _ in range(4):
                self.assert_known_are_answered()
            self.assert_recovered(leaf)
        finally:
            stop.set()
            for other in others:
                other.join()
        self.assertGreater(len(done), 10)

    def test_9_a_crowd_of_other_peoples_objects(self):
        for n in range(3):
            self.tpm.tool("createprimary", "-C", "o", "-c", str(self.site.folder / f"crowd-{n}.ctx"), check=False)
        leaf = self.new_leaf()
        self.assert_known_are_answered()
        self.tpm.tool("flushcontext", "-t")
        self.assert_recovered(leaf)


class Broken(Recovers):
    """In failure mode. Looked after a minute later: begun before all others, and ended after them."""

    @classmethod
    def setUpClass(cls):
        """All is done by begin()."""

    @classmethod
    def begin(cls):
        super().setUpClass()
        cls.set_up()
        cls().learn_known()
        cls().signing_key()
        cls.all_signed()
        cls.tpm.fill()
        cls.tpm.tool("nvdefine", GUESSED, "-C", "o", "-s", "8", check=False)
        cls.leaf = cls().new_leaf()
        wait_for(lambda: "tpm-failed" in cls().modes(), name="status names tpm-failed")
        cls().assert_known_are_answered()
        cls.tpm.restart()

    def test_it_recovers_when_the_tpm_is_started_anew(self):
        self.assert_known_are_answered()
        self.assert_recovered(self.leaf, seconds=90)


def setUpModule():
    unittest.addModuleCleanup(Broken.doClassCleanups)
    Broken.begin()


if __name__ == "__main__":
    unittest.main(verbosity=2)
