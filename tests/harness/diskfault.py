"""Makes the disk under a region's zone fail, from outside the server (see diskfault.c)."""

import os
import subprocess

from .region import ROOT, HarnessError

SOURCE = ROOT / "tests" / "harness" / "diskfault.c"
MODES = ("hang", "error", "gone", "full", "readonly", "slow", "flip", "badread", "badwrite", "badsync")


def build():
    library = ROOT / "build" / "tests" / "diskfault.so"
    if library.exists() and library.stat().st_mtime > SOURCE.stat().st_mtime:
        return library
    library.parent.mkdir(parents=True, exist_ok=True)
    compiler = next((c for c in ("clang-19", "gcc", "cc") if _runs(c)), None)
    if compiler is None:
        raise HarnessError("no C compiler for tests/harness/diskfault.c")
    fresh = library.with_suffix(f".{os.getpid()}")
    subprocess.run([compiler, "-O2", "-Wall", "-fPIC", "-shared", "-o", str(fresh), str(SOURCE), "-ldl", "-pthread"],
                   check=True)
    os.replace(fresh, library)
    return library


def _runs(compiler):
    try:
        return subprocess.run([compiler, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


class DiskFault:
    """Attach before the region starts; then `set("zone-b", "hang")` and `clear()` at any time."""

    def __init__(self, region):
        self.region = region
        self.control = region.root / "diskfault"
        self.control.write_text("")
        region.environment.update({
            "LD_PRELOAD": str(build()),
            "DISKFAULT_CONTROL": str(self.control.absolute()),
            "DISKFAULT_DIRECTORIES": ":".join(str(path.absolute()) for path in region.zones.values()),
        })

    def set(self, zone, mode):
        assert mode in MODES
        self._write(f"{mode} {self.region.zones[zone].absolute()}\n")

    def clear(self):
        self._write("")

    def _write(self, text):
        # By rename, so that the watcher never reads half a line.
        fresh = self.control.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self.control)
