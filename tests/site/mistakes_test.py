"""Leaves set up wrongly, each in its own way, and what `leafgatectl explain` says of each: enough to mend it without a
packet capture. Each comes from an address of its own."""

import json
import os
import socket
import subprocess
import time
import unittest

from odd_leaf import (connect_packet, dial, read_some, register, register_packet, subscribe_packet, token, trusting, user_name)
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

YEAR_1970 = 86_400 * 30
# The kernel would keep the silent from the gateway, the door who is wrong too often.
SEES_ALL = 'limits.defer_accept = "0s"\nlimits.penalty_threshold = "10m"'


class MistakesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        records = [individual("leaf-1"), individual("leaf-2"), individual("leaf-3")]
        cls.standin = StandIn(cls.site, records)
        cls.gateway = Gateway(cls.site, cls.standin.port, SEES_ALL)
        cls.gateway.enroll(records)
        cls.good = trusting(cls.site.certificates.ca)

    def explained(self, whom, code, *words):
        """Waits until `explain` has this code first, and looks for the words in what an engineer reads."""
        def said():
            text = self.gateway.ctl("explain", whom, check=False).stdout
            return text if f": {code}\n" in text else None
        try:
            told = wait_for(said, 15, name=f"{whom} is explained by {code}")
        except TimeoutError:
            self.fail(self.gateway.ctl("explain", whom, check=False).stdout)
        flat = " ".join(told.split())
        self.assertIn("next:", told, "there is always something to do")
        for word in words:
            self.assertIn(word, flat)
        return flat

    def visit(self, source, octets, context=None, **more):
        with dial(self.gateway.port, source, context, **more) as leaf:
            leaf.sendall(octets)
            return read_some(leaf)

    def s_client(self, source, *options):
        return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.gateway.port}", "-bind", source, *options],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=30)

    def test_it_does_not_have_our_ca(self):
        for source, tls in (("127.0.1.1", "-tls1_3"), ("127.0.1.2", "-tls1_2")):
            self.s_client(source, tls, "-CAfile", str(self.site.certificates.other_ca), "-verify_return_error")
            self.explained(source, "leaf-refuses-our-certificate", "unknown CA", "give the leaf the site CA")

    def test_it_closes_without_an_alert_as_node_does(self):
        for source, version in (("127.0.2.1", "TLSv1_3"), ("127.0.2.2", "TLSv1_2")):
            context = trusting()
            context.maximum_version = getattr(__import__("ssl").TLSVersion, version)
            dial(self.gateway.port, source, context).close()
            self.explained(source, "closed-after-our-certificate", "host name and clock")

    def test_its_clock_is_at_1970(self):
        self.s_client("127.0.3.1", "-CAfile", str(self.site.certificates.ca), "-verify_return_error", "-attime", str(YEAR_1970))
        self.explained("127.0.3.1", "leaf-refuses-our-certificate", "bad certificate", "clock is wrong")
        late = token("leaf-1", device_key("leaf-1"), expires=YEAR_1970)
        self.assertIn(b"/res/401/", register(self.gateway.port, "127.0.3.2", self.good, "leaf-1", late))
        self.explained("leaf-1", "leaf-clock-wrong", "1970-01-31", "days ago", "give the leaf a time source")

    def test_its_scope_is_another(self):
        other = token("leaf-1", device_key("leaf-1"), scope="0ne0000FFFF")
        register(self.gateway.port, "127.0.4.1", self.good, "leaf-1", other, scope="0ne0000FFFF")
        self.explained("127.0.4.1", "wrong-scope", "0ne0000FFFF", "correct the ID scope")

    def test_it_speaks_mqtt_without_tls(self):
        self.visit("127.0.5.1", connect_packet("leaf-1", user_name("leaf-1"), "x"))
        self.explained("127.0.5.1", "not-tls", "MQTT CONNECT without TLS", "switch TLS on")

    def test_it_speaks_amqp(self):
        self.visit("127.0.6.1", b"AMQP\x00\x01\x00\x00")
        self.explained("127.0.6.1", "amqp", "AMQP without TLS", "transport to MQTT")
        self.visit("127.0.6.2", b"AMQP\x03\x01\x00\x00", self.good)
        self.explained("127.0.6.2", "amqp", "AMQP within TLS", "transport to MQTT")

    def test_its_key_is_another(self):
        wrong = token("leaf-2", device_key("leaf-9"))
        for _ in range(6):  # also when it is held by then: what is wrong stays the first word
            register(self.gateway.port, "127.0.7.1", self.good, "leaf-2", wrong)
        self.explained("leaf-2", "wrong-key", "127.0.7.1", "compare the key in the device with the enrollment")
        self.explained("127.0.7.1", "wrong-key", "as leaf-2")

    def test_it_is_not_enrolled(self):
        register(self.gateway.port, "127.0.8.1", self.good, "nobody", token("nobody", device_key("nobody")))
        for whom in ("nobody", "127.0.8.1"):
            self.explained(whom, "service-refused", "nothing here can check it", "404: Enrollment not found")

    def test_it_wants_another_host_name(self):
        with self.assertRaises(OSError):
            dial(self.gateway.port, "127.0.9.1", self.good, server_name="dps.wrong.example")
        self.explained("127.0.9.1", "leaf-refuses-our-certificate", "asked for dps.wrong.example", "host name")

    def test_it_speaks_an_old_tls(self):
        self.s_client("127.0.9.2", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        self.explained("127.0.9.2", "tls-failed", "TLS 1.1 or older")

    def test_its_names_are_malformed(self):
        rows = [("127.0.10.1", connect_packet("leaf-3", user_name("leaf-3", rest="/"), "x"), "api-version"),
                ("127.0.10.2", connect_packet("leaf-x", user_name("leaf-3"), "x"), "client id leaf-x is not"),
                ("127.0.10.3", connect_packet("leaf-3", "hub.example/leaf-3/?api-version=2021-04-12", "x"), "IoT hub")]
        for source, octets, words in rows:
            self.visit(source, octets, self.good)
            self.explained(source, "identity-malformed", words, "scope/registrations/id")

    def test_its_token_is_none(self):
        register(self.gateway.port, "127.0.10.4", self.good, "leaf-3", "HostName=hub.example;DeviceId=leaf-3")
        self.explained("leaf-3", "token-malformed", "SharedAccessSignature")

    def test_it_speaks_http(self):
        self.visit("127.0.11.1", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.explained("127.0.11.1", "not-tls", "an HTTP request without TLS")
        self.visit("127.0.12.1", b"PUT /0ne/registrations/x/register HTTP/1.1\r\nHost: x\r\n\r\n", self.good)
        self.explained("127.0.12.1", "not-mqtt", "an HTTP request within TLS", "protocol and port")

    def test_it_says_nothing(self):
        with dial(self.gateway.port, "127.0.13.1"), dial(self.gateway.port, "127.0.13.2", self.good):
            self.explained("127.0.13.1", "silent", "said nothing")
            self.explained("127.0.13.2", "silent", "handshake")

    def test_it_speaks_mqtt_5_only(self):
        heard = self.visit("127.0.14.1", connect_packet("leaf-1", user_name("leaf-1"), "x", level=5), self.good)
        self.assertEqual(heard[:1] + heard[3:4], b"\x20\x84")
        self.explained("127.0.14.1", "mqtt-unsupported", "asked for MQTT 5")

    def test_it_publishes_as_if_to_a_hub(self):
        octets = connect_packet("leaf-3", user_name("leaf-3"), token("leaf-3", device_key("leaf-3")))
        self.visit("127.0.15.1", octets + subscribe_packet("devices/leaf-3/#") + register_packet(), self.good)
        self.explained("127.0.15.1", "mqtt-unsupported")


class Starts(unittest.TestCase):
    """What a start ends with: 78 leaves the site down until somebody comes, 75 is tried again. And what it goes on without."""

    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)

    def held_port(self):
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        return holder, holder.getsockname()[1]

    def modes(self, gateway):
        return {mode["reason"]["code"]: mode["consequence"] for mode in gateway.status()["degraded"]}

    def test_the_state_folder_is_held_by_a_daemon_that_has_yet_to_end(self):
        gateway = Gateway(self.site, 1)
        other = self.site.folder / "other.toml"
        other.write_text(gateway.configuration.read_text().replace(str(gateway.socket), str(self.site.folder / "other.sock")))
        second = [self.site.program("leafgated"), "--config", str(other)]
        done = subprocess.run(second, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("another leafgated uses", done.stderr)
        gateway.status()

    def test_a_port_is_held_by_another_program(self):
        holder, port = self.held_port()
        with self.assertRaisesRegex(RuntimeError, "ended with 75(.|\n)*another program listens there"):
            Gateway(self.site, 1, f'mqtt.listen = ["127.0.0.1:{port}"]')
        holder.close()
        self.assertEqual(Gateway(self.site, 1, f'mqtt.listen = ["127.0.0.1:{port}"]').port, port)

    def test_the_port_of_the_figures_is_held_by_another_program(self):
        record = individual("leaf-1")
        standin = StandIn(self.site, [record])
        gateway = Gateway(self.site, standin.port, f'metrics.listen = "127.0.0.1:{self.held_port()[1]}"')
        gateway.enroll([record])
        done = self.site.leaf(gateway.port, "--registration-id", "leaf-1", "--key", device_key("leaf-1"))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("another program listens there", self.modes(gateway)["metrics-not-served"])
        self.assertNotIn("metrics", " ".join(gateway.status()["listening"]))

    @unittest.skipUnless(os.geteuid() == 0, "becomes somebody who may not")
    def test_the_port_of_the_figures_may_not_be_bound(self):
        os.chmod(self.site.folder, 0o755)
        os.chmod(self.site.certificates.gateway[1], 0o644)
        folder = self.site.folder / "gateway"
        for made in (folder, folder / "state"):
            made.mkdir(mode=0o700)
            os.chown(made, 65534, 65534)
        gateway = Gateway(self.site, 1, 'metrics.listen = "127.0.0.1:443"',
                          under=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        self.assertIn("127.0.0.1:443: this user may bind no port below 1024", self.modes(gateway)["metrics-not-served"])
        self.assertNotIn("[Socket]", self.site.log("leafgated"))

    def test_a_power_cut_left_files_empty_that_only_the_way_to_the_service_needs(self):
        empty = self.site.folder / "empty"
        empty.touch(mode=0o600)
        gateway = Gateway(self.site, StandIn(self.site, []).port,
                          f'service.ca_file = "{empty}"\nservice.api_connection_string_file = "{empty}"')
        modes = self.modes(gateway)
        self.assertIn(f"service.ca_file: {empty}", modes["service-certificate-untrusted"])
        self.assertIn(f"service.api_connection_string_file: {empty}", modes["service-list-unreadable"])
        checked = subprocess.run([self.site.program("leafgated"), "--check-config", "--config", str(gateway.configuration)],
                                 capture_output=True, text=True, timeout=30)
        self.assertEqual(checked.returncode, 78)
        for key in ("service.ca_file: ", "service.api_connection_string_file: "):
            self.assertIn(key + str(empty), checked.stderr)

    def test_every_mistake_of_a_start_is_told(self):
        words = self.site.folder / "words"
        words.write_text("no key\n")
        with self.assertRaisesRegex(RuntimeError, f"ended with 78(.|\n)*{words}(.|\n)*no-such-approver|"
                                                  f"ended with 78(.|\n)*no-such-approver(.|\n)*{words}"):
            Gateway(self.site, 1, f'deny.signer = "{words}"\ntpm.registers = [7]\ntpm.approver = "/no-such-approver"\n'
                                  f'tpm.approval = "/no-such-approval"')

    def test_a_group_is_not_known(self):
        gateway = Gateway(self.site, 1, 'status.admin_group = "no-such-group"')
        self.assertIn('this system has no group "no-such-group"', self.modes(gateway)["accounts-unknown"])
        self.assertIn("accounts-unknown", gateway.ctl("status").stdout)
        if os.geteuid() == 0:
            gateway.enroll([individual("leaf-1")])

    def test_an_address_is_of_another_machine(self):
        standin = StandIn(self.site, [])
        gateway = Gateway(self.site, standin.port, 'tpm.mode = "off"\nmqtt.listen = ["127.0.0.1:0", "192.0.2.77:8883"]')
        self.assertEqual(self.modes(gateway)["address-not-here"], "no leaf can come in at 192.0.2.77:8883")
        names = json.loads(gateway.ctl("--json", "names", check=False).stdout)
        self.assertEqual(names["addresses"], [], "no resolver shall send leaves there")
        checked = subprocess.run([self.site.program("leafgated"), "--check-config", "--config", str(gateway.configuration)],
                                 capture_output=True, text=True, timeout=30)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("warning: 192.0.2.77:8883: no interface of this machine has this address (yet)", checked.stderr)
        begun = time.monotonic()
        findings = json.loads(gateway.ctl("--json", "check", check=False).stdout)["findings"]
        self.assertLess(time.monotonic() - begun, 5, "it is not dialled: that would go out into the network, and take long")
        bad = [found for found in findings if found["check"] == "listener" and found["health"] == "fail"]
        self.assertEqual([found["what"] for found in bad],
                         ["mqtt at 192.0.2.77:8883: no interface of this machine has this address"])
        self.assertIn("mqtt.listen", bad[0]["nextAction"])
        self.assertNotIn("address-not-here", [found["check"] for found in findings])


if __name__ == "__main__":
    unittest.main(verbosity=2)
