"""What an answer must be, held against what it is: every difference a sentence."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mockserver.core.subset import differences
from mockserver.core.wire import Response
from mockserver.scenario.model import Expect
from mockserver.vendors.api import Era


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


def unexpected(response: Response | None, expect: Expect, era: Era, words: Mapping[str, str]) -> Iterator[str]:
    """How an answer differs from what a step expects; `words` replace `{base}` and `{job}` in expected texts."""
    if response is None:
        yield "no answer"
        return
    body = decoded(response)
    wanted = expect.status
    if (wanted is None and not 200 <= response.status < 300) or (wanted is not None and response.status != wanted):
        yield f"answered {response.status}; expected {wanted or 'a 2xx'}{_said(body, era)}"
    if expect.body is not None:
        yield from (f"body: {difference}" for difference in differences(body, filled(expect.body, words)))
    for pointer in expect.absent:
        if _has(body, pointer):
            yield f"body: {pointer} is there; expected to be absent"
    if expect.reason and era.reason(body) != expect.reason:
        yield f"the reason is {era.reason(body)!r}; expected {expect.reason!r}"
    for name, value in expect.headers:
        found = response.header(name)
        if found != filled(value, words):
            yield f"header {name} is {found!r}; expected {filled(value, words)!r}"


def filled(expected: Any, words: Mapping[str, str]) -> Any:
    """An expected value with the words put in wherever a text names them."""
    if isinstance(expected, str):
        for word, value in words.items():
            expected = expected.replace(f"{{{word}}}", value)
        return expected
    if isinstance(expected, Mapping):
        return {key: filled(value, words) for key, value in expected.items()}
    if isinstance(expected, list | tuple):
        return [filled(value, words) for value in expected]
    return expected


def _has(body: Any, pointer: str) -> bool:
    """Whether an RFC 6901 pointer leads to something, null included."""
    for raw in pointer.split("/")[1:]:
        key = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(body, Mapping) and key in body:
            body = body[key]
        elif isinstance(body, list) and key.isdecimal() and int(key) < len(body):
            body = body[int(key)]
        else:
            return False
    return True


def _said(body: Any, era: Era) -> str:
    reason = era.reason(body)
    return f" ({reason})" if reason else ""
