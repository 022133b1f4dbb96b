"""The admin calls about jobs: list, show, create and move them."""

from typing import Any, Final

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Job, StateHistory
from mockserver.core.wire import Request, Response
from mockserver.engine.handle import VendorContext, handle
from mockserver.engine.store import VersionConflict
from mockserver.errors import refuse, refuse_unknown
from mockserver.server.admin.call import (
    MAX_LISTED,
    AdminCall,
    as_of,
    bool_field,
    choice_parameter,
    instant_json,
    int_field,
    invalid_value,
    json_ok,
    required_text,
    text_field,
)
from mockserver.server.admin.journal import ledger_row
from mockserver.server.slices import Turns, in_slices
from mockserver.server.ui.rows import job_as_of
from mockserver.vendors.api import CreateJob, Era, Role
from mockserver.vendors.commands import future_states, history, snapshot
from mockserver.vendors.planner import Planner
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.script import NO_SCRIPT

MAX_JOBS_CREATED: Final = 10_000_000
"""Jobs that one call may create."""


def _spans_json(history: StateHistory) -> list[dict[str, Any]]:
    return [
        {
            "state": span.step.state,
            "entered": rfc3339(span.entered, digits=6),
            "until": instant_json(span.until),
            "cause": span.cause,
            "polls": span.polls,
            "line": span.step.line or None,
        }
        for span in history
    ]


def _job_json(vendor: str, job: Job, now: Instant) -> dict[str, Any]:
    current = snapshot(job, now)
    shown = {
        "id": job.id,
        "vendor": vendor,
        "kind": job.kind,
        "number": job.number,
        "state": current.state,
        "terminal": current.terminal,
        "progress": current.span.progress(now),
        "created": rfc3339(job.created, digits=6),
        "deleted": job.deletion is not None,
        "version": job.version,
    }
    if current.batch is not None:
        shown["items"] = dict(current.batch.counts())
    return shown


async def list_jobs(call: AdminCall) -> Response:
    """List the jobs of all vendors, oldest first, optionally in one state: `?state=`. Raises `MockError` ADM003."""
    session = call.session
    now = call.now
    kinds = [kind for era in session.setup.eras.values() for kind in era.kinds.values()]
    state = choice_parameter(call, "state", {state for kind in kinds for state in kind.lifecycle.states})
    listed: list[dict[str, Any]] = []
    total = 0
    async for context, job in in_slices(session.jobs()):
        if state is not None and snapshot(job, now).state != state:
            continue
        total += 1
        if len(listed) < MAX_LISTED:
            listed.append(_job_json(context.era.vendor, job, now))
    return json_ok({"total": total, "jobs": listed})


async def get_job(call: AdminCall) -> Response:
    """Show one job: its state, its past and future states, its inputs and its ledger, now or `?as_of=`.

    Raises `MockError` ADM003 for the instant, ADM004 for a job that is not there, or not yet.
    """
    session = call.session
    now = as_of(call)
    context, job = session.find_job(call.path_params[0])
    if job.created > now:
        detail = f"job {job.id} was created later, at {instant_json(job.created)}"
        raise refuse("ADM004", detail, "leave out as_of")
    job = job_as_of(job, now)
    shown = _job_json(context.era.vendor, job, now)
    shown["course"] = _spans_json(history(job, now))
    shown["ahead"] = _spans_json(future_states(job, now))
    shown["inputs"] = [
        {"at": rfc3339(event.at, digits=6), "seq": event.seq, "kind": event.kind, "name": event.name}
        for event in job.inputs[-MAX_LISTED:]
    ]
    ledger = context.era.kinds[job.kind].ledger(job, now)
    shown["ledger"] = [ledger_row(job.id, entry) for entry in ledger]
    return json_ok(shown)


async def create_jobs(call: AdminCall) -> Response:
    """Create jobs without a request to the vendor's API: `{vendor, kind, body, count}`.

    Raises `MockError` VEN001-VEN003 for the vendor, ADM003 for the other fields, also for a body that the vendor would
    refuse, and SRV022 when the session has become too large; the jobs created so far stay.
    """
    session = call.session
    era = resolve_era(required_text(call, "vendor"), call.registry.settings.vendors)
    context = session.context(era.vendor)
    kind = text_field(call, "kind") or context.era.main_kind.name
    if kind not in context.era.kinds:
        raise refuse_unknown("ADM003", f"kind of {era.vendor} job", kind, context.era.kinds)
    count = int_field(call, "count", 1, MAX_JOBS_CREATED, 1)
    given = call.fields.get("body", {})
    if not isinstance(given, dict):
        example = orjson.dumps({"body": dict(list(context.era.kinds[kind].example.items())[:1])}).decode()
        raise invalid_value(f"body must be {era.vendor}'s create request, an object", given, example)
    body = {**context.era.kinds[kind].example, **given}
    _check_create_body(call, context.era, kind, body)
    ids: list[str] = []
    turns = Turns()
    for _ in range(count):
        job = _commit_new_job(call, context, kind, body)
        if len(ids) < MAX_LISTED:
            ids.append(job.id)
        if await turns.give():
            call.registry.count_memory(session, call.wall_clock())
            call.registry.check_room(session, 0)
    return json_ok({"total": count, "jobs": ids}, 201)


def _commit_new_job(call: AdminCall, context: VendorContext, kind: str, body: dict[str, Any]) -> Job:
    """Create a job as of now, which a running clock moves while many are created."""
    session = call.session
    store = context.store
    while True:
        now = session.clock.now(call.wall_clock())
        changes = [CreateJob(context.job_factory.create_job(kind, body, store.next_number(kind), now))]
        try:
            store.commit(changes)
        except VersionConflict:  # another server was faster: the next number is another one
            continue
        session.after_commit(context, changes)
        return changes[0].job


def _check_create_body(call: AdminCall, era: Era, kind: str, body: dict[str, Any]) -> None:
    """Raise `MockError` ADM003 for a create body that the vendor refuses.

    The vendor itself decides: it handles the request in a context of its own, so that the session is not changed. If
    its create operation does not work in this era, the newest era that has one decides.
    """
    settings = call.registry.settings
    creates = [
        (candidate, operation)
        for candidate in (era, *reversed(settings.vendors[era.vendor].eras))
        for operation in candidate.operations_of(kind, Role.CREATE)
        if operation.body.requires_object and operation.body.takes_json
    ]
    if not creates:
        return  # no era creates this kind from JSON, so nothing can be checked
    deciding, operation = creates[0]
    context = VendorContext(
        era=deciding,
        router=call.registry.factory.router(deciding),
        script=NO_SCRIPT,
        job_factory=Planner(deciding, NO_SCRIPT, ""),
        store=settings.make_store(deciding),
        seed="",
    )
    credentials = deciding.auth_headers("admin")
    headers = {**deciding.usual_headers, **{name.lower(): value for name, value in credentials.items()}}
    path = operation.example_path("")
    request = Request(operation.method, path, headers=headers, body=orjson.dumps(body))
    response = handle(context, context.incoming(request, ""), call.now).response
    if response.status >= 400:
        message = f"{era.vendor} refuses this {kind}: {response.body[:300].decode('utf-8', 'replace')}"
        raise refuse("ADM003", message, f"body must be a valid body of {operation.method} {operation.path}")


async def move_job(call: AdminCall) -> Response:
    """Move a job, or one item of a batch, to a state at once: `{to, force, item}`.

    Raises `MockError` ADM004, ADM005 or ADM007 for an unknown job, state or item, and ADM006 for a move that the
    lifecycle does not allow, unless `force` is true.
    """
    job_id = call.path_params[0]
    state = required_text(call, "to")
    item = int_field(call, "item", 0, MAX_JOBS_CREATED, 0) if "item" in call.fields else None
    session = call.session
    wall_now = call.wall_clock()
    session.move_job(job_id, state, wall_now, force=bool_field(call, "force"), item=item)
    context, job = session.find_job(job_id)
    return json_ok(_job_json(context.era.vendor, job, session.clock.now(wall_now)))
