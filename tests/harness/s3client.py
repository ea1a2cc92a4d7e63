"""A small S3 client with no retries: what it is told is what happened.

One connection each; not for sharing between threads.
"""

import http.client
import re
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

from . import sigv4
from .place import HERE

# A server may close a connection that has been idle for a while; reusing one then would look like a
# failed request and is the client's mistake, so an old one is opened anew.
IDLE_SECONDS_MAX = 4.0


class Refused(Exception):
    """The server answered, with a status that is no success."""

    def __init__(self, status, code, message):
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def ok(self):
        if 200 <= self.status < 300:
            return self
        text = self.body.decode("utf-8", "replace")
        code = re.search(r"<Code>(.*?)</Code>", text)
        message = re.search(r"<Message>(.*?)</Message>", text)
        raise Refused(self.status, code.group(1) if code else "", message.group(1) if message else text[:200])


def _without_namespaces(text):
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


class S3Client:
    def __init__(self, endpoint, access_key, secret_key, region, timeout=30, place=HERE):
        self.endpoint = endpoint
        parts = urllib.parse.urlsplit(endpoint)
        self.host, self.port, self.netloc = parts.hostname, parts.port, parts.netloc
        self.signer = sigv4.Signer(access_key, secret_key, region)
        self.timeout = timeout
        self.place = place
        self._connection = None
        self._used_at = 0.0

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(self, method, path, query=None, headers=None, body=b""):
        """Sends one request, once. Raises OSError or http.client.HTTPException when no answer came."""
        query = query or {}
        if self._connection is not None and time.monotonic() - self._used_at > IDLE_SECONDS_MAX:
            self.close()
        signed = self.signer.headers(method, self.netloc, path, query, headers or {})
        target = sigv4.encode_path(path)
        if query:
            target += "?" + sigv4.encode_query(query)
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
                with self.place.inside():
                    self._connection.connect()
            self._connection.request(method, target, body=body, headers=signed)
            answer = self._connection.getresponse()
            data = answer.read()
        except BaseException:
            self.close()
            raise
        self._used_at = time.monotonic()
        if answer.will_close:
            self.close()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data)

    # Buckets

    def create_bucket(self, bucket):
        return self.request("PUT", f"/{bucket}").ok()

    def set_versioning(self, bucket, status):
        body = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>".encode()
        return self.request("PUT", f"/{bucket}", {"versioning": ""}, body=body).ok()

    def list_keys(self, bucket, prefix=""):
        """Yields (key, etag, size) of every current object."""
        query = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
        while True:
            root = _without_namespaces(self.request("GET", f"/{bucket}", query).ok().body)
            for item in root.findall("Contents"):
                key = urllib.parse.unquote_plus(item.findtext("Key"))
                yield key, item.findtext("ETag").strip('"').lower(), int(item.findtext("Size"))
            if root.findtext("IsTruncated") != "true":
                return
            query["continuation-token"] = root.findtext("NextContinuationToken")

    def list_versions(self, bucket, prefix=""):
        """Yields (key, version id, is marker, is latest) of every version."""
        query = {"versions": "", "prefix": prefix, "encoding-type": "url"}
        while True:
            root = _without_namespaces(self.request("GET", f"/{bucket}", query).ok().body)
            for item in root:
                if item.tag in ("Version", "DeleteMarker"):
                    key = urllib.parse.unquote_plus(item.findtext("Key"))
                    latest = item.findtext("IsLatest") == "true"
                    yield key, item.findtext("VersionId"), item.tag == "DeleteMarker", latest
            if root.findtext("IsTruncated") != "true":
                return
            query["key-marker"] = urllib.parse.unquote_plus(root.findtext("NextKeyMarker"))
            query["version-id-marker"] = root.findtext("NextVersionIdMarker")

    # Objects

    def put(self, bucket, key, body, headers=None):
        return self.request("PUT", f"/{bucket}/{key}", headers=headers, body=body).ok()

    def get(self, bucket, key, version=None):
        return self.request("GET", f"/{bucket}/{key}", {"versionId": version} if version else None).ok()

    def head(self, bucket, key, version=None):
        return self.request("HEAD", f"/{bucket}/{key}", {"versionId": version} if version else None)

    def delete(self, bucket, key, version=None):
        return self.request("DELETE", f"/{bucket}/{key}", {"versionId": version} if version else None).ok()

    def put_multipart(self, bucket, key, parts):
        """Uploads `parts` (bytes each, all but the last at least 5 MiB) and completes the upload."""
        path = f"/{bucket}/{key}"
        started = self.request("POST", path, {"uploads": ""}).ok()
        upload = _without_namespaces(started.body).findtext("UploadId")
        listed = []
        for number, part in enumerate(parts, 1):
            query = {"partNumber": str(number), "uploadId": upload}
            etag = self.request("PUT", path, query, body=part).ok().headers["etag"]
            listed.append(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        body = f"<CompleteMultipartUpload>{''.join(listed)}</CompleteMultipartUpload>".encode()
        response = self.request("POST", path, {"uploadId": upload}, body=body).ok()
        # S3 may answer 200 and still say Error in the body.
        if _without_namespaces(response.body).tag == "Error":
            raise Refused(response.status, "CompleteMultipartUpload", response.body.decode("utf-8", "replace"))
        return response
