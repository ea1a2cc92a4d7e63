#!/usr/bin/env python3
"""Runs the tests of the project, one line a step, and closes with one line over everything: 'N passed, N failed'.

    tools/test.py all        unit tests under ASan, TSan for the rooms with threads, tidy, black box against the release build
    tools/test.py changed    dev build, tidy and unit tests of the rooms that differ from main

A step's whole output is in build/report/STEP.log; the end of it is printed when the step fails.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parent.parent
REPORT = TOP / "build" / "report"
SUMMARY = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)

# What says why a program failed; it may stand far above the end of the output.
REASON = re.compile(r"\[  FAILED  \]|: Failure$|ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|Assertion|CHECK|(?:^\s*|s\] )FAIL\b")


class Steps:
    def __init__(self):
        self.passed = self.failed = 0
        self.wrong = []  # A line each: which step, which test, why.

    def run(self, name, command, count, **environment):
        """Runs `command`; `count(output, ok)` gives (passed, failed). A step that fails without a failed test counts as one."""
        print(f"{name:<28}", end="", flush=True)
        begin = time.monotonic()
        log = REPORT / f"{name.replace(' ', '-')}.log"
        with open(log, "w") as out:
            ok = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                env=os.environ | environment).returncode == 0
        output = log.read_text(errors="replace")
        passed, failed = count(output, ok)
        failed = max(failed, 0 if ok else 1)
        self.passed += passed
        self.failed += failed
        counted = f"{passed} passed, {failed} failed" if passed or failed else "done"
        print(f"{time.monotonic() - begin:7.1f} s   {counted}", flush=True)
        if failed:
            lines = output.splitlines()
            self.wrong += [f"{name}: {line.strip()}"[:300] for line in reasons(lines)[:15]] or [f"{name}: failed"]
            print("".join(f"    {line}\n" for line in lines[-60:]), end="", flush=True)
            print(f"    (all of it: {log.relative_to(TOP)})", flush=True)
        return failed == 0

    def build(self, preset, *targets):
        return self.run(f"build {preset}", ["tools/build", preset, *targets], lambda output, ok: (0, 0))

    def unit(self, preset, *ctest):
        """ctest runs the programs, GoogleTest's own reports count the cases in them."""
        folder = REPORT / f"gtest-{preset}"
        shutil.rmtree(folder, ignore_errors=True)

        def count(_, ok):
            passed = failed = 0
            for report in folder.glob("*.xml"):
                suites = xml.etree.ElementTree.parse(report).getroot()
                bad = int(suites.get("failures")) + int(suites.get("errors"))
                failed += bad
                passed += int(suites.get("tests")) - bad - int(suites.get("disabled"))
            return passed, failed
        suppressions = f"suppressions={TOP}/cmake/tsan.supp"
        return self.run(f"unit tests {preset}",
                        ["ctest", "--test-dir", f"build/{preset}", "--output-on-failure", "--timeout", "300",
                         "--no-tests=error", "--parallel", str(os.cpu_count()), *ctest],
                        count, GTEST_OUTPUT=f"xml:{folder}/", TSAN_OPTIONS=f"halt_on_error=1:{suppressions}",
                        ASAN_OPTIONS="detect_stack_use_after_return=1", UBSAN_OPTIONS="print_stacktrace=1")

    def counted(self, name, command):
        """A step that prints its own summary line."""
        def count(output, ok):
            lines = SUMMARY.findall(output)
            return (int(lines[-1][0]), int(lines[-1][1])) if lines else (0, 0)
        return self.run(name, command, count)


def reasons(lines):
    """The lines that say what failed; below the place of a GoogleTest failure stand a few that say how."""
    chosen = []
    for at, line in enumerate(lines):
        if REASON.search(line):
            chosen.append(line)
            if line.endswith(": Failure"):
                chosen += lines[at + 1:at + 5]
    return chosen


def all_tests(steps):
    # Unit tests run under the sanitizers only: a second build of them at -O2 takes minutes and shows nothing more.
    steps.build("release", "antipode", "line")
    if steps.build("asan", "unit_tests"):
        steps.unit("asan")
    if steps.build("tsan", "threaded_tests"):
        steps.unit("tsan", "-L", "threads")
    steps.counted("rules of the house", ["tools/tidy.py"])
    steps.counted("rules checked", ["python3", "tools/tidy_test.py"])
    steps.counted("durability model", ["python3", "tools/durability_test.py"])
    if (TOP / "tests" / "run").exists():
        steps.counted("clients and faults", ["tests/run"])


def changed_tests(steps):
    rooms = changed_rooms()
    steps.counted("rules of the house", ["tools/tidy.py"])
    tests = [f"{room}_test" for room in rooms if any((TOP / "src" / room).rglob("*_test.cc"))]
    if tests and steps.build("dev", *tests):
        steps.unit("dev", "-R", "^(" + "|".join(rooms) + ")$")
    if not tests:
        print("no room differs from main")


def changed_rooms():
    def git(*words):
        return subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True).stdout
    base = git("merge-base", "HEAD", "origin/main") or git("merge-base", "HEAD", "main") or "HEAD"
    names = git("diff", "--name-only", base.strip()) + git("ls-files", "--others", "--exclude-standard")
    rooms = {name.split("/")[1] for name in names.splitlines() if re.match(r"src/[a-z0-9_]+/", name)}
    return sorted(room for room in rooms if (TOP / "src" / room / "CMakeLists.txt").exists())


def main():
    plans = {"all": all_tests, "changed": changed_tests}
    if len(sys.argv) != 2 or sys.argv[1] not in plans:
        sys.exit("tools/test.py: say 'all' or 'changed'")
    REPORT.mkdir(parents=True, exist_ok=True)
    steps, begin = Steps(), time.monotonic()
    plans[sys.argv[1]](steps)
    print(f"{'all steps':<28}{time.monotonic() - begin:7.1f} s")
    # Last, because the end is what is kept of a long output.
    print("".join(f"wrong: {line}\n" for line in steps.wrong), end="")
    print(f"{steps.passed} passed, {steps.failed} failed")
    sys.exit(1 if steps.failed else 0)


if __name__ == "__main__":
    main()
