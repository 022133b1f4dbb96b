"""The admin calls about the server, its sessions and their clocks."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver import __version__
from mockserver.core.clock import RATE_LIMIT, Clock
from mockserver.core.instants import LONGEST, Duration, Instant, format_duration, parse_duration, parse_instant, rfc3339
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import nearest, refuse
from mockserver.server.ask import MOST_LISTED, Ask, flag, ok, required, text, wrong
from mockserver.server.desk import SLICE
from mockserver.server.modes import clock_rate


async def health(ask: Ask) -> Response:
    """Ready: the server answers."""
    return ok({"status": "ok", "sessions": len(ask.hub.names())})


async def version(ask: Ask) -> Response:
    """Versions, and the vendors with their eras."""
    settings = ask.hub.settings
    vendors = {
        name: {"title": vendor.title, "eras": [era.date for era in vendor.eras], "serving": settings.eras[name].date}
        for name, vendor in settings.vendors.items()
    }
    return ok({"name": "videojob-mockserver", "version": __version__, "vendors": vendors})


def _session_json(session: Session, real: Instant) -> dict[str, Any]:
    return {
        "name": session.name,
        "epoch": session.epoch,
        "scenario": session.setup.scenario or None,
        "seed": session.setup.seed,
        "now": rfc3339(session.clock.now(real), digits=6),
        "rate": session.clock.rate,
        "vendors": {vendor: era.date for vendor, era in session.setup.eras.items()},
        "requests": session.journal.seq,
    }


async def list_sessions(ask: Ask) -> Response:
    """Every session there is."""
    names = ask.hub.names()
    found = [session for name in names[:MOST_LISTED] if (session := ask.hub.get(name)) is not None]
    return ok({"total": len(names), "sessions": [_session_json(session, ask.real()) for session in found]})


async def make_session(ask: Ask) -> Response:
    """A session made ahead of its first request: `{name, scenario, clock, seed}`."""
    name, wanted, mode, real = required(ask, "name"), text(ask, "scenario"), text(ask, "clock"), ask.real()
    if ask.hub.get(name) is not None:
        raise refuse("ADM008", f"there is a session {name!r} already", f"DELETE /__mock/sessions/{name} first")
    scenario = ask.hub.find_scenario(wanted) if wanted else None
    if wanted and scenario is None:
        near = nearest(wanted[:80], ask.hub.scenario_names())
        raise refuse("ADM009", f"no scenario {wanted[:80]!r}{near}", "GET /__mock/scenarios lists them")
    session = ask.hub.make(name, real, scenario, text(ask, "seed"), clock_rate(mode) if mode else None)
    return ok(_session_json(session, real), 201)


async def delete_session(ask: Ask) -> Response:
    """Forget a session: what still asks for it by `name@epoch` learns that it is gone."""
    name = ask.params[0]
    if not ask.hub.delete(name):
        raise refuse("ADM010", f"no session {name[:80]!r}{nearest(name[:80], ask.hub.names())}", "GET /__mock/sessions")
    return ok({"name": name, "deleted": True})


async def reset(ask: Ask) -> Response:
    """A new epoch of the session; of all of them with `{"all": true}`."""
    names = ask.hub.names() if flag(ask, "all") else [ask.session_name]
    done = [ask.hub.reset(name, ask.real()) for name in names]
    return ok({"sessions": [{"name": session.name, "epoch": session.epoch} for session in done]})


def _clock_json(session: Session, real: Instant) -> dict[str, Any]:
    now = session.clock.now(real)
    return {
        "session": session.name,
        "now": rfc3339(now, digits=6),
        "elapsed": format_duration(now - session.start),
        "frozen": session.clock.frozen,
        "rate": session.clock.rate,
    }


async def get_clock(ask: Ask) -> Response:
    """The session's time."""
    return ok(_clock_json(ask.session, ask.real()))


async def set_clock(ask: Ask) -> Response:
    """One verb: `{"advance": "8h"}`, `{"freeze": true}`, `{"scale": 60}`, `{"set": "2026-05-06T12:00:00Z"}`.

    Answers when everything that fell due has happened, with what happened.
    """
    if len(ask.body) != 1:
        words = 'advance, freeze, scale or set: {"advance": "8h"}'
        raise refuse("ADM002", f"{len(ask.body)} verbs; a call has one", words)
    session, real = ask.session, ask.real()
    before, sent = session.clock.now(real), session.deliveries.log.seq
    verb, value = next(iter(ask.body.items()))
    clock = VERBS[verb](session, real, value)
    after = clock.now(real)
    if after > before:
        await ask.tempo.move(session, clock)
        if ask.hub.get(session.name) is not session:
            said = f"session {session.name!r} was reset or deleted while its clock was moved"
            raise refuse("ADM035", said, "move its clock anew")
    else:
        session.clock = clock
        session.journal.tell()
        ask.tempo.look(session)
        await ask.tempo.caught_up(session)
    answer = _clock_json(session, ask.real())
    if after > before:
        answer |= await _happened(session, before, after)
        answer["deliveries"] = session.deliveries.log.seq - sent
    return ok(answer)


def _advance(session: Session, real: Instant, value: Any) -> Clock:
    by = parse_duration(value) if isinstance(value, str) else None
    if by is None:
        raise wrong("advance is a duration", value, "such as 250ms, 30s, 1m30s or 8h")
    _bound(session, real, by)
    return session.clock.advance(real, by)


def _bound(session: Session, real: Instant, by: Duration) -> None:
    if session.clock.now(real) + by - session.start > LONGEST:
        raise refuse("ADM003", "a session lasts a century at most", "advance by less")


def _freeze(session: Session, real: Instant, value: Any) -> Clock:
    if not isinstance(value, bool):
        raise wrong("freeze is true or false", value, '{"freeze": true}')
    return session.clock.freeze(real) if value else session.clock.resume(real)


def _scale(session: Session, real: Instant, value: Any) -> Clock:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= RATE_LIMIT:
        raise wrong(f"scale is a number above 0, up to {RATE_LIMIT:,}", value, '{"scale": 60}')
    return session.clock.scale(real, float(value))


def _set(session: Session, real: Instant, value: Any) -> Clock:
    to = parse_instant(value) if isinstance(value, str) else None
    if to is None:
        raise wrong("set is an instant", value, "RFC 3339 with an offset: 2026-05-06T12:00:00Z")
    now = session.clock.now(real)
    if to < now:
        reads = f"the session's clock reads {rfc3339(now, digits=6)} already"
        raise refuse("ADM006", reads, "time runs forward; reset begins anew")
    _bound(session, real, to - now)
    return session.clock.set(real, to)


VERBS: Final[Mapping[str, Callable[[Session, Instant, Any], Clock]]] = {
    "advance": _advance,
    "freeze": _freeze,
    "scale": _scale,
    "set": _set,
}
"""What can be done to a clock: (session, the machine's instant, the value) -> the next clock."""


async def _happened(session: Session, before: Instant, after: Instant) -> dict[str, Any]:
    """The changes of state in (before, after]: counted all, the first ones listed, in order of time."""
    changes: list[tuple[Instant, str, str, str]] = []
    total = 0
    for job, visit in session.happened(before, after):
        total += 1
        changes.append((visit.entered, job.id, visit.step.state, visit.cause))
        if total % SLICE == 0:
            changes = _first(changes)
            await asyncio.sleep(0)
    listed = [
        {"at": rfc3339(at, digits=6), "job": job_id, "state": state, "cause": cause}
        for at, job_id, state, cause in _first(changes)
    ]
    return {"total": total, "happened": listed}


def _first(changes: list[tuple[Instant, str, str, str]]) -> list[tuple[Instant, str, str, str]]:
    """The earliest changes, as many as are listed; of one instant, in the order in which they came."""
    return sorted(changes, key=lambda change: change[0])[:MOST_LISTED]
