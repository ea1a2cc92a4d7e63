#!/usr/bin/env python3
"""tools/durability.py: known closed forms, the two ways of counting against each other, refusals, and what docs/durability.md quotes."""
import contextlib
import dataclasses
import io
import math
import pathlib
import re
import shlex
import unittest
import unittest.mock

import durability
import durability_chain
from durability import CALM, Inputs, answer

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "durability.md"


def calm(**changes):
    """Nothing happens but what is asked for."""
    return Inputs(**{**CALM, "afr": 0.0, **changes})


def mean_years(inputs):
    return durability_chain.mean_years(inputs.chain())


class ClosedForms(unittest.TestCase):
    def assert_near(self, found, expected):
        self.assertLess(abs(found / expected - 1), 1e-12, f"{found} is not {expected}")

    def test_one_copy_lives_as_long_as_its_disk(self):
        inputs = calm(zones=1, shards=1, needed=1, afr=0.3)
        self.assert_near(mean_years(inputs), 1 / inputs.disk_rate())
        self.assert_near(durability_chain.lost_within(inputs.chain(), 1.0), 0.3)
        self.assert_near(durability_chain.lost_within(inputs.chain(), 2.0), 1 - 0.7 ** 2)

    def test_a_mirror_of_two(self):
        inputs = calm(zones=2, shards=1, needed=1, afr=0.02)
        rate, repair = inputs.disk_rate(), 1 / inputs.refill_years()
        self.assert_near(mean_years(inputs), (3 * rate + repair) / (2 * rate ** 2))

    def test_four_and_two_over_three_zones_bear_the_loss_of_one(self):
        inputs = calm(afr=0.02)
        rate, repair = inputs.disk_rate(), 1 / inputs.refill_years()
        self.assert_near(mean_years(inputs), (5 * rate + repair) / (6 * rate ** 2))

    def test_three_copies_bear_the_loss_of_two(self):
        inputs = calm(shards=1, needed=1, afr=0.02)
        a, repair = inputs.disk_rate(), 1 / inputs.refill_years()
        # Birth and death: three, two, one copy; each absent one is refilled by itself.
        expected = 1 / (3 * a) + (1 + repair / (3 * a)) / (2 * a) + (1 + 2 * repair / (2 * a) * (1 + repair / (3 * a))) / a
        self.assert_near(mean_years(inputs), expected)

    def test_damage_in_a_mirror_is_like_a_dead_disk_that_scrub_repairs(self):
        inputs = calm(zones=2, shards=1, needed=1, rot=1e5, scrub_days=20.0)
        rate, found = inputs.block_rot(), 2 / inputs.scrub_years()
        self.assert_near(mean_years(inputs), (3 * rate + found) / (2 * rate ** 2))

    def test_outages_lose_what_they_destroy_and_nothing_else(self):
        inputs = calm(zones=1, shards=1, needed=1, outages=5.0, outage_fatal=0.125)
        self.assert_near(mean_years(inputs), 8 * (1 / 5 + inputs.outage_years()))
        self.assertEqual(math.inf, mean_years(calm(outages=5.0)))

    def test_a_mirrored_zone_lives_longer_than_its_disks(self):
        inputs = Inputs(disks=2, spare_disks=1)
        rate, repair = inputs.disk_rate(), 1 / inputs.rebuild_years()
        self.assert_near(inputs.zone_loss_rate(), 2 * rate ** 2 / (3 * rate + repair))

    def test_tiny_probabilities_keep_their_digits(self):
        inputs = calm(zones=2, shards=1, needed=1, afr=1e-9)
        rate, repair = inputs.disk_rate(), 1 / inputs.refill_years()
        self.assert_near(mean_years(inputs), (3 * rate + repair) / (2 * rate ** 2))

    def test_a_slow_chain_is_lost_at_a_steady_rate(self):
        inputs = Inputs()
        found = durability_chain.lost_within(dataclasses.replace(inputs, outage_hours=40.0).chain(), 0.5)
        expected = 0.5 / mean_years(dataclasses.replace(inputs, outage_hours=40.0))
        self.assertLess(abs(found / expected - 1), 0.03)


class Order(unittest.TestCase):
    def assert_grows(self, name, values, read=lambda it: it.one_object):
        rates = [read(answer(Inputs(**{name: value}))) for value in values]
        self.assertEqual(rates, sorted(rates), name)
        self.assertLess(rates[0], rates[-1], name)

    def test_worse_is_never_better(self):
        self.assert_grows("afr", [0.001, 0.01, 0.1, 0.5])
        self.assert_grows("replace_hours", [0.0, 1.0, 24.0, 500.0])
        self.assert_grows("refill_mib", [500.0, 60.0, 5.0, 1.0])
        self.assert_grows("zone_tb", [0.1, 1.0, 10.0, 100.0])
        self.assert_grows("disks", [1, 2, 8])
        self.assert_grows("outages", [0.0, 1.0, 10.0, 100.0])
        self.assert_grows("outage_hours", [0.1, 1.0, 10.0, 100.0])
        self.assert_grows("outage_fatal", [0.0, 0.001, 0.1, 1.0])
        self.assert_grows("rot", [0.0, 1.0, 100.0, 10000.0])
        self.assert_grows("ure", [0.0, 1e-16, 1e-14, 1e-12])
        self.assert_grows("scrub_days", [1.0, 14.0, 365.0, 10000.0])
        self.assert_grows("object_mib", [1.0, 100.0, 10000.0])
        self.assert_grows("region_hours", [1.0, 100.0, 1000.0], lambda it: it.both_regions)

    def test_no_scrub_is_worse_than_any(self):
        never, rarely = (answer(Inputs(scrub_days=days)).one_object for days in (0.0, 3650.0))
        self.assertGreater(never, rarely)


class BothWays(unittest.TestCase):
    def run_check(self, runs, *names):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            agree = durability.check(seed=3, runs=runs, names=names)
        return agree, out.getvalue()

    def test_chain_and_simulation_agree(self):
        agree, out = self.run_check(60, "disks and outages", "everything", "three copies")
        self.assertTrue(agree, out)

    def test_a_chain_that_is_wrong_by_half_is_found(self):
        right = durability_chain.lost_within
        with unittest.mock.patch("durability_chain.lost_within", lambda chain, years: 1.5 * right(chain, years)):
            agree, out = self.run_check(100, "everything")
        self.assertFalse(agree, out)
        self.assertIn("WRONG", out)


class Refusals(unittest.TestCase):
    def test_senseless_input_gets_one_sentence(self):
        for words, said in [("--afr 1.5", "below 1"), ("--afr -0.1", "not negative"), ("--refill-mib 0", "greater than 0"),
                            ("--zone-tb nan", "must be a number"), ("--outage-fatal 2", "probability"), ("--spare-disks 1", "no 1 can be spare"),
                            ("--needed 7", "hold 6"), ("--zones 9", "too many states"), ("--runs 5", "say nothing"), ("--replace-hours inf", "must be")]:
            with self.subTest(words), self.assertRaises(SystemExit) as refused:
                durability.parse(words.split())
            self.assertIn(said, str(refused.exception))

    def test_unknown_words_are_refused(self):
        for words in ("--disk 3", "--table weather", "--zones many"):
            with self.subTest(words), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as refused:
                durability.parse([*words.split(), "--afr", "0.1"])
            self.assertEqual(2, refused.exception.code)

    def test_the_defaults_are_accepted(self):
        self.assertEqual(Inputs(), durability.parse([])[1])


class Page(unittest.TestCase):
    def test_each_table_of_the_page_is_what_its_command_prints(self):
        quoted = re.findall(r"`tools/durability\.py ([^`]*--table [^`]*)`[^\n]*\n\n((?:\|[^\n]*\n)+)", PAGE.read_text())
        self.assertGreater(len(quoted), 4)
        for words, lines in quoted:
            with self.subTest(words):
                arguments, inputs = durability.parse(shlex.split(words))
                self.assertEqual(lines.rstrip("\n"), durability.table(inputs, arguments.table))


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    bad = len(done.failures) + len(done.errors)
    print(f"{done.testsRun - bad} passed, {bad} failed")
    raise SystemExit(1 if bad else 0)
