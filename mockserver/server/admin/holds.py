"""The admin calls about holds: requests that are stopped on their way, and let go by hand."""

from typing import Any

from mockserver.core.instants import rfc3339
from mockserver.core.wire import Response
from mockserver.errors import did_you_mean, refuse
from mockserver.server.admin.call import AdminCall, int_field, json_ok, required_text, text_field
from mockserver.server.scheduling.holds import HOLD_POINTS, HeldRequest, Hold

MAX_HOLD_TIMES = 1_000
"""Requests that one hold may stop."""
MAX_HOLDS = 1_000
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
    """Stop the next requests for an operation: `{operation, at, times}`."""
    operation = required_text(call, "operation")
    known = {found.name for era in call.session.setup.eras.values() for found in era.operations}
    if operation not in ("*", *known):
        near = did_you_mean(operation[:80], known)
        raise refuse("ADM003", f"no operation {operation[:80]!r}{near}", ", ".join(("*", *sorted(known))))
    said = text_field(call, "at") or HOLD_POINTS[0]
    at = next((point for point in HOLD_POINTS if point == said), None)
    if at is None:
        raise refuse(
            "ADM003", f"no hold point {said[:80]!r}{did_you_mean(said[:80], HOLD_POINTS)}", " or ".join(HOLD_POINTS)
        )
    if len(call.holds.holds(call.session)) >= MAX_HOLDS:
        raise refuse("ADM003", f"a session has at most {MAX_HOLDS:,} holds", "DELETE /__mock/holds takes all away")
    return json_ok(
        _hold_json(call.holds.add(call.session, operation, at, int_field(call, "times", 1, MAX_HOLD_TIMES, 1))), 201
    )


async def list_holds(call: AdminCall) -> Response:
    """The session's holds, and the requests that are being held."""
    holds, parked = call.holds.holds(call.session), call.holds.held_requests(call.session)
    return json_ok(
        {"holds": [_hold_json(hold) for hold in holds], "parked": [_held_request_json(one) for one in parked]}
    )


async def release_hold(call: AdminCall) -> Response:
    """Let a held request go, or all that a hold has stopped."""
    name, session = call.path_params[0], call.session
    freed = call.holds.release(session, name)
    if freed is None:
        held = call.holds
        known = [*(one.id for one in held.held_requests(session)), *(one.id for one in held.holds(session))]
        raise refuse("ADM012", f"nothing is held as {name[:80]!r}{did_you_mean(name[:80], known)}", "GET /__mock/holds")
    return json_ok({"released": [_held_request_json(parked) for parked in freed]})


async def delete_holds(call: AdminCall) -> Response:
    """Take every hold away and let every request go."""
    return json_ok({"holds": call.holds.clear(call.session)})
