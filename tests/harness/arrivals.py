"""How long it takes until what was written in one region is in another."""

import threading
import time

POLL_SECONDS = 0.004
MISSING_SECONDS = 30


class Arrivals(threading.Thread):
    """Writes a key of 4 KiB at the first region now and then, for `seconds`, and looks when it is at the second.

    `lags`: seconds from acknowledgement to sight. `missing`: what was not there in time; it ends with the first.
    """

    def __init__(self, pair, bucket, replica, name, seconds, pause=0.1):
        super().__init__(daemon=True)
        self.lags, self.missing = [], []
        self._pair, self._bucket, self._replica, self._name, self._pause = pair, bucket, replica, name, pause
        self._end = time.monotonic() + seconds
        self.start()

    def run(self):
        source, target = self._pair.first.s3(), self._pair.second.s3()
        number = 0
        while time.monotonic() < self._end:
            key = f"probe/{self._name}-{number}"
            source.put(self._bucket, key, b"x" * 4096)
            acknowledged = time.monotonic()
            while target.head(self._replica, key).status != 200:
                if time.monotonic() - acknowledged > MISSING_SECONDS:
                    self.missing.append(key)
                    return
                time.sleep(POLL_SECONDS)
            self.lags.append(time.monotonic() - acknowledged)
            number += 1
            time.sleep(self._pause)
