"""The orders of a scenario's races, told: how many there are, and each that breaks an expectation as a small story."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.core.text import pluralize
from mockserver.runner.play.expectations import decode_response_body
from mockserver.runner.play.results import Exploration, Interleaving, PlayResult, StepResult
from mockserver.runner.play.step_times import format_offset
from mockserver.runner.reports.escape import display_path

MAX_SHOWN: Final = 5
"""Orders that are told at length to a person; of more, only how many. A program gets all."""
MAX_STORY_STEPS: Final = 12
"""Steps of an order that are told: the last ones before its last failure."""


def exploration_summary(exploration: Exploration) -> str:
    """`6 orders, 2 break an expectation`."""
    number = pluralize(exploration.tried_count, "order")
    left = (
        f" of {exploration.total_count} (--orders {exploration.total_count} tries all)"
        if exploration.tried_count < exploration.total_count
        else ""
    )
    verb = "breaks" if len(exploration.failed) == 1 else "break"
    broken = f", {len(exploration.failed)} {verb} an expectation" if exploration.failed else ""
    unproved = f", {len(exploration.inconclusive)} proved nothing" if exploration.inconclusive else ""
    return f"{number}{left}{broken}{unproved}"


def interleaving_lines(result: PlayResult, exploration: Exploration) -> Iterator[str]:
    """Each order that breaks something, or proved nothing: how it went, step by step, and how to see it again."""
    worst = (*exploration.failed, *exploration.inconclusive)
    for order in worst[:MAX_SHOWN]:
        yield f"  {'; '.join(order.choices)}"
        yield from _interleaving_steps(order.result)
        yield f"    again: mockserver test {display_path(result.command_name)}{result.command_options} --replay {order.token}"
    if len(worst) > MAX_SHOWN:
        yield f"  and {len(worst) - MAX_SHOWN} more (--json has all)"


def _interleaving_steps(result: PlayResult) -> Iterator[str]:
    """What was asked and answered, up to the last thing that went wrong."""
    wrong = [number for number, tried in enumerate(result.steps) if tried.failures or tried.inconclusive]
    last = wrong[-1] if wrong else -1
    first = max(0, last + 1 - MAX_STORY_STEPS)
    if first:
        yield f"    ({pluralize(first, 'step')} before)"
    shown = result.steps[first : last + 1]
    whens = [format_offset(tried.at) for tried in shown]
    wide = max(map(len, whens), default=0), max((len(tried.title) for tried in shown), default=0)
    for when, tried in zip(whens, shown, strict=True):
        yield f"    {when:<{wide[0]}}  {tried.title:<{wide[1]}}  {_answer_text(tried, result)}".rstrip()
        yield from (f"    {'':{wide[0]}}    {failure}" for failure in tried.failures)
        if tried.inconclusive:
            yield f"    {'':{wide[0]}}    inconclusive: {tried.inconclusive}"
    yield from (f"    {failure}" for failure in result.failures)


def _answer_text(step: StepResult, result: PlayResult) -> str:
    """`200 processing`, `409 batch_conflict`, or `no answer`."""
    if step.exchange is None:
        return ""
    response = step.exchange.response
    if response is None:
        return "no answer"
    body = decode_response_body(response)
    state = body.get("status") if isinstance(body, dict) else None
    word = state if response.status < 300 else result.era.error_reason(body) or state
    return f"{response.status} {word if isinstance(word, str) else ''}".rstrip()


def exploration_json(exploration: Exploration) -> dict[str, Any]:
    """For a program."""
    return {
        "tried": exploration.tried_count,
        "total": exploration.total_count,
        "broken": [_interleaving_json(order) for order in exploration.failed],
        "unproved": [_interleaving_json(order) for order in exploration.inconclusive],
    }


def _interleaving_json(interleaving: Interleaving) -> dict[str, Any]:
    played = interleaving.result
    wrong = [why for tried in played.steps for why in (*tried.failures, tried.inconclusive) if why]
    return {
        "token": interleaving.token,
        "ways": list(interleaving.choices),
        "failures": [*played.failures, *wrong],
        "answers": [
            {"at": format_offset(tried.at), "step": tried.title, "answer": _answer_text(tried, played) or None}
            for tried in played.steps
        ],
    }
