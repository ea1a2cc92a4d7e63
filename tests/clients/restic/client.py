"""restic (Debian's): backups that are restored and checked: `clients/run restic`. It always retries."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from command import *  # noqa: E402,F403
from suite import *  # noqa: E402,F403

settings = Settings()
MIB = 1024 * 1024


def path(name):
    return os.path.join(settings.work, name)


def restic(repository, *arguments, **more):
    env = {"AWS_ACCESS_KEY_ID": settings.access_key, "AWS_SECRET_ACCESS_KEY": settings.secret_key,
           "AWS_DEFAULT_REGION": settings.region, "RESTIC_PASSWORD": "a password", "RESTIC_CACHE_DIR": path("cache"), **more}
    return command("restic", "-r", f"s3:{settings.endpoint}/{repository}", "-o", "s3.bucket-lookup=path",
                   "-o", f"s3.region={settings.region}", *arguments, env=env, timeout=120, refuse="returned error, retrying")


def round_trip(feature, tree):
    """Backs `tree` up, checks every byte of the repository, restores, compares."""
    bucket = settings.bucket(feature)
    restic(bucket, "init")
    source = make_tree(path(feature), tree)
    restic(bucket, "backup", source)
    restic(bucket, "check", "--read-data")
    restic(bucket, "restore", "latest", "--target", path(feature + ".back"))
    same_tree(read_tree(path(feature + ".back") + source), tree)
    return bucket


def feature_small():
    round_trip("small", {f"folder {n % 7}/file {n}": content(n * 37, n) for n in range(200)})


def feature_empty():
    round_trip("empty", {"empty": b"", "x/also empty": b""})


def feature_odd_names():
    round_trip("odd-names", {n: n.encode() for n in ODD_NAMES if not n.endswith("/") and "//" not in n})


def feature_multipart():
    bucket = round_trip("multipart", {"big": content(30 * MIB)})
    return f"{bucket}: packs of 16 MiB"


def feature_range():
    bucket = settings.bucket("range")
    restic(bucket, "init")
    source = make_tree(path("range"), {"big": content(9 * MIB), "other": content(3 * MIB, 1)})
    restic(bucket, "backup", source)
    restic(bucket, "dump", "latest", source + "/other", "--no-cache")
    restic(bucket, "check", "--read-data-subset", "50%", "--no-cache")


def feature_copy():
    raise NotApplicable("the tool copies nothing inside a store")


def feature_list():
    bucket = settings.bucket("list")
    restic(bucket, "init")
    for n in range(3):
        restic(bucket, "backup", make_tree(path("list"), {f"f{n}": content(1000, n)}))
    equal(len(json.loads(restic(bucket, "snapshots", "--json"))), 3, "snapshots")
    check(len(restic(bucket, "list", "packs").split()) >= 3, "packs")


def feature_delete():
    bucket = settings.bucket("delete")
    restic(bucket, "init")
    for n in range(3):
        restic(bucket, "backup", make_tree(path("delete"), {"f": content(500000, n)}))
    before = restic(bucket, "stats", "--mode", "raw-data", "--json")
    restic(bucket, "forget", "--keep-last", "1", "--prune")
    after = restic(bucket, "stats", "--mode", "raw-data", "--json")
    check(json.loads(after)["total_size"] < json.loads(before)["total_size"], "prune freed nothing")
    restic(bucket, "check", "--read-data")


def feature_metadata():
    raise NotApplicable("the tool keeps metadata inside its own files")


def feature_tags():
    raise NotApplicable("the tool has no object tags")


def feature_versioning():
    raise NotApplicable("the tool has no object versions")


def feature_presign():
    raise NotApplicable("the tool makes no URLs")


def feature_errors():
    code = lambda error: getattr(error, "code", type(error).__name__)  # noqa: E731
    error = raises(lambda: restic(settings.bucket("errors"), "snapshots"), 1, code, "no repository")
    check("Is there a repository" in error.output, error.output)
    error = raises(lambda: restic(settings.bucket("errors"), "init", AWS_SECRET_ACCESS_KEY="wrong"), 1, code, "a wrong secret")
    # Its first request is a HEAD, whose refusal has no body to say more.
    check("Access Denied" in error.output, error.output)


def feature_replication():
    raise NotApplicable("rules are set with the OSS calls so far")


if __name__ == "__main__":
    run(globals())
