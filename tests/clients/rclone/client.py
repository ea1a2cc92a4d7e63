"""rclone (Debian's), retries off: `clients/run rclone`."""

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


def remote(secret):
    return {"type": "s3", "provider": "Other", "access_key_id": settings.access_key, "secret_access_key": secret,
            "endpoint": settings.endpoint, "region": settings.region, "force_path_style": "true",
            "location_constraint": settings.region}


def config(name, secret):
    lines = "".join(f"{key} = {value}\n" for key, value in remote(secret).items())
    return write(path(name), f"[r]\n{lines}[v]\n{lines}versions = true\n".encode())


CONFIG = config("rclone.conf", settings.secret_key)


def rclone(*arguments, conf=CONFIG, input=None):
    return command("rclone", "--config", conf, "--retries", "1", "--low-level-retries", "1", "--s3-upload-cutoff", "6M",
                   "--s3-chunk-size", "5M", *arguments, input=input)


def make_bucket(feature):
    bucket = settings.bucket(feature)
    rclone("mkdir", f"r:{bucket}")
    return bucket


def cat(bucket, key, *more):
    line = ["rclone", "--config", CONFIG, "--retries", "1", "--low-level-retries", "1", "cat", *more, f"r:{bucket}/{key}"]
    import subprocess
    done = subprocess.run(line, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise CommandFailed(line, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.stdout


def names(where, *more):
    return sorted(entry["Path"] for entry in json.loads(rclone("lsjson", "-R", "--files-only", *more, where)))


def said(error):
    return getattr(error, "output", str(error))


def fails_saying(call, wanted, what):
    error = raises(call, (1, 3, 4), lambda e: getattr(e, "code", type(e).__name__), what)
    check(wanted in said(error), f"{what}: {said(error)[-300:]}")


def feature_small():
    bucket = make_bucket("small")
    body = content(5000)
    rclone("copyto", write(path("small"), body), f"r:{bucket}/small")
    equal(cat(bucket, "small"), body, "body")
    equal(rclone("md5sum", f"r:{bucket}/small").split()[0], md5(body), "md5sum")
    check(bucket in [e["Path"] for e in json.loads(rclone("lsjson", "r:"))], "the bucket is not listed")
    rclone("rcat", f"r:{bucket}/streamed", input=body)
    equal(cat(bucket, "streamed"), body, "streamed")


def feature_empty():
    bucket = make_bucket("empty")
    rclone("copyto", write(path("empty"), b""), f"r:{bucket}/empty")
    equal(cat(bucket, "empty"), b"", "body")


def feature_odd_names():
    bucket = make_bucket("odd-names")
    # The tool shows control characters in a form of its own.
    odd = [n for n in ODD_NAMES if not n.endswith("/") and "//" not in n and "\t" not in n]
    tree = make_tree(path("odd"), {name: name.encode() for name in odd})
    rclone("sync", tree, f"r:{bucket}/t")
    rclone("check", "--download", tree, f"r:{bucket}/t")
    rclone("sync", f"r:{bucket}/t", path("odd.back"))
    same_tree(read_tree(path("odd.back")), {name: name.encode() for name in odd})
    equal(names(f"r:{bucket}/t"), sorted(odd), "listed")
    rclone("purge", f"r:{bucket}/t")
    equal(names(f"r:{bucket}"), [], "after purge")


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(17 * MIB + 99)
    rclone("copyto", write(path("big"), body), f"r:{bucket}/big one+%")
    check(cat(bucket, "big one+%") == body, "what came back differs")
    equal(rclone("md5sum", f"r:{bucket}/big one+%").split()[0], md5(body), "md5sum, kept as metadata")
    rclone("--s3-copy-cutoff", "6M", "copyto", f"r:{bucket}/big one+%", f"r:{bucket}/copy in parts")
    check(cat(bucket, "copy in parts") == body, "the copy in parts differs")
    rclone("backend", "list-multipart-uploads", f"r:{bucket}")
    rclone("cleanup", f"r:{bucket}")


def feature_range():
    bucket = make_bucket("range")
    body = content(2 * MIB)
    rclone("copyto", write(path("r"), body), f"r:{bucket}/r")
    equal(cat(bucket, "r", "--offset", "100", "--count", "70000"), body[100:70100], "the middle")
    equal(cat(bucket, "r", "--tail", "9"), body[-9:], "the tail")
    equal(cat(bucket, "r", "--head", "9"), body[:9], "the head")


def feature_copy():
    bucket, other = make_bucket("copy"), make_bucket("copy-to")
    body = content(30000)
    rclone("copyto", write(path("c"), body), f"r:{bucket}/from ü+%")
    rclone("copyto", f"r:{bucket}/from ü+%", f"r:{other}/to")
    equal(cat(other, "to"), body, "copy")
    rclone("moveto", f"r:{other}/to", f"r:{other}/moved")
    equal(names(f"r:{other}"), ["moved"], "listed after a move")
    rclone("sync", f"r:{bucket}", f"r:{other}")
    equal(names(f"r:{other}"), ["from ü+%"], "listed after a sync")


def feature_list():
    bucket = make_bucket("list")
    wanted = [f"a/{n:02d}" for n in range(12)] + ["b/1", "c", "d d"]
    rclone("copy", make_tree(path("list"), {name: b"1" for name in wanted}), f"r:{bucket}")
    equal(names(f"r:{bucket}", "--s3-list-chunk", "5"), wanted, "in pages of 5")
    equal(names(f"r:{bucket}", "--s3-list-chunk", "5", "--s3-list-version", "1"), wanted, "v1 in pages of 5")
    equal(names(f"r:{bucket}", "--fast-list"), wanted, "all at once")
    equal(sorted(e["Path"] for e in json.loads(rclone("lsjson", f"r:{bucket}"))), ["a", "b", "c", "d d"], "one level")
    check('"count":15' in rclone("size", "--json", f"r:{bucket}"), "size")


def feature_delete():
    bucket = make_bucket("delete")
    rclone("copy", make_tree(path("delete"), {name: b"1" for name in ("one", "two", "three")}), f"r:{bucket}")
    rclone("deletefile", f"r:{bucket}/one")
    equal(names(f"r:{bucket}"), ["three", "two"], "after a delete")
    fails_saying(lambda: rclone("rmdir", f"r:{bucket}"), "BucketNotEmpty", "rmdir of a full bucket")
    rclone("delete", f"r:{bucket}")
    rclone("rmdir", f"r:{bucket}")
    fails_saying(lambda: rclone("lsjson", f"r:{bucket}"), "not found", "a deleted bucket")


def feature_metadata():
    bucket = make_bucket("metadata")
    file = write(path("m.txt"), b"m")
    os.utime(file, (1500000000.123456789, 1500000000.123456789))
    rclone("copyto", file, f"r:{bucket}/m.txt", "--metadata-set", "cache-control=max-age=7", "--metadata-set", "color=red", "-M")
    entry = json.loads(rclone("lsjson", "-M", f"r:{bucket}/m.txt"))[0]
    check(entry["ModTime"].startswith("2017-07-14T02:40:00.123456"), f"modification time {entry['ModTime']}")
    equal(entry["MimeType"], "text/plain; charset=utf-8", "type")
    equal((entry["Metadata"]["color"], entry["Metadata"]["cache-control"]), ("red", "max-age=7"), "metadata")
    rclone("touch", "-t", "2001-02-03T04:05:06", f"r:{bucket}/m.txt")
    check(json.loads(rclone("lsjson", f"r:{bucket}/m.txt"))[0]["ModTime"].startswith("2001-02-03T04:05:06"), "touch")


def feature_tags():
    raise NotApplicable("the tool has no tags")


def feature_versioning():
    bucket = make_bucket("versioning")
    rclone("backend", "versioning", f"r:{bucket}", "Enabled")
    equal(rclone("backend", "versioning", f"r:{bucket}").strip().strip('"'), "Enabled", "status")
    for body in (b"one", b"two"):
        rclone("rcat", f"r:{bucket}/v.txt", input=body)
        time.sleep(1.1)  # The tool names versions by their time.
    equal(cat(bucket, "v.txt"), b"two", "the latest")
    old = [n for n in names(f"v:{bucket}") if n != "v.txt"]
    equal(len(old), 1, "old versions listed")
    rclone("copyto", f"v:{bucket}/{old[0]}", path("old"))
    equal(read(path("old")), b"one", "the old version")
    rclone("deletefile", f"r:{bucket}/v.txt")
    equal(names(f"r:{bucket}"), [], "under a marker")
    equal(len(names(f"v:{bucket}")), 2, "versions under a marker")
    rclone("backend", "cleanup-hidden", f"r:{bucket}")
    equal(names(f"v:{bucket}"), [], "after cleanup-hidden")


def feature_presign():
    bucket = make_bucket("presign")
    rclone("rcat", f"r:{bucket}/odd +%ü name", input=b"linked")
    url = rclone("link", "--expire", "600s", f"r:{bucket}/odd +%ü name").strip()
    equal(http_get(url)[:2], (200, b"linked"), "get by URL")
    return "GET only: the tool makes no URL for PUT"


def feature_errors():
    bucket = make_bucket("errors")
    fails_saying(lambda: rclone("deletefile", f"r:{bucket}/none"), "doesn't exist", "no such key")
    fails_saying(lambda: rclone("lsjson", f"r:{bucket}-none"), "not found", "no such bucket")
    fails_saying(lambda: rclone("lsjson", f"r:{bucket}", conf=config("wrong.conf", "wrong")), "SignatureDoesNotMatch",
                 "a wrong secret")


def feature_replication():
    raise NotApplicable("rules are set with the OSS calls so far")


if __name__ == "__main__":
    run(globals())
