"""The site's broker for tests: the real Mosquitto with TLS, where an access list ties a client to its own topics."""

import signal
import socket
import subprocess

from site_processes import Site, wait_for
from tpm_processes import end_with_parent


def free_port() -> int:
    """Mosquitto cannot choose one itself."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Mosquitto:
    """`users` have a password each; "gateway" may speak to all leaves, the others to the gateway alone."""

    def __init__(self, site: Site, users: dict):
        self.site, self.users, self.port = site, users, free_port()
        self.folder = site.folder / "broker"
        self.folder.mkdir()
        certificate, key = site.certificates.gateway
        passwords, acl = self.folder / "passwords", self.folder / "acl"
        for user, password in users.items():
            subprocess.run(["mosquitto_passwd", *([] if passwords.exists() else ["-c"]), "-b", passwords, user, password],
                           check=True, capture_output=True)
            (self.folder / f"{user}.password").write_text(password + "\n")
            (self.folder / f"{user}.password").chmod(0o600)
        acl.write_text("user gateway\ntopic readwrite leafgate/v1/#\n"
                       "pattern write leafgate/v1/%u/up\npattern read leafgate/v1/%u/down\n")
        (self.folder / "mosquitto.conf").write_text(
            f"persistence false\nuser root\nlistener {self.port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n"
            f"allow_anonymous false\npassword_file {passwords}\nacl_file {acl}\n")
        self.process = None
        self.start()

    @property
    def uri(self) -> str:
        return f"mqtts://localhost:{self.port}"

    def start(self):
        with open(self.site.folder / "mosquitto.log", "ab") as log:
            self.process = subprocess.Popen(["mosquitto", "-c", self.folder / "mosquitto.conf"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=end_with_parent)
        self.site.processes.append(self.process)
        wait_for(self._listens, name="mosquitto listens")

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(self.site.log("mosquitto")[-2000:])
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def way(self, user: str) -> list:
        """The options by which leafgate-leaf comes as this user."""
        return ["--broker", self.uri, "--ca-file", str(self.site.certificates.ca), "--username", user,
                "--password-file", str(self.folder / f"{user}.password")]
