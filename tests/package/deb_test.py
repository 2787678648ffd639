"""The life of the package on a clean Debian 12: built twice, installed with apt, configured, started as its user, used,
updated, removed, purged. Only what has a PID 1 is missing; the unit itself is judged in unit_test.py."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "site")]
from chroot import Debian  # noqa: E402
from site_processes import REPOSITORY, SCOPE, Site, StandIn, device_key, individual, wait_for  # noqa: E402

BUILD = REPOSITORY / "build/package"
CONFIGURATION = 78
CANNOT_RUN = 77
CONFFILE = "etc/leafgate/leafgate.toml"


def build(number: int) -> Path:
    """The package of this tree as build `number`, from the preset that is shipped."""
    run = lambda *command: subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)  # noqa: E731
    run("cmake", "--preset", "release", "-B", str(BUILD), f"-DLEAFGATE_BUILD=+{number}")
    run("cmake", "--build", str(BUILD), "--target", "leafgated", "leafgatectl", "-j", os.environ.get("JOBS", str(os.cpu_count())))
    shutil.rmtree(BUILD / "package", ignore_errors=True)
    run("cpack", "-G", "DEB", "--config", str(BUILD / "CPackConfig.cmake"))
    made, = (BUILD / "package").glob("*.deb")
    kept = BUILD / made.name
    shutil.move(made, kept)
    return kept


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first, cls.second = build(1), build(2)
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.debian = Debian(BUILD)
        cls.debian.__enter__()
        cls.addClassCleanup(cls.debian.__exit__, None, None, None)
        cls.standin = StandIn(cls.site, [individual("press-01")])
        cls.log = cls.site.folder / "leafgated.log"

    def test_a_life(self):
        for step in (self.lint, self.install, self.refuse_to_start_unconfigured, self.configure, self.serve, self.update,
                     self.remove, self.put_back, self.purge):
            print(step.__name__, flush=True)
            step()

    def lint(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", str(self.first)], capture_output=True,
                              text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, done.stdout)

    def install(self):
        self.debian.apt("update")
        depends = subprocess.run(["dpkg-deb", "-f", self.first, "Depends"], check=True, capture_output=True, text=True).stdout
        self.debian.apt("satisfy", depends.strip())
        type(self).before = self.debian.files()
        said = self.debian.apt("install", self.debian.put(self.first))
        self.assertIn("installed and not started", said)
        units = self.debian.root / "etc/systemd/system"
        self.assertEqual([path.name for path in units.rglob("leafgate*")], [], "nothing is enabled")
        self.debian.run("systemd-analyze", "verify", "--man=no", "leafgate.service", "leafgate.socket")
        self.assertIn("leafgate", self.debian.run("id", "leafgate").stdout)
        for program in ("usr/sbin/leafgated", "usr/bin/leafgatectl"):
            self.assert_hardened(self.debian.root / program)

    def assert_hardened(self, program: Path):
        told = subprocess.run(["readelf", "-hldSW", program], check=True, capture_output=True, text=True).stdout
        self.assertRegex(told, r"Type: +DYN")
        self.assertIn("GNU_RELRO", told)
        self.assertRegex(told, r"FLAGS_1.*NOW.*PIE")
        self.assertNotIn(".symtab", told)

    def refuse_to_start_unconfigured(self):
        process = self.debian.start("leafgate", "leafgated", log=self.log)
        self.assertEqual(process.wait(20), CONFIGURATION)
        said = self.site.log("leafgated")
        for key in ("id_scope", "certificate", "key"):
            self.assertRegex(said, rf"(?m)leafgate\.toml.*{key}")

    def configure(self):
        for file in ("alerts.yaml", "dashboard.json"):
            self.assertTrue((self.debian.root / "usr/share/leafgate" / file).is_file(), file)
        self.debian.run("/usr/share/leafgate/site-ca.sh", "ca", "/etc/leafgate/tls", "plant 3")
        self.debian.run("/usr/share/leafgate/site-ca.sh", "gateway", "/etc/leafgate/tls", "localhost", "127.0.0.1")
        file = self.debian.root / CONFFILE
        text = file.read_text().replace('id_scope = ""', f'id_scope = "{SCOPE}"')
        text = text.replace('certificate = ""', 'certificate = "/etc/leafgate/tls/gateway.pem"')
        file.write_text(re.sub(r'(?m)^key = ""', 'key = "/etc/leafgate/tls/gateway.key"', text))
        shutil.copy(self.site.certificates.ca, self.debian.root / "etc/leafgate/service-ca.pem")
        (self.debian.root / "etc/leafgate/leafgate.d/10-site.toml").write_text(
            f'mqtt.listen = ["127.0.0.1:0"]\nservice.host = "localhost"\nservice.port = {self.standin.port}\n'
            'service.ca_file = "/etc/leafgate/service-ca.pem"\n')
        self.debian.run("leafgated", "--check-config")

    def start(self):
        """As the unit does: as the user leafgate, told when it is ready. Gives (process, port)."""
        address = self.debian.root / "run/notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(address))
            address.chmod(0o777)
            notified.settimeout(30)
            process = self.debian.start("leafgate", "leafgated", log=self.log, NOTIFY_SOCKET="/run/notify")
            try:
                while "READY=1" not in notified.recv(4096).decode():
                    pass
            except TimeoutError:
                self.fail(f"not ready, {process.poll()}:\n" + self.site.log("leafgated")[-2000:])
        listening = json.loads(self.debian.run("leafgatectl", "--json", "status").stdout)["listening"]
        return process, int(listening[0].rsplit(":", 1)[1])

    def stop(self, process):
        process.terminate()
        self.assertEqual(process.wait(20), 0, self.site.log("leafgated")[-2000:])

    def leaf(self, port):
        done = subprocess.run(
            [self.site.program("tests/leaf/dps-leaf"), "--host", "localhost", "--port", str(port), "--ca-file",
             self.debian.root / "etc/leafgate/tls/site-ca.pem", "--id-scope", SCOPE, "--registration-id", "press-01", "--key",
             device_key("press-01"), "--timeout", "20"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def serve(self):
        process, port = self.start()
        records = self.debian.root / "tmp/enrollments.json"
        records.write_text(json.dumps([individual("press-01")]))
        self.debian.run("leafgatectl", "enroll", "import", "/tmp/enrollments.json")
        self.leaf(port)
        wait_for(lambda: json.loads(self.debian.run("leafgatectl", "--json", "status").stdout)["outbox"]["rows"] == 0)
        self.stop(process)

    def update(self):
        configured = (self.debian.root / CONFFILE).read_text()
        self.debian.apt("install", self.debian.put(self.second))
        self.assertIn("+2", self.debian.run("leafgated", "--version").stdout)
        self.assertEqual((self.debian.root / CONFFILE).read_text(), configured)
        self.standin.down()
        process, port = self.start()
        self.leaf(port)  # only what was kept can answer it now
        self.stop(process)

    def remove(self):
        self.debian.apt("remove", "leafgate")
        root = self.debian.root
        self.assertFalse((root / "usr/sbin/leafgated").exists())
        for kept in (CONFFILE, "etc/leafgate/tls/gateway.key", "var/lib/leafgate/leafgate.db"):
            self.assertTrue((root / kept).exists(), kept)

    def put_back(self):
        self.debian.apt("install", self.debian.put(self.second))
        links = [path.name for path in (self.debian.root / "etc/systemd/system").rglob("leafgate*")]
        self.assertEqual(links, [], "neither enabled nor masked")
        process, port = self.start()
        self.leaf(port)
        self.stop(process)

    def purge(self):
        self.debian.apt("purge", "leafgate")
        (self.debian.root / "run/notify").unlink()
        self.assertEqual(sorted(self.debian.files() - self.before), [])
        for book in ("passwd", "group"):
            self.assertNotIn("leafgate", (self.debian.root / "etc" / book).read_text())


if __name__ == "__main__":
    missing = [program for program in ("debootstrap", "lintian", "cpack") if not shutil.which(program)]
    if os.geteuid() != 0 or missing:
        print("not run: it needs root, to make a Debian of its own" + (f", and {', '.join(missing)}" if missing else ""))
        sys.exit(CANNOT_RUN)
    unittest.main(verbosity=2)
