#!/usr/bin/env python3
"""Two regions a continent apart: 200 ms round trip, 0.1 % loss, 1 Gbit/s; the line is cut one way, the other way, and stalls.

Small objects are written at a steady rate all the time, large ones now and then. Measures how long they take to be at the
destination while the line is well; looks that nothing is lost, and that `NewObject` is never ahead of the truth.
"""

import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.arrivals import Arrivals  # noqa: E402
from harness.ledger import Ledger, Truth, UniqueLoad, settle  # noqa: E402
from harness.line import DistantPair, Line  # noqa: E402
from harness.load import KIB, MIB, percentile  # noqa: E402
from harness.region import scratch  # noqa: E402
from harness.report import milliseconds, run_reported, some  # noqa: E402

BUCKET, REPLICA = "near", "far"
RATE = 100
# Goals are held by bench/run on a quiet machine; here a lag this long says that something waits for a timeout.
LARGE_BYTES = 12 * MIB


def program(options):
    def run(report):
        with Line() as line, DistantPair(scratch("long_line"), line) as pair:
            pair.start()
            pair.first.s3().create_bucket(BUCKET)
            pair.second.s3().create_bucket(REPLICA)
            rule = pair.first.oss().add_replication(BUCKET, REPLICA, pair.second.name)
            ledger = Ledger()
            truth = Truth(pair, (BUCKET, REPLICA), rule, ledger)
            failures = []

            def phase(name, seconds, before=None):
                load = UniqueLoad(pair.first.s3, [BUCKET], workers=6, rate=RATE, mix={"put": 1}, prefix=name.replace(" ", "-"),
                                  sizes=(4 * KIB,), seed=len(name))
                load.ledger = ledger
                load.start()
                time.sleep(0.2)
                if before:
                    before()
                body = os.urandom(LARGE_BYTES)
                key = f"large/{name}"
                ledger.add(key, pair.first.s3().put(BUCKET, key, body).headers["etag"].strip('"').lower())
                time.sleep(seconds)
                load.stop()
                failures.extend(load.failures)
                oldest = ledger.oldest()
                report.say(f"{name}: {len(load.samples)} writes, oldest not yet seen {time.time() - oldest if oldest else 0:.1f} s")

            probes = [Arrivals(pair, BUCKET, REPLICA, number, options.seconds, pause=0.05) for number in range(4)]
            phase("well", options.seconds)
            for probe in probes:
                probe.join(60)
            lags = [lag for probe in probes for lag in probe.lags]
            p50, p99 = percentile(lags, 0.5), percentile(lags, 0.99)
            # Said, not judged: on a busy machine it is the machine's lag. bench/ measures.
            report.check(lags, "4 KiB objects arrive while the line is well",
                         f"p50 {milliseconds(p50)}, p99 {milliseconds(p99)} of {len(lags)}")

            phase("cut there", 3, lambda: line.cut("there"))
            line.open()
            phase("cut back", 3, lambda: line.cut("back"))
            line.open()
            phase("stall", 5, line.stall)
            line.open()

            begin = time.monotonic()
            missing = settle(ledger, pair, REPLICA, 60)
            report.check(not missing, f"nothing lost: all of {ledger.count} writes are at the destination, with their content",
                         some(missing) or f"the last {time.monotonic() - begin:.1f} s after the line was open")
            report.check(not failures, "the source refused no write", some(failures))
            time.sleep(0.5)
            truth.stop()
            report.check(not truth.lies, f"NewObject was never ahead of the truth, read {truth.reads} times", some(truth.lies))
            report.check(truth.reads > 20, "NewObject could be read all the time", f"{truth.reads} times; {some(truth.errors)}")
            counts = line.counts()
            report.check(counts["there"]["cut"] and counts["back"]["cut"] and counts["there"]["lost"], "the line was cut and lossy", str(counts))
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="while the line is well")
    run_reported(program(parser.parse_args()))
