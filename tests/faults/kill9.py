#!/usr/bin/env python3
"""Kills a region with SIGKILL in mid-load, many times, and checks the client's own record of acknowledgements each time.

0 lost: whatever was acknowledged is there. 0 torn: it is there whole. 0 resurrected: what was deleted stays deleted.
A request without an answer may have been carried out or not, but what it turned out to be must stay so.
A second region, which is not killed, receives every change by a rule and must end up the same.
"""

import argparse
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.load import Load, check_record  # noqa: E402
from harness.record import Record  # noqa: E402
from harness.region import RegionPair, scratch  # noqa: E402
from harness.report import milliseconds, run_reported, some  # noqa: E402

BUCKETS = ("kill9-plain", "kill9-versioned")


def same_versions(pair, bucket, seconds):
    """Waits until both regions list the same versions; returns what differs at the end."""
    end = time.monotonic() + seconds
    while True:
        here, there = (set(region.s3().list_versions(bucket)) for region in pair.regions)
        if here == there or time.monotonic() > end:
            return here ^ there
        time.sleep(0.3)


def one_round(report, pair, record, number, rng, workers):
    region = pair.first
    load = Load(region.s3, BUCKETS, workers=workers, record=record, seed=number, stop_on_no_answer=True).start()
    time.sleep(rng.uniform(0.8, 2.2))
    killed = time.monotonic()
    region.kill9()
    load.stop()
    before = [f for f in load.failures if f.when < killed]
    start = time.monotonic()
    region.start()
    ready = time.monotonic() - start
    wrong, checked, errors = check_record(region.s3, record)
    bad = {kind: keys for kind, keys in wrong.items() if keys}
    detail = (f"{len(load.samples)} requests answered, {len(load.failures) - len(before)} without an answer, "
              f"ready again in {milliseconds(ready)}, {checked} keys checked")
    if before:
        detail += f"; failed before the kill: {some(before)}"
    if load.wrong:
        detail += f"; wrong before the kill: {some(load.wrong)}"
    if errors:
        detail += f"; cannot be read: {some(errors)}"
    for kind, keys in bad.items():
        detail += f"; {len(keys)} {kind}: {some(keys)}"
    report.check(not (bad or before or errors or load.wrong), f"round {number}", detail)
    return {kind: len(keys) for kind, keys in wrong.items()}, len(load.samples), ready


def program(options):
    def run(report):
        record = Record()
        rng = random.Random(options.seed)
        totals = {"lost": 0, "torn": 0, "resurrected": 0}
        requests, ready = 0, []
        with RegionPair(scratch("kill9")) as pair:
            pair.start()
            for region in pair.regions:
                for bucket in BUCKETS:
                    region.s3().create_bucket(bucket)
                region.s3().set_versioning(BUCKETS[1], "Enabled")
            if not options.alone:
                for bucket in BUCKETS:
                    pair.first.oss().add_replication(bucket, bucket, pair.second.name)
            for number in range(1, options.rounds + 1):
                wrong, answered, seconds = one_round(report, pair, record, number, rng, options.workers)
                totals = {kind: totals[kind] + wrong[kind] for kind in totals}
                requests += answered
                ready.append(seconds)
            report.say(f"{options.rounds} rounds, {requests} requests acknowledged, restart at most {milliseconds(max(ready))}")
            report.check(not any(totals.values()), "in all rounds together",
                         ", ".join(f"{count} {kind}" for kind, count in totals.items()))
            if not options.alone:
                for bucket in BUCKETS:
                    differs = same_versions(pair, bucket, 90)
                    report.check(not differs, f"{bucket} is the same in both regions", some(differs))
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="without replication")
    run_reported(program(parser.parse_args()))
