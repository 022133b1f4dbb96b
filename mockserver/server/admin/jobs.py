"""The admin calls about jobs and what was done to them: states, journal, money."""

import asyncio
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Job, StateHistory
from mockserver.core.wire import Request, Response
from mockserver.engine.handle import IncomingRequest, VendorContext, handle
from mockserver.engine.journal import JournalEntry
from mockserver.engine.session.session import Session
from mockserver.errors import did_you_mean, refuse
from mockserver.server.admin.call import (
    MAX_LISTED,
    AdminCall,
    bool_field,
    choice_parameter,
    int_field,
    int_parameter,
    invalid_value,
    json_ok,
    required_text,
    text_field,
)
from mockserver.server.app import YIELD_EVERY
from mockserver.vendors.api import BodyPolicy, CreateJob, Era, Operation
from mockserver.vendors.commands import future_states, history, snapshot
from mockserver.vendors.planner import Planner
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.script import NO_SCRIPT

MAX_JOBS_CREATED: Final = 10_000_000
"""Jobs that one call may make."""


def _spans_json(history: StateHistory) -> list[dict[str, Any]]:
    return [
        {
            "state": visit.step.state,
            "entered": rfc3339(visit.entered, digits=6),
            "until": rfc3339(visit.until, digits=6) if visit.until is not None else None,
            "cause": visit.cause,
            "polls": visit.polls,
            "line": visit.step.line or None,
        }
        for visit in history
    ]


def _job_json(vendor: str, job: Job, now: Instant) -> dict[str, Any]:
    seen = snapshot(job, now)
    return {
        "id": job.id,
        "vendor": vendor,
        "kind": job.kind,
        "number": job.number,
        "state": seen.state,
        "terminal": seen.terminal,
        "progress": seen.span.progress(now),
        "created": rfc3339(job.created, digits=6),
        "deleted": job.last_command("delete") is not None,
        "version": job.version,
        **({"items": dict(seen.batch.counts())} if seen.batch is not None else {}),
    }


def _possible_states(session: Session) -> set[str]:
    """Every state that a job of the session can be in."""
    kinds = [kind for era in session.setup.eras.values() for kind in era.kinds.values()]
    return {state for kind in kinds for state in kind.lifecycle.states}


async def list_jobs(call: AdminCall) -> Response:
    """The session's jobs in our own terms, of all vendors, oldest first; `?state=`."""
    session, now = call.session, call.now
    wanted = choice_parameter(call, "state", _possible_states(session))
    listed: list[dict[str, Any]] = []
    total = seen = 0
    for room, store in session.contexts():
        for job in store.all_jobs():
            seen += 1
            if seen % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            if wanted and snapshot(job, now).state != wanted:
                continue
            total += 1
            if len(listed) < MAX_LISTED:
                listed.append(_job_json(room.era.vendor, job, now))
    return json_ok({"total": total, "jobs": listed})


async def get_job(call: AdminCall) -> Response:
    """One job: its state, its course so far and ahead, what happened to it, what was booked."""
    session, now = call.session, call.now
    room, _, job = session.find_job(call.path_params[0])
    inputs = [
        {"at": rfc3339(happened.at, digits=6), "seq": happened.seq, "kind": happened.kind, "name": happened.name}
        for happened in job.inputs[-MAX_LISTED:]
    ]
    courses = {"course": _spans_json(history(job, now)), "ahead": _spans_json(future_states(job, now))}
    more = {"inputs": inputs, "ledger": _ledger_rows(session, now, job.id)}
    return json_ok(_job_json(room.era.vendor, job, now) | courses | more)


async def create_jobs(call: AdminCall) -> Response:
    """Jobs made without asking the vendor's API: `{vendor, kind, body, count}`."""
    session = call.session
    era = resolve_era(required_text(call, "vendor"), call.registry.settings.vendors)
    room, store = session.context(era.vendor)
    kind = text_field(call, "kind") or room.era.main_kind.name
    if kind not in room.era.kinds:
        near = did_you_mean(kind[:80], room.era.kinds)
        raise refuse("ADM003", f"{era.vendor} has no {kind[:80]!r}{near}", ", ".join(room.era.kinds))
    count = int_field(call, "count", 1, MAX_JOBS_CREATED, 1)
    body = call.fields.get("body", {})
    if not isinstance(body, dict):
        raise invalid_value("body is the vendor's create request", body, '{"body": {"prompt": "a cat"}}')
    made = {**room.era.kinds[kind].example, **body}
    _check_create_body(call, room.era, kind, made)
    ids: list[str] = []
    for number in range(1, count + 1):
        job = room.job_factory.create_job(kind, made, store.next_number(kind), session.clock.now(call.wall_clock()))
        store.commit([CreateJob(job)])
        session.after_commit(era.vendor, [CreateJob(job)])
        if len(ids) < MAX_LISTED:
            ids.append(job.id)
        if number % YIELD_EVERY == 0:
            await asyncio.sleep(0)
    return json_ok({"total": count, "jobs": ids}, 201)


def _create_operation(era: Era, kind: str) -> Operation | None:
    """The operation that makes such a job out of a JSON body; an era may have none that works."""
    fitting = (
        one for one in era.operations if one.kind == kind and one.body is BodyPolicy.JSON and not one.about_one_job
    )
    return next(fitting, None)


def _check_create_body(call: AdminCall, era: Era, kind: str, body: dict[str, Any]) -> None:
    """Refuse a create body that the vendor refuses: asked in a room of its own, where nothing has happened yet."""
    settings = call.registry.settings
    for asked in (era, *reversed(settings.vendors[era.vendor].eras)):
        creates = _create_operation(asked, kind)
        if creates is not None:
            break
    else:
        return
    plans = Planner(asked, NO_SCRIPT, "")
    room = VendorContext(asked, call.registry.router(asked), NO_SCRIPT, plans, settings.make_store(asked), "")
    worn = {name.lower(): value for name, value in asked.auth_headers("admin").items()}
    request = Request(creates.method, creates.path, headers=worn, body=orjson.dumps(body))
    answer, _, _ = handle(room, IncomingRequest(request, "", ""), call.now)
    if answer.response.status >= 400:
        says = answer.response.body[:300].decode("utf-8", "replace")
        raise refuse("ADM003", f"{era.vendor} refuses this {kind}: {says}", f"body is that of {creates.path}")


async def move_job(call: AdminCall) -> Response:
    """Move a job to a state at once: `{to, force, item}`; legal moves only, unless forced."""
    to, job_id = required_text(call, "to"), call.path_params[0]
    item = int_field(call, "item", 0, MAX_JOBS_CREATED, 0) if "item" in call.fields else None
    session, real = call.session, call.wall_clock()
    session.move_job(job_id, to, real, force=bool_field(call, "force"), item=item)
    room, _, job = session.find_job(job_id)
    return json_ok(_job_json(room.era.vendor, job, session.clock.now(real)))


async def get_journal(call: AdminCall) -> Response:
    """What was asked and answered, oldest first; `?job=`, `?operation=`, `?since=SEQ`, `?status=`."""
    session = call.session
    log = session.journal
    known = (operation.name for era in session.setup.eras.values() for operation in era.operations)
    job, operation = call.query.get("job", ""), choice_parameter(call, "operation", known)
    since, status = int_parameter(call, "since", 0), int_parameter(call, "status", 0)

    def fits(entry: JournalEntry) -> bool:
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
    listed = [entry.json() for entry in entries[:MAX_LISTED]]
    late = [stale.json() for stale in log.stale_requests]
    return json_ok({"total": len(entries), "evicted": log.evicted, "entries": listed, "counts": counts, "stale": late})


def _ledger_rows(session: Session, now: Instant, job_id: str = "") -> list[dict[str, Any]]:
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


async def get_ledger(call: AdminCall) -> Response:
    """Money: every booking so far, of one job with `?job=`; a refund is there once or not at all."""
    entries = _ledger_rows(call.session, call.now, call.query.get("job", ""))
    return json_ok({"total": len(entries), "entries": entries[:MAX_LISTED]})
