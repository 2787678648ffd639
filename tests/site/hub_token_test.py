"""A program on the box speaks for a leaf at its hub: the token, who gets one, and the Mosquitto bridge of config/examples."""

import base64
import hashlib
import hmac
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.parse
from pathlib import Path

from site_processes import REPOSITORY, Gateway, Site, StandIn, device_key, individual, wait_for

EXAMPLES = REPOSITORY / "config/examples"
HUB = "hub.site.example"
BRIDGE_USER, STRANGER = "nobody", "daemon"  # of every Debian


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def signed_until(token: str, hub: str, device: str, key: str) -> int:
    """When a token ends, checked as a hub does: computed here, by nothing of the gateway."""
    kind, fields = token.split(" ", 1)
    fields = dict(field.split("=", 1) for field in fields.split("&"))
    if kind != "SharedAccessSignature" or set(fields) != {"sr", "sig", "se"}:
        raise AssertionError("not the token of a device")
    mac = hmac.new(base64.b64decode(key), f"{fields['sr']}\n{fields['se']}".encode(), hashlib.sha256).digest()
    if urllib.parse.unquote(fields["sig"]) != base64.b64encode(mac).decode():
        raise AssertionError("not signed by the key of the device")
    if urllib.parse.unquote(fields["sr"]) != f"{hub}/devices/{device}":
        raise AssertionError(f"for something else: {fields['sr']}")
    return int(fields["se"])


class HubTokenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        bridged = {"iotHubHostName": HUB, "leafgate": {"bridge": True}}
        cls.records = [individual("press-01", deviceId="Press-01", **bridged), individual("press-02", **bridged),
                       individual("press-03")]
        cls.standin = StandIn(cls.site, [{k: v for k, v in record.items() if k != "leafgate"} for record in cls.records])
        cls.gateway = Gateway(cls.site, cls.standin.port, f'bridge.users = ["{BRIDGE_USER}"]')
        cls.gateway.enroll(cls.records)
        for record in cls.records:
            name = record["registrationId"]
            done = cls.site.leaf(cls.gateway.port, "--registration-id", name, "--key", device_key(name))
            if done.returncode != 0:
                raise RuntimeError(done.stdout + done.stderr)

    def test_a_token_is_for_one_device_and_an_hour_at_most(self):
        asked = self.gateway.ctl("--json", "--because", "the line's broker", "hub-token", "press-02", "--for", "3d")
        answer = json.loads(asked.stdout)
        self.assertEqual(answer["username"], f"{answer['hub']}/{answer['deviceId']}/?api-version=2021-04-12")
        end = signed_until(answer["token"], answer["hub"], answer["deviceId"], device_key("press-02"))
        self.assertAlmostEqual(end, time.time() + 3600, delta=60)
        again = self.gateway.ctl("hub-token", "press-02", check=False)
        self.assertEqual((again.returncode, again.stdout), (1, ""))
        self.assertIn("too often", again.stderr)
        entry = json.loads(self.gateway.ctl("--json", "audit").stdout)["entries"][-1]
        self.assertEqual((entry["what"], entry["object"], entry["outcome"], entry["because"]),
                         ("hub-token", "press-02", "done", "the line's broker"))
        self.assertNotIn("SharedAccessSignature", self.site.log("leafgated"))
        self.assertIn("leafgate.bridge = true", self.gateway.ctl("hub-token", "press-03", check=False).stderr)

    @unittest.skipIf(os.geteuid() != 0, "only root becomes somebody else")
    def test_who_is_named_may_ask_and_nothing_more(self):
        os.chmod(self.site.folder, 0o755)
        os.chmod(self.gateway.folder, 0o755)
        os.chmod(self.gateway.socket, 0o666)
        path = str(self.gateway.socket)

        def status(user, method, target, *more):
            who = pwd.getpwnam(user)
            done = subprocess.run(["curl", "-s", "-i", "--unix-socket", path, "-X", method, *more, f"http://gateway{target}"],
                                  capture_output=True, text=True, timeout=30, user=who.pw_uid, group=who.pw_gid, extra_groups=[])
            return int(done.stdout.split()[1]), done.stdout

        target = "/v1/registrations/press-03/hub-token"
        self.assertEqual(status(STRANGER, "POST", target)[0], 403)
        self.assertEqual(status(BRIDGE_USER, "POST", target, "-H", "Origin: http://localhost")[0], 403)
        self.assertEqual(status(BRIDGE_USER, "DELETE", "/v1/registrations/press-03")[0], 403)
        code, text = status(BRIDGE_USER, "POST", target)
        self.assertIn("leafgate.bridge = true", text, "asked, and told why")
        code, text = status(BRIDGE_USER, "POST", target)
        self.assertEqual(code, 429)
        self.assertRegex(text, r"(?i)retry-after: ([1-9]|10)\n")

    def test_a_user_that_is_none_keeps_the_daemon_from_nothing(self):
        with Site() as other:
            gateway = Gateway(other, self.standin.port, 'bridge.users = ["root", "no-such-user"]')
            modes = {mode["reason"]["code"]: mode["consequence"] for mode in gateway.status()["degraded"]}
            self.assertIn('this system has no user "no-such-user"', modes["accounts-unknown"])

    def test_the_bridge_of_the_examples_carries_what_a_leaf_says(self):
        """Its Mosquitto 2.0 between two others: the site's broker, and one that stands for the hub."""
        folder = self.site.folder / "bridge"
        folder.mkdir(mode=0o700)
        tools = self.site.folder / "tools"
        tools.mkdir()
        ctl = tools / "leafgatectl"
        # Nobody here resolves the name of the hub: that is all that is changed.
        ctl.write_text(f'#!/bin/sh\nanswer=$({self.site.program("leafgatectl")} --socket {self.gateway.socket} "$@") || exit\n'
                       f"""printf '%s\\n' "$answer" | sed 's/"hub": "{HUB}"/"hub": "localhost"/'\n""")
        ctl.chmod(0o755)
        site_port, hub_port = free_port(), free_port()
        certificate, key = self.site.certificates.issue("hub", HUB)
        hub_tls = f"cafile {self.site.certificates.ca}\ncertfile {certificate}\nkeyfile {key}\n"
        for name, port, more in (("site-broker", site_port, ""), ("hub", hub_port, hub_tls)):
            conf = self.site.folder / f"{name}.conf"
            conf.write_text(f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\n{more}")
            self.site.start(name, [shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), "-v", "-c", str(conf)])
        text = (EXAMPLES / "hub-bridge.conf").read_text()
        for shown, here in (("/run/hub-bridge/socket", folder / "socket"), ("/var/lib/hub-bridge/", f"{folder}/"),
                            ("127.0.0.1:1883", f"127.0.0.1:{site_port}"), ("devices/press-01/", "devices/Press-01/"),
                            ("bridge_capath /etc/ssl/certs", f"bridge_cafile {self.site.certificates.ca}")):
            self.assertIn(shown, text)
            text = text.replace(shown, str(here))
        conf = self.site.folder / "hub-bridge.conf"
        conf.write_text("user root\n" + text)
        environment = {**os.environ, "PATH": f"{tools}:/usr/sbin:{os.environ['PATH']}", "RUNTIME_DIRECTORY": str(folder),
                       "HUB_PORT": str(hub_port)}
        with open(self.site.folder / "bridge.log", "ab") as log:
            bridge = subprocess.Popen([str(EXAMPLES / "hub-bridge.sh"), "press-01", str(conf)], env=environment, stdout=log,
                                      stderr=log)
        self.site.processes.append(bridge)
        seen = f"as Press-01 (p2, c0, k60, u'{HUB}/Press-01/?api-version=2021-04-12')"
        wait_for(lambda: seen in self.site.log("hub"), 30, name="the hub is reached")

        def password():
            lines = (folder / "bridge.conf").read_text().splitlines()
            return next(line.split(" ", 1)[1] for line in reversed(lines) if line.startswith("remote_password "))

        first = signed_until(password(), HUB, "Press-01", device_key("press-01"))

        def publish(port, topic, message, *more):
            subprocess.run(["mosquitto_pub", "-h", "localhost" if more else "127.0.0.1", "-p", str(port), "-q", "1", "-t", topic,
                            "-m", message, *more], check=True, timeout=20)

        def heard(name, topic):
            return lambda: f"'{topic}'" in self.site.log(name)

        publish(site_port, "plant/press-01/telemetry", "21.5")
        wait_for(heard("hub", "devices/Press-01/messages/events/"), 20, name="telemetry at the hub")
        publish(hub_port, "devices/Press-01/messages/devicebound/x", "stop", "--cafile", str(self.site.certificates.ca))
        wait_for(heard("site-broker", "plant/press-01/commands/x"), 20, name="a command at the site")

        # As when its time is over: the next one starts with the next token.
        time.sleep(max(0.0, 11 - (time.time() - (first - 3600))))
        for child in Path(f"/proc/{bridge.pid}/task/{bridge.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
        wait_for(lambda: self.site.log("hub").count(seen) >= 2, 30, name="the hub is reached again")
        self.assertGreater(signed_until(password(), HUB, "Press-01", device_key("press-01")), first)
        bridge.terminate()
        self.assertEqual(bridge.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
