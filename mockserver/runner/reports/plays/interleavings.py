"""The interleavings of a scenario as text: how many there are, and each that breaks an expectation, step by step."""

from collections.abc import Iterator
from typing import Final

from mockserver.core.text import pluralize
from mockserver.runner.play.expectations import decode_response_body
from mockserver.runner.play.results import Exploration, PlayResult, StepResult
from mockserver.runner.play.step_times import format_offset
from mockserver.runner.reports.rerun import play_command

MAX_SHOWN: Final = 5
"""Interleavings in the text report; the JSON report has all."""
MAX_STORY_STEPS: Final = 12
"""Steps shown of an interleaving: the last ones up to its last failure."""


def exploration_summary(exploration: Exploration) -> str:
    """Return the counts: `6 orders, 2 break an expectation`."""
    tried = exploration.tried_count
    total = exploration.total_count
    counts = [pluralize(tried, "order")]
    if tried < total:
        counts = [f"{tried} of {pluralize(total, 'order')} (--orders {total} tries all)"]
    if exploration.failed:
        verb = "breaks" if len(exploration.failed) == 1 else "break"
        counts.append(f"{len(exploration.failed)} {verb} an expectation")
    if exploration.inconclusive:
        counts.append(f"{len(exploration.inconclusive)} inconclusive")
    return ", ".join(counts)


def interleaving_lines(result: PlayResult, exploration: Exploration) -> Iterator[str]:
    """Yield each failed or inconclusive interleaving: its choices, its steps, and the command that plays it again."""
    worst = (*exploration.failed, *exploration.inconclusive)
    for interleaving in worst[:MAX_SHOWN]:
        yield f"  {'; '.join(interleaving.choices)}"
        yield from _interleaving_steps(interleaving.result)
        yield f"    rerun: {play_command(result, interleaving.token)}"
    if len(worst) > MAX_SHOWN:
        yield f"  and {len(worst) - MAX_SHOWN} more (--json has all)"


def _interleaving_steps(result: PlayResult) -> Iterator[str]:
    """Yield the steps up to the last that failed or proved nothing, in columns: time, step, answer."""
    end = 0
    for number, step in enumerate(result.steps, 1):
        if step.failures or step.inconclusive:
            end = number
    start = max(0, end - MAX_STORY_STEPS)
    if start:
        yield f"    ({pluralize(start, 'step')} before)"
    shown = result.steps[start:end]
    time_width = max((len(format_offset(step.at)) for step in shown), default=0)
    title_width = max((len(step.title) for step in shown), default=0)
    indent = " " * (time_width + 8)
    for step in shown:
        columns = f"{format_offset(step.at):<{time_width}}  {step.title:<{title_width}}  {answer_text(step, result)}"
        yield f"    {columns}".rstrip()
        yield from (f"{indent}{failure}" for failure in step.failures)
        if step.inconclusive:
            yield f"{indent}inconclusive: {step.inconclusive}"
    yield from (f"    {failure}" for failure in result.failures)


def answer_text(step: StepResult, result: PlayResult) -> str:
    """Return a step's answer in short: `200 processing`, `409 batch_conflict`, `no answer`; empty without a request."""
    if step.exchange is None:
        return ""
    response = step.exchange.response
    if response is None:
        return "no answer"
    body = decode_response_body(response)
    word = None
    if isinstance(body, dict):
        word = body.get("status")
    if response.status >= 300:
        word = result.era.error_reason(body) or word
    if not isinstance(word, str):
        return str(response.status)
    return f"{response.status} {word}"
