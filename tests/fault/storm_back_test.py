"""Ten thousand new devices come while the service is down. When it is back it takes 1,000 registrations a minute and not one
more, here with a minute of one second: ten times a thousand takes ten of its minutes, however fast the rest is. In the middle
the gateway is killed. Some of the devices stay and poll through all of it.
Usage: storm_back_test.py [DEVICES] (10000)."""

import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
from site_processes import SCOPE, Gateway, Site, StandIn, group, wait_for  # noqa: E402

GROUP_KEY = "dGhlIGdyb3VwIGtleSBvZiB0aGUgc3Rvcm0="
QUOTA = 1000
STAY = 300
BURST = 100  # what the pace of 60,000 lets go at once, to make up for a timer that fires late


def fleet(site, port, prefix, count, journal, *more):
    with open(site.folder / "fleet.log", "ab") as log:
        process = subprocess.Popen(
            [site.program("tests/leaf/dps-leaf"), "--host", "localhost", "--port", str(port), "--ca-file",
             str(site.certificates.ca), "--id-scope", SCOPE, "--group-key", GROUP_KEY, "--count", str(count), "--id-prefix",
             prefix, "--journal", str(journal), "--client-family", "mixed", *more],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    site.processes.append(process)
    return process


def journal_ids(journal, word):
    lines = journal.read_text().splitlines() if journal.exists() else []
    return {line.split()[1] for line in lines if line.startswith(word + " ")}


def expect(fine, what):
    if not fine:
        raise AssertionError(what)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with Site() as site:
        records = [group("line", GROUP_KEY)]
        standin = StandIn(site, records, "--quota", str(QUOTA), "--quota-window", "1", "--retry-after", "2")
        standin.down()
        # A port that stays: who polls through the restart has to find the gateway again.
        gateway = Gateway(site, standin.port, "limits.connections_per_source = 4096\n")
        gateway.enroll(records)
        port = gateway.port
        gateway.configuration.write_text(gateway.configuration.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}", 1))
        began = time.monotonic()
        gone, stay = site.folder / "gone", site.folder / "stay"
        expect(fleet(site, port, "gone-", count - STAY, gone, "--direct-only", "--concurrency", "64", "--timeout",
                     "60").wait(400) == 0, "some were not accepted")
        expect(len(journal_ids(gone, "acked")) == count - STAY, "some were not told to wait")
        waiting = fleet(site, port, "stay-", STAY, stay, "--concurrency", str(STAY), "--timeout", "200", "--retry",
                        "--retry-delay", "300")
        wait_for(lambda: len(journal_ids(stay, "acked")) == STAY, 60, 0.1, "all who stay were told to wait")
        wait_for(lambda: gateway.status()["outbox"]["rows"] == count, 30, 0.1, "all are in the outbox")
        print(f"{count} accepted in {time.monotonic() - began:.1f} s, {STAY} of them stay", flush=True)

        standin.up()
        began = time.monotonic()
        settled = lambda: standin.ask("GET", "/stats")["outcomes"].get("assigned", 0)  # noqa: E731
        wait_for(lambda: settled() > count // 3, 180, 0.05, "a third of them are settled")
        at_kill = settled()
        gateway.kill()
        gateway.start()
        expect(gateway.port == port, "another port")
        wait_for(lambda: gateway.status()["outbox"]["rows"] == 0, 300, 0.2, "an empty outbox")
        took = time.monotonic() - began
        expect(waiting.wait(200) == 0, "some of those who stayed were not assigned")

        stats, results = standin.ask("GET", "/stats"), standin.results()
        quota = stats["quota"]
        print(f"settled in {took:.1f} s, killed after {at_kill}; {json.dumps(quota)}", flush=True)
        held = gateway.devices()
        ids = journal_ids(gone, "acked") | journal_ids(stay, "acked")
        expect(len(ids) == count, "not so many ids")
        expect(all(held[leaf]["status"] == "assigned" for leaf in ids), "not all are assigned here")
        expect(all(results[leaf] == {(held[leaf]["assignedHub"], held[leaf]["deviceId"])} for leaf in ids),
               "somebody was given two places, or is held in another")
        expect(stats["toldDifferently"] == 0, "somebody was told two places")
        expect(quota["worstTaken"] <= QUOTA, "the stand-in took more than its quota")
        expect(quota["worstOffered"] <= QUOTA + BURST, f"offered {quota['worstOffered']} in a minute")
        expect(quota["throttled"] <= 2 * BURST, f"{quota['throttled']} answers 429")
        expect(stats["requests"]["register"] <= count + quota["throttled"] + 1100,
               "more tries than leaves, those out at the kill, and those told 429")
        expect(gateway.stop() == 0, "the gateway did not stop cleanly")


if __name__ == "__main__":
    main()
