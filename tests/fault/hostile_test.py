"""Someone hostile on the LAN: 500 wrong tokens a second, false ids and takeovers from eight addresses, while honest leaves
register from addresses of their own, from behind one of the eight, and under the very id that is claimed."""

import multiprocessing
import re
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "site"))

from odd_leaf import (connect_packet, dial, poll_packet, read_some, read_until, register_packet, subscribe_packet, token,
                      trusting, user_name)
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

ATTACKERS = [f"127.0.66.{n}" for n in range(1, 9)]
BEHIND_AN_ATTACKER = ATTACKERS[0]
WRONG_TOKENS_A_SECOND = 500
SECONDS = 10
SERVED_WITHIN = 2.0
GROWTH_KIB = 32 * 1024
PAUSE = 0.9  # between the rounds of the honest


def attack(port, sources, a_second, until, told):
    """Keeps its pace whatever happens to its connections; tells how many attempts it made, and how many were answered."""
    context, wrong = trusting(), device_key("a guess")
    tried = answered = 0
    begun = time.monotonic()
    while time.monotonic() < until:
        source = sources[tried % len(sources)]
        # The id of an honest leaf, which it would like to take over, and ids that nobody has.
        claimed = "wanted" if tried % 2 else f"nobody-{tried}"
        try:
            with dial(port, source, context, seconds=2) as leaf:
                leaf.sendall(connect_packet(claimed, user_name(claimed), token(claimed, wrong)) + subscribe_packet() + register_packet())
                answered += b"/res/401/" in read_until(leaf, b"/registrations/res/401/")
        except OSError:
            pass
        tried += 1
        time_to_next = begun + tried / a_second - time.monotonic()
        if time_to_next > 0:
            time.sleep(time_to_next)
    told.put((tried, answered))


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        names = ["wanted", *(f"{kind}-{n}" for kind in ("honest", "neighbour") for n in range(SECONDS))]
        records = [individual(name) for name in names]
        cls.standin = StandIn(cls.site, records)
        cls.gateway = Gateway(cls.site, cls.standin.port)
        cls.gateway.enroll(records)
        cls.context = trusting(cls.site.certificates.ca)
        for name in names:  # each was here before, as the leaves of a site were
            cls.served(name, cls.home(name))

    @staticmethod
    def home(name):
        return {"honest": "127.0.1.1", "neighbour": BEHIND_AN_ATTACKER, "wanted": "127.0.1.3"}[name.split("-")[0]]

    @classmethod
    def served(cls, name, source):
        """One registration; gives how long it took from the first packet to the answer."""
        begun = time.monotonic()
        with dial(cls.gateway.port, source, cls.context, seconds=10) as leaf:
            leaf.sendall(connect_packet(name, user_name(name), token(name, device_key(name))))
            assert read_some(leaf), f"{name}: no CONNACK"
            leaf.sendall(subscribe_packet() + register_packet())
            heard = read_until(leaf, b'"status"')
        assert b"/registrations/res/20" in heard, f"{name} heard {heard!r}"
        return time.monotonic() - begun

    def stays(self, name):
        """A leaf that keeps its connection, and its operation: nobody ends it who only names its id."""
        leaf = dial(self.gateway.port, self.home(name), self.context, seconds=10)
        leaf.sendall(connect_packet(name, user_name(name), token(name, device_key(name))) + subscribe_packet() + register_packet())
        heard = read_until(leaf, b'"status"')
        return leaf, re.search(rb'"operationId":"([^"]+)"', heard).group(1).decode()

    @staticmethod
    def polled(leaf, operation):
        begun = time.monotonic()
        leaf.sendall(poll_packet(operation))
        heard = read_until(leaf, b'"status"')
        assert b"/registrations/res/20" in heard, f"the connection that stays heard {heard!r}"
        return time.monotonic() - begun

    def begin_attack(self):
        told = multiprocessing.Queue()
        until = time.monotonic() + SECONDS
        halves = [ATTACKERS[:4], ATTACKERS[4:]]
        processes = [multiprocessing.Process(target=attack, daemon=True, args=(
            self.gateway.port, half, WRONG_TOKENS_A_SECOND / len(halves), until, told)) for half in halves]
        for process in processes:
            process.start()
            self.addCleanup(process.terminate)
        return until, processes, told

    def test_honest_leaves_are_served_under_attack(self):
        before = self.gateway.resident_kib()
        until, processes, told = self.begin_attack()
        times = {name: [] for name in ("honest", "neighbour", "wanted")}
        leaf, operation = self.stays("wanted")
        with leaf:
            for n in range(SECONDS):
                times["wanted"].append(self.polled(leaf, operation))
                for kind in ("honest", "neighbour"):
                    times[kind].append(self.served(f"{kind}-{n}", self.home(kind)))
                next_round = time.monotonic() + PAUSE
                if next_round > until:
                    break
                wait_for(lambda: time.monotonic() >= next_round, name="the next round")
        counts = [told.get(timeout=20) for _ in processes]
        for process in processes:
            process.join(20)
        grown = self.gateway.resident_kib() - before
        tried, answered = (sum(column) for column in zip(*counts))
        slowest = {name: round(max(taken), 3) for name, taken in times.items()}
        print(f"{tried / SECONDS:.0f} attempts a second, {answered} answered with 401; slowest honest answers in seconds: {slowest}; "
              f"grown by {grown} KiB")
        for name, taken in times.items():
            self.assertLess(max(taken), SERVED_WITHIN, f"{name}: {taken}")
        self.assertLess(grown, GROWTH_KIB)
        self.assertGreater(tried / SECONDS, WRONG_TOKENS_A_SECOND / 2, "the attack itself was too slow to say anything")
        self.assertLess(len(self.site.log("leafgated").splitlines()), 2_000, "the log is bounded")
        told_of = self.gateway.ctl("explain", "wanted").stdout
        self.assertIn("wrong-key", told_of)
        self.assertIn("127.0.66.", told_of)


if __name__ == "__main__":
    unittest.main(verbosity=2)
