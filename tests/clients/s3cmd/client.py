"""s3cmd (Debian's), which always retries: a retry it speaks of is a failure: `clients/run s3cmd`."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from command import *  # noqa: E402,F403
from suite import *  # noqa: E402,F403

settings = Settings()
MIB = 1024 * 1024


def path(name):
    return os.path.join(settings.work, name)


CONFIG = write(path("s3cfg"), f"""[default]
access_key = {settings.access_key}
secret_key = {settings.secret_key}
host_base = {settings.host}
host_bucket = {settings.host}
bucket_location = {settings.region}
use_https = False
signurl_use_https = False
multipart_chunk_size_mb = 5
guess_mime_type = True
""".encode())


def s3cmd(*arguments, **more):
    return command("s3cmd", "-c", CONFIG, "--no-progress", *arguments, env={"LC_ALL": "C.UTF-8", **more},
                   refuse="Retrying")


def make_bucket(feature):
    bucket = settings.bucket(feature)
    s3cmd("mb", f"s3://{bucket}")
    return bucket


def get(bucket, key, *more):
    s3cmd("get", "--force", *more, f"s3://{bucket}/{key}", path("got"))
    return read(path("got"))


def exit_code(error):
    return getattr(error, "code", type(error).__name__)


def listed(bucket, *more):
    return [line.split("s3://" + bucket + "/", 1)[1] for line in s3cmd("ls", *more).splitlines()]


def feature_small():
    bucket = make_bucket("small")
    body = content(5000)
    s3cmd("put", write(path("small"), body), f"s3://{bucket}/small")
    equal(get(bucket, "small"), body, "body")
    info = s3cmd("info", f"s3://{bucket}/small").lower()
    check(md5(body) in info and "5000" in info, f"info: {info}")
    check(f"s3://{bucket}\n" in s3cmd("ls"), "the bucket is not listed")
    check(settings.region in s3cmd("info", f"s3://{bucket}"), "info of the bucket does not show its location")


def feature_empty():
    bucket = make_bucket("empty")
    s3cmd("put", write(path("empty"), b""), f"s3://{bucket}/empty")
    equal(get(bucket, "empty"), b"", "body")


def feature_odd_names():
    bucket = make_bucket("odd-names")
    # s3cmd itself cannot store names with control characters.
    names = [n for n in ODD_NAMES if not n.endswith("/") and "//" not in n and "\t" not in n]
    tree = make_tree(path("odd"), {name: name.encode() for name in names})
    s3cmd("sync", tree + "/", f"s3://{bucket}/t/")
    s3cmd("sync", f"s3://{bucket}/t/", path("odd.back") + "/")
    same_tree(read_tree(path("odd.back")), {name: name.encode() for name in names})
    equal(sorted(listed(bucket, "--recursive", f"s3://{bucket}/")), sorted("t/" + n for n in names), "listed")
    s3cmd("del", "--recursive", "--force", f"s3://{bucket}/")
    equal(listed(bucket, "--recursive", f"s3://{bucket}/"), [], "after del --recursive")


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(17 * MIB + 99)
    s3cmd("put", write(path("big"), body), f"s3://{bucket}/big one+%")
    check(get(bucket, "big one+%") == body, "what came back differs")
    check("never" not in s3cmd("multipart", f"s3://{bucket}"), "uploads are left")


def feature_range():
    bucket = make_bucket("range")
    body = content(2 * MIB)
    s3cmd("put", write(path("r"), body), f"s3://{bucket}/r")
    write(path("part"), body[:700001])
    s3cmd("get", "--continue", f"s3://{bucket}/r", path("part"))
    check(read(path("part")) == body, "a continued get differs")


def feature_copy():
    bucket, other = make_bucket("copy"), make_bucket("copy-to")
    body = content(30000)
    s3cmd("put", write(path("c"), body), f"s3://{bucket}/from ü+%", "--add-header", "x-amz-meta-kept: yes")
    s3cmd("cp", f"s3://{bucket}/from ü+%", f"s3://{other}/to")
    equal(get(other, "to"), body, "copy")
    check("x-amz-meta-kept" in s3cmd("info", f"s3://{other}/to"), "metadata is not kept")
    s3cmd("mv", f"s3://{other}/to", f"s3://{other}/moved")
    equal(get(other, "moved"), body, "moved")
    equal(listed(other, f"s3://{other}/"), ["moved"], "listed after mv")
    s3cmd("modify", "--add-header", "Cache-Control: max-age=9", f"s3://{other}/moved")
    equal(get(other, "moved"), body, "modified")


def feature_list():
    bucket = make_bucket("list")
    make_tree(path("list"), {name: b"1" for name in [f"a/{n:02d}" for n in range(12)] + ["b/1", "c", "d d"]})
    s3cmd("sync", path("list") + "/", f"s3://{bucket}/")
    equal(listed(bucket, f"s3://{bucket}/"), ["a/", "b/", "c", "d d"], "ls")
    equal(listed(bucket, f"s3://{bucket}/a/0"), [f"a/{n:02d}" for n in range(10)], "ls of a prefix")
    equal(len(listed(bucket, "--recursive", f"s3://{bucket}")), 15, "ls --recursive")
    check("15 objects" in s3cmd("du", f"s3://{bucket}"), "du")


def feature_delete():
    bucket = make_bucket("delete")
    make_tree(path("delete"), {name: b"1" for name in ("one", "two", "three")})
    s3cmd("sync", path("delete") + "/", f"s3://{bucket}/")
    s3cmd("del", f"s3://{bucket}/one")
    equal(listed(bucket, f"s3://{bucket}/"), ["three", "two"], "after del")
    raises(lambda: s3cmd("rb", f"s3://{bucket}"), 13, exit_code, "rb of a full bucket (conflict)")
    s3cmd("del", f"s3://{bucket}/two", f"s3://{bucket}/three")
    s3cmd("rb", f"s3://{bucket}")
    raises(lambda: s3cmd("ls", f"s3://{bucket}/"), 12, exit_code, "ls of a deleted bucket")


def feature_metadata():
    bucket = make_bucket("metadata")
    s3cmd("put", write(path("m"), b"m"), f"s3://{bucket}/m", "--add-header", "x-amz-meta-color: red",
          "--mime-type", "text/x-m", "--add-header", "Cache-Control: max-age=7")
    info = s3cmd("info", f"s3://{bucket}/m")
    check("text/x-m" in info and "x-amz-meta-color: red" in info, f"info: {info}")


def feature_tags():
    raise NotApplicable("this version has no tags")


def feature_versioning():
    raise NotApplicable("this version has no versions")


def feature_presign():
    bucket = make_bucket("presign")
    body = content(4000)
    s3cmd("put", write(path("p"), body), f"s3://{bucket}/plain")
    url = s3cmd("signurl", f"s3://{bucket}/plain", "+600").strip()
    equal(http_get(url)[:2], (200, body), "get by URL")
    return "GET, signature version 2"


def feature_errors():
    bucket = make_bucket("errors")
    raises(lambda: get(bucket, "none"), (12, 64), exit_code, "no such key")
    raises(lambda: s3cmd("ls", f"s3://{bucket}-none/"), 12, exit_code, "no such bucket")
    raises(lambda: s3cmd("ls", "--secret_key=wrong"), 77, exit_code, "a wrong secret")


def feature_replication():
    raise NotApplicable("rules are set with the OSS calls so far")


if __name__ == "__main__":
    run(globals())
