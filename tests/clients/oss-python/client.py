"""oss2, the first OSS SDK for Python, signatures V1 and V4, no retries: `clients/run oss-python`."""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import oss2  # noqa: E402
from oss2.models import (BatchDeleteObjectVersion, BatchDeleteObjectVersionList, BucketVersioningConfig,  # noqa: E402
                         PartInfo, ReplicationRule, Tagging, TaggingRule)
from suite import *  # noqa: E402,F403

settings = Settings()
MIB = 1024 * 1024
oss2.defaults.request_retries = 0


def bucket_of(name, secret=None, key=None, v4=False, peer=False):
    make = oss2.AuthV4 if v4 else oss2.Auth
    auth = make(key or settings.access_key, secret or settings.secret_key)
    return oss2.Bucket(auth, settings.peer_endpoint if peer else settings.endpoint, name,
                       region=settings.peer_region if peer else settings.region, connect_timeout=10)


def make_bucket(feature, **more):
    bucket = bucket_of(settings.bucket(feature), **more)
    bucket.create_bucket(input=oss2.models.BucketCreateConfig("Standard", "ZRS"))
    return bucket


def code(error):
    return getattr(error, "code", type(error).__name__)


def feature_small():
    bucket = make_bucket("small")
    body = content(5000)
    for store in (bucket, bucket_of(bucket.bucket_name, v4=True)):
        put = store.put_object("small", body)
        equal(put.etag, md5(body).upper(), "ETag")
        check(put.crc is not None and put.request_id, "no CRC-64 or request id in the answer")
        equal(store.get_object("small").read(), body, "body")
        head = store.head_object("small")
        equal((head.content_length, head.object_type), (5000, "Normal"), "head")
        equal(store.get_object_meta("small").content_length, 5000, "meta")
        info = store.get_bucket_info()
        equal((info.name, info.data_redundancy_type, info.location), (store.bucket_name, "ZRS", f"oss-{settings.region}"),
              "info of the bucket")
    check(bucket.object_exists("small") and not bucket.object_exists("none"), "object_exists")
    service = oss2.Service(bucket.auth, settings.endpoint)
    equal([b.name for b in oss2.BucketIterator(service, prefix=bucket.bucket_name)], [bucket.bucket_name], "listed buckets")
    equal(bucket.get_bucket_location().location, f"oss-{settings.region}", "location")
    stat = bucket.get_bucket_stat()
    equal((stat.object_count, stat.storage_size_in_bytes), (1, 5000), "stat")
    first = bucket.append_object("log", 0, b"one ")
    bucket.append_object("log", first.next_position, b"two", init_crc=first.crc)
    equal(bucket.get_object("log").read(), b"one two", "appended")
    raises(lambda: bucket.append_object("log", 1, b"x"), "PositionNotEqualToLength", code, "append at a wrong place")
    raises(lambda: bucket.put_object("small", b"", {"x-oss-forbid-overwrite": "true"}), "FileAlreadyExists", code,
           "x-oss-forbid-overwrite")
    raises(lambda: bucket.put_object("wrong", b"x", {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}), "InvalidDigest", code,
           "a wrong Content-MD5")
    raises(lambda: bucket.get_object("small", headers={"If-Match": '"0"'}), "PreconditionFailed", code, "If-Match")
    raises(lambda: bucket.get_object("small", headers={"If-None-Match": f'"{md5(body).upper()}"'}), "", code,
           "If-None-Match")


def feature_empty():
    bucket = make_bucket("empty")
    bucket.put_object("empty", b"")
    equal(bucket.get_object("empty").read(), b"", "body")
    equal(bucket.head_object("empty").content_length, 0, "length")


def feature_odd_names():
    for v4 in (False, True):
        bucket = make_bucket("odd-names", v4=v4)
        for name in ODD_NAMES:
            bucket.put_object(name, name.encode())
        for name in ODD_NAMES:
            equal(bucket.get_object(name).read(), name.encode(), f"body of {name!r}, V4 {v4}")
        for style in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
            equal(sorted(o.key for o in style(bucket)), sorted(ODD_NAMES), f"listed, V4 {v4}")
        equal(sorted(bucket.batch_delete_objects(list(ODD_NAMES)).deleted_keys), sorted(ODD_NAMES), "deleted")
        equal([o.key for o in oss2.ObjectIterator(bucket)], [], "left")
    # OSS allows no name that begins with a slash; some SDKs refuse it themselves, this one does not.
    raises(lambda: bucket.put_object("/leading", b"x"), "InvalidObjectName", code, "a leading slash")


def feature_multipart():
    bucket = make_bucket("multipart")
    body = content(3 * MIB + 12345)
    file = os.path.join(settings.work, "multipart")
    with open(file, "wb") as out:
        out.write(body)
    oss2.resumable_upload(bucket, "big one+%", file, multipart_threshold=MIB, part_size=MIB, num_threads=3,
                          store=oss2.ResumableStore(root=settings.work))
    oss2.resumable_download(bucket, "big one+%", file + ".back", multiget_threshold=MIB, part_size=MIB, num_threads=3,
                            store=oss2.ResumableDownloadStore(root=settings.work))
    with open(file + ".back", "rb") as back:
        check(back.read() == body, "what came back differs")
    head = bucket.head_object("big one+%")
    check(head.etag.endswith("-4") and head.object_type == "Multipart", f"{head.etag} {head.object_type}")
    upload = bucket.init_multipart_upload("by hand", headers={"Content-Type": "text/x-hand"}).upload_id
    parts = [PartInfo(1, bucket.upload_part("by hand", upload, 1, body[:200000]).etag),
             PartInfo(5, bucket.upload_part_copy(bucket.bucket_name, "big one+%", (100, 200099), "by hand", upload, 5).etag)]
    equal([(p.part_number, p.size) for p in bucket.list_parts("by hand", upload).parts], [(1, 200000), (5, 200000)], "parts")
    equal([u.upload_id for u in bucket.list_multipart_uploads().upload_list], [upload], "uploads")
    bucket.complete_multipart_upload("by hand", upload, parts)
    got = bucket.get_object("by hand")
    equal((got.read(), got.content_type), (body[:200000] + body[100:200100], "text/x-hand"), "by hand")
    upload = bucket.init_multipart_upload("small parts").upload_id
    parts = [PartInfo(n, bucket.upload_part("small parts", upload, n, b"too small").etag) for n in (1, 2)]
    raises(lambda: bucket.complete_multipart_upload("small parts", upload, parts), "EntityTooSmall", code, "small parts")
    raises(lambda: bucket.complete_multipart_upload("small parts", upload, [PartInfo(1, "0" * 32)]), "InvalidPart", code,
           "no such part")
    bucket.abort_multipart_upload("small parts", upload)
    raises(lambda: bucket.list_parts("small parts", upload), "NoSuchUpload", code, "aborted upload")


def feature_range():
    bucket = make_bucket("range")
    body = content(MIB)
    bucket.put_object("r", body)
    for byte_range, wanted in (((0, 0), body[:1]), ((100, 70000), body[100:70001]), ((None, 9), body[-9:]),
                               ((1048000, None), body[1048000:])):
        got = bucket.get_object("r", byte_range=byte_range)
        equal((got.status, got.read()), (206, wanted), str(byte_range))
    equal(bucket.get_object("r", headers={"Range": "bytes=1048576-"}).status, 200, "status past the end")
    raises(lambda: bucket.get_object("r", headers={"Range": "bytes=1048576-", "x-oss-range-behavior": "standard"}),
           "InvalidRange", code, "past the end, standard")


def feature_copy():
    bucket, other = make_bucket("copy"), make_bucket("copy-to")
    body = content(30000)
    bucket.put_object("from ü+%", body, {"x-oss-meta-kept": "yes", "Content-Type": "text/x-c"})
    other.copy_object(bucket.bucket_name, "from ü+%", "to")
    got = other.get_object("to")
    equal((got.read(), got.headers.get("x-oss-meta-kept"), got.content_type), (body, "yes", "text/x-c"), "copy")
    other.copy_object(other.bucket_name, "to", "to", {"x-oss-metadata-directive": "REPLACE", "x-oss-meta-new": "1"})
    got = other.get_object("to")
    equal((got.read(), got.headers.get("x-oss-meta-kept"), got.headers.get("x-oss-meta-new")), (body, None, "1"), "replaced")
    other.update_object_meta("to", {"x-oss-meta-third": "3"})
    equal(other.head_object("to").headers.get("x-oss-meta-third"), "3", "update_object_meta")
    raises(lambda: other.copy_object(bucket.bucket_name, "none", "x"), "NoSuchKey", code, "copy of nothing")


def feature_list():
    bucket = make_bucket("list")
    names = [f"a/{n:03d}" for n in range(25)] + ["b/1", "b/2", "c", "d/e/f", "z z"]
    for name in names:
        bucket.put_object(name, b"1")
    for style in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        equal([o.key for o in style(bucket, max_keys=7)], names, f"{style.__name__} in pages of 7")
        equal([o.key for o in style(bucket, delimiter="/", max_keys=2)], ["a/", "b/", "c", "d/", "z z"], f"{style.__name__} by folder")
        equal([o.key for o in style(bucket, prefix="d/", delimiter="/")], ["d/e/"], "inside d/")
    equal([o.key for o in bucket.list_objects(marker="b/1", prefix="b/").object_list], ["b/2"], "marker")
    raises(lambda: bucket.list_objects(max_keys=1001), "InvalidArgument", code, "max-keys 1001")


def feature_delete():
    bucket = make_bucket("delete")
    for name in ("one", "two", "three"):
        bucket.put_object(name, b"x")
    raises(bucket.delete_bucket, "BucketNotEmpty", code, "delete of a full bucket")
    equal([bucket.delete_object("one").status for _ in range(2)], [204, 204], "status, twice")
    equal(sorted(bucket.batch_delete_objects(["two", "three", "never"]).deleted_keys), ["never", "three", "two"], "deleted")
    equal(bucket.delete_bucket().status, 204, "status")
    raises(lambda: bucket.list_objects(), "NoSuchBucket", code, "a deleted bucket")


def check_retention():
    bucket = make_bucket("retention")
    raises(bucket.get_bucket_worm, "NoSuchWORMConfiguration", code, "no policy yet")
    bucket.put_object("k", b"kept")
    policy = bucket.init_bucket_worm(1).worm_id
    shown = bucket.get_bucket_worm()
    equal((shown.worm_id, shown.state, shown.retention_period_days), (policy, "InProgress", 1), "a policy on trial")
    raises(lambda: bucket.put_object("k", b"other"), "FileImmutable", code, "overwriting what is kept")
    raises(lambda: bucket.delete_object("k"), "FileImmutable", code, "deleting what is kept")
    bucket.put_object("new", b"new")
    bucket.abort_bucket_worm()
    bucket.put_object("k", b"other")
    policy = bucket.init_bucket_worm(1).worm_id
    bucket.complete_bucket_worm(policy)
    raises(bucket.abort_bucket_worm, "WORMConfigurationLocked", code, "taking a locked policy back")
    bucket.extend_bucket_worm(policy, 2)
    shown = bucket.get_bucket_worm()
    equal((shown.state, shown.retention_period_days), ("Locked", 2), "a locked policy, extended")
    raises(lambda: bucket.delete_object("k"), "FileImmutable", code, "deleting what is kept for two days")
    equal(bucket.get_object("k").read(), b"other", "what is kept")


def feature_metadata():
    bucket = make_bucket("metadata")
    given = {"Content-Type": "text/x-m", "Cache-Control": "max-age=7", "Content-Disposition": "attachment",
             "Content-Language": "de", "Content-Encoding": "identity", "x-oss-meta-color": "red", "x-oss-meta-with-dash": "a b"}
    bucket.put_object("m", b"m", given)
    head = bucket.head_object("m")
    equal({name: head.headers.get(name) for name in given}, given, "metadata")
    got = bucket.get_object("m", params={"response-content-type": "text/x-o"})
    equal(got.headers["Content-Type"], "text/x-o", "override")
    equal(bucket.get_object_acl("m").acl, "default", "ACL of a new object")
    bucket.put_object_acl("m", oss2.OBJECT_ACL_PUBLIC_READ)
    equal(bucket.get_object_acl("m").acl, "public-read", "ACL")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    equal(bucket.get_bucket_acl().acl, "public-read", "ACL of the bucket")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PRIVATE)
    bucket.put_object("ia", b"x", {"x-oss-storage-class": "IA"})
    equal(bucket.head_object("ia").headers.get("x-oss-storage-class"), "IA", "storage class")
    for kind in ("AES256", "KMS"):
        bucket.put_object(kind, b"secret", {"x-oss-server-side-encryption": kind})
        equal(bucket.head_object(kind).headers.get("x-oss-server-side-encryption"), kind, "encryption")
        equal(bucket.get_object(kind).read(), b"secret", kind)
    bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule(oss2.SERVER_SIDE_ENCRYPTION_AES256))
    equal(bucket.get_bucket_encryption().sse_algorithm, "AES256", "default of the bucket")
    bucket.put_object("by default", b"secret")
    equal(bucket.head_object("by default").headers.get("x-oss-server-side-encryption"), "AES256", "encryption by default")
    bucket.delete_bucket_encryption()
    raises(lambda: bucket.get_bucket_encryption(), "NoSuchServerSideEncryptionRule", code, "no default")


def check_lifecycle(bucket):
    models = oss2.models
    raises(lambda: bucket.get_bucket_lifecycle(), "NoSuchLifecycle", code, "no lifecycle")
    tagging = Tagging(TaggingRule())
    tagging.tag_set.add("a", "1")
    rule = models.LifecycleRule(
        "tagged", "logs/", expiration=models.LifecycleExpiration(days=365), tagging=tagging,
        storage_transitions=[models.StorageTransition(days=30, storage_class=oss2.BUCKET_STORAGE_CLASS_IA)],
        noncurrent_version_expiration=models.NoncurrentVersionExpiration(3))
    uploads = models.LifecycleRule("uploads", "", status=models.LifecycleRule.DISABLED,
                                   abort_multipart_upload=models.AbortMultipartUpload(days=7))
    bucket.put_bucket_lifecycle(models.BucketLifecycle([rule, uploads]))
    got = bucket.get_bucket_lifecycle().rules
    equal([(r.id, r.prefix, r.status) for r in got], [("tagged", "logs/", "Enabled"), ("uploads", "", "Disabled")], "lifecycle")
    equal((got[0].expiration.days, got[0].storage_transitions[0].days, got[0].storage_transitions[0].storage_class,
           got[0].noncurrent_version_expiration.noncurrent_days, got[0].tagging.tag_set.tagging_rule,
           got[1].abort_multipart_upload.days), (365, 30, "IA", 3, {"a": "1"}, 7), "lifecycle rule")
    put = bucket.put_object("logs/x", b"lines", {"x-oss-tagging": "a=1"})
    check('rule-id="tagged"' in put.headers.get("x-oss-expiration", ""), "no expiration in the answer to put")
    equal(bucket.head_object("logs/x").headers["x-oss-expiration"], put.headers["x-oss-expiration"], "expiration")
    overlapping = [models.LifecycleRule(name, name, expiration=models.LifecycleExpiration(days=1)) for name in ("a", "ab")]
    raises(lambda: bucket.put_bucket_lifecycle(models.BucketLifecycle(overlapping)), "InvalidArgument", code, "overlapping rules")
    bucket.put_bucket_lifecycle(models.BucketLifecycle(overlapping), {"x-oss-allow-same-action-overlap": "true"})
    bucket.delete_bucket_lifecycle()
    raises(lambda: bucket.get_bucket_lifecycle(), "NoSuchLifecycle", code, "lifecycle removed")


def feature_tags():
    bucket = make_bucket("tags")
    check_lifecycle(bucket)
    check_retention()
    bucket.put_object("t", b"t", {"x-oss-tagging": "x=1&y=a%20b"})
    equal(bucket.get_object_tagging("t").tag_set.tagging_rule, {"x": "1", "y": "a b"}, "tags given with put")
    rule = TaggingRule()
    rule.add("only", "2+")
    bucket.put_object_tagging("t", Tagging(rule))
    equal(bucket.get_object_tagging("t").tag_set.tagging_rule, {"only": "2+"}, "tags")
    bucket.delete_object_tagging("t")
    equal(bucket.get_object_tagging("t").tag_set.tagging_rule, {}, "tags after delete")


def feature_versioning():
    bucket = make_bucket("versioning")
    bucket.put_object("v", b"before")
    config = BucketVersioningConfig()
    config.status = oss2.BUCKET_VERSIONING_ENABLE
    bucket.put_bucket_versioning(config)
    equal(bucket.get_bucket_versioning().status, "Enabled", "status")
    ids = [bucket.put_object("v", body).versionid for body in (b"one", b"two")]
    check(all(ids) and ids[0] != ids[1], f"version ids {ids}")
    get = lambda version: bucket.get_object("v", params={"versionId": version}).read()  # noqa: E731
    equal([get(v) for v in (*ids, "null")], [b"one", b"two", b"before"], "versions")
    marker = bucket.delete_object("v")
    check(marker.delete_marker, "delete did not say that it made a marker")
    raises(lambda: bucket.get_object("v"), "NoSuchKey", code, "get under a marker")
    raises(lambda: get(marker.versionid), "MethodNotAllowed", code, "get of a marker")
    listed = bucket.list_object_versions()
    equal([v.versionid for v in listed.versions], [ids[1], ids[0], "null"], "versions, newest first")
    equal([(m.versionid, m.is_latest) for m in listed.delete_marker], [(marker.versionid, True)], "markers")
    page = bucket.list_object_versions(max_keys=2)
    equal((page.is_truncated, len(page.versions) + len(page.delete_marker)), (True, 2), "a page of 2")
    page = bucket.list_object_versions(max_keys=2, key_marker=page.next_key_marker, versionid_marker=page.next_versionid_marker)
    equal([v.versionid for v in page.versions], [ids[0], "null"], "the next page")
    bucket.delete_object("v", params={"versionId": marker.versionid})
    equal(bucket.get_object("v").read(), b"two", "after the marker went")
    gone = BatchDeleteObjectVersionList([BatchDeleteObjectVersion("v", ids[1])])
    equal([d.versionid for d in bucket.delete_object_versions(gone).delete_versions], [ids[1]], "multi-delete of a version")
    equal(bucket.get_object("v").read(), b"one", "after the latest went")
    raises(lambda: get(ids[1]), "NoSuchVersion", code, "a version that went")
    config.status = oss2.BUCKET_VERSIONING_SUSPEND
    bucket.put_bucket_versioning(config)
    bucket.put_object("v", b"null again")
    equal([v.versionid for v in bucket.list_object_versions().versions], ["null", ids[0]], "versions when suspended")


def feature_presign():
    name = "odd +%ü name"
    for v4 in (False, True):
        bucket = make_bucket("presign", v4=v4)
        url = bucket.sign_url("PUT", name, 600, headers={"Content-Type": "text/x-u"}, slash_safe=True)
        status, body, _ = http_put(url, b"by url", {"Content-Type": "text/x-u"})
        equal(status, 200, f"put by URL, V4 {v4} ({body[:300]})")
        url = bucket.sign_url("GET", name, 600, slash_safe=True)
        equal(http_get(url)[:2], (200, b"by url"), f"get by URL, V4 {v4}")
        url = bucket.sign_url("GET", name, 600, params={"response-content-type": "text/x-o"}, slash_safe=True)
        equal(http_get(url)[2]["Content-Type"], "text/x-o", "override by URL")
        url = bucket.sign_url("GET", "other", 600, slash_safe=True).replace("other", "odd")
        status, body, _ = http_get(url)
        check(status == 403 and b"SignatureDoesNotMatch" in body, f"another key's URL: {status} {body[:200]}")
        url = bucket.sign_url("GET", name, 1, slash_safe=True)
        time.sleep(2.1)
        status, body, _ = http_get(url)
        check(status == 403 and b"AccessDenied" in body, f"an expired URL: {status} {body[:200]}")


def feature_errors():
    bucket = make_bucket("errors")
    error = raises(lambda: bucket.get_object("none"), "NoSuchKey", code, "no such key")
    equal((error.status, bool(error.request_id)), (404, True), "status, request id")
    error = raises(lambda: bucket.head_object("none"), ("NoSuchKey", ""), code, "head of no such key")
    equal(error.status, 404, "status of head")
    for v4 in (False, True):
        raises(lambda: bucket_of(bucket.bucket_name + "-none", v4=v4).list_objects(), "NoSuchBucket", code, "no such bucket")
        raises(lambda: bucket_of(bucket.bucket_name, secret="wrong", v4=v4).list_objects(), "SignatureDoesNotMatch", code,
               f"a wrong secret, V4 {v4}")
        raises(lambda: bucket_of(bucket.bucket_name, key="NOBODY", v4=v4).list_objects(), "InvalidAccessKeyId", code,
               f"an unknown key, V4 {v4}")


def feature_replication():
    source = make_bucket("replication")
    target = bucket_of(settings.bucket("replicated"), peer=True)
    target.create_bucket()
    raises(source.get_bucket_replication, "NoSuchReplicationConfiguration", code, "no rules yet")
    places = source.get_bucket_replication_location()
    check(f"oss-{settings.peer_region}" in places.location_list, f"locations {places.location_list}")
    source.put_object("history ü", b"written before the rule")
    source.put_bucket_replication(ReplicationRule(
        rule_id="a rule", target_bucket_name=target.bucket_name, target_bucket_location=f"oss-{settings.peer_region}",
        target_transfer_type="internal", prefix_list=["his", "new"], action_list=[ReplicationRule.ALL]))
    rules = source.get_bucket_replication().rule_list
    equal([(r.rule_id, r.target_bucket_name, r.target_bucket_location, sorted(r.prefix_list), r.is_enable_historical_object_replication)
           for r in rules], [("a rule", target.bucket_name, f"oss-{settings.peer_region}", ["his", "new"], True)], "rules")
    check(rules[0].status in ("starting", "doing"), f"status {rules[0].status}")
    raises(lambda: source.put_bucket_replication(ReplicationRule(
        rule_id="again", target_bucket_name=target.bucket_name, target_bucket_location=f"oss-{settings.peer_region}",
        target_transfer_type="internal")), "BucketReplicationAlreadyExist", code, "a second rule for the pair")
    raises(lambda: source.put_bucket_replication(ReplicationRule(
        rule_id="bad", target_bucket_name=target.bucket_name + "-none", target_bucket_location=f"oss-{settings.peer_region}",
        target_transfer_type="internal")), "InvalidTargetBucket", code, "no such target")
    source.put_object("new", content(300000), {"x-oss-meta-color": "red"})
    source.put_object("other", b"not in the prefix set")
    wait_until("history is there", 30, lambda: target.object_exists("history ü"))
    wait_until("the new object is there", 30, lambda: target.object_exists("new"))
    got, original = target.get_object("new"), source.head_object("new")
    equal((got.read(), got.headers["x-oss-meta-color"], got.etag, got.last_modified), (
        content(300000), "red", original.etag, original.last_modified), "replica")
    check(not target.object_exists("other"), "an object outside of the prefix set was replicated")
    start = time.time()

    def caught_up():
        progress = source.get_bucket_replication_progress("a rule").progress
        if progress.status != "doing":
            return False
        new = datetime.datetime.strptime(progress.new_object_progress, "%Y-%m-%dT%H:%M:%S.%fZ")
        return progress.historical_object_progress == 1.0 and new.replace(tzinfo=datetime.timezone.utc).timestamp() > start
    wait_until("progress reaches the present and 100 % of history", 30, caught_up)
    source.delete_object("new")
    wait_until("the delete is replicated", 30, lambda: not target.object_exists("new"))
    raises(lambda: source.get_bucket_replication_progress("none"), "NoSuchReplicationRule", code, "progress of no rule")
    equal(source.delete_bucket_replication("a rule").status in (200, 204), True, "delete")
    wait_until("the rule is gone", 30, lambda: no_rules(source))
    source.put_object("new after", b"x")
    time.sleep(1)
    check(not target.object_exists("new after"), "replicated after the rule went")


def no_rules(bucket):
    try:
        return not bucket.get_bucket_replication().rule_list
    except oss2.exceptions.ServerError as error:
        equal(error.code, "NoSuchReplicationConfiguration", "rules after delete")
        return True


if __name__ == "__main__":
    run(globals())
