"""The bundled scenarios, loaded once, and a play of each in this process, made once."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from mockserver.runner.play.results import PlayResult
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import TargetFactory, in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from tests.support.fake_world import VENDORS

FILES: Final[Mapping[str, Path]] = {path.stem: path for path in ScenarioLibrary(VENDORS).bundled()}
"""Every bundled file by its stem; `bundled` itself is what says which there are."""


@cache
def scenario(name: str) -> Scenario:
    """A bundled scenario."""
    return load_scenario(FILES[name], VENDORS)


def suite(make: TargetFactory | None = None) -> Suite:
    """A suite on the engine itself, unless another target is given."""
    return Suite(VENDORS, make or in_process_targets(memory_store))


@cache
def played(name: str) -> PlayResult:
    """A bundled scenario, played in process."""
    return SHARED.play(scenario(name))


SHARED: Final = suite()


def failures_of(found: PlayResult) -> list[str]:
    """Everything that is wrong with a play, each with the step it happened at."""
    steps = (
        f"{found.scenario.path}:{tried.step.line}: {tried.title}: {why}"
        for tried in found.steps
        for why in (*tried.failures, *filter(None, [tried.inconclusive]))
    )
    return [*found.failures, *steps]
