"""The races of a play, and every way in which they can go.

A group of requests can be handled in any order; a step at an instant of its job's course can fall before it, on it or
behind it. What a scenario says is one way; here are the others, in a fixed order: first those that differ from the
scenario in one race only, then in two, and so on. Requests that are alike are not told apart: who of twins comes
first is no question.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product
from math import factorial, prod
from typing import Any, Final, NamedTuple

from mockserver.core.instants import MILLISECOND, SECOND, Duration
from mockserver.runner.timing import told
from mockserver.scenario.model import Moment, PlayStep, Scenario

NEAREST: Final[Duration] = MILLISECOND
"""How far before and behind an instant its sides are, where a step is right on it."""
FARTHEST: Final[Duration] = SECOND
"""A step farther from an instant than this is no race with it."""
_SIDES: Final = (("lt", -1), ("eq", 0), ("gt", 1))


class Way(NamedTuple):
    """One way in which a race can go."""

    code: str
    """In a token: `ba` for the second request first; `lt`, `eq` or `gt` for before, on and behind an instant."""
    says: str
    """For people: `handled second-tab, first-tab`, or `1ms before completed`."""
    change: tuple[str, Any]
    """The field of the step that makes it so, and its value."""


class Race(NamedTuple):
    """A place in a play where it may go otherwise."""

    place: int
    """Of the step among the play's."""
    line: int
    ways: tuple[Way, ...]
    """The first is the scenario's own; where there are very many, those beyond the bound are left out."""
    total: int
    """How many there are."""


def races(scenario: Scenario, most: int) -> tuple[Race, ...]:
    """The races of a play; of each at most so many ways are listed."""
    return tuple(race for place, step in enumerate(scenario.play) for race in _of(place, step, most))


def _of(place: int, step: PlayStep, most: int) -> Iterator[Race]:
    if step.moment is not None and abs(step.moment.offset) <= FARTHEST:
        yield Race(place, step.line, tuple(_sides(step.moment)), len(_SIDES))
    twins = _twins(step)
    total = factorial(len(twins)) // prod(factorial(count) for count in Counter(twins.values()).values())
    if total > 1:
        orders = islice(_arranged(step.order, twins), most)
        yield Race(place, step.line, tuple(_ordered(step, order) for order in orders), total)


def _sides(moment: Moment) -> Iterator[Way]:
    """The three sides of an instant, the one that the scenario takes first."""
    by = abs(moment.offset) or NEAREST
    sides = [(code, moment._replace(offset=sign * by)) for code, sign in _SIDES]
    for code, side in sorted(sides, key=lambda one: one[1] != moment):
        yield Way(code, told(side), ("moment", side))


def _twins(step: PlayStep) -> dict[int, int]:
    """Each request of a group, and the first one that is like it."""
    plain = [
        replace(member, line=0, column=0, label="", expect=member.expect._replace(line=0)) for member in step.together
    ]
    return {place: plain.index(member) for place, member in enumerate(plain)}


def _arranged(order: tuple[int, ...], twins: Mapping[int, int]) -> Iterator[tuple[int, ...]]:
    """Every order of a group's requests, the given one first; twins stay in its order."""
    if not order:
        yield ()
    tried: set[int] = set()
    for rank, place in enumerate(order):
        if twins[place] not in tried:
            tried.add(twins[place])
            rest = (*order[:rank], *order[rank + 1 :])
            yield from ((place, *following) for following in _arranged(rest, twins))


def way(scenario: Scenario, race: Race, code: str) -> Way:
    """The way of a race that a token's word means."""
    step = scenario.play[race.place]
    if race.ways[0].change[0] == "order":
        return _ordered(step, tuple(ord(letter) - ord("a") for letter in code))
    return next(side for side in race.ways if side.code == code)


def _ordered(step: PlayStep, order: tuple[int, ...]) -> Way:
    names = "handled " + ", ".join(_name(step, place) for place in order)
    return Way("".join(chr(ord("a") + place) for place in order), names, ("order", order))


def _name(step: PlayStep, place: int) -> str:
    """What a request of a group is called: its name, else what it does and its place."""
    member = step.together[place]
    return member.label or f"{member.operation or 'call'} {place + 1}"


Ways = tuple[Way, ...]
"""One way for each race of a play."""


def all_ways(found: Sequence[Race]) -> Iterator[Ways]:
    """Every way in which a play can go, the scenario's own first, then those that differ from it in ever more races."""
    usual = tuple(race.ways[0] for race in found)
    for count in range(len(found) + 1):
        for which in combinations(range(len(found)), count):
            for others in product(*(found[place].ways[1:] for place in which)):
                ways = dict(zip(which, others, strict=True))
                yield tuple(ways.get(place, way) for place, way in enumerate(usual))


def total(found: Sequence[Race]) -> int:
    """How many ways there are."""
    return prod(race.total for race in found)


def going(scenario: Scenario, found: Sequence[Race], ways: Ways) -> Scenario:
    """The scenario with its races going that way."""
    steps = list(scenario.play)
    for race, way in zip(found, ways, strict=True):
        name, value = way.change
        steps[race.place] = replace(steps[race.place], **{name: value})
    return replace(scenario, play=tuple(steps))
