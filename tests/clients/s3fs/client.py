"""s3fs (Debian's), one try a request: a bucket as a folder: `clients/run s3fs`."""

import contextlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from command import *  # noqa: E402,F403
from suite import *  # noqa: E402,F403

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from harness.s3client import S3Client  # noqa: E402

settings = Settings()
MIB = 1024 * 1024


def path(name):
    return os.path.join(settings.work, name)


def store():
    """The same bucket as others see it: our own small client."""
    return S3Client(settings.endpoint, settings.access_key, settings.secret_key, settings.region)


def make_bucket(feature):
    bucket = settings.bucket(feature)
    store().create_bucket(bucket)
    return bucket


@contextlib.contextmanager
def mounted(bucket, secret=None, *options):
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise NotApplicable("no /dev/fuse here")
    where, log = path("mount-" + bucket), path("log-" + bucket)
    os.makedirs(where, exist_ok=True)
    password = write(path("password"), f"{settings.access_key}:{secret or settings.secret_key}".encode())
    os.chmod(password, 0o600)
    line = ["s3fs", bucket, where, "-f", "-o", f"url={settings.endpoint}", "-o", "use_path_request_style",
            "-o", f"endpoint={settings.region}", "-o", f"passwd_file={password}", "-o", "retries=1",
            "-o", "multipart_size=5", "-o", "stat_cache_expire=1", *(w for o in options for w in ("-o", o))]
    with open(log, "wb") as out:
        process = subprocess.Popen(line, stdout=out, stderr=out)
    try:
        wait_until(f"the mount ({read(log)[-300:]})", 20, lambda: os.path.ismount(where) or process.poll() is not None, 0.05)
        if process.poll() is not None:
            raise CommandFailed(line, process.returncode, read(log).decode("utf-8", "replace"))
        yield where
    finally:
        if process.poll() is None:
            subprocess.run(["fusermount", "-u", where], capture_output=True)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def feature_small():
    bucket = make_bucket("small")
    body = content(5000)
    with mounted(bucket) as root:
        write(root + "/small", body)
        equal(read(root + "/small"), body, "body")
    equal(store().get(bucket, "small").body, body, "body in the store")
    with mounted(bucket) as root:
        equal(read(root + "/small"), body, "body after mounting again")


def feature_empty():
    bucket = make_bucket("empty")
    with mounted(bucket) as root:
        write(root + "/empty", b"")
        os.mkdir(root + "/folder")
    with mounted(bucket) as root:
        equal(read(root + "/empty"), b"", "body")
        check(os.path.isdir(root + "/folder"), "the folder is no folder")


def feature_odd_names():
    bucket = make_bucket("odd-names")
    # s3fs gives a meaning of its own to names that end or begin with certain characters; those are left out.
    tree = {name: name.encode() for name in ODD_NAMES if not name.endswith("/") and "//" not in name and "\t" not in name}
    with mounted(bucket) as root:
        make_tree(root, tree)
    with mounted(bucket) as root:
        same_tree(read_tree(root), tree)


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(17 * MIB + 99)
    with mounted(bucket) as root:
        write(root + "/big one", body)
    check(store().get(bucket, "big one").body == body, "in the store it differs")
    with mounted(bucket) as root:
        check(read(root + "/big one") == body, "what came back differs")
        with open(root + "/big one", "r+b") as file:
            file.seek(6 * MIB)
            file.write(b"changed in the middle")
    changed = body[:6 * MIB] + b"changed in the middle" + body[6 * MIB + 21:]
    check(store().get(bucket, "big one").body == changed, "a change in the middle (part copies) differs")


def feature_range():
    bucket = make_bucket("range")
    body = content(12 * MIB)
    store().put(bucket, "r", body)
    with mounted(bucket) as root, open(root + "/r", "rb") as file:
        for start, size in ((0, 10), (5 * MIB - 3, 10), (11 * MIB, 5000)):
            file.seek(start)
            equal(file.read(size), body[start:start + size], f"{size} bytes at {start}")


def feature_copy():
    bucket = make_bucket("copy")
    with mounted(bucket) as root:
        write(root + "/from", b"moved")
        os.rename(root + "/from", root + "/to")
        equal(sorted(os.listdir(root)), ["to"], "after rename")
        equal(read(root + "/to"), b"moved", "body")
        os.makedirs(root + "/tree/inner")
        write(root + "/tree/inner/x", b"x")
        os.rename(root + "/tree", root + "/other tree")
        equal(read(root + "/other tree/inner/x"), b"x", "in a renamed folder")


def feature_list():
    bucket = make_bucket("list")
    client = store()
    for name in [f"a/{n:04d}" for n in range(1100)] + ["b/1", "c", "d d"]:
        client.put(bucket, name, b"1")
    with mounted(bucket) as root:
        equal(sorted(os.listdir(root)), ["a", "b", "c", "d d"], "top")
        equal(sorted(os.listdir(root + "/a")), [f"{n:04d}" for n in range(1100)], "a/")


def feature_delete():
    bucket = make_bucket("delete")
    with mounted(bucket) as root:
        make_tree(root, {"one": b"1", "folder/two": b"2"})
        os.unlink(root + "/one")
        shutil.rmtree(root + "/folder")
        equal(os.listdir(root), [], "after rm")
    equal(list(store().list_keys(bucket)), [], "in the store after rm")


def feature_metadata():
    bucket = make_bucket("metadata")
    with mounted(bucket) as root:
        write(root + "/m", b"m")
        os.chmod(root + "/m", 0o640)
        os.utime(root + "/m", (1500000000, 1500000000))
        os.symlink("m", root + "/link")
    with mounted(bucket) as root:
        found = os.stat(root + "/m")
        equal((found.st_mode & 0o777, int(found.st_mtime)), (0o640, 1500000000), "mode and time")
        equal(os.readlink(root + "/link"), "m", "link")


def feature_tags():
    raise NotApplicable("the tool has no object tags")


def feature_versioning():
    raise NotApplicable("the tool has no versions")


def feature_presign():
    raise NotApplicable("the tool makes no URLs")


def feature_errors():
    bucket = make_bucket("errors")
    with mounted(bucket) as root:
        raises(lambda: read(root + "/none"), "FileNotFoundError", lambda e: type(e).__name__, "no such file")

    def mount(*arguments):
        with mounted(*arguments) as root:
            os.listdir(root)
    code = lambda e: type(e).__name__  # noqa: E731
    raises(lambda: mount(bucket + "-none"), ("CommandFailed", "OSError", "FileNotFoundError"), code, "no such bucket")
    raises(lambda: mount(bucket, "wrong"), ("CommandFailed", "OSError", "PermissionError"), code, "a wrong secret")


def feature_replication():
    raise NotApplicable("rules are set with the OSS calls so far")


if __name__ == "__main__":
    run(globals())
