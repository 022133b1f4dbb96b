"""The admin calls about holds: requests that are stopped on their way until they are released."""

from typing import Any, Final

from mockserver.core.instants import rfc3339
from mockserver.core.wire import Response
from mockserver.errors import refuse, refuse_unknown
from mockserver.server.admin.call import AdminCall, int_field, json_ok, required_text, text_field
from mockserver.server.scheduling.holds import HOLD_POINTS, HeldRequest, Hold

MAX_HOLD_TIMES: Final = 1_000
"""Requests that one hold may stop."""
MAX_HOLDS: Final = 1_000
"""Holds of one session."""


def _hold_json(hold: Hold) -> dict[str, Any]:
    return {"id": hold.id, "operation": hold.operation, "at": hold.point, "times": hold.remaining}


def _held_request_json(held: HeldRequest) -> dict[str, Any]:
    return {
        "id": held.id,
        "hold": held.hold.id,
        "at": held.hold.point,
        "operation": held.operation,
        "method": held.request.method,
        "path": held.request.path,
        "since": rfc3339(held.since, digits=6),
    }


async def add_hold(call: AdminCall) -> Response:
    """Stop the next requests for an operation: `{operation, at, times}`.

    Raises `MockError` ADM003 for an unknown operation or point, and if the session has too many holds.
    """
    session = call.session
    operation = required_text(call, "operation")
    operations = sorted({known.name for era in session.setup.eras.values() for known in era.operations})
    if operation not in ("*", *operations):
        raise refuse_unknown("ADM003", "operation", operation, ("*", *operations))
    point_name = text_field(call, "at") or HOLD_POINTS[0]
    point = next((known for known in HOLD_POINTS if known == point_name), None)
    if point is None:
        raise refuse_unknown("ADM003", "hold point", point_name, HOLD_POINTS, " or ".join(HOLD_POINTS))
    if len(call.holds.holds(session)) >= MAX_HOLDS:
        raise refuse("ADM003", f"a session has at most {MAX_HOLDS:,} holds", "DELETE /__mock/holds removes all")
    times = int_field(call, "times", 1, MAX_HOLD_TIMES, 1)
    return json_ok(_hold_json(call.holds.add(session, operation, point, times)), 201)


async def list_holds(call: AdminCall) -> Response:
    """List the session's holds, and the requests that are stopped now (`parked`)."""
    holds = [_hold_json(hold) for hold in call.holds.holds(call.session)]
    held = [_held_request_json(request) for request in call.holds.held_requests(call.session)]
    return json_ok({"holds": holds, "parked": held})


async def release_hold(call: AdminCall) -> Response:
    """Release one held request, or all that a hold has stopped. Raises `MockError` ADM012."""
    name = call.path_params[0]
    session = call.session
    released = call.holds.release(session, name)
    if released is None:
        known = [request.id for request in call.holds.held_requests(session)]
        known += [hold.id for hold in call.holds.holds(session)]
        raise refuse_unknown("ADM012", "hold or held request", name, known, "GET /__mock/holds lists them.")
    return json_ok({"released": [_held_request_json(request) for request in released]})


async def delete_holds(call: AdminCall) -> Response:
    """Remove all holds of the session and release every held request."""
    removed = len(call.holds.holds(call.session))
    released = call.holds.clear(call.session)
    return json_ok({"holds": removed, "released": [_held_request_json(request) for request in released]})
