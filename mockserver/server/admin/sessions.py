"""The admin calls about the server, its sessions and their clocks."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver import __version__
from mockserver.core.clock import MAX_RATE, Clock, parse_clock_rate
from mockserver.core.instants import (
    MAX_DURATION,
    Duration,
    Instant,
    format_duration,
    parse_duration,
    parse_instant,
    rfc3339,
)
from mockserver.core.wire import Response
from mockserver.engine.session.session import Session
from mockserver.errors import did_you_mean, refuse
from mockserver.server.admin.call import (
    MAX_LISTED,
    AdminCall,
    bool_field,
    invalid_value,
    json_ok,
    required_text,
    text_field,
)
from mockserver.server.app import YIELD_EVERY


async def health(call: AdminCall) -> Response:
    """Ready: the server answers."""
    return json_ok({"status": "ok", "sessions": len(call.registry.names())})


async def version(call: AdminCall) -> Response:
    """Versions, and the vendors with their eras."""
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
        "vendors": {vendor: era.date for vendor, era in session.setup.eras.items()},
        "requests": session.journal.seq,
    }


async def list_sessions(call: AdminCall) -> Response:
    """Every session there is."""
    names = call.registry.names()
    found = [session for name in names[:MAX_LISTED] if (session := call.registry.get(name)) is not None]
    return json_ok({"total": len(names), "sessions": [_session_json(session, call.wall_clock()) for session in found]})


async def create_session(call: AdminCall) -> Response:
    """A session made ahead of its first request: `{name, scenario, clock, seed}`."""
    name, wanted, mode, real = (
        required_text(call, "name"),
        text_field(call, "scenario"),
        text_field(call, "clock"),
        call.wall_clock(),
    )
    if call.registry.get(name) is not None:
        raise refuse("ADM008", f"there is a session {name!r} already", f"DELETE /__mock/sessions/{name} first")
    scenario = call.registry.find_scenario(wanted) if wanted else None
    if wanted and scenario is None:
        near = did_you_mean(wanted[:80], call.registry.scenario_names())
        raise refuse("ADM009", f"no scenario {wanted[:80]!r}{near}", "GET /__mock/scenarios lists them")
    session = call.registry.create(
        name, real, scenario, text_field(call, "seed"), parse_clock_rate(mode) if mode else None
    )
    return json_ok(_session_json(session, real), 201)


async def delete_session(call: AdminCall) -> Response:
    """Forget a session: what still asks for it by `name@epoch` learns that it is gone."""
    name = call.path_params[0]
    if not call.registry.delete(name):
        raise refuse(
            "ADM010",
            f"no session {name[:80]!r}{did_you_mean(name[:80], call.registry.names())}",
            "GET /__mock/sessions",
        )
    return json_ok({"name": name, "deleted": True})


async def reset_sessions(call: AdminCall) -> Response:
    """A new epoch of the session; of all of them with `{"all": true}`."""
    names = call.registry.names() if bool_field(call, "all") else [call.session_name]
    done = [call.registry.reset(name, call.wall_clock()) for name in names]
    return json_ok({"sessions": [{"name": session.name, "epoch": session.epoch} for session in done]})


def _clock_json(session: Session, wall_now: Instant) -> dict[str, Any]:
    now = session.clock.now(wall_now)
    return {
        "session": session.name,
        "now": rfc3339(now, digits=6),
        "elapsed": format_duration(now - session.start),
        "frozen": session.clock.frozen,
        "rate": session.clock.rate,
    }


async def get_clock(call: AdminCall) -> Response:
    """The session's time."""
    return json_ok(_clock_json(call.session, call.wall_clock()))


async def set_clock(call: AdminCall) -> Response:
    """One verb: `{"advance": "8h"}`, `{"freeze": true}`, `{"scale": 60}`, `{"set": "2026-05-06T12:00:00Z"}`.

    Answers when everything that fell due has happened, with what happened.
    """
    if len(call.fields) != 1:
        words = 'advance, freeze, scale or set: {"advance": "8h"}'
        raise refuse("ADM002", f"{len(call.fields)} verbs; a call has one", words)
    session, real = call.session, call.wall_clock()
    before, sent = session.clock.now(real), session.deliveries.log.seq
    verb, value = next(iter(call.fields.items()))
    clock = CLOCK_VERBS[verb](session, real, value)
    after = clock.now(real)
    if after > before:
        await call.scheduler.advance_clock(session, clock)
        if call.registry.get(session.name) is not session:
            said = f"session {session.name!r} was reset or deleted while its clock was moved"
            raise refuse("ADM035", said, "move its clock anew")
    else:
        session.clock = clock
        session.journal.notify()
        call.scheduler.rearm(session)
        await call.scheduler.drain(session)
    answer = _clock_json(session, call.wall_clock())
    if after > before:
        answer |= await _state_changes(session, before, after)
        answer["deliveries"] = session.deliveries.log.seq - sent
    return json_ok(answer)


def _advance(session: Session, wall_now: Instant, value: Any) -> Clock:
    by = parse_duration(value) if isinstance(value, str) else None
    if by is None:
        raise invalid_value("advance is a duration", value, "such as 250ms, 30s, 1m30s or 8h")
    _check_session_length(session, wall_now, by)
    return session.clock.advance(wall_now, by)


def _check_session_length(session: Session, wall_now: Instant, by: Duration) -> None:
    if session.clock.now(wall_now) + by - session.start > MAX_DURATION:
        raise refuse("ADM003", "a session lasts a century at most", "advance by less")


def _freeze(session: Session, wall_now: Instant, value: Any) -> Clock:
    if not isinstance(value, bool):
        raise invalid_value("freeze is true or false", value, '{"freeze": true}')
    return session.clock.freeze(wall_now) if value else session.clock.resume(wall_now)


def _scale(session: Session, wall_now: Instant, value: Any) -> Clock:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_RATE:
        raise invalid_value(f"scale is a number above 0, up to {MAX_RATE:,}", value, '{"scale": 60}')
    return session.clock.scale(wall_now, float(value))


def _set_instant(session: Session, wall_now: Instant, value: Any) -> Clock:
    to = parse_instant(value) if isinstance(value, str) else None
    if to is None:
        raise invalid_value("set is an instant", value, "RFC 3339 with an offset: 2026-05-06T12:00:00Z")
    now = session.clock.now(wall_now)
    if to < now:
        reads = f"the session's clock reads {rfc3339(now, digits=6)} already"
        raise refuse("ADM006", reads, "time runs forward; reset begins anew")
    _check_session_length(session, wall_now, to - now)
    return session.clock.set(wall_now, to)


CLOCK_VERBS: Final[Mapping[str, Callable[[Session, Instant, Any], Clock]]] = {
    "advance": _advance,
    "freeze": _freeze,
    "scale": _scale,
    "set": _set_instant,
}
"""What can be done to a clock: (session, the machine's instant, the value) -> the next clock."""


async def _state_changes(session: Session, before: Instant, after: Instant) -> dict[str, Any]:
    """The changes of state in (before, after]: counted all, the first ones listed, in order of time."""
    changes: list[tuple[Instant, str, str, str]] = []
    total = 0
    for job, visit in session.transitions_between(before, after):
        total += 1
        changes.append((visit.entered, job.id, visit.step.state, visit.cause))
        if total % YIELD_EVERY == 0:
            changes = _earliest(changes)
            await asyncio.sleep(0)
    listed = [
        {"at": rfc3339(at, digits=6), "job": job_id, "state": state, "cause": cause}
        for at, job_id, state, cause in _earliest(changes)
    ]
    return {"total": total, "happened": listed}


def _earliest(changes: list[tuple[Instant, str, str, str]]) -> list[tuple[Instant, str, str, str]]:
    """The earliest changes, as many as are listed; of one instant, in the order in which they came."""
    return sorted(changes, key=lambda change: change[0])[:MAX_LISTED]
