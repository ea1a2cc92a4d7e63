#!/usr/bin/env python3
"""Damages all shards of some objects in all zones of a region, which is more than 4+2 can mend, and looks at who mends them.

A scrub must find them and list them by key; the other region of the pair, source or destination, has the same versions, and gives
the bytes back without being asked by anybody. In the end every object is there byte for byte, both sides still are the same, and the
list is empty.
"""

import argparse
import os
import pathlib
import random
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.region import HarnessError, RegionPair, scratch  # noqa: E402
from harness.report import run_reported, some  # noqa: E402

SOURCE, REPLICA = "rebuild-source", "rebuild-replica"
SECONDS_MAX = 60
PAGE, HEADER, MAGIC = 4096, 64, struct.pack("<I", 0x424B5041)
SIZES = {"small": 20_000, "medium": 1_500_000, "large": 9_000_000}


def wait_until(holds, seconds=SECONDS_MAX):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def blocks(region):
    """Every page of every segment that begins a block (docs/formats/blob-segment.md): (file, offset, blob id)."""
    for directory in region.zones.values():
        for path in sorted((directory / "blobs").glob("segment-*")):
            with open(path, "rb") as file:
                for offset in range(0, path.stat().st_size, PAGE):
                    file.seek(offset)
                    head = file.read(16)
                    if head[4:8] == MAGIC:
                        yield path, offset, struct.unpack_from("<Q", head, 8)[0]


def blobs_of(region, contents):
    """Ids of the blobs that hold the first bytes of a megabyte of one of these contents."""
    beginnings = {content[at:at + 32] for content in contents for at in range(0, len(content), 1 << 20)}
    found = set()
    for path, offset, blob in blocks(region):
        with open(path, "rb") as file:
            file.seek(offset + HEADER)
            if file.read(32) in beginnings:
                found.add(blob)
    return found


def damage(region, contents):
    """Flips a bit in each block of their blobs, in every zone. Returns how many blocks."""
    wanted = blobs_of(region, contents)
    count = 0
    for path, offset, blob in list(blocks(region)):
        if blob in wanted:
            with open(path, "r+b") as file:
                file.seek(offset + HEADER + 5)
                byte = file.read(1)[0]
                file.seek(offset + HEADER + 5)
                file.write(bytes([byte ^ 0x10]))
                file.flush()
                os.fsync(file.fileno())
            count += 1
    if not count:
        raise HarnessError("no shard of the objects was found on disk")
    return count


def is_whole(region, bucket, key, content):
    try:
        return region.s3().get(bucket, key).body == content
    except Exception:  # An answer that is cut short, or an error instead of one.
        return False


def listed(region):
    return region.admin("scrub", "status")["beyond_repair"]


def scrub(region):
    region.admin("scrub", "now")
    if not wait_until(lambda: region.admin("scrub", "status")["state"] != "running"):
        raise HarnessError("the scrub did not end")
    return region.admin("scrub", "status")


def settle(pair):
    def is_same():
        try:
            return pair.first.admin("replication", "verify", SOURCE)["identical"]
        except HarnessError:
            return False
    return wait_until(is_same)


def lose_and_mend(report, pair, region, other, bucket, contents):
    """`other` is stopped while the region looks for help, so that the list can be seen."""
    versions = list(region.s3().list_versions(bucket))
    for key in contents:
        report.check(is_whole(region, bucket, key, contents[key]), f"{region.name}: {key} is there before")
    lost = {key: content for key, content in contents.items() if key != "untouched"}
    other.stop()
    report.say(f"{region.name}: {damage(region, lost.values())} blocks damaged, in every zone")
    outcome = scrub(region)
    entries = listed(region)
    keys = {entry["key"] for entry in entries}
    report.check(keys == set(lost) and outcome["lost"] >= len(lost), f"{region.name}: a scrub lists what is beyond repair, by key",
                 some(f"{e['key']} {e['version_id']} part {e.get('part', '-')} {e['size']}@{e['offset']}" for e in entries))
    unreadable = [key for key in lost if not is_whole(region, bucket, key, lost[key])]
    report.check(set(unreadable) == set(lost), f"{region.name}: and they cannot be read", some(unreadable))
    report.check(wait_until(lambda: all(entry["reason"] for entry in listed(region))), f"{region.name}: says why not yet",
                 some({entry["reason"] for entry in listed(region)}))
    region.kill9()
    region.start()
    report.check({entry["key"] for entry in listed(region)} == set(lost), f"{region.name}: knows it after a kill -9")
    other.start()
    begin = time.monotonic()
    report.check(wait_until(lambda: not listed(region)), f"{region.name}: the list is empty again by itself",
                 f"{time.monotonic() - begin:.1f} s after the other region was back")
    wrong = [key for key in contents if not is_whole(region, bucket, key, contents[key])]
    report.check(not wrong, f"{region.name}: every object is there byte for byte", some(wrong))
    report.check(list(region.s3().list_versions(bucket)) == versions, f"{region.name}: and it is the same versions")
    kinds = [event["kind"] for event in region.admin("events")["events"]]
    report.check(kinds.count("object.rebuilt") == len(entries), f"{region.name}: an event tells of each", some(sorted(set(kinds))))
    again = scrub(region)
    # On a machine that does other things a zone may have been slow, and what was written without it is completed: healed, too.
    report.check(again["state"] == "done" and again["lost"] == 0, f"{region.name}: the next scrub finds nothing lost",
                 f"{again['checked']} bodies, {again['healed']} pieces healed, {again['not_checked']} not checked")
    report.check(settle(pair), "both sides are the same, by their digests")


def program(options):
    def run(report):
        rng = random.Random(options.seed)
        contents = {key: rng.randbytes(size) for key, size in SIZES.items()}
        contents["untouched"] = rng.randbytes(100_000)
        with RegionPair(scratch("rebuild")) as pair:
            for region in pair.regions:
                region.extra_arguments += ["--scrub-period", "off"]
            pair.start()
            pair.first.s3().create_bucket(SOURCE)
            pair.second.s3().create_bucket(REPLICA)
            pair.first.oss().add_replication(SOURCE, REPLICA, pair.second.name)
            for key, content in contents.items():
                pair.first.s3().put(SOURCE, key, content)
            report.check(settle(pair), "both sides are the same before")
            lose_and_mend(report, pair, pair.first, pair.second, SOURCE, contents)
            lose_and_mend(report, pair, pair.second, pair.first, REPLICA, contents)
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    run_reported(program(parser.parse_args()))
