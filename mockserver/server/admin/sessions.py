"""The admin calls about the server and its sessions: health, version, sessions, reset."""

from typing import Any

from mockserver import __version__
from mockserver.core.clock import parse_clock_mode
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import refuse, refuse_unknown
from mockserver.server.admin.call import MAX_LISTED, AdminCall, bool_field, json_ok, required_text, text_field
from mockserver.server.admin.clock import auto_json


async def health(call: AdminCall) -> Response:
    """Report that the server answers, and how many sessions it has."""
    return json_ok({"status": "ok", "sessions": len(call.registry.names())})


async def version(call: AdminCall) -> Response:
    """Report the version, and each vendor's eras and the one that is served."""
    settings = call.registry.settings
    vendors = {
        name: {"title": vendor.title, "eras": [era.date for era in vendor.eras], "serving": settings.eras[name].date}
        for name, vendor in settings.vendors.items()
    }
    return json_ok({"name": "videojob-mockserver", "version": __version__, "vendors": vendors})


def _session_json(session: Session, wall_now: Instant) -> dict[str, Any]:
    return {
        "name": session.name,
        "epoch": session.epoch,
        "scenario": session.setup.scenario_name or None,
        "seed": session.setup.seed,
        "now": rfc3339(session.clock.now(wall_now), digits=6),
        "rate": session.clock.rate,
        **auto_json(session.clock),
        "vendors": {vendor: era.date for vendor, era in session.setup.eras.items()},
        "requests": session.journal.seq,
    }


async def list_sessions(call: AdminCall) -> Response:
    """List the sessions."""
    names = call.registry.names()
    listed = []
    for name in names[:MAX_LISTED]:
        session = call.registry.get(name)
        if session is not None:
            listed.append(_session_json(session, call.wall_clock()))
    return json_ok({"total": len(names), "sessions": listed})


async def create_session(call: AdminCall) -> Response:
    """Create a session before its first request: `{name, scenario, clock, seed}`.

    Raises `MockError` ADM008 if the name is taken, ADM009 for an unknown scenario, SES001 and SES004 for a name or a
    clock that a session cannot have.
    """
    name = required_text(call, "name")
    scenario_name = text_field(call, "scenario")
    clock_mode = text_field(call, "clock")
    if call.registry.get(name) is not None:
        raise refuse(
            "ADM008",
            f"session {name!r} already exists",
            f"Choose another name, or delete it: DELETE /__mock/sessions/{name}.",
        )
    scenario = None
    if scenario_name is not None:
        scenario = call.registry.scenarios.find(scenario_name)
        if scenario is None:
            known = call.registry.scenarios.names()
            raise refuse_unknown("ADM009", "scenario", scenario_name, known, "GET /__mock/scenarios lists them.")
    mode = None if clock_mode is None else parse_clock_mode(clock_mode)
    wall_now = call.wall_clock()
    session = call.registry.create(name, wall_now, scenario, text_field(call, "seed") or "", mode)
    return json_ok(_session_json(session, wall_now), 201)


async def delete_session(call: AdminCall) -> Response:
    """Delete a session; later requests for `name@epoch` get SES003. Raises `MockError` ADM010."""
    name = call.path_params[0]
    if not call.registry.delete(name):
        raise refuse_unknown("ADM010", "session", name, call.registry.names(), "GET /__mock/sessions lists them.")
    return json_ok({"name": name, "deleted": True})


async def reset_sessions(call: AdminCall) -> Response:
    """Begin a new epoch of the session, or of every session with `{"all": true}`."""
    names = call.registry.names() if bool_field(call, "all") else [call.session_name]
    reset = [call.registry.reset(name, call.wall_clock()) for name in names]
    return json_ok({"sessions": [{"name": session.name, "epoch": session.epoch} for session in reset]})
