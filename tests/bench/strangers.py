"""Who else has the processors, by the kernel's own record of it (tracefs, which only root may use): what takes a millisecond can be
measured only at the moments at which the machine does nothing of its own for two or four."""

import contextlib
import os
import re
from bisect import bisect
from pathlib import Path

TRACING = Path("/sys/kernel/tracing")
RAN = re.compile(r" ([0-9.]+): sched_stat_runtime: comm=(.*) pid=([0-9]+) runtime=([0-9]+)")
# Threads of the kernel that may work for those who are measured: for their files, their sockets, what they freed.
FOR_ANYBODY = ("kworker/", "ksoftirqd/", "rcu_", "jbd2/", "irq/")


def threads(processes):
    for process in processes:
        with contextlib.suppress(OSError):
            yield from map(int, os.listdir(f"/proc/{process}/task"))


class Strangers:
    """While the block goes on: all but the processes that `measured()` names, by number. Where the kernel does not tell, nobody is
    known."""

    def __init__(self, measured):
        self.measured, self.record, self.known = measured, TRACING / "instances" / f"bench-{os.getpid()}", False
        self.spans = []  # (since, until), seconds of time.monotonic()

    def __enter__(self):
        with contextlib.suppress(OSError):
            self.record.mkdir()
            event = self.record / "events/sched/sched_stat_runtime"
            (self.record / "trace_clock").write_text("mono")
            (self.record / "buffer_size_kb").write_text("16384")
            # Those who are measured would pay for being told, and are left out again below when they have made more threads.
            (event / "filter").write_text(" && ".join(f"pid != {one}" for one in threads(self.measured())))
            (event / "enable").write_text("1")
            self.known = True
        return self

    def __exit__(self, *_):
        ours = set(threads(self.measured()))
        with contextlib.suppress(OSError):
            (self.record / "tracing_on").write_text("0")
            told = (self.record / "trace").read_text(errors="replace")
            self.record.rmdir()
            for at, name, thread, nanoseconds in RAN.findall(told):
                if int(thread) not in ours and not name.startswith(FOR_ANYBODY):
                    self.spans.append((float(at) - int(nanoseconds) / 1e9, float(at)))
            self.spans.sort()

    def beside(self, since, until):
        """How long they ran on any processor between the two, in seconds."""
        took = 0.0
        # None runs for longer than a tick at a time before it is told, so a few before are enough to look at.
        for begun, ended in self.spans[max(0, bisect(self.spans, (since,)) - 8):]:
            if begun >= until:
                break
            took += max(0.0, min(ended, until) - max(begun, since))
        return took
