#!/usr/bin/env bash
#
# ceph.sh - a complete Ceph cluster (RADOS) as ordinary processes on loopback, for tests.
#
# Three availability zones. Zone N (1..3) holds mon.N and osd.(N-1), the OSD in the CRUSH bucket "zoneN"
# (CRUSH type "zone"). Every pool made here is replicated, size=3, min_size=2, one copy in each zone.
# One mgr runs outside the zones: RADOS reads and writes do not need it, but PG statistics, "ceph df" and
# HEALTH_OK do.  No cephadm, no systemd, no containers, no root, no keys (auth "none", loopback only).
#
#   ceph.sh start       DIR [options]  make the cluster in DIR if it is not there, start what is not
#                                              running, return when it is usable (see --wait). Idempotent.
#   ceph.sh stop        DIR [--wipe]   end every daemon of this cluster (SIGTERM, after 5 s SIGKILL);
#                                              --wipe: SIGKILL at once, and DIR is removed
#   ceph.sh kill-zone   DIR N          kill -9 every daemon of zone N          (a power cut)
#   ceph.sh hang-zone   DIR N          SIGSTOP every daemon of zone N          (a silent network loss)
#   ceph.sh revive-zone DIR N          start again / SIGCONT what is down in zone N and wait until clean
#                                              (--no-wait: return at once)
#   ceph.sh status      DIR            one line per daemon, then the health
#   ceph.sh wait        DIR [SECONDS]  wait until every PG is active+clean and all zones are up
#   ceph.sh primary     DIR POOL OBJ   print the zone that is primary for an object
#   ceph.sh leader      DIR            print the zone of the leading mon
#   ceph.sh mkpool      DIR NAME [PGS] make one more pool (idempotent)
#   ceph.sh start-rgw   DIR PORT       radosgw (S3) on http://127.0.0.1:PORT, outside the zones, with the user
#                                              "test", access key "test", secret "test"; needs the package radosgw.
#                                              For comparisons; "stop" ends it too. Extra arguments go to radosgw.
#   ceph.sh env         DIR            print "export CEPH_CONF=..." for eval
#
# Options of start:
#   --pool NAME[:PGS]   pool to make; may be repeated; default "data:16"
#   --mons 1|3          default 3
#   --store NAME        bluestore (default: real crash consistency, on a plain file) or memstore (RAM: fastest,
#                       but an OSD that was killed comes back empty and is refilled from the other zones)
#   --profile NAME      fast (default: I/O goes on ~1 s after a zone is killed, 3-4 s after it hangs) or stock
#                       (Ceph's own timeouts: 15 s and 26 s)
#   --no-mgr            do without the mgr: ~1 s and 150 MB less, but no HEALTH_OK and no statistics
#   --osd-size BYTES    size of each OSD's (sparse) file, default 10 GiB
#   --set NAME=VALUE    one more line for ceph.conf's [global]; may be repeated; only when the cluster is made
#   --wait io|clean|health   what "started" means: io = a write succeeds in every pool (default),
#                       clean = all PGs active+clean, health = HEALTH_OK
#   --timeout SECONDS   give up after this long, default 90
#
# Use it from a program:   CEPH_CONF=DIR/ceph.conf ./program   (librados: conf_read_file(nullptr), user "admin")
# Use it from a shell:     ceph -c DIR/ceph.conf -s ;  rados -c DIR/ceph.conf -p data ls
#
# Needs these Debian 12 packages (this script installs nothing):
#   apt-get install --no-install-recommends ceph-mon ceph-osd ceph-mgr ceph-common python3-rados
#
# Environment: CEPH_PEER_TRACE=1 print the time of each step; CEPH_PEER_PYTHON the python3 that has the module "rados" (default /usr/bin/python3)
#
# Exit codes: 0 done, 1 failed (the reason on stderr), 2 wrong usage, 77 a needed package is missing (so that
# a test runner can count it as "skipped").
set -u -o pipefail

PY=${CEPH_PEER_PYTHON:-/usr/bin/python3}
ME=$(basename "$0")
HERE=$(cd "$(dirname "$0")" && pwd)
# With CEPH_PEER_TRACE=1 each step of start says when it ended.
trace() { [ -z "${CEPH_PEER_TRACE:-}" ] || echo "$ME: $(date +%s.%N | cut -c6-14) $*" >&2; }
die()   { echo "$ME: $*" >&2; exit 1; }
usage() { sed -n '/^#   ceph.sh start/,/^# Use it/p' "$0" | sed 's/^# \{0,1\}//;$d' >&2; exit 2; }

# What must be there
need() {  # need BINARY PACKAGE
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
check_packages() {
  missing=
  need ceph-mon ceph-mon; need monmaptool ceph-common; need ceph-osd ceph-osd; need setsid util-linux
  need flock util-linux
  [ "${WITH_MGR:-1}" = 0 ] || need ceph-mgr ceph-mgr
  "$PY" -c 'import rados' 2>/dev/null || missing="$missing python3-rados"
  [ -z "$missing" ] && return 0
  echo "$ME: missing Debian packages:$missing" >&2
  echo "$ME: apt-get install -y --no-install-recommends$missing" >&2
  exit 77
}

# Processes. Each daemon NAME (mon.1, osd.0, mgr.x) has DIR/run/NAME.pid. A pid counts as ours only when its
# command line names our own ceph.conf, so a stale file after a reboot never kills a stranger.
pid_of() {  # prints the pid when NAME runs
  local p
  p=$(cat "$DIR/run/$1.pid" 2>/dev/null) || return 1
  [ -n "$p" ] && [ -r "/proc/$p/cmdline" ] || return 1
  tr '\0' '\n' 2>/dev/null <"/proc/$p/cmdline" | grep -qxF -- "$DIR/ceph.conf" || return 1
  grep -q '^State:[[:space:]]*Z' "/proc/$p/status" 2>/dev/null && return 1
  echo "$p"
}
spawn() {  # spawn NAME BINARY ARGS...   (does nothing when it runs already)
  local name=$1; shift
  pid_of "$name" >/dev/null && return 0
  # Own session, so that a Ctrl-C at the terminal or the end of the test runner's group does not hit it; all
  # inherited descriptors above 2 closed, so that no lock or pipe of the caller stays open.
  ( exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
    exec setsid "$@" -c "$DIR/ceph.conf" -f ) </dev/null >>"$DIR/log/$name.out" 2>&1 &
  local p=$!
  echo $p >"$DIR/run/$name.pid"
  # Until the exec has happened its command line is still this shell's, and pid_of would not know it.
  local i
  for i in $(seq 100); do
    pid_of "$name" >/dev/null && return 0
    kill -0 "$p" 2>/dev/null || return 0
    sleep 0.01
  done
}
start_mon() { spawn "mon.$1" ceph-mon -i "$1"; }
start_osd() { spawn "osd.$1" ceph-osd -i "$1"; }
start_mgr() { spawn mgr.x ceph-mgr -i x; }

zone_daemons() { [ "$1" -le "$MONS" ] && echo "mon.$1"; echo "osd.$(($1 - 1))"; }
all_daemons()  { local z; [ ! -f "$DIR/run/rgw.pid" ] || echo rgw; [ "$MGR" = 1 ] && echo mgr.x; for z in 1 2 3; do zone_daemons "$z"; done; }
signal() {  # signal SIG NAME...
  local sig=$1 n p; shift
  for n in "$@"; do p=$(pid_of "$n") && kill "-$sig" "$p" 2>/dev/null; done
  return 0
}
wait_gone() {  # wait_gone TENTHS NAME... ; false when one is still there
  local left=$1 n alive; shift
  while :; do
    alive=0
    for n in "$@"; do pid_of "$n" >/dev/null && alive=1; done
    [ $alive = 0 ] && return 0
    [ "$left" -le 0 ] && return 1
    left=$((left - 1)); sleep 0.1
  done
}

# The configuration
write_conf() {
  local z mon_hosts=$1
  {
    cat <<CONF
[global]
fsid = $FSID
mon_host = $mon_hosts
# Loopback only and msgr2 only: one port per mon, OSD ports are picked by the kernel range below.
ms_bind_msgr1 = false
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
# No keys: this cluster must never listen on anything but loopback.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = false
# Plain crc mode; msgr2 would otherwise offer AES for mons.
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
ms_mon_client_mode = crc
ms_async_op_threads = 1
run_dir = $DIR/run
admin_socket = $DIR/run/\$cluster-\$name.asok
log_file = $DIR/log/\$name.log
log_to_stderr = false
err_to_stderr = true
mon_cluster_log_file = $DIR/log/cluster.log
crash_dir = $DIR/crash
debug_ms = 0
log_max_recent = 100

# Pools
osd_pool_default_size = 3
osd_pool_default_min_size = 2
osd_pool_default_pg_num = 16
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 9
mon_allow_pool_delete = true
mon_max_pg_per_osd = 1000

[client]
# A client log file per process is noise in tests.
log_file =
admin_socket =

[mon]
mon_data = $DIR/mon.\$id
mon_data_avail_warn = 1
mon_data_avail_crit = 0
mon_warn_on_pool_no_app = false
mon_warn_on_pool_no_redundancy = false
mon_pg_warn_min_per_osd = 0
mon_osd_down_out_interval = 0
mon_warn_on_osd_down_out_interval_zero = false
# A restarted zone must never be marked out and the data never moved: with 3 zones there is nowhere to move it.
mon_osd_down_out_subtree_limit = zone
mon_memory_autotune = false
rocksdb_cache_size = 8388608
mon_osd_cache_size = 20
mon_osd_crush_smoke_test = false

[mgr]
mgr_data = $DIR/mgr.\$id
# Optional modules only cost start time and memory.
mgr_initial_modules =
mgr_stats_period = 1
mgr_tick_period = 1
mgr_disabled_modules = $MGR_OFF

[osd]
osd_data = $DIR/osd.\$id
osd_objectstore = $STORE
osd_crush_update_on_start = false
osd_class_update_on_start = false
bluestore_block_create = true
bluestore_block_size = $OSD_SIZE
bluestore_block_preallocate_file = false
bluestore_block_db_create = false
bluestore_fsck_on_mkfs = false
bluestore_block_wal_create = false
# Small memory: no autotuning towards osd_memory_target (its floor is ~900 MB), fixed small caches instead.
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bluestore_rocksdb_options = compression=kNoCompression,max_write_buffer_number=2,min_write_buffer_number_to_merge=1,recycle_log_file_num=2,write_buffer_size=16777216,writable_file_max_buffer_size=0,max_background_compactions=1,max_total_wal_size=67108864
memstore_device_bytes = $OSD_SIZE
osd_memory_target = 939524096
osd_max_pg_log_entries = 500
osd_min_pg_log_entries = 250
osd_pg_log_dups_tracked = 500
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
osd_map_cache_size = 20
# The mclock/fio self-benchmark at first start and the scrubs only steal time from tests.
osd_op_queue = wpq
osd_scrub_load_threshold = 0.01
osd_deep_scrub_interval = 31536000
osd_max_object_size = 134217728
CONF
    if [ "$PROFILE" = fast ]; then cat <<'CONF'

# ---- profile "fast": a dead zone is out of the way in ~1 s, a hung one in 3-4 s -------------------------------------
# (Sections repeated on purpose: Ceph merges them.)
[global]
# Paxos: how long the leader gathers changes before it proposes. 1 s stock; every osdmap change waits for it.
paxos_propose_interval = 0.05
paxos_min_wait = 0.02
# Mon quorum. Every commit waits for an accept from every mon in quorum, so a dead mon, leader or not, stalls the
# osdmap that takes its zone's OSD out for mon_lease * accept factor, then one election: this pair is the largest
# part of the gap after a kill (measured: 1.9-2.2 s with 1.0/0.5, 0.9 s with 0.4/0.2; stock 15 s).
mon_lease = 0.4
mon_lease_renew_interval_factor = 0.4
mon_lease_ack_timeout_factor = 1.5
mon_accept_timeout_factor = 1.5
mon_election_timeout = 0.2
mon_tick_interval = 1
mon_probe_timeout = 1.0
mon_elector_ping_timeout = 1.0
# OSD heartbeats: whole seconds only, so 1/2 is the smallest pair that tolerates one lost beat. On a machine so
# busy that OSDs stall for 2 s they get marked down and come back by themselves; "--set osd_heartbeat_grace=5"
# makes that rarer. The grace also sets the read lease (0.8 * grace) that a new primary must wait out when the old one hangs instead of dying.
osd_heartbeat_interval = 1
osd_heartbeat_grace = 2
mon_osd_adjust_heartbeat_grace = false
mon_osd_adjust_down_out_interval = false
mon_osd_min_down_reporters = 1
mon_osd_reporter_subtree_level = zone
osd_fast_fail_on_connection_refused = true
osd_mon_report_interval = 1
# A daemon or client whose mon hangs looks for another mon after this long.
mon_client_ping_interval = 0.5
mon_client_ping_timeout = 1.5
mon_client_hunt_interval = 0.5
mon_client_hunt_interval_backoff = 1.2
# A client that waits for a hung OSD asks for a new map after objecter_timeout, looked at every tick.
objecter_tick_interval = 0.5
objecter_timeout = 1.0
CONF
    fi
    if [ ${#SETS[@]} -gt 0 ]; then
      printf '\n# ---- from --set ----\n[global]\n'
      printf '%s\n' "${SETS[@]}"
    fi
  } >"$DIR/ceph.conf.new" && mv "$DIR/ceph.conf.new" "$DIR/ceph.conf"
}

# Free TCP ports for the mons. Found by binding port 0; another process could take one before the mon binds
# it, and then the mon says so in its log and start fails: run start again in a fresh DIR.
free_ports() {
  "$PY" - "$1" <<'PY'
import socket, sys
socks = []
for _ in range(int(sys.argv[1])):
    s = socket.socket(); s.bind(("127.0.0.1", 0)); socks.append(s)
# Sorted: a mon's rank follows its address, and the lowest rank leads. So zone 1 has the leader when all are up.
print(" ".join(map(str, sorted(s.getsockname()[1] for s in socks))))
PY
}

create() {  # everything that is made once
  local z ports hosts='' args='' i=1
  mkdir -p "$DIR/run" "$DIR/log" "$DIR/crash" || die "cannot make $DIR"
  # A unix socket's path has 107 characters at most, and the admin sockets lie in DIR/run.
  [ ${#DIR} -le 75 ] || die "the path of DIR is too long for unix sockets (75 characters at most): $DIR"
  FSID=$(cat /proc/sys/kernel/random/uuid)
  ports=$(free_ports "$MONS") || die "no free ports"
  for p in $ports; do
    hosts="$hosts${hosts:+,}[v2:127.0.0.1:$p]"
    args="$args --addv $i [v2:127.0.0.1:$p]"
    i=$((i + 1))
  done
  # Every optional mgr module that is installed is switched off. The ten always-on ones have to stay: without them
  # the health is HEALTH_ERR (MGR_MODULE_ERROR).
  # shellcheck disable=SC2010
  MGR_OFF=$(ls /usr/share/ceph/mgr 2>/dev/null | grep -vE '\.py$|^(balancer|crash|devicehealth|orchestrator|pg_autoscaler|progress|rbd_support|status|telemetry|volumes)$' | tr '\n' ' ')
  write_conf "$hosts"
  # shellcheck disable=SC2086
  monmaptool --create --clobber --fsid "$FSID" --set-min-mon-release pacific $args "$DIR/monmap" >"$DIR/log/monmaptool.out" 2>&1 ||
    die "monmaptool failed: $(tail -1 "$DIR/log/monmaptool.out")"
  local jobs=() ok=1 j
  for z in 0 1 2; do
    mkdir -p "$DIR/osd.$z"
    cat /proc/sys/kernel/random/uuid >"$DIR/uuid.osd.$z"
  done
  mkdir -p "$DIR/mgr.x"
  for z in $(seq "$MONS"); do
    mkdir -p "$DIR/mon.$z"
    timeout 60 ceph-mon --mkfs -i "$z" -c "$DIR/ceph.conf" --monmap "$DIR/monmap" >"$DIR/log/mon.$z.mkfs" 2>&1 &
    jobs+=($!)
  done
  for j in "${jobs[@]}"; do wait "$j" || ok=0; done
  [ $ok = 1 ] || { tail -n 3 "$DIR"/log/mon.*.mkfs >&2; die "mkfs of the mons failed (logs in $DIR/log)"; }
  {
    echo "MONS=$MONS"; echo "MGR=$WITH_MGR"; echo "STORE=$STORE"; echo "PROFILE=$PROFILE"; echo "FSID=$FSID"
  } >"$DIR/cluster.env"
}

# The object store of one OSD. OSD directories without "made" are made anew, so a start that was cut off heals.
mkfs_osd() {
  local o=$1 u
  [ -f "$DIR/osd.$o/made" ] && return 0
  u=$(cat "$DIR/uuid.osd.$o") && rm -rf "$DIR/osd.$o" && mkdir -p "$DIR/osd.$o" || return 1
  # --no-mon-config: the mons need not run for this; without it mkfs waits five minutes for them.
  timeout 60 ceph-osd --mkfs --no-mon-config -i "$o" -c "$DIR/ceph.conf" --osd-uuid "$u" >"$DIR/log/osd.$o.mkfs" 2>&1 ||
    { tail -n 3 "$DIR/log/osd.$o.mkfs" >&2; return 1; }
  : >"$DIR/osd.$o/made"
}

load() {  # facts of an existing cluster
  [ -f "$DIR/cluster.env" ] || die "no cluster in $DIR (start one first)"
  # shellcheck disable=SC1091
  . "$DIR/cluster.env"
}

admin() {  # admin VERB ARGS...
  PYTHONWARNINGS=ignore "$PY" "$HERE/ceph_admin.py" "$DIR/ceph.conf" "$@"
}

# The verbs
cmd_start() {
  POOLS=(); SETS=(); MONS=3; STORE=bluestore; PROFILE=fast; WITH_MGR=1; OSD_SIZE=$((10 * 1024 * 1024 * 1024)); WAIT=io; TIMEOUT=90
  while [ $# -gt 0 ]; do
    case $1 in
      --pool) POOLS+=("$2"); shift;;
      --set) SETS+=("$2"); shift;;
      --mons) MONS=$2; shift;;
      --store) STORE=$2; shift;;
      --profile) PROFILE=$2; shift;;
      --no-mgr) WITH_MGR=0;;
      --osd-size) OSD_SIZE=$2; shift;;
      --wait) WAIT=$2; shift;;
      --timeout) TIMEOUT=$2; shift;;
      *) usage;;
    esac
    shift
  done
  [ ${#POOLS[@]} -gt 0 ] || POOLS=(data:16)
  case "$MONS/$STORE/$PROFILE/$WAIT" in
    [13]/bluestore/fast/*|[13]/bluestore/stock/*|[13]/memstore/fast/*|[13]/memstore/stock/*) ;; *) usage;;
  esac
  check_packages
  # Directories of a start that died half way have no cluster.env: they are made anew.
  trace begin
  if [ ! -f "$DIR/cluster.env" ]; then
    rm -rf "$DIR"/{mon.*,osd.*,uuid.*,mgr.*,run,log,crash,monmap,ceph.conf}
    create
  fi
  load
  trace "mons made"
  local z end=$(($(date +%s) + TIMEOUT)) jobs=() j ok=1
  for z in $(seq "$MONS"); do start_mon "$z"; done
  [ "$MGR" = 0 ] || start_mgr
  # Each OSD's store is made while the mons find their quorum and the pools are made: bluestore's mkfs is the
  # longest single step.
  for z in 0 1 2; do mkfs_osd "$z" 9>&- & jobs+=($!); done
  admin setup "$TIMEOUT" "$(cat "$DIR/uuid.osd.0")" "$(cat "$DIR/uuid.osd.1")" "$(cat "$DIR/uuid.osd.2")" "${POOLS[@]}" ||
    { wait "${jobs[@]}"; hint; exit 1; }
  trace "mons in quorum, OSDs registered, pools made"
  for j in "${jobs[@]}"; do wait "$j" || ok=0; done
  [ $ok = 1 ] || die "mkfs of an OSD failed (logs in $DIR/log)"
  trace "OSD stores made"
  for z in 0 1 2; do start_osd "$z"; done
  [ "$MGR" = 1 ] || WAIT=io
  admin "$WAIT" $((end - $(date +%s))) "${POOLS[@]}" || { hint; exit 1; }
  trace "usable ($WAIT)"
}
hint() {  # what went wrong, from the daemons' own words
  local n
  for n in $(all_daemons); do
    pid_of "$n" >/dev/null || { echo "$ME: $n is not running; its last words:" >&2; tail -n 2 "$DIR/log/$n.out" "$DIR/log/$n.log" >&2 2>/dev/null; }
  done
}
cmd_stop() {
  local wipe=0
  [ "${1:-}" = --wipe ] && wipe=1
  if [ -f "$DIR/cluster.env" ]; then
    load
    local d; d=$(all_daemons)
    # The mgr keeps nothing on disk and takes ~5 s to end politely.
    signal KILL mgr.x
    # shellcheck disable=SC2086
    { [ $wipe = 1 ] && signal KILL $d; signal CONT $d
      # The OSDs first: an ending OSD waits up to 5 s for a mon to note it.
      signal TERM osd.0 osd.1 osd.2 rgw; wait_gone 50 osd.0 osd.1 osd.2; signal TERM $d; wait_gone 50 $d || { signal KILL $d; wait_gone 50 $d; } || die "some daemons do not end"; }
  fi
  [ $wipe = 0 ] || { [ -e "$DIR/ceph.conf" ] && rm -rf "$DIR"; }
  return 0
}
check_zone() { case ${1:-} in 1|2|3) ;; *) usage;; esac; }
cmd_kill_zone()   { check_zone "${1:-}"; load; local d; d=$(zone_daemons "$1"); signal KILL $d; wait_gone 50 $d || die "zone $1 does not die"; }
cmd_hang_zone()   { check_zone "${1:-}"; load; signal STOP $(zone_daemons "$1"); }
cmd_revive_zone() {
  check_zone "${1:-}"; load; check_packages
  signal CONT $(zone_daemons "$1")
  [ "$1" -le "$MONS" ] && start_mon "$1"
  # memstore keeps nothing on kill -9 but its label: the OSD is made anew, same id and uuid, and is backfilled.
  local o=$(($1 - 1))
  if [ "$STORE" = memstore ] && ! pid_of "osd.$o" >/dev/null; then
    rm -f "$DIR/osd.$o/made"
    mkfs_osd "$o" || die "mkfs of osd.$o failed"
  fi
  start_osd "$o"
  [ "${2:-}" = --no-wait ] && return 0
  if [ "$MGR" = 1 ]; then admin clean 90; else admin waitup 90 3; fi
}
cmd_start_rgw() {
  local port=${1:-} i; shift
  case $port in ''|*[!0-9]*) usage;; esac
  load; missing=; need radosgw radosgw; need radosgw-admin radosgw
  [ -z "$missing" ] || { echo "$ME: apt-get install -y --no-install-recommends radosgw" >&2; exit 77; }
  mkdir -p "$DIR/rgw"
  # radosgw makes its own pools, small ones, on the default rule (which also spreads over zones, see
  # osd_crush_chooseleaf_type). tcp_nodelay=1: without it every small request waits 40 ms for a delayed ACK.
  spawn rgw radosgw -n client.rgw --rgw-data "$DIR/rgw" --log-file "$DIR/log/rgw.log" \
    --rgw-frontends "beast endpoint=127.0.0.1:$port tcp_nodelay=1" "$@"
  for i in $(seq 300); do
    pid_of rgw >/dev/null || { tail -n 3 "$DIR/log/rgw.out" "$DIR/log/rgw.log" >&2; die "radosgw ended"; }
    "$PY" -c 'import socket,sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$port" 2>/dev/null && break
    sleep 0.2
  done
  radosgw-admin -c "$DIR/ceph.conf" user info --uid test >/dev/null 2>&1 ||
    radosgw-admin -c "$DIR/ceph.conf" user create --uid test --display-name test --access-key test --secret-key test >"$DIR/log/rgw-user.out" 2>&1 ||
    die "cannot make the user (see $DIR/log/rgw-user.out)"
}
cmd_status() {
  load
  local n p st
  for n in $(all_daemons); do
    if p=$(pid_of "$n"); then
      st=$(awk '/^State:/ {print $2}' "/proc/$p/status"); [ "$st" = T ] && st=hung || st=up
      echo "$n $st pid=$p rss_mb=$(($(awk '/^VmRSS:/ {print $2}' "/proc/$p/status") / 1024))"
    else echo "$n down"; fi
  done
  admin status 10
}

[ $# -ge 2 ] || usage
VERB=$1; DIR=$(readlink -m -- "$2"); shift 2
case $DIR in /|/tmp|/home|/usr|/etc|/var|/root|"$HOME") die "refusing to use $DIR as a data directory";; esac
case $VERB in start|stop|start-rgw|kill-zone|hang-zone|revive-zone)
  # Only one of these at a time for one DIR.
  mkdir -p "$(dirname "$DIR")"; exec 9>"$DIR.lock" || exit 1; flock -w 120 9 || die "another $ME works on $DIR";;
esac
case $VERB in
  start)       cmd_start "$@";;
  start-rgw)   cmd_start_rgw "$@";;
  stop)        cmd_stop "$@"; rm -f "$DIR.lock";;
  kill-zone)   cmd_kill_zone "$@";;
  hang-zone)   cmd_hang_zone "$@";;
  revive-zone) cmd_revive_zone "$@";;
  status)      cmd_status;;
  wait)        load; admin clean "${1:-90}";;
  leader)      load; admin leader 20;;
  primary)     [ $# = 2 ] || usage; load; admin primary 20 "$@";;
  mkpool)      [ $# -ge 1 ] || usage; load; admin pools 30 "$1:${2:-16}"; admin io 60 "$1";;
  env)         load; echo "export CEPH_CONF=$DIR/ceph.conf";;
  *)           usage;;
esac
