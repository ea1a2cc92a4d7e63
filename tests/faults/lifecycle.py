#!/usr/bin/env python3
"""Lets lifecycle remove many objects, kills the region with SIGKILL in the middle, and looks at what both regions hold.

After the start the walk goes on by itself. What a rule means is gone in the end, what no rule means is there whole, and
the second region, which has no rules of its own, has become the same.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.region import RegionPair, scratch  # noqa: E402
from harness.report import run_reported, some  # noqa: E402

PLAIN, VERSIONED = "lifecycle-plain", "lifecycle-versioned"
KEPT = 25
SECONDS_MAX = 90
# A day that has passed: what S3 means by it needs no object to be a day old.
RULES = b"""<LifecycleConfiguration><Rule><ID>past</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>
<Expiration><Date>2026-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>"""


def wait_until(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def fill(region, objects):
    def put(name):
        region.s3().put(*name, b"content of " + name[1].encode())
    names = [(bucket, key) for bucket in (PLAIN, VERSIONED)
             for key in [f"logs/{i:05}" for i in range(objects)] + [f"kept/{i:05}" for i in range(KEPT)]]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(put, names))


def keys_of(region, bucket):
    return [key for key, _, _ in region.s3().list_keys(bucket)]


def versions_of(region, bucket):
    return list(region.s3().list_versions(bucket))


def same_versions(pair, bucket):
    here, there = (set(versions_of(region, bucket)) for region in pair.regions)
    return here == there


def check_end(report, pair, objects):
    for bucket in (PLAIN, VERSIONED):
        report.check(wait_until(lambda: same_versions(pair, bucket), SECONDS_MAX), f"{bucket}: the same in both regions",
                     f"{len(versions_of(pair.first, bucket))} versions and markers")
        for region in pair.regions:
            keys = keys_of(region, bucket)
            expected = [f"kept/{i:05}" for i in range(KEPT)]
            report.check(keys == expected, f"{bucket} in {region.name}: what the rule means is gone, nothing else",
                         some(sorted(set(keys) ^ set(expected))))
        wrong = [key for key in expected if pair.second.s3().get(bucket, key).body != b"content of " + key.encode()]
        report.check(not wrong, f"{bucket}: what is kept is there whole", some(wrong))
    count = len(versions_of(pair.second, VERSIONED))
    report.check(count == 2 * objects + KEPT, f"{VERSIONED}: one marker upon each version, however often the walk began",
                 f"{count} versions and markers")


def program(options):
    def run(report):
        with RegionPair(scratch("lifecycle")) as pair:
            pair.start()
            for region in pair.regions:
                for bucket in (PLAIN, VERSIONED):
                    region.s3().create_bucket(bucket)
                region.s3().set_versioning(VERSIONED, "Enabled")
            for bucket in (PLAIN, VERSIONED):
                pair.first.oss().add_replication(bucket, bucket, pair.second.name)
                pair.first.s3().request("PUT", f"/{bucket}", {"lifecycle": ""}, body=RULES).ok()
            fill(pair.first, options.objects)
            for bucket in (PLAIN, VERSIONED):
                arrived = wait_until(lambda: same_versions(pair, bucket), SECONDS_MAX)
                report.check(arrived, f"{bucket} is in both regions before", f"{options.objects + KEPT} objects")
            pair.first.admin("lifecycle", "run")
            half_way = wait_until(lambda: len(keys_of(pair.first, PLAIN)) < options.objects * 3 // 4, SECONDS_MAX)
            status = pair.first.admin("lifecycle", "status")
            pair.first.kill9()
            report.check(half_way and status["state"] == "running", "killed in the middle of the walk",
                         f"{status['expired']} expired")
            pair.first.start()
            ended = wait_until(lambda: pair.first.admin("lifecycle", "status")["state"] == "done", SECONDS_MAX)
            status = pair.first.admin("lifecycle", "status")
            report.check(ended and status["refused"] == 0, "the walk went on by itself and ended",
                         f"{status['state']}, {status['looked_at']} looked at, {status['expired']} expired")
            check_end(report, pair, options.objects)
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=2000, help="that a rule means, in each of two buckets")
    run_reported(program(parser.parse_args()))
