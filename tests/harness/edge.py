"""An edge process near the clients, and a client that goes to accelerate endpoints."""

import signal
import subprocess
import time

from .place import HERE
from .region import READY_SECONDS_MAX, Credential, HarnessError, Region, find_server, free_port, says_ready
from .s3client import S3Client

DOMAIN = "s3-accelerate.amazonaws.com"


class Edge:
    """`antipode edge` at `place`, for regions that answer links; `link` is what `admin link create` made."""

    def __init__(self, root, link, regions, place=HERE, name="edge-near", arguments=()):
        self.server = find_server()
        self.port = free_port()
        self.place = place
        self.log = root / f"{name}.log"
        subprocess.run([self.server, "admin", "link", "issue", link, name], check=True, stdout=subprocess.DEVNULL)
        self.command = [self.server, "edge", "--listen", f"127.0.0.1:{self.port}", "--link-directory", str(link / name), *arguments]
        for region in regions:
            self.command += ["--region", f"{region.name}={region.place.address}:{region.link_port}"]
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.place.command(self.command), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + READY_SECONDS_MAX
        while not says_ready(self.place, self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise HarnessError(f"the edge is not ready:\n{self.log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.02)
        return self

    def kill9(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def resident_bytes(self):
        for line in open(f"/proc/{self.process.pid}/status", encoding="ascii"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def s3(self, region, timeout=300):
        """For buckets of `region`, over this edge."""
        return AcceleratedClient(f"http://127.0.0.1:{self.port}", region, timeout, self.place)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        self.stop()


class AcceleratedClient(S3Client):
    """Names the bucket in Host, as an SDK does that is told to accelerate."""

    def __init__(self, endpoint, region, timeout, place):
        super().__init__(endpoint, region.credential.access_key, region.credential.secret_key, region.name, timeout, place)

    def request(self, method, path, query=None, headers=None, body=b""):
        bucket, _, key = path[1:].partition("/")
        self.netloc = f"{bucket}.{DOMAIN}"
        return super().request(method, f"/{key}", query, headers, body)


def accelerate(region, bucket):
    """Switches transfer acceleration on."""
    body = b"<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"
    return region.s3().request("PUT", f"/{bucket}", {"accelerate": ""}, body=body).ok()


def direct_client(region, place):
    """At the port of the region's clients, from `place`."""
    credential = region.credential
    return S3Client(f"http://{region.place.address}:{region.port}", credential.access_key, credential.secret_key, region.name, 300, place)


def linked_region(root, line):
    """A region at the far end that answers links by certificate, and the link's directory."""
    region = Region("cn-beijing", root / "far", Credential())
    region.place = line.far
    link = root / "link"
    subprocess.run([region.server, "admin", "link", "create", str(link), region.name, "cn-hangzhou"], check=True, stdout=subprocess.DEVNULL)
    region.link_directory, region.link_port = link / region.name, free_port()
    return region, link
