#!/usr/bin/env python3
"""The fault matrix: every way of losing a zone, with each zone, alone and while another catches up. Writes docs/reliability.md.

    bench/reliability.py [--seconds N] [--out FILE]

Runs tests/faults/zone_loss.py (retries off, a checker beside the load) and tells what it found. The figures also go to build/bench.
"""
import argparse
import json
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "bench")]
from report import machine, table  # noqa: E402

GOAL_MS = {"hang": 500, "slow": 500}  # docs/performance.md; the other ways are errors.
GOAL_ERROR_MS = 50
WHAT = {
    "lost": "the directory is removed for good, an empty one comes in its place",
    "stale": "an older copy of the directory comes in its place",
    "swapped": "a copy of another zone's directory comes in its place, then its own again",
    "gone": "the directory cannot be found",
    "error": "every operation fails (EIO)",
    "full": "no space (ENOSPC)",
    "readonly": "read only (EROFS)",
    "flip": "bits flipped in what is read: rows, log and shards",
    "badread": "reads fail (EIO)",
    "badwrite": "writes fail (EIO)",
    "badsync": "fdatasync fails",
    "hang": "every operation hangs",
    "slow": "every operation takes 5 s",
}


def run(name, seconds, *more):
    """The cells that it measured, and how its checks ended."""
    cells = TOP / f"build/bench/reliability-{name}.json"
    cells.parent.mkdir(parents=True, exist_ok=True)
    cells.unlink(missing_ok=True)
    done = subprocess.run([TOP / "tests/faults/zone_loss.py", "--ways", "all", "--each-zone", "--seconds", str(seconds), "--cells", cells, *more],
                          stdout=subprocess.PIPE, text=True, check=False)
    (TOP / f"build/bench/reliability-{name}.log").write_text(done.stdout)
    print(done.stdout[-200:])
    return {"cells": json.loads(cells.read_text()), "checks": done.stdout.strip().splitlines()[-1]}


def by_way(cells):
    ways = {}
    for cell in cells:
        ways.setdefault(cell["way"], []).append(cell)
    return ways


def rows(found, are_judged):
    out = []
    for way, cells in by_way(found["cells"]).items():
        worst = max(cell["gap_ms"] for cell in cells)
        goal = GOAL_MS.get(way, GOAL_ERROR_MS)
        row = [f"`{way}`: {WHAT[way]}", f"{sum(cell['requests'] for cell in cells):,}", str(sum(cell["failed"] for cell in cells)),
               str(sum(cell["wrong"] for cell in cells)), " / ".join(f"{cell['gap_ms']:.0f}" for cell in cells)]
        out.append(row + ([f"<= {goal}: {'reached' if worst <= goal else '**missed**'}"] if are_judged else []))
    return out


def page(found, seconds):
    m = found["machine"]
    heads = ["fault", "requests", "failed", "wrong", "longest gap with zone a / b / c, ms"]
    return f"""# What was done to the zones, and what clients saw of it

`bench/reliability.py --seconds {seconds}` measured and wrote this. Machine: {m['cpu']}, {m['cores']} cores,
{m['memory_gib']} GiB, Linux {m['kernel']}; load average before the run {m['load_before']}. Version {found['version']}.

Eight clients put, read, copy, delete and upload in parts, with retries off, while a zone fails below the server, at the C library
(tests/harness/diskfault.c). After each fault every object that was acknowledged is read back, and at the end once more with each zone in turn
out of reach; a checker knows every byte that was acknowledged. A gap is a time in which no request of any client ended.

## One zone, any fault

{table([*heads, "goal"], rows(found["alone"], True))}

Checks: {found["alone"]["checks"]}.

## The same while another zone is catching up

The next zone was away for four seconds under load and is not whole yet: two zones are away at once, which nobody promises to serve. What must
hold, and did: nothing acknowledged is lost, nothing read is wrong, and all is whole by itself afterwards. Requests that fail say 503.

{table(heads, rows(found["catching_up"], False))}

Checks: {found["catching_up"]["checks"]}.

## Other faults

| fault | command |
|---|---|
| SIGKILL of a region under load, 20 rounds | `tests/run kill9` |
| SIGKILL of source, destination and both in the middle of transfers | `tests/run transfers` |
| a destination that is down, slow, stopped, back | `tests/run destination` |
| a line of 200 ms that loses, is cut one way, and stalls | `tests/run long_line` |
| a drill with its report; a zone out for maintenance, its disk away while the region restarts | `tests/run zone_care` |
| bodies that no zone can give back, fetched from the other region | `tests/run rebuild` |
| two and three regions from many seeds, crashes between any two awaits, clocks that jump; and two with zones whose disks fail in fifteen ways | `tests/run simulation` |
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4, help="how long a zone stays away")
    parser.add_argument("--out", default=TOP / "docs/reliability.md", type=pathlib.Path)
    arguments = parser.parse_args()
    version = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False).stdout.strip()
    found = {"machine": machine(), "version": version, "alone": run("alone", arguments.seconds),
             "catching_up": run("catching-up", arguments.seconds, "--while-catching-up")}
    (TOP / "build/bench/reliability.json").write_text(json.dumps(found, indent=1))
    arguments.out.write_text(page(found, arguments.seconds))


if __name__ == "__main__":
    main()
