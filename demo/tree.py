"""Picks real files from this machine, the same ones every time, and lays them out as two trees."""

import os
import pathlib
import shutil

MIB = 1024 * 1024
BIG_BYTES_MIN = 100 * MIB + 1
BIG_BYTES_MAX = 220 * MIB
SMALL_BYTES_MAX = 2 * MIB
# What Debian's packages installed: text, headers, programs, pictures, fonts.
PLACES = ("/usr/include", "/usr/share", "/usr/lib/python3", "/usr/lib/x86_64-linux-gnu")


def _files(place):
    """Every readable, ordinary file below `place`, in a fixed order."""
    for folder, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path) and os.access(path, os.R_OK):
                try:
                    path.encode("utf-8")
                except UnicodeEncodeError:
                    continue
                yield path


def _pick_below(place, count):
    # Not one package's thousands of headers: at most so many from one folder below `place`.
    per_folder, picked = {}, []
    for path in _files(place):
        top = path[len(place) + 1:].split("/")[0]
        if per_folder.get(top, 0) * 4 >= count or os.path.getsize(path) > SMALL_BYTES_MAX:
            continue
        per_folder[top] = per_folder.get(top, 0) + 1
        picked.append(path)
        if len(picked) == count:
            break
    return picked


def _pick_small(count):
    """An equal share from each place, and the rest from the first ones that have more."""
    picked = [path for place in PLACES for path in _pick_below(place, count // len(PLACES))]
    seen = set(picked)
    for place in PLACES:
        for path in _pick_below(place, count):
            if len(picked) == count:
                return picked
            if path not in seen:
                seen.add(path)
                picked.append(path)
    return picked


def _pick_big(count):
    found = [path for path in _files("/usr/lib") if BIG_BYTES_MIN <= os.path.getsize(path) <= BIG_BYTES_MAX]
    return found[:count]


def _join_big(target, skip):
    """No file is big enough: real ones after one another are. Returns the sources."""
    sources, size = [], 0
    with open(target, "wb") as out:
        for path in _files("/usr/lib"):
            if os.path.getsize(path) < MIB or path in skip:
                continue
            with open(path, "rb") as source:
                shutil.copyfileobj(source, out)
            sources.append(path)
            size += os.path.getsize(path)
            if size >= BIG_BYTES_MIN:
                return sources
    raise SystemExit("demo: this machine has too few files under /usr/lib to make one of 100 MiB")


class Tree:
    """Files below `root` by the key they are to have, as they are to be found in the end. Every key begins with `prefix`."""

    def __init__(self, root, prefix):
        self.root = pathlib.Path(root)
        self.prefix = prefix
        self.sizes = {}
        self.big = []

    def add(self, source):
        name = self.prefix + source
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        self.sizes[name] = target.stat().st_size
        return name

    def bytes(self):
        return sum(self.sizes.values())


def make_trees(folder, files_each):
    """Two trees of `files_each` files and one file of more than 100 MiB each."""
    shutil.rmtree(folder, ignore_errors=True)
    trees = [Tree(folder, "by-aws-cli"), Tree(folder, "by-oss-sdk")]
    small = _pick_small(2 * files_each)
    if len(small) < 2 * files_each:
        raise SystemExit(f"demo: this machine has only {len(small)} ordinary files under {', '.join(PLACES)}")
    for number, path in enumerate(small):
        trees[number % 2].add(path)
    big = _pick_big(2)
    for number, tree in enumerate(trees):
        if number < len(big):
            tree.big.append((tree.add(big[number]), [big[number]]))
            continue
        name = f"{tree.prefix}/joined-{number + 1}.bin"
        (tree.root / tree.prefix).mkdir(parents=True, exist_ok=True)
        sources = _join_big(tree.root / name, big)
        tree.sizes[name] = (tree.root / name).stat().st_size
        tree.big.append((name, sources))
    return trees
