"""A whole site in a temporary folder: certificates, the stand-in of the service, the gateway. For the demo and for every
test that needs real processes and real sockets. All ports are chosen by the system; nothing outlives close()."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

SCOPE = "0ne00ABCDEF"
POLICY, POLICY_KEY = "provisioningserviceowner", base64.b64encode(b"a key of the service API").decode()
SANITIZER_WORDS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:")
REPOSITORY = Path(__file__).resolve().parents[2]


def derive(group_key: str, registration_id: str) -> str:
    """The device key of a registrationId under a group key, as DPS derives it."""
    mac = hmac.new(base64.b64decode(group_key), registration_id.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def device_key(registration_id: str) -> str:
    """The key of an individually enrolled test device."""
    return base64.b64encode(hashlib.sha256(f"individual {registration_id}".encode()).digest()).decode()


def individual(registration_id: str, **more) -> dict:
    return {"registrationId": registration_id, "provisioningStatus": "enabled", "etag": '"1"',
            "attestation": {"type": "symmetricKey", "symmetricKey": {"primaryKey": device_key(registration_id),
                                                                     "secondaryKey": device_key(registration_id + "/2")}}, **more}


def group(group_id: str, key: str, **more) -> dict:
    return {"enrollmentGroupId": group_id, "provisioningStatus": "enabled", "etag": '"1"',
            "attestation": {"type": "symmetricKey", "symmetricKey": {"primaryKey": key, "secondaryKey": key}}, **more}


def wait_for(what, seconds=20.0, every=0.02, name="condition"):
    """Polls `what` until it gives something true. The one place where a test waits for another process."""
    deadline = time.monotonic() + seconds
    while True:
        result = what()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name}: not within {seconds:.0f} s")
        time.sleep(every)


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


class Certificates:
    """A site CA, a certificate of the gateway and one of the service, and a CA nobody trusts."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = self._authority("site-ca", "leafgate demo site CA")
        self.other_ca = self._authority("other-ca", "a CA nobody here trusts")
        self.gateway = self.issue("gateway", "gateway.site.example")
        self.service = self.issue("service", "service.example")

    def _authority(self, name, subject):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.pem", "-days", "3650", "-subj", f"/CN={subject}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign", cwd=self.folder)
        return self.folder / f"{name}.pem"

    def issue(self, name, *hosts):
        """A server's certificate for these names, and its key."""
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={hosts[0]}", cwd=self.folder)
        extensions = self.folder / f"{name}.ext"
        names = ",".join(f"DNS:{host}" for host in (*hosts, "localhost"))
        extensions.write_text(f"subjectAltName={names},IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "site-ca.pem", "-CAkey", "site-ca.key", "-CAcreateserial",
                "-days", "825", "-extfile", f"{name}.ext", "-out", f"{name}.pem", cwd=self.folder)
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"


class StandIn:
    """The provisioning service of our own, with its control interface. On request also over MQTT (`mqtt_port`), with hubs
    of these names (`hub_port`), and with a policy that may read the service API (`connection_string`)."""

    def __init__(self, site: "Site", enrollments: list, *options: str, mqtt=False, hubs: list = (), policy=False,
                 listen="127.0.0.1:0"):
        self.site = site
        folder = site.folder / "service"
        folder.mkdir(exist_ok=True)
        self.enrollments = folder / "enrollments.json"
        self.enrollments.write_text(json.dumps(enrollments, indent=1))
        port_file, control_file = folder / "port", folder / "control"
        certificate, key = site.certificates.service
        more = ["--mqtt-listen", "127.0.0.1:0", "--mqtt-port-file", str(folder / "mqtt-port")] if mqtt else []
        more += ["--service-policy", POLICY, "--service-key", POLICY_KEY] if policy else []
        if hubs:
            hub_certificate, hub_key = site.certificates.issue("hub", *hubs)
            more += ["--hub-listen", "127.0.0.1:0", "--hub-port-file", str(folder / "hub-port"), "--hub-certificate",
                     str(hub_certificate), "--hub-key", str(hub_key)]
        self.process = site.start("dps-standin", [
            site.program("tests/standin/dps-standin"), "--listen", listen, "--certificate", str(certificate), "--key",
            str(key), "--id-scope", SCOPE, "--enrollments", str(self.enrollments), "--port-file", str(port_file), "--control",
            "127.0.0.1:0", "--control-file", str(control_file), "--state", str(folder / "state.json"), *more, *options])
        self.port = int(site.wait_file(port_file).split(":")[-1])  # written last
        self.mqtt_port = int(site.wait_file(folder / "mqtt-port")) if mqtt else 0
        self.hub_port = int(site.wait_file(folder / "hub-port")) if hubs else 0
        self.connection_string = (f"HostName=localhost:{self.port};SharedAccessKeyName={POLICY};"
                                  f"SharedAccessKey={POLICY_KEY}") if policy else ""
        self.control = site.wait_file(control_file)
        if ":" not in self.control:
            self.control = f"127.0.0.1:{self.control}"

    def ask(self, method: str, path: str, body=None):
        data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
        request = urllib.request.Request(f"http://{self.control}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.strip().startswith(("{", "[")) else text

    def registrations(self) -> dict:
        """What the service did for each id, by its own account."""
        answer = self.ask("GET", "/registrations")
        return {entry["registrationId"].lower(): entry for entry in answer.get("registrations", [])}

    def results(self) -> dict:
        """The distinct (hub, device id) pairs it ever told each id."""
        return {key: {(r["assignedHub"], r["deviceId"]) for r in entry["results"]}
                for key, entry in self.registrations().items()}

    def down(self):
        self.ask("POST", "/down")

    def up(self):
        self.ask("POST", "/up")


class Gateway:
    """leafgated with a state folder of its own, which outlives restarts."""

    def __init__(self, site: "Site", service_port: int, settings: str = "", under: list = ()):
        self.site, self.under = site, list(under)
        self.folder = site.folder / "gateway"
        self.folder.mkdir(exist_ok=True)
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.socket = self.folder / "status.sock"
        self.configuration = self.folder / "leafgate.toml"
        certificate, key = site.certificates.gateway
        overrides = {line.split("=")[0].strip(): line for line in settings.splitlines() if "=" in line}
        defaults = {
            "gateway.id_scope": f'gateway.id_scope = "{SCOPE}"',
            "gateway.state_dir": f'gateway.state_dir = "{self.state}"',
            "gateway.name": 'gateway.name = "demo-gateway"',
            "tls.certificate": f'tls.certificate = "{certificate}"',
            "tls.key": f'tls.key = "{key}"',
            "mqtt.listen": 'mqtt.listen = ["127.0.0.1:0"]',
            "service.host": 'service.host = "localhost"',
            "service.port": f"service.port = {service_port}",
            "service.ca_file": f'service.ca_file = "{site.certificates.ca}"',
            "service.registrations_per_minute": "service.registrations_per_minute = 60000",
            "status.socket": f'status.socket = "{self.socket}"',
        }
        self.configuration.write_text("\n".join({**defaults, **overrides}.values()) + "\n")
        self.process, self.port = None, 0
        self.start()

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = self.site.start("leafgated", [*self.under, self.site.program("leafgated"), "--config",
                                                     str(self.configuration)])
        self.port = wait_for(self._port, 60, name="the gateway listens")

    def listening(self, what: str) -> int:
        """The port of "mqtt" or "https"."""
        return next(int(place.rsplit(":", 1)[1]) for place in self.status()["listening"] if place.startswith(what + " "))

    def _port(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"leafgated ended with {self.process.returncode}:\n{self.site.log('leafgated')[-3000:]}")
        if not self.socket.exists():
            return None
        answer = self.ctl("--json", "status", check=False)
        if answer.returncode != 0:
            return None
        for place in json.loads(answer.stdout).get("listening", []):
            if place.startswith("mqtt "):
                return int(place.rsplit(":", 1)[1])
        return None

    def ctl(self, *arguments, check=True, columns=None):
        environment = dict(os.environ, **({"COLUMNS": str(columns)} if columns else {}))
        return subprocess.run([self.site.program("leafgatectl"), "--socket", str(self.socket), *arguments], check=check,
                              capture_output=True, text=True, env=environment, timeout=120)

    def status(self) -> dict:
        return json.loads(self.ctl("--json", "status").stdout)

    def devices(self) -> dict:
        """Every leaf it knows, by id, from the pages that leafgatectl prints one after another."""
        text, rows, decoder = self.ctl("--json", "devices").stdout.strip(), {}, json.JSONDecoder()
        while text:
            page, end = decoder.raw_decode(text)
            rows.update({row["registrationId"]: row for row in page["registrations"]})
            text = text[end:].lstrip()
        return rows

    def enroll(self, records: list):
        file = self.folder / "enrollments.json"
        file.write_text(json.dumps(records))
        return self.ctl("enroll", "import", str(file))

    def teach(self, ids, hub="hub-1.azure-devices.net", by=None):
        """What a look at the service tells: an assignment, by a group or by enrollments of their own (`by` is one of them), and
        nothing that earned it. Restarts the gateway."""
        def reference(leaf):
            if by is None:
                return ""
            return f"group {by['enrollmentGroupId']}" if "enrollmentGroupId" in by else f"individual {leaf}"

        if self.stop() != 0:
            raise RuntimeError("leafgated did not stop well")
        with sqlite3.connect(next(self.state.glob("*.db"))) as store:
            powered = store.execute("SELECT powered FROM site").fetchone()[0]
            for leaf in ids:
                state = json.dumps({"registrationId": leaf, "status": "assigned", "assignedHub": hub, "deviceId": leaf})
                store.execute("INSERT OR REPLACE INTO registration(key, id, assigned_hub, device_id, state, etag, credential, "
                              "request_digest, enrollment_id, enrollment_etag, confirmed_at, confirmed_wall, notes) "
                              "VALUES(?, ?, ?, ?, ?, 'e1', '', '', ?, ?, ?, ?, x'0100')",
                              (leaf, leaf, hub, leaf, state, reference(leaf), by["etag"] if by else "", powered,
                               int(time.time() * 1000)))
        store.close()
        self.start()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=20):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def resident_kib(self, field="VmRSS") -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise RuntimeError("no such field")

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Site:
    """Everything together. Use as a context manager: processes end and the folder goes when the block ends."""

    def __init__(self, build: str = None, folder: str = None):
        self.build = Path(build or os.environ.get("LEAFGATE_BUILD") or REPOSITORY / "build/dev")
        self.folder = Path(folder or tempfile.mkdtemp(prefix="leafgate-"))
        self.processes = []
        self.certificates = Certificates(self.folder / "certificates")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            for log in sorted(self.folder.glob("*.log")):
                print(f"--- {log.name}\n" + "".join(log.read_text(errors="replace").splitlines(True)[-40:]))
        self.close()

    def program(self, name: str) -> str:
        """From this build; what it does not make (the peers, under the thread sanitizer) from the daily one."""
        here = self.build / name
        return str(here if here.exists() else REPOSITORY / "build/dev" / name)

    def start(self, name: str, command: list) -> subprocess.Popen:
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @staticmethod
    def wait_file(path: Path) -> str:
        return wait_for(lambda: path.exists() and path.read_text().strip(), name=f"{path.name} written")

    def leaf(self, port: int, *arguments, scope=SCOPE, timeout=60) -> subprocess.CompletedProcess:
        return subprocess.run([self.program("tests/leaf/dps-leaf"), "--host", "localhost", "--port", str(port), "--ca-file",
                               str(self.certificates.ca), "--id-scope", scope, *arguments], capture_output=True, text=True,
                              timeout=timeout)

    def close(self, keep=False):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        reports = [line for log in self.folder.glob("*.log") for line in log.read_text(errors="replace").splitlines()
                   if any(word in line for word in SANITIZER_WORDS)]
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        if reports:
            raise RuntimeError("a sanitizer complained:\n" + "\n".join(reports[:20]))
