"""One admin call as a value, and the checks of what it says: a misspelt or mistyped word is refused, never ignored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant
from mockserver.core.wire import Response
from mockserver.engine.session.session import Session
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import SessionRegistry

MAX_LISTED: Final = 1_000
"""No admin answer lists more jobs, entries or changes; `total` says how many there are."""


@dataclass(slots=True)
class AdminCall:
    """One admin call."""

    registry: SessionRegistry
    scheduler: Scheduler
    session_name: str
    fields: Mapping[str, Any]
    query: Mapping[str, str]
    path_params: tuple[str, ...]
    wall_clock: Callable[[], Instant]
    holds: HoldRegistry

    @property
    def session(self) -> Session:
        """The session the call acts on, made where there is none."""
        return self.registry.get_or_create(self.session_name, self.wall_clock())

    @property
    def now(self) -> Instant:
        """The session's instant."""
        return self.session.clock.now(self.wall_clock())


def json_ok(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, (("Content-Type", "application/json"),), orjson.dumps(value))


def invalid_value(expected: str, value: object, hint: str) -> MockError:
    """`what`, not `value`: the value in a few characters, whatever its size."""
    shown = repr(value)
    return refuse("ADM003", f"{expected}, not {shown if len(shown) < 100 else shown[:96] + ' ...'}", hint)


def prefix_pointer(pointer: str, error: MockError) -> MockError:
    """The same problems, of a part of the body that stands at that pointer."""
    places = [replace(each.location, pointer=pointer + each.location.pointer) for each in error.problems]
    return MockError(*(replace(each, location=at) for each, at in zip(error.problems, places, strict=True)))


def text_field(call: AdminCall, name: str) -> str:
    """A field that is a text; empty where it is absent."""
    value = call.fields.get(name, "")
    if not isinstance(value, str):
        raise invalid_value(f"{name} is a text", value, f'{{"{name}": "..."}}')
    return value


def required_text(call: AdminCall, name: str) -> str:
    """A text that must be there."""
    value = text_field(call, name)
    if not value:
        raise refuse("ADM002", f"{name!r} is missing", f'{{"{name}": "..."}}')
    return value


def bool_field(call: AdminCall, name: str) -> bool:
    """A field that is true or false; false where it is absent."""
    value = call.fields.get(name, False)
    if not isinstance(value, bool):
        raise invalid_value(f"{name} is true or false", value, f'{{"{name}": true}}')
    return value


def int_field(call: AdminCall, name: str, low: int, high: int, default: int) -> int:
    """A field that is a whole number in [low, high]."""
    value = call.fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise invalid_value(f"{name} is a whole number from {low:,} to {high:,}", value, f'{{"{name}": {low}}}')
    return value


def int_parameter(call: AdminCall, name: str, default: int) -> int:
    """A query parameter that is a number not below 0."""
    value = call.query.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise invalid_value(f"{name} is a number", value, f"?{name}=12")
    return int(value)


def choice_parameter(call: AdminCall, name: str, known: Iterable[str]) -> str:
    """A query parameter that is one of the known words; empty where it is absent."""
    value = call.query.get(name, "")
    words = sorted(set(known))
    if value and value not in words:
        raise refuse(
            "ADM003", f"no {name} {value[:80]!r}{did_you_mean(value[:80], words)}", f"{name}: {', '.join(words)}"
        )
    return value
