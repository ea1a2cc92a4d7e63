#!/usr/bin/env python3
"""How much memory a region takes under an hour of mixed load, beside many connections that do nothing and clients that read and
write slowly. Writes docs/memory.md.

    bench/memory.py [--minutes 60] [--idle 10000] [--slow 200] [--rate 150] [--out FILE]
"""
import argparse
import collections
import json
import pathlib
import select
import shutil
import socket
import sys
import threading
import time
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "bench"), str(TOP / "tests")]
from harness.load import Load, check_record  # noqa: E402
from harness.record import Record  # noqa: E402
from harness.region import Credential, Region  # noqa: E402
from harness.sigv4 import Signer  # noqa: E402
from report import machine, number, table  # noqa: E402

WORK = TOP / "build/bench/memory"
BUCKET = "memory"
KIB, MIB = 1024, 1 << 20
READ_BYTES = 64 * MIB  # What a slow reader asks for, and how much of it a second.
READ_RATE = 8 * KIB
WRITE_BYTES = 2 * MIB
WRITE_RATE = 1 * KIB
OPENED_A_TICK = 500
SETTLED_MINUTES = 10  # Caches fill; from then on it is to be flat.


class Connection:
    """One socket to the server. Opens again when the server closes it, which counts."""

    def __init__(self, crowd, request):
        self.crowd, self.request = crowd, request
        self.socket = None
        self.opened = 0

    def open(self):
        self.close()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * KIB)
        self.socket.connect(("127.0.0.1", self.crowd.port))
        self.socket.sendall(self.request)
        self.socket.setblocking(False)
        self.opened += 1

    def end(self, how):
        self.crowd.ends[f"{type(self).__name__}: {how}"] += 1
        self.close()

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None


class Idle(Connection):
    """Asks once and then stays. Told by epoll when something comes."""

    def open(self):
        super().open()
        self.crowd.epoll.register(self.socket.fileno(), select.EPOLLIN)
        self.crowd.by_number[self.socket.fileno()] = self

    def close(self):
        if self.socket:
            del self.crowd.by_number[self.socket.fileno()]
            self.crowd.epoll.unregister(self.socket.fileno())
        super().close()

    def readable(self):
        try:
            answer = self.socket.recv(64 * KIB)
            if not answer:
                self.end("closed")
            elif answer.startswith(b"HTTP/1.1 ") and not answer.startswith(b"HTTP/1.1 200"):
                self.end(answer[9:12].decode())
        except OSError as error:
            self.end(error.strerror)


class SlowReader(Connection):
    def tick(self):
        try:
            if not self.socket.recv(READ_RATE):
                self.end("closed")
        except BlockingIOError:
            pass
        except OSError as error:
            self.end(error.strerror)


class SlowWriter(Connection):
    def open(self):
        super().open()
        self.left = WRITE_BYTES

    def tick(self):
        try:
            if self.left:
                self.left -= self.socket.send(b"x" * min(WRITE_RATE, self.left))
            else:
                self.end(self.socket.recv(64 * KIB)[:12].decode() or "closed")
        except BlockingIOError:
            pass
        except OSError as error:
            self.end(error.strerror)


class Crowd:
    """All of them, on one thread, a step a second."""

    def __init__(self, region, idle, slow, seconds):
        self.port = region.port
        self.epoll = select.epoll()
        self.by_number = {}
        self.ends = collections.Counter()
        sign = Signer(region.credential.access_key, region.credential.secret_key, region.name)

        def request(method, key, more=""):
            url = urllib.parse.urlsplit(sign.presign(method, region.endpoint, f"/{BUCKET}/{key}", expires=seconds + 600))
            return f"{method} {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n{more}\r\n".encode()
        self.idle = [Idle(self, request("GET", "small")) for _ in range(idle)]
        self.readers = [SlowReader(self, request("GET", "large")) for _ in range(slow)]
        self.writers = [SlowWriter(self, request("PUT", f"slow/{number}", f"Content-Length: {WRITE_BYTES}\r\n")) for number in range(slow)]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stopping.set()
        self._thread.join()
        for one in [*self.idle, *self.readers, *self.writers]:
            one.close()

    def _run(self):
        while not self._stopping.is_set():
            next_tick = time.monotonic() + 1
            closed = [one for one in [*self.readers, *self.writers, *self.idle] if not one.socket]
            for one in closed[:OPENED_A_TICK]:
                one.open()
            for one in [*self.readers, *self.writers]:
                if one.socket:
                    one.tick()
            while (left := next_tick - time.monotonic()) > 0:
                for descriptor, _ in self.epoll.poll(left):
                    self.by_number[descriptor].readable()

    def open_now(self):
        return [sum(one.socket is not None for one in them) for them in (self.idle, self.readers, self.writers)]

    def opened_again(self):
        return [sum(max(0, one.opened - 1) for one in them) for them in (self.idle, self.readers, self.writers)]


def resident_mib(process):
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / KIB


def growth_an_hour(samples):
    """Slope of the straight line through (minute, MiB), in MiB an hour."""
    count = len(samples)
    mean_x, mean_y = (sum(column) / count for column in zip(*samples))
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return 60 * sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread if spread else 0.0


def measure(options):
    shutil.rmtree(WORK, ignore_errors=True)
    region = Region("cn-hangzhou", WORK / "region", Credential())
    region.start()
    try:
        client = region.s3()
        client.create_bucket(BUCKET)
        client.put(BUCKET, "small", b"s" * 4 * KIB)
        client.put(BUCKET, "large", b"l" * READ_BYTES)
        samples = [(0.0, resident_mib(region.process))]
        record = Record()
        load = Load(region.s3, [BUCKET], workers=8, rate=options.rate, record=record).start()
        crowd = Crowd(region, options.idle, options.slow, int(options.minutes * 60)).start()
        begin = time.monotonic()
        while (minute := (time.monotonic() - begin) / 60) < options.minutes:
            time.sleep(10)
            samples.append(((time.monotonic() - begin) / 60, resident_mib(region.process)))
            if len(samples) % 6 == 0:
                print(f"{minute:5.1f} min  {samples[-1][1]:6.0f} MiB  open {crowd.open_now()}  ended {dict(crowd.ends)}  "
                      f"{len(load.samples)} requests, {len(load.failures)} failed", flush=True)
        found = {"open": crowd.open_now(), "opened_again": crowd.opened_again()}
        crowd.stop()
        load.stop()
        wrong, checked, errors = check_record(region.s3, record, versions=False)
        found |= {"samples": samples, "requests": len(load.samples), "failed": len(load.failures),
                  "wrong": len(load.wrong) + sum(map(len, wrong.values())) + len(errors), "checked": checked}
        time.sleep(90 if options.minutes > 5 else 1)
        found["after"] = resident_mib(region.process)
        return found
    finally:
        region.stop()


def document(options, found, before):
    samples = found["samples"]
    settled = [sample for sample in samples if sample[0] >= min(SETTLED_MINUTES, options.minutes / 2)]
    marks = [0, 1, 5, 10, 20, 30, 40, 50, 60, 90, 120]
    rows = [[number(mark), number(min(samples, key=lambda s: abs(s[0] - mark))[1])] for mark in marks if mark <= options.minutes + 0.2]
    idle, readers, writers = found["open"]
    again = found["opened_again"]
    return f"""# Memory under an hour of load

`bench/memory.py --minutes {options.minutes:g} --idle {options.idle} --slow {options.slow} --rate {options.rate:g}` measured and wrote this. Machine: {before['cpu']}, {before['cores']} cores,
{before['memory_gib']} GiB, Linux {before['kernel']}; load average before the run {before['load_before']}. Resident memory of one region's server with default settings.

Eight clients put, read, list, delete and upload in parts, {options.rate:g} requests a second over {found['checked']} keys, retries off, every byte checked. Beside them {idle:,}
connections that have asked once and wait (the server closes them after its minute, and they come again: {again[0]:,} times), {readers} clients
that read {READ_BYTES // MIB} MiB at {READ_RATE // KIB} KiB/s and {writers} that write {WRITE_BYTES // MIB} MiB at {WRITE_RATE // KIB} KiB/s (opened again {again[1]} and {again[2]} times).

{found['requests']:,} requests, {found['failed']} failed, {found['wrong']} wrong.

{table(["minute", "MiB resident"], rows)}
Highest {number(max(mib for _, mib in samples))} MiB. From minute {settled[0][0]:.0f} on it grew by {growth_an_hour(settled):+.1f} MiB an hour (straight line through {len(settled)} samples;
lowest {number(min(mib for _, mib in settled))}, highest {number(max(mib for _, mib in settled))}). {found['after']:.0f} MiB 90 s after all clients had left.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=200)
    parser.add_argument("--rate", type=float, default=150)
    parser.add_argument("--out", type=pathlib.Path, default=TOP / "docs/memory.md")
    options = parser.parse_args()
    before = machine()
    found = measure(options)
    WORK.parent.joinpath("memory.json").write_text(json.dumps(found))
    options.out.write_text(document(options, found, before))
    shutil.rmtree(WORK, ignore_errors=True)
    return 1 if found["failed"] or found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
