"""The bundled scenarios and their plays in this process, each loaded and played once."""

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
"""Every bundled file by its stem."""


@cache
def scenario(name: str) -> Scenario:
    """Load a bundled scenario."""
    return load_scenario(FILES[name], VENDORS)


def suite(make: TargetFactory | None = None) -> Suite:
    """Build a suite that plays in process, unless another target is given."""
    return Suite(VENDORS, make or in_process_targets(memory_store))


@cache
def played(name: str) -> PlayResult:
    """Play a bundled scenario in process."""
    return SHARED.play(scenario(name))


SHARED: Final = suite()


def failures_of(found: PlayResult) -> list[str]:
    """List all failures of a play, each with the location of its step."""
    steps = (
        f"{found.scenario.path}:{tried.step.line}: {tried.title}: {why}"
        for tried in found.steps
        for why in (*tried.failures, *filter(None, [tried.inconclusive]))
    )
    return [*found.failures, *steps]
