"""A long line between two network namespaces (tests/line): delay, loss, a bottleneck, cuts and stalls.

Each end reaches nothing but itself and, over the line, the other end. It takes root.
"""

import json
import os
import pathlib
import subprocess

from .place import Namespace
from .region import ROOT, HarnessError, RegionPair, Unavailable


def find_line():
    for kind in ("release", "dev"):
        path = ROOT / "build" / kind / "line"
        if os.access(path, os.X_OK):
            return str(path)
    raise HarnessError("no line emulator; build it: tools/build release line")


class Line:
    """`near` and `far`; `set("both", loss=0.01)`, `set("there", "cut")`, `stall()`, `open()`, `counts()` at any time.

    `there` is from near to far, `back` the other way.
    """

    _NAMES = {"both": "both", "there": "ab", "back": "ba"}

    def __init__(self, delay_ms=100, loss=0.001, rate_mbit=1000, queue_ms=50, congestion=None, seed=1):
        command = [find_line(), "--delay-ms", delay_ms, "--loss", loss, "--rate-mbit", rate_mbit, "--queue-ms", queue_ms, "--seed", seed]
        if congestion:
            command += ["--congestion", congestion]
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        ends = self.process.stdout.readline()
        if not ends:
            raise Unavailable(f"no line: {self.process.stderr.read().strip()}")
        self.near, self.far = (Namespace(end["address"], end["namespace"]) for end in map(json.loads(ends).get, "ab"))

    def set(self, direction, *words, **conditions):
        self._ask(" ".join([self._NAMES[direction], *words, *(f"{name}={value}" for name, value in conditions.items())]))

    def cut(self, direction="both"):
        self.set(direction, "cut")

    def stall(self, direction="both"):
        self.set(direction, "stall")

    def open(self):
        self.set("both", "open")

    def counts(self):
        found = json.loads(self._ask("counts"))
        return {"there": found["ab"], "back": found["ba"]}

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.near.close()
        self.far.close()
        self.process.stdin.close()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.stop()

    def _ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise HarnessError(f"line: {command}: {answer or 'it has ended'}")
        return answer


class DistantPair(RegionPair):
    """Two linked regions at the two ends of a line: the first at `near`, the second at `far`."""

    def __init__(self, root, line, **more):
        super().__init__(root, **more)
        for region, place in zip(self.regions, (line.near, line.far)):
            region.place = place
        for region, other in ((self.first, self.second), (self.second, self.first)):
            region.peers = [(other.name, f"http://{other.place.address}:{other.port}")]
