"""The service's list of enrollments, taken in by the real daemon from the stand-in: pages, empty pages, changes, deletions, 429,
a cut at every request, a restart in the middle. Afterwards the daemon holds what the service lists, and at no moment half of it."""

import json
import re
import subprocess
import threading
import time
import unittest

from site_processes import Gateway, Site, StandIn, device_key, group, individual, wait_for

GROUP_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="


def old_list():
    return [group("line", GROUP_KEY)] + [individual(f"leaf-{n:03}") for n in range(40)]


def new_list():
    """Another etag for some, some gone, some new."""
    rows = [group("line", GROUP_KEY, etag='"2"')]
    rows += [individual(f"leaf-{n:03}", **({"etag": '"2"'} if n % 7 == 0 else {})) for n in range(8, 40)]
    return rows + [individual(f"new-{n}") for n in range(5)]


def names(records):
    return {(row.get("registrationId") or row["enrollmentGroupId"], row["etag"]) for row in records}


class Watcher:
    """Looks at the visible list all the time, on a thread of its own: it must be one of `whole`."""

    def __init__(self, test, whole):
        self.test, self.stop, self.odd, self.looks = test, threading.Event(), [], 0
        self.whole = [{name for name in one if name[0] != "line"} for one in whole]
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.is_set():
            try:
                seen = self.test.individuals()
            except Exception:  # the daemon is being restarted
                time.sleep(0.05)
                continue
            self.looks += 1
            if seen not in self.whole:
                self.odd.append(seen)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class SyncTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.standin = StandIn(cls.site, old_list(), "--page-size", "10", policy=True)
        file = cls.site.folder / "api"
        file.write_text(cls.standin.connection_string)
        file.chmod(0o600)
        cls.gateway = Gateway(cls.site, cls.standin.port,
                              f'service.api_connection_string_file = "{file}"\nservice.api_operations_per_minute = 1000\nsync.every = "0s"\n')

    def setUp(self):
        self.standin.ask("DELETE", "/faults")
        self.standin.ask("POST", "/settings", {"empty_pages": 0, "page_size": 10})

    def curl(self, path, *more):
        return subprocess.run(["curl", "-s", "--unix-socket", str(self.gateway.socket), *more, f"http://gateway{path}"], check=True,
                              capture_output=True, text=True, timeout=20).stdout

    def individuals(self):
        """One read, so that it is one moment: the list fits into a page."""
        page = json.loads(self.curl("/v1/enrollments?kind=individual&limit=1000"))
        return {(row["id"], row["etag"]) for row in page["enrollments"]}

    def held(self):
        page = json.loads(self.gateway.ctl("--json", "enroll", "list").stdout)
        return {(row["id"], row["etag"]) for row in page["enrollments"]}

    def sync(self):
        return json.loads(self.gateway.ctl("--json", "sync", "status").stdout)

    def asked(self):
        return self.standin.ask("GET", "/stats")["service"]["requests"]

    def list_is(self, records):
        self.standin.ask("PUT", "/enrollments", records)

    def settle(self, seconds=60):
        wait_for(lambda: (lambda s: s["phase"] == "idle" and s["keys"]["left"] == 0 and "trouble" not in s)(self.sync()), seconds, 0.1,
                 "the sync has nothing left to do")

    def take_in(self, records):
        self.list_is(records)
        self.gateway.ctl("sync")
        self.settle()
        self.assertEqual(self.held(), names(records))

    def test_the_list_and_its_keys_are_taken_in_and_leaves_are_known_by_them(self):
        self.take_in(old_list())
        done = self.site.leaf(self.gateway.port, "--registration-id", "leaf-003", "--key", device_key("leaf-003"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        explained = json.loads(self.gateway.ctl("--json", "explain", "leaf-003").stdout)
        self.assertEqual(explained["assignment"]["enrollment"], "individual leaf-003")
        self.assertIn("keys      0 to be asked for", self.gateway.ctl("sync", "status").stdout)
        self.assertNotIn(device_key("leaf-003"), self.site.log("leafgated"))

    def test_empty_pages_and_pages_of_one(self):
        self.standin.ask("POST", "/settings", {"empty_pages": 2, "page_size": 3})
        self.take_in(new_list())
        self.take_in(old_list())

    def test_nothing_is_asked_for_twice(self):
        self.take_in(old_list())
        before = self.asked()
        self.gateway.ctl("sync")
        self.settle()
        after = self.asked()
        self.assertEqual(after.get("individualKeys", 0), before.get("individualKeys", 0))
        self.list_is(new_list())
        self.gateway.ctl("sync")
        self.settle()
        changed = names(new_list()) - names(old_list())
        self.assertEqual(self.asked()["individualKeys"] - after["individualKeys"], len([n for n in changed if n[0] != "line"]))

    def test_a_cut_at_every_request_and_never_half_a_list(self):
        self.take_in(old_list())
        before = sum(self.asked().values())
        self.take_in(new_list())
        requests = sum(self.asked().values()) - before
        self.assertGreater(requests, 10)
        looks = 0
        for number in range(requests):
            target, other = (old_list(), new_list()) if number % 2 == 0 else (new_list(), old_list())
            action = ({"refuse": True}, {"reset_in_answer": True}, {"status": 429, "retry_after": 1}, {"status": 503},
                      {"garbage": True})[number % 5]
            self.standin.ask("DELETE", "/faults")
            self.standin.ask("POST", "/faults", {"match": {"op": "service"}, "after": number, "times": 1, "action": action})
            self.list_is(target)
            with Watcher(self, [names(target), names(other)]) as watcher:
                self.gateway.ctl("sync", check=False)
                self.settle()
            self.assertEqual(watcher.odd, [], f"request {number}: {action}")
            looks += watcher.looks
            self.assertEqual(self.held(), names(target), f"request {number}: {action}")
        self.assertGreater(looks, requests)

    def test_a_second_reading_is_told_as_one(self):
        self.take_in(old_list())
        self.list_is(new_list())
        # The first reading is of 5 pages; the second one comes to a stand behind 2 of its own.
        self.standin.ask("POST", "/faults", {"match": {"op": "service"}, "after": 7, "times": -1, "action": {"status": 503}})
        self.curl("/v1/sync", "-X", "POST")
        wait_for(lambda: self.sync()["failures"] > 0 and "again" in self.sync()["run"], 20, name="it stands in the second reading")
        told = self.sync()
        self.assertEqual((told["run"]["missing"], told["run"]["read"], told["run"]["of"], told["pages"]), (8, 11, 38, 2), told)
        shown = self.gateway.ctl("sync", "status").stdout
        self.assertIn("reads the list of individual enrollments a second time\n", shown)
        self.assertIn("second reading: 11 of 38 read", shown)
        self.assertIn("8 records that are held here were not in the first reading", shown)
        self.standin.ask("DELETE", "/faults")
        self.settle()
        self.assertEqual(self.held(), names(new_list()))

    def went_on(self):
        return self.site.log("leafgated").count("sync with the service's list goes on")

    def test_a_restart_in_the_middle_goes_on(self):
        self.take_in(old_list())
        for number in range(1, 5):
            target, other = (new_list(), old_list()) if number % 2 else (old_list(), new_list())
            self.list_is(target)
            self.standin.ask("POST", "/faults", {"match": {"op": "service"}, "after": number, "times": -1, "action": {"status": 503}})
            with Watcher(self, [names(target), names(other)]) as watcher:
                self.curl("/v1/sync", "-X", "POST")
                wait_for(lambda: self.sync()["failures"] > 0, 20, name="it is cut")
                self.gateway.kill()
                self.standin.ask("DELETE", "/faults")
                before, went_on = self.asked(), self.went_on()
                self.gateway.start()
                wait_for(lambda: self.held() == names(target), 30, name="it goes on")
                self.settle()
            self.assertEqual(watcher.odd, [])
            self.assertEqual(self.went_on(), went_on + 1)
            # Once more than it goes on with: records are gone, and go when a second reading has not had them either.
            self.assertLessEqual(self.asked().get("groups", 0) - before.get("groups", 0), 2)

    def test_what_an_operator_brings_stays_and_what_he_said_of_a_record_too(self):
        self.take_in(old_list())
        mine = [individual("mine"), individual("leaf-001", leafgate={"handout": {"gateway_host_name": "gw.site"}})]
        self.gateway.enroll(mine)
        self.list_is(new_list() + [individual("leaf-001", etag='"9"')])
        self.gateway.ctl("sync")
        self.settle()
        self.assertEqual(self.held(), names(new_list()) | {("leaf-001", '"9"'), ("mine", '"1"')})
        shown = self.gateway.ctl("enroll", "show", "leaf-001").stdout
        self.assertIn("gw.site", shown)
        self.gateway.ctl("enroll", "remove", "mine")

    def test_an_export_can_be_imported_again(self):
        self.take_in(old_list())
        file = self.site.folder / "export.json"
        self.assertIn("exported 41 enrollments", self.gateway.ctl("enroll", "export", str(file)).stdout)
        self.assertNotIn(device_key("leaf-000"), file.read_text())
        self.assertIn("imported 41 enrollments", self.gateway.ctl("enroll", "import", str(file)).stdout)
        self.assertEqual(self.held(), names(old_list()))
        self.take_in(old_list())  # what was carried in is the list's again, and goes with it

    def test_it_says_so_when_the_credential_is_refused(self):
        self.standin.ask("POST", "/faults", {"match": {"op": "service"}, "times": -1, "action": {"status": 401}})
        done = self.gateway.ctl("sync", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("service-list-unreadable", done.stdout)
        self.assertIn("service-list-unreadable", self.gateway.ctl("--json", "status").stdout)
        self.standin.ask("DELETE", "/faults")
        self.gateway.ctl("sync")
        self.settle()
        self.assertIsNone(re.search("service-list-unreadable", self.gateway.ctl("--json", "status").stdout))


if __name__ == "__main__":
    unittest.main(verbosity=2)
