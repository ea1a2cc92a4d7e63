"""What bench/run measures of a disaster: a zone lost under load, and two regions a continent apart."""
import json
import pathlib
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))
from harness.diskfault import DiskFault  # noqa: E402
from harness.region import Credential, Region, RegionPair  # noqa: E402

LOAD, RELAY = TOP / "build/release/load", TOP / "build/release/relay"
ONE_WAY_MS = 100  # 200 ms round trip
BACKLOG = 100_000
POLL_SECONDS = 0.004


def load(region, job, bucket, *words, wait=True):
    """Starts `load`; its figures, or with wait=False the process."""
    command = [LOAD, job, "--endpoint", region.endpoint, "--bucket", bucket, "--region", region.name, "--json",
               "--access-key", region.credential.access_key, "--secret-key", region.credential.secret_key, *words]
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return finish(process) if wait else process


def finish(process):
    out, error = process.communicate(timeout=900)
    return json.loads(out) if out.startswith("{") else {"failed": 1, "error": error}


def zone_lost(work, way):
    """Half reads, half writes while one zone's disk goes away (gone: every call fails; hang: none returns) for four seconds."""
    region = Region("cn-hangzhou", work / f"zone-{way}", Credential())
    fault = DiskFault(region)
    region.start()
    try:
        load(region, "bucket", "bench")
        load(region, "put", "bench", "--count", 2000, "--size", "4KiB,256KiB")
        running = load(region, "mixed", "bench", "--mix", "get=1,put=1", "--size", "4KiB,256KiB", "--keys", 2000, "--first-key", 1_000_000,
                       "--connections", 32, "--seconds", 8, "--verify-every", 1, wait=False)
        time.sleep(2.5)
        fault.set("zone-b", way)
        time.sleep(4)
        fault.clear()
        result = finish(running)
        region.wait_zones("ok", seconds=120)
        return {"longest_gap_ms": result.get("longest_gap_ms"), "failed": result["failed"],
                "succeeded": result.get("succeeded"), "failures": result.get("failures")}
    finally:
        fault.clear()
        region.stop()


class Relays:
    """The line between two regions: each reaches the other only through a relay that delays."""

    def __init__(self, pair):
        self.processes = []
        pair.first.peers = [(pair.second.name, self.to(pair.second.port))]
        pair.second.peers = [(pair.first.name, self.to(pair.first.port))]

    def to(self, port):
        process = subprocess.Popen([str(RELAY), "--to", str(port), "--delay-ms", str(ONE_WAY_MS)], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        return f"http://127.0.0.1:{int(process.stdout.readline())}"

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()


class Arrivals(threading.Thread):
    """Writes a key now and then at the source and looks when it is at the destination."""

    def __init__(self, pair, bucket, every_seconds, until):
        super().__init__(daemon=True)
        self.lags, self.pair, self.bucket, self.every, self.until = [], pair, bucket, every_seconds, until

    def run(self):
        source, target = self.pair.first.s3(), self.pair.second.s3()
        number = 0
        while time.monotonic() < self.until:
            key = f"probe/{id(self)}-{number}"
            source.put(self.bucket, key, b"x" * 4096)
            acknowledged = time.monotonic()
            while target.head(self.bucket, key).status != 200:
                if time.monotonic() - acknowledged > 60:
                    return
                time.sleep(POLL_SECONDS)
            self.lags.append(time.monotonic() - acknowledged)
            number += 1
            time.sleep(self.every)


def replication(work):
    """Lag at 500 writes a second, and how fast a backlog drains, with 200 ms round trip between the regions."""
    pair = RegionPair(work / "pair")
    relays = Relays(pair)
    found = {}
    try:
        with pair:
            pair.start()
            for region in pair.regions:
                for bucket in ("lag", "backlog"):
                    load(region, "bucket", bucket)
            pair.first.oss().add_replication("lag", "lag", pair.second.name)
            time.sleep(2)
            probes = [Arrivals(pair, "lag", 0.1, time.monotonic() + 10) for _ in range(8)]
            running = load(pair.first, "put", "lag", "--rate", 500, "--seconds", 11, "--connections", 32, wait=False)
            for probe in probes:
                probe.start()
            for probe in probes:
                probe.join(90)
            finish(running)
            lags = sorted(lag for probe in probes for lag in probe.lags)
            found["lag_samples"] = len(lags)
            if lags:
                found["lag_p50_ms"], found["lag_p99_ms"] = 1e3 * lags[len(lags) // 2], 1e3 * lags[int(len(lags) * 0.99)]
            found |= backlog(pair)
    finally:
        relays.stop()
    return found


def backlog(pair):
    local = load(pair.second, "put", "backlog", "--count", 20_000, "--prefix", "local/")["per_second"]
    load(pair.first, "put", "backlog", "--count", BACKLOG)
    begin = time.monotonic()
    rule = pair.first.oss().add_replication("backlog", "backlog", pair.second.name, history=True)
    while time.monotonic() - begin < 300:
        progress = pair.first.oss().progress("backlog", rule)[0]
        if progress["history"] is not None and progress["history"] >= 1.0:
            break
        time.sleep(0.1)
    else:
        return {"backlog_note": "not drained in 300 s"}
    drained = BACKLOG / (time.monotonic() - begin)
    begin = time.monotonic()
    verified = pair.first.admin("replication", "verify", "backlog", check=False)
    return {"backlog_per_second": drained, "local_put_per_second": local,
            "verify_seconds": time.monotonic() - begin, "verify": verified}
