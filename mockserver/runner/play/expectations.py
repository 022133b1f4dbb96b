"""Expected answers of a play: the comparison with what came, one sentence for each difference."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.core.media_type import JSON_LINES_TYPES, parse_media_type
from mockserver.core.pointer import parse_pointer
from mockserver.core.subset import MISSING, differences
from mockserver.core.text import json_text, pluralize
from mockserver.core.wire import Response
from mockserver.scenario.placeholders import PlaceholderLookup, interpolate, substitute
from mockserver.scenario.play_model import ExpectedAnswer, NameValuePairs
from mockserver.vendors.api import Era


def decode_response_body(response: Response) -> Any:
    """Decode a body: JSON, a list for JSON Lines, else text; None if it is none of them."""
    media_type = parse_media_type(response.header("Content-Type"))
    try:
        if media_type in JSON_LINES_TYPES:
            return [orjson.loads(line) for line in response.body.splitlines() if line.strip()]
        if media_type.endswith("json"):
            return orjson.loads(response.body)
        return response.body.decode("utf-8")
    except ValueError:
        return None


def answer_failures(
    response: Response | None, expect: ExpectedAnswer, era: Era, lookup: PlaceholderLookup
) -> Iterator[str]:
    """Yield how an answer (None: none came) differs from what a step expects. Raises what `lookup` raises."""
    if expect.one_of:
        # Every alternative is evaluated, even behind one that fits: an unsaved placeholder makes the step inconclusive.
        first_failures = [next(answer_failures(response, one, era, lookup), None) for one in expect.one_of]
        if None not in first_failures:
            failures = " | ".join(filter(None, first_failures))
            yield f"matches none of {pluralize(len(first_failures), 'accepted answer')}: {failures}"
    elif expect.anything:
        return
    elif expect.no_answer:
        if response is not None:
            yield f"answered {response.status}; expected no answer{_reason_suffix(decode_response_body(response), era)}"
    elif response is None:
        yield f"no answer; expected {expect.status or 'a 2xx'} (`no_answer: true` expects none)"
    else:
        yield from _body_failures(response, expect, era, lookup)


def _body_failures(response: Response, expect: ExpectedAnswer, era: Era, lookup: PlaceholderLookup) -> Iterator[str]:
    body = decode_response_body(response)
    expected_statuses: Container[int] = range(200, 300)
    if expect.status is not None:
        expected_statuses = (expect.status,)
    if response.status not in expected_statuses:
        yield f"answered {response.status}; expected {expect.status or 'a 2xx'}{_reason_suffix(body, era)}"
    if expect.body is not None:
        for difference in differences(body, substitute(expect.body, lookup)):
            yield f"body: {difference}"
    for pointer in expect.absent:
        if resolve_pointer(body, pointer) is not MISSING:
            yield f"body: {pointer} is present; expected it to be absent"
    reason = era.error_reason(body)
    if expect.reason and reason != expect.reason:
        found = json_text(reason) if reason else "missing"
        yield f"the reason is {found}; expected {json_text(expect.reason)}"
    yield from header_failures(response.header, expect.headers, lookup)


def header_failures(
    value_of: Callable[[str], str | None], expected: NameValuePairs, lookup: PlaceholderLookup
) -> Iterator[str]:
    """Yield the expected headers that are missing or have another value. Raises what `lookup` raises."""
    for name, template in expected:
        value = value_of(name)
        expected_value = interpolate(template, lookup)
        if value != expected_value:
            found = "missing" if value is None else json_text(value)
            yield f"header {name} is {found}; expected {json_text(expected_value)}"


def unmatched_outcomes(
    answers: Sequence[tuple[Response | None, PlaceholderLookup]], outcomes: Sequence[ExpectedAnswer], era: Era
) -> Iterator[str]:
    """Match answers and outcomes one to one (bipartite matching) and yield the outcomes left without an answer."""
    fits = [[not any(answer_failures(answer, each, era, lookup)) for answer, lookup in answers] for each in outcomes]
    outcome_by_answer: dict[int, int] = {}
    for index, outcome in enumerate(outcomes):
        if _assign_answer(index, fits, outcome_by_answer, set()):
            continue
        statuses = ", ".join("none" if response is None else str(response.status) for response, _ in answers)
        wanted = "no answer" if outcome.no_answer else outcome.status or "a 2xx"
        place = f"outcome {index + 1} of {len(outcomes)} ({wanted}, line {outcome.line})"
        yield f"no answer is left for {place}; answered: {statuses}"


def _assign_answer(outcome: int, fits: list[list[bool]], outcome_by_answer: dict[int, int], visited: set[int]) -> bool:
    """Find an answer for an outcome along an augmenting path; True if there is one.

    Invariant: `outcome_by_answer` is a matching before and after, and no outcome that had an answer loses it: it
    gets another one first. `visited` holds the answers tried for this outcome, so that the search ends.
    """
    for answer, fit in enumerate(fits[outcome]):
        if not fit or answer in visited:
            continue
        visited.add(answer)
        holder = outcome_by_answer.get(answer)
        if holder is None or _assign_answer(holder, fits, outcome_by_answer, visited):
            outcome_by_answer[answer] = outcome
            return True
    return False


def resolve_pointer(body: Any, pointer: str) -> Any:
    """Return the value at an RFC 6901 pointer, null included; `MISSING` if there is none."""
    for key in parse_pointer(pointer):
        if isinstance(body, Mapping) and key in body:
            body = body[key]
        elif isinstance(body, list) and key.isdecimal() and int(key) < len(body):
            body = body[int(key)]
        else:
            return MISSING
    return body


def _reason_suffix(body: Any, era: Era) -> str:
    reason = era.error_reason(body)
    return f" ({reason})" if reason else ""
