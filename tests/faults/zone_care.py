#!/usr/bin/env python3
"""What an operator does with zones, under load with retries off: a drill with its report, and a zone that is taken out for
maintenance, whose disk is away while the region restarts, and that is let back.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.load import Load, check_record  # noqa: E402
from harness.record import Record  # noqa: E402
from harness.region import Credential, HarnessError, Region, scratch  # noqa: E402
from harness.report import run_reported, some  # noqa: E402

BUCKET = "zone-care"
ZONE, OTHER = "zone-b", "zone-c"
SECONDS = 3.0
PROTECTED_SECONDS_MAX = 60


def begin_load(region, record, seed):
    return Load(region.s3, [BUCKET], record=record, seed=seed).start()


def end_load(report, load, what):
    load.stop()
    report.check(not load.failures and not load.wrong, f"{what}: {len(load.samples)} requests, 0 failed",
                 some([*load.failures, *load.wrong]))


def check_all(report, region, record, what):
    wrong, checked, errors = check_record(region.s3, record, versions=False)
    bad = [f"{kind} {key}" for kind, keys in wrong.items() for key in keys] + errors
    report.check(not bad, f"{what}: {checked} keys read back", some(bad))


def drill(report, region, record, mode):
    load = begin_load(region, record, seed=len(mode))
    found = region.admin("zones", "drill", ZONE, mode, "--for", f"{SECONDS:g}s")
    end_load(report, load, f"drill {mode}")
    report.check(found["state"] == "over" and found["requests"] > 0 and found["failed"] == 0, f"drill {mode}: the report says so too", str(found))
    report.check(found["protected_after_ms"] is not None and found["protected_after_ms"] < 1000 * PROTECTED_SECONDS_MAX,
                 f"drill {mode}: everything was protected again", str(found["protected_after_ms"]))
    region.wait_zones("ok")


def refuses(region, *words):
    try:
        region.admin(*words)
    except HarnessError as refusal:
        return str(refusal)
    return ""


def maintenance(report, region, record):
    load = begin_load(region, record, seed=1)
    region.admin("zones", "maintenance", ZONE, "on")
    time.sleep(SECONDS)
    end_load(report, load, "while a zone is out for maintenance")
    report.check(OTHER in refuses(region, "zones", "maintenance", OTHER, "on") and region.zone_states()[OTHER] == "ok",
                 "no second zone is taken out")

    away = region.zones[ZONE].with_suffix(".away")
    region.zones[ZONE].rename(away)
    region.zones[ZONE].mkdir()  # A mount point without its disk.
    region.stop()
    region.start()
    load = begin_load(region, record, seed=2)
    time.sleep(SECONDS)
    end_load(report, load, "after a restart without its disk")
    report.check(region.zone_states()[ZONE] == "out" and not list(region.zones[ZONE].iterdir()), "it stays out, and nothing is written to its mount point")
    region.zones[ZONE].rmdir()
    away.rename(region.zones[ZONE])

    load = begin_load(region, record, seed=3)
    region.admin("zones", "maintenance", ZONE, "off")
    region.wait_zones("ok")
    end_load(report, load, "while it comes back")
    check_all(report, region, record, "when it is back")
    region.admin("zones", "drill", OTHER, "kill", "--for", "1h", "--no-wait")
    check_all(report, region, record, f"without {OTHER}")
    region.admin("zones", "drill", OTHER, "end")


def program(report):
    region = Region("cn-hangzhou", scratch("zone_care") / "region", Credential()).start()
    try:
        region.s3().create_bucket(BUCKET)
        record = Record()
        for mode in ("hang", "eio"):
            drill(report, region, record, mode)
        maintenance(report, region, record)
    finally:
        region.stop()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    run_reported(program)
