"""What the tests do to a TPM, tried out: the emulator's accidents, and the proxy that is slow and counts."""

import socket
import time
import unittest

from site_processes import Site
from tpm_processes import SlowTpm, Swtpm, TpmLeaf

FAILURE = bytes.fromhex("00000101")
COUNTER = ("0x1500016", "-C", "o", "-a", "ownerwrite|ownerread|no_da|nt=counter")


class TpmFaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)

    def tpm(self) -> Swtpm:
        return Swtpm(self.site, self.id().rsplit("_", 1)[1])

    def counter(self, tpm) -> int:
        file = tpm.folder / "counter"
        tpm.tool("nvread", COUNTER[0], "-C", "o", "-s", "8", "-o", str(file))
        return int.from_bytes(file.read_bytes(), "big")

    def test_set_back(self):
        tpm = self.tpm()
        tpm.tool("nvdefine", *COUNTER)
        tpm.tool("nvincrement", COUNTER[0], "-C", "o")
        first, old = self.counter(tpm), tpm.copy("old")
        tpm.tool("nvincrement", COUNTER[0], "-C", "o")
        self.assertEqual(self.counter(tpm), first + 1)
        tpm.restart()
        self.assertEqual(self.counter(tpm), first + 1)
        tpm.put_back(old)
        self.assertEqual(self.counter(tpm), first)
        tpm.empty()
        self.assertNotEqual(tpm.tool("nvread", COUNTER[0], "-C", "o", check=False).returncode, 0)

    def test_full(self):
        tpm = self.tpm()
        tpm.tool("nvdefine", *COUNTER)
        tpm.fill()
        self.assertNotEqual(tpm.tool("nvincrement", COUNTER[0], "-C", "o", check=False).returncode, 0)
        self.assertEqual(self.random(tpm)[6:], FAILURE)
        tpm.make_room()
        self.assertEqual(self.random(tpm)[6:], FAILURE, "failure mode lasts")
        tpm.restart()
        tpm.tool("nvincrement", COUNTER[0], "-C", "o")

    def test_slow(self):
        leaf = TpmLeaf(self.site, "leaf")
        slow = SlowTpm(self.site, leaf.tpm, "slb9670")
        self.assertEqual(slow.counts(), {})
        with slow.counting() as sent:
            code, told = leaf.run("--print-identity", tcti=slow.tcti)
        self.assertEqual((code, told["registrationId"]), (0, leaf.id))
        self.assertEqual(sent["CreatePrimary"], 1, "its EK; the storage key is persistent by now")
        slow.ask("profile", name="none")
        self.assertEqual(leaf.run("--print-identity", tcti=slow.tcti)[0], 0)
        slow.ask("reset")
        self.assertEqual(slow.counts(), {})

    def test_late(self):
        tpm = self.tpm()
        slow = SlowTpm(self.site, tpm)
        took = {}
        for profile in ("none", "slb9670"):
            slow.ask("profile", name=profile)
            began = time.monotonic()
            self.random(slow)
            took[profile] = time.monotonic() - began
        self.assertGreater(took["slb9670"], 0.005 * slow.counts()["GetRandom"] / 2)
        slow.ask("freeze")
        began = time.monotonic()
        with self.assertRaises(TimeoutError):
            self.random(slow, 0.3)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        slow.ask("thaw")
        self.assertEqual(self.random(slow)[6:10], b"\0\0\0\0")

    def random(self, tpm, seconds=10) -> bytes:
        """The response to TPM2_GetRandom(8); empty when the connection was cut."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(seconds)
            line.connect(str(tpm.socket))
            line.sendall(bytes.fromhex("80010000000c0000017b0008"))
            return line.recv(4096)

    def test_dishonest(self):
        tpm = self.tpm()
        slow = SlowTpm(self.site, tpm)
        slow.ask("answer", command="GetRandom", code=0x921)
        self.assertEqual(self.random(slow), bytes.fromhex("80010000000a00000921"))
        slow.ask("drop", command="GetRandom", times=2)
        self.assertEqual((self.random(slow), self.random(slow)), (b"", b""))
        slow.ask("drop", when="after")
        self.assertEqual(self.random(slow), b"")
        slow.ask("short", command=0x17B)
        self.assertEqual(len(self.random(slow)), 10)
        slow.ask("drop", times=-1)
        slow.ask("honest")
        self.assertEqual(len(self.random(slow)), 20)
        self.assertEqual(slow.ask("counts"), {"commands": {"GetRandom": 6}, "total": 6})
        for wish in ({"what": "dance"}, {"what": "drop", "command": "Hmac"}, {"what": "profile", "name": "slb1"}):
            with self.assertRaises(RuntimeError):
                slow.ask(wish.pop("what"), **wish)
        tpm.kill()
        self.assertEqual(self.random(slow), b"", "no TPM behind it")


if __name__ == "__main__":
    unittest.main(verbosity=2)
