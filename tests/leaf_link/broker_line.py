"""The gateway's end of the site's broker: a Mosquitto of its own, and mosquitto_sub and mosquitto_pub for the topics."""

import ctypes
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "site"))
from site_processes import wait_for  # noqa: E402


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Mosquitto:
    """Two listeners: TLS with user name and password, where an access list ties a client to its own topics, and one
    without either for the gateway's end. `certificates` is a site_processes.Certificates."""

    def __init__(self, folder: Path, certificates, users: dict):
        self.folder, self.users = folder, users
        self.tls, self.plain = free_port(), free_port()
        certificate, key = certificates.gateway
        passwords, acl = folder / "passwords", folder / "acl"
        for user, password in users.items():
            subprocess.run(["mosquitto_passwd", *([] if passwords.exists() else ["-c"]), "-b", passwords, user, password],
                           check=True, capture_output=True)
        acl.write_text("pattern write leafgate/v1/%c/up\npattern read leafgate/v1/%c/down\n")
        (folder / "mosquitto.conf").write_text(
            "per_listener_settings true\npersistence false\nuser root\n"
            f"listener {self.tls} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\npassword_file {passwords}\nacl_file {acl}\n"
            f"listener {self.plain} 127.0.0.1\nallow_anonymous true\n")
        self.process = None
        self.start()

    def start(self):
        with open(self.folder / "mosquitto.log", "ab") as log:
            self.process = subprocess.Popen(["mosquitto", "-c", self.folder / "mosquitto.conf"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=end_with_parent)
        wait_for(self.listens, name="mosquitto listens")

    def listens(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "mosquitto.log").read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.plain)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait()


class BrokerLine:
    """`gateway` hears what leaves publish. Messages go down in the order in which they were given."""

    def __init__(self, broker: Mosquitto, gateway):
        self.broker, self.gateway, self.failure = broker, gateway, None
        self.ears = subprocess.Popen(["stdbuf", "-oL", "mosquitto_sub", "-p", str(broker.plain), "-q", "1", "-d", "-t", "leafgate/v1/+/up",
                                      "-F", "message %t %x"], stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        for line in self.ears.stdout:
            if "SUBACK" in line:
                break
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            for line in self.ears.stdout:
                if line.startswith("message "):
                    _, topic, octets = line.split()
                    for reply in self.gateway.hear(bytes.fromhex(octets)):
                        self.publish(topic[:-len("up")] + "down", reply)
        except Exception as failure:  # told by close(), in the thread of the test
            self.failure = failure

    def publish(self, topic: str, octets: bytes, *options: str):
        subprocess.run(["mosquitto_pub", "-p", str(self.broker.plain), "-q", "1", "-t", topic, "-s" if octets else "-n", *options],
                       input=octets, check=True)

    def close(self):
        self.ears.terminate()
        self.thread.join()
        self.ears.stdout.close()
        self.ears.wait()
        if self.failure:
            raise self.failure
