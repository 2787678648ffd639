"""Strangers make the gateway's TPM work: 500 unknown ids a second from 8 addresses, with the latencies of a chip. Whoever is
honest and comes for the first time is delayed by 2 seconds at most, and who is known by nothing."""

import http.client
import ssl
import statistics
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "site"))

from gateway_tpm_site import GROUP_KEY, KNOWN, GatewayTpmSite  # noqa: E402
from odd_leaf import token  # noqa: E402
from quick_leaf import VERSION  # noqa: E402
from site_processes import SCOPE, derive, device_key, wait_for  # noqa: E402

SOURCES, RATE = 8, 500
AIM = 2.0  # seconds


class Strangers:
    """One thread an address, one connection each as long as it is kept; ids that nobody ever heard of, and tokens of no key."""

    def __init__(self, site, port: int):
        self.port, self.context = port, ssl.create_default_context(cafile=site.certificates.ca)
        self.ended, self.sent = threading.Event(), [0] * SOURCES
        self.threads = [threading.Thread(target=self.come, args=(n,)) for n in range(SOURCES)]
        for thread in self.threads:
            thread.start()

    def come(self, number):
        line = http.client.HTTPSConnection("localhost", self.port, timeout=5, context=self.context,
                                           source_address=(f"127.0.1.{number + 1}", 0))
        began, key = time.monotonic(), device_key("nobody's")
        while not self.ended.wait(max(0.0, began + self.sent[number] * SOURCES / RATE - time.monotonic())):
            leaf = f"stranger-{number}-{self.sent[number]}"
            self.sent[number] += 1
            try:
                line.request("PUT", f"/{SCOPE}/registrations/{leaf}/register?{VERSION}", "{}",
                             {"Authorization": token(leaf, key), "Content-Type": "application/json"})
                line.getresponse().read()
            except (OSError, http.client.HTTPException):
                line.close()  # it is opened anew
        line.close()

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


class TpmFloodTest(GatewayTpmSite):
    def honest(self, first) -> list:
        return [self.visit(f"line-{n}", derive(GROUP_KEY, f"line-{n}"), source="127.0.0.9", patience=30) for n in range(first, first + 6)]

    def test(self):
        self.set_up()
        self.learn_known()
        self.slow.ask("profile", name="slb9670")
        calm = self.honest(100)
        strangers = Strangers(self.site, self.gateway.listening("https"))
        try:
            wait_for(lambda: sum(strangers.sent) > 2 * RATE, 60, name="a flood")
            began, before = time.monotonic(), sum(strangers.sent)
            with self.slow.counting() as commands:
                flooded = self.honest(200)
                for _ in KNOWN:
                    self.assert_known_are_answered()
            rate = (sum(strangers.sent) - before) / (time.monotonic() - began)
        finally:
            strangers.stop()
        for told in (*calm, *flooded):
            self.assertEqual(told.get("status"), "assigned", told)
        quiet, worst = statistics.median(told["seconds"] for told in calm), max(told["seconds"] for told in flooded)
        print(f"first contact {quiet:.2f} s, in the flood {worst:.2f} s at worst; {rate:.0f} strangers a second, TPM {commands}",
              flush=True)
        self.assertGreater(rate, 0.8 * RATE)
        self.assertLess(worst - quiet, AIM)


if __name__ == "__main__":
    unittest.main(verbosity=2)
