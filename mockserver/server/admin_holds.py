"""The admin calls about holds: requests that are stopped on their way, and let go by hand."""

from typing import Any

from mockserver.core.instants import rfc3339
from mockserver.core.wire import Response
from mockserver.errors import nearest, refuse
from mockserver.server.ask import Ask, ok, required, text, whole
from mockserver.server.holds import POINTS, Hold, Parked

MOST_TIMES = 1_000
"""Requests that one hold may stop."""
MOST = 1_000
"""Holds of one session."""


def _hold_json(hold: Hold) -> dict[str, Any]:
    return {"id": hold.id, "operation": hold.operation, "at": hold.at, "times": hold.left}


def _parked_json(parked: Parked) -> dict[str, Any]:
    return {
        "id": parked.id,
        "hold": parked.hold.id,
        "at": parked.hold.at,
        "operation": parked.operation,
        "method": parked.request.method,
        "path": parked.request.path,
        "since": rfc3339(parked.since, digits=6),
    }


async def make_hold(ask: Ask) -> Response:
    """Stop the next requests for an operation: `{operation, at, times}`."""
    operation = required(ask, "operation")
    known = {found.name for era in ask.session.setup.eras.values() for found in era.operations}
    if operation not in ("*", *known):
        near = nearest(operation[:80], known)
        raise refuse("ADM003", f"no operation {operation[:80]!r}{near}", ", ".join(("*", *sorted(known))))
    said = text(ask, "at") or POINTS[0]
    at = next((point for point in POINTS if point == said), None)
    if at is None:
        raise refuse("ADM003", f"no hold point {said[:80]!r}{nearest(said[:80], POINTS)}", " or ".join(POINTS))
    if len(ask.holds.holds(ask.session)) >= MOST:
        raise refuse("ADM003", f"a session has at most {MOST:,} holds", "DELETE /__mock/holds takes all away")
    return ok(_hold_json(ask.holds.add(ask.session, operation, at, whole(ask, "times", 1, MOST_TIMES, 1))), 201)


async def list_holds(ask: Ask) -> Response:
    """The session's holds, and the requests that are being held."""
    holds, parked = ask.holds.holds(ask.session), ask.holds.parked(ask.session)
    return ok({"holds": [_hold_json(hold) for hold in holds], "parked": [_parked_json(one) for one in parked]})


async def release(ask: Ask) -> Response:
    """Let a held request go, or all that a hold has stopped."""
    name, session = ask.params[0], ask.session
    freed = ask.holds.release(session, name)
    if freed is None:
        held = ask.holds
        known = [*(one.id for one in held.parked(session)), *(one.id for one in held.holds(session))]
        raise refuse("ADM012", f"nothing is held as {name[:80]!r}{nearest(name[:80], known)}", "GET /__mock/holds")
    return ok({"released": [_parked_json(parked) for parked in freed]})


async def clear(ask: Ask) -> Response:
    """Take every hold away and let every request go."""
    return ok({"holds": ask.holds.clear(ask.session)})
