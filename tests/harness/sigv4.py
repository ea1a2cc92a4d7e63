"""AWS Signature Version 4 over the standard library: headers and presigned URLs."""

import datetime
import hashlib
import hmac
import urllib.parse

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


def encode_path(path):
    return urllib.parse.quote(path, safe="/-_.~")


def encode_query(query):
    pairs = sorted(
        (urllib.parse.quote(str(name), safe="-_.~"), urllib.parse.quote(str(value), safe="-_.~"))
        for name, value in query.items()
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signer:
    """Signs for one credential and region. Keeps the day's signing key, as it costs four HMACs."""

    def __init__(self, access_key, secret_key, region):
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region
        self._day = None
        self._key = None

    def _signing_key(self, day):
        if day != self._day:
            key = _hmac(("AWS4" + self.secret_key).encode(), day)
            for part in (self.region, "s3", "aws4_request"):
                key = _hmac(key, part)
            self._day, self._key = day, key
        return self._key

    def _signature(self, canonical_request, stamp):
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(canonical_request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
        return scope, hmac.new(self._signing_key(stamp[:8]), text.encode(), hashlib.sha256).hexdigest()

    def headers(self, method, host, path, query, headers, payload_hash=UNSIGNED_PAYLOAD):
        """Returns `headers` plus the ones that sign the request."""
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        signed = {name.lower(): str(value).strip() for name, value in headers.items()}
        signed.update({"host": host, "x-amz-date": stamp, "x-amz-content-sha256": payload_hash})
        names = ";".join(sorted(signed))
        block = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        canonical = "\n".join(
            (method, encode_path(path), encode_query(query), block, names, payload_hash)
        )
        scope, signature = self._signature(canonical, stamp)
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return signed

    def presign(self, method, endpoint, path, query=None, expires=600):
        """Returns a URL that carries its own signature."""
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        query = dict(query or {})
        query.update({
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.access_key}/{stamp[:8]}/{self.region}/s3/aws4_request",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": expires,
            "X-Amz-SignedHeaders": "host",
        })
        host = urllib.parse.urlsplit(endpoint).netloc
        canonical = "\n".join(
            (method, encode_path(path), encode_query(query), f"host:{host}\n", "host", UNSIGNED_PAYLOAD)
        )
        query["X-Amz-Signature"] = self._signature(canonical, stamp)[1]
        return f"{endpoint}{encode_path(path)}?{encode_query(query)}"
