"""A scenario file as a test: played in this process and judged, as `mockserver test` does it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.runner.play.results import PlayOutcome, PlayResult
from mockserver.runner.reports.plays.text import result_details
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from mockserver.testing.plan import shown_path


class ScenarioFailed(Exception):  # noqa: N818 -- it names an outcome
    """A play whose answers are not those that the scenario expects."""


def play_file(path: Path) -> PlayResult:
    """Load a scenario file and play it. Raises `MockError` with all problems of the file."""
    vendors = installed_vendors()
    scenario = load_scenario(path.read_bytes(), vendors, file=shown_path(path))
    return Suite(vendors, in_process_targets(memory_store)).play(scenario)


class ScenarioItem(pytest.Item):
    """The play of one scenario file."""

    def runtest(self) -> None:
        """Play it; raise `ScenarioFailed` where `mockserver test` fails, and skip a scenario that checks nothing."""
        result = play_file(self.path)
        lines = list(result_details(result))
        if result.outcome is PlayOutcome.INCONCLUSIVE:
            pytest.skip("; ".join(map(str.strip, lines)))
        if result.outcome is PlayOutcome.FAILED:
            raise ScenarioFailed("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **options: Any) -> Any:
        """Show the report of the play, or the problems of the file, without a traceback."""
        if isinstance(excinfo.value, ScenarioFailed | MockError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **options)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file, and the name that reports show."""
        return self.path, 0, f"scenario {shown_path(self.path)}"


class ScenarioFile(pytest.File):
    """A scenario file, which is one test."""

    def collect(self) -> Iterator[ScenarioItem]:
        """Yield its play."""
        yield ScenarioItem.from_parent(self, name="play")
