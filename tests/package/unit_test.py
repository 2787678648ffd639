"""What can be known of leafgate.service without a PID 1: that systemd reads it, how much it is shut in, and that the daemon
gets along with the system calls it is left."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
from site_processes import Gateway, Site, StandIn, device_key, individual  # noqa: E402

BUILD = Path(os.environ["LEAFGATE_BUILD"])
MOST_EXPOSED = 16  # tenths; what TPM, serial lines, an open network and threads that give way cost (the unit has the list)


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True)


class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = Path(tempfile.mkdtemp(prefix="leafgate-root-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        subprocess.run(["cmake", "--install", BUILD, "--component", "leafgate"], check=True, capture_output=True,
                       env={**os.environ, "DESTDIR": str(cls.root)})
        # What every unit leans on: the targets of this machine, and kill.
        shutil.copytree("/lib/systemd/system", cls.root / "lib/systemd/system", symlinks=True, dirs_exist_ok=True)
        (cls.root / "bin").mkdir(exist_ok=True)
        shutil.copy("/bin/kill", cls.root / "bin/kill")

    def test_systemd_has_nothing_to_say_about_the_units(self):
        done = analyze("verify", "--man=no", f"--root={self.root}", "leafgate.service", "leafgate.socket")
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_a_port_may_have_an_address_that_is_not_there_yet(self):
        for file in ("leafgate.socket", "443.conf"):
            self.assertIn("\nFreeBind=yes\n", next(self.root.rglob(file)).read_text(), file)

    def test_the_service_is_shut_in(self):
        done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", f"--root={self.root}", "leafgate.service")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:])
        rows = json.loads(analyze("security", "--offline=true", "--json=short", f"--root={self.root}", "leafgate.service").stdout)
        open_rows = {row["name"] for row in rows if float(row["exposure"] or 0) > 0}
        golden = set((HERE / "exposed.txt").read_text().splitlines())
        self.assertEqual(open_rows, golden, "what the unit leaves open is listed in tests/package/exposed.txt")

    def test_serial_lines_are_within_reach_also_those_plugged_in_later(self):
        unit = next(self.root.rglob("leafgate.service")).read_text()
        values = {}
        for key, value in re.findall(r"(?m)^(\w+)=(.*)$", unit):
            values.setdefault(key, []).extend(value.split())
        # A name that no loaded driver has when the unit starts allows nothing.
        for driver, module in (("ttyUSB", "usbserial"), ("ttyACM", "cdc_acm")):
            self.assertIn(f"char-{driver}", values["DeviceAllow"])
            self.assertIn(f"modprobe@{module}.service", values["Wants"])
            self.assertIn(f"modprobe@{module}.service", values["After"])
        self.assertIn("dialout", values["SupplementaryGroups"])
        self.assertIn("-/run/lock", values["ReadWritePaths"])

    def test_it_is_started_again_for_as_long_as_it_takes(self):
        """Whatever fails quickly would be given up after seconds, with nobody there to start it by hand."""
        unit = next(self.root.rglob("leafgate.service")).read_text()
        values = dict(re.findall(r"(?m)^(\w+)=(.*)$", unit))
        self.assertEqual(values["Restart"], "always")
        seconds = float(values["RestartSec"].removesuffix("s"))
        by_itself = float(values["StartLimitIntervalSec"].removesuffix("s")) / seconds
        self.assertLess(by_itself + 1, int(values["StartLimitBurst"]), "the limit is for a socket unit, that starts it at once")
        self.assertTrue(1 < seconds <= 5, "soon after a crash, and no storm of starts")
        # Each exit but these two passes, or may: 74 a storage fault, 75 what another process holds, 1 and signals a crash.
        self.assertEqual(values["RestartPreventExitStatus"].split(), ["64", "78"])
        self.assertNotIn("RestartSteps", values, "systemd 252 does not know it")
        self.assertNotIn("nss-user-lookup.target", unit, "names are looked up again each minute: no leaf waits for a directory")

    def test_users_and_folders_are_what_systemd_understands(self):
        for program, kind in (("systemd-sysusers", "sysusers"), ("systemd-tmpfiles", "tmpfiles")):
            self.assertTrue(list(self.root.rglob(f"{kind}.d/leafgate.conf")))
            create = ["--create"] if kind == "tmpfiles" else []
            done = subprocess.run([program, f"--root={self.root}", *create, "leafgate.conf"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.root / "var/lib/leafgate").stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.root / "run/leafgate").stat().st_mode & 0o777, 0o750)
        groups = (self.root / "etc/group").read_text()
        self.assertRegex(groups, r"(?m)^tss:.*leafgate")
        self.assertRegex(groups, r"(?m)^dialout:.*leafgate")

    def test_the_daemon_needs_no_system_call_that_the_unit_forbids(self):
        if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode != 0:
            print("not checked: this machine does not let strace trace")
            return
        unit = next(self.root.rglob("leafgate.service")).read_text()
        allowed = set()
        for line in re.findall(r"(?m)^SystemCallFilter=(.*)$", unit):
            named = set().union(*(self.calls(name) for name in line.lstrip("~").split()))
            allowed = allowed - named if line.startswith("~") else allowed | named
        self.assertGreater(len(allowed), 300)
        used = self.live_a_day()
        if os.geteuid() == 0:
            used.discard("fchown")  # SQLite, only where it runs as root
        print(f"{len(used)} system calls used, {len(allowed)} allowed")
        self.assertGreater(len(used), 30)
        self.assertEqual(used - allowed, set())

    def calls(self, name):
        """The system calls of a set, its sets taken apart."""
        if not name.startswith("@"):
            return {name}
        lines = analyze("syscall-filter", name).stdout.splitlines()[1:]
        inside = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
        return set().union(*(self.calls(one) for one in inside))

    def live_a_day(self):
        """The calls of a daemon that starts, serves, loses the service, starts again and stops."""
        with Site(BUILD) as site:
            log = site.folder / "strace"
            standin = StandIn(site, [individual("a"), individual("b")])
            gateway = Gateway(site, standin.port, under=["strace", "-D", "-f", "-q", "-A", "-o", str(log)])
            gateway.enroll([individual("a"), individual("b")])
            for name, service in (("a", standin.up), ("a", standin.down), ("b", standin.down)):
                service()
                site.leaf(gateway.port, "--registration-id", name, "--key", device_key(name), "--timeout", "2")
            self.assertEqual(gateway.stop(), 0)
            gateway.start()
            self.assertEqual(gateway.stop(), 0)
            return set(re.findall(r"(?m)^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", log.read_text()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
