"""Who is kept out: signed lists, local entries, open connections, a store that was set back; leaves that wait for an operator."""

import base64
import http.server
import json
import os
import shutil
import signal
import ssl
import subprocess
import threading
import time
import unittest

from gateway_tpm_site import GatewayTpmSite
from odd_leaf import connect_packet, dial, read_some, read_until, register_packet, subscribe_packet, token, trusting, user_name
from quick_leaf import QuickLeaf
from site_processes import SCOPE, Gateway, Site, StandIn, device_key, individual, openssl, wait_for

LEAVES = [f"pump-{n:02}" for n in range(8)]
AT_ONCE = 1.0  # seconds, by the promise


def make_keys(site):
    """Who may sign, and who may not: as an operator makes them on a laptop."""
    for name in ("deny", "other"):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.pem", cwd=site.folder)
        openssl("pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub", cwd=site.folder)


def signed_by_openssl(site, number, entries, key="deny.pem"):
    """A list that nothing of the gateway has made, as the header of its format says."""
    payload, signature, file = (site.folder / name for name in ("payload.json", "sig", f"by-openssl-{number}.json"))
    payload.write_text(json.dumps({"idScope": SCOPE, "number": number, "entries": entries}))
    openssl("dgst", "-sha256", "-sign", key, "-out", "sig", "payload.json", cwd=site.folder)
    file.write_text(json.dumps({"payload": base64.b64encode(payload.read_bytes()).decode(), "alg": "ES256",
                                "signature": base64.b64encode(signature.read_bytes()).decode()}))
    return file


class Server(http.server.ThreadingHTTPServer):
    """Where deny.url points to: gives what it is told, with an entity tag."""

    def __init__(self, site):
        super().__init__(("127.0.0.1", 0), Answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*site.certificates.issue("lists", "lists.example"))
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.status, self.body, self.asked = 200, b"{}", []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        tag = f'"{hash(self.server.body)}"'
        same = self.headers.get("If-None-Match") == tag
        self.server.asked.append((self.path, 304 if same else self.server.status))
        self.send_response(304 if same else self.server.status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", "0" if same else str(len(self.server.body)))
        self.end_headers()
        if not same:
            self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


class DenyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        make_keys(cls.site)
        cls.records = [individual(name) for name in LEAVES]
        cls.standin = StandIn(cls.site, cls.records)
        cls.gateway = Gateway(cls.site, cls.standin.port,
                              f'deny.signer = "{cls.site.folder}/deny.pub"\nhttps.listen = ["127.0.0.1:0"]\n')
        cls.gateway.enroll(cls.records)
        cls.context = trusting(cls.site.certificates.ca)

    def make(self, number, *more, key="deny.pem", scope=SCOPE):
        file = self.site.folder / f"list-{number}-{key}-{scope}.json"
        self.gateway.ctl("deny", "make", "--key", str(self.site.folder / key), "--id-scope", scope, "--number", str(number),
                         "--out", str(file), *more)
        return file

    def said(self, *arguments):
        """What people are told, without the ends of lines."""
        return " ".join(self.gateway.ctl(*arguments).stdout.split())

    def take(self, file, check=True):
        return self.gateway.ctl("deny", "import", str(file), check=check)

    def open_connection(self, leaf, source="127.0.0.1"):
        """A leaf over MQTT that has heard its first answer and stays."""
        line = dial(self.gateway.port, source, self.context)
        self.addCleanup(line.close)
        line.sendall(connect_packet(leaf, user_name(leaf), token(leaf, device_key(leaf))))
        self.assertEqual(read_some(line)[:1], b"\x20")
        line.sendall(subscribe_packet() + register_packet())
        self.assertIn(b"/registrations/res/", read_until(line, b"/registrations/res/"))
        return line

    def seconds_to_end(self, line):
        began = time.monotonic()
        line.settimeout(10)
        while read_some(line):
            pass
        return time.monotonic() - began

    def visit(self, leaf):
        return QuickLeaf(self.site, self.gateway.listening("https"), leaf, device_key(leaf)).register()

    def held_number(self):
        return json.loads(self.gateway.ctl("--json", "deny", "list").stdout).get("number")

    def test_1_a_local_entry_ends_an_open_connection_within_a_second(self):
        other, line = self.open_connection("pump-01"), self.open_connection("pump-00")
        ended = []
        waiting = threading.Thread(target=lambda: ended.append(self.seconds_to_end(line)))
        waiting.start()
        said = self.said("--because", "stolen", "deny", "add", "PUMP-00")
        waiting.join(10)
        self.assertLess(ended[0], AT_ONCE + 0.5, "with the start of leafgatectl itself")
        self.assertIn("1 connection ended", said)
        self.assertIn("until the device is disabled there", said)
        other.settimeout(0.3)
        with self.assertRaises((TimeoutError, OSError)):
            other.recv(1) or self.fail("the connection of another leaf ended too")
        told = self.visit("pump-00")
        self.assertEqual((told["httpStatus"], told.get("errorCode")), (401, 401000))
        self.assertIn("deny list", self.gateway.ctl("explain", "pump-00").stdout)
        entry = json.loads(self.gateway.ctl("--json", "audit").stdout)["entries"][-1]
        self.assertEqual((entry["what"], entry["object"], entry["outcome"], entry["because"]),
                         ("deny add", "registrationId pump-00", "done", "stolen"))
        self.assertIn('leafgate_deny_entries{by="operator"} 1', self.gateway.ctl("metrics").stdout)

    def test_2_it_survives_a_restart_and_can_be_lifted(self):
        self.assertEqual(self.gateway.stop(), 0)
        self.gateway.start()
        self.assertEqual(self.visit("pump-00")["httpStatus"], 401)
        self.gateway.ctl("deny", "remove", "pump-00")
        self.assertEqual(self.visit("pump-00")["status"], "assigned")
        self.assertEqual(self.gateway.ctl("deny", "remove", "pump-00", check=False).returncode, 1)

    def test_3_signed_lists_of_both_makers_are_taken_and_worse_ones_refused(self):
        line = self.open_connection("pump-02")
        self.assertIn("1 connection ended", self.said("deny", "import", str(self.make(5, "--id", "pump-02", "pump-03"))))
        self.assertLess(self.seconds_to_end(line), AT_ONCE)
        self.assertEqual(self.visit("pump-03")["httpStatus"], 401)
        self.take(signed_by_openssl(self.site, 6, [{"registrationId": "pump-04"}]))
        self.assertEqual(self.visit("pump-03")["status"], "assigned")
        self.assertEqual(self.visit("pump-04")["httpStatus"], 401)
        self.assertEqual(self.held_number(), 6)
        refused = {"an older list": self.make(5, "--id", "pump-05"), "another list of the same number": self.make(6, "--id", "a"),
                   "another ID scope": self.make(7, "--id", "pump-05", scope="0ne00OTHER"),
                   "not signed by": self.make(8, "--id", "pump-05", key="other.pem")}
        for why, file in refused.items():
            done = self.take(file, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)
        self.assertIn("nothing to do", self.said("deny", "import", str(self.site.folder / "by-openssl-6.json")))
        self.assertEqual(self.visit("pump-05")["status"], "assigned")
        self.assertEqual(self.gateway.ctl("deny", "remove", "pump-04", check=False).returncode, 1)

    def test_4_openssl_verifies_what_leafgatectl_has_signed(self):
        file = json.loads(self.make(50, "--id", "x").read_text())
        (self.site.folder / "p").write_bytes(base64.b64decode(file["payload"]))
        (self.site.folder / "s").write_bytes(base64.b64decode(file["signature"]))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", "deny.pub", "-signature", "s", "p"], cwd=self.site.folder,
                              capture_output=True, text=True)
        self.assertIn("Verified OK", done.stdout)
        self.assertEqual(json.loads((self.site.folder / "p").read_bytes())["number"], 50)

    def test_5_a_row_that_waits_for_the_service_is_refused(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.assertEqual(QuickLeaf(self.site, self.gateway.listening("https"), "pump-06", device_key("pump-06"),
                                   patience=1).register()["httpStatus"], 202)
        self.assertIn("1 waiting operation refused", self.said("deny", "add", "pump-06"))
        self.assertNotIn("pump-06", self.gateway.ctl("queue").stdout)
        self.standin.up()
        time.sleep(0.5)
        self.assertNotIn("pump-06", self.standin.registrations())

    def test_6_a_list_is_fetched_and_trouble_is_told(self):
        server = Server(self.site)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.gateway.stop()
        before = self.gateway.configuration.read_text()
        self.gateway.configuration.write_text(
            before + f'deny.url = "https://localhost:{server.server_port}/deny.json?site=3"\n'
            f'deny.ca_file = "{self.site.certificates.ca}"\ndeny.every = "60s"\n')
        server.body = signed_by_openssl(self.site, 20, [{"registrationId": "pump-07"}]).read_bytes()
        self.gateway.start()
        wait_for(lambda: self.held_number() == 20, 45, 0.2, "the list is fetched")
        self.assertEqual(server.asked[0], ("/deny.json?site=3", 200))
        self.assertEqual(self.visit("pump-07")["httpStatus"], 401)
        server.status, server.body = 302, b""
        self.gateway.stop()
        self.gateway.start()
        wait_for(lambda: "deny-list-refused" in self.gateway.ctl("--json", "status").stdout, 45, 0.2, "the trouble is told")
        self.assertEqual(self.visit("pump-07")["httpStatus"], 401, "the old list stays")
        self.gateway.stop()
        self.gateway.configuration.write_text(before)
        self.gateway.start()

    def test_7_without_a_signer_none_is_taken(self):
        self.gateway.stop()
        before = self.gateway.configuration.read_text()
        self.gateway.configuration.write_text(before.replace("deny.signer", "#deny.signer"))
        self.gateway.start()
        done = self.take(self.make(30, "--id", "pump-05"), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("deny.signer", done.stderr)
        self.assertEqual(self.visit("pump-07")["httpStatus"], 401, "what is held counts")
        self.gateway.stop()
        self.gateway.configuration.write_text(before)
        self.gateway.start()

    def test_8_unknown_leaves_wait_for_an_operator(self):
        self.gateway.stop()
        text = self.gateway.configuration.read_text()
        self.gateway.configuration.write_text(text + 'offline.unknown = "hold"\n')
        self.gateway.start()
        enrolled_there = [*self.records, individual("new-1")]
        self.standin.ask("PUT", "/enrollments", enrolled_there)
        waits = QuickLeaf(self.site, self.gateway.listening("https"), "new-1", device_key("new-1"), patience=1).register()
        self.assertEqual(waits["httpStatus"], 202)
        self.assertIn("new-1", self.gateway.ctl("held").stdout)
        self.gateway.ctl("reject", "new-1")
        self.assertEqual(self.visit("new-1")["httpStatus"], 401)
        self.assertIn("the service decides", self.said("approve", "new-1"))
        self.assertEqual(self.visit("new-1")["status"], "assigned")
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(self.visit("new-1")["status"], "assigned")


class SetBack(GatewayTpmSite):
    """A store that was set back behind a deny list is noticed: the list moved what the TPM counts."""

    @classmethod
    def settings(cls):
        make_keys(cls.site)
        return super().settings() + f'deny.signer = "{cls.site.folder}/deny.pub"\n'

    def epoch(self):
        return self.told()["epoch"]

    def copy_of_the_running_store(self, name):
        """As an image of the disk is: no start of its own moves the counter meanwhile."""
        older = self.gateway.folder / name
        os.kill(self.gateway.process.pid, signal.SIGSTOP)
        shutil.copytree(self.gateway.state, older)
        os.kill(self.gateway.process.pid, signal.SIGCONT)
        return older

    def set_back_to(self, older):
        self.gateway.kill()
        shutil.rmtree(self.gateway.state)
        shutil.copytree(older, self.gateway.state)
        self.gateway.start()

    def test_a_store_from_before_the_list_is_not_believed(self):
        self.set_up()
        self.new_leaf()
        self.all_signed()
        self.set_back_to(self.copy_of_the_running_store("same-epoch"))
        self.all_signed()
        self.assertNotIn("store-rolled-back", self.modes(), "within one epoch nothing can be told")
        older, before = self.copy_of_the_running_store("older"), self.epoch()
        self.gateway.ctl("deny", "import", str(signed_by_openssl(self.site, 1, [{"registrationId": "new-1"}])))
        wait_for(lambda: self.epoch() > before, name="the list moves the counter")
        self.set_back_to(older)
        wait_for(lambda: "store-rolled-back" in self.modes(), name="the store that was set back is noticed")


if __name__ == "__main__":
    unittest.main()
