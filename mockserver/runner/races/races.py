"""The races of a play and all its interleavings.

A group of requests can be handled in any order, and a step at an instant of its job can fall before, on or after it.
The scenario picks one choice for each race; this module lists the others in a fixed order: first the interleavings
that differ from the scenario in one race only, then in two, and so on. Identical requests are interchangeable, so
orders that differ only in them count as one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product
from math import factorial, prod
from typing import Any, Final, NamedTuple

from mockserver.core.instants import MILLISECOND, SECOND, Duration
from mockserver.runner.play.step_times import describe_relative_time
from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import PlayStep

MIN_OFFSET: Final[Duration] = MILLISECOND
"""The distance of both sides from an instant if the step is right on it."""
MAX_OFFSET: Final[Duration] = SECOND
"""A step farther from an instant than this does not race with it."""
_SIDES: Final = (("lt", -1), ("eq", 0), ("gt", 1))


class Choice(NamedTuple):
    """One possible resolution of a race."""

    code: str
    """Its code in a token: `ba` for the second request first; `lt`, `eq` or `gt` for before, on and after."""
    description: str
    """Its text in a report: `handled second-tab, first-tab`, or `1ms before completed`."""
    field_change: tuple[str, Any]
    """The step's field that makes it so, and its value."""


class RacePoint(NamedTuple):
    """A race: a place in a play with more than one possible resolution."""

    step_index: int
    """The index of its step in the play."""
    line: int
    choices: tuple[Choice, ...]
    """The choices up to the limit, the scenario's own first."""
    choice_count: int
    """The number of choices without the limit."""


def find_races(scenario: Scenario, limit: int) -> tuple[RacePoint, ...]:
    """Return the races of a play, each with at most `limit` choices of its order."""
    return tuple(race for index, step in enumerate(scenario.play) for race in _races_of_step(index, step, limit))


def _races_of_step(index: int, step: PlayStep, limit: int) -> Iterator[RacePoint]:
    if step.relative_time is not None and abs(step.relative_time.offset) <= MAX_OFFSET:
        distance = abs(step.relative_time.offset) or MIN_OFFSET
        sides = [(code, step.relative_time._replace(offset=sign * distance)) for code, sign in _SIDES]
        sides.sort(key=lambda side: side[1] != step.relative_time)
        choices = [Choice(code, describe_relative_time(side), ("relative_time", side)) for code, side in sides]
        yield RacePoint(index, step.line, tuple(choices), len(_SIDES))
    requests = [
        replace(member, line=0, column=0, request_name="", expect=member.expect._replace(line=0))
        for member in step.together
    ]
    # By the index of each request, that of the first request identical to it.
    first_identical = {number: requests.index(request) for number, request in enumerate(requests)}
    # Permutations of a multiset: n! / (k1! * k2! * ...) for k identical requests of each sort.
    twins = Counter(first_identical.values()).values()
    count = factorial(len(first_identical)) // prod(factorial(number) for number in twins)
    if count > 1:
        orders = islice(_distinct_orders(step.order, first_identical), limit)
        yield RacePoint(index, step.line, tuple(_order_choice(step, order) for order in orders), count)


def _distinct_orders(order: tuple[int, ...], first_identical: Mapping[int, int]) -> Iterator[tuple[int, ...]]:
    """Yield every order of a group's requests, the given one first; identical requests stay in its order."""
    if not order:
        yield ()
    tried: set[int] = set()
    for rank, index in enumerate(order):
        # Only the first of identical requests may come next: the others would give the same order again.
        if first_identical[index] in tried:
            continue
        tried.add(first_identical[index])
        rest = (*order[:rank], *order[rank + 1 :])
        for following in _distinct_orders(rest, first_identical):
            yield (index, *following)


def choice_for_code(scenario: Scenario, race: RacePoint, code: str) -> Choice:
    """Return the choice of a race that a token's code names."""
    step = scenario.play[race.step_index]
    if race.choices[0].field_change[0] == "order":
        # An order may lie beyond the limit of listed choices, so it is made from its code.
        return _order_choice(step, tuple(ord(letter) - ord("a") for letter in code))
    return next(side for side in race.choices if side.code == code)


def _order_choice(step: PlayStep, order: tuple[int, ...]) -> Choice:
    code = "".join(chr(ord("a") + index) for index in order)
    names = []
    for index in order:
        member = step.together[index]
        names.append(member.request_name or f"{member.operation or 'call'} {index + 1}")
    return Choice(code, f"handled {', '.join(names)}", ("order", order))


Choices = tuple[Choice, ...]
"""One choice for each race of a play."""


def all_interleavings(points: Sequence[RacePoint]) -> Iterator[Choices]:
    """Yield every interleaving, the scenario's own first, then those that differ in one race, in two, and so on."""
    own_choices = [race.choices[0] for race in points]
    for changed_count in range(len(points) + 1):
        for changed in combinations(range(len(points)), changed_count):
            for others in product(*(points[index].choices[1:] for index in changed)):
                choices = list(own_choices)
                for index, choice in zip(changed, others, strict=True):
                    choices[index] = choice
                yield tuple(choices)


def interleaving_count(points: Sequence[RacePoint]) -> int:
    """Return the number of interleavings."""
    return prod(race.choice_count for race in points)


def apply_choices(scenario: Scenario, points: Sequence[RacePoint], choices: Choices) -> Scenario:
    """Return the scenario with its races resolved by these choices."""
    steps = list(scenario.play)
    # A step can have two races, and each changes another field of it.
    for race, choice in zip(points, choices, strict=True):
        name, value = choice.field_change
        steps[race.step_index] = replace(steps[race.step_index], **{name: value})
    return scenario._replace(play=tuple(steps))
