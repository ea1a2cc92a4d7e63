"""The progress display: a few lines drawn over themselves on a terminal, and one line every few seconds elsewhere."""

import shutil
import sys
import threading
import time

BAR_WIDTH = 24
TERMINAL_SECONDS = 0.5
LOG_SECONDS = 5.0


def bar(fraction):
    filled = int(BAR_WIDTH * max(0.0, min(1.0, fraction)))
    return "[" + "#" * filled + "-" * (BAR_WIDTH - filled) + f"] {100 * fraction:3.0f} %"


def mib(size):
    return f"{size / 2**20:,.0f} MiB"


class Progress:
    """Shows `describe()`, a list of lines, until the next say() or stop()."""

    def __init__(self):
        self._terminal = sys.stdout.isatty()
        self._describe = None
        self._drawn = 0
        self._lock = threading.Lock()
        self._begin = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def show(self, describe):
        with self._lock:
            self._describe = describe

    def say(self, text):
        """A line that stays; whatever was shown before is over."""
        with self._lock:
            self._describe = None
            self._erase()
            sys.stdout.write(self._stamp() + text + "\n")
            sys.stdout.flush()

    def stop(self):
        self._stop.set()
        self._thread.join(5)
        with self._lock:
            self._erase()

    def _stamp(self):
        return f"[{time.monotonic() - self._begin:5.1f} s] "

    def _erase(self):
        if self._drawn:
            sys.stdout.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self, lines):
        if not self._terminal:
            sys.stdout.write(self._stamp() + " | ".join(lines) + "\n")
        else:
            self._erase()
            width = shutil.get_terminal_size().columns - 1
            for line in lines:
                sys.stdout.write(line[:width] + "\n")
            self._drawn = len(lines)
        sys.stdout.flush()

    def _run(self):
        while not self._stop.wait(TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            with self._lock:
                describe = self._describe
            if describe is None:
                continue
            try:
                lines = describe()
            except Exception as error:  # What is shown is only a view; that it fails for a moment must not end the demo.
                lines = [f"(no progress to be had: {error})"]
            with self._lock:
                if self._describe is describe and not self._stop.is_set():
                    self._draw(lines)
