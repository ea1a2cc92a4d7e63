#!/usr/bin/env python3
"""Takes one zone away under load, in every way a disk can go, with retries off: no request may fail.

The disk fails below the server, at the C library (harness/diskfault.c), so nothing in the server plays along. `lost`
also removes the directory for good and brings an empty one in its place; `stale` puts an older copy of the directory
there, `swapped` one of another zone's. After each way, every object that was
acknowledged is read back, and once more with each zone in turn out of reach.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.diskfault import DiskFault  # noqa: E402
from harness.load import Load, check_record, percentile  # noqa: E402
from harness.record import Record  # noqa: E402
from harness.region import ZONES, Credential, Region, scratch  # noqa: E402
from harness.report import milliseconds, run_reported, some  # noqa: E402

BUCKET = "zone-loss"
WARM_SECONDS = 2.0
AWAY_SECONDS = 4.0  # Of a zone that is then to catch up.
# The goals are in docs/performance.md; a machine that is busy with other things gets room.
# Those that copy directories come first, while there is little to copy.
GAP_SECONDS_MAX = {"lost": 1.0, "stale": 1.0, "swapped": 1.0, "gone": 1.0, "error": 1.0, "full": 1.0, "readonly": 1.0, "flip": 1.0,
                   "badread": 1.0, "badwrite": 1.0, "badsync": 1.0, "hang": 3.0, "slow": 3.0}
DEFAULT_WAYS = ("gone", "hang", "lost")
# Ways in which another directory comes to the zone's place, and whose it is.
CHANGELINGS = {"stale": lambda zone: zone, "swapped": lambda zone: after(zone)}
# Nothing is wrong that the server could see for long: wrong bits are decoded around, an old copy is filled at once.
UNSEEN = ("flip", "stale")


def beside(region, zone, name):
    return region.zones[zone].with_suffix(name)


def prepare(region, zone, way):
    if way in CHANGELINGS:
        # Files come and go while they are copied; what is missing in the copy makes it only staler. No copy at all fails in lose().
        subprocess.run(["cp", "-r", region.zones[CHANGELINGS[way](zone)], beside(region, zone, ".changeling")],
                       check=False, stderr=subprocess.DEVNULL)


def lose(fault, region, zone, way):
    if way in CHANGELINGS:
        shutil.move(region.zones[zone], beside(region, zone, ".away"))
        shutil.move(beside(region, zone, ".changeling"), region.zones[zone])
    elif way == "lost":
        fault.set(zone, "gone")
        shutil.move(region.zones[zone], beside(region, zone, ".lost"))
        shutil.rmtree(beside(region, zone, ".lost"))
    else:
        fault.set(zone, way)


def bring_back(fault, region, zone, way):
    fault.clear()
    if way == "lost":
        # An empty directory in its place is a new disk: it is filled without being asked.
        region.zones[zone].mkdir()
    elif way == "swapped":
        # Moved first: the server still looks into it.
        shutil.move(region.zones[zone], beside(region, zone, ".changeling"))
        shutil.move(beside(region, zone, ".away"), region.zones[zone])
        shutil.rmtree(beside(region, zone, ".changeling"))
    elif way == "stale":
        shutil.rmtree(beside(region, zone, ".away"))


def let_catch_up(region, fault, zone):
    """Takes a zone out for a while and lets it come back: it has much to catch up with, and is not whole yet."""
    fault.set(zone, "gone")
    time.sleep(AWAY_SECONDS)
    fault.clear()
    region.wait_zones({zone: "catching-up"})


def one_way(report, region, fault, record, zone, way, options):
    prepare(region, zone, way)
    load = Load(region.s3, [BUCKET], workers=options.workers, record=record, seed=sum(map(ord, way))).start()
    time.sleep(WARM_SECONDS)
    if options.while_catching_up:
        let_catch_up(region, fault, after(zone))
    lost_at = time.monotonic()
    lose(fault, region, zone, way)
    time.sleep(options.seconds)
    back_at = time.monotonic()
    states = region.zone_states()
    bring_back(fault, region, zone, way)
    time.sleep(options.seconds)
    load.stop()
    end = time.monotonic()
    calm = load.between(lost_at - WARM_SECONDS, lost_at)
    during = load.between(lost_at, back_at)
    gap, slowest = load.longest_gap(lost_at, back_at), load.slowest(lost_at, back_at)
    usual = percentile([s.end - s.start for s in calm], 0.99)
    cell = {"way": way, "zone": zone, "requests": len(load.samples), "failed": len(load.failures), "wrong": len(load.wrong),
            "gap_ms": 1e3 * gap, "slowest_ms": 1e3 * slowest, "usual_p99_ms": 1e3 * usual}
    report.check(not load.wrong, f"{way} {zone}: what was read is right", some(load.wrong))
    requests = f"{way} {zone}: {len(load.samples)} requests, {len(load.failures)} failed"
    if options.while_catching_up:
        # Two zones are away at once: what must hold is that nothing is lost and nothing is wrong.
        report.say(f"{requests}, longest gap {milliseconds(gap)} {some(load.failures, 2)}")
        return cell
    report.check(not load.failures, requests, some(load.failures))
    report.check(gap <= GAP_SECONDS_MAX[way], f"{way} {zone}: longest gap {milliseconds(gap)}",
                 f"slowest request {milliseconds(slowest)}, p99 before {milliseconds(usual)}, requests per second "
                 f"{len(calm) / WARM_SECONDS:.0f} before, {len(during) / (back_at - lost_at):.0f} without the zone, "
                 f"{len(load.between(back_at, end)) / (end - back_at):.0f} while it came back")
    if way not in UNSEEN:
        report.check(states.get(zone) != "ok", f"{way} {zone}: admin zones shows it", str(states))
    return cell


def check_all(report, region, record, what):
    wrong, checked, errors = check_record(region.s3, record, versions=False)
    bad = {kind: keys for kind, keys in wrong.items() if keys}
    report.check(not bad and not errors, f"{what}: {checked} keys read back",
                 some([f"{kind} {key}" for kind, keys in bad.items() for key in keys] + errors))


def after(zone):
    return ZONES[(ZONES.index(zone) + 1) % len(ZONES)]


def cells_of(options):
    """(way, zone): each way once, with the zones in turn, or each way with each zone."""
    if options.each_zone:
        return [(way, zone) for way in options.ways for zone in ZONES]
    return [(way, ZONES[(number + 1) % len(ZONES)]) for number, way in enumerate(options.ways)]


def program(options):
    def run(report):
        region = Region("cn-hangzhou", scratch("zone_loss") / "region", Credential())
        fault = DiskFault(region)
        region.start()
        try:
            region.s3().create_bucket(BUCKET)
            record, cells = Record(), []
            for way, zone in cells_of(options):
                cells.append(one_way(report, region, fault, record, zone, way, options))
                try:
                    region.wait_zones("ok", seconds=90)
                    report.check(True, f"{way} {zone}: it came back")
                except Exception as error:
                    report.check(False, f"{way} {zone}: it came back", str(error))
                check_all(report, region, record, f"after {way} {zone}")
                if options.cells:
                    options.cells.write_text(json.dumps(cells, indent=1))
            for zone in ZONES:
                fault.set(zone, "gone")
                check_all(report, region, record, f"without {zone}")
                fault.clear()
                region.wait_zones("ok", seconds=90)
            report.say("longest gaps: " + ", ".join(f"{cell['way']} {cell['gap_ms']:.0f} ms" for cell in cells))
        finally:
            fault.clear()
            region.stop()
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", default=",".join(DEFAULT_WAYS), help=f"some of {', '.join(GAP_SECONDS_MAX)}, or all")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long the zone stays away, and how long load goes on")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--each-zone", action="store_true", help="every way with every zone, not with one of them")
    parser.add_argument("--while-catching-up", action="store_true",
                        help="while the next zone is catching up: requests may fail, nothing may be lost or wrong")
    parser.add_argument("--cells", type=pathlib.Path, help="file for the figures of each way and zone, JSON")
    arguments = parser.parse_args()
    arguments.ways = list(GAP_SECONDS_MAX) if arguments.ways == "all" else arguments.ways.split(",")
    run_reported(program(arguments))
