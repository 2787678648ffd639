"""What the engineer looks at: the page of the site, the live view, and the alert rules and dashboard, against the real daemon."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
import unittest
from html.parser import HTMLParser

from line_processes import SerialWire
from openmetrics import read
from site_processes import REPOSITORY, Gateway, Site, StandIn, device_key, individual, wait_for

VOID = {"meta", "link", "input", "br", "hr", "img"}
METRIC = re.compile(r"\bleafgate_[a-z0-9_]+")
IDS = ["press-01", "press-02", "oven-07"]


class Page(HTMLParser):
    """Every tag that is opened is closed, in order; what it would load, and its text, are kept."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.loads, self.words, self.tags = [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            raise ValueError(f"never closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "action", "data", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            raise ValueError(f"</{tag}> closes {self.open[-3:]} at {self.getpos()}")
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


class Watching:
    """`leafgatectl watch` on a terminal of its own, and what it writes there."""

    def __init__(self, site, gateway, *options, columns=80, rows=24, **environment):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", **environment})
            program = site.program("leafgatectl")
            os.execv(program, [program, "--socket", str(gateway.socket), "watch", *options])
        self.resize(columns, rows)
        self.written, self.ended = "", None

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.1):
        until = time.monotonic() + seconds
        while select.select([self.master], [], [], max(0.0, until - time.monotonic()))[0] and time.monotonic() < until:
            try:
                octets = os.read(self.master, 65536)
            except OSError:
                return self.written
            if not octets:
                return self.written
            self.written += octets.decode(errors="replace")
        return self.written

    def shows(self, text):
        return wait_for(lambda: text in self.read(0.05), 20, name=f"the view shows {text!r}")

    def local_flags(self):
        return termios.tcgetattr(self.master)[3]

    def wait(self):
        def gone():
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.ended = os.waitstatus_to_exitcode(status) if pid else None
            return pid
        if self.ended is None:
            wait_for(gone, 10, name="watch ends")
        return self.ended

    def close(self):
        if self.ended is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.standin = StandIn(cls.site, [individual(i) for i in IDS])
        wire = SerialWire()
        cls.gateway = Gateway(cls.site, cls.standin.port, f"""
            gateway.site = "plant <3>"
            gateway.labels = {{ line = "A & B" }}
            serial = [{{ name = "line1", path = "{wire.gateway}" }}]
            broker.uri = "mqtt://127.0.0.1:1"
            tunnel.server_names = ["service.example"]
        """)
        cls.gateway.enroll([individual(i) for i in IDS])
        for leaf in IDS:
            cls.leaf(leaf)
        cls.leaf(IDS[0], device_key("another's"))
        with socket.create_connection(("127.0.0.1", cls.gateway.port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        cls.gateway.ctl("--because", "<b>moved</b>", "refresh", IDS[1])

    @classmethod
    def leaf(cls, registration_id, key=None):
        return cls.site.leaf(cls.gateway.port, "--registration-id", registration_id, "--key", key or device_key(registration_id),
                             "--timeout", "5")

    def fetch(self, *options, target="/"):
        done = subprocess.run(["curl", "-s", "-i", "--unix-socket", str(self.gateway.socket), *options, f"http://localhost:8080{target}"],
                              capture_output=True, text=True, check=True, timeout=30)
        head, _, body = done.stdout.partition("\n\n")
        return head, body

    def watch(self, *options, **more):
        view = Watching(self.site, self.gateway, *options, **more)
        self.addCleanup(view.close)
        return view

    def test_the_page_is_whole_needs_nothing_and_tells_what_the_status_tells(self):
        head, body = self.fetch()
        self.assertIn("HTTP/1.1 200", head)
        self.assertIn("Content-Type: text/html; charset=utf-8", head)
        self.assertIn("default-src 'none'", head)
        page = Page(body)
        self.assertEqual([load for load in page.loads if not load.startswith("#") and load != "data:,"], [])
        self.assertNotRegex(body, r"https?://")
        status = self.gateway.status()
        offline = status["offline"]
        everybody = offline["wouldBeAnswered"] + offline["wouldNot"]
        self.assertIn(f"{offline['wouldBeAnswered']} of {everybody} leaves would be answered", page.text)
        self.assertIn("plant <3>", page.text)
        self.assertIn("line=A & B", page.text)
        for text in [*IDS, *(mode["consequence"] for mode in status["degraded"]), "wrong-key", "not-tls", "127.0.0.1", "<b>moved</b>",
                     *(where.split(" ")[1] for where in status["listening"]), "line1"]:
            self.assertIn(text, page.text)
        self.assertEqual(page.tags.count("script"), 1)
        self.assertGreaterEqual(page.tags.count("caption"), 5)

    def test_a_page_from_elsewhere_gets_none_of_it(self):
        self.assertIn("421", self.fetch("-H", "Host: rebound.example")[0].splitlines()[0])

    def test_the_file_is_the_page_without_its_asking_again(self):
        file = self.site.folder / "report.html"
        self.assertIn("wrote", self.gateway.ctl("report", str(file)).stdout)
        text = file.read_text()
        Page(text)
        self.assertNotIn("http-equiv=refresh", text)
        self.assertTrue(text.endswith("</html>\n"))
        self.assertEqual(self.gateway.ctl("report", str(self.site.folder / "no/such/folder"), check=False).returncode, 1)
        self.assertIn("<!doctype html>", self.gateway.ctl("report", "-").stdout)

    def test_the_page_tells_of_an_outage(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.gateway.ctl("refresh", IDS[2])
        wait_for(lambda: not self.gateway.status()["service"]["up"], 60, name="the outage is noticed")
        wait_for(lambda: "lasts" in Page(self.fetch()[1]).text, 30, name="the outage is on the page")
        self.assertIn("are answered while the uplink is down", Page(self.fetch()[1]).text)

    def test_every_figure_that_alerts_and_dashboard_name_is_told(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.gateway.ctl("refresh", IDS[2])
        wait_for(lambda: not self.gateway.status()["service"]["up"], 60, name="the outage is noticed")
        told = {name.split("{")[0] for name in read(self.gateway.ctl("metrics").stdout)}
        for file in ("alerts.yaml", "dashboard.json"):
            text = (REPOSITORY / "config" / file).read_text()
            if file.endswith(".json"):
                text = json.dumps([target["expr"] for panel in json.loads(text)["panels"] for target in panel.get("targets", [])])
            else:
                text = "\n".join(line for line in text.splitlines() if line.strip().startswith("expr:"))
            named = set(METRIC.findall(text))
            self.assertGreater(len(named), 8)
            self.assertEqual(named - told, set(), file)

    def test_every_reason_that_alerts_name_is_one(self):
        table = (REPOSITORY / "gateway/model/reason.cpp").read_text()
        text = (REPOSITORY / "config/alerts.yaml").read_text()
        reasons = [code for alternatives in re.findall(r'reason=~?"([^"]+)"', text) for code in alternatives.split("|")]
        self.assertGreater(len(reasons), 10)
        for code in reasons:
            self.assertIn(f'"{code}"', table)
        for rule in re.split(r"\n      - alert: ", text)[1:]:
            for word in ("expr: ", "severity: ", "summary: ", "description: "):
                self.assertIn(word, rule)

    def test_the_view_shows_the_site_follows_the_size_and_ends_with_q(self):
        view = self.watch()
        view.shows("would be answered")
        view.shows("assigned")
        self.assertIn("\x1b[?1049h", view.written)
        self.leaf(IDS[0], device_key("another's"))
        view.shows("wrong-key")
        view.resize(120, 40)
        view.shows("\x1b[40;1H")
        os.write(view.master, b"?")
        view.shows("stop the picture")
        os.write(view.master, b"xq")
        self.assertEqual(view.wait(), 0)
        self.assertIn("\x1b[?1049l", view.written)
        self.assertIn("\x1b[?25h", view.written)

    def test_the_terminal_comes_back_however_the_view_ends(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGSEGV):
            view = self.watch()
            view.shows("would be answered")
            self.assertFalse(view.local_flags() & termios.ECHO)
            os.kill(view.pid, number)
            status = view.wait()
            self.assertEqual(status, 0 if number in (signal.SIGINT, signal.SIGTERM) else -number)
            self.assertTrue(view.written.rstrip("\r\n").endswith("\x1b[?1049l"), number)

    def test_the_terminal_comes_back_while_the_view_is_stopped(self):
        view = self.watch()
        view.shows("would be answered")
        os.kill(view.pid, signal.SIGTSTP)
        view.shows("\x1b[?1049l")
        self.assertTrue(wait_for(lambda: view.local_flags() & termios.ECHO, 5, name="the terminal is back"))
        seen = len(view.written)
        os.kill(view.pid, signal.SIGCONT)
        wait_for(lambda: "\x1b[?1049h" in view.read(0.05)[seen:] and "would be" in view.written[seen:], 10, name="the view is back")

    def test_it_draws_at_most_four_times_a_second_and_only_what_changes(self):
        view = self.watch()
        view.shows("would be answered")
        view.read(1)
        seen, began = len(view.written), time.monotonic()
        while time.monotonic() - began < 3:
            view.read(0.2)
        lines = len(re.findall(r"\x1b\[\d+;1H", view.written[seen:]))
        self.assertLess(lines, 3 * 4 * 10)
        self.assertLess(len(view.written) - seen, 12000)

    def test_what_is_no_terminal_to_draw_on_gets_lines(self):
        for options, environment in ((["--plain"], {}), ([], {"TERM": "dumb"})):
            view = self.watch(*options, **environment)
            wait_for(lambda: self.leaf(IDS[1]).returncode == 0 and IDS[1] in view.read(0.2), 20, name="a line")
            self.assertNotIn("\x1b[?1049h", view.written)
        view = self.watch(NO_COLOR="1")
        view.shows("would be answered")
        self.assertNotRegex(view.written, r"\x1b\[3[0-9]m")
        view = self.watch(LC_ALL="C")
        view.shows("would be answered")
        self.assertTrue(view.read(3).isascii())


if __name__ == "__main__":
    unittest.main(verbosity=2)
