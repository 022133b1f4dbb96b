"""A request's body as JSON, or what is wrong with it; bounded, so that nothing later can trip over it."""

from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.wire import Request
from mockserver.vendors.api import BodyPolicy, RequestError

MAX_DEPTH: Final = 64
"""Deeper nesting is refused: our own serialiser has a bound too, and no vendor's request comes near it."""

_REFUSED_TYPES: Final = ("multipart/", "application/x-www-form-urlencoded", "text/xml", "application/xml")


class BodyError(NamedTuple):
    """A body that no handler shall see: too large, not decodable, not JSON."""

    error: RequestError
    detail: str


def decode_body(request: Request, policy: BodyPolicy) -> Any | BodyError:
    """The decoded body: None where the operation wants none or an optional one is empty.

    NaN, infinities, numbers beyond a double and lone surrogates are no JSON; of a repeated key the last one counts.
    """
    if policy in (BodyPolicy.NONE, BodyPolicy.BYTES):
        return None
    if not request.body:
        return None if policy is BodyPolicy.OPTIONAL else BodyError(RequestError.BAD_JSON, "the body is empty")
    kind = request.headers.get("content-type", "").lower()
    if kind.startswith(_REFUSED_TYPES):
        return BodyError(RequestError.WRONG_TYPE, f"the content type is {kind[:80]!r}, not application/json")
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        return BodyError(RequestError.BAD_JSON, f"{error.msg} at line {error.lineno} column {error.colno}")
    if _is_too_deep(value):
        return BodyError(RequestError.BAD_JSON, f"nested deeper than {MAX_DEPTH} levels")
    return (
        value if isinstance(value, dict) else BodyError(RequestError.NOT_AN_OBJECT, f"the body is {_json_type(value)}")
    )


def _is_too_deep(value: Any) -> bool:
    """Whether objects and arrays nest deeper than `DEEPEST`; level by level, so that the test itself cannot."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, dict | list) for item in level)


def _json_type(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
