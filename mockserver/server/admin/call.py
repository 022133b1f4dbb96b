"""One admin call as a value, and the checks of its fields and parameters.

A check raises `MockError` ADM002 for a missing field and ADM003 for a value of the wrong type, form or range. Nothing
is converted or ignored: a mistyped field would otherwise be a test that proves nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mockserver.core.instants import Duration, Instant, invalid_duration, parse_duration, parse_instant, rfc3339
from mockserver.core.subset import is_number
from mockserver.core.text import truncate
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse, refuse_unknown
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import SessionRegistry
from mockserver.vendors.checks import Check, boolean, number, string

MAX_LISTED: Final = 1_000
"""Jobs, entries or changes in one answer; its `total` counts all of them."""
_MAX_SHOWN_VALUE: Final = 100
"""Characters of a wrong value that a message repeats."""
_MAX_DIGITS: Final = 18
"""Digits of a number in a query: it fits into 64 bits."""


@dataclass(slots=True, kw_only=True)
class AdminCall:
    """A request to the admin API, its path matched and its body decoded."""

    registry: SessionRegistry
    scheduler: Scheduler
    holds: HoldRegistry
    session_name: str
    """As the call gives it: it may have an epoch, `name@2`."""
    fields: Mapping[str, Any]
    query: Mapping[str, str]
    last_event_id: str
    """The header of a reader that comes back to a feed; empty: it is a new one."""
    path_params: tuple[str, ...]
    """The path segments that match a `*` of the route."""
    wall_clock: Callable[[], Instant]
    webhook_refusal: Callable[[str], str | None]
    """Returns why deliveries to a URL that the operator chose would be refused; None if they are allowed."""

    @property
    def session(self) -> Session:
        """The session that the call acts on, created if it does not exist."""
        return self.registry.get_or_create(self.session_name, self.wall_clock())

    @property
    def now(self) -> Instant:
        """The current instant of the session's clock."""
        return self.session.clock.now(self.wall_clock())


def json_ok(value: object, status: int = 200) -> Response:
    """Build a JSON answer."""
    return Response(status, (("Content-Type", "application/json"),), orjson.dumps(value))


def instant_json(at: Instant | None) -> str | None:
    """Return an instant in RFC 3339 with microseconds; None for none."""
    return None if at is None else rfc3339(at, digits=6)


def invalid_value(requirement: str, value: object, hint: str) -> MockError:
    """Build the error ADM003 `requirement, not value`; a long value is shortened."""
    return refuse("ADM003", f"{requirement}, not {truncate(repr(value), _MAX_SHOWN_VALUE, ' ...')}", hint)


def prefix_pointer(pointer: str, error: MockError) -> MockError:
    """Build the same error for a part of the body that stands at `pointer`."""
    moved = []
    for problem in error.problems:
        location = problem.location._replace(pointer=pointer + problem.location.pointer)
        moved.append(problem._replace(location=location))
    return MockError(*moved)


def check_field(name: str, value: Any, check: Check, example: str) -> Any:
    """Return a field's value if it passes a check. Raises `MockError` ADM003 with `example`, a JSON value, if not."""
    for mistake in check(value, (name,)):
        params = mistake.params
        # Only mistakes of numbers have bounds, whether type or range is wrong.
        if "exclusive" not in params:
            required = {"string": "a string", "boolean": "true or false"}[params["expected"]]
        elif params["exclusive"]:
            required = f"a number above {params['low']:,}, up to {params['high']:,}"
        else:
            required = f"an integer from {params['low']:,} to {params['high']:,}"
        raise invalid_value(f"{name} must be {required}", value, f'{{"{name}": {example}}}')
    return value


def text_field(call: AdminCall, name: str) -> str | None:
    """Return a field that must be a string; None if it is absent or empty. Raises `MockError` ADM003."""
    text: str = check_field(name, call.fields.get(name, ""), string(), '"..."')
    return text or None


def required_text(call: AdminCall, name: str) -> str:
    """Return a string that must be given. Raises `MockError` ADM002 or ADM003."""
    value = text_field(call, name)
    if value is None:
        state = "empty" if name in call.fields else "missing"
        raise refuse("ADM002", f"{name!r} is {state}", f'{{"{name}": "..."}}')
    return value


def bool_field(call: AdminCall, name: str) -> bool:
    """Return a field that must be true or false; false if it is absent. Raises `MockError` ADM003."""
    return bool(check_field(name, call.fields.get(name, False), boolean, "true"))


def int_field(call: AdminCall, name: str, low: int, high: int, default: int) -> int:
    """Return a field that must be an integer in [low, high]. Raises `MockError` ADM003."""
    check = number(low, high, whole=True, floats=False)
    return int(check_field(name, call.fields.get(name, default), check, str(low)))


def duration_field(name: str, value: Any) -> Duration:
    """Return a field's value that must be a duration. Raises `MockError` ADM003, which says what is wrong with it."""
    text = str(value) if is_number(value) else value
    if not isinstance(text, str):
        raise invalid_value(f"{name} must be a duration", value, f'{{"{name}": "30s"}}')
    duration = None if text is not value else parse_duration(text)
    if duration is None:
        reason, hint = invalid_duration(text)
        raise refuse("ADM003", f"{name}: {truncate(repr(value), _MAX_SHOWN_VALUE, ' ...')} {reason}", hint)
    return duration


def int_parameter(call: AdminCall, name: str, example: int = 12) -> int | None:
    """Return a query parameter that must be a non-negative integer; None if it is absent.

    Raises `MockError` ADM003, with `example` as a value.
    """
    value = call.query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS):
        raise invalid_value(f"{name} must be a non-negative integer", value, f"?{name}={example}")
    return int(value)


def as_of(call: AdminCall) -> Instant:
    """Return the instant that a call asks to be shown; without one, the present. Raises `MockError` ADM003."""
    now = call.now
    text = call.query.get("as_of")
    if text is None:
        return now
    at = parse_instant(text)
    if at is None:
        raise invalid_value("as_of must be an instant", text, "RFC 3339 with an offset: 2026-05-06T12:00:00Z")
    if at > now:
        message = f"as_of shows the past, and the session's clock is at {instant_json(now)}"
        raise refuse("ADM003", message, f'POST /__mock/clock {{"set": "{instant_json(at)}"}} moves the clock there')
    return at


def choice_parameter(call: AdminCall, name: str, known: Iterable[str]) -> str | None:
    """Return a query parameter that must be one of the known words; None if absent or empty. Raises ADM003."""
    return _check_choice(name, call.query.get(name), sorted(set(known)))


def choice_field(call: AdminCall, name: str, known: Collection[str]) -> str | None:
    """Return a field that must be one of the known words; None if it is absent or empty. Raises `MockError` ADM003."""
    return _check_choice(name, text_field(call, name), known)


def _check_choice(name: str, value: str | None, known: Collection[str]) -> str | None:
    if value and value not in known:
        raise refuse_unknown("ADM003", name, value, known, f"{name}: {', '.join(known)}")
    return value or None
