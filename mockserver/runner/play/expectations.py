"""What an answer must be, held against what it is: every difference a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.core.pointer import parse_pointer
from mockserver.core.subset import MISSING, differences
from mockserver.core.text import pluralize
from mockserver.core.wire import Response
from mockserver.scenario.model import ExpectedAnswer
from mockserver.scenario.placeholders import PlaceholderLookup, interpolate, substitute
from mockserver.vendors.api import Era

__all__ = ["MISSING", "answer_failures", "decode_response_body", "resolve_pointer", "unmatched_outcomes"]


def decode_response_body(response: Response) -> Any:
    """A body as JSON (a list of lines for JSON lines), as text, or None where it is neither."""
    kind = (response.header("Content-Type") or "").partition(";")[0].strip()
    try:
        if kind in ("application/jsonl", "application/x-ndjson"):
            return [orjson.loads(line) for line in response.body.splitlines() if line.strip()]
        if kind.endswith("json"):
            return orjson.loads(response.body)
        return response.body.decode("utf-8")
    except ValueError:
        return None


def answer_failures(
    response: Response | None, expect: ExpectedAnswer, era: Era, lookup: PlaceholderLookup
) -> Iterator[str]:
    """How an answer (None: none came) differs from what a step expects; `words` say what stands in braces."""
    if expect.one_of:
        yield from _alternative_failures(response, expect.one_of, era, lookup)
    elif expect.anything:
        return
    elif expect.no_answer:
        if response is not None:
            yield f"answered {response.status}; expected no answer{_reason_suffix(decode_response_body(response), era)}"
    elif response is None:
        yield f"no answer; expected {expect.status or 'a 2xx'} (`no_answer: true` expects none)"
    else:
        yield from _response_failures(response, expect, era, lookup)


def _response_failures(
    response: Response, expect: ExpectedAnswer, era: Era, lookup: PlaceholderLookup
) -> Iterator[str]:
    body = decode_response_body(response)
    wanted = expect.status
    if (wanted is None and not 200 <= response.status < 300) or (wanted is not None and response.status != wanted):
        yield f"answered {response.status}; expected {wanted or 'a 2xx'}{_reason_suffix(body, era)}"
    if expect.body is not None:
        yield from (f"body: {difference}" for difference in differences(body, substitute(expect.body, lookup)))
    for pointer in expect.absent:
        if resolve_pointer(body, pointer) is not MISSING:
            yield f"body: {pointer} is there; expected to be absent"
    if expect.reason and era.error_reason(body) != expect.reason:
        yield f"the reason is {era.error_reason(body)!r}; expected {expect.reason!r}"
    for name, value in expect.headers:
        given = response.header(name)
        if given != interpolate(value, lookup):
            yield f"header {name} is {given!r}; expected {interpolate(value, lookup)!r}"


def _alternative_failures(
    response: Response | None, answers: Sequence[ExpectedAnswer], era: Era, lookup: PlaceholderLookup
) -> Iterator[str]:
    """Why an answer is none of those that would do: for each, the first thing that it lacks."""
    lacks = [next(answer_failures(response, one, era, lookup), "") for one in answers]
    if all(lacks):
        yield f"none of {pluralize(len(answers), 'answer')} that would do: " + " | ".join(lacks)


def unmatched_outcomes(
    answers: Sequence[tuple[Response | None, PlaceholderLookup]], outcomes: Sequence[ExpectedAnswer], era: Era
) -> Iterator[str]:
    """Why the answers cannot be handed out so that each is another outcome: the outcomes that nobody can have."""
    fits = [
        [not any(answer_failures(response, outcome, era, words)) for response, words in answers] for outcome in outcomes
    ]
    holder: dict[int, int] = {}
    """By answer, the outcome that it is."""
    for place, outcome in enumerate(outcomes):
        if not _assign_answer(place, fits, holder, set()):
            got = ", ".join("none" if response is None else str(response.status) for response, _ in answers)
            wanted = "no answer" if outcome.no_answer else outcome.status or "a 2xx"
            yield f"outcome {place + 1} of {len(outcomes)} ({wanted}, line {outcome.line}) is nobody's; answered: {got}"


def _assign_answer(
    outcome: int, fits: Sequence[Sequence[bool]], outcome_by_answer: dict[int, int], visited: set[int]
) -> bool:
    """Find an answer for an outcome, moving others to another answer where that helps (augmenting paths)."""
    for answer, fit in enumerate(fits[outcome]):
        if fit and answer not in visited:
            visited.add(answer)
            if answer not in outcome_by_answer or _assign_answer(
                outcome_by_answer[answer], fits, outcome_by_answer, visited
            ):
                outcome_by_answer[answer] = outcome
                return True
    return False


def resolve_pointer(body: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer leads to, null included; `MISSING` where it leads nowhere."""
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
