"""The OSS SDK's part of the demo, run by the Python that has the SDK. Prints one JSON line for what it did, as it goes.

    oss_side.py VERB ENDPOINT REGION BUCKET ...      the credential comes from the environment
"""

import concurrent.futures
import json
import os
import sys
import threading

import alibabacloud_oss_v2 as oss

WORKERS = 6
MULTIPART_BYTES_MIN = 16 * 1024 * 1024
PART_BYTES = 8 * 1024 * 1024


def make_client(endpoint, region):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        os.environ["ANTIPODE_ACCESS_KEY"], os.environ["ANTIPODE_SECRET_KEY"])
    config.region, config.endpoint = region, endpoint
    config.retry_max_attempts = 1
    config.use_path_style = True
    return oss.Client(config)


def say(**what):
    print(json.dumps(what), flush=True)


def for_all(names, work):
    """work(name) -> bytes, in a few threads; says each success, and each failure with its reason."""
    failed = 0
    lock = threading.Lock()

    def one(name):
        nonlocal failed
        try:
            size = work(name)
            with lock:
                say(done=name, bytes=size)
        except Exception as error:
            with lock:
                failed += 1
                say(failed=name, reason=str(error)[:500])
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, names))
    return 1 if failed else 0


def names_from_input():
    return [line.rstrip("\n") for line in sys.stdin if line.strip("\n")]


def create(client, bucket):
    client.put_bucket(oss.PutBucketRequest(bucket=bucket, create_bucket_configuration=oss.CreateBucketConfiguration(
        storage_class="Standard", data_redundancy_type="ZRS")))
    client.put_bucket_versioning(oss.PutBucketVersioningRequest(
        bucket=bucket, versioning_configuration=oss.VersioningConfiguration(status="Enabled")))
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
    say(bucket=bucket, redundancy=info.data_redundancy_type, location=info.location, versioning=info.versioning)
    return 0


def rule(client, bucket, destination, location):
    answer = client.put_bucket_replication(oss.PutBucketReplicationRequest(
        bucket=bucket, replication_configuration=oss.ReplicationConfiguration(rules=[oss.ReplicationRule(
            action="ALL", historical_object_replication="enabled", destination=oss.ReplicationDestination(
                bucket=destination, location=f"oss-{location}", transfer_type="internal"))])))
    # The SDK reads only the body of this answer.
    say(rule=answer.headers["x-oss-replication-rule-id"])
    return 0


def upload(client, bucket, root):
    """Uploads the files named on standard input from below `root`."""
    uploader = client.uploader(part_size=PART_BYTES, parallel_num=2)

    def work(name):
        path = os.path.join(root, name)
        size = os.path.getsize(path)
        request = oss.PutObjectRequest(bucket=bucket, key=name)
        if size >= MULTIPART_BYTES_MIN:
            uploader.upload_file(request, filepath=path)
        else:
            client.put_object_from_file(request, path)
        return size
    return for_all(names_from_input(), work)


def delete(client, bucket):
    """Deletes the keys named on standard input."""
    names = names_from_input()
    client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(
        bucket=bucket, encoding_type="url", objects=[oss.DeleteObject(key=name) for name in names]))
    for name in names:
        say(done=name, bytes=0)
    return 0


def compare(client, bucket, root):
    """Reads the objects named on standard input and compares every byte with the file of that name below `root`."""
    def work(name):
        path = os.path.join(root, name)
        with client.get_object(oss.GetObjectRequest(bucket=bucket, key=name)).body as body, open(path, "rb") as file:
            size = 0
            for block in body.iter_bytes(block_size=1024 * 1024):
                if file.read(len(block)) != block:
                    raise ValueError(f"differs from the file after {size} bytes")
                size += len(block)
            if file.read(1):
                raise ValueError(f"ends after {size} bytes, the file does not")
        return size
    return for_all(names_from_input(), work)


def keys(client, bucket):
    """Says every key of the bucket."""
    for page in client.list_objects_v2_paginator(limit=1000).iter_page(oss.ListObjectsV2Request(bucket=bucket)):
        for item in page.contents or []:
            say(key=item.key)
    return 0


if __name__ == "__main__":
    verb, endpoint, region, *rest = sys.argv[1:]
    sys.exit({"create": create, "rule": rule, "upload": upload, "delete": delete, "compare": compare, "keys": keys}[verb](
        make_client(endpoint, region), *rest))
