"""The admin calls about jobs and what was done to them: states, journal, money."""

import asyncio
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Course, Job
from mockserver.core.wire import Request, Response
from mockserver.engine.handle import Asked, Room, handle
from mockserver.engine.journal import Entry
from mockserver.engine.session import Session
from mockserver.errors import nearest, refuse
from mockserver.server.ask import MOST_LISTED, Ask, digits, flag, ok, one_of, required, text, whole, wrong
from mockserver.server.desk import SLICE
from mockserver.vendors.api import Body, Create, Era, Operation
from mockserver.vendors.commands import ahead, course_of, look
from mockserver.vendors.planning import Planner
from mockserver.vendors.registry import resolve
from mockserver.vendors.script import NO_SCRIPT

MOST_MADE: Final = 10_000_000
"""Jobs that one call may make."""


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


def _states(session: Session) -> set[str]:
    """Every state that a job of the session can be in."""
    kinds = [kind for era in session.setup.eras.values() for kind in era.kinds.values()]
    return {state for kind in kinds for state in kind.lifecycle.states}


async def list_jobs(ask: Ask) -> Response:
    """The session's jobs in our own terms, of all vendors, oldest first; `?state=`."""
    session, now = ask.session, ask.now
    wanted = one_of(ask, "state", _states(session))
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
    """One job: its state, its course so far and ahead, what happened to it, what was booked."""
    session, now = ask.session, ask.now
    room, _, job = session.find(ask.params[0])
    inputs = [
        {"at": rfc3339(happened.at, digits=6), "seq": happened.seq, "kind": happened.kind, "name": happened.name}
        for happened in job.inputs[-MOST_LISTED:]
    ]
    courses = {"course": _visits(course_of(job, now)), "ahead": _visits(ahead(job, now))}
    more = {"inputs": inputs, "ledger": _bookings(session, now, job.id)}
    return ok(_job_json(room.era.vendor, job, now) | courses | more)


async def make_jobs(ask: Ask) -> Response:
    """Jobs made without asking the vendor's API: `{vendor, kind, body, count}`."""
    session = ask.session
    era = resolve(required(ask, "vendor"), ask.hub.settings.vendors)
    room, store = session.room(era.vendor)
    kind = text(ask, "kind") or room.era.main.name
    if kind not in room.era.kinds:
        near = nearest(kind[:80], room.era.kinds)
        raise refuse("ADM003", f"{era.vendor} has no {kind[:80]!r}{near}", ", ".join(room.era.kinds))
    count = whole(ask, "count", 1, MOST_MADE, 1)
    body = ask.body.get("body", {})
    if not isinstance(body, dict):
        raise wrong("body is the vendor's create request", body, '{"body": {"prompt": "a cat"}}')
    made = {**room.era.kinds[kind].example, **body}
    _check(ask, room.era, kind, made)
    ids: list[str] = []
    for number in range(1, count + 1):
        job = room.plans.job(kind, made, store.next_number(kind), session.clock.now(ask.real()))
        store.commit([Create(job)])
        session.changed(era.vendor, [Create(job)])
        if len(ids) < MOST_LISTED:
            ids.append(job.id)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return ok({"total": count, "jobs": ids}, 201)


def _creates(era: Era, kind: str) -> Operation | None:
    """The operation that makes such a job out of a JSON body; an era may have none that works."""
    fitting = (one for one in era.operations if one.kind == kind and one.body is Body.JSON and not one.picks)
    return next(fitting, None)


def _check(ask: Ask, era: Era, kind: str, body: dict[str, Any]) -> None:
    """Refuse a create body that the vendor refuses: asked in a room of its own, where nothing has happened yet."""
    settings = ask.hub.settings
    for asked in (era, *reversed(settings.vendors[era.vendor].eras)):
        creates = _creates(asked, kind)
        if creates is not None:
            break
    else:
        return
    plans = Planner(asked, NO_SCRIPT, "")
    room = Room(asked, ask.hub.router(asked), NO_SCRIPT, plans, settings.make_store(asked), "")
    worn = {name.lower(): value for name, value in asked.wears("admin").items()}
    request = Request(creates.method, creates.path, headers=worn, body=orjson.dumps(body))
    answer, _, _ = handle(room, Asked(request, "", ""), ask.now)
    if answer.response.status >= 400:
        says = answer.response.body[:300].decode("utf-8", "replace")
        raise refuse("ADM003", f"{era.vendor} refuses this {kind}: {says}", f"body is that of {creates.path}")


async def move_job(ask: Ask) -> Response:
    """Move a job to a state at once: `{to, force, item}`; legal moves only, unless forced."""
    to, job_id = required(ask, "to"), ask.params[0]
    item = whole(ask, "item", 0, MOST_MADE, 0) if "item" in ask.body else None
    session, real = ask.session, ask.real()
    session.move(job_id, to, real, force=flag(ask, "force"), item=item)
    room, _, job = session.find(job_id)
    return ok(_job_json(room.era.vendor, job, session.clock.now(real)))


async def journal(ask: Ask) -> Response:
    """What was asked and answered, oldest first; `?job=`, `?operation=`, `?since=SEQ`, `?status=`."""
    session = ask.session
    log = session.journal
    known = (operation.name for era in session.setup.eras.values() for operation in era.operations)
    job, operation = ask.query.get("job", ""), one_of(ask, "operation", known)
    since, status = digits(ask, "since", 0), digits(ask, "status", 0)

    def fits(entry: Entry) -> bool:
        return (
            entry.seq > since
            and job in ("", entry.job_id)
            and operation in ("", entry.operation)
            and status in (0, entry.response.status)
        )

    entries = [entry for entry in log if fits(entry)]
    counts = [
        {"vendor": vendor, "operation": operation, "status": status, "count": count}
        for (vendor, operation, status), count in sorted(log.counts.items())
    ]
    listed = [entry.json() for entry in entries[:MOST_LISTED]]
    late = [stale.json() for stale in log.stale]
    return ok({"total": len(entries), "evicted": log.evicted, "entries": listed, "counts": counts, "stale": late})


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
