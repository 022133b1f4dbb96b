"""The admin calls about the server and its sessions: health, version, sessions, reset."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver import __version__
from mockserver.core.clock import parse_clock_mode
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse, refuse_unknown
from mockserver.server.admin.call import (
    MAX_LISTED,
    AdminCall,
    bool_field,
    invalid_value,
    json_ok,
    required_text,
    text_field,
)
from mockserver.server.admin.clock import auto_json
from mockserver.server.admin.scenarios import DEFAULT_FILE, compile_upload
from mockserver.server.session_keeper import reason_unread, unreadable_json
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era

SESSION_FIELDS: Final = ("name", "scenario", "text", "file", "clock", "seed", "vendors")
"""Fields of a new session."""


async def health(call: AdminCall) -> Response:
    """Report that the server answers, and how many sessions it has."""
    return json_ok({"status": "ok", "sessions": len(call.registry.names())})


async def version(call: AdminCall) -> Response:
    """Report the version, and each vendor's eras and the one that is served."""
    settings = call.registry.settings
    vendors = {
        name: {"title": vendor.title, "eras": [each.date for each in vendor.eras], "serving": era.date}
        for name, era in settings.eras.items()
        for vendor in (settings.vendors[name],)
    }
    return json_ok({"name": "videojob-mockserver", "version": __version__, "vendors": vendors})


def session_json(session: Session, wall_now: Instant) -> dict[str, Any]:
    """Return what a session is: name, epoch, scenario, seed, time, eras, number of requests."""
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
    """List the sessions, or with `?name=` only that one if it exists; `served` has the eras of new ones.

    `unreadable` names those of the store that cannot be read, with the code and the reason.
    """
    wanted = call.query.get("name")
    unread: Mapping[str, MockError] = {}
    if wanted is None:
        unread = call.registry.keeper.refresh_all()
    else:
        call.registry.keeper.refresh(wanted)
    sessions = [entry.session for name, entry in call.registry.entries.items() if wanted in (None, name)]
    listed = [session_json(session, call.wall_clock()) for session in sessions[:MAX_LISTED]]
    served = {vendor: era.date for vendor, era in call.registry.settings.eras.items()}
    return json_ok({"total": len(sessions), "served": served, "sessions": listed, **unreadable_json(unread)})


async def create_session(call: AdminCall) -> Response:
    """Create a session before its first request: `{name, scenario, text, file, clock, seed, vendors}`.

    `text` is a scenario that only this session plays; its problems are answered with 400, as those of an upload.
    Raises `MockError` ADM008 if the name is taken, ADM009 for an unknown scenario, ADM003 for two scenarios, SES001 and
    SES004 for a name or a clock that a session cannot have, VEN001-VEN003 for an era.
    """
    name = required_text(call, "name")
    scenario_name = text_field(call, "scenario")
    clock_mode = text_field(call, "clock")
    source = text_field(call, "text")
    call.registry.keeper.refresh(name)
    if call.registry.get(name) is not None:
        raise refuse(
            "ADM008",
            f"session {name!r} already exists",
            f"Choose another name, or delete it: DELETE /__mock/sessions/{name}.",
        )
    scenario = None
    eras = _requested_eras(call)
    if source is not None:
        if scenario_name is not None:
            raise invalid_value("a session plays one scenario", scenario_name, "Give `scenario`, a name, or `text`.")
        compiled = await compile_upload(call, source, text_field(call, "file") or DEFAULT_FILE)
        if isinstance(compiled, Response):
            return compiled
        scenario = compiled
    elif scenario_name is not None:
        scenario = call.registry.scenarios.find(scenario_name)
        if scenario is None:
            known = call.registry.scenarios.names()
            raise refuse_unknown("ADM009", "scenario", scenario_name, known, "GET /__mock/scenarios lists them.")
    if scenario is not None and scenario.date and scenario.vendor in eras:
        era = call.registry.settings.era_for(scenario)
        if era is not eras[scenario.vendor]:
            requested = eras[scenario.vendor].pin
            raise invalid_value(f"scenario {scenario.name!r} pins {era.pin}", requested, "Name no other era.")
    mode = None if clock_mode is None else parse_clock_mode(clock_mode)
    wall_now = call.wall_clock()
    seed = text_field(call, "seed") or ""
    session = call.registry.create(
        name, wall_now, scenario, seed=seed, clock_mode=mode, eras=eras, is_private=source is not None
    )
    call.scheduler.rearm(session)
    return json_ok(session_json(session, wall_now), 201)


def _requested_eras(call: AdminCall) -> dict[str, Era]:
    """Return the eras of `vendors`: `{"phaseo": "2026-06-11"}`. Raises `MockError` ADM003 or VEN001-VEN003."""
    given = call.fields.get("vendors", {})
    if not isinstance(given, dict) or not all(isinstance(date, str) for date in given.values()):
        raise invalid_value("vendors must map vendors to dates", given, '{"vendors": {"phaseo": "2026-06-11"}}')
    known = call.registry.settings.vendors
    return {vendor: resolve_era(f"{vendor}@{date}", known) for vendor, date in given.items()}


async def delete_session(call: AdminCall) -> Response:
    """Delete a session, also one that cannot be read; later requests for `name@epoch` get SES003.

    Raises `MockError` ADM010.
    """
    name = call.path_params[0]
    if reason_unread(lambda: call.registry.keeper.refresh(name)) is not None:
        call.registry.keeper.end_unread(name)
        return json_ok({"name": name, "deleted": True})
    if not call.registry.delete(name):
        raise refuse_unknown("ADM010", "session", name, call.registry.names(), "GET /__mock/sessions lists them.")
    return json_ok({"name": name, "deleted": True})


async def reset_sessions(call: AdminCall) -> Response:
    """Begin a new epoch of the session, or of every session that can be read with `{"all": true}`."""
    names = [call.session_name]
    unread: Mapping[str, MockError] = {}
    if bool_field(call, "all"):
        unread = call.registry.keeper.refresh_all()
        names = call.registry.names()
    reset = [call.registry.reset(name, call.wall_clock()) for name in names]
    for session in reset:
        call.scheduler.rearm(session)
    begun = [{"name": session.name, "epoch": session.epoch} for session in reset]
    return json_ok({"sessions": begun, **unreadable_json(unread)})
