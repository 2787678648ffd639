"""The disk fails under the running daemon, at each write of the registration path in turn: ENOSPC and EIO by fault
injection into its system calls, and a disk that is really full. Nothing acknowledged may be lost, and the service must
come back: by itself when there is room again, by a restart after an I/O error (exit 74, as systemd would do)."""

import json
import os
import socket
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
from site_processes import SCOPE, Gateway, Site, StandIn, group, wait_for  # noqa: E402

GROUP_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
STORAGE_FAULT = 74
NOT_NOW = 75


def fleet(site, port, prefix, count, journal, *more, timeout=90, concurrency=8, patience=10):
    """Runs COUNT leaves; gives (ids acknowledged with 202, ids told their hub) from the journal."""
    subprocess.run([site.program("tests/leaf/dps-leaf"), "--host", "localhost", "--port", str(port), "--ca-file",
                    str(site.certificates.ca), "--id-scope", SCOPE, "--group-key", GROUP_KEY, "--count", str(count),
                    "--id-prefix", prefix, "--concurrency", str(concurrency), "--journal", str(journal), "--timeout", str(patience),
                    *more],
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
    acked, assigned = set(), set()
    for line in journal.read_text().splitlines() if journal.exists() else []:
        words = line.split()
        if words[0] in ("acked", "assigned"):
            (acked if words[0] == "acked" else assigned).add(words[1])
    return acked, assigned


class Disk(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.enrollments = [group("line", GROUP_KEY)]
        self.standin = StandIn(self.site, self.enrollments, "--retry-after", "0")
        self.journal = self.site.folder / "journal"

    def assert_nothing_lost(self, gateway, acked, assigned):
        wait_for(lambda: gateway.status()["outbox"]["rows"] == 0, 120, 0.2, "the outbox is empty")
        held = {key: row for key, row in gateway.devices().items() if row["status"] == "assigned"}
        self.assertEqual((acked | assigned) - held.keys(), set(), "acknowledged, and gone")
        given = self.standin.results()
        for key in acked | assigned:
            self.assertEqual(given[key], {(held[key]["assignedHub"], held[key]["deviceId"])})

    def test_an_io_error_at_each_sync_and_write_loses_nothing_acknowledged(self):
        gateway = Gateway(self.site, self.standin.port)
        gateway.enroll(self.enrollments)
        self.assertEqual(gateway.stop(), 0)
        acked, assigned, fired = set(), set(), 0
        for call, error in (("fdatasync", "EIO"), ("pwrite64", "EIO")):
            for when in (1, 2, 3, 5, 8, 13, 21):
                prefix = f"{call[:3]}{when}-"
                gateway.start()
                tracer = self.inject(gateway, call, error, when)
                now = fleet(self.site, gateway.port, prefix, 20, self.journal)
                acked, assigned = acked | now[0], assigned | now[1]
                code = gateway.process.poll()
                if code is None:  # not struck yet; or only now, by what a stop writes
                    code = gateway.stop()
                tracer.wait()
                self.assertIn(code, (0, STORAGE_FAULT), f"{call} {error} at {when}")
                fired += code == STORAGE_FAULT
        self.assertGreaterEqual(fired, 8, "too few of the injected errors struck: this run shows little")
        gateway.start()
        self.assert_nothing_lost(gateway, acked, assigned)
        again = fleet(self.site, gateway.port, "after-", 20, self.journal)
        self.assertEqual(len({i for i in again[1] if i.startswith("after-")}), 20)
        print(f"{fired} I/O errors struck, {len(acked | assigned)} acknowledged, none lost")

    def test_an_io_error_in_the_last_writes_of_a_stop_is_told_by_the_exit_code(self):
        gateway = Gateway(self.site, self.standin.port)
        for when in range(1, 6):
            gateway.enroll([group(f"line-{when}", GROUP_KEY)])  # something for the database that is still in its log
            tracer = self.inject(gateway, "fdatasync", "EIO", f"{when}+")
            code = gateway.stop()
            tracer.wait()
            struck = "INJECTED" in (self.site.folder / "strace.log").read_text()
            self.assertEqual(code, STORAGE_FAULT if struck else 0, f"fdatasync fails from the {when}th on")
            if when > 1 and not struck:
                return
            gateway.start()
        self.fail("a stop makes more than five syncs")

    def test_an_address_in_use_ends_the_start_and_leaves_the_store_clean(self):
        gateway = Gateway(self.site, self.standin.port)
        self.assertEqual(gateway.stop(), 0)
        text = gateway.configuration.read_text()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            gateway.configuration.write_text(text.replace("127.0.0.1:0", address))
            with self.assertRaises(RuntimeError):
                gateway.start()
        self.assertEqual(gateway.process.returncode, NOT_NOW)
        self.assertTrue((gateway.state / "clean").exists(), "the next start would check the whole database")

    def inject(self, gateway, call, error, when):
        """Attaches to the running daemon; from its WHEN-th such call on, one fails."""
        log = self.site.folder / "strace.log"
        tracer = subprocess.Popen(["strace", "-f", "-q", "-o", str(log), "-e", f"trace={call}", "-e",
                                   f"inject={call}:error={error}:when={when}", "-p", str(gateway.process.pid)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.site.processes.append(tracer)
        threads = len(os.listdir(f"/proc/{gateway.process.pid}/task"))

        def attached():
            tasks = Path(f"/proc/{gateway.process.pid}/task")
            traced = [t for t in tasks.iterdir() if f"TracerPid:\t{tracer.pid}\n" in (t / "status").read_text()]
            return len(traced) >= threads
        wait_for(attached, 10, name="strace is attached")
        return tracer

    def test_a_full_disk_refuses_new_leaves_answers_known_ones_and_recovers_without_a_restart(self):
        disk = self.site.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        state = disk / "state"
        state.mkdir(mode=0o700)
        gateway = Gateway(self.site, self.standin.port, f'gateway.state_dir = "{state}"')
        self.addCleanup(lambda: gateway.process.poll() is None and gateway.stop())
        gateway.enroll(self.enrollments)
        acked, assigned = fleet(self.site, gateway.port, "known-", 20, self.journal)
        self.assertEqual(len(assigned), 20)
        ballast = disk / "ballast"
        file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(file, b"\0" * 4096)
        except OSError:
            os.close(file)
        full = wait_for(lambda: self.flood_until_full(gateway), 60, 0.1, "the store says it is full")
        self.assertIn("store-full", json.dumps(full["degraded"]))
        known = self.site.leaf(gateway.port, "--registration-id", "known-3", "--group-key", GROUP_KEY)
        self.assertEqual(known.returncode, 0, known.stdout)
        ballast.unlink()
        wait_for(lambda: self.is_assigned("recovered", gateway), 30, 0.2, "a new leaf is taken when there is room")
        self.assertIsNone(gateway.process.poll(), "the daemon must not restart for a full disk")
        wait_for(lambda: not gateway.status()["degraded"], 30, 0.2, "nothing is degraded any more")
        acked, assigned = fleet(self.site, gateway.port, "later-", 5, self.journal)
        self.assert_nothing_lost(gateway, acked, assigned)

    def flood_until_full(self, gateway):
        """New leaves with payloads until one is refused for want of room. They come faster than the service takes them, and do
        not stay for its answer: the log of the store grows over its room of before only by what many of them bring."""
        self.flooded = getattr(self, "flooded", 0) + 1
        fleet(self.site, gateway.port, f"flood{self.flooded}-", 200, self.journal, "--payload", json.dumps("x" * 3000),
              concurrency=64, patience=2)
        status = gateway.status()
        return status if "store-full" in json.dumps(status["degraded"]) else None

    def is_assigned(self, name, gateway):
        return self.site.leaf(gateway.port, "--registration-id", name, "--group-key", GROUP_KEY, "--timeout", "8").returncode == 0


if __name__ == "__main__":
    unittest.main(verbosity=2)
