"""One admin call as a value, and the checks of what it says: a misspelt or mistyped word is refused, never ignored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import MockError, nearest, refuse
from mockserver.server.holds import Holds
from mockserver.server.hub import Hub
from mockserver.server.tempo import Tempo

MOST_LISTED: Final = 1_000
"""No admin answer lists more jobs, entries or changes; `total` says how many there are."""


@dataclass(slots=True)
class Ask:
    """One admin call."""

    hub: Hub
    tempo: Tempo
    session_name: str
    body: Mapping[str, Any]
    query: Mapping[str, str]
    params: tuple[str, ...]
    real: Callable[[], Instant]
    holds: Holds

    @property
    def session(self) -> Session:
        """The session the call acts on, made where there is none."""
        return self.hub.open(self.session_name, self.real())

    @property
    def now(self) -> Instant:
        """The session's instant."""
        return self.session.clock.now(self.real())


def ok(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, (("Content-Type", "application/json"),), orjson.dumps(value))


def wrong(what: str, value: object, hint: str) -> MockError:
    """`what`, not `value`: the value in a few characters, whatever its size."""
    shown = repr(value)
    return refuse("ADM003", f"{what}, not {shown if len(shown) < 100 else shown[:96] + ' ...'}", hint)


def within(pointer: str, error: MockError) -> MockError:
    """The same problems, of a part of the body that stands at that pointer."""
    places = [replace(each.location, pointer=pointer + each.location.pointer) for each in error.problems]
    return MockError(*(replace(each, location=at) for each, at in zip(error.problems, places, strict=True)))


def text(ask: Ask, name: str) -> str:
    """A field that is a text; empty where it is absent."""
    value = ask.body.get(name, "")
    if not isinstance(value, str):
        raise wrong(f"{name} is a text", value, f'{{"{name}": "..."}}')
    return value


def required(ask: Ask, name: str) -> str:
    """A text that must be there."""
    value = text(ask, name)
    if not value:
        raise refuse("ADM002", f"{name!r} is missing", f'{{"{name}": "..."}}')
    return value


def flag(ask: Ask, name: str) -> bool:
    """A field that is true or false; false where it is absent."""
    value = ask.body.get(name, False)
    if not isinstance(value, bool):
        raise wrong(f"{name} is true or false", value, f'{{"{name}": true}}')
    return value


def whole(ask: Ask, name: str, low: int, high: int, default: int) -> int:
    """A field that is a whole number in [low, high]."""
    value = ask.body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise wrong(f"{name} is a whole number from {low:,} to {high:,}", value, f'{{"{name}": {low}}}')
    return value


def digits(ask: Ask, name: str, default: int) -> int:
    """A query parameter that is a number not below 0."""
    value = ask.query.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise wrong(f"{name} is a number", value, f"?{name}=12")
    return int(value)


def one_of(ask: Ask, name: str, known: Iterable[str]) -> str:
    """A query parameter that is one of the known words; empty where it is absent."""
    value = ask.query.get(name, "")
    words = sorted(set(known))
    if value and value not in words:
        raise refuse("ADM003", f"no {name} {value[:80]!r}{nearest(value[:80], words)}", f"{name}: {', '.join(words)}")
    return value
