"""The text report of a trial: a line for each scenario as its run ends, then each that caught something in full."""

from collections.abc import Iterator
from typing import Final

from mockserver.core.text import pluralize
from mockserver.runner.reports.escape import plain_line
from mockserver.trial.results import TrialReport, TrialResult
from mockserver.trial.verdicts import TrialOutcome

MAX_STORY_LINES: Final = 24
"""Lines of a story that the text report shows: the last ones; the other reports have all."""
_OUTCOME_WIDTH: Final = max(len(outcome) for outcome in TrialOutcome)


def result_line(result: TrialResult) -> str:
    """Return the line of one scenario: outcome, name, the first reason."""
    outcome = f"{result.verdict.outcome:<{_OUTCOME_WIDTH}}"
    reason = next(iter(result.verdict.reasons), "").partition("\n")[0]
    return plain_line(f"{outcome}  {result.candidate.scenario.name}  {reason}".rstrip())


def closing_lines(report: TrialReport) -> Iterator[str]:
    """Yield what follows the lines: each scenario that caught something, in full, and the sum."""
    for result in report.results:
        if result.verdict.outcome.is_finding:
            yield ""
            yield from map(plain_line, result_lines(result))
    counts = report.counts()
    listed = ", ".join(f"{counts[outcome]} {outcome}" for outcome in TrialOutcome if counts[outcome]) or "nothing tried"
    yield ""
    yield f"{pluralize(len(report.results), 'scenario')}: {listed} in {report.seconds:.1f} s"
    if report.untried:
        yield f"{pluralize(len(report.untried), 'scenario')} not tried (--list gives the reasons)"


def result_lines(result: TrialResult) -> Iterator[str]:
    """Yield the lines of one result: what it catches, why, the story, the output, the command that repeats it."""
    scenario = result.candidate.scenario
    yield f"{result.verdict.outcome.upper()} {scenario.name} ({result.candidate.era.pin})"
    yield f"  {scenario.title}"
    yield f"  catches  {scenario.catches}"
    for reason in result.verdict.reasons:
        first, *others = reason.splitlines()
        yield f"  because  {first}"
        yield from (f"         {line}" for line in others)
    story = result.story
    if len(story) > MAX_STORY_LINES:
        yield f"    ({pluralize(len(story) - MAX_STORY_LINES, 'line')} before)"
    yield from (f"    {line}" for line in story[-MAX_STORY_LINES:])
    yield from (f"    | {line}" for line in result.output.splitlines())
    yield f"  again    {result.repeat}"
