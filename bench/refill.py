#!/usr/bin/env python3
"""Measures what docs/durability.md takes from the server: how soon a lost zone is noticed, how fast an empty one is refilled, and
how fast scrub reads. Small figures of one machine: three zones on one disk, nothing else asked of the server.

    bench/refill.py [--gib 2]      ANTIPODE names another server than build/release/antipode
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import statistics
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))
from harness.region import Credential, Region, remove_scratches, scratch  # noqa: E402

MIB = 1 << 20
OBJECT_MIB = 8
LOSSES = 5


def wait(region, zone, *states):
    """Seconds until it is in one of them."""
    begin = time.monotonic()
    while region.zone_states()[zone] not in states:
        if time.monotonic() > begin + 600:
            sys.exit(f"bench/refill.py: {zone} is {region.zone_states()[zone]} after 600 s")
    return time.monotonic() - begin


def held(directory):
    return sum(file.stat().st_size for file in (directory / "blobs").iterdir())


def put(region, numbers):
    client = region.s3()
    for number in numbers:
        client.put("refill", f"{number:06}", os.urandom(OBJECT_MIB * MIB)).ok()


def measure(region, gib):
    count = gib * 1024 // OBJECT_MIB
    region.s3().create_bucket("refill")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda first: put(region, range(first, count, 2)), range(2)))
    zone = region.zones["zone-b"]
    away = zone.with_suffix(".away")

    noticed, returned = [], []
    for _ in range(LOSSES):
        zone.rename(away)
        noticed.append(wait(region, "zone-b", "out"))
        away.rename(zone)
        returned.append(wait(region, "zone-b", "ok"))
    print(f"noticed after a directory was moved away: {statistics.median(noticed):.2f} s (median of {LOSSES}, at most {max(noticed):.2f} s)")
    print(f"whole again after it was moved back, unharmed: {statistics.median(returned):.2f} s (at most {max(returned):.2f} s)")

    zone.rename(away)
    wait(region, "zone-b", "out")
    zone.mkdir()
    seconds = wait(region, "zone-b", "ok")
    size = held(zone)
    shutil.rmtree(away)
    print(f"empty zone refilled: {size / MIB:.0f} MiB of shards in {seconds:.1f} s, {size / MIB / seconds:.1f} MiB/s")

    region.admin("scrub", "now")
    begin = time.monotonic()
    while region.admin("scrub", "status")["state"] == "running":
        time.sleep(0.1)
    seconds, status = time.monotonic() - begin, region.admin("scrub", "status")
    print(f"scrub: {status['checked']} bodies, {status['bytes'] / MIB:.0f} MiB of them in {seconds:.1f} s, {status['bytes'] / MIB / seconds:.1f} MiB/s; "
          f"{status['healed']} pieces healed, {status['lost']} lost")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gib", type=int, default=2, help="how much is stored first")
    arguments = parser.parse_args()
    region = Region("cn-hangzhou", scratch("refill") / "region", Credential())
    print(f"load average before: {os.getloadavg()[0]:.2f}")
    region.start()
    try:
        measure(region, arguments.gib)
    finally:
        region.stop()
    remove_scratches()


if __name__ == "__main__":
    main()
