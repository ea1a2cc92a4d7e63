"""What bench/run measures of a disaster: a zone lost under load."""
import json
import pathlib
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))
from harness.diskfault import DiskFault  # noqa: E402
from harness.region import Credential, Region  # noqa: E402

LOAD = TOP / "build/release/load"


def load(region, job, bucket, *words, wait=True):
    """Starts `load` beside its region; its figures, or with wait=False the process."""
    command = [LOAD, job, "--endpoint", region.endpoint, "--bucket", bucket, "--region", region.name, "--json",
               "--access-key", region.credential.access_key, "--secret-key", region.credential.secret_key, *words]
    process = subprocess.Popen(region.place.command([str(word) for word in command]), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
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
