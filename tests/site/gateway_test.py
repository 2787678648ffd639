"""The daemon as its users meet it: leaves of every SDK family, an outage, a crash, mistakes of every kind and what the
engineer is told about them."""

import concurrent.futures
import json
import socket
import sqlite3
import subprocess
import unittest

from site_processes import SCOPE, Gateway, Site, StandIn, derive, device_key, group, individual, wait_for

FAMILIES = ["node", "python", "c", "csharp", "java", "embedded-c"]
GROUP_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
NOT_NOW, CONFIGURATION = 75, 78


class GatewayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.records = [individual(f"{family}-1", standin={"unknownMember": {"kept": [1, 2.50, "three"]}}) for family in FAMILIES]
        cls.records += [individual(f"leaf-{n}") for n in range(8)]
        cls.records += [individual("off", provisioningStatus="disabled"), group("line", GROUP_KEY)]
        cls.standin = StandIn(cls.site, cls.records)
        cls.gateway = Gateway(cls.site, cls.standin.port)
        cls.enroll()

    @classmethod
    def enroll(cls):
        return cls.gateway.enroll([{k: v for k, v in r.items() if k != "standin"} for r in cls.records])

    def leaf(self, registration_id, *more, key=None, scope=SCOPE):
        done = self.site.leaf(self.gateway.port, "--registration-id", registration_id, "--key",
                              key or device_key(registration_id), *more, scope=scope)
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}

    def explain(self, what):
        return json.loads(self.gateway.ctl("--json", "explain", what).stdout)

    def reasons(self, what):
        return [a["reason"]["code"] for a in self.explain(what)["attempts"]]

    def test_every_sdk_family_is_assigned_new_and_from_cache(self):
        with concurrent.futures.ThreadPoolExecutor(len(FAMILIES)) as pool:
            for repeat in ("new", "cached"):
                answers = list(pool.map(lambda f: self.leaf(f"{f}-1", "--client-family", f), FAMILIES))
                for family, (code, told) in zip(FAMILIES, answers):
                    self.assertEqual((code, told.get("status")), (0, "assigned"), f"{family} {repeat}: {told}")
                    self.assertEqual(told["direct"], repeat == "cached" and family in ("node", "python", "c"), family)
        for family in FAMILIES:
            self.assertEqual(self.standin.registrations()[f"{family}-1"]["puts"], 1)
            state = subprocess.run(["curl", "-s", "--unix-socket", str(self.gateway.socket),
                                    f"http://gateway/v1/registrations/{family}-1"], capture_output=True, text=True, check=True)
            self.assertIn("assigned", state.stdout)

    def test_a_group_vouches_for_derived_keys(self):
        self.assertEqual(self.leaf("derived-1", key=derive(GROUP_KEY, "derived-1"))[0], 0)
        self.assertEqual(self.leaf("derived-2", key=GROUP_KEY)[0], 1)

    def test_mistakes_are_refused_and_named(self):
        self.assertEqual(self.leaf("leaf-0", key=device_key("another"))[1]["httpStatus"], 401)
        self.assertIn("wrong-key", self.reasons("leaf-0"))
        self.assertEqual(self.leaf("leaf-1", scope="0ne99999999")[0], 1)
        self.assertIn("wrong-scope", self.reasons("leaf-1"))
        code, told = self.leaf("off")
        self.assertEqual((code, told["status"]), (1, "disabled"))
        self.assertIn("enrollment-disabled", self.reasons("off"))
        text = self.gateway.ctl("explain", "leaf-0", columns=80).stdout
        self.assertIn("wrong-key", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80, "fits a terminal of 80 columns")
        never = self.gateway.ctl("explain", "nobody-has-this-id", check=False)
        self.assertEqual(never.returncode, 1)
        self.assertIn("not enrolled", never.stdout + never.stderr)

    def test_strangers_are_known_by_their_address(self):
        with socket.create_connection(("127.0.0.1", self.gateway.port)) as plain:
            plain.sendall(b"\x10\x1e\x00\x04MQTT\x04\x02\x00\x3c\x00\x12plain-tcp-no-tls..")
            plain.recv(100)
        wait_for(lambda: "not-tls" in self.gateway.ctl("--json", "explain", "127.0.0.1", check=False).stdout, 5, name="not-tls")
        subprocess.run(["openssl", "s_client", "-connect", f"localhost:{self.gateway.port}", "-CAfile",
                        str(self.site.certificates.other_ca), "-verify_return_error"], stdin=subprocess.DEVNULL, capture_output=True)
        wait_for(lambda: "leaf-refuses-our-certificate" in self.gateway.ctl("--json", "explain", "127.0.0.1").stdout, 5,
                 name="the alert")

    def test_an_outage_a_crash_and_the_way_back(self):
        self.assertEqual(self.leaf("leaf-2", "--client-family", "node")[0], 0)
        self.standin.down()
        self.addCleanup(self.standin.up)
        code, told = self.leaf("leaf-2", "--client-family", "node")
        self.assertEqual((code, told["direct"]), (0, True))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(self.leaf, "leaf-3", "--client-family", "embedded-c", "--retry", "--timeout", "60")
            wait_for(lambda: self.gateway.status()["outbox"]["rows"] == 1, 20, name="the new leaf is in the outbox")
            port = self.gateway.port
            self.gateway.kill()
            text = self.gateway.configuration.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
            self.gateway.configuration.write_text(text)  # the leaf knows one address
            self.gateway.start()
            self.assertEqual(self.gateway.status()["outbox"]["rows"], 1)
            self.assertEqual(self.leaf("leaf-2", "--client-family", "node")[0], 0)
            self.standin.up()
            code, told = waiting.result()
        self.assertEqual((code, told["status"]), (0, "assigned"))
        self.assertEqual(len(self.standin.results()["leaf-3"]), 1)

    def test_a_broken_enrollment_file_names_every_bad_row_and_changes_nothing(self):
        before = self.gateway.status()["enrollments"]
        file = self.site.folder / "broken.json"
        good, bad, worse = individual("fine"), individual("bad key"), individual("also-bad")
        worse["attestation"]["symmetricKey"]["primaryKey"] = "not base64!"
        file.write_text(json.dumps([good, bad, worse]))
        done = self.gateway.ctl("enroll", "import", str(file), check=False)
        self.assertEqual(done.returncode, 1)
        said = done.stdout + done.stderr
        self.assertIn("2", said)
        self.assertIn("3", said)
        self.assertIn("also-bad", said)
        self.assertNotIn("not base64!", said, "keys, also broken ones, are not repeated")
        self.assertEqual(self.gateway.status()["enrollments"], before)

    def refused_start(self, configuration):
        done = subprocess.run([self.site.program("leafgated"), "--config", str(configuration)], capture_output=True, text=True,
                              timeout=30)
        return done.returncode, done.stderr

    def test_what_cannot_start_says_why(self):
        code, said = self.refused_start(self.gateway.configuration)
        self.assertEqual(code, NOT_NOW)
        self.assertIn("another", said)
        broken = self.site.folder / "broken.toml"
        broken.write_text('[gateway]\nid_scop = "0ne00ABCDEF"\n[mqtt]\nlisten = ["nowhere"]\n')
        code, said = self.refused_start(broken)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("broken.toml:2", said)
        self.assertIn("id_scope", said)
        self.assertIn("broken.toml:4", said)

    def test_a_database_of_a_newer_version_is_left_alone(self):
        with Site(str(self.site.build)) as other:
            gateway = Gateway(other, 9)
            self.assertEqual(gateway.stop(), 0)
            file = next(p for p in gateway.state.iterdir() if p.suffix in (".db", ".sqlite", ".sqlite3"))
            database = sqlite3.connect(file)
            tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
            meta = next(t for t in tables if "schema" in t)
            columns = [row[1] for row in database.execute(f"pragma table_info({meta})")]
            database.execute(f"update {meta} set {', '.join(c + ' = 999' for c in columns if c in ('version', 'min_reader'))}")
            database.commit()
            database.close()
            content = file.read_bytes()
            code, said = self.refused_start(gateway.configuration)
            self.assertEqual(code, CONFIGURATION)
            self.assertIn("schema version 999", said)
            self.assertEqual(file.read_bytes(), content)

    def test_no_secret_reaches_the_log(self):
        log = self.site.log("leafgated")
        for registration_id in ("leaf-0", "leaf-2"):
            self.assertNotIn(device_key(registration_id), log)
        self.assertNotIn("SharedAccessSignature", log)
        self.assertNotIn(SCOPE + "%2F", log)


if __name__ == "__main__":
    unittest.main(verbosity=2)
