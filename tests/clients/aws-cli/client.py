"""The AWS CLI, retries off: `clients/run aws-cli`."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from command import *  # noqa: E402,F403
from suite import *  # noqa: E402,F403

settings = Settings()
MIB = 1024 * 1024
os.makedirs(settings.work, exist_ok=True)
CONFIG = os.path.join(settings.work, "aws-config")
with open(CONFIG, "w") as file:
    file.write(f"[default]\nregion = {settings.region}\nmax_attempts = 1\nretry_mode = standard\n"
               "s3 =\n    addressing_style = path\n    multipart_threshold = 8MB\n    multipart_chunksize = 5MB\n")
ENVIRONMENT = {
    "AWS_CONFIG_FILE": CONFIG, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCESS_KEY_ID": settings.access_key, "AWS_SECRET_ACCESS_KEY": settings.secret_key,
    "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "LC_ALL": "C.UTF-8",
}


def aws(*arguments, **more):
    return command(f"{settings.home}/venv/bin/aws", "--endpoint-url", settings.endpoint, *arguments,
                   env={**ENVIRONMENT, **more})


def api(*arguments, **more):
    printed = aws("s3api", "--output", "json", *arguments, **more)
    return json.loads(printed) if printed.strip() else {}


def make_bucket(feature):
    bucket = settings.bucket(feature)
    aws("s3", "mb", f"s3://{bucket}")
    return bucket


def path(name):
    return os.path.join(settings.work, name)


def get(bucket, key, *more):
    api("get-object", "--bucket", bucket, "--key", key, *more, path("got"))
    return read(path("got"))


def code(error):
    text = getattr(error, "output", str(error))
    return text[text.find("(") + 1:text.find(")")] if "(" in text else text


def feature_small():
    bucket = make_bucket("small")
    body = content(5000)
    write(path("small"), body)
    aws("s3", "cp", path("small"), f"s3://{bucket}/small")
    aws("s3", "cp", f"s3://{bucket}/small", path("small.back"))
    equal(read(path("small.back")), body, "body")
    equal(api("head-object", "--bucket", bucket, "--key", "small")["ETag"].strip('"').lower(), md5(body), "ETag")
    check(f" {bucket}\n" in aws("s3", "ls"), "the bucket is not listed")


def feature_empty():
    bucket = make_bucket("empty")
    aws("s3", "cp", write(path("empty"), b""), f"s3://{bucket}/empty")
    aws("s3", "cp", f"s3://{bucket}/empty", path("empty.back"))
    equal(read(path("empty.back")), b"", "body")


def feature_odd_names():
    bucket = make_bucket("odd-names")
    names = [n for n in ODD_NAMES if not n.endswith("/") and "//" not in n]
    tree = make_tree(path("odd"), {name: name.encode() for name in names})
    aws("s3", "sync", tree, f"s3://{bucket}/t/")
    aws("s3", "sync", f"s3://{bucket}/t/", path("odd.back"))
    same_tree(read_tree(path("odd.back")), {name: name.encode() for name in names})
    listed = [o["Key"] for o in api("list-objects-v2", "--bucket", bucket)["Contents"]]
    equal(sorted(listed), sorted("t/" + n for n in names), "listed")
    for name in ("double//slash", "folder/"):
        api("put-object", "--bucket", bucket, "--key", name, "--body", write(path("x"), name.encode()))
        equal(get(bucket, name), name.encode(), name)
    aws("s3", "rm", "--recursive", f"s3://{bucket}/")
    check("Contents" not in api("list-objects-v2", "--bucket", bucket), "not empty after rm --recursive")


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(17 * MIB + 99)
    aws("s3", "cp", write(path("big"), body), f"s3://{bucket}/big one")
    aws("s3", "cp", f"s3://{bucket}/big one", path("big.back"))
    check(read(path("big.back")) == body, "what came back differs")
    etag = api("head-object", "--bucket", bucket, "--key", "big one")["ETag"]
    check(etag.strip('"').endswith("-4"), f"ETag {etag}")
    aws("s3", "cp", f"s3://{bucket}/big one", f"s3://{bucket}/copied in parts")
    aws("s3", "cp", f"s3://{bucket}/copied in parts", path("big.back"))
    check(read(path("big.back")) == body, "the copy in parts differs")
    upload = api("create-multipart-upload", "--bucket", bucket, "--key", "never")["UploadId"]
    equal([u["Key"] for u in api("list-multipart-uploads", "--bucket", bucket)["Uploads"]], ["never"], "uploads")
    api("abort-multipart-upload", "--bucket", bucket, "--key", "never", "--upload-id", upload)
    check(not api("list-multipart-uploads", "--bucket", bucket).get("Uploads"), "an aborted upload is listed")


def feature_range():
    bucket = make_bucket("range")
    body = content(2 * MIB)
    api("put-object", "--bucket", bucket, "--key", "r", "--body", write(path("r"), body))
    for text, wanted in (("0-0", body[:1]), ("100-70000", body[100:70001]), ("-9", body[-9:]), ("2097000-", body[2097000:])):
        equal(get(bucket, "r", "--range", "bytes=" + text), wanted, text)


def feature_copy():
    bucket, other = make_bucket("copy"), make_bucket("copy-to")
    body = content(30000)
    aws("s3", "cp", write(path("c"), body), f"s3://{bucket}/from ü+%", "--metadata", "kept=yes", "--content-type", "text/x-c")
    aws("s3", "cp", f"s3://{bucket}/from ü+%", f"s3://{other}/to")
    head = api("head-object", "--bucket", other, "--key", "to")
    equal((head["Metadata"], head["ContentType"]), ({"kept": "yes"}, "text/x-c"), "metadata")
    aws("s3", "mv", f"s3://{other}/to", f"s3://{other}/moved")
    equal(get(other, "moved"), body, "moved")
    raises(lambda: get(other, "to"), "NoSuchKey", code, "what was moved")
    aws("s3", "sync", f"s3://{bucket}", f"s3://{other}/synced/")
    equal(get(other, "synced/from ü+%"), body, "synced")


def feature_list():
    bucket = make_bucket("list")
    names = [f"a/{n:02d}" for n in range(12)] + ["b/1", "c", "d d"]
    make_tree(path("list"), {name: b"1" for name in names})
    aws("s3", "sync", path("list"), f"s3://{bucket}")
    found = api("list-objects-v2", "--bucket", bucket, "--page-size", "5")["Contents"]
    equal([o["Key"] for o in found], names, "in pages of 5")
    found = api("list-objects", "--bucket", bucket, "--page-size", "4")["Contents"]
    equal([o["Key"] for o in found], names, "v1 in pages of 4")
    printed = [line.split(None, 1)[1] if "PRE" in line else line.split(None, 3)[3]
               for line in aws("s3", "ls", f"s3://{bucket}/").splitlines()]
    equal(printed, ["a/", "b/", "c", "d d"], "s3 ls")
    equal(len(aws("s3", "ls", "--recursive", f"s3://{bucket}/a/", "--page-size", "3").splitlines()), 12, "s3 ls --recursive")


def feature_delete():
    bucket = make_bucket("delete")
    make_tree(path("delete"), {name: b"1" for name in ("one", "two", "three")})
    aws("s3", "sync", path("delete"), f"s3://{bucket}")
    aws("s3", "rm", f"s3://{bucket}/one")
    gone = api("delete-objects", "--bucket", bucket, "--delete", "Objects=[{Key=two},{Key=never}]")
    equal(sorted(d["Key"] for d in gone["Deleted"]), ["never", "two"], "deleted")
    raises(lambda: api("delete-bucket", "--bucket", bucket), "BucketNotEmpty", code, "delete of a full bucket")
    aws("s3", "rb", "--force", f"s3://{bucket}")
    raises(lambda: api("head-bucket", "--bucket", bucket), "404", code, "a deleted bucket")


def feature_metadata():
    bucket = make_bucket("metadata")
    aws("s3", "cp", write(path("m"), b"m"), f"s3://{bucket}/m", "--metadata", "color=red,with-dash=a b",
        "--cache-control", "max-age=7", "--content-disposition", "attachment", "--content-type", "text/x-m",
        "--content-language", "de")
    head = api("head-object", "--bucket", bucket, "--key", "m")
    equal(head["Metadata"], {"color": "red", "with-dash": "a b"}, "user metadata")
    equal((head["CacheControl"], head["ContentDisposition"], head["ContentType"], head["ContentLanguage"]),
          ("max-age=7", "attachment", "text/x-m", "de"), "system metadata")
    body = content(9 * MIB)
    for kind in ("AES256", "aws:kms"):
        aws("s3", "cp", write(path("e"), body), f"s3://{bucket}/{kind}", "--sse", kind)
        equal(api("head-object", "--bucket", bucket, "--key", kind)["ServerSideEncryption"], kind, "encryption")
        check(get(bucket, kind) == body, f"{kind}: what came back differs")


def feature_tags():
    bucket = make_bucket("tags")
    api("put-object", "--bucket", bucket, "--key", "t", "--body", write(path("t"), b"t"), "--tagging", "x=1")
    equal(api("get-object-tagging", "--bucket", bucket, "--key", "t")["TagSet"], [{"Key": "x", "Value": "1"}], "tags")
    api("put-object-tagging", "--bucket", bucket, "--key", "t", "--tagging", "TagSet=[{Key=a b,Value=2}]")
    equal(api("get-object-tagging", "--bucket", bucket, "--key", "t")["TagSet"], [{"Key": "a b", "Value": "2"}], "tags")
    api("delete-object-tagging", "--bucket", bucket, "--key", "t")
    equal(api("get-object-tagging", "--bucket", bucket, "--key", "t")["TagSet"], [], "tags after delete")


def feature_versioning():
    bucket = make_bucket("versioning")
    api("put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    equal(api("get-bucket-versioning", "--bucket", bucket)["Status"], "Enabled", "status")
    ids = [api("put-object", "--bucket", bucket, "--key", "v", "--body", write(path("v"), body))["VersionId"]
           for body in (b"one", b"two")]
    equal(get(bucket, "v", "--version-id", ids[0]), b"one", "the first version")
    marker = api("delete-object", "--bucket", bucket, "--key", "v")
    equal(marker["DeleteMarker"], True, "delete makes a marker")
    raises(lambda: get(bucket, "v"), "NoSuchKey", code, "get under a marker")
    listed = api("list-object-versions", "--bucket", bucket)
    equal([v["VersionId"] for v in listed["Versions"]], [ids[1], ids[0]], "versions")
    equal([m["VersionId"] for m in listed["DeleteMarkers"]], [marker["VersionId"]], "markers")
    api("delete-object", "--bucket", bucket, "--key", "v", "--version-id", marker["VersionId"])
    equal(get(bucket, "v"), b"two", "after the marker went")


def feature_presign():
    bucket = make_bucket("presign")
    body = content(4000)
    aws("s3", "cp", write(path("p"), body), f"s3://{bucket}/odd +%ü name")
    url = aws("s3", "presign", f"s3://{bucket}/odd +%ü name", "--expires-in", "600").strip()
    equal(http_get(url)[:2], (200, body), "get by URL")
    return "GET only: the tool makes no URL for PUT"


def feature_errors():
    bucket = make_bucket("errors")
    raises(lambda: get(bucket, "none"), "NoSuchKey", code, "no such key")
    raises(lambda: api("list-objects-v2", "--bucket", bucket + "-none"), "NoSuchBucket", code, "no such bucket")
    raises(lambda: api("list-buckets", AWS_SECRET_ACCESS_KEY="wrong"), "SignatureDoesNotMatch", code, "a wrong secret")
    raises(lambda: api("list-buckets", AWS_ACCESS_KEY_ID="AKNOBODY"), "InvalidAccessKeyId", code, "an unknown key")


def peer(*arguments):
    printed = command(f"{settings.home}/venv/bin/aws", "--endpoint-url", settings.peer_endpoint, "--output", "json",
                      "s3api", *arguments, env=ENVIRONMENT)
    return json.loads(printed) if printed.strip() else {}


def replication_rule(name, destination, **more):
    return {"ID": name, "Status": "Enabled", "Priority": 1, "Filter": {}, "Destination": {"Bucket": destination},
            "DeleteMarkerReplication": {"Status": "Enabled"}, **more}


def feature_replication():
    source, target = make_bucket("replication"), settings.bucket("replica")
    set_rules = lambda *rules: api("put-bucket-replication", "--bucket", source, "--replication-configuration", json.dumps(
        {"Role": "arn:aws:iam::000000000000:role/any", "Rules": rules}))
    peer("create-bucket", "--bucket", target)
    raises(lambda: api("get-bucket-replication", "--bucket", source), "ReplicationConfigurationNotFoundError", code, "no rules")
    everything = replication_rule("all", f"arn:aws:s3:::{target}", ExistingObjectReplication={"Status": "Enabled"})
    raises(lambda: set_rules(everything), "InvalidRequest", code, "rules without versioning")
    for ask, bucket in ((api, source), (peer, target)):
        ask("put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    raises(lambda: set_rules(replication_rule("all", f"arn:aws:s3:::{target}-none")), "InvalidRequest", code, "no destination")
    api("put-object", "--bucket", source, "--key", "old", "--body", write(path("old"), b"old"))
    set_rules(everything)
    shown = api("get-bucket-replication", "--bucket", source)["ReplicationConfiguration"]["Rules"]
    equal([(r["ID"], r["Destination"]["Bucket"]) for r in shown],
          [("all", f"arn:aws:s3:{settings.peer_region}::{target}")], "rules")
    cold = replication_rule("cold", f"arn:aws:s3:{settings.peer_region}::{target}", Priority=2,
                            Filter={"And": {"Prefix": "cold/", "Tags": [{"Key": "k", "Value": "v"}]}},
                            DeleteMarkerReplication={"Status": "Disabled"})
    cold["Destination"]["StorageClass"] = "STANDARD_IA"
    set_rules(everything, cold)
    version = api("put-object", "--bucket", source, "--key", "new", "--body", write(path("new"), b"new"))["VersionId"]
    api("put-object", "--bucket", source, "--key", "cold/1", "--body", path("new"), "--tagging", "k=v")
    status = lambda key: api("head-object", "--bucket", source, "--key", key).get("ReplicationStatus")
    for key in ("old", "new", "cold/1"):
        wait_until(f"{key} COMPLETED", 30, lambda key=key: status(key) == "COMPLETED")
    replica = peer("head-object", "--bucket", target, "--key", "new")
    equal((replica["ReplicationStatus"], replica["VersionId"]), ("REPLICA", version), "the replica")
    equal(peer("head-object", "--bucket", target, "--key", "cold/1")["StorageClass"], "STANDARD_IA", "class of the replica")
    api("delete-object", "--bucket", source, "--key", "new")
    wait_until("the marker is there", 30, lambda: peer("list-object-versions", "--bucket", target).get("DeleteMarkers"))
    raises(lambda: api("delete-bucket", "--bucket", source), "BucketNotEmpty InvalidBucketState InvalidRequest".split(), code,
           "delete of a bucket with rules")
    api("delete-bucket-replication", "--bucket", source)
    raises(lambda: api("get-bucket-replication", "--bucket", source), "ReplicationConfigurationNotFoundError", code, "no rules")


if __name__ == "__main__":
    run(globals())
