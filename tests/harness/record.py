"""The client's own record of what it was told: which contents of a key may be found, and which may not.

A key's allowed contents are a set of digests, ABSENT among them. An acknowledged change leaves exactly one; a change
without an answer adds one, because it may or may not have been carried out. One thread writes a key.
"""

import hashlib

ABSENT = None
KINDS = ("lost", "torn", "resurrected")


def digest_of(data):
    return hashlib.sha256(data).hexdigest()


class KeyRecord:
    __slots__ = ("allowed", "history", "versions")

    def __init__(self):
        self.allowed = {ABSENT}
        self.history = set()
        # Version id -> digest of every acknowledged version of a versioned bucket.
        self.versions = {}

    def written(self, digest, version=None):
        self.history.add(digest)
        self.allowed = {digest}
        if version and version != "null":
            self.versions[version] = digest

    def deleted(self):
        self.allowed = {ABSENT}

    def maybe(self, state):
        self.allowed.add(state)
        if state is not ABSENT:
            self.history.add(state)

    def verdict(self, found):
        """Returns None when `found` (a digest or ABSENT) is allowed, else one of KINDS."""
        if found in self.allowed:
            return None
        if found is ABSENT:
            return "lost"
        if self.allowed == {ABSENT}:
            return "resurrected" if found in self.history else "torn"
        # An older content stands where a newer one was acknowledged: the newer one is lost.
        return "lost" if found in self.history else "torn"

    def settle(self, found):
        """What was found is now the truth: an unanswered change may not show up later."""
        if found in self.allowed:
            self.allowed = {found}


class Record:
    """(bucket, key) -> KeyRecord."""

    def __init__(self):
        self.keys = {}

    def of(self, bucket, key):
        record = self.keys.get((bucket, key))
        if record is None:
            record = self.keys[(bucket, key)] = KeyRecord()
        return record

    def acknowledged(self):
        return sum(1 for record in self.keys.values() if record.history)
