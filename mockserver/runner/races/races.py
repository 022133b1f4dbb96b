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
from mockserver.runner.play.step_times import describe_relative_time
from mockserver.scenario.model import PlayStep, RelativeTime, Scenario

MIN_OFFSET: Final[Duration] = MILLISECOND
"""How far before and behind an instant its sides are, where a step is right on it."""
MAX_OFFSET: Final[Duration] = SECOND
"""A step farther from an instant than this is no race with it."""
_SIDES: Final = (("lt", -1), ("eq", 0), ("gt", 1))


class Choice(NamedTuple):
    """One way in which a race can go."""

    code: str
    """In a token: `ba` for the second request first; `lt`, `eq` or `gt` for before, on and behind an instant."""
    description: str
    """For people: `handled second-tab, first-tab`, or `1ms before completed`."""
    field_change: tuple[str, Any]
    """The field of the step that makes it so, and its value."""


class RacePoint(NamedTuple):
    """A place in a play where it may go otherwise."""

    step_index: int
    """Of the step among the play's."""
    line: int
    choices: tuple[Choice, ...]
    """The first is the scenario's own; where there are very many, those beyond the bound are left out."""
    choice_count: int
    """How many there are."""


def find_races(scenario: Scenario, limit: int) -> tuple[RacePoint, ...]:
    """The races of a play; of each at most so many ways are listed."""
    return tuple(race for place, step in enumerate(scenario.play) for race in _races_of_step(place, step, limit))


def _races_of_step(place: int, step: PlayStep, limit: int) -> Iterator[RacePoint]:
    if step.relative_time is not None and abs(step.relative_time.offset) <= MAX_OFFSET:
        yield RacePoint(place, step.line, tuple(_time_choices(step.relative_time)), len(_SIDES))
    twins = _first_identical(step)
    total = factorial(len(twins)) // prod(factorial(count) for count in Counter(twins.values()).values())
    if total > 1:
        orders = islice(_distinct_orders(step.order, twins), limit)
        yield RacePoint(place, step.line, tuple(_order_choice(step, order) for order in orders), total)


def _time_choices(relative_time: RelativeTime) -> Iterator[Choice]:
    """The three sides of an instant, the one that the scenario takes first."""
    by = abs(relative_time.offset) or MIN_OFFSET
    sides = [(code, relative_time._replace(offset=sign * by)) for code, sign in _SIDES]
    for code, side in sorted(sides, key=lambda one: one[1] != relative_time):
        yield Choice(code, describe_relative_time(side), ("relative_time", side))


def _first_identical(step: PlayStep) -> dict[int, int]:
    """Each request of a group, and the first one that is like it."""
    plain = [
        replace(member, line=0, column=0, request_name="", expect=member.expect._replace(line=0))
        for member in step.together
    ]
    return {place: plain.index(member) for place, member in enumerate(plain)}


def _distinct_orders(order: tuple[int, ...], first_identical: Mapping[int, int]) -> Iterator[tuple[int, ...]]:
    """Every order of a group's requests, the given one first; twins stay in its order."""
    if not order:
        yield ()
    tried: set[int] = set()
    for rank, place in enumerate(order):
        if first_identical[place] not in tried:
            tried.add(first_identical[place])
            rest = (*order[:rank], *order[rank + 1 :])
            yield from ((place, *following) for following in _distinct_orders(rest, first_identical))


def choice_for_code(scenario: Scenario, race: RacePoint, code: str) -> Choice:
    """The way of a race that a token's word means."""
    step = scenario.play[race.step_index]
    if race.choices[0].field_change[0] == "order":
        return _order_choice(step, tuple(ord(letter) - ord("a") for letter in code))
    return next(side for side in race.choices if side.code == code)


def _order_choice(step: PlayStep, order: tuple[int, ...]) -> Choice:
    names = "handled " + ", ".join(_request_label(step, place) for place in order)
    return Choice("".join(chr(ord("a") + place) for place in order), names, ("order", order))


def _request_label(step: PlayStep, place: int) -> str:
    """What a request of a group is called: its name, else what it does and its place."""
    member = step.together[place]
    return member.request_name or f"{member.operation or 'call'} {place + 1}"


Choices = tuple[Choice, ...]
"""One way for each race of a play."""


def all_interleavings(points: Sequence[RacePoint]) -> Iterator[Choices]:
    """Every way in which a play can go, the scenario's own first, then those that differ from it in ever more races."""
    usual = tuple(race.choices[0] for race in points)
    for count in range(len(points) + 1):
        for which in combinations(range(len(points)), count):
            for others in product(*(points[place].choices[1:] for place in which)):
                ways = dict(zip(which, others, strict=True))
                yield tuple(ways.get(place, way) for place, way in enumerate(usual))


def interleaving_count(points: Sequence[RacePoint]) -> int:
    """How many ways there are."""
    return prod(race.choice_count for race in points)


def apply_choices(scenario: Scenario, points: Sequence[RacePoint], choices: Choices) -> Scenario:
    """The scenario with its races going that way."""
    steps = list(scenario.play)
    for race, way in zip(points, choices, strict=True):
        name, value = way.field_change
        steps[race.step_index] = replace(steps[race.step_index], **{name: value})
    return replace(scenario, play=tuple(steps))
