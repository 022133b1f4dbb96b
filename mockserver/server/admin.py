"""The admin API, `/__mock/`: sessions, time, jobs, journal, money; JSON in, JSON or problem+json out.

A call acts on the session that the header or the prefix names, else on `default`. Unknown fields and parameters are
refused: a misspelt one would otherwise be a test that proves nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import orjson

from mockserver import __version__
from mockserver.core.batch import settle_batch
from mockserver.core.instants import LONGEST, Instant, format_duration, parse_duration, parse_instant, rfc3339
from mockserver.core.job import Course, Job, settle
from mockserver.core.wire import Request, Response
from mockserver.engine.session import Session
from mockserver.errors import nearest, refuse
from mockserver.server.desk import SLICE
from mockserver.server.hub import DEFAULT, Hub
from mockserver.server.problem import problem
from mockserver.vendors.api import Create
from mockserver.vendors.commands import look
from mockserver.vendors.registry import resolve

MOST_LISTED: Final = 1_000
"""No admin answer lists more jobs, entries or changes; `total` says how many there are."""


@dataclass(slots=True)
class Ask:
    """One admin call."""

    hub: Hub
    session_name: str
    body: Mapping[str, Any]
    query: Mapping[str, str]
    params: tuple[str, ...]
    real: Callable[[], Instant]

    @property
    def session(self) -> Session:
        """The session the call acts on, made where there is none."""
        return self.hub.open(self.session_name, self.real())

    @property
    def now(self) -> Instant:
        """The session's instant."""
        return self.session.clock.now(self.real())


def ok(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, (("Content-Type", "application/json"),), orjson.dumps(value))


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
    name = _text(ask, "name") or refuse_missing("name")
    if ask.hub.get(name) is not None:
        raise refuse("ADM008", f"there is a session {name!r} already", f"DELETE /__mock/sessions/{name} first")
    scenario = None
    wanted = _text(ask, "scenario")
    if wanted:
        scenario = ask.hub.settings.find_scenario(wanted)
        if scenario is None:
            near = nearest(wanted, ask.hub.settings.scenario_names())
            raise refuse("ADM009", f"no scenario {wanted!r}{near}", "GET /__mock/scenarios lists them")
    real = ask.real()
    session = ask.hub.make(name, real, scenario, _text(ask, "seed"))
    session.clock = _clock_mode(session, _text(ask, "clock"), real)
    ask.hub.put(session, real)
    return ok(_session_json(session, real), 201)


def refuse_missing(name: str) -> str:
    """Raise for a field that must be there."""
    raise refuse("ADM002", f"{name!r} is missing", f'{{"{name}": "..."}}')


def _clock_mode(session: Session, mode: str, real: Instant) -> Any:
    from mockserver.server.modes import clock_rate

    if not mode:
        return session.clock
    rate = clock_rate(mode)
    return session.clock.freeze(real) if rate == 0 else session.clock.scale(real, rate)


async def delete_session(ask: Ask) -> Response:
    """Forget a session: what still asks for it by `name@epoch` learns that it is gone."""
    name = ask.params[0]
    if not ask.hub.delete(name):
        raise refuse("ADM010", f"no session {name[:80]!r}{nearest(name, ask.hub.names())}", "GET /__mock/sessions")
    return ok({"name": name, "deleted": True})


async def reset(ask: Ask) -> Response:
    """A new epoch of the session; of all of them with `{"all": true}`."""
    names = ask.hub.names() if _flag(ask, "all") else [ask.session_name]
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
        raise refuse(
            "ADM002", f"{len(ask.body)} verbs; a call has one", 'advance, freeze, scale or set: {"advance": "8h"}'
        )
    session, real = ask.session, ask.real()
    before = session.clock.now(real)
    verb, value = next(iter(ask.body.items()))
    session.clock = _VERBS[verb](session, real, value)
    after = session.clock.now(real)
    answer = _clock_json(session, real)
    if after > before:
        answer |= await _happened(session, before, after)
    return ok(answer)


def _advance(session: Session, real: Instant, value: Any) -> Any:
    by = parse_duration(value) if isinstance(value, str) else None
    if by is None:
        raise refuse("ADM003", f"{value!r} is no duration", "such as 250ms, 30s, 1m30s or 8h")
    return session.clock.advance(real, _bounded(session, real, by))


def _bounded(session: Session, real: Instant, by: int) -> int:
    if session.clock.now(real) + by - session.start > LONGEST:
        raise refuse("ADM003", "a session lasts a century at most", "advance by less")
    return by


def _freeze(session: Session, real: Instant, value: Any) -> Any:
    if not isinstance(value, bool):
        raise refuse("ADM003", f"freeze is true or false, not {value!r}", '{"freeze": true}')
    return session.clock.freeze(real) if value else session.clock.resume(real)


def _scale(session: Session, real: Instant, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1_000_000:
        raise refuse("ADM003", f"scale is a number above 0, up to 1,000,000, not {value!r}", '{"scale": 60}')
    return session.clock.scale(real, float(value))


def _set(session: Session, real: Instant, value: Any) -> Any:
    to = parse_instant(value) if isinstance(value, str) else None
    if to is None:
        raise refuse("ADM003", f"{value!r} is no instant", "RFC 3339 with an offset: 2026-05-06T12:00:00Z")
    now = session.clock.now(real)
    if to < now:
        raise refuse(
            "ADM006",
            f"the session's clock reads {rfc3339(now, digits=6)} already",
            "time runs forward; reset begins anew",
        )
    _bounded(session, real, to - now)
    return session.clock.set(real, to)


_VERBS: Final = {"advance": _advance, "freeze": _freeze, "scale": _scale, "set": _set}


async def _happened(session: Session, before: Instant, after: Instant) -> dict[str, Any]:
    """The changes of state in (before, after]: counted all, listed up to a bound, in order of time."""
    changes: list[tuple[Instant, str, str, str]] = []
    for number, (job, visit) in enumerate(session.happened(before, after), 1):
        changes.append((visit.entered, job.id, visit.step.state, visit.cause))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    changes.sort(key=lambda change: change[0])
    listed = [
        {"at": rfc3339(at, digits=6), "job": job_id, "state": state, "cause": cause}
        for at, job_id, state, cause in changes[:MOST_LISTED]
    ]
    return {"total": len(changes), "happened": listed}


def _visits(course: Course) -> list[dict[str, Any]]:
    return [
        {
            "state": visit.step.state,
            "entered": rfc3339(visit.entered, digits=6),
            "until": rfc3339(visit.until, digits=6) if visit.until is not None else None,
            "cause": visit.cause,
            "polls": visit.polls,
            "line": visit.step.line or None,
        }
        for visit in course
    ]


def _job_json(vendor: str, job: Job, now: Instant) -> dict[str, Any]:
    seen = look(job, now)
    return {
        "id": job.id,
        "vendor": vendor,
        "kind": job.kind,
        "number": job.number,
        "state": seen.state,
        "terminal": seen.terminal,
        "progress": seen.visit.progress(now),
        "created": rfc3339(job.created, digits=6),
        "deleted": job.last("delete") is not None,
        "version": job.version,
        **({"items": dict(seen.batch.counts())} if seen.batch is not None else {}),
    }


async def list_jobs(ask: Ask) -> Response:
    """The session's jobs in our own terms, of all vendors, oldest first."""
    session, now = ask.session, ask.now
    wanted = ask.query.get("state")
    listed: list[dict[str, Any]] = []
    total = seen = 0
    for room, store in session.stores():
        for job in store.everything():
            seen += 1
            if seen % SLICE == 0:
                await asyncio.sleep(0)
            if wanted and look(job, now).state != wanted:
                continue
            total += 1
            if len(listed) < MOST_LISTED:
                listed.append(_job_json(room.era.vendor, job, now))
    return ok({"total": total, "jobs": listed})


async def get_job(ask: Ask) -> Response:
    """One job: its state, its course so far, what happened to it, what was booked."""
    session, now = ask.session, ask.now
    room, _, job = session.find(ask.params[0])
    course = settle_batch(job, now).course if job.plan.batch is not None else settle(job, now)
    inputs = [
        {"at": rfc3339(happened.at, digits=6), "seq": happened.seq, "kind": happened.kind, "name": happened.name}
        for happened in job.inputs[-MOST_LISTED:]
    ]
    answer = _job_json(room.era.vendor, job, now)
    return ok(answer | {"course": _visits(course), "inputs": inputs, "ledger": _bookings(session, now, job.id)})


async def make_jobs(ask: Ask) -> Response:
    """Jobs made without asking the vendor's API: `{vendor, kind, body, count}`."""
    session = ask.session
    vendor = _text(ask, "vendor") or refuse_missing("vendor")
    era = resolve(vendor, ask.hub.settings.vendors)
    room, store = session.room(era.vendor)
    kind = _text(ask, "kind") or room.era.main.name
    if kind not in room.era.kinds:
        raise refuse("ADM003", f"{vendor} has no {kind!r}{nearest(kind, room.era.kinds)}", ", ".join(room.era.kinds))
    count = ask.body.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 10_000_000:
        raise refuse("ADM003", f"count is a whole number from 1 to 10,000,000, not {count!r}", '{"count": 3}')
    body = ask.body.get("body", {})
    if not isinstance(body, dict):
        raise refuse("ADM003", "body is an object: the vendor's create request", '{"body": {"prompt": "a cat"}}')
    ids: list[str] = []
    whole = {**room.era.kinds[kind].example, **body}
    for number in range(count):
        job = room.plans.job(kind, whole, store.next_number(kind), session.clock.now(ask.real()))
        store.commit([Create(job)])
        if len(ids) < MOST_LISTED:
            ids.append(job.id)
        if number % SLICE == SLICE - 1:
            await asyncio.sleep(0)
    return ok({"total": count, "jobs": ids}, 201)


async def move_job(ask: Ask) -> Response:
    """Move a job to a state at once: `{to, force, item}`; legal moves only, unless forced."""
    to = _text(ask, "to") or refuse_missing("to")
    item = ask.body.get("item")
    if item is not None and (isinstance(item, bool) or not isinstance(item, int)):
        raise refuse("ADM003", f"item is the place of an item, counted from 0, not {item!r}", '{"item": 0}')
    session, real = ask.session, ask.real()
    session.move(ask.params[0], to, real, force=_flag(ask, "force"), item=item)
    room, _, job = session.find(ask.params[0])
    return ok(_job_json(room.era.vendor, job, session.clock.now(real)))


async def journal(ask: Ask) -> Response:
    """What was asked and answered, oldest first; `?job=`, `?operation=`, `?since=SEQ`, `?status=`."""
    log = ask.session.journal
    since = ask.query.get("since", "0")
    if not since.isdecimal():
        raise refuse("ADM003", f"since is an entry's number, not {since[:40]!r}", "?since=12")
    wanted = {name: ask.query[name] for name in ("job", "operation", "status") if name in ask.query}
    entries = [
        entry
        for entry in log
        if entry.seq > int(since)
        and wanted.get("job", entry.job_id) == entry.job_id
        and wanted.get("operation", entry.operation) == entry.operation
        and wanted.get("status", str(entry.response.status)) == str(entry.response.status)
    ]
    counts = [
        {"vendor": vendor, "operation": operation, "status": status, "count": count}
        for (vendor, operation, status), count in sorted(log.counts.items())
    ]
    listed = [entry.json() for entry in entries[:MOST_LISTED]]
    return ok({"total": len(entries), "evicted": log.evicted, "entries": listed, "counts": counts})


def _bookings(session: Session, now: Instant, job_id: str = "") -> list[dict[str, Any]]:
    return [
        {
            "job": job,
            "at": rfc3339(entry.at, digits=6),
            "entry": entry.entry,
            "amount": entry.amount,
            "unit": entry.unit,
            "key": entry.key,
        }
        for job, entry in session.ledger(now, job_id)
    ]


async def ledger(ask: Ask) -> Response:
    """Money: every booking so far, of one job with `?job=`; a refund is there once or not at all."""
    entries = _bookings(ask.session, ask.now, ask.query.get("job", ""))
    return ok({"total": len(entries), "entries": entries[:MOST_LISTED]})


async def list_scenarios(ask: Ask) -> Response:
    """The scenarios that keys and sessions can name."""
    return ok({"scenarios": ask.hub.settings.scenario_names()})


def _text(ask: Ask, name: str) -> str:
    value = ask.body.get(name, "")
    if not isinstance(value, str):
        raise refuse("ADM003", f"{name} is a text, not {value!r}", f'{{"{name}": "..."}}')
    return value


def _flag(ask: Ask, name: str) -> bool:
    value = ask.body.get(name, False)
    if not isinstance(value, bool):
        raise refuse("ADM003", f"{name} is true or false, not {value!r}", f'{{"{name}": true}}')
    return value


class Route(NamedTuple):
    """One admin call: how it is asked, who answers, which fields and parameters it knows."""

    method: str
    path: str
    handler: Callable[[Ask], Awaitable[Response]]
    fields: tuple[str, ...] = ()
    query: tuple[str, ...] = ()


ROUTES: Final = (
    Route("GET", "health", health),
    Route("GET", "version", version),
    Route("GET", "sessions", list_sessions),
    Route("POST", "sessions", make_session, ("name", "scenario", "clock", "seed")),
    Route("DELETE", "sessions/*", delete_session),
    Route("POST", "reset", reset, ("all",)),
    Route("GET", "clock", get_clock),
    Route("POST", "clock", set_clock, tuple(_VERBS)),
    Route("GET", "jobs", list_jobs, query=("state",)),
    Route("GET", "jobs/*", get_job),
    Route("POST", "jobs", make_jobs, ("vendor", "kind", "body", "count")),
    Route("POST", "jobs/*/move", move_job, ("to", "force", "item")),
    Route("GET", "journal", journal, query=("job", "operation", "since", "status")),
    Route("GET", "ledger", ledger, query=("job",)),
    Route("GET", "scenarios", list_scenarios),
)
"""The whole admin API; `docs/admin.md` is held against it."""


async def answer(hub: Hub, request: Request, session: str, path: str, real: Callable[[], Instant]) -> Response:
    """Answer one admin call; `path` is what follows `/__mock/`."""
    method = "GET" if request.method == "HEAD" else request.method
    found = [(route, params) for route in ROUTES if (params := _matches(route.path, path)) is not None]
    if not found:
        routes = [route.path for route in ROUTES]
        return problem(
            404, "ADM001", f"no admin call {path[:80]!r}{nearest(path, routes)}", "calls: " + ", ".join(routes)
        )
    for route, params in found:
        if route.method == method:
            ask = Ask(hub, session or DEFAULT, _body(request, route), _query(request, route), params, real)
            return await route.handler(ask)
    allowed = ", ".join(sorted(route.method for route, _ in found))
    refused = problem(405, "ADM001", f"{path} has no {method}", f"methods: {allowed}")
    return refused._replace(headers=(*refused.headers, ("Allow", allowed)))


def _matches(template: str, path: str) -> tuple[str, ...] | None:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    if any(part not in ("*", asked) or not asked for part, asked in zip(wanted, given, strict=True)):
        return None
    return tuple(unquote(asked) for part, asked in zip(wanted, given, strict=True) if part == "*")


def _body(request: Request, route: Route) -> Mapping[str, Any]:
    if not request.body:
        return {}
    if not request.headers.get("content-type", "application/json").startswith("application/json"):
        raise refuse("ADM002", "an admin call's body is JSON", "Content-Type: application/json")
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise refuse("ADM002", f"the body is no JSON: {error}", '{"advance": "8h"}') from None
    if not isinstance(value, dict):
        raise refuse("ADM002", "the body is no JSON object", '{"advance": "8h"}')
    _known(value, route.fields, "field")
    return value


def _query(request: Request, route: Route) -> Mapping[str, str]:
    asked = dict(request.parameters())
    _known(asked, route.query, "parameter")
    return asked


def _known(asked: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for name in asked:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise refuse("ADM002", f"unknown {what} {name[:80]!r}{nearest(name, known)}", f"{what}s: {allowed}")
