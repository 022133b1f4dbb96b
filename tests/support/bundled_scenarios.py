"""The bundled scenarios, loaded once, and a play of each in this process, made once."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from mockserver.runner.played import Played
from mockserver.runner.suite import MakeTarget, Suite, in_process
from mockserver.scenario.compile import load
from mockserver.scenario.library import Library
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from tests.support.fake_world import VENDORS

FILES: Final[Mapping[str, Path]] = {path.stem: path for path in Library(VENDORS).bundled()}
"""Every bundled file by its stem; `bundled` itself is what says which there are."""


@cache
def scenario(name: str) -> Scenario:
    """A bundled scenario."""
    return load(FILES[name], VENDORS)


def suite(make: MakeTarget | None = None) -> Suite:
    """A suite on the engine itself, unless another target is given."""
    return Suite(VENDORS, make or in_process(memory_store))


@cache
def played(name: str) -> Played:
    """A bundled scenario, played in process."""
    return SHARED.play(scenario(name))


SHARED: Final = suite()


def failures_of(found: Played) -> list[str]:
    """Everything that is wrong with a play, each with the step it happened at."""
    steps = (
        f"{found.scenario.path}:{tried.step.line}: {tried.title}: {why}"
        for tried in found.tried
        for why in (*tried.failures, *filter(None, [tried.inconclusive]))
    )
    return [*found.failures, *steps]
