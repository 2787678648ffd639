"""Ten thousand connections that never become one, each from a loopback address of its own: silent, with six octets, and with
a whole ClientHello and then silence. Meanwhile honest leaves must be served within two seconds, memory may grow by a bound,
and every attacker must be gone within seven seconds of its last octet being looked at."""

import os
import resource
import select
import socket
import ssl
import statistics
import sys
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
from odd_leaf import (connect_packet, dial, read_some, read_until, register_packet, subscribe_packet, token,  # noqa: E402
                      trusting, user_name)
from site_processes import Gateway, Site, StandIn, derive, group  # noqa: E402

GROUP_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
CROWD = int(os.environ.get("LEAFGATE_CROWD", "10000"))
SERVED_WITHIN = 2.0  # seconds, an honest leaf
GONE_WITHIN = 7.0  # seconds, from when the gateway looked at the last octet
GROWS_BY_KIB = 32 * 1024
SEES_THE_SILENT = 'limits.defer_accept = "0s"'  # else the kernel keeps them from the gateway
IP_BIND_ADDRESS_NO_PORT = 24


def whole_hello() -> bytes:
    """What a real client says first."""
    out = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    raise RuntimeError("no handshake ends without a peer")


class Attacker:
    """Says its part once, then waits for the end."""

    def __init__(self, number: int, port: int):
        self.said = self.answered = self.gone = None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        self.socket.bind((f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}", 0))
        self.socket.connect_ex(("127.0.0.1", port))

    def stir(self, words: bytes, now: float):
        """Something happened at its socket."""
        try:
            if self.said is None:
                if words:
                    self.socket.send(words)
                self.said = now
                return
            if self.socket.recv(65536):
                self.answered = self.answered or now
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.said, self.gone = self.said or now, now
        self.socket.close()


class Crowd(threading.Thread):
    def __init__(self, port: int, words: bytes):
        super().__init__()
        self.port, self.words = port, words
        self.attackers, self.standing = [], threading.Event()
        self.give_up = threading.Event()

    def run(self):
        poll, by_descriptor, unsaid = select.epoll(), {}, set()
        while not self.give_up.is_set() and (len(self.attackers) < CROWD or by_descriptor):
            for _ in range(min(50, CROWD - len(self.attackers))):
                one = Attacker(len(self.attackers), self.port)
                self.attackers.append(one)
                by_descriptor[one.socket.fileno()] = one
                unsaid.add(one)
                poll.register(one.socket, select.EPOLLOUT)
            for descriptor, _ in poll.poll(0 if len(self.attackers) < CROWD else 0.2):
                one = by_descriptor[descriptor]
                one.stir(self.words, time.monotonic())
                if one in unsaid and one.said is not None:
                    unsaid.discard(one)
                    if one.gone is None:
                        poll.modify(descriptor, select.EPOLLIN)
                if one.gone is not None:
                    del by_descriptor[descriptor]
            if len(self.attackers) == CROWD and not unsaid:
                self.standing.set()
        for one in by_descriptor.values():
            one.socket.close()


class HalfOpen(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the gateway inherits it
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.site = Site()
        self.addCleanup(self.site.close)
        self.trusting, self.leaves = trusting(self.site.certificates.ca), 0
        enrollments = [group("line", GROUP_KEY)]
        self.standin = StandIn(self.site, enrollments, "--retry-after", "0")
        gateway = Gateway(self.site, self.standin.port)
        gateway.enroll(enrollments)
        gateway.stop()

    def leaf(self) -> float:
        """Seconds until an honest leaf, new to the gateway and from an address of its own, has the answer to its request."""
        self.leaves += 1
        name, source = f"honest-{self.leaves}", f"127.200.{self.leaves // 250}.{1 + self.leaves % 250}"
        begin = time.monotonic()
        with dial(self.gateway.port, source, self.trusting, seconds=30) as leaf:
            leaf.sendall(connect_packet(name, user_name(name), token(name, derive(GROUP_KEY, name))))
            self.assertTrue(read_some(leaf), "no CONNACK")
            leaf.sendall(subscribe_packet() + register_packet())
            self.assertIn(b"/registrations/res/20", read_until(leaf, b'"status"'))
        return time.monotonic() - begin

    def descriptors(self) -> int:
        """How many the gateway has open; all but those of connections stay the same."""
        return len(os.listdir(f"/proc/{self.gateway.process.pid}/fd"))

    def attack(self, name: str, words: bytes, settings: str = "", gone_within: float = GONE_WITHIN, at_least: float = 2,
               grows_by: int = GROWS_BY_KIB):
        self.gateway = Gateway(self.site, self.standin.port, settings)
        at_rest = [self.leaf() for _ in range(3)]
        memory, before = self.gateway.resident_kib(), self.descriptors()
        begin = time.monotonic()
        crowd = Crowd(self.gateway.port, words)
        self.addCleanup(crowd.give_up.set)
        crowd.start()
        self.assertTrue(crowd.standing.wait(60))
        stood = time.monotonic() - begin
        served, most = [], 0
        # A connection that the kernel lost on the way never comes to the gateway, and to no end.
        while (left := self.descriptors() - before) > 8 or time.monotonic() - begin < at_least:
            most = max(most, left)
            self.assertLess(time.monotonic() - begin, 120, f"{left} are still there")
            served.append(self.leaf())
            crowd.join(0.1)
        crowd.give_up.set()
        crowd.join()
        grown = self.gateway.resident_kib("VmHWM") - memory
        stays = [one.gone - (one.answered or one.said) for one in crowd.attackers if one.gone is not None]
        print(f"{name}: {CROWD} stood after {stood:.1f} s, {most} at a time in the gateway, {len(stays)} closed after "
              f"{statistics.median(stays or [0]):.2f} s, {max(stays, default=0):.2f} s at most, all gone after {time.monotonic() - begin:.1f} s; "
              f"honest leaves: {max(at_rest):.2f} s before, {len(served)} meanwhile in {statistics.median(served):.2f} s, "
              f"{max(served):.2f} s at most; memory +{grown / 1024:.1f} MiB", flush=True)
        self.assertEqual(self.gateway.stop(), 0)
        self.assertLessEqual(max(served), SERVED_WITHIN)
        self.assertLessEqual(grown, grows_by)
        self.assertLessEqual(max(stays, default=0), gone_within)

    def test_silent(self):
        self.attack("silent", b"", SEES_THE_SILENT)

    def test_silent_kept_by_the_kernel(self):
        # The kernel hands them over when it has asked three times, after some seven seconds.
        self.attack("silent, kept by the kernel", b"", gone_within=GONE_WITHIN + 8, at_least=15)

    def test_six_octets(self):
        self.attack("six octets", whole_hello()[:6])

    def test_a_whole_hello_and_then_silence(self):
        self.attack("a whole hello", whole_hello())


if __name__ == "__main__":
    unittest.main()
