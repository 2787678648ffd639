"""What the storm measures on: Mosquitto as a child process, and the processor time and memory of any server."""

import json
import socket
import subprocess
import time
from pathlib import Path

from site_processes import SCOPE, wait_for


def cpu_nanoseconds(pid: int) -> int:
    """Processor time of all threads, as exact as the scheduler counts it; /proc/PID/stat counts in ticks of 10 ms."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def resident_kib(pid: int, field="VmRSS") -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def settled_cpu(pid: int) -> int:
    """The processor time once the server has nothing left to do from before."""
    latest = [cpu_nanoseconds(pid)]

    def quiet():
        latest.append(cpu_nanoseconds(pid))
        return latest[-1] - latest[-2] < 500_000

    wait_for(quiet, 30, every=0.05, name="the server comes to rest")
    return latest[-1]


class Mosquitto:
    """Debian's broker on a port of its own, with the gateway's certificate, without a word to disk or log."""

    def __init__(self, site):
        folder = site.folder / "mosquitto"
        folder.mkdir(exist_ok=True)
        certificate, key = site.certificates.gateway
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        configuration = folder / "mosquitto.conf"
        # Nagle's algorithm would delay the echo behind its PUBACK; as root the broker could not read the folder.
        configuration.write_text(f"listener {self.port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n"
                                 "allow_anonymous true\npersistence false\nlog_type none\nset_tcp_nodelay true\nuser root\n")
        self.site = site
        self.process = site.start("mosquitto", ["mosquitto", "-c", str(configuration)])
        wait_for(self._listens, name="mosquitto listens")

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except ConnectionRefusedError:
            if self.process.poll() is not None:
                raise RuntimeError(f"mosquitto ended:\n{self.site.log('mosquitto')}") from None
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Storm:
    """One group of leaves, and the program that plays them."""

    def __init__(self, site, group_key: str):
        self.site, self.group_key = site, group_key

    def command(self, port, target, tls, prefix, first, visits, concurrency):
        return [self.site.program("tests/bench/storm-client"), "--port", str(port), "--target", target, "--tls", tls,
                "--id-scope", SCOPE, "--group-key", self.group_key, "--id-prefix", prefix, "--first", str(first), "--visits",
                str(visits), "--concurrency", str(concurrency)]

    def visit(self, server, target, tls, prefix, first, visits, concurrency) -> dict:
        """Lets the leaves come and go; adds the server's `micros` per registration to what the client counted."""
        pid = server.process.pid
        before = settled_cpu(pid)
        ended = subprocess.run(self.command(server.port, target, tls, prefix, first, visits, concurrency),
                               capture_output=True, text=True, timeout=180)
        result = self.read(ended.stdout, ended.stderr)
        result["micros"] = (settled_cpu(pid) - before) / 1000 / visits
        return result

    def held_kib(self, server, target, tls, prefix, visits, concurrency=32) -> float:
        """Growth of the server per leaf that registered and stays."""
        pid = server.process.pid
        before = resident_kib(pid)
        client = subprocess.Popen([*self.command(server.port, target, tls, prefix, 0, visits, concurrency), "--hold"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.site.processes.append(client)
        self.read(client.stdout.readline(), "")
        grown = resident_kib(pid) - before
        client.communicate(input="", timeout=60)
        return grown / visits

    @staticmethod
    def read(output, errors) -> dict:
        try:
            result = json.loads(output)
        except ValueError:
            raise RuntimeError(f"storm-client said no result: {output}{errors}") from None
        if result["failed"]:
            raise RuntimeError(f"visits failed: {result['failed']}")
        return result


def stamp() -> str:
    return f"[{time.strftime('%H:%M:%S')}]"
