"""The admin call that verifies the requests of a session: how often they came, or in which order."""

from typing import Final

from mockserver.core.wire import Response
from mockserver.engine.verification import RequestExpectation, verify
from mockserver.errors import refuse
from mockserver.server.admin.call import AdminCall, bool_field, int_field, json_ok
from mockserver.server.admin.patterns import MAX_COUNT, PATTERN_FIELDS, parse_pattern, parse_patterns
from mockserver.server.admin.scope import own_scope

COUNT_FIELDS: Final = ("count", "at_least", "at_most", "never")
VERIFY_FIELDS: Final = (*PATTERN_FIELDS, *COUNT_FIELDS, "in_order", "since")


async def verify_requests(call: AdminCall) -> Response:
    """Report whether matching requests came that often, or in that order.

    Raises `MockError` ADM002, ADM003 or ADM046.
    """
    scope = own_scope(call.registry)
    since = int_field(call, "since", 0, MAX_COUNT, 0)
    given = [name for name in COUNT_FIELDS if name in call.fields]
    if "in_order" in call.fields:
        for name in (*PATTERN_FIELDS, *COUNT_FIELDS):
            if name in call.fields:
                raise refuse("ADM002", f"in_order cannot be combined with {name!r}", "only since goes with it")
        expectation = RequestExpectation(order=parse_patterns(call, "in_order"), since=since)
    elif len(given) < 2 or given == ["at_least", "at_most"]:
        low, high = _count_bounds(call)
        expectation = RequestExpectation(parse_pattern(call), low, high, since=since)
    else:
        raise refuse("ADM002", f"{' and '.join(given)} cannot be combined", "only at_least and at_most can")
    result = verify(call.session.journal, expectation)
    if scope:
        result["text"] += f"\n    about {scope['scope']}"
    return json_ok({**result, **scope})


def _count_bounds(call: AdminCall) -> tuple[int, int | None]:
    """Return the lowest and the highest expected count (None: unbounded); without any bound, at least one."""
    if "never" in call.fields:
        if not bool_field(call, "never"):
            raise refuse("ADM003", "never must be true or left out", '{"never": true}')
        return 0, 0
    if "count" in call.fields:
        count = int_field(call, "count", 0, MAX_COUNT, 0)
        return count, count
    if "at_most" not in call.fields:
        return int_field(call, "at_least", 0, MAX_COUNT, 1), None
    low = int_field(call, "at_least", 0, MAX_COUNT, 0)
    return low, int_field(call, "at_most", low, MAX_COUNT, low)
