"""The tunnel: the site's DNS leads the service's name to the gateway. Leaves with a certificate go through to the service end
to end, leaves with a key are answered here, hubs and a neighbour share the port, each told apart by the name they ask for."""

import hashlib
import json
import re
import ssl
import sys
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))
import own_network  # noqa: E402
from certificates_test import Factory  # noqa: E402
from odd_leaf import (connect_packet, dial, poll_packet, read_some, register_packet, subscribe_packet, token, trusting,  # noqa: E402
                      user_name)
from servers import Mosquitto  # noqa: E402
from site_processes import Gateway, Site, StandIn, device_key, individual, openssl, wait_for  # noqa: E402

NAME, HUB, OTHER_HUB, NEIGHBOUR = "service.example", "hub-1.azure-devices.net", "hub-9.azure-devices.net", "edge.site.example"
MQTT, HTTPS, AMQP = 8883, 443, 5671


def fingerprint(certificate: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()


class TunnelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.factory = Factory(cls.site.folder / "factory")
        cls.made = set()
        cls.certify_the_service_by_another_ca()
        certificates = cls.site.certificates
        cls.own = certificates.issue("dps-name", NAME)
        ca = (cls.factory.folder / "line-ca.pem").read_text()
        x509 = {"type": "x509", "x509": {"signingCertificates": {"primary": {"certificate": ca}}}}
        cls.finders = iter([f"finder-{n}" for n in range(4)])
        records = [*(individual(leaf) for leaf in ("m-1", "m-2", *(f"finder-{n}" for n in range(4)))),
                   {"enrollmentGroupId": "line", "attestation": x509}]
        cls.standin = StandIn(cls.site, records, "--retry-after", "1", mqtt=True, hubs=[HUB, OTHER_HUB], policy=True)
        secret = cls.site.folder / "api"
        secret.touch(mode=0o600)
        secret.write_text(cls.standin.connection_string)
        neighbour = Mosquitto(cls.site, certificates.ca)
        services, hubs = (cls.standin.mqtt_port, cls.standin.port), (HUB, OTHER_HUB)
        places = [f'"{NAME}:{MQTT}" = "127.0.0.1:{services[0]}"', f'"{NAME}:{HTTPS}" = "127.0.0.1:{services[1]}"']
        places += [f'"{hub}:{port}" = "127.0.0.1:{cls.standin.hub_port}"' for hub in hubs for port in (MQTT, HTTPS, AMQP)]
        cls.gateway = Gateway(cls.site, cls.standin.port, f"""
            mqtt.listen = ["127.0.0.1:{MQTT}"]
            https.listen = ["127.0.0.1:{HTTPS}"]
            tls.extra = [{{ server_name = "{NAME}", certificate = "{cls.own[0]}", key = "{cls.own[1]}" }}]
            tunnel.server_names = ["{NAME}"]
            tunnel.sources = ["127.0.7.0/24"]
            tunnel.hubs = "assigned"
            tunnel.listen = ["127.0.0.1:{AMQP}"]
            tunnel.dial = {{ {", ".join(places)} }}
            tunnel.route = [{{ server_name = "{NEIGHBOUR}", to = "127.0.0.1:{neighbour.ports["sas"]}" }}]
            service.ca_file = "{certificates.other_ca}"
            service.api_connection_string_file = "{secret}"
            limits.penalty_threshold = "10m"
        """)
        cls.gateway.enroll(records[:-1])
        cls.gateway.ctl("enroll", "import", "--group", "line", str(cls.factory.folder / "line-ca.pem"))

    @classmethod
    def certify_the_service_by_another_ca(cls):
        """Leaves that go both ways need two roots, as on a real site."""
        folder = cls.site.certificates.folder
        openssl("x509", "-req", "-in", "service.csr", "-CA", "other-ca.pem", "-CAkey", "other-ca.key", "-CAcreateserial",
                "-days", "30", "-extfile", "service.ext", "-out", "service.pem", cwd=folder)
        both = folder / "both.pem"
        both.write_text((folder / "site-ca.pem").read_text() + (folder / "other-ca.pem").read_text())
        cls.both, cls.site_only = both, folder / "site-ca.pem"

    def certificate(self, name, cn=None, by="line-ca"):
        if name not in self.made:
            self.made.add(name)
            self.factory.leaf(name, cn=cn, by=by, above=[by] if by else [])
        return self.factory.folder / f"{name}.chain.pem", self.factory.folder / f"{name}.key"

    def context(self, name=None, roots=None, **more):
        context = trusting(roots or self.both)
        if name:
            context.load_cert_chain(*self.certificate(name, **more))
        return context

    def visit(self, registration_id, source, context, password="", port=MQTT):
        """One whole registration on one connection: (how it ended, registrationState, the certificate of the other end)."""
        with dial(port, source, context, NAME) as leaf:
            shown = hashlib.sha256(leaf.getpeercert(binary_form=True)).hexdigest()
            leaf.sendall(connect_packet(registration_id, user_name(registration_id), password))
            if not read_some(leaf):
                return "closed", {}, shown
            leaf.sendall(subscribe_packet() + register_packet())
            status, body = self.answer(leaf)
            while status == 202:
                leaf.sendall(poll_packet(body["operationId"]))
                status, body = self.answer(leaf)
                if body.get("status") == "assigning":
                    return "assigning", {}, shown
        return status, body.get("registrationState", body), shown

    @staticmethod
    def answer(leaf):
        heard = b""
        while True:
            more = read_some(leaf)
            heard += more
            found = re.search(rb"registrations/res/(\d+)/[^{]*(\{.*\})", heard, re.S)
            if found:
                try:
                    return int(found.group(1)), json.loads(found.group(2))
                except ValueError:
                    pass
            if not more:
                return 0, {}

    def persist(self, registration_id, source, context):
        """As SDKs and their applications do: again, until it is assigned. Gives how each try ended."""
        ends = []
        for _ in range(4):
            end, state, shown = self.visit(registration_id, source, context)
            ends.append(end)
            if state.get("status") == "assigned":
                return ends, state, shown
        self.fail(f"never assigned: {ends}")

    def service_down(self):
        self.standin.down()
        self.addCleanup(wait_for, lambda: self.gateway.status()["service"]["up"], 30, name="the service is back")
        self.addCleanup(self.standin.up)
        finder = next(self.finders)
        self.visit(finder, "127.0.9.9", self.context(), token(finder, device_key(finder)))
        wait_for(lambda: not self.gateway.status()["service"]["up"], name="the outage is noticed")

    def reasons(self, what):
        told = json.loads(self.gateway.ctl("--json", "explain", what).stdout)
        return [attempt["reason"]["code"] for attempt in told["attempts"]]

    def learnt(self, registration_id):
        return wait_for(lambda: self.gateway.devices().get(registration_id, {}).get("status") == "assigned", 30,
                        name=f"{registration_id} is learnt")

    def test_a_leaf_with_a_certificate_goes_through_is_learnt_and_answered_in_the_outage(self):
        context = self.context("pump-1")
        ends, state, shown = self.persist("pump-1", "127.0.1.1", context)
        self.assertEqual(ends, ["closed", 200])
        self.assertEqual(shown, fingerprint(self.site.certificates.service[0]), "it spoke with the service itself")
        seen = self.standin.registrations()["pump-1"]
        self.assertEqual(seen["lastCertificate"].lower(), fingerprint(self.factory.folder / "pump-1.pem"))
        self.assertIn("sent-through", self.reasons("pump-1"))
        self.learnt("pump-1")
        self.assertIn("learnt-from-service", self.reasons("pump-1"))
        self.answered_here("pump-1", "127.0.1.2", context, state)  # not from where passes are left
        self.service_down()
        self.answered_here("pump-1", "127.0.1.1", context, state)

    def answered_here(self, registration_id, source, context, state):
        end, told, shown = self.visit(registration_id, source, context)
        self.assertEqual((end, told["assignedHub"]), (200, state["assignedHub"]))
        self.assertEqual(shown, fingerprint(self.own[0]))

    def test_a_leaf_with_a_key_is_answered_here_under_the_same_name(self):
        key, context = token("m-1", device_key("m-1")), self.context()
        wait_for(lambda: self.visit("m-1", "127.0.2.1", context, key)[0] == 200, name="m-1 is assigned")
        self.assertNotEqual(self.standin.registrations()["m-1"]["lastTransport"], "mqtt")
        self.service_down()
        self.assertEqual(self.visit("m-1", "127.0.2.1", context, key)[0], 200)

    def test_who_shows_a_known_name_on_a_certificate_of_his_own_proves_nothing(self):
        self.persist("pump-2", "127.0.3.1", self.context("pump-2"))
        self.learnt("pump-2")
        false = self.context("false-2", cn="pump-2", by=None)
        for _ in range(3):
            end, state, _ = self.visit("pump-2", "127.0.3.9", false)
            self.assertNotIn("assignedHub", state)
        self.service_down()
        end, state, shown = self.visit("pump-2", "127.0.3.9", false)
        self.assertEqual(shown, fingerprint(self.own[0]))
        self.assertNotIn("assignedHub", state)
        self.assertEqual(self.visit("pump-2", "127.0.3.1", self.context("pump-2"))[0], 200, "the true one is answered")

    def test_behind_a_shared_address_nothing_passes_by_itself(self):
        key = token("m-2", device_key("m-2"))
        wait_for(lambda: self.visit("m-2", "127.0.4.1", self.context(), key)[0] == 200, name="m-2 is assigned")
        self.assertEqual(self.visit("pump-4", "127.0.4.1", self.context("pump-4"))[0], "assigning")
        self.assertIn("certificate-behind-shared-address", self.reasons("pump-4"))
        ends, _, shown = self.persist("pump-4", "127.0.7.1", self.context("pump-4"))  # tunnel.sources
        self.assertEqual((ends, shown), ([200], fingerprint(self.site.certificates.service[0])))

    def test_a_leaf_with_one_of_the_two_roots_is_named_with_the_other(self):
        context = self.context("pump-5", roots=self.site_only)
        self.assertEqual(self.visit("pump-5", "127.0.5.1", context)[0], "closed")
        with self.assertRaises(ssl.SSLError):
            self.visit("pump-5", "127.0.5.1", context)
        self.assertIn("leaf-refuses-service-certificate", wait_for(lambda: self.reasons("127.0.5.1")))
        self.assertIn("both", self.gateway.ctl("explain", "127.0.5.1").stdout)

    def test_over_https_it_is_told_to_come_again(self):
        context, ends = self.context("pump-6"), []
        for _ in range(2):
            with dial(HTTPS, "127.0.6.1", context, NAME) as leaf:
                shown = hashlib.sha256(leaf.getpeercert(binary_form=True)).hexdigest()
                body = b'{"registrationId":"pump-6"}'
                leaf.sendall(b"PUT /0ne00ABCDEF/registrations/pump-6/register?api-version=2019-03-31 HTTP/1.1\r\n"
                             b"Host: " + NAME.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: " +
                             str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" + body)
                ends.append((read_some(leaf), shown))
        self.assertIn(b" 503 ", ends[0][0].split(b"\r\n")[0])
        self.assertIn(b"retry-after: 3", ends[0][0].lower())
        self.assertIn(b" 202 ", ends[1][0].split(b"\r\n")[0])
        self.assertEqual([end[1] for end in ends], [fingerprint(self.own[0]), fingerprint(self.site.certificates.service[0])])

    def inside(self, registration_id, source, context, closed_first=True):
        """A connection that stands in the tunnel; the service has taken it."""
        if closed_first:
            self.assertEqual(self.visit(registration_id, source, context)[0], "closed")
        leaf = dial(MQTT, source, context, NAME)
        self.addCleanup(leaf.close)
        self.assertEqual(hashlib.sha256(leaf.getpeercert(binary_form=True)).hexdigest(),
                         fingerprint(self.site.certificates.service[0]))
        leaf.sendall(connect_packet(registration_id, user_name(registration_id), ""))
        self.assertEqual(read_some(leaf)[:1], b"\x20")
        return leaf

    def assert_stands(self, leaf):
        leaf.sendall(subscribe_packet())
        self.assertEqual(read_some(leaf)[:1], b"\x90")

    def denied(self, what, leaf):
        """Seconds from the command to the end of this connection; what people are told."""
        ended = []

        def wait():
            leaf.settimeout(10)
            while read_some(leaf):
                pass
            ended.append(time.monotonic())

        waiting = threading.Thread(target=wait)
        waiting.start()
        began = time.monotonic()
        told = " ".join(self.gateway.ctl("deny", "add", *what).stdout.split())
        waiting.join(12)
        self.addCleanup(self.gateway.ctl, "deny", "remove", *what, check=False)
        return ended[0] - began, told

    def test_who_is_denied_is_ended_inside_the_tunnel_within_a_second(self):
        leaf, other = (self.inside(f"pump-{n}", f"127.0.10.{n}", self.context(f"pump-{n}")) for n in (7, 8))
        seconds, told = self.denied(["PUMP-7"], leaf)
        self.assertLess(seconds, 1.5, "with the start of leafgatectl itself")
        self.assertIn("1 connection ended", told)
        self.assert_stands(other)
        self.assertIn("a connection to the service was ended: its leaf is kept out", self.site.log("leafgated"))
        wait_for(lambda: "denied" in self.reasons("pump-7"), name="explain tells it")
        for _ in range(2):  # the passes that were left are withdrawn: it is answered here, and refused
            end, _, shown = self.visit("pump-7", "127.0.10.7", self.context("pump-7"))
            self.assertEqual((end, shown), (401, fingerprint(self.own[0])))
        seconds, _ = self.denied(["--certificate", str(self.factory.folder / "pump-8.pem")], other)
        self.assertLess(seconds, 1.5)

    def test_of_a_source_that_always_passes_a_certificate_in_clear_is_ended(self):
        context = self.context("pump-9")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        leaf = self.inside("pump-9", "127.0.7.9", context, closed_first=False)
        self.assert_stands(leaf)
        seconds, told = self.denied(["pump-9"], leaf)
        self.assertLess(seconds, 1.5)
        self.assertIn("1 connection ended", told)
        try:
            end = self.visit("pump-9", "127.0.7.9", context)[0]
        except OSError:  # in the handshake
            end = "closed"
        self.assertIn(end, ("closed", 0), "at once, as it is denied already")

    def hub(self, name, port, source):
        with dial(port, source, trusting(self.site_only), name) as device:
            device.sendall(connect_packet("m-1", "a hub's user", "a hub's token"))
            return read_some(device)

    def test_hubs_that_were_handed_out_pass_and_no_others(self):
        key = token("m-1", device_key("m-1"))
        wait_for(lambda: self.visit("m-1", "127.0.2.1", self.context(), key)[0] == 200, name="m-1 is assigned")
        given = self.gateway.devices()["m-1"]["assignedHub"]
        for port in (MQTT, HTTPS, AMQP):
            self.assertEqual(self.hub(given, port, "127.0.2.1")[:2], b"\x20\x02")
            for other in {HUB, OTHER_HUB, "hub-0.azure-devices.net"} - {d["assignedHub"] for d in self.gateway.devices().values()}:
                with self.assertRaises(OSError):
                    self.hub(other, port, "127.0.2.9")
        self.assertEqual(self.standin.ask("GET", "/stats")["hub"][given]["connects"], 3)
        self.assertIn("name-not-passed", self.reasons("127.0.2.9"))

    def test_the_sites_broker_shares_the_port_by_its_name(self):
        with dial(MQTT, "127.0.8.1", trusting(None), NEIGHBOUR) as device:
            device.sendall(connect_packet("sensor-1", "", ""))
            self.assertEqual(read_some(device), b"\x20\x02\x00\x00")
            self.assertEqual(hashlib.sha256(device.getpeercert(binary_form=True)).hexdigest(),
                             fingerprint(self.site.certificates.gateway[0]))

    def test_the_names_are_told_that_the_resolver_must_lead_here(self):
        told = self.gateway.ctl("names", "--format", "hosts", "--address", "192.0.2.1").stdout.splitlines()
        self.assertIn(f"192.0.2.1 {NAME}", told)
        self.assertIn(f"192.0.2.1 {NEIGHBOUR}", told)


if __name__ == "__main__":
    own_network.enter()
    unittest.main(verbosity=2)
