"""What no leaf should send, row by row: what becomes of it, and that the daemon lives on and still serves an honest leaf.

Verdicts: closed (the connection ends without an answer to it), refused (an answer that says no), served."""

import base64
import hashlib
import hmac
import socket
import ssl
import time
import unittest
import urllib.parse

from malformed_http import HTTP_ROWS
from malformed_mqtt import MQTT_ROWS
from site_processes import SCOPE, Gateway, Site, StandIn, device_key, individual

HONEST = "honest-leaf"
PATIENCE = 5.0


def token(registration_id):
    resource = urllib.parse.quote(f"{SCOPE}/registrations/{registration_id}", safe="")
    expiry = str(int(time.time()) + 3600)
    mac = hmac.new(base64.b64decode(device_key(registration_id)), f"{resource}\n{expiry}".encode(), hashlib.sha256)
    return f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(base64.b64encode(mac.digest()).decode(), safe='')}&se={expiry}"


class Malformed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        # One leaf a row: a leaf that registers too often is held back.
        cls.leaves = {row.name: f"leaf-{n + 10}" for n, row in enumerate(MQTT_ROWS + HTTP_ROWS)}
        records = [individual(leaf) for leaf in [HONEST, *cls.leaves.values()]]
        cls.standin = StandIn(cls.site, records)
        cls.gateway = Gateway(cls.site, cls.standin.port, 'https.listen = ["127.0.0.1:0"]\nlimits.connect_time = "500ms"\n'
                              'limits.request_head_time = "500ms"\nlimits.request_body_time = "500ms"')
        cls.gateway.enroll(records)
        cls.https_port = cls.gateway.listening("https")
        cls.context = ssl.create_default_context(cafile=str(cls.site.certificates.ca))
        cls.context.maximum_version = ssl.TLSVersion.TLSv1_2  # an answer and a close come one after the other
        cls.sources = (f"127.{a}.{b}.1" for a in range(8, 200) for b in range(250))  # a decoder fault holds its source

    def talk(self, port):
        plain = socket.create_connection(("127.0.0.1", port), PATIENCE, (next(self.sources), 0))
        return self.context.wrap_socket(plain, server_hostname="localhost")

    @staticmethod
    def hear(connection, enough):
        """All that comes until `enough` is satisfied, the peer ends, or patience does."""
        heard, ended = b"", False
        connection.settimeout(PATIENCE)
        try:
            while not enough(heard):
                piece = connection.recv(65536)
                if not piece:
                    ended = True
                    break
                heard += piece
        except (ConnectionError, ssl.SSLError):
            ended = True
        except TimeoutError:
            pass
        return heard, ended

    def verdict_of_mqtt(self, row):
        with self.talk(self.gateway.port) as connection:
            leaf = self.leaves[row.name]
            before = row.greeting(SCOPE, leaf, token(leaf))
            if before:
                connection.sendall(before)
                self.hear(connection, lambda heard: len(heard) >= row.greeted)
            try:
                connection.sendall(row.octets(SCOPE, leaf, token(leaf)))
            except OSError:
                return "closed"
            heard, ended = self.hear(connection, lambda heard: row.answer_of(heard) is not None)
        return row.answer_of(heard) or ("closed" if ended else "silent")

    def verdict_of_http(self, row):
        with self.talk(self.https_port) as connection:
            leaf = self.leaves[row.name]
            try:
                connection.sendall(row.octets(SCOPE, leaf, token(leaf)))
            except OSError:
                return "closed"
            heard, ended = self.hear(connection, lambda heard: b"\r\n\r\n" in heard)
        if not heard.startswith(b"HTTP/1.1 "):
            return "closed" if ended else "silent"
        status = int(heard[9:12])
        return "refused" if status >= 400 else "served"

    def check(self, rows, verdict_of):
        wrong = []
        for row in rows:
            got = verdict_of(row)
            if got != row.verdict:
                wrong.append(f"{row.name}: {got}, not {row.verdict}")
            self.assertIsNone(self.gateway.process.poll(), f"the daemon ended after: {row.name}")
        self.assertEqual(wrong, [])
        honest = self.site.leaf(self.gateway.port, "--registration-id", HONEST, "--key", device_key(HONEST))
        self.assertEqual(honest.returncode, 0, honest.stdout + honest.stderr)

    def test_mqtt(self):
        self.check(MQTT_ROWS, self.verdict_of_mqtt)

    def test_http(self):
        self.check(HTTP_ROWS, self.verdict_of_http)

    def test_there_are_two_hundred_rows_and_no_name_twice(self):
        names = [row.name for row in MQTT_ROWS + HTTP_ROWS]
        self.assertGreaterEqual(len(names), 200)
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
