#!/usr/bin/env python3
"""SIGKILL of the source, of the destination, and of both, in the middle of a large transfer and of many small ones.

The link has a limit, so that the kill hits while the large object is under way. All the time the large object is looked for
at the destination: the one before it or all of it, never a part. Every byte that the source sends is counted on the link:
what was there is not sent again. In the end both sides are the same, and every acknowledged write is read back.
"""

import argparse
import hashlib
import http.client
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.ledger import Ledger, UniqueLoad, read_back, settle  # noqa: E402
from harness.load import KIB, MIB  # noqa: E402
from harness.proxy import ProxiedPair  # noqa: E402
from harness.region import HarnessError, scratch  # noqa: E402
from harness.report import milliseconds, run_reported, some  # noqa: E402

BUCKET, REPLICA = "transfers-source", "transfers-target"
VICTIMS = ("source", "destination", "both")
SMALL_BYTES, SMALL_RATE = 4 * KIB, 400
PART_BYTES = 8 * MIB
# What may be under way when a process dies, and is sent again: chunks of the large object, and a batch of small ones.
CHUNKS_UNDER_WAY_BYTES, BATCH_BYTES, BATCH_OPERATIONS = 4 * 4 * MIB, 4 * MIB, 512
# What goes over the link beside the bytes of objects: for each of them, and in proportion.
BESIDE_EACH_BYTES, BESIDE_SHARE = 1000, 0.005


class Large:
    """A large object of one PUT, or of parts, with the ETag that it will have."""

    def __init__(self, rng, size, of_parts):
        self.body = rng.randbytes(size)
        self.parts = [self.body[at:at + PART_BYTES] for at in range(0, size, PART_BYTES)] if of_parts else None
        if of_parts:
            digests = b"".join(hashlib.md5(part).digest() for part in self.parts)
            self.etag = f"{hashlib.md5(digests).hexdigest()}-{len(self.parts)}"
        else:
            self.etag = hashlib.md5(self.body).hexdigest()

    def put(self, client, key):
        if self.parts:
            client.put_multipart(BUCKET, key, self.parts)
        else:
            client.put(BUCKET, key, self.body)


class Watch(threading.Thread):
    """Looks at a key of the destination all the time: `old` (None = nothing is there), and some day `new`, and never `old` again."""

    def __init__(self, target, key, old, new, seed):
        super().__init__(daemon=True)
        self.wrong, self.looks, self.is_down = [], 0, False
        self.arrived = threading.Event()
        self._target, self._key = target, key
        self._known = {large.etag: large.body for large in (old, new) if large}
        self._old, self._new = old, new
        self._rng = random.Random(seed)
        self._ending = threading.Event()
        self.start()

    def stop(self):
        self._ending.set()
        self.join(30)

    def run(self):
        client = self._target.s3(timeout=20)
        while not self._ending.wait(0.01):
            was_down = self.is_down
            try:
                self._look(client, was_down)
            except (OSError, http.client.HTTPException) as why:
                if not (was_down or self.is_down):
                    self.wrong.append(f"no answer: {why}")

    def _look(self, client, was_down):
        # The length of all of it, and some bytes from anywhere.
        head = client.head(REPLICA, self._key)
        size = len(self._new.body)
        at = self._rng.randrange(size - 64 * KIB)
        some_bytes = client.request("GET", f"/{REPLICA}/{self._key}", headers={"Range": f"bytes={at}-{at + 64 * KIB - 1}"})
        for answer in (head, some_bytes):
            if answer.status == 503 and (was_down or self.is_down):
                continue
            self.looks += 1
            if answer.status == 404:
                if self._old or self.arrived.is_set():
                    self.wrong.append("it is not there any more")
                continue
            etag = answer.headers.get("etag", "").strip('"').lower()
            body = self._known.get(etag)
            if answer.status not in (200, 206) or body is None:
                self.wrong.append(f"{answer.status} with ETag {etag}")
            elif etag == self._new.etag:
                self.arrived.set()
            elif self.arrived.is_set():
                self.wrong.append("the one before is there again")
            if answer is head and body and int(head.headers["content-length"]) != len(body):
                self.wrong.append(f"{head.headers['content-length']} bytes")
            if answer is some_bytes and body and some_bytes.body != body[at:at + 64 * KIB]:
                self.wrong.append(f"other bytes at {at}")


class Stage:
    """Two regions, and the link between them on which the bytes are counted."""

    def __init__(self, options):
        self.pair = ProxiedPair(scratch("transfers"))
        self.link = self.pair.link
        self.size = options.large_mib * MIB
        self.rng = random.Random(options.seed)
        self.last = {}
        self.written = {}

    def regions_of(self, victim):
        return {"source": [self.pair.first], "destination": [self.pair.second], "both": self.pair.regions}[victim]

    def status(self):
        return self.pair.first.admin("replication", "status", "--bucket", BUCKET)["rules"][0]

    def wait(self, holds, what, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise HarnessError(f"{what}: not after {seconds} s")
            time.sleep(0.005)


def kill_and_restart(stage, victim, watch):
    """Returns when they died, and how long they were away."""
    killed = time.monotonic()
    watch.is_down = victim != "source"
    for region in stage.regions_of(victim):
        region.kill9()
    for region in stage.regions_of(victim):
        region.start(wait=False)
    for region in stage.regions_of(victim):
        region.wait_ready()
    watch.is_down = False
    return killed, time.monotonic() - killed


def one_round(report, stage, victim, number):
    pair, link, key, name = stage.pair, stage.link, f"large/{victim}", f"{victim}-{number}"
    large = Large(stage.rng, stage.size, of_parts=number % 2 == 0)
    ledger = Ledger()
    watch = Watch(pair.second, key, stage.last.get(key), large, number)
    load = UniqueLoad(pair.first.s3, [BUCKET], workers=4, rate=SMALL_RATE, mix={"put": 1}, prefix=name, sizes=(SMALL_BYTES,),
                      seed=number, stop_on_no_answer=victim != "destination")
    load.ledger = ledger
    sent_at_start, operations_at_start = link.there_bytes, stage.status()["operations_sent"]
    load.start()
    large.put(pair.first.s3(timeout=120), key)
    share = stage.rng.uniform(0.55, 0.8)
    stage.wait(lambda: link.there_bytes - sent_at_start > share * stage.size, "the large object is on its way")
    before = stage.status()
    sent_before = link.there_bytes - sent_at_start
    killed, away = kill_and_restart(stage, victim, watch)
    load.stop()
    is_midway = before["backlog_bytes"] >= stage.size and sent_before < stage.size + ledger.count * SMALL_BYTES
    failures = [failure for failure in load.failures if victim == "destination" or failure.when < killed]
    missing = settle(ledger, pair, REPLICA, 90, f"{name}/")
    watch.arrived.wait(90)
    stage.wait(lambda: stage.status()["backlog_operations"] == 0, "nothing waits")
    after = stage.status()["operations_sent"]
    sent = link.there_bytes - sent_at_start
    watch.stop()
    stage.last[key] = large
    stage.written.update(ledger.written)

    twice = sent - stage.size * (1 + BESIDE_SHARE) - ledger.count * (SMALL_BYTES + BESIDE_EACH_BYTES)
    # Answers that the source has heard; its count begins again when it does.
    heard = after - operations_at_start if victim == "destination" else before["operations_sent"] - operations_at_start + after
    operations_twice = heard - ledger.count
    whole = hashlib.sha256(pair.second.s3().get(REPLICA, key).body).digest() == hashlib.sha256(large.body).digest()
    report.check(is_midway, f"{name}: killed with {sent_before / MIB:.0f} of {stage.size // MIB} MiB on the link",
                 f"{before['backlog_operations']} changes under way; ready after {milliseconds(away)}")
    report.check(not missing and whole and not failures and watch.arrived.is_set(),
                 f"{name}: the large object and {ledger.count} small ones arrive", some(missing + failures))
    report.check(not watch.wrong and watch.looks > 10, f"{name}: never a half object, looked {watch.looks} times", some(watch.wrong))
    report.check(twice <= CHUNKS_UNDER_WAY_BYTES + BATCH_BYTES and operations_twice <= BATCH_OPERATIONS,
                 f"{name}: nothing sent twice but what was under way",
                 f"about {max(twice, 0) / MIB:.1f} MiB and {max(operations_twice, 0)} changes twice")
    return max(twice, 0), operations_twice


def program(options):
    def run(report):
        stage = Stage(options)
        with stage.pair as pair:
            pair.start()
            pair.first.s3().create_bucket(BUCKET)
            pair.second.s3().create_bucket(REPLICA)
            pair.first.oss().add_replication(BUCKET, REPLICA, pair.second.name)
            pair.first.admin("replication", "limit", BUCKET, "--bandwidth", f"{options.bandwidth_mib}MiB")
            for victim in options.victims:
                twice = [one_round(report, stage, victim, number) for number in range(1, options.rounds + 1)]
                report.say(f"{victim}: sent twice at most {max(size for size, _ in twice) / MIB:.1f} MiB, "
                           f"{max(count for _, count in twice)} changes")
                proof = pair.first.admin("replication", "verify", BUCKET, check=False)
                report.check(proof.get("identical"), f"{victim}: digests are the same on both sides", "" if proof.get("identical") else str(proof)[:300])
            wrong = read_back(pair.second.s3, REPLICA, stage.written)
            report.check(not wrong, f"every one of {len(stage.written)} acknowledged small writes is there, byte for byte", some(wrong))
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="of each victim")
    parser.add_argument("--victims", default=",".join(VICTIMS), help=f"some of {', '.join(VICTIMS)}")
    parser.add_argument("--large-mib", type=int, default=64)
    parser.add_argument("--bandwidth-mib", type=int, default=16, help="a second, of the link")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.victims = arguments.victims.split(",")
    run_reported(program(arguments))
