"""Repairs of single answers: a fault replaced one, or altered it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mockserver.contract.rules.conditions import MISSING, value_at
from mockserver.core.instants import SECOND, format_duration
from mockserver.core.pointer import parse_pointer
from mockserver.core.wire import json_or_none
from mockserver.distill.calls import RecordedCall
from mockserver.distill.draft import NULL, ScenarioDraft
from mockserver.distill.fault_lines import RepairContext, with_fault
from mockserver.distill.playback import CallMismatch
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


def replace_answers(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose that a fault replaced the answer by an error, or that a command had none."""
    first = mismatches[0]
    call = first.call
    if call.view is None:
        # A read without an answer explains itself: this is a command.
        yield from with_fault(draft, mismatches, context, {"drop": "reset"})
        yield from with_fault(draft, mismatches, context, {"unheard": "reset"})
        return
    if {"status", "reason", "answer"} & set(first.aspects) and call.view.status >= 300:
        status: dict[str, Any] = {"status": call.view.status}
        yield from with_error(draft, mismatches, context, status)
        for body in error_bodies(call, context):
            yield from with_error(draft, mismatches, context, {**status, "body": body})


def alter_answers(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose that a fault altered the answer: it came late, in part or for no range, or its body has other fields."""
    first = mismatches[0]
    call = first.call
    if call.view is None:
        return
    if "delay" in first.aspects:
        took = call.duration
        delay = roundest_duration(took - took // 10, took + took // 10)
        yield from with_fault(draft, mismatches, context, {"delay": format_duration(delay)})
    if "body" in first.aspects:
        for kind in ("html", "cut"):
            yield from with_fault(draft, mismatches, context, {"malformed": kind})
    if "state" in first.aspects and call.shows_no_state:
        yield from with_fault(draft, mismatches, context, {"corrupt": {"/status": ABSENT}})
    elif "state" in first.aspects:
        unknown = [each.state for each in call.view.sightings if not each.is_known_state]
        if unknown:
            word = unknown[0] if unknown[0] in context.vocabulary.words else UNKNOWN_STATUS
            yield from with_fault(draft, mismatches, context, {"corrupt": {"/status": word}})
    if "cut" in first.aspects:
        yield from with_fault(draft, mismatches, context, {"truncate": HALF})
    if "fields" in first.aspects:
        yield from with_fault(draft, mismatches, context, {"corrupt": broken_values(call, context)})
    if "status" in first.aspects and call.view.status == 200 and "range" in call.request.headers:
        yield from with_fault(draft, mismatches, context, {"range": "ignored"})


def broken_values(call: RecordedCall, context: RepairContext) -> dict[str, Any]:
    """Return the fields that break the contract, each with its value if the contract has the word, or a stand-in."""
    assert call.exchange.response is not None  # noqa: S101 -- only an answer has fields
    body = json_or_none(call.exchange.response.body)
    values: dict[str, Any] = {}
    for field in sorted(call.broken_fields)[:MAX_FIELDS]:
        value = value_at(body, parse_pointer(field.pointer))
        values[field.pointer] = ABSENT if value is MISSING else or_null(context.vocabulary.replace_texts(value))
    return values


def or_null(value: Any) -> Any:
    return NULL if value is None else value


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


def with_error(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext, do: dict[str, Any]
) -> Iterator[ScenarioDraft]:
    """Propose an error answer, with the recorded `Retry-After`; of a command, also one that has its effect."""
    response = mismatches[0].call.exchange.response
    wait = response.header("Retry-After") if response is not None else None
    if wait is not None and wait.isdecimal() and len(wait) <= 6:
        do = {**do, "retry_after": format_duration(int(wait) * SECOND)}
    yield from with_fault(draft, mismatches, context, do)
    if mismatches[0].call.is_command:
        yield from with_fault(draft, mismatches, context, {**do, "handled": True})
