"""Small writes and reads at both regions all through the demo: how long nothing was answered, and how late replicas are."""

import http.client
import threading
import time

from harness.load import percentile
from harness.s3client import Refused

PREFIX = "probe/"


class Probe:
    """One thread a direction: writes an object at `source` every `pause` seconds, waits for it at `target`."""

    def __init__(self, source, target, bucket, replica, pause=0.25):
        self.name = f"{source.name} -> {target.name}"
        self.lags = []
        self.failures = []
        self.requests = 0
        self.longest_gap = 0.0
        self.waiting_since = None
        self._source, self._target = source.s3(), target.s3()
        self._bucket, self._replica, self._pause = bucket, replica, pause
        self._key_prefix = f"{PREFIX}{source.name}/"
        self._stop = threading.Event()
        self._answered = None
        self.keys = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self, wait=True):
        self._stop.set()
        if wait:
            self._thread.join(130)

    def _request(self, call):
        """One request; the gap is from the moment it was wanted to its answer."""
        self.requests += 1
        start = time.monotonic()
        try:
            return call()
        except (Refused, OSError, http.client.HTTPException) as error:
            self.failures.append(f"{self.name}: {error}")
            return None
        finally:
            self.longest_gap = max(self.longest_gap, time.monotonic() - start)

    def _run(self):
        number = 0
        while not self._stop.is_set():
            number += 1
            key = f"{self._key_prefix}{number:05d}"
            body = f"{key} {time.time()}".encode().ljust(4096, b".")
            if self._request(lambda: self._source.put(self._bucket, key, body)) is None:
                continue
            self.keys.append(key)
            written = time.monotonic()
            self.waiting_since = written
            while True:
                found = self._request(lambda: self._target.request("GET", f"/{self._replica}/{key}"))
                if found is not None and found.status == 200:
                    if found.body != body:
                        self.failures.append(f"{self.name}: {key} is not what was written")
                    self.lags.append(time.monotonic() - written)
                    break
                if found is not None and found.status != 404:
                    self.failures.append(f"{self.name}: {found.status} for {key}")
                if time.monotonic() - written > 120:
                    self.failures.append(f"{self.name}: {key} did not arrive in 120 s")
                    break
                time.sleep(0.005)
            self.waiting_since = None
            self._stop.wait(self._pause)
        for client in (self._source, self._target):
            client.close()

    def lag(self):
        """Seconds: of the one that is on its way, or of the last one."""
        waiting = self.waiting_since
        if waiting is not None:
            return max(time.monotonic() - waiting, 0.0)
        return self.lags[-1] if self.lags else 0.0

    def lag_percentile(self, fraction):
        return percentile(self.lags, fraction)
