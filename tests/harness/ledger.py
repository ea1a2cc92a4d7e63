"""What was acknowledged at a source, what of it is at the destination, and whether `NewObject` says the truth about it."""

import hashlib
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .load import Load


class Ledger:
    """Every acknowledged write of the source, until it was seen at the destination."""

    def __init__(self):
        self.pending = {}
        self.written = {}
        self.lock = threading.Lock()
        self.count = 0

    def add(self, key, etag):
        with self.lock:
            self.pending[key] = (time.time(), etag)
            self.written[key] = etag
            self.count += 1

    def before(self, moment):
        with self.lock:
            # In the order of writing, and many wait when the destination is away.
            older = itertools.takewhile(lambda item: item[1][0] < moment, self.pending.items())
            return [(key, when, etag) for key, (when, etag) in older]

    def oldest(self):
        with self.lock:
            return next((when for when, _ in self.pending.values()), None)

    def seen(self, key):
        with self.lock:
            self.pending.pop(key, None)

    def is_pending(self, key):
        with self.lock:
            return key in self.pending


class UniqueLoad(Load):
    """Every PUT makes a new key, so that each write can be looked for at the destination."""

    ledger = None

    def _put(self, client, bucket, key, rng, counter):
        body = self.content(key, rng, counter)
        fresh = f"{key}/{self._prefix}-{counter}"
        self.ledger.add(fresh, client.put(bucket, fresh, body).headers["etag"].strip('"').lower())


class Truth:
    """Reads NewObject and looks whether it is true, in its own thread."""

    def __init__(self, pair, buckets, rule, ledger):
        self.lies, self.errors, self.reads = [], [], 0
        self.reached = None
        self.reachable = True
        self._pair, self._rule, self._ledger = pair, rule, ledger
        self._bucket, self._replica = buckets
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stop.set()
        self._thread.join(30)

    def _run(self):
        source, target = self._pair.first.oss(timeout=10), self._pair.second.s3(timeout=10)
        while not self._stop.wait(0.2):
            try:
                found = source.progress(self._bucket, self._rule)[0]["new_object"]
            except Exception as error:
                self.errors.append(f"progress: {error}")
                continue
            if found is None:
                continue
            self.reads += 1
            if self.reached is not None and found < self.reached - 0.001:
                self.errors.append(f"NewObject went back by {self.reached - found:.3f} s")
            self.reached = found
            self._look(target, found)

    def _look(self, target, moment):
        for key, when, etag in self._ledger.before(moment):
            if not self.reachable:
                # Nothing acknowledged after the destination went can be there; the record tells without asking. The list was
                # taken before: what was seen in the meantime is no longer pending.
                if not self._ledger.is_pending(key):
                    continue
                self.lies.append(f"{key}: not there, but NewObject is {moment - when:.3f} s past it")
                return
            try:
                head = target.head(self._replica, key)
            except OSError:
                return
            if head.status == 200 and head.headers.get("etag", "").strip('"').lower() == etag:
                self._ledger.seen(key)
            else:
                self.lies.append(f"{key}: {head.status} there, but NewObject is {moment - when:.3f} s past it")


def settle(ledger, pair, replica, seconds, prefix=""):
    """Marks as seen what is at the destination; returns what is still missing after that many seconds."""
    target = pair.second.s3()
    end = time.monotonic() + seconds
    while True:
        there = {key: etag for key, etag, _ in target.list_keys(replica, prefix)}
        missing = [key for key, _, etag in ledger.before(float("inf")) if there.get(key) != etag]
        for key, _, etag in ledger.before(float("inf")):
            if there.get(key) == etag:
                ledger.seen(key)
        if not missing or time.monotonic() > end:
            return missing
        time.sleep(0.3)


def read_back(make_client, bucket, written, workers=4):
    """Reads what plain PUTs have written (their ETag is the MD5 of the bytes); returns what is not there, or other bytes."""
    wrong = []

    def read_some(share):
        client = make_client()
        for key, etag in share:
            answer = client.request("GET", f"/{bucket}/{key}")
            if answer.status != 200 or hashlib.md5(answer.body).hexdigest() != etag:
                wrong.append(f"{key}: {answer.status}, {len(answer.body)} bytes")
        client.close()

    items = list(written.items())
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(read_some, (items[n::workers] for n in range(workers))))
    return wrong
