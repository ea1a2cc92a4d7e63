"""Regions as processes: start, stop, kill, pause; and two of them that replicate to each other."""

import http.client
import json
import os
import pathlib
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time

from .ossclient import OssClient
from .place import HERE
from .s3client import S3Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONES = ("zone-a", "zone-b", "zone-c")
READY_SECONDS_MAX = 60


class HarnessError(Exception):
    """The stage could not be set; says nothing about the system under test."""


class Unavailable(HarnessError):
    """This machine or user cannot set the stage; the test is left out."""


def find_server():
    """Returns the server to test: $ANTIPODE, else the release build, else the dev build."""
    named = os.environ.get("ANTIPODE")
    candidates = [named] if named else [ROOT / "build" / kind / "antipode" for kind in ("release", "dev")]
    for path in candidates:
        if os.access(path, os.X_OK):
            return str(path)
    raise HarnessError(f"no server at {' or '.join(map(str, candidates))}; build it, or set ANTIPODE")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def says_ready(place, port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        with place.inside():
            connection.connect()
        connection.request("GET", "/-/health/ready")
        return connection.getresponse().status == 200
    except (http.client.HTTPException, OSError):
        return False
    finally:
        connection.close()


class Credential:
    def __init__(self, access_key=None, secret_key=None):
        self.access_key = access_key or "AK" + secrets.token_hex(9).upper()
        self.secret_key = secret_key or secrets.token_urlsafe(30)


class Region:
    """One region: one server process over three zone directories under `root`."""

    def __init__(self, name, root, credential, port=None, server=None):
        self.name = name
        self.root = pathlib.Path(root)
        self.credential = credential
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.server = server or find_server()
        self.peers = []
        self.link_secret_file = None
        self.link_directory = None
        self.link_port = None
        # $ANTIPODE_SERVER_ARGUMENTS: more flags for every server, such as another engine.
        self.extra_arguments = shlex.split(os.environ.get("ANTIPODE_SERVER_ARGUMENTS", ""))
        self.environment = {}
        # True: the server goes on when the one who started it ends.
        self.outlives = False
        self.place = HERE
        self.process = None
        self.log = self.root / "server.log"
        self.root.mkdir(parents=True, exist_ok=True)
        self.zones = {zone: self.root / zone for zone in ZONES}

    # Lifetime

    def command(self):
        line = [self.server, "server", "--region", self.name, "--listen", f"127.0.0.1:{self.port}"]
        if self.place is not HERE:
            line += ["--listen", f"{self.place.address}:{self.port}"]
        for directory in self.zones.values():
            line += ["--zone", str(directory)]
        line += ["--key-directory", str(self.root / "keys")]
        for name, url in self.peers:
            line += ["--peer", f"{name}={url}"]
        if self.link_secret_file:
            line += ["--link-secret-file", str(self.link_secret_file)]
        if self.link_directory:
            line += ["--link-directory", str(self.link_directory), "--link-listen", f"{self.place.address}:{self.link_port}"]
        return self.place.command(line + self.extra_arguments)

    def credentials_environment(self):
        return {"ANTIPODE_ACCESS_KEY": self.credential.access_key,
                "ANTIPODE_SECRET_KEY": self.credential.secret_key}

    def start(self, wait=True):
        assert self.process is None, "already running"
        environment = {**os.environ, **self.environment, **self.credentials_environment()}
        with open(self.log, "ab") as log:
            log.write(f"--- {' '.join(self.command())}\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment,
                start_new_session=self.outlives)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=READY_SECONDS_MAX):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise HarnessError(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            if self.is_ready():
                return self
            time.sleep(0.02)
        raise HarnessError(f"{self.name} is not ready after {seconds} s:\n{self.log_tail()}")

    def is_ready(self):
        return says_ready(self.place, self.port)

    def log_tail(self, lines=15):
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def stop(self, seconds=20):
        """Asks it to end and waits; returns its exit code, or None if it had to be killed."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def kill9(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    # Talking to it

    def s3(self, timeout=30):
        return S3Client(self.endpoint, self.credential.access_key, self.credential.secret_key, self.name, timeout, self.place)

    def oss(self, timeout=30):
        return OssClient(self.endpoint, self.credential.access_key, self.credential.secret_key, timeout, self.place)

    def admin(self, *arguments, check=True, timeout=120):
        """Runs `antipode admin ... --json` and returns what it printed, parsed."""
        line = self.place.command([self.server, "admin", "--endpoint", self.endpoint, *arguments, "--json"])
        done = subprocess.run(line, capture_output=True, text=True, timeout=timeout,
                              env={**os.environ, **self.credentials_environment()})
        if check and done.returncode != 0:
            raise HarnessError(f"admin {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        try:
            return json.loads(done.stdout) if done.stdout.strip() else {}
        except json.JSONDecodeError:
            raise HarnessError(f"admin {' '.join(arguments)} printed no JSON: {done.stdout[:300]}")

    def zone_states(self):
        return {zone["name"]: zone["state"] for zone in self.admin("zones")["zones"]}

    def wait_zones(self, wanted, seconds=120):
        """Waits until `admin zones` shows `wanted` (a state for every zone, or a dict)."""
        end = time.monotonic() + seconds
        while True:
            states = self.zone_states()
            want = wanted if isinstance(wanted, dict) else dict.fromkeys(states, wanted)
            if all(states.get(zone) == state for zone, state in want.items()):
                return states
            if time.monotonic() > end:
                raise HarnessError(f"{self.name}: zones are {states}, not {want}, after {seconds} s")
            time.sleep(0.05)

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0


class RegionPair:
    """Two regions, linked both ways."""

    def __init__(self, root, names=("cn-hangzhou", "cn-beijing"), server=None, credential=None):
        self.root = pathlib.Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        credential = credential or Credential()
        secret = self.root / "link-secret"
        if not secret.exists():
            secret.touch(0o600)
            secret.write_text(secrets.token_hex(32) + "\n")
        self.regions = [Region(name, self.root / name, credential, server=server) for name in names]
        self.first, self.second = self.regions
        for region, other in ((self.first, self.second), (self.second, self.first)):
            region.peers = [(other.name, other.endpoint)]
            region.link_secret_file = secret

    def start(self):
        for region in self.regions:
            region.start(wait=False)
        for region in self.regions:
            region.wait_ready()
        return self

    def stop(self):
        return [region.stop() for region in self.regions]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.stop()


class CertifiedPair(RegionPair):
    """Two regions that know each other by certificates; `link` keeps what `admin link create` made."""

    def __init__(self, root, **more):
        super().__init__(root, **more)
        self.link = self.root / "link"
        self.make("create", self.link, *(region.name for region in self.regions))
        for region in self.regions:
            region.link_secret_file = None
            region.link_directory = self.link / region.name
            region.link_port = free_port()
        for region, other in ((self.first, self.second), (self.second, self.first)):
            region.peers = [(other.name, f"https://{other.place.address}:{other.link_port}")]

    def make(self, *words):
        """`antipode admin link WORDS`"""
        subprocess.run([self.first.server, "admin", "link", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


_scratches = []


def scratch(name):
    """A fresh directory build/tests/NAME for one test's regions."""
    path = ROOT / "build" / "tests" / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    _scratches.append(path)
    return path


def remove_scratches():
    """After a test that found nothing wrong: regions under load take gigabytes."""
    for path in _scratches:
        shutil.rmtree(path, ignore_errors=True)
