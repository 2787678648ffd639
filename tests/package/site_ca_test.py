"""The script for a site's own CA: what it makes is judged by OpenSSL, and it takes nothing away."""

import os
import shutil
import ssl
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "config/site-ca.sh"
NAMES = ["gw12.plant.example", "192.168.10.1", "fd00::1", "global.azure-devices-provisioning.net"]


class SiteCa(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enter(tempfile.TemporaryDirectory(prefix="leafgate-ca-"))) / "tls"

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def run_script(self, verb, *arguments, code=0, **environment):
        done = subprocess.run(["sh", str(SCRIPT), verb, str(self.folder), *arguments], capture_output=True, text=True,
                              env={**os.environ, **environment})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def make(self):
        self.run_script("ca", "plant 3")
        self.run_script("gateway", *NAMES)

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True)

    def content(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def test_the_gateways_certificate_verifies_for_every_name(self):
        self.make()
        for name in NAMES:
            how = "-verify_ip" if name[0].isdigit() or ":" in name else "-verify_hostname"
            done = self.openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "site-ca.pem", how, name, "gateway.pem")
            self.assertEqual(done.returncode, 0, done.stderr)
        other = self.openssl("verify", "-CAfile", "site-ca.pem", "-verify_hostname", "other.example", "gateway.pem")
        self.assertNotEqual(other.returncode, 0)

    def test_key_and_certificate_fit_and_are_p256(self):
        self.make()
        self.assertTrue(self.fits())
        self.assertIn("prime256v1", self.openssl("x509", "-in", "gateway.pem", "-noout", "-text").stdout)

    def test_keys_are_for_few_and_certificates_for_all(self):
        self.make()
        for name, mode in (("site-ca.key", 0o600), ("site-ca.pem", 0o644), ("gateway.pem", 0o644)):
            self.assertEqual((self.folder / name).stat().st_mode & 0o777, mode, name)
        self.assertIn((self.folder / "gateway.key").stat().st_mode & 0o777, (0o600, 0o640))

    def test_nothing_is_overwritten(self):
        self.make()
        before = self.content()
        self.assertIn("is not overwritten", self.run_script("ca", code=1))
        self.assertIn("is not overwritten", self.run_script("gateway", "other.example", code=1))
        self.assertEqual(self.content(), before)

    def test_renewal_keeps_the_names_and_the_pair_before(self):
        self.make()
        before = self.content()
        self.run_script("renew", GATEWAY_DAYS="90")
        now = self.content()
        for name in ("gateway.key", "gateway.pem"):
            self.assertEqual(now[name + ".old"], before[name])
            self.assertNotEqual(now[name], before[name])
        told = self.run_script("show")
        for name in ("gw12.plant.example", "192.168.10.1", "FD00:0:0:0:0:0:0:1", "global.azure-devices-provisioning.net"):
            self.assertIn(name, told)
        self.assertNotEqual(self.openssl("x509", "-in", "gateway.pem", "-noout", "-checkend", str(91 * 86400)).returncode, 0)

    def with_tools(self, before):
        """A PATH whose sync and mv do something before."""
        tools = Path(self.enter(tempfile.TemporaryDirectory(prefix="leafgate-tools-")))
        for tool in ("sync", "mv"):
            script = tools / tool
            script.write_text(f'#!/bin/sh\n{before}\nexec {shutil.which(tool)} "$@"\n')
            script.chmod(0o755)
        return f"{tools}:{os.environ['PATH']}"

    def fits(self):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.folder / "gateway.pem", self.folder / "gateway.key")
        except (ssl.SSLError, FileNotFoundError):
            return False
        return True

    def test_what_was_cut_off_between_the_files_is_finished_by_the_same_once_more(self):
        cut = self.with_tools('case "$*" in *gateway.key.new*gateway.key) exit 1;; esac')
        self.run_script("ca")
        safe = self.folder.parent / "safe"
        for verb in (["gateway", *NAMES], ["renew"]):
            before = self.content()
            self.run_script(*verb, code=1, PATH=cut)
            self.assertFalse(self.fits(), verb)
            (self.folder / "site-ca.key").rename(safe)
            certificate = self.content()["gateway.pem"]
            if verb[0] == "renew":
                self.assertIn("is not overwritten", self.run_script("gateway", *NAMES, code=1))
            self.assertIn("where it was cut off", self.run_script(*verb))
            self.assertTrue(self.fits(), verb)
            now = self.content()
            self.assertEqual(now["gateway.pem"], certificate, "no third one")
            self.assertNotIn("gateway.key.new", now)
            if verb[0] == "renew":
                self.assertEqual((now["gateway.pem.old"], now["gateway.key.old"]), (before["gateway.pem"], before["gateway.key"]))
            safe.rename(self.folder / "site-ca.key")

    def test_what_was_cut_off_before_the_certificate_is_done_anew(self):
        cut = self.with_tools('case "$*" in *gateway.pem.new*gateway.pem) exit 1;; esac')
        self.run_script("ca")
        for verb in (["gateway", *NAMES], ["renew"]):
            self.run_script(*verb, code=1, PATH=cut)
            before = self.content()
            self.assertNotIn("cut off", self.run_script(*verb))
            self.assertTrue(self.fits(), verb)
            self.assertNotEqual(self.content()["gateway.key"], before["gateway.key.new"], verb)

    def test_a_power_cut_leaves_no_empty_key(self):
        self.make()
        told = self.folder.parent / "told"
        self.run_script("renew", PATH=self.with_tools(f'echo "${{0##*/}}" "$@" >> "{told}"'))
        steps = [" ".join(word.removeprefix(f"{self.folder}").removeprefix("/") or "FOLDER" for word in line.split())
                 for line in told.read_text().splitlines()]
        self.assertEqual(steps, ["sync gateway.pem.new gateway.key.new", "mv gateway.pem.new gateway.pem", "sync FOLDER",
                                 "mv gateway.key.new gateway.key", "sync FOLDER"])

    def test_without_the_ca_key_a_renewal_changes_nothing(self):
        self.make()
        (self.folder / "site-ca.key").rename(self.folder.parent / "safe")
        before = self.content()
        self.assertIn("bring it back", self.run_script("renew", code=1))
        self.assertEqual(self.content(), before)

    def test_what_is_no_name_is_refused(self):
        self.run_script("ca")
        for name in ("two words", "a,DNS:b", "", "x\ny"):
            self.assertIn("not a host name", self.run_script("gateway", name, code=1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
