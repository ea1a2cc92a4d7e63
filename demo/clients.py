"""The two clients of the demo as processes: the AWS CLI for S3, an OSS SDK for OSS, both with their retries off."""

import json
import os
import pathlib
import re
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[1]
CLIENTS = ROOT / "tests" / "clients"
HOMES = ROOT / "build" / "clients"


def install():
    """Installs both, each by its own script; returns their versions."""
    versions = []
    for name in ("aws-cli", "oss-python-v2"):
        done = subprocess.run([str(CLIENTS / name / "install"), str(HOMES / name)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"demo: {name} cannot be installed: {done.stderr.strip()[-500:]}")
        versions.append((HOMES / name / "version").read_text().strip())
    return versions


class Tally:
    """What a running client has done so far; read by the progress line while threads write."""

    def __init__(self, name):
        self.name = name
        self.done = 0
        self.bytes = 0
        self.failed = []
        self.finished = {}

    def add(self, name, size):
        self.done += 1
        self.bytes += size
        self.finished[name] = size


class Running:
    """A client's process, and the thread that reads what it says."""

    def __init__(self, line, environment, read, tally, names=None):
        self.tally = tally
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         env=environment, text=True, errors="replace")
        self._threads = [threading.Thread(target=self._read, args=(read,), daemon=True),
                         threading.Thread(target=self._errors, daemon=True),
                         threading.Thread(target=self._write, args=(names or [],), daemon=True)]
        self._said = []
        for thread in self._threads:
            thread.start()

    def _write(self, names):
        try:
            for name in names:
                self._process.stdin.write(name + "\n")
            self._process.stdin.close()
        except OSError:
            pass

    def _read(self, read):
        for line in self._process.stdout:
            # The AWS CLI writes its progress over itself with carriage returns.
            for part in line.rstrip("\n").split("\r"):
                read(part, self.tally)

    def _errors(self):
        for line in self._process.stderr:
            if line.strip():
                self._said.append(line.strip())

    def busy(self):
        return self._process.poll() is None

    def finish(self):
        """Waits, and counts an unhappy end as a failure."""
        code = self._process.wait()
        for thread in self._threads:
            thread.join(10)
        if code != 0 and not self.tally.failed:
            self.tally.failed.append(f"{self.tally.name} ended with {code}: {' '.join(self._said)[-400:]}")
        return self

    def stop(self):
        if self.busy():
            self._process.kill()


def _read_json(text, tally):
    if not text.startswith("{"):
        return
    said = json.loads(text)
    if "failed" in said:
        tally.failed.append(f"{said['failed']}: {said['reason']}")
    elif "done" in said:
        tally.add(said["done"], said["bytes"])
    else:
        tally.finished[len(tally.finished)] = said


class OssClient:
    def __init__(self, region):
        self.region = region

    def start(self, verb, *arguments, names=None):
        line = [str(HOMES / "oss-python-v2" / "venv" / "bin" / "python"), str(ROOT / "demo" / "oss_side.py"), verb,
                self.region.endpoint, self.region.name, *map(str, arguments)]
        environment = {**os.environ, **self.region.credentials_environment(), "PYTHONUNBUFFERED": "1"}
        return Running(line, environment, _read_json, Tally("the OSS SDK"), names)

    def run(self, verb, *arguments, names=None):
        """Runs to the end; returns what it said. Ends the demo when it fails."""
        running = self.start(verb, *arguments, names=names).finish()
        if running.tally.failed:
            raise SystemExit(f"demo: OSS {verb} failed: {running.tally.failed[0]}")
        return running.tally.finished


class AwsClient:
    """`work` is a folder for its configuration."""

    def __init__(self, region, work):
        self.region = region
        self._config = pathlib.Path(work) / f"aws-{region.name}"
        self._config.write_text(
            f"[default]\nregion = {region.name}\nretry_mode = standard\nmax_attempts = 1\ns3 =\n"
            "    addressing_style = path\n    max_concurrent_requests = 10\n    multipart_threshold = 16MB\n"
            "    multipart_chunksize = 8MB\n")

    def _environment(self):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**inherited, "AWS_CONFIG_FILE": str(self._config), "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_ACCESS_KEY_ID": self.region.credential.access_key, "AWS_MAX_ATTEMPTS": "1",
                "AWS_SECRET_ACCESS_KEY": self.region.credential.secret_key, "AWS_EC2_METADATA_DISABLED": "true",
                "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}

    def start(self, *arguments, sizes=None, prefix=""):
        """`sizes`: name below `prefix` -> bytes, to count what was transferred."""
        wanted = re.compile(r"^(upload|download|delete): (?:(\S.*) to )?(\S.*)$")

        def read(text, tally):
            match = wanted.match(text.strip())
            if match:
                verb, source, target = match.groups()
                name = (target if verb != "download" else source)
                name = name[len(prefix):] if name.startswith(prefix) else name
                tally.add(name, (sizes or {}).get(name, 0))
            elif " failed: " in text:
                tally.failed.append(text.strip())
        line = [str(HOMES / "aws-cli" / "venv" / "bin" / "aws"), "--endpoint-url", self.region.endpoint, *map(str, arguments)]
        return Running(line, self._environment(), read, Tally("the AWS CLI"))

    def run(self, *arguments):
        running = self.start(*arguments).finish()
        if running.tally.failed:
            raise SystemExit(f"demo: AWS CLI failed: {running.tally.failed[0]}")
