"""Tries every way in which the races of a play can go, each in a world of its own, and keeps those that break it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Final

from mockserver.runner.play.results import Exploration, Interleaving, PlayOutcome, PlayResult
from mockserver.runner.races.races import (
    Choices,
    RacePoint,
    all_interleavings,
    apply_choices,
    find_races,
    interleaving_count,
)
from mockserver.runner.races.tokens import decode_token, encode_token
from mockserver.runner.suite import Suite
from mockserver.scenario.model import Scenario

DEFAULT_MAX_INTERLEAVINGS: Final = 200
"""Orders of one scenario that are tried unless more are asked for."""

MAX_FULL_RESULTS: Final = 20
"""Orders of which every step is kept; of more, only the steps that tell something against it."""

ExploreProgress = Callable[[int, int], None]
"""Called with how many orders were tried, and how many will be."""


def explore(suite: Suite, scenario: Scenario, seed: str, limit: int, progress: ExploreProgress) -> PlayResult | None:
    """The play as it is written, with what became of its other orders; None where nothing can go otherwise.

    `seed` is the one that was asked for instead of the scenario's own, or empty.
    """
    found = find_races(scenario, limit)
    if not found:
        return None
    count = interleaving_count(found)
    written: PlayResult | None = None
    told: list[Interleaving] = []
    tried = 0
    for tried, ways in enumerate(islice(all_interleavings(found), limit), 1):
        progress(tried, min(count, limit))
        played = suite.play(apply_choices(scenario, found, ways))
        written = written or played
        if played.outcome is not PlayOutcome.OK:
            kept = played if len(told) < MAX_FULL_RESULTS else _without_passed_steps(played)
            told.append(Interleaving(encode_token(scenario, seed, ways), _describe_choices(found, ways), kept))
    assert written is not None  # noqa: S101 -- the first order is the scenario's own
    broken = tuple(order for order in told if order.result.outcome is PlayOutcome.FAILED)
    unproved = tuple(order for order in told if order.result.outcome is PlayOutcome.INCONCLUSIVE)
    return replace(written, scenario=scenario, exploration=Exploration(tried, count, broken, unproved))


def _without_passed_steps(result: PlayResult) -> PlayResult:
    """A play with the steps alone that failed or proved nothing: thousands of orders must fit into memory."""
    return replace(result, steps=tuple(step for step in result.steps if step.failures or step.inconclusive))


def scenario_for_token(scenario: Scenario, seed: str, token_text: str) -> Scenario:
    """The scenario with its races going as a token says; `MockError` where the token is not for it."""
    found = find_races(scenario, 1)
    return apply_choices(scenario, found, decode_token(scenario, seed, token_text))


def _describe_choices(points: tuple[RacePoint, ...], choices: Choices) -> tuple[str, ...]:
    """What each step with a race did; one step may have two."""
    says: dict[int, list[str]] = {}
    for race, way in zip(points, choices, strict=True):
        says.setdefault(race.line, []).append(way.description)
    return tuple(f"line {line}: {', '.join(each)}" for line, each in says.items())
