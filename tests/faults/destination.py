#!/usr/bin/env python3
"""A destination that is cut off, dead, stopped or slow, and then back: the source must not notice, and must not lie.

Small objects are written to the source at a steady rate all the time, and half as many to a bucket without a rule. In each
phase the p99 of the first is compared with that of the others at the same time, and with that before there was a rule. `NewObject` of GetBucketReplicationProgress says that everything written before that time is at the
destination: each time it is read, every write acknowledged before it is looked for there, with its very content.
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.ledger import Ledger, Truth, UniqueLoad, read_back, settle  # noqa: E402
from harness.load import KIB, MIB, percentile  # noqa: E402
from harness.proxy import ProxiedPair  # noqa: E402
from harness.region import scratch  # noqa: E402
from harness.report import milliseconds, run_reported, some  # noqa: E402

BUCKET, REPLICA = "destination-source", "destination-target"
PLAIN = "destination-plain"  # No rule takes it anywhere.
TROUBLES = ("link cut", "link silent", "link slow", "stopped", "dead")
# Times may be this many times those without a rule, plus a little, on a machine that does other things as well.
NOISE_FACTOR, NOISE_SECONDS = 1.5, 0.010
GROWTH_BYTES_MAX = 200 * MIB


class Times:
    """How long the writes of a load took."""

    def __init__(self, load):
        times = [sample.end - sample.start for sample in load.samples]
        self.count = len(times)
        self.p99, self.median = percentile(times, 0.99), percentile(times, 0.5)

    def __str__(self):
        return f"{self.count} writes, p99 {milliseconds(self.p99)}, median {milliseconds(self.median)}"


def program(options):
    def run(report):
        with ProxiedPair(scratch("destination")) as pair:
            proxy = pair.link
            pair.start()
            for bucket in (BUCKET, PLAIN):
                pair.first.s3().create_bucket(bucket)
            pair.second.s3().create_bucket(REPLICA)
            ledger = Ledger()
            times, resident, failures = {}, {}, []

            def load_of(bucket, prefix, share, record):
                load = UniqueLoad(pair.first.s3, [bucket], workers=round(options.workers * share), rate=options.rate * share,
                                  mix={"put": 1}, prefix=prefix, sizes=(4 * KIB,), seed=len(times))
                load.ledger = record
                return load

            def phase(name, prepare=None, undo=None, seconds=options.seconds, bucket=BUCKET, record=ledger):
                if prepare:
                    prepare()
                loads = load_of(bucket, name, 1, record), load_of(PLAIN, f"{name} beside", 0.5, Ledger())
                for load in loads:
                    load.start()
                time.sleep(seconds)
                for load in loads:
                    load.stop()
                if undo:
                    undo()
                times[name] = [Times(load) for load in loads]
                resident[name] = pair.first.resident_bytes()
                for load in loads:
                    failures.extend(load.failures)
                backlog = ledger.oldest()
                report.say(f"{name}: {times[name][0]}; beside it {times[name][1]}; source resident {resident[name] / MIB:.0f} MiB, "
                           f"oldest not yet seen {time.time() - backlog if backlog else 0:.1f} s")

            def phase_without_a_rule(name, seconds):
                phase(name, seconds=seconds, bucket=PLAIN, record=Ledger())

            def kill():
                # The ledger knows what is there before it goes: everything.
                settle(ledger, pair, REPLICA, 60)
                truth.reachable = False
                pair.second.kill9()

            phase_without_a_rule("warm", 3)
            phase_without_a_rule("no rule", options.seconds)
            rule = pair.first.oss().add_replication(BUCKET, REPLICA, pair.second.name)
            truth = Truth(pair, (BUCKET, REPLICA), rule, ledger)
            phase("baseline")
            if not options.only_dead:
                phase("link cut", lambda: proxy.set("cut"))
                phase("link back", lambda: proxy.set("pass"))
                phase("link silent", lambda: proxy.set("silent"))
                phase("link slow", lambda: proxy.set("pass", 32 * KIB))
                phase("fast again", lambda: proxy.set("pass"))
                phase("stopped", pair.second.pause, pair.second.resume)
            report.check(not settle(ledger, pair, REPLICA, 90), "caught up before the kill")
            phase("dead", kill, seconds=options.dead)
            report.check(not truth.lies, "NewObject while the destination was dead", some(truth.lies))
            backlog = len(ledger.pending)
            truth.reachable = True
            pair.second.start()
            back = time.monotonic()
            phase("alive")
            missing = settle(ledger, pair, REPLICA, 120 + options.dead)
            report.check(not missing, "nothing lost: every write is at the destination",
                         some(missing) or f"{backlog} waited when it came back, all there {time.monotonic() - back:.1f} s later, under load")
            phase_without_a_rule("no rule again", options.seconds)

            usual = [times["no rule"][0], times["no rule again"][0]]
            for name in (name for name in TROUBLES if name in times):
                found, beside = times[name]
                report.check(found.p99 <= max(one.p99 for one in [beside, *usual]) * NOISE_FACTOR + NOISE_SECONDS,
                             f"source p99 when {name}", f"{milliseconds(found.p99)}; at the same time without a rule "
                             f"{milliseconds(beside.p99)}; before there was one {milliseconds(usual[0].p99)}, after {milliseconds(usual[1].p99)}")
                report.check(found.median <= max(one.median for one in usual) * NOISE_FACTOR + NOISE_SECONDS,
                             f"source median when {name}", f"{milliseconds(found.median)}; without a rule "
                             f"{milliseconds(usual[0].median)} before, {milliseconds(usual[1].median)} after")
            report.check(not failures, f"{ledger.count} writes at the source, {len(failures)} failed", some(failures))
            wrong = read_back(pair.second.s3, REPLICA, ledger.written)
            report.check(not wrong, f"{len(ledger.written)} objects are there byte for byte", some(wrong))
            truth.stop()
            report.check(not truth.lies, f"NewObject was never ahead of the truth, read {truth.reads} times", some(truth.lies))
            report.check(truth.reads > 50, "NewObject could be read all the time", f"{truth.reads} times; {some(truth.errors)}")
            report.check(not truth.errors, "NewObject never went back, and every read was answered", some(truth.errors))
            growth = max(resident[name] for name in (*TROUBLES, "alive") if name in resident) - resident["baseline"]
            report.check(growth < GROWTH_BYTES_MAX, "the source's memory",
                         f"{growth / MIB:+.0f} MiB at most, in trouble and after; {resident['baseline'] / MIB:.0f} before, {resident['dead'] / MIB:.0f} at the end of dead")
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="of each phase")
    parser.add_argument("--dead", type=float, metavar="SECONDS", help="of the phase in which the destination is dead")
    parser.add_argument("--only-dead", action="store_true", help="no other trouble")
    parser.add_argument("--rate", type=float, default=150, help="writes a second")
    parser.add_argument("--workers", type=int, default=6)
    arguments = parser.parse_args()
    arguments.dead = arguments.dead or arguments.seconds
    run_reported(program(arguments))
