"""What an answer must be, held against what it is: every difference a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.core.counting import count
from mockserver.core.pointer import steps
from mockserver.core.subset import MISSING, differences
from mockserver.core.wire import Response
from mockserver.scenario.kept import Words, filled, woven
from mockserver.scenario.model import Expect
from mockserver.vendors.api import Era

__all__ = ["MISSING", "decoded", "found", "unexpected", "unshared"]


def decoded(response: Response) -> Any:
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


def unexpected(response: Response | None, expect: Expect, era: Era, words: Words) -> Iterator[str]:
    """How an answer (None: none came) differs from what a step expects; `words` say what stands in braces."""
    if expect.one_of:
        yield from _none_of(response, expect.one_of, era, words)
    elif expect.whatever:
        return
    elif expect.no_answer:
        if response is not None:
            yield f"answered {response.status}; expected no answer{_said(decoded(response), era)}"
    elif response is None:
        yield f"no answer; expected {expect.status or 'a 2xx'} (`no_answer: true` expects none)"
    else:
        yield from _differences(response, expect, era, words)


def _differences(response: Response, expect: Expect, era: Era, words: Words) -> Iterator[str]:
    body = decoded(response)
    wanted = expect.status
    if (wanted is None and not 200 <= response.status < 300) or (wanted is not None and response.status != wanted):
        yield f"answered {response.status}; expected {wanted or 'a 2xx'}{_said(body, era)}"
    if expect.body is not None:
        yield from (f"body: {difference}" for difference in differences(body, filled(expect.body, words)))
    for pointer in expect.absent:
        if found(body, pointer) is not MISSING:
            yield f"body: {pointer} is there; expected to be absent"
    if expect.reason and era.reason(body) != expect.reason:
        yield f"the reason is {era.reason(body)!r}; expected {expect.reason!r}"
    for name, value in expect.headers:
        given = response.header(name)
        if given != woven(value, words):
            yield f"header {name} is {given!r}; expected {woven(value, words)!r}"


def _none_of(response: Response | None, answers: Sequence[Expect], era: Era, words: Words) -> Iterator[str]:
    """Why an answer is none of those that would do: for each, the first thing that it lacks."""
    lacks = [next(unexpected(response, one, era, words), "") for one in answers]
    if all(lacks):
        yield f"none of {count(len(answers), 'answer')} that would do: " + " | ".join(lacks)


def unshared(answers: Sequence[tuple[Response | None, Words]], outcomes: Sequence[Expect], era: Era) -> Iterator[str]:
    """Why the answers cannot be handed out so that each is another outcome: the outcomes that nobody can have."""
    fits = [[not any(unexpected(response, outcome, era, words)) for response, words in answers] for outcome in outcomes]
    holder: dict[int, int] = {}
    """By answer, the outcome that it is."""
    for place, outcome in enumerate(outcomes):
        if not _placed(place, fits, holder, set()):
            got = ", ".join("none" if response is None else str(response.status) for response, _ in answers)
            wanted = "no answer" if outcome.no_answer else outcome.status or "a 2xx"
            yield f"outcome {place + 1} of {len(outcomes)} ({wanted}, line {outcome.line}) is nobody's; answered: {got}"


def _placed(outcome: int, fits: Sequence[Sequence[bool]], holder: dict[int, int], tried: set[int]) -> bool:
    """Find an answer for an outcome, moving others to another answer where that helps (augmenting paths)."""
    for answer, fit in enumerate(fits[outcome]):
        if fit and answer not in tried:
            tried.add(answer)
            if answer not in holder or _placed(holder[answer], fits, holder, tried):
                holder[answer] = outcome
                return True
    return False


def found(body: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer leads to, null included; `MISSING` where it leads nowhere."""
    for key in steps(pointer):
        if isinstance(body, Mapping) and key in body:
            body = body[key]
        elif isinstance(body, list) and key.isdecimal() and int(key) < len(body):
            body = body[int(key)]
        else:
            return MISSING
    return body


def _said(body: Any, era: Era) -> str:
    reason = era.reason(body)
    return f" ({reason})" if reason else ""
