"""boto3, retries off, path style: `clients/run boto3`."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import boto3  # noqa: E402
from boto3.s3.transfer import TransferConfig  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from suite import *  # noqa: E402,F403

settings = Settings()
MIB = 1024 * 1024


def make_client(secret=None, **options):
    return boto3.client(
        "s3", endpoint_url=settings.endpoint, region_name=settings.region,
        aws_access_key_id=settings.access_key, aws_secret_access_key=secret or settings.secret_key,
        config=Config(retries={"total_max_attempts": 1}, signature_version="s3v4",
                      s3={"addressing_style": "path"}, **options))


s3 = make_client()


def make_bucket(feature):
    bucket = settings.bucket(feature)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": settings.region})
    return bucket


def read(bucket, key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def code(error):
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def feature_small():
    bucket = make_bucket("small")
    body = content(5000)
    put = s3.put_object(Bucket=bucket, Key="small", Body=body)
    equal(put["ETag"].strip('"').lower(), md5(body), "ETag")
    equal(read(bucket, "small"), body, "body")
    head = s3.head_object(Bucket=bucket, Key="small")
    equal(head["ContentLength"], 5000, "length")
    check(bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]], "the bucket is not in list_buckets")
    s3.head_bucket(Bucket=bucket)
    equal(s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], settings.region, "location")
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        put = s3.put_object(Bucket=bucket, Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
        name = "Checksum" + algorithm
        check(put.get(name), f"no {name} in the answer to put")
        got = s3.get_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
        equal(got["Body"].read(), body, algorithm)
        equal(got.get(name), put[name], name)
    etag = head["ETag"]
    raises(lambda: s3.get_object(Bucket=bucket, Key="small", IfNoneMatch=etag), "304", code, "If-None-Match")
    raises(lambda: s3.get_object(Bucket=bucket, Key="small", IfMatch='"0"'), "PreconditionFailed", code, "If-Match")
    raises(lambda: s3.put_object(Bucket=bucket, Key="small", Body=b"", IfNoneMatch="*"), "PreconditionFailed", code,
           "put with If-None-Match: *")
    raises(lambda: s3.put_object(Bucket=bucket, Key="wrong", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg=="),
           "BadDigest", code, "a wrong Content-MD5")


def feature_empty():
    bucket = make_bucket("empty")
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    equal(read(bucket, "empty"), b"", "body")
    equal(s3.head_object(Bucket=bucket, Key="empty")["ContentLength"], 0, "length")


def feature_odd_names():
    bucket = make_bucket("odd-names")
    for name in ODD_NAMES:
        s3.put_object(Bucket=bucket, Key=name, Body=name.encode())
    for name in ODD_NAMES:
        equal(read(bucket, name), name.encode(), f"body of {name!r}")
    for style in (s3.list_objects, s3.list_objects_v2):
        equal(sorted(o["Key"] for o in style(Bucket=bucket)["Contents"]), sorted(ODD_NAMES), "listed")
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": n} for n in ODD_NAMES]})
    equal(gone.get("Errors", []), [], "errors of the multi-delete")
    check("Contents" not in s3.list_objects_v2(Bucket=bucket), "the bucket is not empty afterwards")


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(17 * MIB + 12345)
    path = os.path.join(settings.work, "multipart")
    with open(path, "wb") as file:
        file.write(body)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_file(path, bucket, "big one+%", Config=config)
    s3.download_file(bucket, "big one+%", path + ".back", Config=config)
    with open(path + ".back", "rb") as file:
        check(file.read() == body, "what came back differs")
    check(s3.head_object(Bucket=bucket, Key="big one+%")["ETag"].strip('"').endswith("-4"), "ETag does not end in -4")
    # By hand: list parts, list uploads, copy a part, abort.
    upload = s3.create_multipart_upload(Bucket=bucket, Key="by hand", ContentType="text/x-hand")["UploadId"]
    first = s3.upload_part(Bucket=bucket, Key="by hand", UploadId=upload, PartNumber=1, Body=body[:5 * MIB])
    second = s3.upload_part_copy(Bucket=bucket, Key="by hand", UploadId=upload, PartNumber=3,
                                 CopySource={"Bucket": bucket, "Key": "big one+%"}, CopySourceRange="bytes=100-5242979")
    parts = s3.list_parts(Bucket=bucket, Key="by hand", UploadId=upload)["Parts"]
    equal([(p["PartNumber"], p["Size"]) for p in parts], [(1, 5 * MIB), (3, 5242880)], "parts")
    equal([u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]], [upload], "uploads")
    s3.complete_multipart_upload(Bucket=bucket, Key="by hand", UploadId=upload, MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 3, "ETag": second["CopyPartResult"]["ETag"]}]})
    got = s3.get_object(Bucket=bucket, Key="by hand")
    check(got["Body"].read() == body[:5 * MIB] + body[100:5242980], "the object of two parts differs")
    equal(got["ContentType"], "text/x-hand", "content type")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="aborted")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="aborted", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="aborted", UploadId=upload)
    raises(lambda: s3.list_parts(Bucket=bucket, Key="aborted", UploadId=upload), "NoSuchUpload", code, "aborted upload")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="wrong")["UploadId"]
    raises(lambda: s3.complete_multipart_upload(Bucket=bucket, Key="wrong", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]}), "InvalidPart", code, "no such part")


def feature_range():
    bucket = make_bucket("range")
    for size in (1000, 3 * MIB):
        body = content(size)
        s3.put_object(Bucket=bucket, Key="r", Body=body)
        for text, wanted in (("0-0", body[:1]), ("10-99", body[10:100]), ("500-", body[500:]), ("-7", body[-7:]),
                             (f"{size - 5}-{size + 1000}", body[-5:]), ("100-999", body[100:1000])):
            got = s3.get_object(Bucket=bucket, Key="r", Range="bytes=" + text)
            equal(got["Body"].read(), wanted, f"bytes={text}")
            equal(got["ResponseMetadata"]["HTTPStatusCode"], 206, "status")
            check(got["ContentRange"].endswith(f"/{size}"), "Content-Range")
        raises(lambda: s3.get_object(Bucket=bucket, Key="r", Range=f"bytes={size}-"), "InvalidRange", code, "past the end")


def feature_copy():
    bucket, other = make_bucket("copy"), make_bucket("copy-to")
    body = content(70000)
    s3.put_object(Bucket=bucket, Key="from ü+%", Body=body, Metadata={"kept": "yes"}, ContentType="text/x-from")
    s3.copy_object(Bucket=other, Key="to", CopySource={"Bucket": bucket, "Key": "from ü+%"})
    got = s3.get_object(Bucket=other, Key="to")
    equal(got["Body"].read(), body, "copy")
    equal((got["Metadata"], got["ContentType"]), ({"kept": "yes"}, "text/x-from"), "metadata")
    s3.copy_object(Bucket=other, Key="to", CopySource={"Bucket": other, "Key": "to"}, MetadataDirective="REPLACE",
                   Metadata={"new": "1"}, ContentType="text/x-to")
    got = s3.get_object(Bucket=other, Key="to")
    equal((got["Body"].read(), got["Metadata"], got["ContentType"]), (body, {"new": "1"}, "text/x-to"), "replaced")
    raises(lambda: s3.copy_object(Bucket=other, Key="x", CopySource={"Bucket": bucket, "Key": "none"}), "NoSuchKey",
           code, "copy of nothing")


def feature_list():
    bucket = make_bucket("list")
    names = sorted([f"a/{n:03d}" for n in range(25)] + ["b/1", "b/2", "c", "d/e/f", "z z"])
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=b"1")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    equal([o["Key"] for page in pages for o in page["Contents"]], names, "v2 in pages of 7")
    pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 4})
    equal([o["Key"] for page in pages for o in page["Contents"]], names, "v1 in pages of 4")
    for style in ("list_objects", "list_objects_v2"):
        folders, keys = [], []
        for page in s3.get_paginator(style).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}):
            folders += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
            keys += [o["Key"] for o in page.get("Contents", [])]
        equal((folders, keys), (["a/", "b/", "d/"], ["c", "z z"]), f"{style} by folder, pages of 2")
    got = s3.list_objects_v2(Bucket=bucket, Prefix="d/", Delimiter="/")
    equal([p["Prefix"] for p in got["CommonPrefixes"]], ["d/e/"], "inside d/")
    got = s3.list_objects_v2(Bucket=bucket, Prefix="b/", StartAfter="b/1")
    equal([o["Key"] for o in got["Contents"]], ["b/2"], "start after")
    check("Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="nothing"), "an empty list is not empty")


def feature_delete():
    bucket = make_bucket("delete")
    for name in ("one", "two", "three"):
        s3.put_object(Bucket=bucket, Key=name, Body=b"x")
    raises(lambda: s3.delete_bucket(Bucket=bucket), "BucketNotEmpty", code, "delete of a full bucket")
    s3.delete_object(Bucket=bucket, Key="one")
    raises(lambda: s3.get_object(Bucket=bucket, Key="one"), "NoSuchKey", code, "get of a deleted key")
    s3.delete_object(Bucket=bucket, Key="one")
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in ("two", "three", "never")]})
    equal(sorted(d["Key"] for d in gone["Deleted"]), ["never", "three", "two"], "deleted")
    s3.delete_bucket(Bucket=bucket)
    raises(lambda: s3.list_objects_v2(Bucket=bucket), "NoSuchBucket", code, "list of a deleted bucket")


def feature_metadata():
    bucket = make_bucket("metadata")
    system = {"ContentType": "text/x-test; charset=utf-8", "CacheControl": "max-age=7", "ContentEncoding": "gzip",
              "ContentDisposition": 'attachment; filename="x y.txt"', "ContentLanguage": "de"}
    s3.put_object(Bucket=bucket, Key="m", Body=b"m", Metadata={"color": "red", "with-dash": "a b  c"}, **system)
    head = s3.head_object(Bucket=bucket, Key="m")
    equal({name: head.get(name) for name in system}, system, "system metadata")
    equal(head["Metadata"], {"color": "red", "with-dash": "a b  c"}, "user metadata")
    got = s3.get_object(Bucket=bucket, Key="m", ResponseContentType="text/x-other", ResponseCacheControl="no-cache")
    equal((got["ContentType"], got["CacheControl"]), ("text/x-other", "no-cache"), "response overrides")
    for kind in ("AES256", "aws:kms"):
        equal(s3.put_object(Bucket=bucket, Key=kind, Body=b"secret", ServerSideEncryption=kind)["ServerSideEncryption"], kind, "encryption")
        equal(s3.head_object(Bucket=bucket, Key=kind)["ServerSideEncryption"], kind, "encryption")
        equal(read(bucket, kind), b"secret", kind)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    s3.put_object(Bucket=bucket, Key="by default", Body=b"secret")
    equal(s3.head_object(Bucket=bucket, Key="by default")["ServerSideEncryption"], "AES256", "encryption by default")
    s3.delete_bucket_encryption(Bucket=bucket)
    raises(lambda: s3.get_bucket_encryption(Bucket=bucket), "ServerSideEncryptionConfigurationNotFoundError", code, "no default")


def check_lifecycle(bucket):
    raises(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), "NoSuchLifecycleConfiguration", code, "no lifecycle")
    rules = [
        {"ID": "tagged", "Status": "Enabled", "Expiration": {"Days": 30},
         "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "1"}], "ObjectSizeGreaterThan": 1}},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}},
        {"ID": "cold", "Status": "Disabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    equal(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"], rules, "lifecycle")
    put = s3.put_object(Bucket=bucket, Key="logs/x", Body=b"lines", Tagging="a=1")
    check('rule-id="tagged"' in put.get("Expiration", ""), f"no expiration in the answer to put: {put.get('Expiration')}")
    equal(s3.head_object(Bucket=bucket, Key="logs/x")["Expiration"], put["Expiration"], "expiration")
    archive = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}]
    raises(lambda: s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": archive}),
           "NotImplemented", code, "archive")
    s3.delete_bucket_lifecycle(Bucket=bucket)
    raises(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), "NoSuchLifecycleConfiguration", code, "lifecycle removed")


def feature_tags():
    bucket = make_bucket("tags")
    check_lifecycle(bucket)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b c", "Value": "+=/ ."}]
    s3.put_object(Bucket=bucket, Key="t", Body=b"t", Tagging="x=1&y=2")
    equal(s3.get_object_tagging(Bucket=bucket, Key="t")["TagSet"], [{"Key": "x", "Value": "1"}, {"Key": "y", "Value": "2"}],
          "tags given with put")
    s3.put_object_tagging(Bucket=bucket, Key="t", Tagging={"TagSet": tags})
    equal(sorted(s3.get_object_tagging(Bucket=bucket, Key="t")["TagSet"], key=lambda t: t["Key"]), tags, "tags")
    equal(s3.get_object(Bucket=bucket, Key="t")["TagCount"], 2, "tag count")
    s3.delete_object_tagging(Bucket=bucket, Key="t")
    equal(s3.get_object_tagging(Bucket=bucket, Key="t")["TagSet"], [], "tags after delete")


def feature_versioning():
    bucket = make_bucket("versioning")
    s3.put_object(Bucket=bucket, Key="v", Body=b"before")
    check("Status" not in s3.get_bucket_versioning(Bucket=bucket), "a new bucket is versioned")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    equal(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled", "status")
    ids = [s3.put_object(Bucket=bucket, Key="v", Body=body)["VersionId"] for body in (b"one", b"two")]
    equal([read(bucket, "v", VersionId=i) for i in ids], [b"one", b"two"], "versions")
    equal(read(bucket, "v", VersionId="null"), b"before", "the null version")
    marker = s3.delete_object(Bucket=bucket, Key="v")
    check(marker["DeleteMarker"], "delete did not say that it made a marker")
    error = raises(lambda: s3.get_object(Bucket=bucket, Key="v"), "NoSuchKey", code, "get under a marker")
    equal(error.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-delete-marker"), "true", "x-amz-delete-marker")
    raises(lambda: s3.get_object(Bucket=bucket, Key="v", VersionId=marker["VersionId"]), "MethodNotAllowed", code,
           "get of a marker")
    listed = s3.list_object_versions(Bucket=bucket)
    equal([v["VersionId"] for v in listed["Versions"]], [ids[1], ids[0], "null"], "listed, newest first")
    equal([(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]], [(marker["VersionId"], True)], "markers")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    equal(sum(len(p.get("Versions", [])) + len(p.get("DeleteMarkers", [])) for p in pages), 4, "in pages of 1")
    s3.delete_object(Bucket=bucket, Key="v", VersionId=marker["VersionId"])
    equal(read(bucket, "v"), b"two", "after the marker went")
    s3.delete_object(Bucket=bucket, Key="v", VersionId=ids[1])
    equal(read(bucket, "v"), b"one", "after the latest went")
    raises(lambda: read(bucket, "v", VersionId=ids[1]), "NoSuchVersion", code, "a version that went")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "v", "VersionId": "null"})
    equal(read(bucket, "copy"), b"before", "copy of a version")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    equal(s3.put_object(Bucket=bucket, Key="v", Body=b"null again").get("VersionId", "null"), "null", "suspended")
    equal(len([v for v in s3.list_object_versions(Bucket=bucket, Prefix="v")["Versions"]]), 2, "versions when suspended")
    raises(lambda: s3.delete_bucket(Bucket=bucket), "BucketNotEmpty", code, "delete of a bucket with versions")


def feature_presign():
    bucket = make_bucket("presign")
    for key in ("plain", "odd +%ü name"):
        put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key}, ExpiresIn=600)
        status, body, _ = http_put(put, b"by url " + key.encode())
        equal(status, 200, f"put by URL ({body[:300]})")
        get = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=600)
        equal(http_get(get)[:2], (200, b"by url " + key.encode()), "get by URL")
        status, body, _ = http_get(get[:-1] + ("0" if get[-1] != "0" else "1"))
        check(status == 403 and b"SignatureDoesNotMatch" in body, f"a wrong signature: {status} {body[:200]}")
    get = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "plain"}, ExpiresIn=1)
    time.sleep(2.1)
    status, body, _ = http_get(get)
    check(status == 403 and b"AccessDenied" in body, f"an expired URL: {status} {body[:200]}")


def feature_errors():
    bucket = make_bucket("errors")
    raises(lambda: s3.get_object(Bucket=bucket, Key="none"), "NoSuchKey", code, "no such key")
    raises(lambda: s3.head_object(Bucket=bucket, Key="none"), "404", code, "head of no such key")
    raises(lambda: s3.get_object(Bucket=bucket + "-none", Key="k"), "NoSuchBucket", code, "no such bucket")
    raises(lambda: s3.put_object(Bucket=bucket + "-none", Key="k", Body=b"x"), "NoSuchBucket", code, "put without bucket")
    raises(lambda: make_client(secret="wrong").list_buckets(), "SignatureDoesNotMatch", code, "a wrong secret")
    stranger = boto3.client("s3", endpoint_url=settings.endpoint, region_name=settings.region,
                            aws_access_key_id="AKNOBODY", aws_secret_access_key="x",
                            config=Config(retries={"total_max_attempts": 1}))
    raises(stranger.list_buckets, "InvalidAccessKeyId", code, "an unknown key")
    status, _, _ = http_get(f"{settings.endpoint}/{bucket}/none", {"x-amz-date": "20200101T000000Z"})
    equal(status, 403, "anonymous")


def feature_replication():
    raise NotApplicable("rules are set with the OSS calls so far")


if __name__ == "__main__":
    run(globals())
