"""Load by plain threads, with no retries, that keeps a record of acknowledgements and of every request's time."""

import http.client
import random
import threading
import time

from .record import ABSENT, Record, digest_of
from .s3client import Refused

KIB = 1024
MIB = 1024 * KIB
PART_BYTES = 5 * MIB
DEFAULT_MIX = {"put": 50, "get": 30, "delete": 8, "head": 6, "list": 3, "multipart": 1}
DEFAULT_SIZES = (0, 100, 4 * KIB, 4 * KIB, 20 * KIB, 64 * KIB, 300 * KIB, 1 * MIB)
NO_ANSWER = (OSError, http.client.HTTPException)


class Sample:
    __slots__ = ("kind", "start", "end")

    def __init__(self, kind, start, end):
        self.kind, self.start, self.end = kind, start, end


class Failure:
    def __init__(self, kind, key, when, reason):
        self.kind, self.key, self.when, self.reason = kind, key, when, reason

    def __str__(self):
        return f"{self.kind} {self.key}: {self.reason}"


class Load:
    """`workers` threads, each with its own client and its own keys, so that every key has one writer.

    A worker that gets no answer reconnects and goes on, unless `stop_on_no_answer`.
    """

    def __init__(self, make_client, buckets, workers=8, keys=40, sizes=DEFAULT_SIZES, mix=None, seed=1,
                 record=None, rate=None, stop_on_no_answer=False, prefix="load"):
        self.make_client = make_client
        self.buckets = list(buckets)
        self.sizes = sizes
        self.keys = keys
        self.record = record or Record()
        self.samples = []
        self.failures = []
        self.wrong = []
        self.put_bytes = 0
        self.get_bytes = 0
        self._mix = mix or DEFAULT_MIX
        self._pause = workers / rate if rate else 0
        self._stop_on_no_answer = stop_on_no_answer
        self._stopping = threading.Event()
        self._prefix = prefix
        self._threads = [
            threading.Thread(target=self._work, args=(number, random.Random(seed * 1000 + number)), daemon=True)
            for number in range(workers)
        ]
        # Creating a record from many threads: make them all beforehand.
        for bucket in self.buckets:
            for number in range(workers):
                for slot in range(keys):
                    self.record.of(bucket, self._key(number, slot))

    def _key(self, number, slot):
        return f"{self._prefix}/w{number}/key {slot:03d}"

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, seconds=60):
        self._stopping.set()
        for thread in self._threads:
            thread.join(seconds)
        hung = [thread for thread in self._threads if thread.is_alive()]
        if hung:
            self.failures.append(Failure("any", "", time.monotonic(), f"{len(hung)} requests never ended"))
        return self

    def run_for(self, seconds):
        self.start()
        time.sleep(seconds)
        return self.stop()

    def _work(self, number, rng):
        client = self.make_client()
        kinds, weights = zip(*self._mix.items())
        counter = 0
        while not self._stopping.is_set():
            bucket = rng.choice(self.buckets)
            key = self._key(number, rng.randrange(self.keys))
            kind = rng.choices(kinds, weights)[0]
            counter += 1
            start = time.monotonic()
            try:
                getattr(self, "_" + kind)(client, bucket, key, rng, counter)
            except Refused as refused:
                self.failures.append(Failure(kind, key, time.monotonic(), str(refused)))
            except NO_ANSWER as error:
                self.failures.append(Failure(kind, key, time.monotonic(), f"{type(error).__name__}: {error}"))
                if self._stop_on_no_answer:
                    break
                time.sleep(0.05)
            else:
                self.samples.append(Sample(kind, start, time.monotonic()))
            if self._pause:
                time.sleep(max(0.0, self._pause - (time.monotonic() - start)))
        client.close()

    def content(self, key, rng, counter, size=None):
        size = rng.choice(self.sizes) if size is None else size
        head = f"{key} {counter} {rng.random()}\n".encode()
        return (head + rng.randbytes(max(0, size - len(head))))[:size] if size else b""

    def _put(self, client, bucket, key, rng, counter):
        body = self.content(key, rng, counter)
        record, digest = self.record.of(bucket, key), digest_of(body)
        try:
            answer = client.put(bucket, key, body)
        except BaseException:
            record.maybe(digest)
            raise
        record.written(digest, answer.headers.get("x-amz-version-id"))
        self.put_bytes += len(body)

    def _multipart(self, client, bucket, key, rng, counter):
        parts = [self.content(key, rng, counter, PART_BYTES), self.content(key, rng, counter, 100 * KIB)]
        record, digest = self.record.of(bucket, key), digest_of(b"".join(parts))
        try:
            answer = client.put_multipart(bucket, key, parts)
        except BaseException:
            record.maybe(digest)
            raise
        record.written(digest, answer.headers.get("x-amz-version-id"))
        self.put_bytes += sum(map(len, parts))

    def _delete(self, client, bucket, key, rng, counter):
        record = self.record.of(bucket, key)
        try:
            client.delete(bucket, key)
        except BaseException:
            record.maybe(ABSENT)
            raise
        record.deleted()

    def _get(self, client, bucket, key, rng, counter):
        answer = client.request("GET", f"/{bucket}/{key}")
        if answer.status == 404:
            found = ABSENT
        else:
            found = digest_of(answer.ok().body)
            self.get_bytes += len(answer.body)
        self._compare(bucket, key, found)

    def _head(self, client, bucket, key, rng, counter):
        answer = client.head(bucket, key)
        if answer.status != 404:
            answer.ok()
        exists = self.record.of(bucket, key).allowed
        if answer.status == 404 and ABSENT not in exists or answer.status == 200 and exists == {ABSENT}:
            self.wrong.append(f"HEAD {bucket}/{key}: {answer.status}, but {'absent' if exists == {ABSENT} else 'present'}")

    def _list(self, client, bucket, key, rng, counter):
        """List-after-write: the key's own worker must see exactly what it was told."""
        record = self.record.of(bucket, key)
        listed = any(found == key for found, _, _ in client.list_keys(bucket, key))
        if (listed and record.allowed == {ABSENT}) or (not listed and ABSENT not in record.allowed):
            self.wrong.append(f"LIST {bucket}/{key}: {'listed' if listed else 'not listed'}")

    def _compare(self, bucket, key, found):
        record = self.record.of(bucket, key)
        verdict = record.verdict(found)
        if verdict:
            self.wrong.append(f"GET {bucket}/{key}: {verdict}")
        else:
            record.settle(found)

    # What it saw

    def between(self, start, end, kind=None):
        return [s for s in self.samples if start <= s.end <= end and (kind is None or s.kind == kind)]

    def longest_gap(self, start, end):
        """Seconds, at most, in which no request at all ended between two moments."""
        ends = sorted(s.end for s in self.between(start, end))
        moments = [start, *ends, end]
        return max(later - earlier for earlier, later in zip(moments, moments[1:]))

    def slowest(self, start, end):
        return max((s.end - s.start for s in self.between(start, end)), default=0.0)


def percentile(values, fraction):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * fraction))] if values else 0.0


def check_record(make_client, record, workers=8, versions=True):
    """Reads back every key of `record`; returns {"lost": [...], "torn": [...], "resurrected": [...]}, keys checked."""
    found_wrong = {"lost": [], "torn": [], "resurrected": []}
    work = list(record.keys.items())
    errors = []

    def read_some(share):
        client = make_client()
        try:
            for (bucket, key), expected in share:
                answer = client.request("GET", f"/{bucket}/{key}")
                found = ABSENT if answer.status == 404 else digest_of(answer.ok().body)
                verdict = expected.verdict(found)
                if verdict:
                    found_wrong[verdict].append(f"{bucket}/{key}")
                expected.settle(found)
                if not versions:
                    continue
                for version, digest in list(expected.versions.items())[-20:]:
                    old = client.request("GET", f"/{bucket}/{key}", {"versionId": version})
                    if old.status == 404:
                        found_wrong["lost"].append(f"{bucket}/{key}?versionId={version}")
                    elif digest_of(old.ok().body) != digest:
                        found_wrong["torn"].append(f"{bucket}/{key}?versionId={version}")
        except (Refused, *NO_ANSWER) as error:
            errors.append(f"{bucket}/{key}: {error}")
        finally:
            client.close()

    threads = [threading.Thread(target=read_some, args=(work[n::workers],)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The listing must agree with what was read.
    client = make_client()
    for bucket in {bucket for bucket, _ in record.keys}:
        prefixes = {key.split("/")[0] for b, key in record.keys if b == bucket}
        listed = {key for prefix in prefixes for key, _, _ in client.list_keys(bucket, prefix + "/")}
        present = {key for (b, key), r in record.keys.items() if b == bucket and ABSENT not in r.allowed}
        absent = {key for (b, key), r in record.keys.items() if b == bucket and r.allowed == {ABSENT}}
        found_wrong["lost"] += [f"{bucket}/{key} (list)" for key in present - listed]
        found_wrong["resurrected"] += [f"{bucket}/{key} (list)" for key in listed & absent]
        found_wrong["torn"] += [f"{bucket}/{key} (list, unknown key)" for key in listed - present - absent
                                if (bucket, key) not in record.keys]
    client.close()
    return found_wrong, len(work), errors
