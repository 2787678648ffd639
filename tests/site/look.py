"""The report and `watch` as pictures, to be looked at: a populated site with an outage in it, drawn by Chromium in light, dark,
on paper and on a telephone, and the terminal view as text in two sizes. No part of the gate: look.py FOLDER writes there.
Needs chromium and tmux."""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from line_processes import SerialWire
from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for

KNOWN = [f"{kind}-{n:02}" for kind in ("press", "oven", "conveyor", "valve", "pump") for n in range(1, 13)]
LATE = ["robot-01", "robot-02", "robot-03"]
VIEWS = {"light": ["--window-size=1280,4200"], "phone": ["--window-size=390,5200"],
         "dark": ["--window-size=1280,4200", "--blink-settings=preferredColorScheme=0"]}


def populated(site):
    records = [individual(i) for i in KNOWN + LATE]
    standin = StandIn(site, records, "--hubs", "plant-a.azure-devices.net,plant-b.azure-devices.net")
    wire = SerialWire()
    gateway = Gateway(site, standin.port, f"""
        gateway.name = "gw12"
        gateway.site = "plant-3"
        gateway.labels = {{ line = "A", cabinet = "7" }}
        https.listen = ["127.0.0.1:0"]
        serial = [{{ name = "line1", path = "{wire.gateway}" }}]
    """)
    gateway.wire = wire
    gateway.enroll(records)
    with ThreadPoolExecutor(16) as many:
        list(many.map(lambda leaf: site.leaf(gateway.port, "--registration-id", leaf, "--key", device_key(leaf)), KNOWN))
    site.leaf(gateway.port, "--registration-id", KNOWN[3], "--key", device_key("another's"), "--timeout", "5")
    site.leaf(gateway.port, "--registration-id", "nobody-01", "--key", device_key("nobody-01"), "--timeout", "5")
    with socket.create_connection(("127.0.0.1", gateway.port)) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
    expected = Path(site.folder) / "expected.csv"
    rows = [f"{leaf},{leaf.replace('-', ' ').capitalize()},{'line1' if n % 20 == 7 else '127.0.0.1'},A,"
            for n, leaf in enumerate(KNOWN[:48] + LATE)] + ["lathe-01,Lathe 1,192.0.2.17,B,behind the door"]
    expected.write_text("registrationId,label,place,line,note\n" + "\n".join(rows) + "\n")
    gateway.ctl("expect", "import", str(expected))
    gateway.ctl("--because", "hub moved <script>alert(1)</script>", "refresh", KNOWN[0])
    return standin, gateway


def traffic(site, gateway, over):
    """Leaves that come back now and then, until `over`."""
    chance = random.Random(7)
    while not over.is_set():
        leaf = chance.choice(KNOWN)
        key = device_key(leaf) if chance.random() < 0.9 else device_key("wrong")
        site.leaf(gateway.port, "--registration-id", leaf, "--key", key, "--timeout", "4")


def outage(site, standin, gateway):
    standin.down()
    with ThreadPoolExecutor(len(LATE)) as many:
        list(many.map(lambda leaf: site.leaf(gateway.port, "--registration-id", leaf, "--key", device_key(leaf), "--timeout", "3"), LATE))
    wait_for(lambda: not gateway.status()["service"]["up"], 60, name="the outage is noticed")


def chromium(*arguments):
    program = shutil.which("chromium") or sys.exit("look.py needs chromium")
    subprocess.run([program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *arguments], check=True,
                   capture_output=True, timeout=120)


def draw_report(page, folder, name):
    for view, options in VIEWS.items():
        chromium(*options, f"--screenshot={folder / f'{name}-{view}.png'}", page.as_uri())
    chromium(f"--print-to-pdf={folder / f'{name}.pdf'}", "--no-pdf-header-footer", page.as_uri())


class Terminal:
    """`watch` in a tmux of its own."""

    def __init__(self, site, gateway, columns, rows, *options, locale="C.UTF-8"):
        self.tmux = ["tmux", "-L", f"look-{os.getpid()}-{columns}", "-f", "/dev/null"]
        command = f"{site.program('leafgatectl')} --socket {gateway.socket} watch {' '.join(options)}"
        subprocess.run([*self.tmux, "new-session", "-d", "-x", str(columns), "-y", str(rows), f"LC_ALL={locale} {command}"], check=True)

    def keys(self, *keys):
        subprocess.run([*self.tmux, "send-keys", *keys], check=True)

    def text(self):
        return subprocess.run([*self.tmux, "capture-pane", "-p"], check=True, capture_output=True, text=True).stdout

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True)


def draw_watch(site, standin, gateway, folder):
    over = threading.Event()
    leaves = threading.Thread(target=traffic, args=(site, gateway, over))
    leaves.start()
    terminals = {"80x24": Terminal(site, gateway, 80, 24), "120x40": Terminal(site, gateway, 120, 40)}
    try:
        for seconds, moment in ((25, "up"), (12, "down")):
            if moment == "down":
                outage(site, standin, gateway)
            until = time.monotonic() + seconds
            wait_for(lambda: time.monotonic() > until, seconds + 5)
            for name, terminal in terminals.items():
                (folder / f"watch-{name}-{moment}.txt").write_text(terminal.text())
    finally:
        over.set()
        leaves.join()
        for terminal in terminals.values():
            terminal.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the site running until Ctrl-C")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with Site() as site:
        standin, gateway = populated(site)
        draw_watch(site, standin, gateway, arguments.folder)
        page = arguments.folder / "report.html"
        gateway.ctl("report", str(page))
        draw_report(page, arguments.folder, "down")
        standin.up()
        wait_for(lambda: gateway.status()["service"]["up"], 60, name="the service is back")
        wait_for(lambda: gateway.status()["outbox"]["rows"] == 0, 60, name="nothing waits")
        time.sleep(11)  # a sample of the history lies in between
        gateway.ctl("report", str(page))
        draw_report(page, arguments.folder, "up")
        print(json.dumps(sorted(file.name for file in arguments.folder.iterdir()), indent=1))
        if arguments.keep:
            print(f"leafgatectl --socket {gateway.socket} watch")
            try:
                gateway.process.wait()
            except KeyboardInterrupt:
                pass


if __name__ == "__main__":
    main()
