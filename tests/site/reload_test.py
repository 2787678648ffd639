"""What changes while the daemon runs: its configuration, whole or not at all, under load; certificates, with and without
being asked; and where its figures are read."""

import concurrent.futures
import os
import signal
import socket
import ssl
import subprocess
import threading
import unittest
import urllib.request

import openmetrics
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

LEAVES = [f"leaf-{n}" for n in range(4)]


class ReloadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.standin = StandIn(cls.site, [individual(leaf) for leaf in LEAVES])
        cls.textfile = cls.site.folder / "leafgate.prom"
        cls.gateway = Gateway(cls.site, cls.standin.port, f'tunnel.hubs = "assigned"\ntls.watch = "1s"\nlimits.penalty_threshold = "10m"\nmetrics.listen = "127.0.0.1:0"\n'
                                                          f'metrics.textfile = "{cls.textfile}"')
        cls.gateway.enroll([individual(leaf) for leaf in LEAVES])
        cls.drop_ins = cls.gateway.folder / "leafgate.d"
        cls.drop_ins.mkdir()

    def tearDown(self):
        for file in self.drop_ins.iterdir():
            file.unlink()
        self.reload()

    def reload(self):
        """Asks and waits for its end: one more line in the log of what came of it."""
        count = lambda: sum(self.site.log("leafgated").count(text) for text in ("configuration reloaded", "configuration refused"))
        before = count()
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: count() > before, name="the reload")

    def degraded(self):
        return {mode["reason"]["code"]: mode["consequence"] for mode in self.gateway.status()["degraded"]}

    def drop_in(self, text):
        (self.drop_ins / "10.toml").write_text(text)

    def shake(self, server_name="localhost", session=None):
        """Gives the certificate shown, the session, and whether it was resumed. TLS 1.2: its ticket is there at once."""
        context = self.__dict__.setdefault("context", ssl.create_default_context(cafile=str(self.site.certificates.ca)))
        context.check_hostname = False
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", self.gateway.port)) as plain:
            with context.wrap_socket(plain, server_hostname=server_name, session=session) as tls:
                return tls.getpeercert(True), tls.session, tls.session_reused

    def issue(self, name, host):
        return self.site.certificates.issue(name, host)

    def test_domains_of_hubs_are_those_of_the_last_reload(self):
        hub = "hub.of-this-site.example"
        self.shake(hub)
        self.drop_in('service.hub_suffixes = ["of-this-site.example"]\n')
        self.reload()
        with self.assertRaises(OSError, msg="a leaf that asks for a hub would be shown the gateway's certificate"):
            self.shake(hub)

    def test_configurations_come_and_go_under_load(self):
        go_on, failed = threading.Event(), []

        def load(leaf):
            while not go_on.is_set():
                done = self.site.leaf(self.gateway.port, "--registration-id", leaf, "--key", device_key(leaf),
                                      "--client-family", "node")
                if done.returncode != 0:
                    failed.append(done.stdout)

        with concurrent.futures.ThreadPoolExecutor(len(LEAVES)) as pool:
            loads = [pool.submit(load, leaf) for leaf in LEAVES]
            try:
                for turn in range(4):
                    self.drop_in(f'[gateway]\nname = "turn-{turn}"\n[cache]\nmax_age = "{turn + 1}h"\n')
                    self.reload()
                    self.assertEqual(self.gateway.status()["name"], f"turn-{turn}")
                    self.assertNotIn("configuration-refused", self.degraded())
                    self.drop_in('[gateway]\nname = "wrong"\n[cache]\nmax_age = "soon"\n')  # wrong in one key
                    self.reload()
                    self.assertIn("10.toml:4", self.degraded()["configuration-refused"])
                    self.drop_in('[gateway]\nname = "half')  # written half
                    self.reload()
                    self.assertIn("10.toml:2", self.degraded()["configuration-refused"])
                    self.assertEqual(self.gateway.status()["name"], f"turn-{turn}")
            finally:
                go_on.set()
            for each in loads:
                each.result()
        self.assertEqual(failed, [])

    def test_what_needs_a_restart_is_named(self):
        self.drop_in('[limits]\nidle = "60s"\n[mqtt]\nlisten = ["127.0.0.1:1"]\n')
        self.reload()
        self.assertIn('needs a restart keys="mqtt.listen limits.idle"', self.site.log("leafgated"))
        self.assertNotIn("configuration-refused", self.degraded())

    def test_an_unreadable_configuration_keeps_the_old_one(self):
        moved = self.gateway.configuration.rename(self.gateway.configuration.with_suffix(".moved"))
        try:
            self.reload()
            self.assertIn("No such file", self.degraded()["configuration-refused"])
            self.gateway.configuration.mkdir()
            self.reload()
            self.assertIn("Is a directory", self.degraded()["configuration-refused"])
            self.gateway.configuration.rmdir()
        finally:
            moved.rename(self.gateway.configuration)
        self.reload()
        self.assertNotIn("configuration-refused", self.degraded())

    def test_a_renewed_certificate_is_seen_without_a_signal(self):
        certificate, key = self.site.certificates.gateway
        before, session, _ = self.shake()
        self.assertTrue(self.shake(session=session)[2], "resumes while nothing changed")
        fresh_certificate, fresh_key = self.issue("fresh", "gateway.site.example")
        os.replace(fresh_certificate, certificate)
        os.replace(fresh_key, key)
        wait_for(lambda: self.shake()[0] != before, name="the new certificate is shown")
        self.assertFalse(self.shake(session=session)[2], "a ticket of the old certificate is worth a full handshake")
        now = self.shake()[0]
        certificate.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n")  # half a renewal, and nobody comes back
        wait_for(lambda: "certificate-refused" in self.degraded(), name="the refusal")
        self.assertEqual(self.shake()[0], now)
        certificate.write_text(ssl.DER_cert_to_PEM_cert(now))
        wait_for(lambda: "certificate-refused" not in self.degraded(), name="mended")

    def test_the_name_a_leaf_asks_for_chooses_the_certificate(self):
        certificate, key = self.issue("extra", "extra.example")
        main, extra = self.shake()[0], ssl.PEM_cert_to_DER_cert(certificate.read_text())
        self.assertEqual(self.shake("extra.example")[0], main)
        self.drop_in(f'[[tls.extra]]\nserver_name = "extra.example"\ncertificate = "{certificate}"\nkey = "{key}"\n')
        self.reload()
        wait_for(lambda: self.shake("extra.example")[0] == extra, name="the extra certificate")
        self.assertEqual(self.shake("localhost")[0], main)
        shown = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.gateway.port}", "-servername", "EXTRA.example",
                                "-CAfile", str(self.site.certificates.ca)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertIn("CN = extra.example", shown.stdout)
        self.assertEqual(len(self.gateway.status()["certificates"]), 2)

    def test_figures_are_read_from_a_port_and_a_file(self):
        port = next(place for place in self.gateway.status()["listening"] if place.startswith("metrics ")).rsplit(":", 1)[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            samples = openmetrics.read(answer.read().decode())
        self.assertEqual(samples["leafgate_enrollments"], len(LEAVES))
        self.assertTrue(any(key.startswith("leafgate_certificate_left_seconds{") for key in samples))
        self.assertIn("leafgate_pace_per_minute", samples)
        self.assertIn("leafgate_enrollments", openmetrics.read(self.textfile.read_text()))

    def test_a_port_that_may_not_be_bound_comes_with_its_way_out(self):
        with Site(str(self.site.build)) as other:
            os.chmod(other.folder, 0o755)
            folder = other.folder / "state"
            folder.mkdir(mode=0o700)
            certificate, key = other.certificates.gateway
            os.chmod(key, 0o644)
            text = self.gateway.configuration.read_text()
            for was, now in ((str(self.gateway.state), str(folder)), ("127.0.0.1:0", "127.0.0.1:443"),
                             (str(self.site.certificates.folder), str(other.certificates.folder))):
                text = text.replace(was, now)
            file = other.folder / "leafgate.toml"
            file.write_text("\n".join(line for line in text.splitlines() if not line.startswith("metrics.")))
            command = [other.program("leafgated"), "--config", str(file)]
            if os.geteuid() == 0:
                os.chown(folder, 65534, 65534)
                command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn("[Socket]\nListenStream=\nFreeBind=yes\nListenStream=127.0.0.1:443\n", done.stderr)

    def test_check_config_tells_what_a_start_would_do(self):
        check = lambda: subprocess.run([self.site.program("leafgated"), "--check-config", "--config",
                                        str(self.gateway.configuration)], capture_output=True, text=True, timeout=30)
        good = check()
        self.assertEqual(good.returncode, 0, good.stderr)
        for text in ("demo-gateway", "127.0.0.1:0", "CN=gateway.site.example", "days left", "localhost", ": good"):
            self.assertIn(text, good.stdout)
        self.drop_in('[[tls.extra]]\nserver_name = "x.example"\ncertificate = "/none.pem"\nkey = "/none.key"\n')
        bad = check()
        self.assertEqual(bad.returncode, 78)
        self.assertIn("/none.pem: No such file", bad.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
