"""The power goes in the middle of a renewal of the gateway's own certificate: what the next start makes of the files, at the
real daemon, and how it gets whole again without anybody who starts it anew."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import unittest

from line_processes import LinkLeaf, SerialWire
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

NONE = "no certificate: leaves that come by TLS are turned away until this pair is whole"
NEIGHBOUR = "edge.site.example"


class Neighbour:
    """Another TLS server on the box, which the gateway passes connections on to."""

    def __init__(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, _ = self.listening.accept()
                with self.context.wrap_socket(plain, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                if self.listening.fileno() < 0:
                    return


class OwnPairTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.standin = StandIn(self.site, [individual("leaf-1")])
        self.certificate, self.key = self.site.certificates.gateway
        self.fresh_certificate, self.fresh_key = self.site.certificates.issue("fresh", "gateway.site.example")
        self.fresh = ssl.PEM_cert_to_DER_cert(self.fresh_certificate.read_text())
        self.old = ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
        self.context = ssl.create_default_context(cafile=str(self.site.certificates.ca))
        self.context.check_hostname = False

    def run_once(self, *settings, under=()):
        """A gateway that has shown its pair, and whose power has gone then."""
        self.gateway = Gateway(self.site, self.standin.port, "\n".join(('tls.watch = "1s"', *settings)), under=under)
        self.gateway.enroll([individual("leaf-1")])
        self.assertEqual(self.shown(), self.old)
        wait_for((self.gateway.state / "shown.pem").exists, name="the certificate is kept")
        self.gateway.kill()

    def shown(self, server_name="localhost"):
        """The certificate that a leaf is shown; None when it is turned away."""
        try:
            with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=10) as plain:
                with self.context.wrap_socket(plain, server_hostname=server_name) as tls:
                    return tls.getpeercert(True)
        except (ssl.SSLEOFError, ConnectionError):
            return None

    def registers(self, seconds=30):
        done = self.site.leaf(self.gateway.port, "--registration-id", "leaf-1", "--key", device_key("leaf-1"), "--timeout",
                              str(seconds))
        return done.returncode == 0

    def refusal(self):
        return next((mode["consequence"] for mode in self.gateway.status()["degraded"]
                     if mode["reason"]["code"] == "certificate-refused"), None)

    def missing(self):
        """Whom the figures say there is no certificate for."""
        told = dict(re.findall(r'(?m)^leafgate_certificate_missing\{whom="(\w+)"\} (\d)$', self.gateway.ctl("metrics").stdout))
        self.assertEqual(set(told), {"all", "others"})
        return {whom for whom, is_missing in told.items() if is_missing == "1"}

    def first_line(self):
        return self.gateway.ctl("status").stdout.splitlines()[0]

    def reload(self):
        count = lambda: self.site.log("leafgated").count("configuration reloaded")
        before = count()
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: count() > before, name="the reload")

    def test_certificate_renewed_and_key_not_leaves_the_old_pair_in_use(self):
        self.run_once()
        os.replace(self.fresh_certificate, self.certificate)
        self.gateway.start()
        self.assertEqual(self.shown(), self.old)
        self.assertTrue(self.registers())
        self.assertIn("gateway.key: not the key of the first certificate", self.refusal())
        self.assertIn("the one in use", self.refusal())
        self.assertNotIn("PRIVATE", (self.gateway.state / "shown.pem").read_text())
        process = self.gateway.process.pid
        os.replace(self.fresh_key, self.key)
        wait_for(lambda: self.shown() == self.fresh, 10, name="the new pair is shown")
        wait_for(lambda: self.refusal() is None, 10, name="all is well")
        self.assertEqual(self.gateway.process.pid, process)
        self.assertIsNone(self.gateway.process.poll())

    def test_key_renewed_behind_a_link_and_certificate_not_leaves_the_old_pair_in_use(self):
        # As certbot does it: a link by link, the one of the key first.
        real = self.key.with_name("privkey1.pem")
        os.rename(self.key, real)
        self.key.symlink_to(real)
        self.run_once()
        self.key.unlink()
        self.key.symlink_to(self.fresh_key)
        self.gateway.start()
        self.assertEqual(self.shown(), self.old)
        self.assertIn("the one in use", self.refusal())
        self.assertTrue(self.registers())
        os.replace(self.fresh_certificate, self.certificate)
        wait_for(lambda: self.shown() == self.fresh, 10, name="the new pair is shown")

    def test_a_pair_of_its_own_is_shown_while_the_main_one_is_missing(self):
        extra = self.site.certificates.issue("extra", NEIGHBOUR)
        self.run_once(f'tls.extra = [{{ server_name = "{NEIGHBOUR}", certificate = "{extra[0]}", key = "{extra[1]}" }}]')
        os.replace(self.fresh_key, self.key)
        self.gateway.start()
        self.assertIsNone(self.shown())
        self.assertEqual(self.shown(NEIGHBOUR), ssl.PEM_cert_to_DER_cert(extra[0].read_text()))
        self.assertEqual(self.missing(), {"others"})

    def test_key_renewed_and_certificate_not_is_awaited(self):
        neighbour = Neighbour(*self.site.certificates.service)
        self.addCleanup(neighbour.listening.close)
        self.run_once(f'tunnel.route = [{{ server_name = "{NEIGHBOUR}", to = "127.0.0.1:{neighbour.port}" }}]')
        os.replace(self.fresh_key, self.key)
        self.gateway.start()
        for _ in range(3):
            self.assertIsNone(self.shown())
        self.assertFalse(self.registers(2))
        self.assertEqual(self.first_line(), "no certificate to show: leaves that come by TLS are turned away")
        foretold = " ".join(self.gateway.ctl("what-if", "offline").stdout.split())
        self.assertTrue(foretold.startswith("The gateway has no certificate to show: leaves that come by TLS are turned away now,"),
                        foretold)
        self.assertIn("Leaves that come by TLS are turned away now", self.gateway.ctl("report", "-").stdout)
        self.assertIn("gateway.key: not the key of the first certificate", self.refusal())
        self.assertIn("turned away until this pair is whole", self.refusal())
        self.assertEqual(self.missing(), {"all"})
        self.assertIn("none to show", self.gateway.ctl("check", check=False).stdout)
        told = wait_for(lambda: self.gateway.ctl("explain", "127.0.0.1", check=False).stdout, name="it is explained")
        self.assertIn("certificate-refused", told)
        self.assertIn("no certificate to show", " ".join(told.split()))
        self.assertEqual(self.shown(NEIGHBOUR), ssl.PEM_cert_to_DER_cert(self.site.certificates.service[0].read_text()),
                         "what passes through needs no certificate of ours")
        check = subprocess.run([self.site.program("leafgated"), "--check-config", "--config", str(self.gateway.configuration)],
                               capture_output=True, text=True, timeout=30)
        self.assertEqual((check.returncode, "not the key of" in check.stderr), (78, True), check.stderr)
        self.assertEqual(self.site.log("leafgated").count(NONE), 1, "told once, however often it is looked at")
        os.replace(self.fresh_certificate, self.certificate)
        wait_for(lambda: self.shown() == self.fresh, 10, name="the new pair is shown")
        self.assertTrue(self.registers())
        self.assertIsNone(self.refusal())
        self.assertEqual(self.missing(), set())
        self.assertNotIn("certificate", self.first_line())
        self.assertNotIn("certificate", self.gateway.ctl("what-if", "offline").stdout)
        self.assertNotIn("turned away now", self.gateway.ctl("report", "-").stdout)

    def test_a_leaf_on_a_line_needs_no_certificate(self):
        wire = SerialWire()
        self.addCleanup(wire.close)
        self.run_once(f'serial = [{{ name = "line1", path = "{wire.gateway}" }}]')
        os.replace(self.fresh_key, self.key)
        self.gateway.start()
        self.assertIsNone(self.shown())
        key = self.site.folder / "leaf-1.key"
        key.write_text(device_key("leaf-1") + "\n")
        pin = json.loads(self.gateway.ctl("--json", "line", "identity").stdout)["pin"]
        leaf = LinkLeaf(self.site, "leaf-1", ["--key-file", str(key), "--gateway-pin", pin])
        code, told, complaints = leaf.register(["--tty", wire.leaves[0]])
        self.assertEqual((code, told.get("status")), (0, "assigned"), complaints)

    def test_files_cut_off_while_they_were_written_are_awaited_too(self):
        self.run_once()
        whole = self.key.read_bytes()
        for left in (b"", whole[:60], bytes(200)):
            self.key.write_bytes(left)
            self.gateway.start()
            self.assertIsNone(self.shown())
            self.assertIn("gateway.key: no PEM private key in it", self.refusal())
            self.key.write_bytes(whole)
            wait_for(lambda: self.shown() == self.old, 10, name="the pair is shown")
            self.gateway.kill()
        self.certificate.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n")
        self.gateway.start()
        self.assertEqual(self.shown(), self.old, "kept of the last run")

    def test_a_reload_finds_what_has_become_whole_and_awaits_what_has_not(self):
        self.run_once('tls.watch = "1h"')
        os.replace(self.fresh_key, self.key)
        self.gateway.start()
        self.reload()
        self.assertIsNone(self.shown())
        self.assertIn("turned away until this pair is whole", self.refusal())
        os.replace(self.fresh_certificate, self.certificate)
        self.reload()
        wait_for(lambda: self.shown() == self.fresh, 5, name="the new pair is shown")
        # And half a renewal at a reload: the running daemon stays with it, and so does the next start.
        third, _ = self.site.certificates.issue("third", "gateway.site.example")
        os.replace(third, self.certificate)
        self.reload()
        wait_for(self.refusal, 5, name="the refusal")
        self.assertEqual(self.shown(), self.fresh)
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.shown(), self.fresh)

    def test_what_never_was_good_here_is_a_mistake_and_told_at_once(self):
        self.run_once()
        text = self.gateway.configuration.read_text()
        self.gateway.configuration.write_text(text.replace("gateway.key", "gatway.key"))
        with self.assertRaisesRegex(RuntimeError, "ended with 78(.|\n)*gatway.key: No such file"):
            self.gateway.start()
        with Site() as other:
            os.replace(other.certificates.issue("fresh", "gateway.site.example")[0], other.certificates.gateway[0])
            with self.assertRaisesRegex(RuntimeError, "ended with 78(.|\n)*not the key of the first certificate"):
                Gateway(other, 9)

    def test_a_name_mistyped_at_a_reload_does_not_end_the_next_start(self):
        self.run_once()
        self.gateway.start()
        text = self.gateway.configuration.read_text()
        self.gateway.configuration.write_text(text.replace("gateway.key", "gatway.key"))
        self.reload()
        wait_for(self.refusal, 5, name="the refusal")
        self.assertEqual(self.shown(), self.old)
        kept = self.gateway.state / "shown.pem"
        wait_for(lambda: "gatway.key" in kept.read_text(), 5, name="the name is kept")
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.shown(), self.old)
        self.assertIn("gatway.key: No such file", self.refusal())
        self.assertTrue(self.registers())
        self.gateway.configuration.write_text(text)
        os.replace(self.fresh_certificate, self.certificate)
        os.replace(self.fresh_key, self.key)
        self.reload()
        wait_for(lambda: self.shown() == self.fresh, 5, name="the new pair is shown")
        self.assertIsNone(self.refusal())
        wait_for(lambda: "gatway.key" not in kept.read_text(), 5, name="the name is forgotten")

    def test_systemd_hears_that_it_serves_and_what_is_missing(self):
        address = self.site.folder / "notify"
        heard = []
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(address))
            notify.settimeout(20)
            self.run_once(under=["env", f"NOTIFY_SOCKET={address}"])
            os.replace(self.fresh_key, self.key)
            self.gateway.start()
            while not any(line.startswith("STATUS=no certificate for leaves; ") for line in heard):
                heard += notify.recv(4096).decode().splitlines()
        self.assertIn("READY=1", heard)


if __name__ == "__main__":
    unittest.main(verbosity=2)
