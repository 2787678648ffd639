"""TPMs for tests: swtpm on a Unix socket in a folder of its own, what can happen to one, and a leaf that uses one."""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from site_processes import REPOSITORY, SCOPE, Site, wait_for

PR_SET_PDEATHSIG = 1


def end_with_parent():
    """In the child: whoever started it may be killed, and must not leave it behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Swtpm:
    """One emulated TPM. What it remembers is the folder `state`; its socket and the control socket stand beside it. Started
    `under` another command if need be, as are the tools."""

    def __init__(self, site: Site, name: str, under: list = ()):
        self.site, self.name, self.under = site, name, list(under)
        self.folder = site.folder / name
        self.state = self.folder / "state"
        self.state.mkdir(parents=True)
        self.socket = self.folder / "tpm"
        self.process = None
        self.start()

    @property
    def tcti(self) -> str:
        return f"swtpm:path={self.socket}"

    def start(self):
        """On what is in the folder, as after a power-on."""
        for left in (self.socket, Path(f"{self.socket}.ctrl")):
            left.unlink(missing_ok=True)
        with open(self.site.folder / f"{self.name}.log", "ab") as log:
            # SIGXFSZ stays ignored, as Python leaves it: fill() then makes writes fail instead of ending the process.
            self.process = subprocess.Popen(
                [*self.under, "swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}", "--server", f"type=unixio,path={self.socket}",
                 "--ctrl", f"type=unixio,path={self.socket}.ctrl", "--flags", "not-need-init,startup-clear"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_parent, restore_signals=False)
        self.site.processes.append(self.process)
        wait_for(self._listens, name=f"{self.name} listens")

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"swtpm ended with {self.process.returncode}:\n{self.site.log(self.name)[-2000:]}")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def kill(self):
        """The power goes."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.thaw()
        self.process.terminate()
        self.process.wait(10)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        self.kill()
        self.start()

    def empty(self):
        """Another TPM in its place: a new EK, a new SRK, nothing persistent."""
        self.kill()
        shutil.rmtree(self.state)
        self.state.mkdir()
        self.start()

    def copy(self, name: str) -> Path:
        """What it remembers now, for put_back(). Between two commands it is all in the folder."""
        copy = self.folder / name
        shutil.copytree(self.state, copy)
        return copy

    def put_back(self, copy: Path):
        """An older state, as only an emulator can be given one."""
        self.kill()
        shutil.rmtree(self.state)
        shutil.copytree(copy, self.state)
        self.start()

    def fill(self):
        """No room for its state: the next write to NV fails, and puts it into failure mode until it is restarted."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self):
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def tool(self, *command, check=True) -> subprocess.CompletedProcess:
        """One of tpm2-tools: tool("clear"), tool("changeauth", "-c", "owner", "secret")."""
        return subprocess.run([*self.under, f"tpm2_{command[0]}", *command[1:]], env=dict(os.environ, TPM2TOOLS_TCTI=self.tcti), check=check,
                              capture_output=True, text=True, timeout=60)


class SlowTpm:
    """slow_tpm.py before a TPM: counts its commands, takes a chip's time for them, and fails on request."""

    def __init__(self, site: Site, tpm: Swtpm, profile: str = "none"):
        self.socket = tpm.folder / "slow"
        command = [*tpm.under, "python3", str(REPOSITORY / "tests/site/slow_tpm.py"), "--listen", str(self.socket), "--tpm", str(tpm.socket),
                   "--profile", profile]
        with open(site.folder / f"{tpm.name}-slow.log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_parent)
        site.processes.append(self.process)
        wait_for(lambda: Path(f"{self.socket}.ask").exists(), name="the slow TPM listens")

    @property
    def tcti(self) -> str:
        return f"swtpm:path={self.socket}"

    def ask(self, what: str, **more) -> dict:
        with socket.socket(socket.AF_UNIX) as line, line.makefile("rw") as text:
            line.connect(f"{self.socket}.ask")
            text.write(json.dumps({"do": what, **more}) + "\n")
            text.flush()
            answer = json.loads(text.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def counts(self) -> dict:
        """Commands since the start or the last reset, by name (by number where it has none here)."""
        return self.ask("counts")["commands"]

    @contextlib.contextmanager
    def counting(self):
        """Gives a dictionary that holds, after the block, the commands that were sent in it."""
        before, told = self.counts(), {}
        yield told
        told.update({name: count - before.get(name, 0) for name, count in self.counts().items() if count > before.get(name, 0)})


class TpmLeaf:
    """tpm-leaf with a TPM of its own."""

    def __init__(self, site: Site, name: str):
        self.site, self.tpm = site, Swtpm(site, name)
        told = self.run("--print-identity")[1]
        self.id, self.endorsement_key = told["registrationId"], told["endorsementKey"]

    def run(self, *arguments, timeout=90, tcti=None):
        """Exit status and the line that it printed."""
        done = subprocess.run([self.site.program("tests/leaf/tpm-leaf"), "--tcti", tcti or self.tpm.tcti, *arguments], capture_output=True,
                              text=True, timeout=timeout)
        if done.returncode == 2:
            raise RuntimeError(done.stderr)
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])

    def register(self, way: str, port: int, *more, timeout=90):
        """`way` is "https" or "mqtt". It does not wait between its polls, as a test would only wait with it."""
        return self.run(f"--{way}", f"localhost:{port}", "--ca-file", str(self.site.certificates.ca), "--id-scope", SCOPE, "--hurry", *more,
                        timeout=timeout)

    def enrollment(self, registration_id=None, **more) -> dict:
        return {"registrationId": registration_id or self.id, "provisioningStatus": "enabled", "etag": '"1"',
                "attestation": {"type": "tpm", "tpm": {"endorsementKey": self.endorsement_key}}, **more}
