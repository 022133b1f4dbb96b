"""Tries every way in which the races of a play can go, each in a world of its own, and keeps those that break it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Final

from mockserver.runner.played import Order, Orders, Played, Verdict
from mockserver.runner.races import Race, Ways, all_ways, going, races, total
from mockserver.runner.suite import Suite
from mockserver.runner.tokens import token, ways_of
from mockserver.scenario.model import Scenario

MOST: Final = 200
"""Orders of one scenario that are tried unless more are asked for."""

WHOLE: Final = 20
"""Orders of which every step is kept; of more, only the steps that tell something against it."""

Progress = Callable[[int, int], None]
"""Called with how many orders were tried, and how many will be."""


def explore(suite: Suite, scenario: Scenario, seed: str, most: int, progress: Progress) -> Played | None:
    """The play as it is written, with what became of its other orders; None where nothing can go otherwise.

    `seed` is the one that was asked for instead of the scenario's own, or empty.
    """
    found = races(scenario, most)
    if not found:
        return None
    count = total(found)
    written: Played | None = None
    told: list[Order] = []
    tried = 0
    for tried, ways in enumerate(islice(all_ways(found), most), 1):
        progress(tried, min(count, most))
        played = suite.play(going(scenario, found, ways))
        written = written or played
        if played.verdict is not Verdict.OK:
            kept = played if len(told) < WHOLE else _in_short(played)
            told.append(Order(token(scenario, seed, ways), _told(found, ways), kept))
    assert written is not None  # noqa: S101 -- the first order is the scenario's own
    broken = tuple(order for order in told if order.played.verdict is Verdict.FAILED)
    unproved = tuple(order for order in told if order.played.verdict is Verdict.INCONCLUSIVE)
    return replace(written, scenario=scenario, orders=Orders(tried, count, broken, unproved))


def _in_short(played: Played) -> Played:
    """A play with the steps alone that failed or proved nothing: thousands of orders must fit into memory."""
    return replace(played, tried=tuple(step for step in played.tried if step.failures or step.inconclusive))


def again(scenario: Scenario, seed: str, written: str) -> Scenario:
    """The scenario with its races going as a token says; `MockError` where the token is not for it."""
    found = races(scenario, 1)
    return going(scenario, found, ways_of(scenario, seed, written))


def _told(found: tuple[Race, ...], ways: Ways) -> tuple[str, ...]:
    """What each step with a race did; one step may have two."""
    says: dict[int, list[str]] = {}
    for race, way in zip(found, ways, strict=True):
        says.setdefault(race.line, []).append(way.says)
    return tuple(f"line {line}: {', '.join(each)}" for line, each in says.items())
