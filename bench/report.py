"""Turns the figures of bench/run into docs/performance.md."""
import pathlib
import re

JOBS = ["put 4KiB", "get 4KiB", "put 64KiB", "get 64KiB", "put 1MiB", "get 1MiB", "put 10MiB", "get 10MiB", "list"]
OURS = "antipode"
RAID_BYTES = 1.5  # 4+2: bytes on disk per user byte


def peer(found, name):
    return next((one for one in found["peers"] if one["name"] == name), None)


def figure(found, name, job, field="per_second"):
    one = peer(found, name)
    return one["jobs"].get(job, {}).get(field) if one else None


def synced(one):
    """Does this peer force its writes to disk before it answers? Judged by what strace saw during PUTs."""
    seen = one.get("syncs")
    if seen is None or not seen["puts"]:
        return None
    return seen["sync_calls"] + seen["synced_files"] > 0.02 * seen["puts"]


def goals(found):
    """(job, what is compared, measured, goal, reached) for every goal that these figures can answer."""
    rows = []

    def ratio(job, other, wanted, note=""):
        mine, theirs = figure(found, OURS, job), figure(found, other, job)
        if mine and theirs:
            rows.append((job, f"x {other}{note}", mine / theirs, f">= {wanted}", mine / theirs >= wanted))

    def at_most(job, what, value, wanted):
        if value is not None:
            rows.append((job, what, value, f"<= {wanted}", value <= wanted))

    others = [one for one in found["peers"] if not one["name"].startswith(OURS) and one["name"] != "nginx"]
    for one in others:
        factor = 20 if one["name"] == "radosgw" else 5 if synced(one) else 2
        ratio("put 4KiB", one["name"], factor, "" if synced(one) else " (does not sync)")
    at_most("put 4KiB", "CPU ms a request", figure(found, OURS, "put 4KiB", "server_cpu_ms_per_request"), 0.10)
    at_most("put 4KiB", "bytes written per user byte", figure(found, OURS, "put 4KiB", "written_per_user_byte"), 4)
    ratio("get 4KiB", "nginx", 0.7)
    at_most("get 4KiB", "CPU ms a request", figure(found, OURS, "get 4KiB", "server_cpu_ms_per_request"), 0.018)
    for size in ("64KiB", "1MiB"):
        for one in others:
            ratio(f"put {size}", one["name"], 5)
        ratio(f"get {size}", "nginx", 0.8)
    mine = figure(found, OURS, "put 10MiB")
    if mine:
        ceiling = found["disk"]["write_mib_s"] / RAID_BYTES
        rows.append(("put 10MiB", f"x the disk at {RAID_BYTES} bytes a byte", mine * 10 / ceiling, ">= 0.8", mine * 10 / ceiling >= 0.8))
    ratio("get 10MiB", "nginx", 0.8)
    ratio("list", "radosgw", 20)
    if us := peer(found, OURS):
        at_most("idle", "MiB resident", us.get("idle_resident_mib"), 64)
        at_most("idle", "MiB resident with 10,000 connections", us.get("resident_mib_with_10000_connections"), 256)
    disaster = found.get("disaster", {})
    for name, gap in (("zone gone", 50), ("zone hangs", 500)):
        at_most(name, "failed requests", disaster.get(name, {}).get("failed"), 0)
        at_most(name, "longest gap, ms", disaster.get(name, {}).get("longest_gap_ms"), gap)
    return rows


def goals_text(found):
    lines = [f"{'job':<12}{'':<40}{'measured':>10}  goal"]
    for job, what, value, goal, reached in goals(found):
        lines.append(f"{job:<12}{what:<40}{value:>10.3g}  {goal:<8} {'reached' if reached else 'missed'}")
    return "\n".join(lines)


def machine():
    def first(path, pattern):
        found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
        return found.group(1) if found else "?"
    return {"cpu": first("/proc/cpuinfo", r"^model name\s*: (.*)$"), "cores": len(re.findall(r"^processor", pathlib.Path("/proc/cpuinfo").read_text(), re.M)),
            "memory_gib": round(int(first("/proc/meminfo", r"^MemTotal:\s*(\d+)")) / 2**20), "kernel": pathlib.Path("/proc/sys/kernel/osrelease").read_text().strip(),
            "load_before": pathlib.Path("/proc/loadavg").read_text().split()[0]}


def number(value, digits=3):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.{digits}g}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def disaster_text(disaster):
    lines = ["\n## Disasters\n", "32 connections, half reads, half writes of 4 KiB and 256 KiB, no retries; one zone's disk fails below the server for four seconds "
             "(`gone`: every call fails, `hang`: none returns). Two regions far apart: [the long line](long-line.md).\n"]
    for name, figures in disaster.items():
        lines += [f"- **{name}**: " + ", ".join(f"{key.replace('_', ' ')} {value if isinstance(value, (int, str)) else number(value) if isinstance(value, float) else value}"
                                                for key, value in figures.items() if value not in (None, {}))]
    return "\n".join(lines)


def write(found):
    box, disk = found["machine"], found["disk"]
    parts = [f"""# Performance

What `make bench` measured; `bench/run` writes this page. Every system ran alone, one after the other in one run, on the same machine with the same
client (`bench/load`, on the same cores as the server, so that requests a second are those of both together; **CPU ms a request is the server's own cost** and the
steadier figure).

Machine: {box['cpu']}, {box['cores']} cores, {box['memory_gib']} GiB, Linux {box['kernel']}; load average before the run {box['load_before']}. One disk for everything, the three zones included: {disk['write_mib_s']:,.0f} MiB/s direct
writes, {disk['read_mib_s']:,.0f} MiB/s direct reads (dd, 4 MiB). Each measurement {found['seconds']:g} s after 1 s of warm-up. Signed requests (SigV4, unsigned payload), closed loop, 64, 32, 16 and 8 connections for
4 KiB, 64 KiB, 1 MiB and 10 MiB; GETs draw at random from 4000, 1000, 200 and 30 objects, every 64th is compared byte for byte.
""", "## Against the goals\n", table(["job", "measured as", "figure", "goal", ""], [
        [job, what, number(value), goal, "reached" if reached else "**missed**"] for job, what, value, goal, reached in goals(found)])]
    parts.append("\n## The systems\n")
    rows = []
    for one in found["peers"]:
        seen = one.get("syncs")
        sync = "" if not seen or not seen["puts"] else (
            f"{'yes' if synced(one) else '**no**'}: {seen['sync_calls'] / seen['puts']:.2f} sync calls a PUT" +
            (f", {seen['synced_files']} files opened with O_DSYNC" if seen["synced_files"] else ""))
        rows.append([one["name"], one["version"], one["shape"], sync, number(one.get("idle_resident_mib")),
                     number(one.get("resident_mib_with_10000_connections"))])
    parts.append(table(["system", "version", "shape", "writes synced to disk (strace)", "MiB idle", "MiB with 10,000 connections"], rows))
    for name, why in found["unavailable"].items():
        parts.append(f"\nLeft out: {name} ({why}).")
    if found.get("disaster"):
        parts.append(disaster_text(found["disaster"]))
    for job in JOBS:
        rows = []
        for one in found["peers"]:
            result = one["jobs"].get(job)
            if not result or not result.get("verbs"):
                continue
            verb = next(iter(result["verbs"].values()))
            rows.append([one["name"] + (f" ({result['keys']:,} keys)" if "keys" in result else ""), number(result["per_second"]),
                         number(verb["mib_per_second"]), number(verb["ms"]["p50"]), number(verb["ms"]["p99"]),
                         number(result.get("server_cpu_ms_per_request")), number(result["client_cpu_ms_per_request"]),
                         number(result.get("written_per_user_byte")), str(result["failed"])])
        if rows:
            title = "list 1000 keys" if job == "list" else job.replace("KiB", " KiB").replace("MiB", " MiB")
            parts.append(f"\n## {title}\n")
            parts.append(table(["system", "a second", "MiB/s", "p50 ms", "p99 ms", "server CPU ms", "client CPU ms",
                                "written per user byte", "failed"], rows))
    return "\n".join(parts) + "\n"
