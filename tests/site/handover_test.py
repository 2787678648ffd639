"""A site is handed over: the list of its leaves, the check that finds what is broken, the archive that tells no secret."""

import base64
import json
import secrets
import socket
import subprocess
import tarfile
import time
import unittest
import urllib.parse

from site_processes import SCOPE, Gateway, Site, StandIn, derive, device_key, group, individual, openssl, wait_for

GROUP_KEY = base64.b64encode(b"a group key that must never be told at all, ever").decode()


def findings(gateway) -> list:
    answer = gateway.ctl("--json", "check", check=False)
    return json.loads(answer.stdout)["findings"]


def worst_of(gateway, check) -> dict:
    order = {"ok": 0, "warn": 1, "fail": 2}
    return max((f for f in findings(gateway) if f["check"] == check), key=lambda f: order[f["health"]])


class GoodSite(unittest.TestCase):
    """One site for what changes nothing of it."""

    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.records = [individual(f"pump-{n:02}") for n in range(1, 5)] + [group("line", GROUP_KEY)]
        cls.standin = StandIn(cls.site, cls.records)
        marker = cls.site.folder / "synchronized"
        marker.touch()
        cls.gateway = Gateway(cls.site, cls.standin.port,
                              f'https.listen = ["127.0.0.1:0"]\nclock.synchronized_file = "{marker}"\ntpm.mode = "off"')
        cls.gateway.enroll(cls.records)

    def leaf(self, registration_id, key=None):
        return self.site.leaf(self.gateway.port, "--registration-id", registration_id, "--key",
                              key or device_key(registration_id))

    def expected(self, *more) -> dict:
        return json.loads(self.gateway.ctl("--json", "expect", "list", *more).stdout)

    def state(self) -> dict:
        return {row.get("registrationId", row.get("seenAt")): row for row in self.expected()["leaves"]}

    def assert_fits(self, text):
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_list_follows_the_leaves_as_they_come(self):
        file = self.site.folder / "list.csv"
        file.write_text("registrationId,label,place,line,note\n"
                        "pump-01,Pump 1,127.0.0.1,A,behind the door\n"
                        "pump-02,Pump 2,192.0.2.0/24,A,\n"
                        "pump-03,Pump 3,127.0.0.0/8,A,\n"
                        "pump-17,Pump 17,,B,\n")
        self.gateway.ctl("expect", "import", str(file))
        self.assertEqual({row["state"] for row in self.state().values() if "registrationId" in row}, {"missing"})
        for leaf in ("pump-01", "pump-02"):
            self.assertEqual(self.leaf(leaf).returncode, 0)
        self.leaf("pump-03", device_key("another"))  # its key is wrong
        self.leaf("pmup-17")  # misspelt by whoever set it up
        rows = self.state()
        self.assertEqual(rows["pump-01"]["state"], "done")
        self.assertEqual(rows["pump-01"]["seenAt"], "127.0.0.1")
        self.assertEqual(rows["pump-02"]["state"], "wrong-place")
        self.assertEqual((rows["pump-03"]["state"], rows["pump-03"]["reason"]["code"]), ("waiting", "wrong-key"))
        self.assertEqual(rows["pump-17"]["state"], "missing")
        self.assertEqual(rows["pmup-17"]["state"], "unknown")
        self.assertEqual(rows["pmup-17"]["nearestMissing"], "pump-17")
        shown = self.gateway.ctl("expect", "list").stdout
        self.assertIn("1 of 4 done, 1 missing, 1 waiting, 1 in a wrong place", shown)
        self.assert_fits(shown)
        self.assertIn("Pump 1", self.gateway.ctl("devices").stdout)
        self.assert_fits(self.gateway.ctl("devices").stdout)
        self.assertIn("(Pump 1)", self.gateway.ctl("explain", "pump-01").stdout)
        self.assertIn("pump-02", self.gateway.ctl("devices", "--match", "PUMP 2").stdout)
        self.assertIn("is it pump-17 (Pump 17), misspelt?", " ".join(shown.split()))
        refused = self.gateway.ctl("expect", "import", "-", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(self.expected()["counts"]["expected"], 4, "a bad list changes nothing")
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(self.state()["pump-01"]["label"], "Pump 1", "it outlives a restart")
        self.gateway.ctl("--because", "handed over", "expect", "clear")
        self.assertEqual(self.expected()["counts"]["expected"], 0)
        entries = json.loads(self.gateway.ctl("--json", "audit").stdout)["entries"]
        self.assertEqual([e["what"] for e in entries if e["what"].startswith("expect")], ["expect import", "expect clear"])

    def test_check_tries_every_door_and_leaves_no_trace(self):
        before = self.gateway.status()
        known = set(self.gateway.devices())
        told = self.gateway.ctl("check", check=False)
        all_of_it = findings(self.gateway)
        bad = [f for f in all_of_it if f["health"] != "ok"]
        self.assertEqual(bad, [])
        doors = [f["what"] for f in all_of_it if f["check"] == "listener"]
        self.assertEqual([door.split(" ")[0] for door in doors], ["mqtt", "https", "mqtt-ws"])
        for door in doors:
            self.assertRegex(door, r"as gateway\.site\.example: handshake (under )?\d+ ms, answer (under )?\d+ ms")
        self.assertIn("it speaks DPS", told.stdout)
        self.assert_fits(told.stdout)
        self.assertEqual(told.returncode, 0)
        self.assertIn("all is well", told.stdout)
        after = self.gateway.status()
        self.assertEqual(set(self.gateway.devices()), known)
        for figure in ("refused", "forwarded", "answeredFromCache", "storeWrites"):
            self.assertEqual(after["sinceStart"][figure], before["sinceStart"][figure], figure)
        self.assertEqual(after["outbox"]["rows"], before["outbox"]["rows"])
        asked = self.standin.registrations()
        self.assertNotIn("leafgate-check-", json.dumps(asked), "the leaf at the doors is never sent on")
        self.assertEqual(asked["leafgate-check"]["puts"], 0, "the service is only asked whether it speaks DPS")
        strangers = json.loads(self.gateway.ctl("--json", "strangers").stdout)["strangers"]
        self.assertNotIn("leafgate-check", json.dumps(strangers))

    def test_firewall_list_names_ports_and_their_holders(self):
        told = self.gateway.ctl("check", "--firewall").stdout
        self.assertIn(f"mqtt 127.0.0.1:{self.gateway.port}", told)
        self.assertIn(f"localhost:{self.standin.port}", told)
        self.assertRegex(told, rf"127\.0\.0\.1:{self.gateway.port} +leafgated \(\d+\)")
        self.assert_fits(told)

    def test_configuration_is_told_without_its_secrets(self):
        done = subprocess.run(["curl", "-s", "--unix-socket", str(self.gateway.socket), "http://gateway/v1/config"],
                              capture_output=True, text=True, check=True, timeout=30)
        told = json.loads(done.stdout)
        self.assertEqual(told["settings"]["gateway.id_scope"], SCOPE)
        self.assertEqual(told["certificates"][0]["names"][0], "gateway.site.example")
        self.assertIn("BEGIN CERTIFICATE", told["certificates"][0]["pem"])
        self.assertNotIn("PRIVATE KEY", done.stdout)


class BrokenSite(unittest.TestCase):
    """Each thing that sites get wrong, found and named."""

    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.standin = StandIn(self.site, [])

    def gateway(self, settings="", **more):
        return Gateway(self.site, self.standin.port, 'tpm.mode = "off"\n' + settings, **more)

    def test_certificate_that_ends_soon(self):
        folder = self.site.certificates.folder
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text("[ca]\ndefault_ca = d\n[d]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes\n"
                                       "default_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n")
        day = 24 * 3600
        begins, ends = (time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * day)) for days in (-300, 2.5))
        openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "site-ca.pem", "-keyfile", "site-ca.key", "-in",
                "gateway.csr", "-startdate", begins, "-enddate", ends, "-extfile", "gateway.ext", "-out", "gateway.pem", cwd=folder)
        gateway = self.gateway()
        found = worst_of(gateway, "certificate")
        self.assertEqual(found["health"], "warn")
        self.assertRegex(found["what"], r"gateway\.pem: for gateway\.site\.example.*, 2 days left")
        self.assertEqual(gateway.ctl("check", check=False).returncode, 1)

    def test_service_that_is_down_and_one_that_is_not_trusted(self):
        gateway = self.gateway()
        self.assertEqual(worst_of(gateway, "service-answer")["health"], "ok")
        self.standin.process.terminate()
        self.standin.process.wait(10)
        self.assertEqual(worst_of(gateway, "service-way")["health"], "fail")
        gateway.stop()
        # What an inspecting proxy does: the right name by another CA.
        for file in ("port", "control"):
            (self.site.folder / "service" / file).unlink()
        self.standin = StandIn(self.site, [])
        gateway = self.gateway(f'service.ca_file = "{self.site.certificates.other_ca}"')
        found = worst_of(gateway, "service-tls")
        self.assertEqual(found["health"], "fail")
        self.assertIn("issued by CN=leafgate demo site CA", found["what"])

    def test_service_that_is_no_dps(self):
        certificate, key = self.site.certificates.service
        portal = self.site.start("portal", ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", str(certificate), "-key",
                                            str(key), "-www"])
        port = int(wait_for(lambda: next((line.rsplit(":", 1)[1] for line in self.site.log("portal").splitlines()
                                          if line.startswith("ACCEPT") and ":" in line), None), 10, name="the portal's port"))
        self.assertIsNone(portal.poll())
        gateway = Gateway(self.site, port, 'tpm.mode = "off"')
        found = worst_of(gateway, "service-answer")
        self.assertEqual(found["health"], "fail")
        self.assertIn("what answers is not DPS: 200, text/html", found["what"])

    def test_name_of_the_service_that_leads_to_the_gateway_itself(self):
        with socket.socket() as one:  # a port that is free, for both
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        gateway = Gateway(self.site, port, f'tpm.mode = "off"\nmqtt.listen = ["127.0.0.1:0"]\nhttps.listen = ["127.0.0.1:{port}"]')
        found = worst_of(gateway, "service-name")
        self.assertEqual(found["health"], "fail")
        self.assertIn("this gateway", found["what"])

    def test_tpm_that_is_not_there(self):
        marker = self.site.folder / "synchronized"
        marker.touch()
        settings = f'tpm.tcti = "device:/nowhere/tpm"\nclock.synchronized_file = "{marker}"\n'
        gateway = Gateway(self.site, self.standin.port, settings + 'tpm.mode = "auto"')
        found = worst_of(gateway, "tpm")
        self.assertEqual(found["health"], "ok", "that is what auto is for")
        self.assertIn("/nowhere/tpm", found["what"])
        self.assertIn("keys at rest are sealed by a key in a file", found["what"])
        self.assertEqual([f for f in findings(gateway) if f["health"] != "ok"], [])
        self.assertEqual(gateway.ctl("check", check=False).returncode, 0)

    def test_configuration_that_was_changed_for_the_worse(self):
        gateway = self.gateway()
        gateway.configuration.write_text(gateway.configuration.read_text() + 'mqtt.lisen = ["127.0.0.1:0"]\n')
        found = worst_of(gateway, "configuration")
        self.assertEqual(found["health"], "fail")
        self.assertIn("lisen", found["what"])

    def test_the_connection_string_of_the_api_was_empty_at_the_start(self):
        empty = self.site.folder / "empty"
        empty.touch(mode=0o600)
        gateway = self.gateway(f'service.api_connection_string_file = "{empty}"')
        found = worst_of(gateway, "service-api")
        self.assertEqual(found["health"], "warn")
        self.assertIn(str(empty), found["what"])

    def test_files_that_were_emptied_since_the_start(self):
        """What was read then is in memory: nothing fails until the next start."""
        gateway = self.gateway()
        self.assertEqual(worst_of(gateway, "configuration")["health"], "ok")
        certificate, _ = self.site.certificates.gateway
        certificate.write_text("")
        self.assertEqual(worst_of(gateway, "configuration")["health"], "ok", "it is kept, and the next start shows it")
        self.site.certificates.ca.write_text("")
        found = worst_of(gateway, "configuration")
        self.assertEqual(found["health"], "fail")
        self.assertIn(f"{self.site.certificates.ca}: no CA certificates can be read", found["what"])
        gateway.stop()
        gateway.start()
        told = " ".join(gateway.ctl("status", check=False).stdout.split())
        self.assertIn("known leaves are answered from cache, new ones wait until a start finds it mended", told)
        self.assertIn(f"{self.site.certificates.ca}: no CA certificates can be read", told)

    def test_port_that_another_program_holds(self):
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with self.assertRaises(RuntimeError):
            self.gateway(f'mqtt.listen = ["127.0.0.1:{port}"]')
        told = subprocess.run([self.site.program("leafgatectl"), "--socket", str(self.site.folder / "gateway/status.sock"), "check",
                               "--firewall", "--port", str(port)], capture_output=True, text=True, timeout=30)
        self.assertEqual(told.returncode, 3)
        self.assertRegex(told.stdout, rf"127\.0\.0\.1:{port} +python")
        alone = subprocess.run([self.site.program("leafgatectl"), "--socket", str(self.site.folder / "gateway/status.sock"), "check"],
                               capture_output=True, text=True, timeout=30)
        self.assertEqual(alone.returncode, 3)
        self.assertIn("FAIL daemon", alone.stdout)


class Archive(unittest.TestCase):
    """Secrets are put wherever there is a place for one, and looked for in the archive in every form."""

    def forms(self, secret: bytes) -> dict:
        text = base64.b64encode(secret).decode()
        return {"raw": secret, "base64": text.encode(), "base64url": base64.urlsafe_b64encode(secret),
                "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode(),
                "percent": urllib.parse.quote(secret, safe="").encode(), "percent of base64": urllib.parse.quote(text, safe="").encode()}

    def test_tells_no_key_token_or_password(self):
        site = Site()
        self.addCleanup(site.close)
        planted = {}

        def plant(name, size=32):
            planted[name] = secrets.token_hex(size // 2).encode()
            return planted[name].decode()

        records = [individual("pump-01"), individual("pump-02"), group("line", GROUP_KEY)]
        for record in records:  # keys as DPS has them: base64 of octets
            for which, key in record["attestation"]["symmetricKey"].items():
                name = record.get("registrationId", "line") + " " + which
                planted[name] = base64.b64decode(key)
        planted["derived key"] = base64.b64decode(derive(GROUP_KEY, "press-1"))
        standin = StandIn(site, records, policy=True)
        proxy, password, connection = (site.folder / name for name in ("proxy", "password", "connection"))
        proxy.write_text("leafgate:" + plant("proxy password") + "\n")
        password.write_text(plant("broker password") + "\n")
        api_key = base64.b64encode(plant("service key").encode()).decode()
        connection.write_text(f"HostName=localhost:{standin.port};SharedAccessKeyName=reader;SharedAccessKey={api_key}\n")
        for file in (proxy, password, connection):
            file.chmod(0o600)
        gateway = Gateway(site, standin.port, "\n".join([
            'tpm.mode = "off"', 'broker.uri = "mqtts://localhost:1"', 'broker.username = "leafgate"',
            f'broker.password_file = "{password}"', f'service.api_connection_string_file = "{connection}"',
            'service.proxy = "http://127.0.0.1:1"', f'service.proxy_credentials_file = "{proxy}"']))
        gateway.enroll(records)
        # Leaves that succeed, fail, and bring a payload; with tokens of this test's own.
        payload = site.folder / "payload.json"
        payload.write_text(json.dumps({"password": plant("payload secret")}))
        for leaf, key in (("pump-01", device_key("pump-01")), ("pump-02", device_key("wrong")), ("press-1", derive(GROUP_KEY, "press-1")),
                          ("nobody", device_key("nobody"))):
            planted[f"key of {leaf} as given"] = base64.b64decode(key)
            site.leaf(gateway.port, "--registration-id", leaf, "--key", key, "--payload", payload.read_text(), "--timeout", "3")
        for file in site.certificates.folder.glob("*.key"):
            body = "".join(line for line in file.read_text().splitlines() if not line.startswith("-----"))
            planted[file.name] = base64.b64decode(body)[36:68]  # the scalar of P-256 in PKCS#8
        for file in gateway.state.glob("*key*"):
            planted["sealing key " + file.name] = file.read_bytes().strip()
        # A mistake in the file, which the daemon tells on a reload and the check tells again.
        text = gateway.configuration.read_text()
        gateway.configuration.write_text(text.replace("mqtts://localhost:1", f"mqtts://user:{plant('mistaken password')}@host"))
        subprocess.run(["kill", "-HUP", str(gateway.process.pid)], check=True)
        self.assertEqual(worst_of(gateway, "configuration")["health"], "fail")
        self.assertTrue(any(name.startswith("sealing key") for name in planted), list(gateway.state.iterdir()))

        file = site.folder / "support.tar"
        told = gateway.ctl("support-archive", str(file))
        self.assertIn("wrote", told.stdout)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        with tarfile.open(file, "r:") as archive:
            content = {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}
        names = {name.removeprefix("leafgate-support/") for name in content}
        for name in ("status.json", "config.json", "metrics.txt", "devices.json", "strangers.json", "queue.json", "audit.json", "events.json",
                     "lines.json", "system.txt", "enrollments.json", "explain/1.json", "CONTENTS"):
            self.assertIn(name, names)
        everything = b"\n".join(content.values())
        self.assertIn(b"pump-02", everything, "what is looked through is what was made")
        for name, secret in planted.items():
            for form, octets in self.forms(secret).items():
                self.assertNotIn(octets, everything, f"{name}, {form}")
        for word in (b"SharedAccessSignature", b"sig=", b"PRIVATE KEY"):
            self.assertNotIn(word, everything)


if __name__ == "__main__":
    unittest.main(verbosity=2)
