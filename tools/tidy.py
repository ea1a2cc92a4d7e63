#!/usr/bin/env python3
"""Checks the rules of the house that no compiler knows (ARCHITECTURE.md, CONTRIBUTING.md).

    tools/tidy.py              every rule over the tracked tree; a second or two
    tools/tidy.py --headers    also compiles each header of src/ by itself

Prints one line a finding, and ends with 'N passed, N failed': a rule that found nothing has passed.
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX = 700

# A room may use rooms of lower floors only; DEPS of its CMakeLists.txt say which of them it does use.
FLOORS = {room: floor for floor, rooms in enumerate([
    "base",
    "runtime http codec crypto telemetry",
    "model zone",
    "index blob access imaging",
    "catalog sealing",
    "object",
    "protocol lifecycle metering replication",
    "s3 oss admin edge",
    "server cli sim",
]) for room in rooms.split()}
# The only edges inside a floor.
WITHIN_FLOOR = {("http", "runtime"), ("http", "telemetry"), ("http", "codec"), ("telemetry", "runtime"),
                ("crypto", "codec")}

LAMBDA_HEAD = re.compile(r"[\])]\s*(?:mutable\b|noexcept\b)?\s*(?:->\s*[\w:<>&*, ]+)?\s*$")

DRAWERS = {"types", "util", "utils", "common", "misc", "helpers", "fwd"}
THE_WORLD = [  # what only runtime/ may touch, so that everything else runs in a simulation
    (r"std::chrono::(?:system|steady|high_resolution)_clock::now|\b(?:clock_gettime|gettimeofday)\s*\(|"
     r"(?<![\w.>])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0)\s*\)", "a clock"),
    (r"std::random_device|\b(?:s?rand|getrandom|RAND_bytes|RAND_priv_bytes|arc4random)\s*\(", "chance"),
    (r"std::(?:jthread|thread)\b|std::async\b|\bpthread_create\s*\(|std::this_thread::", "a thread"),
    (r"(?<!\w)::(?:socket|connect|accept4?|bind|listen|send(?:to|msg)?|recv(?:from|msg)?)\s*\(|asio::ip::tcp|"
     r"#include\s*<sys/socket\.h>", "a socket"),
    (r"(?<!\w)::(?:openat?|creat|p?read|p?write|fsync|fdatasync|unlink|rename|mkdir)\s*\(|\bfopen\s*\(|"
     r"std::(?:i|o)?fstream\b|std::filesystem::(?:exists|create_director|remove|rename|resize_file|"
     r"(?:recursive_)?directory_iterator|copy|file_size)", "a file"),
]


class Tree:
    def __init__(self):
        # Also files not yet added, so that a finding comes before the commit.
        listed = subprocess.run(["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                check=True, capture_output=True).stdout
        names = sorted({n for n in listed.decode().split("\0") if n and (TOP / n).is_file()})
        self.text = {}
        for name in names:
            data = (TOP / name).read_bytes()
            if b"\0" not in data[:8000]:
                self.text[name] = data.decode("utf-8", "replace")
        self.cpp = [n for n in self.text if n.endswith((".cc", ".h"))]
        self.rooms = {}  # name -> (folder, DEPS, TEST_DEPS)
        for name, text in self.text.items():
            if name.startswith("src/") and name.endswith("CMakeLists.txt"):
                call = re.search(r"antipode_room\(([^)]*)\)", re.sub(r"#.*", "", text))
                if call:
                    words = words_by_keyword(call.group(1))
                    self.rooms[words["NAME"][0]] = (str(pathlib.PurePath(name).parent), words["DEPS"],
                                                    words["TEST_DEPS"])

    def room_of(self, name):
        """The room a file of src/ lies in, by its innermost folder."""
        owners = [r for r, (folder, _, _) in self.rooms.items() if name.startswith(folder + "/")]
        return max(owners, key=lambda r: len(self.rooms[r][0]), default=None)

    def reach(self, room, test=False):
        """The rooms that `room` may include: itself, DEPS, and what those list."""
        seen, todo = {room}, list(self.rooms[room][1]) + (self.rooms[room][2] if test else [])
        while todo:
            dep = todo.pop()
            if dep not in seen and dep in self.rooms:
                seen.add(dep)
                todo += self.rooms[dep][1]
        return seen


def words_by_keyword(call):
    words, key = {"NAME": [], "DEPS": [], "LIBS": [], "TEST_DEPS": []}, None
    for word in call.split():
        if word in words:
            key = word
        elif key:
            words[key].append(word)
    return words


def code_only(text):
    """The text with comments, strings and character literals blanked out; line numbers stay."""
    def blank(match):
        found = match.group(0)
        return found if found.startswith('"') and "\n" not in found and len(found) < 3 else re.sub(r"[^\n]", " ", found)
    return re.sub(r'R"(\w*)\((?:.|\n)*?\)\1"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
                  blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes(text):
    for match in re.finditer(r'^#include "([^"]+)"', text, re.M):
        yield line_of(text, match.start()), match.group(1)


def rule_includes_follow_deps(tree):
    for name in tree.cpp:
        room = tree.room_of(name)
        if not room:
            continue
        allowed = tree.reach(room, test=name.endswith("_test.cc"))
        for line, path in includes(tree.text[name]):
            other = tree.room_of("src/" + path)
            if other is None or f"src/{path}" not in tree.text:
                yield f"{name}:{line}: \"{path}\" is no header of a room"
            elif other not in allowed:
                yield f"{name}:{line}: {room} includes {other}, which its DEPS do not reach"


def rule_deps_go_down(tree):
    for room, (folder, deps, _) in tree.rooms.items():
        if room not in FLOORS:
            yield f"{folder}: room {room} has no floor (FLOORS in tools/tidy.py)"
            continue
        for dep in deps:
            if dep not in tree.rooms:
                yield f"{folder}/CMakeLists.txt: DEPS names {dep}, which is no room"
            elif FLOORS.get(dep, 99) >= FLOORS[room] and (room, dep) not in WITHIN_FLOOR:
                yield f"{folder}/CMakeLists.txt: {room} (floor {FLOORS[room]}) may not depend on {dep}"


def rule_detail_is_private(tree):
    for name in tree.cpp:
        for line, path in includes(tree.text[name]):
            if "/detail/" in path and tree.room_of(name) != tree.room_of("src/" + path):
                yield f"{name}:{line}: {path} is private to its room"


def rule_no_drawers(tree):
    for name in tree.cpp:
        if pathlib.PurePath(name).stem in DRAWERS:
            yield f"{name}: name the file after the one idea in it"


def rule_no_braced_temporary_in_co_await(tree):
    for name in tree.cpp:
        code = code_only(tree.text[name])
        for match in re.finditer(r"\bco_await\b", code):
            depth = 0
            for at in range(match.end(), min(match.end() + 4000, len(code))):
                character = code[at]
                if character in "([":
                    depth += 1
                elif character in ")]":
                    depth -= 1
                if depth < 0 or character == ";" or (character == "{" and depth == 0):
                    break
                if character == "{" and code[at + 1:at + 2] != "}" and not LAMBDA_HEAD.search(code[:at][-200:]):
                    yield (f"{name}:{line_of(code, at)}: braces inside a co_await expression; name the value on "
                           "the line above and move it in")
                    break


def rule_the_world_only_through_runtime(tree):
    for name in tree.cpp:
        if not name.startswith("src/") or tree.room_of(name) == "runtime" or name.endswith("_test.cc"):
            continue
        code = code_only(tree.text[name])
        includes_kept = re.sub(r'^(?!#include <).*', "", tree.text[name], flags=re.M)
        for pattern, what in THE_WORLD:
            if what == "chance" and tree.room_of(name) == "crypto":
                continue  # Keys and credentials come from OpenSSL itself, also under the simulator.
            for match in [*re.finditer(pattern, code), *re.finditer(pattern, includes_kept)]:
                found = (name, line_of(code, match.start()), match.group(0).strip())
                yield "{}:{}: {} only through runtime/ ({})".format(found[0], found[1], what, found[2])


def rule_tests_do_not_sleep(tree):
    for name in tree.cpp:
        if name.startswith("src/") and name.endswith("_test.cc") and tree.room_of(name) != "runtime":
            code = code_only(tree.text[name])
            for match in re.finditer(r"std::this_thread::sleep_\w+\((?!1ms\))|\b(?:u|nano)?sleep\s*\(", code):
                yield f"{name}:{line_of(code, match.start())}: a test moves the clock; at most it polls every 1ms"


def rule_every_room_has_a_readme(tree):
    for room, (folder, _, _) in tree.rooms.items():
        if f"{folder}/README.md" not in tree.text:
            yield f"{folder}: no README.md that says what belongs here and what does not"


def rule_no_path_of_one_machine(tree):
    for name, text in tree.text.items():
        for match in re.finditer(r"(?<![\w.$}])/(?:work|farm|root|home)/[a-z.]", text):
            yield f"{name}:{line_of(text, match.start())}: a path of one machine ({match.group(0)}...)"


def rule_files_stay_short(tree):
    for name, text in tree.text.items():
        lines = text.count("\n")
        if lines > LINES_MAX and name.endswith((".cc", ".h", ".py", ".ts", ".tsx", ".go", ".java")):
            yield f"{name}: {lines} lines, at most {LINES_MAX}; look for the second idea in it"


def rule_test_names_are_sentences(tree):
    for name in tree.cpp:
        if name.endswith("_test.cc"):
            for match in re.finditer(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", tree.text[name], re.M):
                if not re.fullmatch(r"[a-z0-9]+(?:_[A-Za-z0-9]+)+", match.group(2)):
                    yield (f"{name}:{line_of(tree.text[name], match.start())}: {match.group(2)} does not say in "
                           "words_like_these what is true")


def rule_coverage_names_what_there_is(tree):
    """Tests, files and words in files that docs/coverage.md names are in the tree; a row that is covered names one."""
    name = "docs/coverage.md"
    tests = {f"{suite}.{case}" for file in tree.cpp if file.endswith("_test.cc")
             for suite, case in re.findall(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", tree.text[file], re.M)}
    for number, line in enumerate(tree.text.get(name, "").splitlines(), 1):
        named = re.findall(r"`([A-Z]\w*\.[a-z0-9]+_\w+)`", line)
        files = re.findall(r"`((?:src|tests|tools|docs|bench)/[\w./-]*\w)(?:: ([^`]+))?`", line)
        for test in named:
            if test not in tests:
                yield f"{name}:{number}: there is no test {test}"
        for file, words in files:
            if file not in tree.text:
                yield f"{name}:{number}: there is no file {file}"
            elif words not in tree.text[file]:
                yield f"{name}:{number}: {file} does not say '{words}'"
        if re.search(r"\| covered \|$", line) and not named and not files:
            yield f"{name}:{number}: covered by what?"


def rule_headers_have_pragma_once_and_no_using_namespace(tree):
    for name in tree.cpp:
        if name.endswith(".h"):
            code = code_only(tree.text[name])
            if "#pragma once" not in code:
                yield f"{name}: no #pragma once"
            for match in re.finditer(r"^using namespace", code, re.M):
                yield f"{name}:{line_of(code, match.start())}: using namespace in a header"


def rule_no_test_is_switched_off(tree):
    """Refuses the ways to switch a test off (it skips nothing itself): a test that does not run is read as one that passed."""
    for name in tree.cpp:
        for match in re.finditer(r"\bGTEST_SKIP\b|\bDISABLED_\w+|(?:EXPECT|ASSERT)_TRUE\(true\)|\bSUCCEED\(\)",
                                 code_only(tree.text[name])):
            yield f"{name}:{line_of(tree.text[name], match.start())}: {match.group(0)} cannot fail"


def rule_todo_has_a_name(tree):
    for name in tree.cpp:
        for match in re.finditer(r"\b(?:TODO(?!\(\w+\):)|FIXME|XXX\b|HACK\b)", tree.text[name]):
            yield f"{name}:{line_of(tree.text[name], match.start())}: write TODO(name): what, and when it matters"


def rule_headers_compile_alone(tree):
    def compile_header(name):
        done = subprocess.run(["clang++-19", "-std=c++23", "-fsyntax-only", "-Wno-pragma-once-outside-header", "-Isrc",
                               "-x", "c++", name], cwd=TOP, capture_output=True, text=True)
        error = next((l for l in done.stderr.splitlines() if "error:" in l), "")
        return f"{name}: does not compile by itself: {error}" if done.returncode else None
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(compile_header, [n for n in tree.cpp if n.endswith(".h") and n.startswith("src/")]))


def main():
    if unknown := [a for a in sys.argv[1:] if a != "--headers"]:
        sys.exit(f"tools/tidy.py: no option {unknown[0]}; there is --headers")
    tree = Tree()
    rules = [f for n, f in globals().items() if n.startswith("rule_") and f is not rule_headers_compile_alone]
    if "--headers" in sys.argv:
        rules.append(rule_headers_compile_alone)
    failed = 0
    for rule in rules:
        findings = sorted(set(rule(tree)))
        for finding in findings:
            print(f"{finding}  [{rule.__name__[5:]}]")
        failed += bool(findings)
    print(f"{len(rules) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
