"""Someone hostile on the LAN: 500 wrong tokens a second for enrolled ids, takeovers and ids that nobody has, from eight
addresses that true leaves share, while honest leaves register from addresses of their own, from behind one of the eight, and
under the very id that is claimed."""

import multiprocessing
import re
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "site"))

from odd_leaf import (connect_packet, dial, poll_packet, read_some, read_until, register_packet, subscribe_packet, token,
                      trusting, user_name)
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

ATTACKERS = [f"127.0.66.{n}" for n in range(1, 9)]
BEHIND_AN_ATTACKER = ATTACKERS[0]
WRONG_TOKENS_A_SECOND = 500  # at least
TOKENS_A_CONNECTION = 6
CONNECTIONS_A_SECOND = 150
CONNECTIONS_AT_ONCE = 16  # of each of the two processes
TARGETS = 200  # enrolled ids
SECONDS = 10
SERVED_WITHIN = 2.0
GROWTH_KIB = 32 * 1024
PAUSE = 0.9  # between the rounds of the honest


def claims(number):
    """Whom an attempt names: mostly enrolled ids; among them the one it would like to take over, and ids that nobody has."""
    if number % 20 == 0:
        return f"nobody-{number}"
    return "wanted" if number % 5 == 0 else f"target-{number % TARGETS}"


def attempt(port, source, context, claimed, key):
    """One connection with wrong tokens; gives how many it offered, and how many answers it heard."""
    relayed = claimed.startswith("nobody")  # the service is asked, so it is not waited for
    tokens = 1 if relayed else TOKENS_A_CONNECTION
    offered = answered = 0
    try:
        with dial(port, source, context, seconds=2) as leaf:
            registers = b"".join(register_packet(request=str(n)) for n in range(tokens))
            leaf.sendall(connect_packet(claimed, user_name(claimed), token(claimed, key)) + subscribe_packet() + registers)
            offered = tokens
            leaf.settimeout(0.05 if relayed else 2)
            heard = b""
            while heard.count(b"/registrations/res/401/") < tokens:
                more = read_some(leaf)
                if not more:
                    break
                heard += more
            answered = heard.count(b"/registrations/res/401/")
    except OSError:
        pass
    return offered, answered


def attack(port, sources, connections_a_second, begin, until, told):
    """Keeps its pace whatever happens to its connections; tells (connections, tokens offered, answers of 401)."""
    context, key = trusting(), device_key("a guess")
    counts = [(0, 0, 0)] * CONNECTIONS_AT_ONCE

    def keep_on(worker):
        number, sums = worker, [0, 0, 0]
        time.sleep(max(0.0, begin - time.monotonic()))
        while time.monotonic() < until:
            offered, answered = attempt(port, sources[number % len(sources)], context, claims(number), key)
            sums = [sums[0] + 1, sums[1] + offered, sums[2] + answered]
            number += CONNECTIONS_AT_ONCE + 1  # every worker comes by every source
            time.sleep(max(0.0, begin + sums[0] * CONNECTIONS_AT_ONCE / connections_a_second - time.monotonic()))
        counts[worker] = tuple(sums)

    workers = [threading.Thread(target=keep_on, args=(n,)) for n in range(CONNECTIONS_AT_ONCE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    told.put(tuple(sum(column) for column in zip(*counts)))


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        names = ["wanted", *(f"{kind}-{n}" for kind in ("honest", "neighbour") for n in range(SECONDS))]
        records = [individual(name) for name in [*names, *(f"target-{n}" for n in range(TARGETS))]]
        cls.standin = StandIn(cls.site, records)
        cls.gateway = Gateway(cls.site, cls.standin.port)
        cls.gateway.enroll(records)
        cls.context = trusting(cls.site.certificates.ca)
        for name in names:  # each was here before, as the leaves of a site were
            cls.served(name, cls.home(name))
        for n, address in enumerate(ATTACKERS):  # behind each lives a true leaf too: slowed down, but never shut
            cls.served(f"target-{n}", address)

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
        begin = time.monotonic() + 1
        until = begin + SECONDS
        halves = [ATTACKERS[:4], ATTACKERS[4:]]
        processes = [multiprocessing.Process(target=attack, daemon=True, args=(
            self.gateway.port, half, CONNECTIONS_A_SECOND / len(halves), begin, until, told)) for half in halves]
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
        tried, offered, answered = (sum(column) for column in zip(*counts))
        slowest = {name: round(max(taken), 3) for name, taken in times.items()}
        print(f"{tried / SECONDS:.0f} connections and {offered / SECONDS:.0f} wrong tokens a second, {answered} answered with 401; "
              f"slowest honest answers in seconds: {slowest}; grown by {grown} KiB")
        for name, taken in times.items():
            self.assertLess(max(taken), SERVED_WITHIN, f"{name}: {taken}")
        self.assertLess(grown, GROWTH_KIB)
        self.assertGreaterEqual(offered / SECONDS, WRONG_TOKENS_A_SECOND, "the attack itself was too slow to say anything")
        self.assertLess(len(self.site.log("leafgated").splitlines()), 2_000, "the log is bounded")
        told_of = self.gateway.ctl("explain", "wanted").stdout
        self.assertIn("wrong-key", told_of)
        self.assertIn("127.0.66.", told_of)


if __name__ == "__main__":
    unittest.main(verbosity=2)
