"""How a test program says what it found: one line a check, and 'N passed, N failed' at the end."""

import sys
import time
import traceback

from .region import HarnessError, Unavailable, remove_scratches


class Report:
    def __init__(self):
        self.passed = self.failed = 0
        self.start = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.start:6.1f} s] {text}", flush=True)

    def check(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        self.say(f"{'ok  ' if good else 'FAIL'} {what}{': ' + detail if detail else ''}")
        return bool(good)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


def run_reported(program):
    """Runs program(report) and ends the process with its verdict; a stage that cannot be set is a failure too."""
    report = Report()
    try:
        program(report)
    except Unavailable as why:
        report.say(f"skipped: {why}")
        if not report.passed + report.failed:
            print("0 passed, 0 failed", flush=True)
            sys.exit(0)
    except HarnessError as error:
        report.check(False, "the stage", str(error))
    except Exception:
        report.check(False, "the test itself", traceback.format_exc())
    status = report.finish()
    if status == 0:
        remove_scratches()
    sys.exit(status)


def some(items, limit=5):
    """The first of many, for a line of text."""
    items = [str(item) for item in items]
    return "; ".join(items[:limit]) + (f"; and {len(items) - limit} more" if len(items) > limit else "")


def milliseconds(seconds):
    return f"{seconds * 1000:.0f} ms"
