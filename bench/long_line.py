#!/usr/bin/env python3
"""Two regions a continent apart, over tests/line: 200 ms round trip, 0.1 % loss, 1 Gbit/s. Writes docs/long-line.md.

    bench/long_line.py [--only lag,backlog,large,clients] [--size-mib N] [--out FILE]

Takes root (network namespaces). The figures also go to build/bench/long-line.json.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "bench"), str(TOP / "tests")]
from disaster import finish, load  # noqa: E402
from harness.arrivals import Arrivals  # noqa: E402
from harness.edge import Edge, accelerate, direct_client, linked_region  # noqa: E402
from harness.line import DistantPair, Line  # noqa: E402
from report import machine, number, table  # noqa: E402

WORK = TOP / "build/bench/long-line"
BACKLOG = 100_000
STREAM_SECONDS = 20
CHANGED_EVERY = 64 * 2**20
PATIENCE_SECONDS = 900


def ruled(pair, bucket, transfer="internal", history=False):
    rule = pair.first.oss().add_replication(bucket, bucket, pair.second.name, history=history, transfer=transfer)
    wait(lambda: pair.first.oss().progress(bucket, rule)[0]["status"] == "doing")
    return rule


def wait(holds):
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not in {PATIENCE_SECONDS} s")
        time.sleep(0.05)


def lag(pair, line):
    """4 KiB objects at 500 a second, and eight probes beside them."""
    ruled(pair, "lag")
    running = load(pair.first, "put", "lag", "--rate", 500, "--seconds", 22, "--connections", 32, wait=False)
    time.sleep(1)
    probes = [Arrivals(pair, "lag", "lag", number, 20) for number in range(8)]
    for probe in probes:
        probe.join(60)
    written = finish(running)
    if missing := [key for probe in probes for key in probe.missing]:
        raise TimeoutError(f"{missing[0]} did not arrive")
    lags = sorted(lag for probe in probes for lag in probe.lags)
    return {"samples": len(lags), "written_per_second": written["per_second"], "failed": written["failed"],
            "p50_ms": 1e3 * lags[len(lags) // 2], "p99_ms": 1e3 * lags[int(len(lags) * 0.99)]}


def run_on(cores, *pids):
    """All threads of `pids`, and what they start from now on."""
    for pid in pids:
        for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


@contextlib.contextmanager
def apart(pair, line):
    """As if the destination were a machine of its own: half of the cores for it alone, the others for all else."""
    every = sorted(os.sched_getaffinity(0))
    run_on(every[len(every) // 2:], pair.second.process.pid)
    run_on(every[:(len(every) + 1) // 2], pair.first.process.pid, line.process.pid, os.getpid())
    try:
        yield
    finally:
        run_on(every, pair.first.process.pid, pair.second.process.pid, line.process.pid, os.getpid())


def backlog(pair, line):
    """100,000 x 4 KiB that were there before the rule, against what the destination takes from a client of its own: half of as many
    before and half after, as rows of what is there already cost both."""
    def locally(prefix):
        return BACKLOG / 2 / load(pair.second, "put", "backlog", "--count", BACKLOG // 2, "--prefix", prefix, "--connections", 64)["per_second"]

    with apart(pair, line):
        load(pair.first, "put", "backlog", "--count", BACKLOG, "--connections", 64)
        local = locally("before/")
        begin = time.monotonic()
        rule = ruled(pair, "backlog", history=True)
        wait(lambda: (pair.first.oss().progress("backlog", rule)[0]["history"] or 0) >= 1.0)
        took = time.monotonic() - begin
        local += locally("after/")
    return {"per_second": BACKLOG / took, "seconds": took, "local_put_per_second": BACKLOG / local}


def stream(line, congestion):
    """MiB/s of one TCP connection between the same ends, as fast as the kernel lets it."""
    with line.far.inside():
        listener = socket.create_server((line.far.address, 0))
    with line.near.inside():
        sender = socket.socket()
    sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, congestion.encode())
    sender.connect(listener.getsockname())
    receiver, _ = listener.accept()

    def send():
        try:
            while True:
                sender.sendall(bytes(1 << 18))
        except OSError:  # The receiver has seen enough.
            sender.close()
    threading.Thread(target=send, daemon=True).start()
    arrived, end = 0, time.monotonic() + STREAM_SECONDS
    while time.monotonic() < end:
        arrived += len(receiver.recv(1 << 20))
    receiver.close()
    listener.close()
    return arrived / STREAM_SECONDS / 2**20


def carried(pair, bucket, transfer, body):
    """MiB/s of one object, from the source's acknowledgement until it can be read at the destination."""
    ruled(pair, bucket, transfer)
    return brought(pair, bucket, body)


def brought(pair, bucket, body):
    etag = pair.first.s3(timeout=300).put(bucket, "large", body).headers["etag"]
    begin = time.monotonic()
    wait(lambda: pair.second.s3().head(bucket, "large").headers.get("etag") == etag)
    return len(body) / 2**20 / (time.monotonic() - begin)


def copied(pair, bucket, body):
    """The same by `rclone copy`, as it comes, run beside the source."""
    pair.first.s3(timeout=300).put(bucket, "large", body)
    settings = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}  # rclone's S3 client fails when it is set.
    for name, region in (("NEAR", pair.first), ("FAR", pair.second)):
        host = f"http://{region.place.address}:{region.port}"
        settings |= {f"RCLONE_CONFIG_{name}_{key}": value for key, value in {
            "TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": host, "ACCESS_KEY_ID": region.credential.access_key,
            "SECRET_ACCESS_KEY": region.credential.secret_key, "REGION": region.name}.items()}
    begin = time.monotonic()
    subprocess.run(pair.first.place.command(["rclone", "copy", f"near:{bucket}/large", f"far:{bucket}"]), check=True,
                   env=settings, timeout=PATIENCE_SECONDS)
    return len(body) / 2**20 / (time.monotonic() - begin)


def large(pair, line, size):
    body = os.urandom(size)
    return {"mib": size / 2**20, "stream_cubic": stream(line, "cubic"), "stream_bbr": stream(line, "bbr"),
            "internal": carried(pair, "large-internal", "internal", body), "rclone": copied(pair, "large-rclone", body)}


def accelerated(pair, line, size):
    """Random bytes; the same, one of 16 chunks changed; a log."""
    body = os.urandom(size)
    found = {"oss_acc": carried(pair, "large-acc", "oss_acc", body)}
    changed = bytearray(body)
    for place in range(0, size, CHANGED_EVERY):
        changed[place] ^= 1
    found["oss_acc_overwritten"] = brought(pair, "large-acc", bytes(changed))
    lines = [b"2024-05-01T00:00:00Z GET /path/of/an/object 200 client=%s\n" % os.urandom(6).hex().encode() for _ in range(50_000)]
    log = b"".join(lines)
    found["oss_acc_log"] = brought(pair, "large-acc", (log * (size // len(log) + 1))[:size])
    return found


def measured(name, regions, buckets, measurements):
    """Each of `measurements` in turn between two fresh regions at the ends of a fresh line."""
    shutil.rmtree(WORK, ignore_errors=True)
    found = {}
    with Line() as line, DistantPair(WORK, line, names=regions) as pair:
        pair.start()
        for region in pair.regions:
            for bucket in buckets:
                region.s3().create_bucket(bucket)
        for measurement in measurements:
            found |= measurement(pair, line)
            print(f"{name:<10} " + "  ".join(f"{key} {number(value)}" for key, value in found.items()), flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    return found


def clients(size):
    """A client's own upload and download, straight over the line and over an edge near it; MiB/s, and ms of a 4 KiB PUT."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    body, found = os.urandom(size), {"mib": size / 2**20}
    with Line() as line:
        region, link = linked_region(WORK, line)
        region.start()
        try:
            region.s3().create_bucket("clients")
            accelerate(region, "clients")
            with Edge(WORK, link, [region], place=line.near) as edge:
                for name, client, part in (("direct", direct_client(region, line.near), body[:size // 8]), ("edge", edge.s3(region), body)):
                    client.put("clients", "warm", b"x")
                    found[f"{name}_small_ms"] = 1e3 * timed(lambda: client.put("clients", "small", bytes(4096)))
                    found[f"{name}_put"] = len(part) / 2**20 / timed(lambda: client.put("clients", name, part))
                    found[f"{name}_get"] = len(part) / 2**20 / timed(lambda: client.get("clients", name))
        finally:
            region.stop()
    print("clients    " + "  ".join(f"{key} {number(value)}" for key, value in found.items()), flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    return found


def timed(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def goals(found):
    """(what, measured, goal, reached)"""
    rows = []
    if one := found.get("lag"):
        rows.append(("lag p99 of 4 KiB at 500/s, ms", one["p99_ms"], "<= 250", one["p99_ms"] <= 250))
    if one := found.get("backlog"):
        share = one["per_second"] / one["local_put_per_second"]
        rows.append(("backlog of 100,000 x 4 KiB, x the destination's own PUT rate", share, ">= 0.8", share >= 0.8))
    if one := found.get("large"):
        ratio = one["oss_acc"] / one["stream_cubic"]
        rows.append(("one large object by oss_acc, x one TCP stream (cubic)", ratio, ">= 20", ratio >= 20))
    return rows


def page(found):
    box = found["machine"]
    parts = [f"""# The long line

What `bench/long_line.py` measured and wrote (part of `make bench`). Two regions of three zones each at the two ends of `tests/line`: 200 ms round trip, 0.1 % loss each
way, 1 Gbit/s. Both regions, the line and the clients share one machine: {box['cpu']}, {box['cores']} cores, {box['memory_gib']} GiB, Linux {box['kernel']};
load average before the run {box['load_before']}. Version {found['version']}.
""", "## Against the goals\n", table(["measured as", "figure", "goal", ""], [
        [what, number(value), goal, "reached" if reached else "**missed**"] for what, value, goal, reached in goals(found)])]
    if one := found.get("lag"):
        parts.append(f"""
## Lag

From a write's acknowledgement at the source until a poll finds it at the destination, while 4 KiB objects are written at {number(one['written_per_second'])}/s
({one['failed']} failed): **p50 {number(one['p50_ms'])} ms, p99 {number(one['p99_ms'])} ms** of {one['samples']} probes. One way is 100 ms, and a poll itself takes part of what is measured.""")
    if one := found.get("backlog"):
        parts.append(f"""
## Backlog

100,000 objects of 4 KiB that were there before the rule: **{number(one['per_second'])}/s**, {number(one['seconds'])} s from the rule's PUT until the progress says that all
are there. A client of the destination's own (64 connections, no line between; half before, half after) puts {number(one['local_put_per_second'])}/s. For both the
destination has half of the cores for itself, as a machine of its own would; source, line and client run on the others.""")
    if one := found.get("large"):
        names = {"stream_cubic": "one TCP stream, cubic", "stream_bbr": "one TCP stream, BBR", "rclone": "`rclone copy` from region to region, as it comes",
                 "internal": "a rule, `internal`", "oss_acc": "a rule, `oss_acc`",
                 "oss_acc_overwritten": "the same, overwritten with one byte in 64 MiB changed", "oss_acc_log": "the same, a log in its place"}
        parts.append(f"\n## One object of {number(one['mib'])} MiB\n")
        parts.append(table(["by", "MiB/s", "x one TCP stream"], [[text, number(one[key]), number(one[key] / one["stream_cubic"])] for key, text in names.items() if key in one]))
    if one := found.get("clients"):
        parts.append(f"""
## A client far from its region

One S3 client and one object, {number(one['mib'])} MiB over an edge beside the client (docs/acceleration.md), an eighth of that straight over the line by its own TCP connection.
""")
        parts.append(table(["", "PUT, MiB/s", "GET, MiB/s", "PUT of 4 KiB, ms"], [
            [text, *(number(one[f"{key}_{what}"]) for what in ("put", "get", "small_ms"))]
            for key, text in (("direct", "straight"), ("edge", "over an edge"))]))
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Measures replication over a long line.")
    parser.add_argument("--only", default="lag,backlog,large,clients", help="what to measure; default: all of lag,backlog,large,clients")
    parser.add_argument("--size-mib", type=int, default=1024, help="of the large object")
    parser.add_argument("--out", default=TOP / "docs/long-line.md", type=pathlib.Path)
    arguments = parser.parse_args()
    chosen, size = arguments.only.split(","), arguments.size_mib * 2**20
    if unknown := set(chosen) - {"lag", "backlog", "large", "clients"}:
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of lag, backlog, large, clients")
    WORK.parent.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False).stdout.strip()
    found = {"machine": machine(), "version": version}
    near = ("cn-hangzhou", "cn-beijing")
    if "lag" in chosen:
        found["lag"] = measured("lag", near, ["lag"], [lag])
    if "backlog" in chosen:
        found["backlog"] = measured("backlog", near, ["backlog"], [backlog])
    if "large" in chosen:
        found["large"] = measured("large", near, ["large-internal", "large-rclone"], [lambda pair, line: large(pair, line, size)])
        # Across the border, where acceleration is the rule.
        found["large"] |= measured("large", ("cn-hangzhou", "us-west-1"), ["large-acc"], [lambda pair, line: accelerated(pair, line, size)])
    if "clients" in chosen:
        found["clients"] = clients(size // 4)
    (WORK.parent / "long-line.json").write_text(json.dumps(found, indent=1))
    arguments.out.write_text(page(found))
    for what, value, goal, reached in goals(found):
        print(f"{what:<60}{value:>10.3g}  {goal:<8} {'reached' if reached else 'missed'}")


if __name__ == "__main__":
    main()
