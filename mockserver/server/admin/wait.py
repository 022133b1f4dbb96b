"""The admin call that waits for a condition, for a bounded time on the wall clock."""

from typing import Final

from mockserver.core.instants import SECOND, Duration, Instant, format_duration, parse_duration, rfc3339
from mockserver.core.wire import Response
from mockserver.errors import refuse
from mockserver.server.admin.call import AdminCall, invalid_value, json_ok, text_field
from mockserver.server.admin.patterns import PATTERN_FIELDS
from mockserver.server.admin.scope import own_scope
from mockserver.server.admin.wait_conditions import CONDITIONS, WaitCondition
from mockserver.server.problem import problem_response
from mockserver.server.scheduling.waits import wait_until

MAX_TIMEOUT: Final = 60 * SECOND
DEFAULT_TIMEOUT: Final = "5s"
WAIT_FIELDS: Final = tuple(dict.fromkeys((*CONDITIONS, *PATTERN_FIELDS, "since", "timeout")))


async def wait(call: AdminCall) -> Response:
    """Wait until a condition is met: 200 with its facts, 504 after the timeout, 409 if it can no longer be met.

    Raises `MockError` ADM002-ADM005 for the fields, ADM035 if the session was reset or deleted during the wait, ADM046
    for anything but a state if other processes answer there too.
    """
    scope = {} if "state" in call.fields else own_scope(call.registry)
    condition = _parse_condition(call)
    given = text_field(call, "timeout") or DEFAULT_TIMEOUT
    timeout = parse_duration(given)
    if timeout is None or timeout > MAX_TIMEOUT:
        hint = f'{{"timeout": "{DEFAULT_TIMEOUT}"}}'
        raise invalid_value("timeout must be a duration of real time up to 60s", given, hint)
    began = call.wall_clock()
    session = call.session

    def now() -> Instant:
        return session.clock.now(call.wall_clock())

    def is_gone() -> bool:
        return call.registry.get(session.name) is not session

    def is_over() -> bool:
        if is_gone() or condition.result(now()) is not None:
            return True
        return condition.impossible_because(now()) is not None

    await wait_until(
        is_over=is_over,
        due_at=lambda: condition.due_at(now()),
        session=session,
        scheduler=call.scheduler,
        timeout=timeout / SECOND,
    )
    if is_gone():
        raise refuse("ADM035", f"session {session.name!r} was reset or deleted during the wait", "wait again")
    # Not taken from the last call of `is_over`: the wait may have ended by the timeout, or with the server.
    facts = condition.result(now())
    if facts is None:
        return _not_met(condition, now(), session.clock.frozen, timeout, scope)
    waited = format_duration(call.wall_clock() - began)
    return json_ok({"met": True, "now": rfc3339(now(), digits=6), "waited": waited, **facts, **scope})


def _not_met(
    condition: WaitCondition, now: Instant, frozen: bool, timeout: Duration, scope: dict[str, str]
) -> Response:
    """Return 409 for a condition that can no longer be met, else 504; both with the facts at `now`."""
    text, facts = condition.describe(now)
    members = {"met": False, "now": rfc3339(now, digits=6), "frozen": frozen, **facts, **scope}
    reason = condition.impossible_because(now)
    if reason is not None:
        hint = "GET /__mock/jobs/ID shows its course"
        return problem_response(409, "ADM034", f"this can no longer happen: {reason}", hint, **members)
    hint = "the clock is frozen: POST /__mock/clock moves it" if frozen else "wait longer"
    return problem_response(504, "ADM033", f"not within {format_duration(timeout)}: {text}", hint, **members)


def _parse_condition(call: AdminCall) -> WaitCondition:
    given = [name for name in CONDITIONS if name in call.fields]
    if len(given) != 1:
        message = "the body has no condition to wait for"
        if given:
            message = f"a call waits for one condition, and this one for {' and '.join(given)}"
        raise refuse("ADM002", message, 'Give state, polls, requests or delivery, such as {"requests": 2}.')
    name = given[0]
    condition_type = CONDITIONS[name]
    for field in call.fields:
        if field not in (name, "timeout", *condition_type.other_fields):
            allowed = ", ".join((*condition_type.other_fields, "timeout"))
            raise refuse("ADM002", f"{field!r} cannot be combined with {name}", f"with {name}: {allowed}")
    return condition_type.parse(call)
