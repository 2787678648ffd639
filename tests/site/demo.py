"""The story that ./demo shows. --node: leaves are Azure's own SDK for Node.js; without it, a small DPS device of ours."""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time

from certificates_test import Factory
from line_processes import LinkLeaf, SerialWire
from site_processes import REPOSITORY, SCOPE, Gateway, Site, StandIn, device_key, individual, openssl, wait_for
from tpm_processes import Swtpm, TpmLeaf

BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
IDS = ["press-01", "press-02", "oven-07", "conveyor-12"]
SERVICE_NAME = "service.example"  # what devices call: global.azure-devices-provisioning.net on a real site


def chapter(text):
    print(f"\n{BOLD}{text}{PLAIN}", flush=True)


def say(text):
    print(textwrap.fill(text, 96, initial_indent="  ", subsequent_indent="  "), flush=True)


def show(command, output):
    print(f"{DIM}  $ {command}{PLAIN}")
    print(textwrap.indent(output.rstrip(), "  "), flush=True)


class Leaves:
    def __init__(self, site, gateway, with_node):
        self.site, self.gateway, self.with_node = site, gateway, with_node

    def name(self):
        return "Azure's device SDK for Node.js" if self.with_node else "a DPS device over MQTT (as the Node.js SDK speaks)"

    def command(self, ids):
        if self.with_node:
            plan = self.site.folder / f"plan-{ids[0]}.json"
            plan.write_text(json.dumps({"host": f"localhost:{self.gateway.port}", "scope": SCOPE, "concurrency": len(ids),
                                        "devices": [{"id": i, "key": device_key(i)} for i in ids]}))
            return ["node", str(REPOSITORY / "tests/interop/sdk_register.js"), str(plan)]
        return [self.site.program("tests/leaf/dps-leaf"), "--host", "localhost", "--port", str(self.gateway.port), "--ca-file",
                str(self.site.certificates.ca), "--id-scope", SCOPE, "--client-family", "node", "--registration-id", ids[0],
                "--key", device_key(ids[0]), "--timeout", "120"]

    def start(self, ids):
        environment = dict(os.environ, NODE_EXTRA_CA_CERTS=str(self.site.certificates.ca))
        process = subprocess.Popen(self.command(ids), env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True)
        self.site.processes.append(process)
        return process

    def results(self, process):
        answer = json.loads(process.communicate(timeout=150)[0].strip().splitlines()[-1])
        if "results" in answer:
            return answer["results"]
        return [{"id": answer["registrationId"], "status": answer.get("status"), "hub": answer.get("assignedHub"),
                 "millis": answer.get("millis", 0), "error": answer.get("error")}]

    def register(self, ids):
        told = []
        for batch in ([ids] if self.with_node else [[i] for i in ids]):
            told += self.results(self.start(batch))
        for r in told:
            where = f"assigned to {r['hub']}" if r.get("status") == "assigned" else f"refused: {r.get('error') or r}"
            say(f"{r['id']:<12} {where}   ({r['millis']:.0f} ms)")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def make_gateway(site, standin, tpm, wire):
    """As if the site's DNS led the service's name to the gateway; leaves with a certificate pass through to it."""
    certificate, key = site.certificates.issue("dps-name", SERVICE_NAME)
    secret = site.folder / "api"
    secret.touch(mode=0o600)
    secret.write_text(standin.connection_string)
    port = free_port()  # a name is dialled at the port it was asked for: so it must be known before
    return Gateway(site, standin.port, f"""
        mqtt.listen = ["127.0.0.1:{port}"]
        tls.extra = [{{ server_name = "{SERVICE_NAME}", certificate = "{certificate}", key = "{key}" }}]
        tunnel.server_names = ["{SERVICE_NAME}"]
        tunnel.sources = ["127.0.0.1"]
        tunnel.dial = {{ "{SERVICE_NAME}:{port}" = "127.0.0.1:{standin.mqtt_port}" }}
        service.api_connection_string_file = "{secret}"
        serial = [{{ name = "line1", path = "{wire.gateway}" }}]
        {f'tpm.tcti = "{tpm.tcti}"' if tpm else 'tpm.mode = "off"'}
    """)


def certificate_story(site, standin, gateway, factory):
    # TLS 1.2 shows the certificate's name to whoever passes it on; with 1.3 the gateway knows it from a leaf's first try, which
    # is closed here. This address passes at once, because leaves with keys live there too.
    pump = ["--tls", "1.2", "--server-name", SERVICE_NAME, "--registration-id", "pump-01", *factory.leaf("pump-01", above=["line-ca"])]
    show("leafgatectl enroll import --group line line-ca.pem",
         gateway.ctl("enroll", "import", "--group", "line", str(factory.folder / "line-ca.pem")).stdout)
    told = json.loads(site.leaf(gateway.port, *pump).stdout.strip().splitlines()[-1])
    say(f"pump-01      assigned to {told['assignedHub']} by the service itself, which saw the leaf's own certificate: "
        "nobody else can show it, so its connection went through the gateway untouched.")
    wait_for(lambda: gateway.devices().get("pump-01", {}).get("status") == "assigned", 30, name="pump-01 is learnt")
    standin.down()
    wait_for(lambda: not gateway.status()["service"]["up"] or not site.leaf(gateway.port, *pump, "--timeout", "2").returncode, 60,
             name="the outage is noticed")
    told = json.loads(site.leaf(gateway.port, *pump).stdout.strip().splitlines()[-1])
    say(f"pump-01      assigned to {told['assignedHub']} by the gateway, while the uplink is cut: what it learnt from the service's "
        "list meanwhile, for the holder of a certificate under the imported CA and nobody else.")
    standin.up()
    wait_for(lambda: gateway.status()["service"]["up"], 60, name="the service is back")


def tpm_story(site, standin, gateway, leaf):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "recovery.key", cwd=site.folder)
    openssl("ec", "-in", "recovery.key", "-pubout", "-out", "recovery.pub", cwd=site.folder)
    show("leafgatectl tpm setup --recovery recovery.pub",
         gateway.ctl("tpm", "setup", "--recovery", str(site.folder / "recovery.pub")).stdout)
    show("leafgatectl tpm status", gateway.ctl("tpm", "status", columns=96).stdout)
    gateway.ctl("enroll", "import", str(save(site, "tpm.json", json.dumps([leaf.enrollment()]))))
    print()
    told = leaf.register("mqtt", gateway.port)[1]
    say(f"{leaf.id[:12]} assigned to {told['assignedHub']}: the service's challenge went through the gateway to the leaf's TPM, and "
        "its answer back. What the service gave it is kept, sealed.")
    standin.down()
    told = leaf.register("mqtt", gateway.port)[1]
    say(f"{leaf.id[:12]} assigned to {told['assignedHub']} while the uplink is cut: this time the gateway challenged its TPM itself.")
    standin.up()
    wait_for(lambda: gateway.status()["service"]["up"], 60, name="the service is back")
    receipt = site.folder / "leaf.receipt"
    key = save(site, "gateway.pem", gateway.ctl("tpm", "identity", "--signing-key").stdout)
    verify = ("verify", str(receipt), "--ak", str(key))
    wait_for(lambda: gateway.ctl("receipt", leaf.id, "--out", str(receipt)) and not gateway.ctl(*verify, check=False).returncode,
             name="the receipt is signed")
    say("The word that was given is in a log that the gateway's TPM signs. It is checked with its public key alone:")
    show(f"leafgatectl receipt {leaf.id[:8]}... --out leaf.receipt; leafgatectl verify leaf.receipt --ak gateway.pem",
         gateway.ctl(*verify).stdout)
    receipt.write_text(receipt.read_text().replace("plant-", "plamt-"))
    say("And somebody changes one letter of it:")
    show("leafgatectl verify leaf.receipt --ak gateway.pem", gateway.ctl(*verify, check=False).stderr)


def line_story(site, standin, gateway, wire, factory):
    """Behind a pair of PTYs, as behind an RS-485 adapter."""
    pin = json.loads(gateway.ctl("--json", "line", "identity").stdout)["pin"]
    show("leafgatectl line identity", gateway.ctl("line", "identity", columns=96).stdout)
    valve = LinkLeaf(site, "valve-03", [*factory.leaf("valve-03", above=["line-ca"]), "--gateway-pin", pin])
    told = valve.register(["--tty", wire.leaves[0]])[1]
    say(f"valve-03     assigned to {told['assignedHub']} by the service, which saw the leaf's own certificate: the gateway opened the "
        "connection, and the leaf signed its handshake, once, over the line. Its key never left it.")
    standin.down()
    told = valve.register(["--tty", wire.leaves[0]])[1]
    say(f"valve-03     assigned to {told['assignedHub']} by the gateway, while the uplink is cut.")
    standin.up()
    wait_for(lambda: gateway.status()["service"]["up"], 60, name="the service is back")
    show("leafgatectl line", gateway.ctl("line", columns=96).stdout)


def save(site, name, text):
    file = site.folder / name
    file.write_text(text)
    return file


def story(site, with_node):
    chapter("1. A site: certificates, the provisioning service (a stand-in), the gateway")
    known, late = IDS[:3], IDS[3]
    records = [individual(i) for i in IDS]
    factory = Factory(site.folder / "factory")
    ca = {"primary": {"certificate": (factory.folder / "line-ca.pem").read_text()}}
    line = {"enrollmentGroupId": "line", "attestation": {"type": "x509", "x509": {"signingCertificates": ca}}}
    tpm, tpm_leaf = (Swtpm(site, "gateway-tpm"), TpmLeaf(site, "tpm-leaf")) if shutil.which("swtpm") else (None, None)
    enrolled = [*records, line, *([tpm_leaf.enrollment()] if tpm_leaf else [])]
    standin = StandIn(site, enrolled, "--hubs", "plant-a.azure-devices.net,plant-b.azure-devices.net", mqtt=True, policy=True)
    wire = SerialWire()
    gateway = make_gateway(site, standin, tpm, wire)
    leaves = Leaves(site, gateway, with_node)
    say(f"The service listens on localhost:{standin.port}, leafgated on localhost:{gateway.port} (MQTT over TLS).")

    chapter("2. The engineer imports the enrollments: who may register here")
    show("leafgatectl enroll import enrollments.json", gateway.enroll(records).stdout)

    chapter(f"3. Three leaves register: {leaves.name()}, unmodified")
    leaves.register(known)
    say("Each was checked at the gateway, stored, forwarded to the service, and told its hub.")

    chapter("4. The uplink is cut")
    standin.down()
    say("A leaf that is known boots again and is answered from the cache:")
    leaves.register(known[:1])
    say(f"A new leaf, {late}, registers. It is accepted and stored, and told to wait:")
    waiting = leaves.start([late])
    wait_for(lambda: gateway.status()["outbox"]["rows"] == 1, 30, name="the new leaf waits")
    wait_for(lambda: not gateway.status()["service"]["up"], 30, name="the gateway has seen the outage")
    show(f"leafgatectl explain {late}", gateway.ctl("explain", late, columns=96).stdout)

    chapter("5. The uplink is back")
    began = time.monotonic()
    standin.up()
    for r in leaves.results(waiting):
        say(f"{r['id']:<12} assigned to {r['hub']}, {time.monotonic() - began:.1f} s after the uplink came back; it never had to be "
            "restarted.")

    chapter("6. A leaf with a certificate: through the tunnel, and in the outage")
    certificate_story(site, standin, gateway, factory)

    chapter("7. A TPM for the gateway, and a leaf that has one")
    if tpm:
        tpm_story(site, standin, gateway, tpm_leaf)
    else:
        say("Left out: swtpm is not installed (apt-get install swtpm).")

    chapter("8. A leaf without IP, on a serial line")
    line_story(site, standin, gateway, wire, factory)

    chapter("9. What the engineer sees")
    show("leafgatectl status", gateway.ctl("status", columns=96).stdout)
    print()
    show("leafgatectl devices", gateway.ctl("devices", columns=96).stdout)
    print()
    wrong = site.leaf(gateway.port, "--registration-id", known[1], "--key", device_key("not its key"))
    say(f"Somebody gives {known[1]} a wrong key. It is refused ({wrong.stdout.strip()[:60]}...), and why is one command away:")
    show(f"leafgatectl explain {known[1]}", gateway.ctl("explain", known[1], columns=96).stdout)
    return standin, gateway


def keep(site, standin, gateway):
    chapter("Everything keeps running. To try:")
    ctl = f"{gateway.site.program('leafgatectl')} --socket {gateway.socket}"
    leaf = f"{gateway.site.program('tests/leaf/dps-leaf')} --host localhost --port {gateway.port} --ca-file {site.certificates.ca} " \
           f"--id-scope {SCOPE} --registration-id {IDS[0]} --key {device_key(IDS[0])}"
    for line in (f"{ctl} status", f"{ctl} explain {IDS[0]}", leaf, f"curl -X POST http://{standin.control}/down",
                 f"curl --unix-socket {gateway.socket} http://gateway/v1/status", f"tail -f {site.folder}/leafgated.log"):
        print(f"  {line}")
    print("\n  Ctrl-C ends it all.", flush=True)
    try:
        for process in (standin.process, gateway.process):
            process.wait()
    except KeyboardInterrupt:
        print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", action="store_true")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    began = time.monotonic()
    with Site() as site:
        standin, gateway = story(site, arguments.node)
        if arguments.keep:
            keep(site, standin, gateway)
        else:
            gateway.stop()
    print(f"\n{BOLD}Done in {time.monotonic() - began:.0f} s; everything was ended and removed.{PLAIN}")


if __name__ == "__main__":
    main()
