"""Leaves without IP through the whole gateway: the reference client over a serial line of PTYs and over the real Mosquitto,
by symmetric key, certificate and TPM; with the service, without it, and refused."""

import json
import subprocess
import unittest

from line_processes import LinkLeaf, SerialWire
from site_broker import Mosquitto
from site_processes import Gateway, Site, StandIn, device_key, individual, openssl, wait_for
from tpm_processes import Swtpm

KINDS = ("key", "ec", "rsa", "tpm")
WAYS = ("serial", "broker")
GATEWAY_USER = "gateway"


class LeafLinkSite(unittest.TestCase):
    service_options = ()

    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.folder = cls.site.folder / "leaves"
        cls.folder.mkdir()
        cls.wire = SerialWire(leaves=2)
        cls.addClassCleanup(cls.wire.close)
        users = {f"{kind}-broker": "a password" for kind in KINDS}
        cls.broker = Mosquitto(cls.site, {**users, "stranger": "a password", GATEWAY_USER: "its password"})
        cls.leaves, records = {}, []
        for kind in KINDS:
            for way in WAYS:
                leaf, record = cls.make_leaf(kind, f"{kind}-{way}")
                cls.leaves[leaf.id] = leaf
                records.append(record)
        cls.records = records
        cls.standin = StandIn(cls.site, records, "--retry-after", "1", *cls.service_options)
        password = cls.folder / "gateway.password"
        password.write_text("its password\n")
        password.chmod(0o600)
        cls.gateway = Gateway(cls.site, cls.standin.port, f'serial = [{{ name = "line1", path = "{cls.wire.gateway}" }}]\n'
                              f'broker.uri = "{cls.broker.uri}"\nbroker.ca_file = "{cls.site.certificates.ca}"\n'
                              f'broker.username = "{GATEWAY_USER}"\nbroker.password_file = "{password}"\n'
                              'limits.penalty_threshold = "10m"\nlimits.attempts_at_once = 100\n')
        cls.gateway.enroll(records)
        cls.pin = json.loads(cls.gateway.ctl("--json", "line", "identity").stdout)["pin"]
        for leaf in cls.leaves.values():
            leaf.proof += ["--gateway-pin", cls.pin]
        wait_for(lambda: cls.gateway.status()["broker"]["connected"], name="the broker is there")

    @classmethod
    def make_leaf(cls, kind, name):
        if kind == "key":
            file = cls.folder / f"{name}.key"
            file.write_text(device_key(name) + "\n")
            return LinkLeaf(cls.site, name, ["--key-file", str(file)]), individual(name)
        if kind == "tpm":
            tpm = Swtpm(cls.site, name)
            leaf = LinkLeaf(cls.site, name, ["--tpm", tpm.tcti])
            told = subprocess.run(leaf.command(["--tty", "/dev/null"], "--print-enrollment"), capture_output=True, text=True, timeout=60)
            return leaf, json.loads([line for line in told.stdout.splitlines() if line.startswith("{")][-1])
        new_key = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["rsa:2048"]
        openssl("req", "-x509", "-newkey", *new_key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "30",
                "-subj", f"/CN={name}", "-addext", "extendedKeyUsage=clientAuth", cwd=cls.folder)
        certificate = cls.folder / f"{name}.pem"
        leaf = LinkLeaf(cls.site, name, ["--certificate", str(certificate), "--certificate-key", str(cls.folder / f"{name}.key")])
        return leaf, {"registrationId": name, "provisioningStatus": "enabled", "etag": '"1"',
                      "attestation": {"type": "x509", "x509": {"clientCertificates": {"primary": {"certificate": certificate.read_text()}}}}}

    @classmethod
    def way(cls, leaf):
        if leaf.id.endswith("serial"):
            return ["--tty", cls.wire.leaves[0]]
        return cls.broker.way(leaf.id)

    def assert_assigned(self, done, leaf):
        code, told, complaints = done
        self.assertEqual((code, told.get("status"), told.get("deviceId")), (0, "assigned", leaf.id), (told, complaints))
        self.assertTrue(told["assignedHub"])


class Registers(LeafLinkSite):
    def without_the_service(self):
        self.standin.down()
        self.addCleanup(self.back)

    def back(self):
        self.standin.up()
        wait_for(lambda: self.gateway.status()["service"]["up"], 90, 0.1, "the service is reached again")

    def test_1_the_first_time_with_the_service(self):
        for leaf in self.leaves.values():
            with self.subTest(leaf.id):
                self.assert_assigned(leaf.register(self.way(leaf)), leaf)
        served = self.standin.registrations()
        for leaf in self.leaves.values():
            self.assertEqual(served[leaf.id.lower()]["results"][-1]["deviceId"], leaf.id)

    def test_2_again_without_the_service(self):
        self.without_the_service()
        for leaf in self.leaves.values():
            with self.subTest(leaf.id):
                self.assert_assigned(leaf.register(self.way(leaf)), leaf)

    def test_3_who_is_not_who_it_says_is_refused(self):
        impostors = {"key-serial": "key-broker", "ec-serial": "ec-broker", "rsa-serial": "rsa-broker", "tpm-serial": "tpm-broker"}
        for victim, liar in impostors.items():
            with self.subTest(victim):
                leaf = LinkLeaf(self.site, victim, list(self.leaves[liar].proof))
                code, told, complaints = leaf.register(self.way(leaf), "--timeout", 8)
                self.assertIn(code, (1, 3), (told, complaints))
                self.assertNotEqual(told.get("status"), "assigned")
        unknown, _ = self.make_leaf("key", "stranger")
        unknown.proof += ["--gateway-pin", self.pin]
        for way in (["--tty", self.wire.leaves[0]], self.broker.way("stranger")):
            code, told, complaints = unknown.register(way)
            self.assertEqual((code, told.get("status"), told.get("errorCode")), (1, "refused", 401000), (told, complaints))

    def test_4_another_gateway_is_not_believed(self):
        for name in ("ec-serial", "tpm-broker"):
            leaf = LinkLeaf(self.site, name, [*self.leaves[name].proof[:-1], "00" * 32])
            code, told, _ = leaf.register(self.way(leaf), "--timeout", 15)
            self.assertEqual((code, told["status"]), (1, "refused"), told)
            self.assertIn("did not prove itself", told["message"])

    def test_5_what_the_engineer_sees(self):
        for name in ("key-broker", "key-serial"):
            self.assert_assigned(self.leaves[name].register(self.way(self.leaves[name])), self.leaves[name])
        lines = json.loads(self.gateway.ctl("--json", "line", "list").stdout)  # first: the line is silent soon
        line = lines["lines"][0]
        self.assertEqual((line["name"], line["state"]), ("line1", "working"))
        self.assertTrue(lines["broker"]["connected"])
        self.assertIn("line1/", self.gateway.ctl("explain", "key-serial").stdout)
        self.assertIn("broker", self.gateway.ctl("explain", "key-broker").stdout)

    def test_6_a_released_line_is_free_and_comes_back(self):
        leaf = self.leaves["key-serial"]
        self.gateway.ctl("line", "release", "line1")
        code, _, _ = leaf.register(self.way(leaf), "--timeout", 3)
        self.assertEqual(code, 3)
        self.assertEqual(self.gateway.ctl("line", "release", "line1", check=False).returncode, 1)
        self.gateway.ctl("line", "claim", "line1")
        self.assert_assigned(leaf.register(self.way(leaf)), leaf)

    def test_7_the_broker_comes_and_goes(self):
        leaf = self.leaves["key-broker"]
        self.broker.kill()
        wait_for(lambda: not self.gateway.status()["broker"]["connected"], name="the loss is noticed")
        self.broker.start()
        wait_for(lambda: self.gateway.status()["broker"]["connected"], 60, name="the broker is reached again")
        self.assert_assigned(leaf.register(self.way(leaf)), leaf)

    def test_8_a_noisy_line(self):
        self.wire.flip = 400
        self.addCleanup(setattr, self.wire, "flip", 0)
        for name in ("key-serial", "ec-serial"):
            leaf = self.leaves[name]
            self.assert_assigned(leaf.register(self.way(leaf)), leaf)
        self.assertGreater(self.wire.broken, 0)


class FirstTimeOffline(LeafLinkSite):
    """With nothing but TLS 1.2 at the service, and away when leaves come for the first time."""

    service_options = ("--tls", "1.2")

    def test_settled_when_the_service_is_back(self):
        self.standin.down()
        waiting = {name: self.leaves[name].begin(self.way(self.leaves[name]), "--timeout", 80) for name in ("key-serial", "ec-broker", "rsa-broker")}
        wait_for(lambda: not self.gateway.status()["service"]["up"], 40, 0.1, "the outage is noticed")
        self.standin.up()
        for name, process in waiting.items():
            self.assert_assigned(LinkLeaf.end(process), self.leaves[name])


if __name__ == "__main__":
    unittest.main()
