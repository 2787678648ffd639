"""What systemd hears: READY once everything serves, signs of life twice in the time it waits, none while a loop hangs, and
STOPPING. The socket is real, systemd is not."""

import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

from site_processes import Gateway, Site, StandIn, wait_for

WATCHDOG = 0.6  # seconds


class Watchdog(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.heard = []  # (when, what)
        address = self.site.folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(address))
        threading.Thread(target=self.listen, daemon=True).start()
        self.gateway = Gateway(self.site, StandIn(self.site, []).port, "gateway.loops = 2", under=[
            "env", f"NOTIFY_SOCKET={address}", f"WATCHDOG_USEC={int(WATCHDOG * 1e6)}"])

    def listen(self):
        while True:
            said = self.socket.recv(4096).decode()
            self.heard += [(time.monotonic(), line) for line in said.splitlines()]

    def said(self, what, since=0.0):
        return [when for when, line in list(self.heard) if line.startswith(what) and when >= since]

    def loop_thread(self, name):
        """The thread of a loop, by its name."""
        for task in Path(f"/proc/{self.gateway.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == name:
                return task.name
        return self.fail(f"no thread {name}")

    def test_a_start_says_how_long_it_may_take_and_when_it_serves(self):
        self.assertTrue(self.said("EXTEND_TIMEOUT_USEC=6"))
        self.assertEqual(len(self.said("READY=1")), 1)
        self.assertTrue(self.said("STATUS=service"))
        self.assertEqual(self.gateway.stop(), 0)
        wait_for(lambda: self.said("STOPPING=1"), 5, name="it says that it stops")

    def test_signs_of_life_come_twice_in_the_time_systemd_waits(self):
        signs = wait_for(lambda: len(self.said("WATCHDOG=1")) >= 6 and self.said("WATCHDOG=1"), 20, name="six signs")
        gaps = sorted(b - a for a, b in zip(signs, signs[1:]))
        self.assertLess(gaps[len(gaps) // 2], WATCHDOG * 0.8)

    def test_no_sign_comes_while_a_loop_hangs_and_they_come_back_with_it(self):
        thread = self.loop_thread("loop-1")
        # Each wait of this one thread now takes long before it begins: the loop stands, the others run.
        tracer = subprocess.Popen(["strace", "-q", "-o", str(self.site.folder / "strace"), "-e", "trace=epoll_wait,epoll_pwait",
                                   "-e", "inject=epoll_wait,epoll_pwait:delay_enter=3000000", "-p", thread],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.site.processes.append(tracer)
        wait_for(lambda: "has not run since the last look" in self.site.log("leafgated"), 15, name="the daemon sees it")
        last = max(self.said("WATCHDOG=1"))
        wait_for(lambda: self.said("WATCHDOG=1", last + WATCHDOG), 20, name="a sign after a gap as long as systemd waits")
        tracer.terminate()
        tracer.wait()
        wait_for(lambda: len(self.said("WATCHDOG=1", time.monotonic() - WATCHDOG)) >= 2, 20, name="signs as before")


if __name__ == "__main__":
    unittest.main(verbosity=2)
