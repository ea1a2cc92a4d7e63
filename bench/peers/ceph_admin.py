#!/usr/bin/env python3
"""What ceph.sh asks of the monitors, in one process: each call of the `ceph` command costs about 0.4 s of interpreter
start, one connected librados handle costs nothing per command.

    ceph_admin.py CONF VERB TIMEOUT_SECONDS ARGS...
"""
import json
import os
import sys
import time

import rados

CONF, VERB = sys.argv[1:3]
DEADLINE = time.time() + float(sys.argv[3])
ARGS = sys.argv[4:]


def fail(message):
    sys.stderr.write(f"ceph_admin.py: {message}\n")
    sys.stderr.flush()
    os._exit(1)


def left():
    """Seconds until the deadline; does not return after it."""
    seconds = DEADLINE - time.time()
    if seconds <= 0:
        fail(f"timed out in '{VERB}'")
    return seconds


def wait_until(done, pause=0.05):
    while True:
        result = done()
        if result is not None:
            return result
        left()
        time.sleep(pause)


def connect():
    handle = rados.Rados(conffile=CONF, rados_id="admin",
                         conf={"rados_mon_op_timeout": "20", "client_mount_timeout": str(max(1, int(left())))})
    while True:
        try:
            handle.connect(timeout=max(1, int(left())))
            return handle
        except rados.Error:
            left()
            time.sleep(0.05)


CLUSTER = connect()


def mon(check=True, **command):
    """One monitor command; its JSON answer, or its text."""
    command.setdefault("format", "json")
    while True:
        code, out, error = CLUSTER.mon_command(json.dumps(command), b"", timeout=int(left()) + 1)
        if code not in (-110, -11, -4):  # timed out, again, interrupted: the quorum is changing
            break
        left()
        time.sleep(0.05)
    if code and check:
        fail(f"{command['prefix']}: {error} ({code})")
    return json.loads(out) if not code and out.strip()[:1] in (b"{", b"[") else out


def osd_dump():
    return mon(prefix="osd dump")


def pools():
    return {pool["pool_name"]: pool for pool in osd_dump()["pools"]}


def booted(osd):
    """The OSD process that runs now has told the mons of itself. After kill -9 the map may go on saying "up" about
    the dead one (nobody left to report it), so the address must carry the running process's pid as its nonce."""
    try:
        with open(f"{os.path.dirname(CONF)}/run/osd.{osd['osd']}.pid") as file:
            pid = int(file.read())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return False
    return osd["up"] and osd["in"] and all(a["nonce"] == pid for a in osd["public_addrs"]["addrvec"])


def wait_osds(count=3):
    """Returns the epoch at which the last of them came up."""
    def done():
        up = [osd for osd in osd_dump()["osds"] if booted(osd)]
        return max(osd["up_from"] for osd in up) if len(up) >= count else None
    return wait_until(done, 0.03)


def wait_quorum():
    def done():
        status = mon(prefix="quorum_status")
        return True if len(status["quorum"]) == len(status["monmap"]["mons"]) else None
    wait_until(done)


def wait_clean():
    """All mons in quorum, all OSDs up and all PGs active+clean. PG states come through the mgr, so this needs one."""
    wait_quorum()

    def done():
        since = wait_osds()
        wanted = sum(pool["pg_num"] for pool in osd_dump()["pools"])
        try:
            code, out, _ = CLUSTER.mgr_command(
                json.dumps({"prefix": "pg dump", "dumpcontents": ["pgs"], "format": "json"}), b"")
            groups = json.loads(out)["pg_stats"] if code == 0 else []
        except (rados.Error, ValueError, KeyError):
            groups = []
        # reported_epoch: a report from before the newest OSD came up says nothing about now.
        good = [g for g in groups if g["state"].startswith("active+clean") and int(g["reported_epoch"]) >= since]
        return True if len(groups) == len(good) == wanted else None
    wait_until(done)


def probe(name):
    """One write and one remove per PG: returns when every PG takes writes. Needs no mgr."""
    groups = pools()[name]["pg_num"]
    # Enough names that each PG is very probably hit at least once.
    names = [f"ceph-admin.probe.{number}" for number in range(6 * groups)]

    def finish(completions):
        for completion in completions:
            wait_until(lambda: True if completion.is_complete() else None, 0.005)
            if completion.get_return_value() < 0:
                fail(f"probe write in pool {name}: {completion.get_return_value()}")
    with CLUSTER.open_ioctx(name) as pool:
        finish([pool.aio_write_full(name, b"x") for name in names])
        finish([pool.aio_remove(name) for name in names])


def make_pools(specs):
    """Each NAME[:PGS]; three copies, one in each zone, writes go on with two."""
    for spec in specs:
        name, _, groups = spec.partition(":")
        if name in pools():
            continue
        groups = int(groups or 16)
        mon(prefix="osd pool create", pool=name, pg_num=groups, pgp_num=groups, pool_type="replicated", rule="zones",
            autoscale_mode="off")
        mon(prefix="osd pool set", pool=name, var="size", val="3")
        mon(prefix="osd pool set", pool=name, var="min_size", val="2")
        mon(prefix="osd pool application enable", pool=name, app="objectstore", yes_i_really_mean_it=True)


def setup():
    """ARGS: 3 OSD uuids, then pools. Makes the OSD ids, the CRUSH tree root/zoneN/osd and the rule. Safe to repeat."""
    # First, before the mgr has loaded its modules: devicehealth would make a pool of its own, the others only cost
    # CPU. force: the mons learn the names of module options only from a running mgr.
    for name, value in (("mgr/devicehealth/enable_monitoring", "false"), ("mgr/balancer/active", "false"),
                        ("mgr/progress/enabled", "false"), ("mgr/telemetry/enabled", "false")):
        mon(prefix="config set", who="mgr", name=name, value=value, force=True, check=False)
    have = {osd["osd"] for osd in osd_dump()["osds"]}
    for number, uuid in enumerate(ARGS[:3]):
        if number not in have:
            mon(prefix="osd new", uuid=uuid, id=number)
    crush = mon(prefix="osd crush dump")
    if "zone3" not in {bucket["name"] for bucket in crush["buckets"]}:
        for zone in (1, 2, 3):
            mon(prefix="osd crush add", id=zone - 1, weight=1.0, args=["root=default", f"zone=zone{zone}"])
    if "zones" not in {rule["rule_name"] for rule in crush["rules"]}:
        mon(prefix="osd crush rule create-replicated", name="zones", root="default", type="zone")
    make_pools(ARGS[3:])


def wait_up():
    wait_quorum()
    wait_osds(int(ARGS[0]) if ARGS else 3)


def wait_io():
    wait_osds()
    for spec in ARGS:
        probe(spec.partition(":")[0])


def wait_health():
    wait_clean()
    while True:
        health = mon(prefix="health")
        if health["status"] == "HEALTH_OK":
            return
        if left() < 1:
            fail(f"still {health['status']}: {', '.join(health['checks'])}")
        time.sleep(0.05)


def status():
    health = mon(prefix="health")
    print(health["status"], " ".join(health["checks"]))


def leader():
    print(mon(prefix="quorum_status")["quorum_leader_name"])


def primary():
    print(mon(prefix="osd map", pool=ARGS[0], object=ARGS[1])["acting_primary"] + 1)


VERBS = {"setup": setup, "pools": lambda: make_pools(ARGS), "waitup": wait_up, "io": wait_io, "clean": wait_clean,
         "health": wait_health, "status": status, "leader": leader, "primary": primary}
if VERB not in VERBS:
    fail(f"unknown verb {VERB}")
VERBS[VERB]()
sys.stdout.flush()
os._exit(0)  # No orderly shutdown of the handle: it costs time and there is nothing to lose.
