"""Leaves that only the service knows: relayed live, learnt, and without the service still unknown."""

import json
import sqlite3
import unittest

from site_processes import Gateway, Site, StandIn, device_key, individual, wait_for


class RelayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.addClassCleanup(cls.site.close)
        cls.standin = StandIn(cls.site, [individual(f"leaf-{n}") for n in range(6)])
        cls.gateway = Gateway(cls.site, cls.standin.port)

    def leaf(self, registration_id, *more, key=None, patience=20):
        done = self.site.leaf(self.gateway.port, "--registration-id", registration_id, "--key", key or device_key(registration_id),
                              "--timeout", str(patience), *more)
        return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}

    def test_the_service_decides_for_every_family(self):
        for n, family in enumerate(["node", "python", "c"]):
            told = self.leaf(f"leaf-{n}", "--client-family", family)
            self.assertEqual(told["status"], "assigned", told)
            self.assertEqual(self.gateway.devices()[f"leaf-{n}"]["assignedHub"], told["assignedHub"])
        self.assertEqual(self.gateway.status()["enrollments"], 0)
        self.assertEqual(self.gateway.status()["offline"]["wouldBeAnswered"], 0, "a hub without a key is no answer")

    def test_the_services_no_is_told_and_nothing_is_written(self):
        rows = self.stored()
        self.assertEqual(self.leaf("leaf-3", key=device_key("another"))["httpStatus"], 401)
        self.assertEqual(self.leaf("nobody")["httpStatus"], 404)
        self.assertEqual(self.stored(), rows)

    def test_without_the_service_it_is_still_unknown(self):
        self.assertEqual(self.leaf("leaf-4")["status"], "assigned")
        self.standin.down()
        self.addCleanup(self.standin.up)
        for _ in range(2):  # the first finds out
            self.assertNotEqual(self.leaf("leaf-4", patience=8).get("status"), "assigned")
        text = self.gateway.ctl("explain", "leaf-4").stdout
        self.assertIn("unknown-offline", text)
        self.standin.up()
        wait_for(lambda: self.gateway.status()["service"]["up"], 90, name="the service is reached again")
        self.assertEqual(self.leaf("leaf-4")["status"], "assigned")

    def stored(self) -> list:
        file = next(p for p in self.gateway.state.iterdir() if p.suffix in (".db", ".sqlite", ".sqlite3"))
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return database.execute("select * from registration order by 1").fetchall()
        finally:
            database.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
