"""The exploration of a play: play every interleaving in a session of its own, and keep those that break it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Final

from mockserver.runner.play.results import Exploration, Interleaving, PlayOutcome, PlayResult
from mockserver.runner.races.races import all_interleavings, apply_choices, find_races, interleaving_count
from mockserver.runner.races.tokens import decode_token, encode_token
from mockserver.runner.suite import Suite
from mockserver.scenario.model import Scenario

DEFAULT_MAX_INTERLEAVINGS: Final = 200
"""Interleavings of one scenario that are tried without `--orders`."""
MAX_FULL_RESULTS: Final = 20
"""Interleavings kept with every step; of the others only the steps that failed or proved nothing."""
ExploreProgress = Callable[[int, int], None]
"""Called with the number of the interleaving, and how many there will be."""


def explore(suite: Suite, scenario: Scenario, seed: str, limit: int, progress: ExploreProgress) -> PlayResult | None:
    """Play up to `limit` interleavings; return the result of the scenario's own order with the exploration.

    Returns None if the scenario has no race. `seed` is the one that replaces the scenario's own, or empty. Raises what
    `Suite.play` raises.
    """
    races = find_races(scenario, limit)
    if not races:
        return None
    total = interleaving_count(races)
    written: PlayResult | None = None
    failed: list[Interleaving] = []
    inconclusive: list[Interleaving] = []
    tried = 0
    for tried, choices in enumerate(islice(all_interleavings(races), limit), 1):
        progress(tried, min(total, limit))
        result = suite.play(apply_choices(scenario, races, choices))
        written = written or result
        if result.outcome is PlayOutcome.OK:
            continue
        if len(failed) + len(inconclusive) >= MAX_FULL_RESULTS:
            # Thousands of interleavings must fit into memory.
            result = replace(result, steps=tuple(step for step in result.steps if step.failures or step.inconclusive))
        token = encode_token(scenario, seed, choices)
        # A step may have two races.
        descriptions: dict[int, list[str]] = {}
        for race, choice in zip(races, choices, strict=True):
            descriptions.setdefault(race.line, []).append(choice.description)
        choice_texts = tuple(f"line {line}: {', '.join(texts)}" for line, texts in descriptions.items())
        interleaving = Interleaving(token, choice_texts, result)
        if result.outcome is PlayOutcome.FAILED:
            failed.append(interleaving)
        else:
            inconclusive.append(interleaving)
    assert written is not None  # noqa: S101 -- the first interleaving is the scenario's own
    exploration = Exploration(tried, total, tuple(failed), tuple(inconclusive))
    return replace(written, scenario=scenario, exploration=exploration)


def scenario_for_token(scenario: Scenario, seed: str, token_text: str) -> Scenario:
    """Return the scenario with its races resolved by a token. Raises `MockError` (RUN008, RUN009)."""
    races = find_races(scenario, 1)
    return apply_choices(scenario, races, decode_token(scenario, seed, token_text))
