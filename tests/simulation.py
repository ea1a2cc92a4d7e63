#!/usr/bin/env python3
"""Two and three regions in the simulator, and two of three zones each, many seeds: nothing wrong may be seen, and a seed must give the same run twice."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.report import run_reported, some  # noqa: E402

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "build" / "release" / "antipode"
RUN = re.compile(r"^seed (\d+): trace ([0-9a-f]{16}), (\d+) s simulated, (\d+) violations$", re.M)


def simulate(regions, seed, minutes, runs, engine):
    """[(seed, trace, simulated seconds, violations)], and all that was printed."""
    done = subprocess.run([PROGRAM, "sim", "--regions", str(regions), "--engine", engine, "--seed", str(seed), "--minutes", str(minutes), "--runs", str(runs)],
                          capture_output=True, text=True)
    return [(int(s), trace, int(seconds), int(bad)) for s, trace, seconds, bad in RUN.findall(done.stdout)], done.stdout + done.stderr


def simulate_many(regions, minutes, options, runs, report, engine="memory"):
    what = f"{regions} regions" + (" of three zones" if engine == "zoned" else "")
    share = -(-runs // os.cpu_count())
    starts = range(options.seed, options.seed + runs, share)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(lambda start: simulate(regions, start, minutes,
                                                    min(share, options.seed + runs - start), engine),
                              starts))
    results = [result for found, _ in parts for result in found]
    text = "".join(printed for _, printed in parts)
    bad = [line for line in text.splitlines() if not line.startswith("seed ")]
    hours = sum(seconds for _, _, seconds, _ in results) / 3600
    report.check(len(results) == runs, f"{what}: {runs} seeds, {hours:.1f} simulated hours", some(bad))
    wrong = [f"seed {seed}" for seed, _, _, violations in results if violations]
    report.check(not wrong, f"{what}: nothing lost, torn, resurrected, different, or promised too early", some(wrong + bad))
    again, _ = simulate(regions, options.seed, minutes, 1, engine)
    report.check(again[:1] == results[:1], f"{what}: seed {options.seed} gives the same run again")


def refuse_mutants(report):
    """Bugs can be planted in builds for tests only."""
    done = subprocess.run([PROGRAM, "sim", "--mutant", "no-tombstones"], capture_output=True, text=True)
    report.check(done.returncode == 2 and "this build has no mutants" in done.stderr, "nobody can plant a bug in what is released")


def program(options):
    def run(report):
        refuse_mutants(report)
        simulate_many(2, options.minutes, options, options.runs, report)
        # A third region makes three times the traffic between regions.
        simulate_many(3, options.minutes, options, max(1, options.runs // 3), report)
        # Disks and their threads cost more than all else.
        simulate_many(2, max(1, options.minutes // 2), options, max(1, options.runs // 10), report, "zoned")
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--runs", type=int, default=30, help="so many seeds of two regions, a third of it of three, a tenth with zones")
    parser.add_argument("--minutes", type=int, default=2, help="simulated, under load and faults, of each")
    run_reported(program(parser.parse_args()))
