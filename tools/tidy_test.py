#!/usr/bin/env python3
"""Each rule of tools/tidy.py must find the fault it is for, and leave the good neighbour alone."""
import types
import unittest

import tidy


def tree(**changes):
    """A small good house; `changes` replaces or adds files."""
    text = {
        "src/base/CMakeLists.txt": "antipode_room(NAME base DEPS LIBS fmt::fmt)", "src/base/README.md": "# base",
        "src/base/result.h": "#pragma once\n",
        "src/runtime/CMakeLists.txt": "antipode_room(NAME runtime DEPS base)", "src/runtime/README.md": "# runtime",
        "src/runtime/task.h": '#pragma once\n#include "base/result.h"\n',
        "src/object/CMakeLists.txt": "antipode_room(NAME object DEPS runtime)", "src/object/README.md": "# object",
        "src/object/put.cc": '#include "runtime/task.h"\n#include "base/result.h"\nco_await f(std::move(request));\n',
        "src/object/put_test.cc": "TEST(Put, keeps_the_old_version)\n",
    } | changes
    made = types.SimpleNamespace(text=text, cpp=[n for n in text if n.endswith((".cc", ".h"))], rooms={})
    for name, content in text.items():
        if name.endswith("CMakeLists.txt"):
            words = tidy.words_by_keyword(content.split("(")[1].rstrip(")"))
            made.rooms[words["NAME"][0]] = (name[:-len("/CMakeLists.txt")], words["DEPS"], words["TEST_DEPS"])
    made.room_of = types.MethodType(tidy.Tree.room_of, made)
    made.reach = types.MethodType(tidy.Tree.reach, made)
    return made


FAULTS = {  # rule -> file and content that it must find
    "includes_follow_deps": ("src/base/up.cc", '#include "runtime/task.h"\n'),
    "deps_go_down": ("src/base/CMakeLists.txt", "antipode_room(NAME base DEPS runtime)"),
    "detail_is_private": ("src/object/peek.cc", '#include "runtime/detail/epoll.h"\n'),
    "no_drawers": ("src/object/utils.h", "#pragma once\n"),
    "no_braced_temporary_in_co_await": ("src/object/a.cc", "CO_TRY(auto x, co_await f(Request{\n.a = 1}));\n"),
    "the_world_only_through_runtime": ("src/object/a.cc", "auto now = std::chrono::steady_clock::now();\n"),
    "tests_do_not_sleep": ("src/object/a_test.cc", "std::this_thread::sleep_for(1s);\n"),
    "every_room_has_a_readme": ("src/model/CMakeLists.txt", "antipode_room(NAME model DEPS base)"),
    "no_path_of_one_machine": ("docs/a.md", "see /" + "home/someone/notes\n"),
    "files_stay_short": ("src/object/a.cc", "\n" * 701),
    "test_names_are_sentences": ("src/object/a_test.cc", "TEST(Put, Works)\n"),
    "headers_have_pragma_once_and_no_using_namespace": ("src/object/a.h", "#pragma once\nusing namespace std;\n"),
    "no_test_is_switched_off": ("src/object/a_test.cc", "GTEST_" + "SKIP();\n"),
    "coverage_names_what_there_is": ("docs/coverage.md", "| kept | `Put.keeps_the_new_version` | covered |\n"),
    "todo_has_a_name": ("src/object/a.cc", "// TO" + "DO later\n"),
}


class Rules(unittest.TestCase):
    def test_every_rule_has_a_planted_fault(self):
        rules = {n[5:] for n in vars(tidy) if n.startswith("rule_")} - {"headers_compile_alone"}
        self.assertEqual(rules, set(FAULTS))

    def test_a_good_tree_has_no_finding(self):
        for rule in FAULTS:
            self.assertEqual([], list(getattr(tidy, f"rule_{rule}")(tree())), rule)

    def test_each_rule_finds_its_fault(self):
        for rule, (name, content) in FAULTS.items():
            with self.subTest(rule):
                self.assertTrue(list(getattr(tidy, f"rule_{rule}")(tree(**{name: content}))))

    def test_comments_and_strings_are_not_code(self):
        good = tree(**{"src/object/a.cc": '// std::thread and ::open(x)\nauto s = "rand()"; f(R"(::socket())");\n'})
        self.assertEqual([], list(tidy.rule_the_world_only_through_runtime(good)))

    def test_coverage_may_name_tests_files_and_words_that_there_are(self):
        rule = tidy.rule_coverage_names_what_there_is
        files = {"tests/faults/kill9.py": 'report.check(done, "all rounds")\n'}
        good = "| a | `Put.keeps_the_old_version`, `tests/faults/kill9.py: all rounds` | covered |\n| b | | not built |\n"
        self.assertEqual([], list(rule(tree(**files, **{"docs/coverage.md": good}))))
        for bad in ("`tests/faults/kill10.py`", "`tests/faults/kill9.py: no round`", "| c | by hand | covered |"):
            with self.subTest(bad):
                self.assertTrue(list(rule(tree(**files, **{"docs/coverage.md": bad + "\n"}))))

    def test_a_block_after_a_condition_that_awaits_is_fine(self):
        good = tree(**{"src/object/a.cc": "if (co_await f(x)) {\n}\nco_await g(h(1)[2]);\nco_await k([this](auto x) { f(x); });\nauto v = A{1};\n"})
        self.assertEqual([], list(tidy.rule_no_braced_temporary_in_co_await(good)))


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    bad = len(done.failures) + len(done.errors)
    print(f"{done.testsRun - bad} passed, {bad} failed")
    raise SystemExit(1 if bad else 0)
