#!/usr/bin/env python3
"""How likely is a region to lose an object in a year? docs/durability.md says what is assumed and what came out.

    tools/durability.py                       the inputs, and what follows from them
    tools/durability.py --table afr           how that depends on one input (--table all: on each)
    tools/durability.py --check               Markov chain against simulation where losses are frequent; fails when they differ

Every input is an option (--help) and holds for all three, except that --check brings its own. Standard library only.
"""
import argparse
import dataclasses
import math
import sys

import durability_chain
import durability_simulation

YEAR_HOURS = 8766.0
MIB = 1 << 20
GOAL = 1e-12  # Twelve nines.
SIGMAS_MAX = 4.0  # Between chain and memoryless simulation: the same assumptions, so only chance is left.
# Of the simulation in which things take what they take, against the chain: the chain may fear too much (three damages between
# two scrubs are rarer when scrub comes regularly), hardly too little.
TOO_MUCH, TOO_LITTLE = -0.35, 0.10


def option(default, words):
    return dataclasses.field(default=default, metadata={"words": words})


@dataclasses.dataclass(frozen=True)
class Inputs:
    zones: int = option(3, "zones")
    shards: int = option(2, "shards of a stripe in each zone")
    needed: int = option(4, "shards that give the stripe back")
    disks: int = option(1, "disks below a zone's directory")
    spare_disks: int = option(0, "disks of a zone that may die without loss (its own RAID): 0 none or striped, 1 mirror or RAID 5, 2 RAID 6")
    afr: float = option(0.0157, "part of the disks that dies in a year")
    zone_tb: float = option(8.0, "TB of shards in a zone")
    detect_seconds: float = option(0.25, "seconds until a lost zone is noticed")
    replace_hours: float = option(24.0, "hours until a dead disk is replaced and the zone's directory is there again, empty")
    refill_mib: float = option(50.0, "MiB/s of its own shards at which an empty zone is refilled")
    rebuild_hours: float = option(36.0, "hours until the zone's own RAID is whole again, with the replacement")
    outages: float = option(2.0, "times a year that a zone cannot be reached")
    outage_hours: float = option(4.0, "hours that this lasts")
    outage_fatal: float = option(0.001, "part of these after which the zone comes back empty")
    rot: float = option(1.0, "blocks that are damaged a year, for each TB stored")
    ure: float = option(1e-15, "probability that a bit cannot be read when a zone is refilled")
    scrub_days: float = option(14.0, "days from one scrub to the next; 0: none")
    block_kib: float = option(64.0, "KiB of a block, which one damage takes whole")
    object_mib: float = option(4.0, "MiB of the object that is asked about")
    region_hours: float = option(168.0, "hours until what one region lost is back from the other (for two regions)")

    def problem(self):
        """One sentence, or None."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not math.isfinite(value) or value < 0:
                return f"{flag(field.name)} is {value}; it must be a number and not negative"
        for name in ("zones", "shards", "needed", "disks", "zone_tb", "refill_mib", "outage_hours", "block_kib", "object_mib", "region_hours"):
            if getattr(self, name) <= 0:
                return f"{flag(name)} must be greater than 0"
        for name in ("outage_fatal", "ure"):
            if getattr(self, name) > 1:
                return f"{flag(name)} is a probability, at most 1"
        if self.afr >= 1:
            return "--afr is a part of all disks, below 1 (0.0157 is 1.57 %)"
        if self.spare_disks >= self.disks:
            return f"of {self.disks} disks no {self.spare_disks} can be spare"
        if self.needed > self.zones * self.shards:
            return f"{self.needed} shards are needed, but {self.zones} zones with {self.shards} each hold {self.zones * self.shards}"
        if self.zones > 4 or self.shards > 4:
            return "more than 4 zones or 4 shards in each make too many states"
        return None

    # What follows, in years and a year.

    def disk_rate(self):
        return -math.log1p(-self.afr)

    def rebuild_years(self):
        return self.rebuild_hours / YEAR_HOURS

    def replace_years(self):
        return (self.detect_seconds / 3600 + self.replace_hours) / YEAR_HOURS

    def refill_all_years(self):
        return self.zone_tb * 1e12 / (self.refill_mib * MIB) / 3600 / YEAR_HOURS

    def refill_years(self):
        """Until an average row is back: the refill goes from the first to the last."""
        return self.replace_years() + self.refill_all_years() / 2

    def outage_years(self):
        return self.outage_hours / YEAR_HOURS

    def scrub_years(self):
        return self.scrub_days * 24 / YEAR_HOURS if self.scrub_days else math.inf

    def block_rot(self):
        return self.rot * self.block_kib * 1024 / 1e12

    def unreadable(self):
        return -math.expm1(self.block_kib * 1024 * 8 * math.log1p(-self.ure)) if self.ure < 1 else 1.0

    def zone_loss_rate(self):
        """Of disks alone: a chain of its own when the zone can spare some."""
        rate = self.disk_rate()
        if rate == 0 or not self.spare_disks:
            return self.disks * rate
        chain = {}
        for dead in range(self.spare_disks + 1):
            following = dead + 1 if dead < self.spare_disks else durability_chain.LOST
            chain[dead] = {following: (self.disks - dead) * rate}
            if dead:
                chain[dead][dead - 1] = dead / self.rebuild_years() if self.rebuild_hours else 1e9
        return 1 / durability_chain.mean_years(chain)

    def rows_of_object(self):
        return math.ceil(self.object_mib * 1024 / (self.needed * self.block_kib))

    def rows_of_region(self):
        return self.zone_tb * 1e12 / (self.shards * self.block_kib * 1024)

    def chain(self):
        return durability_chain.build(durability_chain.Rates(
            zones=self.zones, shards=self.shards, needed=self.needed, zone_loss=self.zone_loss_rate(),
            refill=1 / max(self.refill_years(), 1e-12), outage=self.outages, outage_end=1 / self.outage_years(),
            outage_fatal=self.outage_fatal, rot=self.block_rot(), scrub=2 / self.scrub_years(), unreadable=self.unreadable()))


@dataclasses.dataclass(frozen=True)
class Answer:
    """Rates a year."""
    zones: float        # Too many zones at once: all objects share that fate.
    blocks: float       # Damaged blocks play a part: an object of that size by itself.
    any_object: float   # That the region loses anything at all.
    both_regions: float

    @property
    def one_object(self):
        return self.zones + self.blocks


def flag(name):
    return "--" + name.replace("_", "-")


def answer(inputs):
    of_zones = 1 / durability_chain.mean_years(dataclasses.replace(inputs, rot=0.0, ure=0.0).chain())
    of_row = 1 / durability_chain.mean_years(inputs.chain())
    of_blocks = max(0.0, of_row - of_zones)
    one = of_zones + of_blocks * inputs.rows_of_object()
    pair = {2: {1: 2 * one}, 1: {2: YEAR_HOURS / inputs.region_hours, durability_chain.LOST: one}}
    both = 1 / durability_chain.mean_years(pair) if one else 0.0
    return Answer(of_zones, of_blocks * inputs.rows_of_object(), of_zones + of_blocks * inputs.rows_of_region(), both)


def probability(rate):
    return -math.expm1(-rate)


def nines(rate):
    p = probability(rate)
    return f"{-math.log10(p):.1f}" if p else "all"


def show_probability(rate):
    return f"{probability(rate):.1e}"


# Tables

TABLES = {
    "afr": ("disks that die in a year", "afr", [0.005, 0.01, 0.0157, 0.03, 0.06, 0.12]),
    "refill": ("refill, MiB/s", "refill_mib", [6.25, 12.5, 25.0, 50.0, 100.0, 400.0]),
    "replace": ("hours until the disk is replaced", "replace_hours", [0.0, 1.0, 4.0, 24.0, 72.0, 168.0]),
    "outages": ("outages of a zone in a year", "outages", [0.0, 0.5, 2.0, 12.0, 52.0]),
    "outage-length": ("hours of an outage", "outage_hours", [0.25, 4.0, 24.0, 168.0]),
    "fatal": ("part of the outages that is fatal", "outage_fatal", [0.0, 0.0001, 0.001, 0.01, 0.1]),
    "rot": ("damaged blocks a TB and year", "rot", [0.0, 0.1, 1.0, 10.0, 100.0, 1000.0]),
    "ure": ("unreadable bits", "ure", [0.0, 1e-17, 1e-16, 1e-15, 1e-14]),
    "scrub": ("days from scrub to scrub (0: none)", "scrub_days", [1.0, 7.0, 14.0, 28.0, 90.0, 365.0, 0.0]),
    "size": ("TB in a zone", "zone_tb", [0.5, 2.0, 8.0, 20.0, 100.0]),
}
CHOICES = {
    "causes": ("without", [
        ("as it is", {}), ("disks that die", {"afr": 0.0}), ("fatal outages", {"outage_fatal": 0.0}),
        ("any outage", {"outages": 0.0}), ("bit rot and unreadable bits", {"rot": 0.0, "ure": 0.0})]),
    "disks": ("a zone is", [
        ("one disk", {}), ("4 disks, striped", {"disks": 4}), ("a mirror of 2", {"disks": 2, "spare_disks": 1}),
        ("RAID 5 of 5", {"disks": 5, "spare_disks": 1}), ("RAID 6 of 6", {"disks": 6, "spare_disks": 2})]),
    "layouts": ("layout", [
        ("bodies: 4+2 over three zones", {}),
        ("rows: three copies, not scrubbed", {"shards": 1, "needed": 1, "block_kib": 16.0, "object_mib": 0.015625, "scrub_days": 0.0,
                                              "zone_tb": 0.5})]),
    "care": ("what is done", [
        ("one disk a zone", {}), ("+ a spare directory ready: replaced in an hour", {"replace_hours": 1.0}),
        ("+ zones of 2 TB", {"replace_hours": 1.0, "zone_tb": 2.0}),
        ("each zone a mirror", {"disks": 2, "spare_disks": 1}),
        ("each zone RAID 6 of 6", {"disks": 6, "spare_disks": 2}),
        ("each zone RAID 6 of 6, no outage fatal", {"disks": 6, "spare_disks": 2, "outage_fatal": 0.0})]),
}


def table(inputs, name):
    if name in TABLES:
        title, field, values = TABLES[name]
        cases = [(f"{value:g}", {field: value}) for value in values]
    else:
        title, cases = CHOICES[name]
    lines = [f"| {title} | an object is lost in a year | nines | of it by zones | of it with bad blocks | anything is lost | two regions: nines |",
             "|---|---|---|---|---|---|---|"]
    for words, changes in cases:
        changed = dataclasses.replace(inputs, **changes)
        if problem := changed.problem():
            sys.exit(f"tools/durability.py: {problem}")
        it = answer(changed)
        lines.append(f"| {words} | {show_probability(it.one_object)} | {nines(it.one_object)} | {show_probability(it.zones)} | "
                     f"{show_probability(it.blocks)} | {show_probability(it.any_object)} | {nines(it.both_regions)} |")
    return "\n".join(lines)


def summary(inputs):
    it = answer(inputs)
    words = {field.name: field.metadata["words"] for field in dataclasses.fields(inputs)}
    lines = [f"{flag(name):<16}{getattr(inputs, name):>10g}   {text}" for name, text in words.items()]
    hours = inputs.refill_all_years() * YEAR_HOURS
    lines += ["", f"a zone loses its data        {inputs.zone_loss_rate():.2e} times a year by its disks, "
                  f"{inputs.outages * inputs.outage_fatal:.2e} by outages",
              f"then it is whole again       {inputs.replace_hours + hours:.1f} h later ({inputs.replace_hours:g} h to replace, {hours:.1f} h to refill)",
              f"an object lost in a year     {show_probability(it.one_object)}, {nines(it.one_object)} nines: "
              f"{show_probability(it.zones)} by zones, {show_probability(it.blocks)} with bad blocks",
              f"anything lost in a year      {show_probability(it.any_object)} (of {inputs.rows_of_region():.2g} rows of blocks)",
              f"against twelve nines         {probability(it.one_object) / GOAL:.2g} times as likely",
              f"lost in two regions          {show_probability(it.both_regions)}, {nines(it.both_regions)} nines"]
    return "\n".join(lines)


# Both ways of counting

DIE = {"afr": 0.7, "zone_tb": 4.0, "replace_hours": 30.0, "refill_mib": 60.0}
CALM = {"outages": 0.0, "outage_fatal": 0.0, "rot": 0.0, "ure": 0.0}
CHECKS = {  # name: (inputs, years, rows)
    "disks": ({**CALM, **DIE}, 5.0, 12),
    "disks and outages": ({**CALM, **DIE, "outages": 12.0, "outage_hours": 72.0, "outage_fatal": 0.02}, 4.0, 12),
    "rot and scrub": ({**CALM, "afr": 0.0, "rot": 1.2e7, "scrub_days": 28.0}, 4.0, 40),
    "disks and rot": ({**CALM, **DIE, "afr": 0.3, "rot": 1e6}, 4.0, 24),
    "unreadable bits": ({**CALM, **DIE, "afr": 0.3, "ure": 1e-7}, 4.0, 24),
    "everything": ({**DIE, "afr": 0.5, "outages": 12.0, "outage_hours": 48.0, "outage_fatal": 0.01, "rot": 1e6, "ure": 1e-8}, 4.0, 16),
    "striped disks": ({**CALM, **DIE, "afr": 0.3, "disks": 3}, 4.0, 12),
    "mirrored disks": ({**CALM, **DIE, "afr": 0.97, "disks": 2, "spare_disks": 1, "rebuild_hours": 168.0}, 8.0, 12),
    "three copies": ({**CALM, **DIE, "afr": 0.95, "replace_hours": 200.0, "shards": 1, "needed": 1, "rot": 4e6}, 4.0, 12),
}


def check(seed, runs, names=tuple(CHECKS)):
    """Prints a line a case; gives whether all agree."""
    print("| case | years | chain | simulation, memoryless | off by | simulation, as it takes | off by |")
    print("|---|---|---|---|---|---|---|")
    agree = True
    for number, name in enumerate(names):
        changes, years, rows = CHECKS[name]
        inputs = Inputs(**changes)
        expected = durability_chain.lost_within(inputs.chain(), years)
        same, same_error = durability_simulation.lost_within(inputs, years, runs, rows, True, seed + 2 * number)
        plain, plain_error = durability_simulation.lost_within(inputs, years, runs, rows, False, seed + 2 * number + 1)
        sigmas = (same - expected) / same_error if same_error else math.inf
        difference = plain / expected - 1
        is_same, margin = abs(sigmas) <= SIGMAS_MAX, SIGMAS_MAX * plain_error / expected
        is_near = TOO_MUCH - margin <= difference <= TOO_LITTLE + margin
        agree = agree and is_same and is_near
        print(f"| {name} | {years:g} | {expected:.4f} | {same:.4f} +- {same_error:.4f} | {sigmas:+.1f} sigma{'' if is_same else ' WRONG'} | "
              f"{plain:.4f} +- {plain_error:.4f} | {100 * difference:+.1f} %{'' if is_near else ' WRONG'} |", flush=True)
    return agree


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False,
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for field in dataclasses.fields(Inputs):
        parser.add_argument(flag(field.name), type=type(field.default), default=field.default, metavar="N", help=field.metadata["words"])
    parser.add_argument("--table", choices=[*TABLES, *CHOICES, "all"], help="print how the answer depends on this")
    parser.add_argument("--check", action="store_true", help="compare chain and simulation at accelerated rates")
    parser.add_argument("--runs", type=int, default=1000, help="runs of each simulation")
    parser.add_argument("--seed", type=int, default=1, help="of the simulations")
    arguments = parser.parse_args(words)
    inputs = Inputs(**{field.name: getattr(arguments, field.name) for field in dataclasses.fields(Inputs)})
    if problem := inputs.problem():
        sys.exit(f"tools/durability.py: {problem}")
    if arguments.runs < 100:
        sys.exit("tools/durability.py: fewer than 100 --runs say nothing")
    return arguments, inputs


def main():
    arguments, inputs = parse(sys.argv[1:])
    if arguments.check:
        sys.exit(0 if check(arguments.seed, arguments.runs) else "tools/durability.py: chain and simulation differ")
    if arguments.table:
        names = [*CHOICES, *TABLES] if arguments.table == "all" else [arguments.table]
        print("\n\n".join(f"{name}:\n\n{table(inputs, name)}" if len(names) > 1 else table(inputs, name) for name in names))
    else:
        print(summary(inputs))


if __name__ == "__main__":
    main()
