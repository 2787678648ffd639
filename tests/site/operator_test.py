"""The engineer at the cabinet: every verb of leafgatectl, and curl, against the real daemon."""

import json
import signal
import subprocess
import unittest

from site_processes import Gateway, Site, StandIn, derive, device_key, group, individual, wait_for

GROUP_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="


class OperatorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.records = [individual(f"leaf-{n}") for n in range(4)] + [group("line", GROUP_KEY)]
        cls.standin = StandIn(cls.site, cls.records)
        cls.gateway = Gateway(cls.site, cls.standin.port)
        cls.gateway.enroll(cls.records)

    def leaf(self, registration_id, *more):
        return self.site.leaf(self.gateway.port, "--registration-id", registration_id, "--key", device_key(registration_id), *more)

    def json(self, *verb):
        return json.loads(self.gateway.ctl("--json", *verb).stdout)

    def curl(self, *arguments):
        done = subprocess.run(["curl", "-s", "--unix-socket", str(self.gateway.socket), *arguments], capture_output=True, text=True,
                              check=True, timeout=30)
        return json.loads(done.stdout)

    def last_change(self):
        entry = self.json("audit")["entries"][-1]
        return f"{entry['what']} {entry['object']}: {entry['outcome']}, {entry.get('because')}"

    def test_forget_and_refresh_are_done_and_audited(self):
        self.assertEqual(self.leaf("leaf-0").returncode, 0)
        self.gateway.ctl("--because", "hub moved", "refresh", "leaf-0")
        self.assertEqual(self.last_change(), "refresh leaf-0: done, hub moved")
        self.gateway.ctl("--because", "scrapped", "forget", "leaf-0")
        self.assertEqual(self.last_change(), "forget leaf-0: done, scrapped")
        self.assertNotIn("assignment", self.json("explain", "leaf-0"))
        self.assertEqual(self.gateway.ctl("forget", "nobody", check=False).returncode, 1)

    def test_the_queue_is_shown_and_a_leaf_dropped(self):
        self.standin.down()
        self.addCleanup(self.standin.up)
        self.leaf("leaf-1", "--timeout", "3")
        row = wait_for(lambda: self.json("queue")["queue"], 10, name="leaf-1 waits")[0]
        self.assertEqual(row["registrationId"], "leaf-1")
        self.assertIn("leaf-1", self.gateway.ctl("queue", "list").stdout)
        self.gateway.ctl("queue", "drop", "leaf-1")
        self.assertEqual(self.json("queue")["queue"], [])
        self.assertEqual(self.gateway.ctl("queue", "retry", "leaf-1", check=False).returncode, 1)

    def test_derived_keys_go_in_and_an_enrollment_comes_out(self):
        key = self.site.folder / "group.key"
        key.write_text(GROUP_KEY)
        derived = self.gateway.ctl("enroll", "derive", "--key-file", str(key), "Site-1", "Site-2").stdout
        self.assertIn(derive(GROUP_KEY, "Site-1"), derived)
        file = self.site.folder / "derived.json"
        file.write_text(derived)
        self.assertIn("2 enrollments", self.gateway.ctl("enroll", "import", str(file)).stdout)
        self.assertIn("primary key    held", self.gateway.ctl("enroll", "show", "site-1").stdout)
        self.gateway.ctl("enroll", "remove", "site-1")
        self.assertEqual(self.gateway.ctl("enroll", "show", "site-1", check=False).returncode, 1)

    def test_watch_tells_an_attempt_while_it_happens_and_ends_with_ctrl_c(self):
        watch = subprocess.Popen([self.site.program("leafgatectl"), "--socket", str(self.gateway.socket), "watch", "--match", "leaf-2"],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.stdout.close)
        wait_for(lambda: self.leaf("leaf-2").returncode == 0, 20, name="leaf-2")
        line = watch.stdout.readline()
        self.assertIn("leaf-2", line)
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(10), 0)

    def test_a_slip_of_the_fingers_is_named_with_what_was_meant(self):
        for words, code, said in (([], 2, "say what to do"), (["explian", "x"], 2, "is it explain?"), (["dev"], 2, "is it devices?"),
                                  (["deny", "lst"], 2, "is it list?"), (["deny"], 2, "list, import, add, remove or make"),
                                  (["queue", "x"], 2, "there is list, retry or drop"), (["explain"], 2, "leaf is required"),
                                  (["--socket"], 2, "--socket"), (["outbox"], 2, "is it queue?"), (["deny", "add"], 2, "name a"),
                                  (["explain", ""], 2, "is empty"), (["forget", ""], 2, "is empty"),
                                  (["devices", "--state", "gone"], 2, "one of unassigned, assigning"),
                                  (["devices", "--expiring", "soon"], 2, "takes a span"), (["hub-token", "a", "--for", "30"], 2, "a span"),
                                  (["explain", "192.0.2.9"], 1, "no source at 192.0.2.9"), (["explain", "nobody"], 1, "--match PART")):
            told = self.gateway.ctl(*words, check=False)
            self.assertEqual((told.returncode, told.stdout), (code, ""), words)
            self.assertIn(said, told.stderr, words)

    def test_every_help_text_fits_a_terminal(self):
        def verbs_of(words):
            text = self.gateway.ctl(*words, "--help").stdout
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, words)
            listed = text.partition("Subcommands:\n")[2]
            return [[*words, line.split()[0]] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
        unread = [[]]
        seen = 0
        while unread:
            unread += verbs_of(unread.pop())
            seen += 1
        self.assertGreater(seen, 50)

    def test_what_reads_only_answers_and_a_page_changes_nothing(self):
        wanted = self.site.folder / "443.toml"
        wanted.write_text(self.gateway.configuration.read_text().replace("127.0.0.1:0", "127.0.0.1:443", 1))
        self.assertIn("ListenStream=127.0.0.1:443\n", self.gateway.ctl("socket-unit", "--config", str(wanted)).stdout)
        for verb in (["strangers"], ["metrics"], ["socket-unit", "0.0.0.0:443"], ["audit"], ["devices", "--expiring", "60d"]):
            self.assertEqual(self.gateway.ctl(*verb).returncode, 0, verb)
        refused = self.curl("-X", "DELETE", "-H", "Origin: http://gateway", "http://gateway/v1/registrations/leaf-3")
        self.assertEqual(refused["error"]["code"], "refused")
        self.assertIn("queue", self.curl("http://gateway/v1/queue"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
