"""Ways to leaves without IP for tests: a serial line of PTYs with a wire between its ends, and the leaf at one of them."""

import contextlib
import json
import os
import pty
import random
import select
import subprocess
import threading
import tty

from site_processes import Site
from tpm_processes import end_with_parent


class SerialWire:
    """A bus: what the gateway's end says, every leaf's end hears, and the other way. `flip` breaks one octet in so many."""

    def __init__(self, leaves: int = 1, flip: int = 0):
        self.flip, self.random = flip, random.Random(7)
        self.open_ends, self.masters = [], []
        self.gateway = self._end()
        self.leaves = [self._end() for _ in range(leaves)]
        self.cut, self.octets, self.broken = False, 0, 0
        self.wake = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _end(self) -> str:
        master, slave = pty.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.masters.append(master)
        self.open_ends += [master, slave]
        return os.ttyname(slave)

    def _run(self):
        while True:
            ready, _, _ = select.select([*self.masters, self.wake[0]], [], [])
            if self.wake[0] in ready:
                return
            for end in ready:
                octets = bytearray(os.read(end, 4096))
                self.octets += len(octets)
                if self.cut:
                    continue
                for at in range(len(octets)):
                    if self.flip and self.random.randrange(self.flip) == 0:
                        octets[at] ^= 1 << self.random.randrange(8)
                        self.broken += 1
                others = self.masters[1:] if end == self.masters[0] else self.masters[:1]
                for other in others:
                    with contextlib.suppress(BlockingIOError):  # nobody reads there: a wire keeps nothing
                        os.write(other, octets)

    def close(self):
        os.write(self.wake[1], b".")
        self.thread.join()
        for end in (*self.open_ends, *self.wake):
            os.close(end)


class LinkLeaf:
    """leafgate-leaf. `way` are its options for the carrier, `proof` those for what it proves itself by."""

    def __init__(self, site: Site, registration_id: str, proof: list):
        self.site, self.id, self.proof = site, registration_id, proof

    def command(self, way: list, *more) -> list:
        return [self.site.program("leafgate-leaf"), *way, "--registration-id", self.id, *self.proof, "--timeout", "40", *map(str, more)]

    def begin(self, way: list, *more) -> subprocess.Popen:
        process = subprocess.Popen(self.command(way, *more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, preexec_fn=end_with_parent)
        self.site.processes.append(process)
        return process

    @staticmethod
    def end(process: subprocess.Popen, seconds=90):
        """Exit status, the line that it printed, and what it complained of."""
        out, complaints = process.communicate(timeout=seconds)
        lines = [line for line in out.splitlines() if line.startswith("{")]
        return process.returncode, json.loads(lines[-1]) if lines else {}, complaints

    def register(self, way: list, *more):
        return self.end(self.begin(way, *more))
