"""The service is down while a thousand new devices come, and slow to take them when it is back."""

import sqlite3
import unittest

from site_processes import Gateway, Site, StandIn, group, wait_for

GROUP_KEY = "dGhlIGdyb3VwIGtleSBvZiB0aGUgb3V0YWdl"
COUNT = 1000


class OutageTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.records = [group("line", GROUP_KEY)]
        self.standin = StandIn(self.site, self.records)
        self.gateway = Gateway(self.site, self.standin.port, "limits.connections_per_source = 1024\n")
        self.gateway.enroll(self.records)

    def fleet(self, journal: str, *options: str) -> list:
        """Every device once; what each was told."""
        file = self.site.folder / journal
        self.site.leaf(self.gateway.port, "--group-key", GROUP_KEY, "--id-prefix", "new-", "--count", str(COUNT),
                       "--concurrency", "32", "--journal", str(file), *options, timeout=150)
        return [line.split() for line in file.read_text().splitlines()]

    def outbox(self) -> list:
        """The ids of the rows, as another program reads them."""
        with sqlite3.connect(f"file:{next(self.gateway.state.glob('*.db'))}?mode=ro", uri=True) as store:
            return [row[0].lower() for row in store.execute("SELECT id FROM outbox")]

    def test_all_are_accepted_kept_once_and_assigned_when_it_is_back(self):
        self.standin.down()
        for journal in ("first", "again"):
            told = self.fleet(journal, "--direct-only")  # a 202 ends the visit
            self.assertEqual(len({line[1] for line in told if line[0] == "acked"}), COUNT)
        waiting = self.outbox()
        self.assertEqual(len(waiting), COUNT)
        self.assertEqual(len(set(waiting)), COUNT)
        self.standin.ask("POST", "/faults", {"match": {"id": "*", "op": "register"}, "times": 16,
                                             "action": {"status": 429, "retry_after": 1}})
        self.standin.up()
        wait_for(lambda: not self.outbox(), 180, every=0.2, name="an empty outbox")
        results = self.standin.results()
        self.assertEqual(sum(len(told) == 1 for told in results.values()), COUNT)
        told = self.fleet("after")
        self.assertEqual(len({line[1] for line in told if line[0] == "assigned"}), COUNT)


if __name__ == "__main__":
    unittest.main()
