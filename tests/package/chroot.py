"""A clean Debian 12 in a folder: made once by debootstrap and kept as a tarball, unpacked for each run. Needs root."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MIRROR = os.environ.get("LEAFGATE_MIRROR")  # else the one debootstrap knows


class Debian:
    """Use as a context manager; the folder goes when the block ends."""

    def __init__(self, cache: Path):
        self.tarball = cache / "debian-12.tar"
        self.folder = Path(tempfile.mkdtemp(prefix="leafgate-debian-"))
        self.root = self.folder / "root"
        self.processes = []

    def __enter__(self):
        if not self.tarball.exists():
            self._make_tarball()
        self.root.mkdir()
        subprocess.run(["tar", "-xpf", self.tarball, "-C", self.root], check=True)
        for name in ("resolv.conf", "hosts"):  # names are looked up as on this machine
            shutil.copy(f"/etc/{name}", self.root / "etc" / name)
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)  # systemd-tmpfiles looks there
        return self

    def __exit__(self, kind, error, trace):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        subprocess.run(["umount", "-l", self.root / "proc"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_tarball(self):
        base = self.folder / "base"
        subprocess.run(["debootstrap", "--variant=minbase", "--include=systemd,ca-certificates,openssl", "bookworm", base,
                        *([MIRROR] if MIRROR else [])], check=True, stdout=subprocess.DEVNULL)
        self.tarball.parent.mkdir(parents=True, exist_ok=True)
        part = self.tarball.with_suffix(".part")
        subprocess.run(["tar", "-cpf", part, "--one-file-system", "-C", base, "."], check=True)
        part.rename(self.tarball)
        shutil.rmtree(base)

    def run(self, *command, check=True, timeout=300) -> subprocess.CompletedProcess:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["chroot", self.root, *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=environment, timeout=timeout)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-3000:]}")
        return done

    def apt(self, *arguments) -> str:
        return self.run("apt-get", "-y", "-q", "--no-install-recommends", *arguments, timeout=600).stdout

    def put(self, file: Path) -> str:
        """Copies a file into its /tmp; gives the path there."""
        shutil.copy(file, self.root / "tmp" / file.name)
        return f"/tmp/{file.name}"

    def start(self, user: str, *command, log: Path, **environment) -> subprocess.Popen:
        """A program as `user`, without a capability, as the unit of a service would have it."""
        with open(log, "ab") as output:
            process = subprocess.Popen(
                ["chroot", self.root, "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs",
                 "--bounding-set=-all", "--inh-caps=-all", *command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, umask=0o077,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment})
        self.processes.append(process)
        return process

    def files(self) -> set:
        """Every path, but for what apt, dpkg and the keepers of passwd write in any case."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            if folder == str(self.root / "proc"):
                folders.clear()
                continue
            found.update(os.path.relpath(os.path.join(folder, name), self.root) for name in folders + names)
        noise = ("var/cache/", "var/lib/apt/", "var/log/", "var/lib/dpkg/", "tmp/", "etc/.pwd.lock", "run/adduser",
                 "run/systemd/")
        backups = {"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-"}
        return {path for path in found if not path.startswith(noise) and path not in backups}
