#!/usr/bin/env python3
"""An edge near the client and its region behind a line of 200 ms: how fast it is, and what dies in the middle of an upload.

The line loses 0.1 % each way and carries 1 Gbit/s.
"""

import argparse
import hashlib
import http.client
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.edge import Edge, accelerate, direct_client, linked_region  # noqa: E402
from harness.line import Line  # noqa: E402
from harness.load import KIB, MIB  # noqa: E402
from harness.region import HarnessError, scratch  # noqa: E402
from harness.report import milliseconds, run_reported  # noqa: E402
from harness.s3client import Refused  # noqa: E402

BUCKET = "accelerated"
# Measured is ten times and more; on a busy machine the processes wait for each other.
RATIO_MIN = 3
EDGE_BYTES_MAX = 700 * MIB
WAIT_SECONDS = 60


class Upload(threading.Thread):
    """One PUT in the background; `outcome` is its status, or the kind of error."""

    def __init__(self, client, key, body):
        super().__init__(daemon=True)
        self.client, self.key, self.body, self.outcome = client, key, body, None
        self.start()

    def run(self):
        try:
            self.outcome = self.client.put(BUCKET, self.key, self.body).status
        except Refused as refused:
            self.outcome = refused.status
        except (OSError, http.client.HTTPException) as error:
            self.outcome = type(error).__name__

    def wait(self):
        self.join(WAIT_SECONDS)
        return self.outcome


def wait_for_bytes(line, count):
    """Returns when the line has carried so much more towards the region."""
    begin, end = line.counts()["there"]["delivered_bytes"], time.monotonic() + WAIT_SECONDS
    while line.counts()["there"]["delivered_bytes"] < begin + count:
        if time.monotonic() > end:
            raise HarnessError("the upload does not move")
        time.sleep(0.01)


def content(region, key):
    """MD5 of what the region has, asked without any line between; None when there is no such key."""
    answer = region.s3().request("GET", f"/{BUCKET}/{key}")
    return hashlib.md5(answer.body).hexdigest() if answer.status == 200 else None


def speed(report, region, edge, line, size):
    direct = direct_client(region, line.near)
    body, part = os.urandom(size), os.urandom(size // 8)
    direct.put(BUCKET, "warm", b"x")
    begin = time.monotonic()
    direct.put(BUCKET, "direct", part)
    direct_rate = len(part) / (time.monotonic() - begin)
    client = edge.s3(region)
    begin = time.monotonic()
    client.put(BUCKET, "small", bytes(4 * KIB))
    small = time.monotonic() - begin
    begin = time.monotonic()
    client.put(BUCKET, "large", body)
    rate = len(body) / (time.monotonic() - begin)
    report.say(f"a PUT of 4 KiB over the edge: {milliseconds(small)}")
    report.check(rate >= RATIO_MIN * direct_rate, f"an upload over the edge is at least {RATIO_MIN} times as fast as one over the line",
                 f"{rate / MIB:.1f} MiB/s instead of {direct_rate / MIB:.1f}")
    report.check(content(region, "large") == hashlib.md5(body).hexdigest(), "what the region has is what was sent")
    begin = time.monotonic()
    got = client.get(BUCKET, "large").body
    report.check(got == body, "and comes back over the edge as it is", f"{len(got) / MIB / (time.monotonic() - begin):.1f} MiB/s")
    report.check(edge.resident_bytes() < EDGE_BYTES_MAX, "the edge's memory has its bound", f"{edge.resident_bytes() / MIB:.0f} MiB")


def faults(report, region, edge, line, size):
    client = edge.s3(region)
    old, body = b"as it was before", os.urandom(size)
    old_digest, digest = hashlib.md5(old).hexdigest(), hashlib.md5(body).hexdigest()
    client.put(BUCKET, "key", old)

    upload = Upload(client, "key", body)
    wait_for_bytes(line, size // 4)
    edge.kill9()
    outcome = upload.wait()
    report.check(outcome not in (None, 200), "an edge that is killed in the middle of an upload acknowledges nothing", str(outcome))
    time.sleep(1)
    report.check(content(region, "key") == old_digest, "and the object is what it was before")
    edge.start()
    client = edge.s3(region)
    report.check(Upload(client, "key", body).wait() == 200 and content(region, "key") == digest, "the same upload over the new process arrives")

    client.put(BUCKET, "key", old)
    upload = Upload(edge.s3(region), "key", body)
    wait_for_bytes(line, size // 4)
    line.stall()
    time.sleep(5)
    line.open()
    report.check(upload.wait() == 200 and content(region, "key") == digest, "an upload goes on when the line has stalled for 5 s",
                 str(upload.outcome))

    client.put(BUCKET, "key", old)
    upload = Upload(edge.s3(region), "key", body)
    wait_for_bytes(line, size // 4)
    region.kill9()
    outcome = upload.wait()
    report.check(outcome == 503, "a region that is killed in the middle of an upload is one clear refusal", str(outcome))
    region.start()
    report.check(content(region, "key") == old_digest, "and the object is what it was before")
    report.check(Upload(edge.s3(region), "key", body).wait() == 200 and content(region, "key") == digest,
                 "the edge finds the region again by itself")


def program(options):
    def run(report):
        root = scratch("edge")
        with Line() as line:
            region, link = linked_region(root, line)
            region.start()
            try:
                region.s3().create_bucket(BUCKET)
                with Edge(root, link, [region], place=line.near) as edge:
                    refused = edge.s3(region).request("PUT", f"/{BUCKET}/key", body=b"x")
                    report.check(refused.status == 400 and b"not configured" in refused.body, "a bucket that is not accelerated is refused",
                                 str(refused.status))
                    accelerate(region, BUCKET)
                    size = options.mib * MIB
                    speed(report, region, edge, line, size)
                    faults(report, region, edge, line, size)
            finally:
                region.stop()
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=64, help="of the large uploads")
    run_reported(program(parser.parse_args()))
