"""Repairs of single answers: a fault replaced one, or altered it."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.rules.conditions import MISSING, value_at
from mockserver.core.instants import SECOND, format_duration
from mockserver.core.pointer import parse_pointer
from mockserver.core.wire import json_or_none
from mockserver.distill.calls import RecordedCall
from mockserver.distill.draft import NULL, ScenarioDraft
from mockserver.distill.fault_lines import RepairContext, RepairTask
from mockserver.distill.round_duration import roundest_duration
from mockserver.distill.vocabulary import TEXT, URL
from mockserver.vendors.faults import ABSENT

UNKNOWN_STATUS: Final = "unknown_status"
"""Stands for a status that the contract does not have: it may be anything, so it is not repeated."""
HTML: Final = "<html></html>"
"""A body that is no JSON, as a proxy in the middle sends it."""
HALF: Final = "50%"
MAX_FIELDS: Final = 5
"""Fields of one answer that a line has: the first ones; of more, the rest stays unexplained."""


def replace_answers(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose that a fault replaced the answer by an error, or that a command had none."""
    call = task.call
    if call.view is None:
        # A read without an answer explains itself: this is a command.
        yield from task.with_fault({"drop": "reset"})
        yield from task.with_fault({"unheard": "reset"})
        return
    if {"status", "reason", "answer"} & task.aspects and call.view.status >= 300:
        status: dict[str, Any] = {"status": call.view.status}
        yield from with_error(task, status)
        for body in error_bodies(call, task.context):
            yield from with_error(task, {**status, "body": body})


def alter_answers(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose that a fault altered the answer: it came late, in part or for no range, or its body has other fields."""
    call, aspects = task.call, task.aspects
    if call.view is None:
        return
    if "delay" in aspects:
        took = call.duration
        delay = roundest_duration(took - took // 10, took + took // 10)
        yield from task.with_fault({"delay": format_duration(delay)})
    if "body" in aspects:
        for kind in ("html", "cut"):
            yield from task.with_fault({"malformed": kind})
    if "state" in aspects and call.shows_no_state:
        yield from task.with_fault({"corrupt": {"/status": ABSENT}})
    elif "state" in aspects:
        unknown = [each.state for each in call.view.sightings if not each.is_known_state]
        if unknown:
            word = unknown[0] if unknown[0] in task.context.vocabulary.words else UNKNOWN_STATUS
            yield from task.with_fault({"corrupt": {"/status": word}})
    if "cut" in aspects:
        yield from task.with_fault({"truncate": HALF})
    if "fields" in aspects:
        yield from task.with_fault({"corrupt": broken_values(call, task.context)})
    if "status" in aspects and call.view.status == 200 and "range" in call.request.headers:
        yield from task.with_fault({"range": "ignored"})


def broken_values(call: RecordedCall, context: RepairContext) -> dict[str, Any]:
    """Return the fields that break the contract, each with its value if the contract has the word, or a stand-in."""
    assert call.exchange.response is not None  # noqa: S101 -- only an answer has fields
    body = json_or_none(call.exchange.response.body)
    values: dict[str, Any] = {}
    for field in sorted(call.broken_fields)[:MAX_FIELDS]:
        value = value_at(body, parse_pointer(field.pointer))
        shown = ABSENT if value is MISSING else context.vocabulary.replace_texts(value)
        values[field.pointer] = NULL if shown is None else shown
    return values


def error_bodies(call: RecordedCall, context: RepairContext) -> Iterator[Any]:
    """Yield bodies that stand for a recorded error's: its words without its texts, with placeholders, or no JSON."""
    data = b"" if call.exchange.response is None else call.exchange.response.body
    body = json_or_none(data)
    if not isinstance(body, dict):
        yield HTML if data else ""
        return
    replaced = context.vocabulary.replace_texts(body)
    yield {key: value for key, value in replaced.items() if value not in (TEXT, URL)}
    yield replaced


def with_error(task: RepairTask, do: dict[str, Any]) -> Iterator[ScenarioDraft]:
    """Propose an error answer, with the recorded `Retry-After`; of a command, also one that has its effect."""
    response = task.call.exchange.response
    wait = response.header("Retry-After") if response is not None else None
    if wait is not None and wait.isdecimal() and len(wait) <= 6:
        do = {**do, "retry_after": format_duration(int(wait) * SECOND)}
    yield from task.with_fault(do)
    if task.call.is_command:
        yield from task.with_fault({**do, "handled": True})
