"""`kill -9` at random moments under load: no acknowledged registration may be missing, and the service may never have
given one device two different places. Usage: kill_test.py [CYCLES] (200)."""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "site"))
from site_processes import SCOPE, Gateway, Site, StandIn, group, wait_for  # noqa: E402

GROUP_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
HUBS = ["hub-east.azure-devices.net", "hub-west.azure-devices.net", "hub-north.azure-devices.net"]


def start_fleet(site, port, prefix, journal, *more):
    with open(site.folder / "fleet.log", "ab") as log:
        process = subprocess.Popen(
            [site.program("tests/leaf/dps-leaf"), "--host", "localhost", "--port", str(port), "--ca-file",
             str(site.certificates.ca), "--id-scope", SCOPE, "--group-key", GROUP_KEY, "--count", "400", "--id-prefix", prefix,
             "--concurrency", "16", "--journal", str(journal), "--timeout", "5", *more],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    site.processes.append(process)
    return process


def end(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def read_journal(journal):
    acked, assigned = {}, collections.defaultdict(set)
    for line in journal.read_text().splitlines() if journal.exists() else []:
        words = line.split()
        if words[0] == "acked" and len(words) == 3:
            acked[words[1]] = words[2]
        elif words[0] == "assigned" and len(words) >= 4:
            assigned[words[1]].add((words[2], words[3]))
    return acked, assigned


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(os.environ.get("LEAFGATE_SEED", time.time_ns() % 1_000_000))
    dice = random.Random(seed)
    print(f"{cycles} cycles, seed {seed}")
    with Site() as site:
        enrollments = [group("line", GROUP_KEY)]
        standin = StandIn(site, enrollments, "--hubs", ",".join(HUBS), "--retry-after", "2")
        standin.ask("POST", "/faults", {"match": {"op": "any"}, "times": -1, "action": {"latency_ms": 15}})
        gateway = Gateway(site, standin.port)
        gateway.enroll(enrollments)
        journal = site.folder / "journal"
        slowest = 0.0
        for cycle in range(cycles):
            size = journal.stat().st_size if journal.exists() else 0
            fleets = [start_fleet(site, gateway.port, f"k{cycle:03d}-", journal)]
            if cycle >= 8:  # and leaves that are known by now, some of them, come again
                known = f"k{dice.randrange(cycle - 6):03d}-"
                fleets.append(start_fleet(site, gateway.port, known, journal, "--client-family", "node", "--direct-only"))
            wait_for(lambda: journal.exists() and journal.stat().st_size > size, 20, 0.002, "the fleet is at work")
            # The random moment is the test: mostly while registrations are accepted, every fourth time while the
            # service's answers (2 s later) are stored.
            time.sleep(dice.uniform(1.9, 2.6) if cycle % 4 == 3 else dice.uniform(0, 0.4))
            gateway.kill()
            for fleet in fleets:
                end(fleet)
            began = time.monotonic()
            gateway.start()
            slowest = max(slowest, time.monotonic() - began)
            if (cycle + 1) % 20 == 0:
                acked, assigned = read_journal(journal)
                print(f"cycle {cycle + 1}: {len(acked)} acknowledged, {len(assigned)} assigned", flush=True)
        wait_for(lambda: gateway.status()["outbox"]["rows"] == 0, 300, 0.5, "the outbox is empty")

        acked, assigned = read_journal(journal)
        held, given = gateway.devices(), standin.results()
        missing = [i for i in acked if held.get(i, {}).get("status") != "assigned"]
        unheard = [i for i in acked if i not in given]
        twice = [i for i, results in given.items() if len(results) > 1]
        differing = [i for i, row in held.items()
                     if row["status"] == "assigned" and given.get(i) != {(row["assignedHub"], row["deviceId"])}]
        told_wrong = [i for i, results in assigned.items() if results != given.get(i)]
        print(f"{len(acked)} acknowledged, {len(assigned)} told their hub; slowest start after a kill {slowest:.2f} s")
        print(f"missing {len(missing)}, never heard upstream {len(unheard)}, assigned twice {len(twice)}, "
              f"held otherwise than given {len(differing)}, told otherwise {len(told_wrong)}")
        if not acked or not assigned:
            sys.exit("the load never reached the gateway: this run shows nothing")
        if missing or unheard or twice or differing or told_wrong:
            sys.exit(f"LOST: {(missing + unheard + twice + differing + told_wrong)[:10]}")
        if gateway.stop() != 0:
            sys.exit("the gateway did not stop cleanly")


if __name__ == "__main__":
    main()
