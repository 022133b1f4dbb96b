"""Shrinks a draft for as long as a command of the user still fails with it: like `git bisect run`, for scenarios.

Theory of operation. A run of the check says by its exit code what it thinks of one scenario. The lines of the draft are
left out first, many at a time, then the parts of what is left; durations become round. That is repeated until nothing
changes: then every line is needed. What is no valid scenario is not run, and no scenario is run twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Literal, NamedTuple

from mockserver.distill.draft import SECTIONS, DraftLine, ScenarioDraft
from mockserver.distill.smaller_values import drop_in_halves, shrink_value
from mockserver.errors import MockError, Problem, escape_unprintable, refuse
from mockserver.scenario.model import Scenario

FAILED: Final = 1
PASSED: Final = 0
SKIPPED: Final = 125
"""The exit code by which a check says that it cannot tell; as `git bisect run` has it."""
_NOT_RUN: Final = 126
"""From here on a shell reports that a command could not be run, or that a signal ended it."""
_MAX_SHOWN: Final = 200
"""Characters of the check that the scenario's header repeats."""

SearchEnd = Literal["minimal", "budget", "interrupted", "aborted"]


class CheckOutcome(Enum):
    """The meaning of one run of the check for its scenario."""

    STILL_FAILS = "still fails"
    GONE = "gone"
    UNKNOWN = "cannot tell"


class CheckRun(NamedTuple):
    """One run of the user's command."""

    exit_code: int | None
    """None: it was stopped at its deadline. Negative: a signal ended it."""
    last_line: str = ""
    """The last line that it printed."""
    sent_requests: bool = True
    """False: no request of it reached the session, so that it says nothing about the scenario."""

    @property
    def end(self) -> str:
        """The end of the run in words."""
        if self.exit_code is None:
            return "still ran at its deadline"
        said = f" ({self.last_line})" if self.last_line else ""
        return f"ended with exit code {self.exit_code}{said}"


def outcome_of(run: CheckRun) -> CheckOutcome:
    """Return what a run says. Raises `MockError` DST004 for one that a signal ended, or that could not be started."""
    code = run.exit_code
    if code is not None and (code < 0 or code >= _NOT_RUN):
        hint = "Let it exit 1 while the failure is there, 0 if it is gone, and 125 if it cannot tell."
        raise refuse("DST004", f"the check {run.end}", hint)
    if code == FAILED and run.sent_requests:
        return CheckOutcome.STILL_FAILS
    if code == PASSED:
        return CheckOutcome.GONE
    # Another failure is not the one that is looked for.
    return CheckOutcome.UNKNOWN


def refuse_unconnected(runs: Iterable[CheckRun]) -> None:
    """Raise `MockError` DST005 for a run that failed without a request to the session."""
    for run in runs:
        if run.exit_code == FAILED and not run.sent_requests:
            hint = (
                "Let it send its requests to {base_url}, or to the base URL in its variables. An uncaught exception of "
                "Python exits 1 too."
            )
            raise refuse("DST005", f"no request of the check reached the session: it {run.end}", hint)


class MinimizingProgress(NamedTuple):
    """The state of a search."""

    lines_before: int
    lines: int
    runs: int


@dataclass(frozen=True)
class Minimized:
    """The smallest scenario that was found, and how the search ended."""

    draft: ScenarioDraft
    check: str
    lines_before: int
    runs: int
    unknown_runs: int
    """Runs that could not tell, or failed in another way."""
    ended: SearchEnd
    is_flaky: bool
    """True if the check failed only in one of two runs with the same scenario."""
    problem: Problem | None = None
    """Why it was aborted."""

    @property
    def is_proved(self) -> bool:
        """True if every line is needed, as far as a check can show it."""
        return self.ended == "minimal" and not self.is_flaky

    @property
    def text(self) -> str:
        """The scenario, with what it was checked by in its header."""
        shown = escape_unprintable(self.check[:_MAX_SHOWN])
        need = "Every line is needed for that." if self.is_proved else "Not every line may be needed for that."
        notes = (f"Minimized: this check exits 1 while the scenario is served: {shown}", need)
        return replace(self.draft, notes=(*self.draft.notes, *notes)).text()


@dataclass
class Minimizer:
    """One search. `best` is the smallest draft so far, also when the search is interrupted."""

    draft: ScenarioDraft
    check: str
    """The user's command."""
    run: Callable[[Scenario], CheckRun]
    load: Callable[[str], Scenario]
    """The text of a scenario -> the scenario. Raises `MockError` for a text that cannot be served."""
    may_go_on: Callable[[int], bool]
    """The runs so far -> whether there may be another one."""
    show: Callable[[MinimizingProgress], None]
    best: ScenarioDraft = field(init=False)
    _runs: int = 0
    _unknown_runs: int = 0
    _is_flaky: bool = False
    _ended: SearchEnd | None = None
    _problem: Problem | None = None
    _tried: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # The title says what the recording was about: a smaller scenario need not be about that.
        self.best = replace(self.draft, title="")

    def minimize(self) -> Minimized:
        """Shrink the draft as far as the budget goes.

        Raises `MockError` DST003 if the check does not fail before, DST004 if it cannot be run, DST005 if it fails
        without a request.
        """
        self.reproduce()
        before = None
        while self.best != before:
            before = self.best
            self.drop_lines()
            self.shrink_lines()
        self._ended = self._ended or "minimal"
        return self.result()

    def result(self) -> Minimized:
        """Return what was found so far."""
        return Minimized(
            draft=self.best,
            check=self.check,
            lines_before=self.draft.line_count,
            runs=self._runs,
            unknown_runs=self._unknown_runs,
            ended=self._ended or "interrupted",
            is_flaky=self._is_flaky,
            problem=self._problem,
        )

    def reproduce(self) -> None:
        """Run the check twice with the whole scenario. Raises `MockError` DST003, DST004 and DST005."""
        scenario = self.load(self.best.text())
        runs = [self._run(scenario), self._run(scenario)]
        failed = [outcome_of(run) is CheckOutcome.STILL_FAILS for run in runs]
        if not any(failed):
            refuse_unconnected(runs)
            hint = (
                "It must exit 1 while the failure is there. By default each of its polls moves the clock by the wait "
                "that the answer asks for; with --clock x60 a second that it sleeps is a minute."
            )
            raise refuse("DST003", f"the check does not fail with the distilled scenario: it {runs[0].end}", hint)
        self._is_flaky = not all(failed)

    def _run(self, scenario: Scenario) -> CheckRun:
        self._runs += 1
        run = self.run(scenario)
        self.show_progress()
        return run

    def show_progress(self) -> None:
        """Show the lines and the runs so far."""
        self.show(MinimizingProgress(self.draft.line_count, self.best.line_count, self._runs))

    def drop_lines(self) -> None:
        """Leave out the lines that are not needed, the last sections first."""
        places = [(section, line) for section in SECTIONS for line in self.best.lines(section)]
        empty = replace(self.best, sections={})

        def with_places(left: list[tuple[str, DraftLine]]) -> ScenarioDraft:
            draft = empty
            for section, line in left:
                draft = draft.with_line(section, line)
            return draft

        drop_in_halves(places, lambda left: self.still_fails(with_places(left)))

    def shrink_lines(self) -> None:
        """Make the values of the lines smaller."""
        for section in SECTIONS:
            for index in range(len(self.best.lines(section))):

                def holds_with(value: Any, place: tuple[str, int] = (section, index)) -> bool:
                    # A line without a value is no line, and that has been tried.
                    return bool(value) and self.still_fails(self.best.with_value(*place, value))

                shrink_value(self.best.lines(section)[index].value, holds_with)

    def still_fails(self, draft: ScenarioDraft) -> bool:
        """Run the check with a smaller draft, which becomes the best one if the check still fails."""
        text = draft.text()
        if text in self._tried or self._ended is not None:
            return False
        self._tried.add(text)
        try:
            scenario = self.load(text)
        except MockError:
            return False
        if not self.may_go_on(self._runs):
            self._ended = "budget"
            return False
        try:
            outcome = outcome_of(self._run(scenario))
        except MockError as error:
            self._ended = "aborted"
            self._problem = error.problems[0]
            return False
        if outcome is CheckOutcome.STILL_FAILS:
            self.best = draft
            self.show_progress()
        self._unknown_runs += outcome is CheckOutcome.UNKNOWN
        return outcome is CheckOutcome.STILL_FAILS
