"""What the storm measures on: Mosquitto as a child process, and the processor time and memory of any server."""

import contextlib
import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from site_processes import SCOPE, wait_for


def cpu_nanoseconds(pid: int) -> int:
    """Processor time of all threads, as exact as the scheduler counts it; /proc/PID/stat counts in ticks of 10 ms."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def resident_kib(pid: int, field="VmRSS") -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def come_before_others():
    """What else this machine does, where we may: in a session of our own, whose share of the processors is greater. Times that a
    leaf waits are of use only then."""
    with contextlib.suppress(OSError):
        os.setsid()
        Path("/proc/self/autogroup").write_text("-10")


def settled_cpu(pid: int) -> int:
    """The processor time once the server has nothing left to do from before."""
    latest = [cpu_nanoseconds(pid)]

    def quiet():
        latest.append(cpu_nanoseconds(pid))
        return latest[-1] - latest[-2] < 500_000

    wait_for(quiet, 30, every=0.05, name="the server comes to rest")
    return latest[-1]


@dataclass(frozen=True)
class Way:
    """How a leaf comes."""
    target: str = "dps"  # over MQTT; https; or echo, of a broker
    credential: str = "sas"  # or x509
    resumed: bool = False


class Mosquitto:
    """Debian's broker on ports of its own, with the gateway's certificate, without a word to disk or log. On one of them it
    wants certificates of the leaves, under this CA."""

    def __init__(self, site, ca):
        folder = site.folder / "mosquitto"
        folder.mkdir(exist_ok=True)
        certificate, key = site.certificates.gateway
        self.ports = {"sas": self._free_port(), "x509": self._free_port()}
        configuration = folder / "mosquitto.conf"
        # Nagle's algorithm would delay the echo behind its PUBACK; as root the broker could not read the folder.
        common = f"certfile {certificate}\nkeyfile {key}\n"
        configuration.write_text("allow_anonymous true\npersistence false\nlog_type none\nset_tcp_nodelay true\nuser root\n"
                                 f"listener {self.ports['sas']} 127.0.0.1\n{common}"
                                 f"listener {self.ports['x509']} 127.0.0.1\n{common}cafile {ca}\nrequire_certificate true\n")
        self.site = site
        self.process = site.start("mosquitto", ["mosquitto", "-c", str(configuration)])
        wait_for(self._listens, name="mosquitto listens")

    @staticmethod
    def _free_port():
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return probe.getsockname()[1]

    def port_for(self, way: Way) -> int:
        return self.ports[way.credential]

    def _listens(self):
        try:
            for port in self.ports.values():
                socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except ConnectionRefusedError:
            if self.process.poll() is not None:
                raise RuntimeError(f"mosquitto ended:\n{self.site.log('mosquitto')}") from None
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Doors:
    """The gateway of a site, as the storm finds it."""

    def __init__(self, gateway):
        self.process = gateway.process
        self.ports = {"dps": gateway.port, "https": gateway.listening("https")}

    def port_for(self, way: Way) -> int:
        return self.ports[way.target]


class Storm:
    """The leaves of a group each, by a key and by a CA, and the program that plays them."""

    def __init__(self, site, group_key: str, ca, ca_key):
        self.site = site
        self.credentials = {"sas": ["--group-key", group_key], "x509": ["--ca", str(ca), "--ca-key", str(ca_key)]}

    def command(self, server, way, tls, prefix, first, visits, concurrency):
        return [self.site.program("tests/bench/storm-client"), "--port", str(server.port_for(way)), "--target", way.target,
                "--tls", tls, *(["--resume"] if way.resumed else []), *self.credentials[way.credential], "--id-scope", SCOPE,
                "--id-prefix", prefix, "--first", str(first), "--visits", str(visits), "--concurrency", str(concurrency)]

    def visit(self, server, way, tls, prefix, first, visits, concurrency) -> dict:
        """Lets the leaves come and go; adds the server's `micros` per registration to what the client counted."""
        pid = server.process.pid
        before = settled_cpu(pid)
        ended = subprocess.run(self.command(server, way, tls, prefix, first, visits, concurrency), capture_output=True,
                               text=True, timeout=180)
        result = self.read(ended.stdout, ended.stderr)
        if result["resumed"] != (visits - 1 if way.resumed else 0):
            raise RuntimeError(f"{way}: {result['resumed']} of {visits} were resumed")
        result["micros"] = (settled_cpu(pid) - before) / 1000 / visits
        return result

    def held_kib(self, server, way, tls, prefix, visits, concurrency=32) -> float:
        """Growth of the server per leaf that registered and stays."""
        pid = server.process.pid
        before = resident_kib(pid)
        client = subprocess.Popen([*self.command(server, way, tls, prefix, 0, visits, concurrency), "--hold"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.site.processes.append(client)
        self.read(client.stdout.readline(), "")
        grown = resident_kib(pid) - before
        client.communicate(input="", timeout=60)
        return grown / visits

    @contextlib.contextmanager
    def steady(self, server, way, tls, prefix, visits, concurrency, first=0, rate=0):
        """So many leaves come again and again while the block goes on, `rate` of them in a second or as fast as they can. Gives
        a dictionary that holds, after the block, what they met, failures too, and the server's `micros` per registration."""
        pid, told = server.process.pid, {}
        before = cpu_nanoseconds(pid)
        client = subprocess.Popen([*self.command(server, way, tls, prefix, first, visits, concurrency), "--steady", "--timeout",
                                   "300", "--rate", str(rate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.site.processes.append(client)
        try:
            yield told
        finally:
            output = client.communicate(input="", timeout=60)[0]
        told.update(self.parse(output, ""))
        told["micros"] = (cpu_nanoseconds(pid) - before) / 1000 / max(told["answered"], 1)

    @staticmethod
    def parse(output, errors) -> dict:
        try:
            return json.loads(output)
        except ValueError:
            raise RuntimeError(f"storm-client said no result: {output}{errors}") from None

    @classmethod
    def read(cls, output, errors) -> dict:
        result = cls.parse(output, errors)
        if result["failed"]:
            raise RuntimeError(f"visits failed: {result['failed']}")
        return result


def stamp() -> str:
    return f"[{time.strftime('%H:%M:%S')}]"
