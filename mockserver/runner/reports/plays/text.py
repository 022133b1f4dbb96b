"""The text report of plays.

A line for each scenario as soon as it is played. Then each that is not ok with what its reader needs: the place in the
file and its line, what was expected, sent and answered, and the earlier steps. Then the sum. The report shows no
request headers: the API key is one of them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mockserver.core.text import pluralize, truncate
from mockserver.runner.play.results import PlayOutcome, PlayResult, StepResult
from mockserver.runner.play.step_times import format_offset
from mockserver.runner.reports.escape import display_path, plain_line
from mockserver.runner.reports.plays.interleavings import exploration_summary, interleaving_lines
from mockserver.runner.reports.rerun import play_command

MAX_EARLIER_STEPS: Final = 6
"""Earlier steps shown with one that failed."""
MAX_BODY_EXCERPT: Final = 600
"""Characters shown of a body."""

_OUTCOME_LABELS: Final = {PlayOutcome.OK: "ok  ", PlayOutcome.FAILED: "FAIL", PlayOutcome.INCONCLUSIVE: "?   "}


def outcome_line(result: PlayResult) -> str:
    """Return the line of one scenario: outcome, name, title, explored orders."""
    line = f"{_OUTCOME_LABELS[result.outcome]} {result.scenario.name}  {result.scenario.title}".rstrip()
    if result.exploration is not None:
        line += f" ({exploration_summary(result.exploration)})"
    return plain_line(line)


def closing_report(results: Sequence[PlayResult], seconds: float) -> str:
    """Return what follows the lines: every scenario that is not ok in full, and the sum."""
    lines: list[str] = []
    for result in results:
        if result.outcome is not PlayOutcome.OK:
            lines += ["", *map(plain_line, result_details(result))]
    outcomes = [result.outcome for result in results]
    counts = [f"{outcomes.count(outcome)} {outcome.value}" for outcome in PlayOutcome if outcome in outcomes]
    steps = pluralize(sum(len(result.steps) for result in results), "step")
    outcome_text = ", ".join(counts) or "nothing to play"
    lines += ["", f"{pluralize(len(results), 'scenario')}, {steps}: {outcome_text} in {seconds:.2f} s"]
    return "\n".join(lines)


def result_details(result: PlayResult) -> Iterator[str]:
    """Yield the lines of one scenario that is not ok."""
    heading = f"{_OUTCOME_LABELS[result.outcome].strip()} {result.scenario.name} ({result.era.pin})"
    if result.exploration is not None:
        yield f"{heading}: {exploration_summary(result.exploration)}"
        yield from interleaving_lines(result, result.exploration)
        return
    yield heading
    yield from (f"  {failure}" for failure in result.failures)
    if not result.steps:
        yield "  the scenario has no `play`: nothing was checked"
    for index, step in enumerate(result.steps):
        if step.failures or step.inconclusive:
            yield from _step_details(result, index, step)
    if result.note and result.outcome is PlayOutcome.FAILED:
        yield f"  note: {result.note}"
    yield f"  rerun: {play_command(result)}"


def _step_details(result: PlayResult, index: int, step: StepResult) -> Iterator[str]:
    """Yield the lines of one step that failed or proved nothing."""
    line = step.step.line
    place = f"{display_path(result.scenario.path)}:{line}"
    yield f"  {place}, step {index + 1} of {len(result.steps)}, at {format_offset(step.at)}:"
    source_lines = result.scenario.text.splitlines()
    source = step.title
    if 0 < line <= len(source_lines):
        source = source_lines[line - 1].strip() or step.title
    yield f"      {source}"
    yield from (f"    {failure}" for failure in step.failures)
    if step.inconclusive:
        yield f"    inconclusive: {step.inconclusive}"
    if step.failures and step.exchange is not None:
        request, response = step.exchange.request, step.exchange.response
        target = request.path
        if request.query:
            target += f"?{request.query}"
        yield f"    sent    {request.method} {target} {_body_excerpt(request.body)}".rstrip()
        answer = "no answer"
        if response is not None:
            answer = f"{response.status} {_body_excerpt(response.body)}".rstrip()
        yield f"    got     {answer}"
        for earlier in result.steps[max(0, index - MAX_EARLIER_STEPS) : index]:
            yield f"    before  {format_offset(earlier.at)} {earlier.title} {earlier.status or ''}".rstrip()


def _body_excerpt(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body):,} bytes, no text)"
    return truncate(text, MAX_BODY_EXCERPT, f"... ({len(body):,} bytes)")
