"""A request's body as JSON, or what is wrong with it; bounded, so that nothing later can trip over it."""

from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.wire import Request
from mockserver.vendors.api import Body, Trouble

DEEPEST: Final = 64
"""Deeper nesting is refused: our own serialiser has a bound too, and no vendor's request comes near it."""

_OTHER_TYPES: Final = ("multipart/", "application/x-www-form-urlencoded", "text/xml", "application/xml")


class Flaw(NamedTuple):
    """A body that no handler shall see: too large, not decodable, not JSON."""

    trouble: Trouble
    detail: str


def decode(request: Request, expected: Body) -> Any | Flaw:
    """The decoded body: None where the operation wants none or an optional one is empty.

    NaN, infinities, numbers beyond a double and lone surrogates are no JSON; of a repeated key the last one counts.
    """
    if expected in (Body.NONE, Body.BYTES):
        return None
    if not request.body:
        return None if expected is Body.OPTIONAL else Flaw(Trouble.BAD_JSON, "the body is empty")
    kind = request.headers.get("content-type", "").lower()
    if kind.startswith(_OTHER_TYPES):
        return Flaw(Trouble.WRONG_TYPE, f"the content type is {kind[:80]!r}, not application/json")
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        return Flaw(Trouble.BAD_JSON, f"{error.msg} at line {error.lineno} column {error.colno}")
    if _too_deep(value):
        return Flaw(Trouble.BAD_JSON, f"nested deeper than {DEEPEST} levels")
    return value if isinstance(value, dict) else Flaw(Trouble.NOT_AN_OBJECT, f"the body is {_name(value)}")


def _too_deep(value: Any) -> bool:
    """Whether objects and arrays nest deeper than `DEEPEST`; level by level, so that the test itself cannot."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, dict | list) for item in level)


def _name(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
