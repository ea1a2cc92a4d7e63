"""What can happen to one row of coded blocks as a continuous-time Markov chain, solved exactly.

A row is the unit that is coded by itself (docs/formats/blob-segment.md): `shards` blocks in each zone, any `needed` of which
give it back. Of each zone the chain knows whether the row's blocks are there, whether the zone is away, and how many of its
blocks are bad and not found yet. The solver never subtracts, so tiny probabilities keep their digits.
"""
import math
from typing import NamedTuple

LOST = "lost"


class ZoneRow(NamedTuple):
    """One zone's part of the row."""
    there: bool  # False: the zone lost its data and this row is not refilled yet.
    away: bool   # Cannot be reached; what it holds is kept.
    bad: int     # Blocks damaged and not found yet.


class Rates(NamedTuple):
    """Everything a year, or a probability."""
    zones: int
    shards: int
    needed: int
    zone_loss: float     # A zone loses what it holds.
    refill: float        # 1 / mean time until a row is back in its zone.
    outage: float
    outage_end: float
    outage_fatal: float  # Probability that a zone comes back empty.
    rot: float           # Of one block.
    scrub: float         # 1 / mean age of damage when scrub finds it; 0: never.
    unreadable: float    # Probability that a block cannot be read when a row is refilled.


def good(rates, zone):
    return rates.shards - zone.bad if zone.there else 0


def is_lost(rates, state):
    return sum(good(rates, zone) for zone in state) < rates.needed


def refill_loses(rates, state, readable):
    """Probability that too few blocks are left when each that is read fails by itself."""
    margin = sum(good(rates, zone) for zone in state) - rates.needed
    p = rates.unreadable
    return sum(math.comb(readable, n) * p ** n * (1 - p) ** (readable - n) for n in range(margin + 1, readable + 1))


def transitions(rates, state):
    """Yields (rate, next state); zones are alike, so a state is sorted."""
    readable = sum(good(rates, zone) for zone in state if not zone.away)
    for i, zone in enumerate(state):
        def becomes(**changes):
            after = tuple(sorted(state[:i] + (zone._replace(**changes),) + state[i + 1:]))
            return LOST if is_lost(rates, after) else after
        if zone.there:
            yield rates.zone_loss, becomes(there=False, bad=0)
            yield rates.rot * (rates.shards - zone.bad), becomes(bad=min(rates.shards, zone.bad + 1))
        elif not zone.away and readable >= rates.needed:
            loses = refill_loses(rates, state, readable)
            yield rates.refill * loses, LOST
            yield rates.refill * (1 - loses), becomes(there=True)
        if zone.away:
            yield rates.outage_end * (1 - rates.outage_fatal), becomes(away=False)
            yield rates.outage_end * rates.outage_fatal, becomes(away=False, there=False, bad=0)
        else:
            yield rates.outage, becomes(away=True)
    if readable >= rates.needed:
        healed = tuple(sorted(zone if zone.away else zone._replace(bad=0) for zone in state))
        if healed != state:
            yield rates.scrub, healed


def build(rates):
    """The chain as {state: {next: rate}} in the order of discovery; the first state is the whole one."""
    whole = (ZoneRow(there=True, away=False, bad=0),) * rates.zones
    chain, todo = {}, [whole]
    while todo:
        state = todo.pop(0)
        if state in chain:
            continue
        out = chain[state] = {}
        for rate, after in transitions(rates, state):
            if rate > 0 and after != state:
                out[after] = out.get(after, 0.0) + rate
                if after != LOST:
                    todo.append(after)
    return chain


def mean_years(chain):
    """Mean time from the first state until LOST, by eliminating states (Grassmann, Taksar, Heyman); infinite if it cannot be."""
    out = {state: dict(after) for state, after in chain.items()}
    into = {state: set() for state in chain}
    for state, after in out.items():
        for target in after:
            if target != LOST:
                into[target].add(state)
    spent = dict.fromkeys(chain, 1.0)  # Divided by the rate out of the state: years spent there.
    first, *others = chain
    for gone in reversed(others):
        onward = out.pop(gone)
        total = sum(onward.values())
        for target in onward:
            if target != LOST:
                into[target].discard(gone)
        for source in into.pop(gone):
            share = out[source].pop(gone) / total if total else 0.0
            spent[source] += share * spent[gone]
            for target, rate in onward.items():
                if target != source:
                    out[source][target] = out[source].get(target, 0.0) + share * rate
                    if target != LOST:
                        into[target].add(source)
    losing = out[first].get(LOST, 0.0)
    return spent[first] / losing if losing else math.inf


def lost_within(chain, years):
    """Probability of LOST after so long from the first state, by uniformization."""
    number = {state: i for i, state in enumerate(chain)}
    edges = [[(number[after], rate) for after, rate in out.items() if after != LOST] for out in chain.values()]
    losing = [out.get(LOST, 0.0) for out in chain.values()]
    leaving = [sum(out.values()) for out in chain.values()]
    fastest = max(leaving)
    pieces = max(1, math.ceil(fastest * years / 500))  # exp(-500) is still a number.
    mean = fastest * years / pieces
    now, lost = [1.0] + [0.0] * (len(chain) - 1), 0.0
    for _ in range(pieces):
        weight = math.exp(-mean)
        step, step_lost = now, 0.0
        mixed, mixed_lost, seen, jumps = [weight * p for p in step], 0.0, weight, 0
        while jumps < mean or weight > 1e-18:
            jumps += 1
            following = [p * (1 - leaving[i] / fastest) for i, p in enumerate(step)]
            for i, p in enumerate(step):
                if p:
                    step_lost += p * losing[i] / fastest
                    for target, rate in edges[i]:
                        following[target] += p * rate / fastest
            step = following
            weight *= mean / jumps
            seen += weight
            mixed = [m + weight * p for m, p in zip(mixed, step)]
            mixed_lost += weight * step_lost
        now, lost = [m / seen for m in mixed], lost + mixed_lost / seen
    return lost
