"""The way to the service as sites have it: by a proxy, by a name that leads back here, with a certificate nobody trusts."""

import json
import os
import socket
import time
import unittest

from connect_proxy import ConnectProxy
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

CREDENTIALS = "site:a word, with: colon"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class UplinkTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.records = [individual(f"leaf-{n}") for n in range(3)]
        self.standin = StandIn(self.site, self.records)

    def gateway(self, settings: str) -> Gateway:
        gateway = Gateway(self.site, self.standin.port, settings)
        gateway.enroll(self.records)
        return gateway

    def proxied(self, credentials: str) -> Gateway:
        self.proxy = ConnectProxy(self.standin.port, CREDENTIALS)
        self.addCleanup(self.proxy.close)
        file = self.site.folder / "proxy-credentials"
        file.write_text(credentials + "\n")
        os.chmod(file, 0o600)
        return self.gateway(f'service.host = "service.example"\nservice.port = 443\n'
                            f'service.proxy = "http://localhost:{self.proxy.port}"\n'
                            f'service.proxy_credentials_file = "{file}"\n')

    def leaf(self, gateway, registration_id, patience=20):
        done = self.site.leaf(gateway.port, "--registration-id", registration_id, "--key", device_key(registration_id),
                              "--timeout", str(patience))
        return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}

    def degraded(self, gateway, reason):
        def named():
            return [mode for mode in gateway.status()["degraded"] if mode["reason"]["code"] == reason]
        return wait_for(named, name=f"status names {reason}")

    def test_the_service_is_reached_by_a_proxy_that_wants_a_password(self):
        gateway = self.proxied(CREDENTIALS)
        self.assertEqual(self.leaf(gateway, "leaf-0")["status"], "assigned")
        self.assertEqual(set(self.proxy.asked), {"CONNECT service.example:443 HTTP/1.1"})
        self.proxy.refuses = "403 Forbidden by the site"
        self.proxy.cut()
        self.assertNotEqual(self.leaf(gateway, "leaf-1", 4).get("status"), "assigned")
        self.degraded(gateway, "proxy-failed")
        self.assertIn("403 Forbidden by the site", self.site.log("leafgated"))
        self.proxy.refuses = None
        wait_for(lambda: gateway.devices()["leaf-1"]["status"] == "assigned", 90, name="settled when the proxy let it")
        self.assertNotIn("a word, with", self.site.log("leafgated"))

    def test_a_proxy_that_does_not_know_us_is_named_with_its_words(self):
        gateway = self.proxied("site:another word")
        self.assertNotEqual(self.leaf(gateway, "leaf-0", 4).get("status"), "assigned")
        self.degraded(gateway, "proxy-failed")
        self.assertIn("407 Proxy Authentication Required", self.site.log("leafgated"))

    def test_credentials_that_a_power_cut_left_empty_keep_no_known_leaf_from_its_answer(self):
        gateway = self.proxied(CREDENTIALS)
        self.assertEqual(self.leaf(gateway, "leaf-0")["status"], "assigned")
        self.assertEqual(gateway.stop(), 0)
        asked = list(self.proxy.asked)
        file = self.site.folder / "proxy-credentials"
        file.write_text("")
        gateway.start()
        self.assertIn(str(file), self.degraded(gateway, "proxy-failed")[0]["consequence"], "before anybody asked the proxy")
        self.assertEqual(self.leaf(gateway, "leaf-0")["status"], "assigned")
        self.assertNotEqual(self.leaf(gateway, "leaf-1", 4).get("status"), "assigned")
        self.assertIn(str(file), self.degraded(gateway, "proxy-failed")[0]["consequence"])
        self.assertEqual(self.proxy.asked, asked)
        self.assertEqual(list(self.standin.registrations()), ["leaf-0"], "nor is it gone around")

    def test_a_name_that_leads_back_to_the_gateway_is_not_connected_to(self):
        port = free_port()
        gateway = self.gateway(f'mqtt.listen = ["0.0.0.0:{port}"]\nservice.port = {port}\n')
        self.leaf(gateway, "leaf-0", 4)
        self.degraded(gateway, "service-resolves-to-self")
        self.assertIn("is this gateway itself", self.site.log("leafgated"))

    def test_a_certificate_nobody_trusts_is_told_with_what_was_shown(self):
        gateway = self.gateway(f'service.ca_file = "{self.site.certificates.other_ca}"\n')
        self.leaf(gateway, "leaf-0", 4)
        self.degraded(gateway, "service-certificate-untrusted")
        self.assertIn("CN=leafgate demo site CA", self.site.log("leafgated"))

    def test_a_stop_waits_for_no_proxy(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        gateway = self.gateway(f'service.proxy = "http://127.0.0.1:{silent.getsockname()[1]}"\n')
        self.leaf(gateway, "leaf-0", 2)
        begin = time.monotonic()
        self.assertEqual(gateway.stop(), 0)
        self.assertLess(time.monotonic() - begin, 2.5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
