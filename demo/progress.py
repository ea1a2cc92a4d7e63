"""The progress line: one line that is drawn over itself on a terminal, and one every few seconds elsewhere."""

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
    """Shows `describe()`, a line of text, until the next say() or stop()."""

    def __init__(self):
        self._terminal = sys.stdout.isatty()
        self._describe = None
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
            self._print(text, stays=True)

    def stop(self):
        self._stop.set()
        self._thread.join(5)

    def _print(self, text, stays):
        stamp = f"[{time.monotonic() - self._begin:5.1f} s] "
        if self._terminal:
            sys.stdout.write("\r\x1b[K" + stamp + text + ("\n" if stays else ""))
        else:
            sys.stdout.write(stamp + text + "\n")
        sys.stdout.flush()

    def _run(self):
        while not self._stop.wait(TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            with self._lock:
                describe = self._describe
            if describe is None:
                continue
            try:
                text = describe()
            except Exception as error:  # A region that is just restarting must not end the display.
                text = f"(no progress to be had: {error})"
            with self._lock:
                if self._describe is describe:
                    self._print(text, stays=False)
