"""Running a command-line client: what it printed, or a failure that says what it said."""

import os
import subprocess


class CommandFailed(Exception):
    def __init__(self, line, code, output):
        super().__init__(f"{' '.join(line[:6])} ended with {code}: {output.strip()[-400:]}")
        self.code = code
        self.output = output


def command(*line, env=None, input=None, timeout=180, refuse=None):
    """Runs it and returns its standard output as text.

    Raises CommandFailed when it ends non-zero, or when it ended well but its errors contain `refuse`.
    """
    line = [str(word) for word in line]
    done = subprocess.run(line, input=input, capture_output=True, timeout=timeout, env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise CommandFailed(line, done.returncode, (done.stderr or done.stdout).decode("utf-8", "replace"))
    errors = done.stderr.decode("utf-8", "replace")
    if refuse and refuse in errors:
        raise CommandFailed(line, 0, errors)
    return done.stdout.decode("utf-8", "replace")


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_tree(root, files):
    """files: {relative name: bytes}."""
    for name, data in files.items():
        write(os.path.join(root, name), data)
    return root


def read_tree(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = read(path)
    return found


def same_tree(found, wanted):
    """Both {name: bytes}; fails with the names that differ."""
    missing = sorted(wanted.keys() - found.keys())
    extra = sorted(found.keys() - wanted.keys())
    differ = sorted(name for name in found.keys() & wanted.keys() if found[name] != wanted[name])
    if missing or extra or differ:
        raise AssertionError(f"missing {missing[:5]}, not wanted {extra[:5]}, different {differ[:5]}")
