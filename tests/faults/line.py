#!/usr/bin/env python3
"""Measures the line emulator itself: that delay, loss, rate, cuts and stalls are what they were set to."""

import pathlib
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.line import Line  # noqa: E402
from harness.report import milliseconds, run_reported  # noqa: E402


class Echo:
    """Sends datagrams from near to far and back; knows which came back, and when."""

    def __init__(self, line):
        with line.near.inside():
            self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with line.far.inside():
            self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.far.bind((line.far.address, 0))
        self.target = self.far.getsockname()
        self.far.settimeout(0.05)
        self.near.settimeout(0.05)
        self.arrived, self.answered = {}, {}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._answer, self._listen)]
        for thread in self._threads:
            thread.start()

    def send(self, name):
        self.near.sendto(str(name).encode(), self.target)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.near.close()
        self.far.close()

    def _answer(self):
        while not self._stop.is_set():
            try:
                data, sender = self.far.recvfrom(2000)
            except TimeoutError:
                continue
            self.arrived[int(data)] = time.monotonic()
            self.far.sendto(data, sender)

    def _listen(self):
        while not self._stop.is_set():
            try:
                data = self.near.recv(2000)
            except (TimeoutError, ConnectionRefusedError):
                continue
            self.answered[int(data)] = time.monotonic()


def round_trips(echo, count, names):
    sent = {}
    for _ in range(count):
        name = next(names)
        sent[name] = time.monotonic()
        echo.send(name)
        time.sleep(0.002)
    time.sleep(0.5)
    return sorted(echo.answered[name] - when for name, when in sent.items() if name in echo.answered)


def delivered_mbit(line, offered_mbit, seconds):
    """What of a steady stream of datagrams comes out at the far end, in Mbit/s. The queue must bridge what this loop sleeps."""
    with line.near.inside():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagram = bytes(1400)
    end, sent, begin = time.monotonic() + seconds, 0, time.monotonic()
    before, counted_at = None, 0
    while (now := time.monotonic()) < end:
        if before is None and now > begin + seconds / 4:
            before, counted_at = line.counts()["there"]["delivered_bytes"], now
        while sent * len(datagram) * 8 / 1e6 < (now - begin) * offered_mbit:
            sender.sendto(datagram, (line.far.address, 9))
            sent += 1
        time.sleep(0.001)
    sender.close()
    return (line.counts()["there"]["delivered_bytes"] - before) * 8 / 1e6 / (time.monotonic() - counted_at)


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def program(report):
    names = iter(range(10**9))
    with Line(loss=0) as line:
        echo = Echo(line)
        trips = round_trips(echo, 200, names)
        median = trips[len(trips) // 2]
        report.check(len(trips) == 200 and 0.200 <= trips[0] < 0.210 and median < 0.250, "a round trip is 200 ms",
                     f"least {milliseconds(trips[0])}, median {milliseconds(median)}")

        line.set("both", delay_ms=10, loss=0.1)
        before = line.counts()
        for _ in range(20000):
            echo.send(next(names))
            if _ % 20 == 0:
                time.sleep(0.001)
        time.sleep(0.5)
        after = line.counts()
        lost = after["there"]["lost"] - before["there"]["lost"]
        report.check(1750 < lost < 2250, "a tenth of 20,000 datagrams vanishes when it is told so", f"{lost} did")

        line.set("both", loss=0)
        line.cut("there")
        echo.send(there := next(names))
        wait_for(lambda: line.counts()["there"]["cut"] == 1)
        line.open()
        line.cut("back")
        echo.send(back := next(names))
        wait_for(lambda: line.counts()["back"]["cut"] == 1)
        line.open()
        echo.send(both := next(names))
        report.check(wait_for(lambda: both in echo.answered), "open again: it arrives and is answered")
        report.check(there not in echo.arrived, "cut there: nothing arrives")
        report.check(back in echo.arrived and back not in echo.answered, "cut back: it arrives, its answer does not")

        line.stall()
        echo.send(held := next(names))
        time.sleep(1)
        was_held = held not in echo.arrived
        line.open()
        report.check(was_held and wait_for(lambda: held in echo.answered), "stalled: it waits, and goes on afterwards")
        echo.stop()

        for mbit in (4, 20):
            line.set("both", rate_mbit=mbit, queue_ms=500, delay_ms=10)
            used = line.cpu_seconds()
            rate = delivered_mbit(line, 3 * mbit, 3)
            used = line.cpu_seconds() - used
            report.check(0.85 * mbit < rate <= 1.02 * mbit, f"a bottleneck of {mbit} Mbit/s, offered three times as much",
                         f"{rate:.1f} Mbit/s came out, {used / 3 * 100:.0f} % of a core")
        report.check(line.counts()["there"]["dropped"] > 0, "what the queue cannot hold is dropped")


if __name__ == "__main__":
    run_reported(program)
