"""The same region as tools/durability_chain.py assumes, simulated event by event, and written without it.

Here there are disks that die one by one, zones, a person who brings a disk, a refill that goes from row to row and stands
still while it cannot read, damage that hits single blocks, and a scrub that walks. With `memoryless` what takes its time (a new
disk, refill, scrub) takes an exponential time of the same mean, as in the chain: then both must agree. Without it these
take what they take: that shows what the simplification costs.
"""
import heapq
import itertools
import math
import random


class Row:
    """Blocks as bits: zone z holds those of `mask` << (z * shards)."""

    def __init__(self, zones, shards):
        self.blocks = (1 << zones * shards) - 1
        self.absent = [False] * zones  # Lost with the zone, and not refilled.
        self.is_lost = False


class Region:
    def __init__(self, inputs, rows, memoryless, chance):
        self.inputs, self.memoryless, self.chance = inputs, memoryless, chance
        self.rows = [Row(inputs.zones, inputs.shards) for _ in range(rows)]
        self.mask = (1 << inputs.shards) - 1
        self.away = [False] * inputs.zones
        self.failed_disks = [0] * inputs.zones
        self.life = [0] * inputs.zones  # Of the zone's data: timers of an earlier life are not heard.
        self.now, self.lost = 0.0, 0
        self.events, self.order = [], itertools.count()

    def after(self, years, what, *arguments):
        if years < math.inf:
            heapq.heappush(self.events, (self.now + years, next(self.order), what, arguments))

    def wait(self, rate):
        return self.chance.expovariate(rate) if rate > 0 else math.inf

    def takes(self, years):
        """How long something takes that takes so long on average."""
        return self.chance.expovariate(1 / years) if self.memoryless else years

    def run(self, years):
        """Gives the fraction of rows that are lost by then."""
        inputs = self.inputs
        for zone in range(inputs.zones):
            for _ in range(inputs.disks):
                self.after(self.wait(inputs.disk_rate()), self.disk_dies, zone)
            self.after(self.wait(inputs.outages), self.zone_leaves, zone)
        self.after(self.wait(self.rot_rate()), self.block_rots)
        if inputs.rot and inputs.scrub_years() < math.inf:
            if self.memoryless:
                self.after(self.wait(self.scrub_rate()), self.scrub_any)
            else:
                start = self.chance.random()
                for i, row in enumerate(self.rows):
                    self.after((i + start) / len(self.rows) * inputs.scrub_years(), self.scrub_next, row)
        while self.events and self.lost < len(self.rows):
            self.now, _, what, arguments = heapq.heappop(self.events)
            if self.now > years:
                break
            what(*arguments)
        return self.lost / len(self.rows)

    # Disks and zones

    def disk_dies(self, zone):
        """A place for a disk has a timer that always runs; it means nothing while the disk there is dead."""
        self.after(self.wait(self.inputs.disk_rate()), self.disk_dies, zone)
        if self.chance.random() * self.inputs.disks < self.failed_disks[zone]:
            return
        self.failed_disks[zone] += 1
        if self.failed_disks[zone] > self.inputs.spare_disks:
            self.lose_zone(zone)
        else:
            self.after(self.takes(self.inputs.rebuild_years()), self.disk_is_rebuilt, zone, self.life[zone])

    def disk_is_rebuilt(self, zone, life):
        if life == self.life[zone]:
            self.failed_disks[zone] -= 1

    def lose_zone(self, zone):
        self.life[zone] += 1
        self.failed_disks[zone] = 0
        life = self.life[zone]
        for row in self.rows:
            row.absent[zone] = True
            row.blocks &= ~(self.mask << zone * self.inputs.shards)
            self.judge(row)
        if self.memoryless:
            for row in self.rows:
                self.after(self.takes(self.inputs.refill_years()), self.refill_one, zone, life, row)
        else:
            self.after(self.inputs.replace_years() + self.pace() / 2, self.refill_from, zone, life, 0)

    def zone_leaves(self, zone):
        self.away[zone] = True
        self.after(self.wait(1 / self.inputs.outage_years()), self.zone_returns, zone)

    def zone_returns(self, zone):
        self.away[zone] = False
        self.after(self.wait(self.inputs.outages), self.zone_leaves, zone)
        if self.chance.random() < self.inputs.outage_fatal:
            self.lose_zone(zone)

    # Rows

    def readable(self, row):
        blocks = row.blocks
        for zone, away in enumerate(self.away):
            if away:
                blocks &= ~(self.mask << zone * self.inputs.shards)
        return blocks

    def judge(self, row):
        if not row.is_lost and row.blocks.bit_count() < self.inputs.needed:
            row.is_lost = True
            self.lost += 1

    def pace(self):
        """Years from a row of the refill to the next."""
        return self.inputs.refill_all_years() / len(self.rows)

    def refill(self, zone, row):
        """Whether the row can be read."""
        readable = self.readable(row)
        if self.away[zone] or readable.bit_count() < self.inputs.needed:
            return False
        unreadable = sum(self.chance.random() < self.inputs.unreadable() for _ in range(readable.bit_count()))
        if row.blocks.bit_count() - unreadable < self.inputs.needed and not row.is_lost:
            row.is_lost = True
            self.lost += 1
        row.absent[zone] = False
        row.blocks |= self.mask << zone * self.inputs.shards
        return True

    def refill_one(self, zone, life, row):
        if life == self.life[zone] and not row.is_lost and not self.refill(zone, row):
            self.after(self.takes(self.inputs.refill_years()), self.refill_one, zone, life, row)

    def refill_from(self, zone, life, position):
        """The next row, as soon as it can be read; what is lost for ever is passed over."""
        if life != self.life[zone]:
            return
        row = self.rows[position]
        if row.is_lost or self.refill(zone, row):
            position += 1
        if position < len(self.rows):
            self.after(self.pace(), self.refill_from, zone, life, position)

    def rot_rate(self):
        return self.inputs.block_rot() * len(self.rows) * self.inputs.zones * self.inputs.shards

    def block_rots(self):
        self.after(self.wait(self.rot_rate()), self.block_rots)
        row = self.chance.choice(self.rows)
        row.blocks &= ~(1 << self.chance.randrange(self.inputs.zones * self.inputs.shards))
        self.judge(row)

    # Scrub

    def scrub_rate(self):
        """Found after half a period on average."""
        return 2 / self.inputs.scrub_years() * len(self.rows)

    def scrub_any(self):
        self.after(self.wait(self.scrub_rate()), self.scrub_any)
        self.scrub(self.chance.choice(self.rows))

    def scrub_next(self, row):
        self.after(self.inputs.scrub_years(), self.scrub_next, row)
        self.scrub(row)

    def scrub(self, row):
        if not row.is_lost and self.readable(row).bit_count() >= self.inputs.needed:
            for zone in range(self.inputs.zones):
                if not self.away[zone] and not row.absent[zone]:
                    row.blocks |= self.mask << zone * self.inputs.shards


def lost_within(inputs, years, runs, rows, memoryless, seed):
    """(fraction of rows lost, its standard error). Rows of a run share their zones' fate, so the error is that of runs."""
    chance = random.Random(seed)
    lost = [Region(inputs, rows, memoryless, chance).run(years) for _ in range(runs)]
    mean = sum(lost) / runs
    return mean, math.sqrt(sum((x - mean) ** 2 for x in lost) / (runs - 1) / runs)
