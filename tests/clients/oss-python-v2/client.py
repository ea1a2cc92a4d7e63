"""alibabacloud-oss-v2, the second OSS SDK for Python, signatures V1 and V4, one attempt: `clients/run oss-python-v2`."""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import alibabacloud_oss_v2 as oss  # noqa: E402
from suite import *  # noqa: E402,F403

settings = Settings()
MIB = 1024 * 1024


def make_client(secret=None, key=None, version="v4", peer=False):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        key or settings.access_key, secret or settings.secret_key)
    config.region = settings.peer_region if peer else settings.region
    config.endpoint = settings.peer_endpoint if peer else settings.endpoint
    config.retry_max_attempts = 1
    config.signature_version = version
    config.use_path_style = True
    return oss.Client(config)


client = make_client()


def make_bucket(feature, by=client):
    bucket = settings.bucket(feature)
    by.put_bucket(oss.PutBucketRequest(bucket=bucket, create_bucket_configuration=oss.CreateBucketConfiguration(
        storage_class="Standard", data_redundancy_type="ZRS")))
    return bucket


def put(bucket, key, body, by=client, **more):
    return by.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body, **more))


def get(bucket, key, by=client, **more):
    with by.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **more)).body as body:
        return body.read()


def head(bucket, key, by=client, **more):
    return by.head_object(oss.HeadObjectRequest(bucket=bucket, key=key, **more))


def code(error):
    while isinstance(error, oss.exceptions.OperationError):
        error = error.unwrap()
    return getattr(error, "code", None) or type(error).__name__


def feature_small():
    body = content(5000)
    for version in ("v4", "v1"):
        by = make_client(version=version)
        bucket = make_bucket("small", by)
        answer = put(bucket, "small", body, by)
        equal(answer.etag.strip('"'), md5(body).upper(), "ETag")
        check(answer.hash_crc64 is not None, "no CRC-64")
        equal(get(bucket, "small", by), body, "body")
        equal(head(bucket, "small", by).content_length, 5000, "length")
        equal(by.get_object_meta(oss.GetObjectMetaRequest(bucket=bucket, key="small")).content_length, 5000, "meta")
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
    equal((info.name, info.data_redundancy_type, info.location), (bucket, "ZRS", f"oss-{settings.region}"), "info of the bucket")
    equal(client.get_bucket_location(oss.GetBucketLocationRequest(bucket=bucket)).location, f"oss-{settings.region}", "location")
    pages = client.list_buckets_paginator().iter_page(oss.ListBucketsRequest(prefix=bucket))
    equal([b.name for page in pages for b in page.buckets or []], [bucket], "listed buckets")
    equal(client.get_bucket_stat(oss.GetBucketStatRequest(bucket=bucket)).object_count, 1, "stat")
    check(client.is_object_exist(bucket, "small") and not client.is_object_exist(bucket, "none"), "is_object_exist")
    check(client.is_bucket_exist(bucket) and not client.is_bucket_exist(bucket + "-none"), "is_bucket_exist")
    first = client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=0, body=b"one "))
    client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=first.next_position, body=b"two"))
    equal(get(bucket, "log"), b"one two", "appended")
    raises(lambda: put(bucket, "small", b"", forbid_overwrite=True), "FileAlreadyExists", code, "x-oss-forbid-overwrite")


def feature_empty():
    bucket = make_bucket("empty")
    put(bucket, "empty", b"")
    equal(get(bucket, "empty"), b"", "body")


def feature_odd_names():
    for version in ("v4", "v1"):
        by = make_client(version=version)
        bucket = make_bucket("odd-names", by)
        for name in ODD_NAMES:
            put(bucket, name, name.encode(), by)
        for name in ODD_NAMES:
            equal(get(bucket, name, by), name.encode(), f"body of {name!r}, {version}")
        for pages in (by.list_objects_paginator().iter_page(oss.ListObjectsRequest(bucket=bucket)),
                      by.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket=bucket))):
            equal(sorted(o.key for page in pages for o in page.contents), sorted(ODD_NAMES), f"listed, {version}")
        gone = by.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(
            bucket=bucket, encoding_type="url", objects=[oss.DeleteObject(key=name) for name in ODD_NAMES]))
        equal(sorted(d.key for d in gone.deleted_objects), sorted(ODD_NAMES), "deleted")
        check(not by.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents, "left")
    raises(lambda: put(bucket, "/leading", b"x"), ("InvalidObjectName", "ParamInvalidError"), code, "a leading slash")


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(9 * MIB + 12345)
    file = os.path.join(settings.work, "multipart")
    with open(file, "wb") as out:
        out.write(body)
    done = client.uploader(part_size=2 * MIB, parallel_num=3).upload_file(
        oss.PutObjectRequest(bucket=bucket, key="big one+%", content_type="text/x-big"), filepath=file)
    check(done.etag.strip('"').endswith("-5"), f"ETag {done.etag}")
    client.downloader(part_size=2 * MIB, parallel_num=3).download_file(
        oss.GetObjectRequest(bucket=bucket, key="big one+%"), filepath=file + ".back")
    with open(file + ".back", "rb") as back:
        check(back.read() == body, "what came back differs")
    client.copier(part_size=2 * MIB, multipart_copy_threshold=MIB, disable_shallow_copy=True).copy(oss.CopyObjectRequest(
        bucket=bucket, key="copied", source_bucket=bucket, source_key="big one+%"))
    check(get(bucket, "copied") == body, "the copy in parts differs")
    equal(head(bucket, "copied").content_type, "text/x-big", "content type of the copy")
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="never")).upload_id
    client.upload_part(oss.UploadPartRequest(bucket=bucket, key="never", upload_id=upload, part_number=2, body=b"x"))
    parts = client.list_parts(oss.ListPartsRequest(bucket=bucket, key="never", upload_id=upload)).parts
    equal([(p.part_number, p.size) for p in parts], [(2, 1)], "parts")
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=bucket)).uploads
    equal([u.key for u in uploads], ["never"], "uploads")
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(
        bucket=bucket, key="never", upload_id=upload, complete_all="yes"))
    equal(get(bucket, "never"), b"x", "x-oss-complete-all")
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="aborted")).upload_id
    client.abort_multipart_upload(oss.AbortMultipartUploadRequest(bucket=bucket, key="aborted", upload_id=upload))
    raises(lambda: client.list_parts(oss.ListPartsRequest(bucket=bucket, key="aborted", upload_id=upload)), "NoSuchUpload",
           code, "aborted upload")


def feature_range():
    bucket = make_bucket("range")
    body = content(2 * MIB)
    put(bucket, "r", body)
    for text, wanted in (("0-0", body[:1]), ("100-70000", body[100:70001]), ("-9", body[-9:]), ("2097000-", body[2097000:])):
        equal(get(bucket, "r", range_header="bytes=" + text, range_behavior="standard"), wanted, text)
    raises(lambda: get(bucket, "r", range_header="bytes=2097152-", range_behavior="standard"), "InvalidRange", code, "past the end")
    with client.open_file(bucket, "r") as file:
        file.seek(1000000)
        equal(file.read(1000), body[1000000:1001000], "as a file")


def feature_copy():
    bucket = make_bucket("copy")
    body = content(30000)
    put(bucket, "from ü+%", body, metadata={"kept": "yes"})
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="to", source_bucket=bucket, source_key="from ü+%"))
    equal((get(bucket, "to"), dict(head(bucket, "to").metadata)), (body, {"kept": "yes"}), "copy")
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="to", source_bucket=bucket, source_key="to",
                                             metadata_directive="REPLACE", metadata={"new": "1"}))
    equal(dict(head(bucket, "to").metadata), {"new": "1"}, "replaced")
    raises(lambda: client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="x", source_bucket=bucket, source_key="none")),
           "NoSuchKey", code, "copy of nothing")


def feature_list():
    bucket = make_bucket("list")
    names = [f"a/{n:02d}" for n in range(12)] + ["b/1", "c", "d d"]
    for name in names:
        put(bucket, name, b"1")
    pages = client.list_objects_v2_paginator(limit=5).iter_page(oss.ListObjectsV2Request(bucket=bucket))
    equal([o.key for page in pages for o in page.contents], names, "v2 in pages of 5")
    pages = client.list_objects_paginator(limit=4).iter_page(oss.ListObjectsRequest(bucket=bucket))
    equal([o.key for page in pages for o in page.contents], names, "v1 in pages of 4")
    top = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, delimiter="/"))
    equal(([p.prefix for p in top.common_prefixes], [o.key for o in top.contents]), (["a/", "b/"], ["c", "d d"]), "by folder")
    with_owner = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix="c", fetch_owner=True))
    check(with_owner.contents[0].owner.id.isdigit(), f"owner {with_owner.contents[0].owner.id}")
    check(top.contents[0].owner is None, "an owner although none was asked for")


def feature_delete():
    bucket = make_bucket("delete")
    for name in ("one", "two", "three"):
        put(bucket, name, b"x")
    delete_bucket = lambda: client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))  # noqa: E731
    raises(delete_bucket, "BucketNotEmpty", code, "delete of a full bucket")
    for _ in range(2):
        equal(client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="one")).status_code, 204, "status")
    gone = client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(
        bucket=bucket, objects=[oss.DeleteObject(key=name) for name in ("two", "three", "never")], quiet=True))
    check(not gone.deleted_objects, "deleted keys are listed although quiet")
    delete_bucket()
    raises(lambda: client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)), "NoSuchBucket", code, "a deleted bucket")


def feature_metadata():
    bucket = make_bucket("metadata")
    put(bucket, "m", b"m", metadata={"color": "red", "with-dash": "a b"}, content_type="text/x-m", cache_control="max-age=7",
        content_disposition="attachment")
    found = head(bucket, "m")
    equal(dict(found.metadata), {"color": "red", "with-dash": "a b"}, "user metadata")
    equal((found.content_type, found.cache_control, found.content_disposition), ("text/x-m", "max-age=7", "attachment"), "system")
    client.put_object_acl(oss.PutObjectAclRequest(bucket=bucket, key="m", acl="public-read"))
    equal(client.get_object_acl(oss.GetObjectAclRequest(bucket=bucket, key="m")).acl, "public-read", "ACL")
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    equal(client.get_bucket_acl(oss.GetBucketAclRequest(bucket=bucket)).acl, "public-read", "ACL of the bucket")


def feature_tags():
    bucket = make_bucket("tags")
    put(bucket, "t", b"t", tagging="x=1&y=a%20b")

    def tags():
        found = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=bucket, key="t")).tag_set
        return {tag.key: tag.value for tag in found.tags or []}
    equal(tags(), {"x": "1", "y": "a b"}, "tags given with put")
    client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=bucket, key="t", tagging=oss.Tagging(
        tag_set=oss.TagSet(tags=[oss.Tag(key="only", value="2")]))))
    equal(tags(), {"only": "2"}, "tags")
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=bucket, key="t"))
    equal(tags(), {}, "tags after delete")


def feature_versioning():
    bucket = make_bucket("versioning")
    client.put_bucket_versioning(oss.PutBucketVersioningRequest(
        bucket=bucket, versioning_configuration=oss.VersioningConfiguration(status="Enabled")))
    equal(client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=bucket)).version_status, "Enabled", "status")
    ids = [put(bucket, "v", body).version_id for body in (b"one", b"two")]
    equal(get(bucket, "v", version_id=ids[0]), b"one", "the first version")
    marker = client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="v"))
    equal(marker.delete_marker, True, "delete makes a marker")
    raises(lambda: get(bucket, "v"), "NoSuchKey", code, "get under a marker")
    listed = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=bucket))
    equal([v.version_id for v in listed.version], [ids[1], ids[0]], "versions")
    equal([m.version_id for m in listed.delete_marker], [marker.version_id], "markers")
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="v", version_id=marker.version_id))
    equal(get(bucket, "v"), b"two", "after the marker went")
    client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(
        bucket=bucket, objects=[oss.DeleteObject(key="v", version_id=ids[1])]))
    equal(get(bucket, "v"), b"one", "after the latest went")
    raises(lambda: get(bucket, "v", version_id=ids[1]), "NoSuchVersion", code, "a version that went")


def feature_presign():
    name = "odd +%ü name"
    for version in ("v4", "v1"):
        by = make_client(version=version)
        bucket = make_bucket("presign", by)
        signed = by.presign(oss.PutObjectRequest(bucket=bucket, key=name), expires=datetime.timedelta(minutes=10))
        equal(http_put(signed.url, b"by url", signed.signed_headers)[:2], (200, b""), f"put by URL, {version}")
        signed = by.presign(oss.GetObjectRequest(bucket=bucket, key=name), expires=datetime.timedelta(minutes=10))
        equal(http_get(signed.url)[:2], (200, b"by url"), f"get by URL, {version}")
        signed = by.presign(oss.GetObjectRequest(bucket=bucket, key=name), expires=datetime.timedelta(seconds=1))
        time.sleep(2.1)
        status, body, _ = http_get(signed.url)
        check(status == 403 and b"AccessDenied" in body, f"an expired URL: {status} {body[:200]}")


def feature_errors():
    bucket = make_bucket("errors")
    raises(lambda: get(bucket, "none"), "NoSuchKey", code, "no such key")
    raises(lambda: head(bucket, "none"), "NoSuchKey", code, "head of no such key (x-oss-err)")
    raises(lambda: get(bucket + "-none", "k"), "NoSuchBucket", code, "no such bucket")
    for version in ("v4", "v1"):
        raises(lambda: get(bucket, "k", make_client(secret="wrong", version=version)), "SignatureDoesNotMatch", code,
               f"a wrong secret, {version}")
        raises(lambda: get(bucket, "k", make_client(key="NOBODY", version=version)), "InvalidAccessKeyId", code,
               f"an unknown key, {version}")


def feature_replication():
    bucket, other = make_bucket("replication"), settings.bucket("replicated")
    there = make_client(peer=True)
    there.put_bucket(oss.PutBucketRequest(bucket=other))
    rules = lambda: client.get_bucket_replication(oss.GetBucketReplicationRequest(bucket=bucket)).replication_configuration.rules or []  # noqa: E731
    raises(rules, "NoSuchReplicationConfiguration", code, "no rules yet")
    places = client.get_bucket_replication_location(oss.GetBucketReplicationLocationRequest(bucket=bucket)).replication_location
    check(f"oss-{settings.peer_region}" in places.locations, f"locations {places.locations}")
    put(bucket, "history", b"written before the rule")
    answer = client.put_bucket_replication(oss.PutBucketReplicationRequest(
        bucket=bucket, replication_configuration=oss.ReplicationConfiguration(rules=[oss.ReplicationRule(
            action="ALL", historical_object_replication="enabled", destination=oss.ReplicationDestination(
                bucket=other, location=f"oss-{settings.peer_region}", transfer_type="internal"))])))
    # This SDK reads only the body of the answer.
    rule = answer.headers.get("x-oss-replication-rule-id")
    check(rule, "no x-oss-replication-rule-id")
    equal([(r.id, r.destination.bucket, r.action, r.historical_object_replication) for r in rules()],
          [(rule, other, "ALL", "enabled")], "rules")
    body = content(8 * MIB)
    put(bucket, "new", body, metadata={"color": "red"})
    put(bucket, "gone", b"soon")
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="gone"))
    wait_until("the objects are there", 30, lambda: there.is_object_exist(other, "new") and there.is_object_exist(other, "history"))
    replica, original = head(other, "new", there), head(bucket, "new")
    equal((replica.etag, replica.hash_crc64, replica.last_modified, dict(replica.metadata)),
          (original.etag, original.hash_crc64, original.last_modified, {"color": "red"}), "replica")
    equal(get(other, "new", there), body, "body")
    start = datetime.datetime.now(datetime.timezone.utc)

    def caught_up():
        progress = client.get_bucket_replication_progress(oss.GetBucketReplicationProgressRequest(
            bucket=bucket, rule_id=rule)).replication_progress.rules[0]
        if progress.status != "doing":
            return False
        new = datetime.datetime.strptime(progress.progress.new_object, "%Y-%m-%dT%H:%M:%S.%f%z")
        return float(progress.progress.historical_object) == 1.0 and new > start
    wait_until("progress reaches the present and 100 % of history", 30, caught_up)
    check(not there.is_object_exist(other, "gone"), "a deleted object is there")
    client.delete_bucket_replication(oss.DeleteBucketReplicationRequest(
        bucket=bucket, replication_rules=oss.ReplicationRules(ids=[rule])))

    def gone():
        try:
            return not rules()
        except oss.exceptions.OperationError as error:
            equal(code(error), "NoSuchReplicationConfiguration", "rules after delete")
            return True
    wait_until("the rule is gone", 30, gone)


if __name__ == "__main__":
    run(globals())
