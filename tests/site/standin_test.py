"""The stand-in as strangers to its code meet it: a device over MQTT, a reader of the service API, a client of a hub."""

import base64
import hashlib
import hmac
import json
import ssl
import socket
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from certificates_test import Factory
from site_processes import POLICY, POLICY_KEY, Site, StandIn, derive, device_key, group, individual

HUB = "hub-1.azure-devices.net"
GROUP_KEY = base64.b64encode(bytes(range(64))).decode()
CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05m-1.x"


class StandInTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.factory = Factory(cls.site.folder / "factory")
        certificate = (cls.factory.folder / "line-ca.pem").read_text()
        x509 = {"type": "x509", "x509": {"signingCertificates": {"primary": {"certificate": certificate}}}}
        records = [individual("m-1"), group("meters", GROUP_KEY), {"enrollmentGroupId": "line", "attestation": x509}]
        cls.standin = StandIn(cls.site, records, "--retry-after", "1", mqtt=True, hubs=[HUB], policy=True)
        cls.trust = ssl.create_default_context(cafile=str(cls.site.certificates.ca))

    def register(self, registration_id, *credential):
        done = self.site.leaf(self.standin.mqtt_port, "--registration-id", registration_id, *credential)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def service(self, method, path, body=None, key=POLICY_KEY):
        expires = str(int(time.time()) + 60)
        mac = hmac.new(base64.b64decode(key), f"localhost\n{expires}".encode(), hashlib.sha256).digest()
        signature = urllib.parse.quote(base64.b64encode(mac).decode(), safe="")
        request = urllib.request.Request(
            f"https://localhost:{self.standin.port}{path}?api-version=2021-10-01", method=method, data=body,
            headers={"Authorization": f"SharedAccessSignature sr=localhost&sig={signature}&se={expires}&skn={POLICY}",
                     "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10, context=self.trust) as answer:
            return json.loads(answer.read())

    def test_devices_register_over_mqtt_by_key_and_by_certificate(self):
        ways = [("m-1", ["--key", device_key("m-1"), "--client-family", "python"]),
                ("m-2", ["--key", derive(GROUP_KEY, "m-2"), "--client-family", "java", "--qos", "0"]),
                ("pump-1", self.factory.leaf("pump-1", above=["line-ca"]))]
        for registration_id, credential in ways:
            self.assertEqual(self.register(registration_id, *credential)["status"], "assigned")
            seen = self.standin.registrations()[registration_id]
            self.assertEqual((seen["lastTransport"], seen["status"]), ("mqtt", "assigned"))
            self.assertEqual(bool(seen["lastCertificate"]), registration_id == "pump-1")
            state = self.service("GET", f"/registrations/{registration_id}")
            self.assertEqual((state["status"], state["deviceId"]), ("assigned", registration_id))

    def test_the_service_api_gives_keys_only_to_who_asks_for_them_with_the_policys_key(self):
        listed = self.service("POST", "/enrollments/query", b'{"query": "*"}')
        self.assertEqual([record["registrationId"] for record in listed], ["m-1"])
        self.assertNotIn(device_key("m-1"), json.dumps(listed))
        mechanism = self.service("POST", "/enrollments/m-1/attestationmechanism", b"")
        self.assertEqual(mechanism["symmetricKey"]["primaryKey"], device_key("m-1"))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.service("GET", "/enrollments/m-1", key=GROUP_KEY)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        self.assertEqual(self.standin.ask("GET", "/stats")["service"]["answers"]["401"], 1)

    def test_a_hub_answers_under_its_name_and_tells_who_came(self):
        with socket.create_connection(("127.0.0.1", self.standin.hub_port), timeout=10) as tcp, \
                self.trust.wrap_socket(tcp, server_hostname=HUB) as tls:
            tls.sendall(CONNECT + b"\xc0\x00")
            self.assertEqual(tls.recv(4) + tls.recv(2), b"\x20\x02\x00\x00\xd0\x00")
        seen = self.standin.ask("GET", "/stats")["hub"][HUB]
        self.assertEqual((seen["connections"], seen["connects"], seen["lastClientId"]), (1, 1, "m-1.x"))


if __name__ == "__main__":
    unittest.main()
