#!/usr/bin/env python3
"""A destination that is cut off, dead, stopped or slow, and then back: the source must not notice, and must not lie.

Small objects are written to the source at a steady rate all the time. In each phase the p99 of those writes is compared
with the first one. `NewObject` of GetBucketReplicationProgress says that everything written before that time is at the
destination: each time it is read, every write acknowledged before it is looked for there, with its very content.
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.ledger import Ledger, Truth, UniqueLoad, settle  # noqa: E402
from harness.load import KIB, percentile  # noqa: E402
from harness.proxy import Proxy  # noqa: E402
from harness.region import RegionPair, free_port, scratch  # noqa: E402
from harness.report import milliseconds, run_reported, some  # noqa: E402

BUCKET, REPLICA = "destination-source", "destination-target"
RATE = 150
# p99 of a phase may be this many times the first one's, plus a little, on a machine that does other things as well.
NOISE_FACTOR, NOISE_SECONDS = 1.5, 0.010


def program(options):
    def run(report):
        target_port = free_port()
        proxy = Proxy(target_port)
        pair = RegionPair(scratch("destination"), proxies={"cn-beijing": proxy.url})
        pair.second.port, pair.second.endpoint = target_port, f"http://127.0.0.1:{target_port}"
        pair.first.peers = [("cn-beijing", proxy.url)]
        pair.second.peers = [("cn-hangzhou", pair.first.endpoint)]
        with pair:
            pair.start()
            pair.first.s3().create_bucket(BUCKET)
            pair.second.s3().create_bucket(REPLICA)
            rule = pair.first.oss().add_replication(BUCKET, REPLICA, pair.second.name)
            ledger = Ledger()
            truth = Truth(pair, (BUCKET, REPLICA), rule, ledger)
            p99, resident, failures = {}, {}, []

            def phase(name, prepare, undo=None, seconds=options.seconds):
                prepare()
                load = UniqueLoad(pair.first.s3, [BUCKET], workers=6, rate=RATE, mix={"put": 1}, prefix=name,
                                  sizes=(4 * KIB,), seed=len(p99))
                load.ledger = ledger
                load.start()
                time.sleep(seconds)
                load.stop()
                if undo:
                    undo()
                p99[name] = percentile([s.end - s.start for s in load.samples], 0.99)
                resident[name] = pair.first.resident_bytes()
                failures.extend(load.failures)
                backlog = ledger.oldest()
                report.say(f"{name}: {len(load.samples)} writes, p99 {milliseconds(p99[name])}, median "
                           f"{milliseconds(percentile([s.end - s.start for s in load.samples], 0.5))}, source resident "
                           f"{resident[name] / 2**20:.0f} MiB, oldest not yet seen "
                           f"{time.time() - backlog if backlog else 0:.1f} s")

            def kill():
                # The ledger knows what is there before it goes: everything.
                settle(ledger, pair, REPLICA, 60)
                truth.reachable = False
                pair.second.kill9()

            def restart():
                pair.second.start()
                time.sleep(0.3)

            # What was not seen before the kill is not there after it: the harness reads that from its own record.
            nothing = lambda: None  # noqa: E731
            phase("warm", nothing, seconds=3)
            phase("baseline", nothing)
            phase("link cut", lambda: proxy.set("cut"))
            phase("link back", lambda: proxy.set("pass"))
            phase("link silent", lambda: proxy.set("silent"))
            phase("link slow", lambda: proxy.set("pass", 32 * KIB))
            phase("fast again", lambda: proxy.set("pass"))
            phase("stopped", pair.second.pause, pair.second.resume)
            report.check(not settle(ledger, pair, REPLICA, 90), "caught up before the kill")
            phase("dead", kill)
            report.check(not truth.lies, "NewObject while the destination was dead", some(truth.lies))
            truth.reachable = True
            truth_lies_before = len(truth.lies)
            restart()
            phase("alive", nothing)

            baseline = p99["baseline"]
            for name in ("link cut", "link silent", "link slow", "stopped", "dead"):
                report.check(p99[name] <= baseline * NOISE_FACTOR + NOISE_SECONDS, f"source p99 when {name}",
                             f"{milliseconds(p99[name])}, {milliseconds(baseline)} before")
            report.check(not failures, f"{ledger.count} writes at the source, {len(failures)} failed", some(failures))
            missing = settle(ledger, pair, REPLICA, 120)
            report.check(not missing, "nothing lost: every write is at the destination, with its content", some(missing))
            time.sleep(0.5)
            truth.stop()
            report.check(len(truth.lies) == truth_lies_before and not truth.lies,
                         f"NewObject was never ahead of the truth, read {truth.reads} times", some(truth.lies))
            report.check(truth.reads > 50, "NewObject could be read all the time", f"{truth.reads} times; {some(truth.errors)}")
            report.check(not truth.errors, "NewObject never went back, and every read was answered", some(truth.errors))
            growth = (resident["alive"] - resident["baseline"]) / 2**20
            report.check(growth < 200, "the source's memory", f"{growth:+.0f} MiB over the whole run")
        proxy.stop()
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="of each phase")
    run_reported(program(parser.parse_args()))
