"""`mockserver distill --minimize`: its options, its progress, and the search that a user's check decides."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click

from mockserver.cli.completers import complete_clock_modes
from mockserver.cli.options import (
    default_option,
    duration_option,
    number_range,
    option_group,
    parse_time_limit,
    refuse_option,
)
from mockserver.cli.output import Progress, print_message, quiet_log
from mockserver.core.text import pluralize
from mockserver.distill.distiller import Distilled
from mockserver.distill.minimizer import Minimized, Minimizer, MinimizingProgress
from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.contract_lint import contract_violations
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from mockserver.trial.checks import serve_checks

DEFAULT_RUNS: Final = 200
MAX_RUNS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimizeOptions:
    """The values of the options."""

    minimize: str | None
    runs: int
    budget: str
    deadline: str
    clock: str | None

    def refuse_without_check(self) -> None:
        """Raise `click.UsageError` for an option that only `--minimize` has a use for."""
        if self.minimize is None:
            for name in ("runs", "budget", "deadline", "clock"):
                refuse_option(name, "is for --minimize CHECK")


minimize_options: Final = option_group(MinimizeOptions, (
    click.option(
        "--minimize", metavar="CHECK",
        help="Shrink the scenario while this shell command exits 1 against it; 0: the failure is gone, 125: cannot "
        "tell. {base_url} and {key} are replaced, and it gets the variables of `trial`.",
    ),
    default_option(
        "--runs", type=number_range(2, MAX_RUNS), metavar="NUMBER", default=DEFAULT_RUNS, help="Runs of the check.",
    ),
    duration_option("--budget", default="2m", help="Real time in which runs of the check may begin."),
    duration_option("--deadline", default="20s", help="Real time of each run of the check."),
    click.option(
        "--clock", metavar="real|manual|auto|xN", shell_complete=complete_clock_modes,
        help="How time runs for the check; by default each of its polls moves it by the wait that the answer asks for.",
    ),
))  # fmt: skip


def minimize_scenario(found: Distilled, options: MinimizeOptions, redactor: Redactor) -> Minimized:
    """Shrink a distilled scenario while the check fails; after Ctrl-C, return what was found so far.

    Raises `MockError` CLI006 for a duration, SES004 for a clock, DST003 for a check that does not fail, DST004 for one
    that cannot be run, DST005 for one that fails without a request, TRI004 for an unknown placeholder.
    """
    assert options.minimize is not None  # noqa: S101 -- the caller has asked
    deadline = parse_time_limit("--deadline", options.deadline)
    ends_at = time.monotonic() + parse_time_limit("--budget", options.budget)
    library = ScenarioLibrary(installed_vendors())
    progress = MinimizeProgress(options.runs)
    with quiet_log(), serve_checks(options.minimize, library, deadline, options.clock) as checks:
        minimizer = Minimizer(
            draft=found.draft,
            check=redactor.redact_output(options.minimize),
            run=checks.run,
            load=servable_scenarios(library),
            may_go_on=lambda runs: runs < options.runs and time.monotonic() < ends_at,
            show=progress.show,
        )
        try:
            return minimizer.minimize()
        except KeyboardInterrupt:
            return minimizer.result()
        finally:
            progress.clear()


def servable_scenarios(library: ScenarioLibrary) -> Callable[[str], Scenario]:
    """Return a function that loads a text; it raises `MockError` if `serve` or `lint` would refuse the scenario."""

    def load(text: str) -> Scenario:
        scenario = load_scenario(text, library.vendors, file="distilled")
        era = library.vendors[scenario.vendor].era(scenario.date)
        assert era is not None  # noqa: S101 -- the scenario pins one
        problems = contract_violations(scenario, era, memory_store)
        if problems:
            raise MockError(*problems)
        return scenario

    return load


class MinimizeProgress:
    """Shows how far a search is: one line that is rewritten on a terminal, else a line for each smaller scenario."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._progress = Progress()
        self._shown_lines: int | None = None

    def show(self, state: MinimizingProgress) -> None:
        """Show the lines before and now, and the runs."""
        before = pluralize(state.lines_before, "line")
        text = f"{before} -> {state.lines}, {state.runs} of {self._runs} runs"
        self._progress.show(text)
        if self._shown_lines not in (None, state.lines) and not self._progress.is_shown:
            print_message(text)
        self._shown_lines = state.lines

    def clear(self) -> None:
        """Erase the line."""
        self._progress.clear()
