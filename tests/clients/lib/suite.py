"""What every client's program does alike: its features, what it is given, how it says what happened.

A program prints one JSON line for each feature: {"feature": ..., "result": "ok" | "FAIL" | "n.a.", "detail": ...}.
What it is given comes in the environment; see Settings.
"""

import hashlib
import http.client
import json
import os
import random
import sys
import time
import traceback
import urllib.parse

FEATURES = ("small", "empty", "odd-names", "multipart", "range", "copy", "list", "delete", "metadata", "tags",
            "versioning", "presign", "errors", "replication")

ODD_NAMES = (
    "with space.txt",
    " starts and ends with space ",
    "plus+sign+.txt",
    "percent%.txt",
    "percent %41 %2F %25.txt",
    "ümläut-日本語-😀.txt",
    "double//slash.txt",
    "deep/er/and/deeper/x",
    "folder/",
    "quotes'\"and<angle>&amp;.txt",
    "(paren)!*~$,;:@=.txt",
    "question?hash#.txt",
    "back\\slash.txt",
    "[brackets]{braces}|^`.txt",
    ".hidden",
    "tab\there",
)


class NotApplicable(Exception):
    """The client cannot do this, or not by itself; the text says why."""


class Settings:
    def __init__(self):
        env = os.environ
        self.endpoint = env["CLIENT_ENDPOINT"]
        self.region = env["CLIENT_REGION"]
        self.peer_endpoint = env.get("CLIENT_PEER_ENDPOINT", "")
        self.peer_region = env.get("CLIENT_PEER_REGION", "")
        self.access_key = env["CLIENT_ACCESS_KEY"]
        self.secret_key = env["CLIENT_SECRET_KEY"]
        self.prefix = env["CLIENT_BUCKET_PREFIX"]
        self.work = env["CLIENT_WORK"]
        self.home = env["CLIENT_HOME"]
        self.host = self.endpoint.split("//")[1]

    def bucket(self, feature):
        return f"{self.prefix}-{feature}"


def check(condition, sentence):
    if not condition:
        raise AssertionError(sentence)


def equal(found, wanted, what):
    if found != wanted:
        def short(value):
            text = repr(value)
            return text if len(text) <= 160 else f"{text[:160]}... ({len(text)})"
        raise AssertionError(f"{what}: {short(found)}, not {short(wanted)}")


def raises(call, wanted, code_of, what):
    """`call` must fail, and code_of(exception) must be `wanted` or one of it."""
    try:
        call()
    except Exception as error:  # Every client has its own kinds.
        found = code_of(error)
        wanted = (wanted,) if isinstance(wanted, (str, int)) else wanted
        check(found in wanted, f"{what}: {found!r}, not {' or '.join(map(str, wanted))} ({error})")
        return error
    raise AssertionError(f"{what}: succeeded, should fail with {wanted}")


def content(size, seed=0):
    return random.Random(size * 31 + seed).randbytes(size)


def md5(data):
    return hashlib.md5(data).hexdigest()


def wait_until(what, seconds, condition, pause=0.1):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        check(time.monotonic() < end, f"{what} did not come true in {seconds} s")
        time.sleep(pause)


def http_get(url, headers=None):
    """Returns (status, body, headers) of a plain HTTP GET."""
    return _http("GET", url, None, headers)


def http_put(url, body, headers=None):
    return _http("PUT", url, body, headers)


def _http(method, url, body, headers):
    # Not urllib.request: it gives a body a Content-Type of its own, which is not what was signed.
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, url[url.index(parts.netloc) + len(parts.netloc):], body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def say(feature, result, detail=""):
    print(json.dumps({"feature": feature, "result": result, "detail": detail}, ensure_ascii=False), flush=True)


def run(functions):
    """Runs the functions named feature_*; `functions` is the caller's globals()."""
    only = sys.argv[1:]
    for feature in FEATURES:
        if only and feature not in only:
            continue
        function = functions.get("feature_" + feature.replace("-", "_"))
        if function is None:
            say(feature, "FAIL", "no such test")
            continue
        try:
            detail = function()
            say(feature, "ok", detail or "")
        except NotApplicable as reason:
            say(feature, "n.a.", str(reason))
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)
            line = next((f"line {f.lineno}" for f in where if f.filename == functions["__file__"]
                         and f.name.startswith("feature_")), "")
            if os.environ.get("CLIENT_VERBOSE"):
                traceback.print_exc()
            text = str(error).strip() or type(error).__name__
            say(feature, "FAIL", f"{line}: {text[:600]}")
