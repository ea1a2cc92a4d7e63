"""What a system under comparison has to offer: start, stop, and which processes it is made of."""
import os
import pathlib
import signal
import socket
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = TOP / "build" / "bench" / "tools"


class Unavailable(Exception):
    """This peer cannot be had on this machine; the text says why."""


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def run_quietly(*command, what, **options):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode:
        raise Unavailable(f"{what}: {(done.stderr or done.stdout).strip().splitlines()[-1:] or ['failed']}")
    return done.stdout


class Peer:
    name = ""
    shape = ""            # one line for the report: how many copies or shards, and where
    dialect = "s3"
    region = "us-east-1"
    access_key = "bench-access-key"
    secret_key = "bench-secret-key"
    verbs = ("put", "get", "list")

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.processes = []
        self.port = free_ports(1)[0]

    def install(self):
        """Gets the program; raises Unavailable."""

    def start(self):
        raise NotImplementedError

    def version(self):
        return ""

    def pids(self):
        """The processes that serve; all of them, so that their CPU time is the whole cost."""
        return [pid for process in self.processes for pid in family(process.pid)]

    def spawn(self, *command, **environment):
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "server.log", "ab") as log:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=os.environ | environment, start_new_session=True)
        self.processes.append(process)
        return process

    def wait_listening(self, port=None, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for process in self.processes:
                if process.poll() is not None:
                    tail = (self.directory / "server.log").read_text(errors="replace").splitlines()[-3:]
                    raise Unavailable(f"{self.name} ended with {process.returncode}: {' | '.join(tail)}")
            try:
                socket.create_connection(("127.0.0.1", port or self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise Unavailable(f"{self.name} does not listen after {seconds} s")

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []


def family(pid):
    """pid and its children, and theirs."""
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid] + [below for child in children for below in family(int(child))]
