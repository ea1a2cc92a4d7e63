"""The few OSS calls that the harness itself makes, signed with OSS V1: replication and its progress."""

import base64
import datetime
import email.utils
import hashlib
import hmac
import http.client
import urllib.parse
import xml.etree.ElementTree as ElementTree

from .place import HERE
from .s3client import Response

_SIGNED = ("comp", "replication", "replicationProgress", "replicationLocation", "versioning", "bucketInfo", "stat")


class OssClient:
    def __init__(self, endpoint, access_key, secret_key, timeout=30, place=HERE):
        parts = urllib.parse.urlsplit(endpoint)
        self.host, self.port = parts.hostname, parts.port
        self.access_key, self.secret_key = access_key, secret_key
        self.timeout = timeout
        self.place = place

    def request(self, method, bucket, query, body=b""):
        date = email.utils.formatdate(usegmt=True)
        md5 = base64.b64encode(hashlib.md5(body).digest()).decode() if body else ""
        kind = "application/xml" if body else ""
        named = sorted(name if value == "" else f"{name}={value}"
                       for name, value in query.items() if name in _SIGNED)
        resource = f"/{bucket}/" + ("?" + "&".join(named) if named else "")
        text = f"{method}\n{md5}\n{kind}\n{date}\n{resource}"
        digest = hmac.new(self.secret_key.encode(), text.encode(), hashlib.sha1).digest()
        headers = {"Date": date, "Authorization": f"OSS {self.access_key}:{base64.b64encode(digest).decode()}"}
        if body:
            headers.update({"Content-MD5": md5, "Content-Type": kind})
        target = f"/{bucket}/?" + "&".join(
            name if value == "" else f"{name}={urllib.parse.quote(value, safe='')}" for name, value in query.items())
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            with self.place.inside():
                connection.connect()
            connection.request(method, target, body=body, headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def add_replication(self, bucket, destination, location, history=True, action="ALL", transfer="internal"):
        """Adds a rule and returns its id. `location` is the bare region id."""
        body = (
            "<ReplicationConfiguration><Rule>"
            f"<Action>{action}</Action><Destination><Bucket>{destination}</Bucket>"
            f"<Location>oss-{location}</Location><TransferType>{transfer}</TransferType></Destination>"
            f"<HistoricalObjectReplication>{'enabled' if history else 'disabled'}</HistoricalObjectReplication>"
            "</Rule></ReplicationConfiguration>"
        ).encode()
        answer = self.request("POST", bucket, {"replication": "", "comp": "add"}, body).ok()
        return answer.headers["x-oss-replication-rule-id"]

    def delete_replication(self, bucket, rule):
        body = f"<ReplicationRules><ID>{rule}</ID></ReplicationRules>".encode()
        return self.request("POST", bucket, {"replication": "", "comp": "delete"}, body).ok()

    def stat(self, bucket):
        """Returns (objects, bytes) of the bucket."""
        root = ElementTree.fromstring(self.request("GET", bucket, {"stat": ""}).ok().body)
        return int(root.findtext("ObjectCount")), int(root.findtext("Storage"))

    def progress(self, bucket, rule=None):
        """Returns [{id, status, history, new_object}]; new_object is seconds since 1970 or None."""
        query = {"replicationProgress": ""}
        if rule:
            query["rule-id"] = rule
        root = ElementTree.fromstring(self.request("GET", bucket, query).ok().body)
        rules = []
        for item in root.iter("Rule"):
            history = item.findtext("Progress/HistoricalObject")
            new = item.findtext("Progress/NewObject")
            rules.append({
                "id": item.findtext("ID"),
                "status": item.findtext("Status"),
                "history": float(history) if history else None,
                "new_object": parse_time(new) if new else None,
            })
        return rules


def parse_time(text):
    stamp = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return stamp.replace(tzinfo=datetime.timezone.utc).timestamp()
