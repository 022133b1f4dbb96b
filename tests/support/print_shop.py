"""A vendor that keeps every duty: a print shop, whose prints are single jobs and whose sets are batches of prints.

Tests of `vendor_check` break one thing of it at a time, and see the one duty fail.
"""

from collections.abc import Mapping
from typing import Any

from mockserver.contract.documents.capture import Capture, parse_capture
from mockserver.core.ids import hex24
from mockserver.core.instants import DAY, HOUR, SECOND
from mockserver.core.job import DELETE, Deadline, Job
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.core.wire import Request, Response
from mockserver.stores import memory_store
from mockserver.vendor_check.checker import check_duty
from mockserver.vendor_check.duties import DUTIES
from mockserver.vendor_check.duty import DutyResult
from mockserver.vendor_check.world import CheckedEra
from mockserver.vendors.api import (
    FOREVER,
    Accept,
    AlreadyCancelled,
    Answer,
    BodyPolicy,
    Call,
    CreateJob,
    Era,
    JobKind,
    LedgerEntry,
    Operation,
    Refuse,
    RequestError,
    Role,
    SpecCondition,
    Vendor,
    build_timeline,
)
from mockserver.vendors.commands import (
    JobSnapshot,
    cancel_job,
    count_poll,
    find_job,
    history,
    record_command,
    snapshot,
    with_job,
)
from mockserver.vendors.http import json_response
from mockserver.vendors.signatures import HmacHeaderNames, HmacHeaders
from mockserver.vendors.webhooks import RenderedDelivery, Subscription, WebhookSpec, state_events, webhook_json

HOST = "api.prints.example"
DATE = "2026-02-01"
RETENTION = 30 * DAY
ID_PATTERN = "[0-9a-f]{24}"

PRINT = Lifecycle(
    "print",
    ("queued", "printing", "done", "failed", "cancelled", "expired"),
    (
        Transition("queued", "printing"),
        Transition("printing", "done"),
        Transition("printing", "failed"),
        Transition("queued", "cancelled", Trigger.CANCEL),
        Transition("printing", "cancelled", Trigger.CANCEL),
        Transition("queued", "expired", Trigger.DEADLINE),
        Transition("printing", "expired", Trigger.DEADLINE),
    ),
    frozenset({"done", "failed", "cancelled", "expired"}),
)
SHEET = Lifecycle(
    "sheet",
    ("waiting", "inked", "dry", "torn"),
    (Transition("waiting", "inked"), Transition("inked", "dry"), Transition("waiting", "torn", Trigger.CANCEL)),
    frozenset({"dry", "torn"}),
)
SET = Lifecycle(
    "set",
    ("open", "running", "complete", "stopping", "stopped", "late"),
    (
        Transition("open", "running"),
        Transition("running", "complete"),
        Transition("open", "stopped", Trigger.CANCEL),
        Transition("running", "stopping", Trigger.CANCEL),
        Transition("stopping", "stopped"),
        Transition("open", "late", Trigger.DEADLINE),
        Transition("running", "late", Trigger.DEADLINE),
        Transition("stopping", "late", Trigger.DEADLINE),
    ),
    frozenset({"complete", "stopped", "late"}),
)
SET_RULES = BatchRules(SHEET, "open", "running", "complete", "stopping", "stopped", "late", "torn", "dry")


def error(status: int, code: str, **more: str) -> Response:
    return json_response(status, {"error": code, **more})


def print_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    body = {
        "id": now.job.id,
        "state": now.state,
        "url": f"{call.base_url}/prints/{now.job.id}",
        "progress": now.span.progress(call.now),
        "paper": now.job.spec["paper"],
    }
    return {**body, **now.job.plan.fields, **now.span.step.fields}


def set_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    return {"id": now.job.id, "state": now.state, "sheets": dict(now.item_counts()), **now.job.plan.fields}


def body_of(call: Call, now: JobSnapshot) -> dict[str, Any]:
    return (print_body if now.job.kind == "print" else set_body)(call, now)


def kept_until(call: Call, now: JobSnapshot) -> int:
    return min(now.unchanged_until, now.job.created + call.era.kinds[now.job.kind].retention)


def create(call: Call) -> Answer:
    kind = call.operation.kind
    if not isinstance(call.body.get("paper", "") or call.body.get("items"), str | list):
        return Answer(error(422, "paper"))
    job = call.job_factory.create_job(kind, call.body, call.view.next_number(kind), call.now)
    return Answer(json_response(201, body_of(call, snapshot(job, call.now))), (CreateJob(job),))


def find(call: Call) -> Job | Response:
    return find_job(call, call.operation.kind, call.path_params["id"]) or error(404, "unknown")


def get(call: Call, job: Job) -> Answer:
    polled, changes = count_poll(call, job)
    now = snapshot(polled, call.now)
    return Answer(json_response(200, body_of(call, now)), changes, kept_until(call, now))


def status(call: Call, job: Job) -> Answer:
    """A second read, which counts no poll."""
    now = snapshot(job, call.now)
    return Answer(json_response(200, body_of(call, now)), valid_until=kept_until(call, now))


def get_sheet(call: Call) -> Answer:
    found = call.view.item(call.path_params["id"])
    batch = found and find_job(call, "set", found[0].id)
    if not batch:
        return Answer(error(404, "unknown"))
    now = snapshot(batch, call.now)
    return Answer(json_response(200, {"state": now.items[found[1]][-1].state}), valid_until=kept_until(call, now))


def list_jobs(call: Call) -> Answer:
    kind = call.operation.kind
    jobs = call.view.jobs(kind, call.now, since=max(0, call.now - RETENTION + 1))
    shown = [body_of(call, snapshot(job, call.now)) for job in jobs]
    return Answer(json_response(200, {"data": shown, "first": shown[0]["id"] if shown else None}))


def cancel(call: Call, job: Job) -> Answer:
    return cancel_job(
        call,
        job,
        lambda now: json_response(200, body_of(call, now)),
        lambda name: error(409, name or "refused"),
        lambda now: kept_until(call, now),
    )


def delete(call: Call, job: Job) -> Answer:
    if not snapshot(job, call.now).terminal:
        return Answer(error(409, "busy"))
    return Answer(Response(204), record_command(call, job, DELETE)[1])


def watch(call: Call) -> Answer:
    """A websocket's operation: a plain call is answered before its key is checked."""
    return Answer(error(426, "upgrade"))


ID = ("path", "id")
JSON = {"body": BodyPolicy.JSON}
OPERATIONS = (
    Operation("create", "print", "POST", "/prints", create, role=Role.CREATE, **JSON),
    Operation("list", "print", "GET", "/prints", list_jobs, role=Role.LIST),
    Operation(
        "get",
        "print",
        "GET",
        "/prints/{id}",
        with_job(find, get),
        role=Role.READ,
        polls=True,
        id_in=ID,
        aliases=("/p/{id}",),
    ),
    Operation("status", "print", "GET", "/prints/{id}/status", with_job(find, status), role=Role.READ, id_in=ID),
    Operation("cancel", "print", "POST", "/prints/{id}/cancel", with_job(find, cancel), role=Role.CANCEL, id_in=ID),
    Operation("delete", "print", "DELETE", "/prints/{id}", with_job(find, delete), role=Role.DELETE, id_in=ID),
    Operation("watch", "print", "GET", "/prints/{id}/ws", watch, role=Role.OTHER, id_in=ID, plain_http_handler=watch),
    Operation("create_set", "set", "POST", "/sets", create, role=Role.CREATE, **JSON),
    Operation("get_set", "set", "GET", "/sets/{id}", with_job(find, get), role=Role.READ, polls=True, id_in=ID),
    Operation("cancel_set", "set", "POST", "/sets/{id}/cancel", with_job(find, cancel), role=Role.CANCEL, id_in=ID),
    Operation("get_sheet", "print", "GET", "/sheets/{id}", get_sheet, role=Role.OTHER, id_in=ID),
)


def ledger(job: Job, now: int) -> tuple[LedgerEntry, ...]:
    charge = LedgerEntry(job.created, "charge", 1.0, "credits", f"{job.id}:charge")
    for span in history(job, now):
        if span.state == "cancelled":
            return charge, charge._replace(at=span.entered, entry="refund", key=f"{job.id}:refund")
    return (charge,)


def render_delivery(request: Any) -> RenderedDelivery:
    body = webhook_json({"type": request.event.type, "data": {"id": request.job.id}})
    return RenderedDelivery((), body, f"evt_{request.event.key}")


SIGNATURE = HmacHeaders(HmacHeaderNames("X-Time", "X-Sign"))
EVENT_TYPES = ("print.done", "print.failed", "print.cancelled", "print.expired")
WEBHOOKS = WebhookSpec(
    types=EVENT_TYPES,
    default_types=EVENT_TYPES,
    events=lambda job, wanted: state_events(history(job, FOREVER), "print", wanted),
    subscription=lambda job, endpoint: endpoint and Subscription(endpoint.url, "", frozenset(EVENT_TYPES)),
    render=render_delivery,
    retry_delays=(),
    timeout=SECOND,
    delivery_error=lambda code, body: "",
    signature=SIGNATURE,
)

SMASHED = (TimelineStep("cancelled"),)
PRINTS = JobKind(
    lifecycle=PRINT,
    timeline=build_timeline(("queued", Timed(2 * SECOND)), ("printing", Timed(8 * SECOND)), ("done", NO_END)),
    new_id=lambda seed, number, at: hex24(seed, "print", number, at=at),
    id_pattern=ID_PATTERN,
    build_spec=lambda body: {"paper": body["paper"]},
    example={"paper": "A4"},
    cancel_table={
        "queued": Accept(SMASHED),
        # Only what is printed for long, on this paper, can be stopped.
        "printing": Accept(SMASHED, after=3 * SECOND, only_for=SpecCondition("paper", frozenset({"A4"}))),
        "done": Refuse("done"),
        "failed": Refuse("failed"),
        "cancelled": AlreadyCancelled(),
        "expired": Refuse("expired"),
    },
    deadlines=(Deadline(DAY, "expired"),),
    retention=RETENTION,
    ledger=ledger,
    webhooks=WEBHOOKS,
)
SETS = JobKind(
    lifecycle=SET,
    timeline=build_timeline(("open", Timed(2 * SECOND)), ("running", Timed(4 * SECOND)), ("complete", NO_END)),
    new_id=lambda seed, number, at: hex24(seed, "set", number, at=at),
    id_pattern=ID_PATTERN,
    build_spec=lambda body: {"items": body["items"]},
    example={"items": [{}, {}]},
    cancel_table={
        "open": Accept(),
        "running": Accept(),
        "stopping": AlreadyCancelled(),
        **dict.fromkeys(("complete", "stopped", "late"), Refuse()),
    },
    deadlines=(Deadline(HOUR, "late"),),
    batch=SET_RULES,
    item_timeline=lambda place, total: build_timeline(
        ("waiting", Timed((2 + place) * SECOND)), ("inked", Timed(4 * SECOND)), ("dry", NO_END)
    ),
    item_ids=lambda job: tuple(hex24(job.id, place, at=job.created) for place in range(2)),
)


def api_key(request: Request) -> str | RequestError:
    return request.headers.get("x-key") or RequestError.NO_KEY


ERA = Era(
    vendor="prints",
    date=DATE,
    summary="A print shop.",
    prefix="",
    operations=OPERATIONS,
    kinds={"print": PRINTS, "set": SETS},
    parse_api_key=api_key,
    render_request_error=lambda call, what, detail: error(
        {RequestError.UNKNOWN_PATH: 404, RequestError.WRONG_METHOD: 405}.get(what, 400), what.value
    ),
    render_status_error=lambda call, status, message: error(status, message),
    error_reason=lambda body: str(body.get("error", "")) if isinstance(body, dict) else "",
    auth_headers=lambda key: {"x-key": key},
)

STATE = {"type": "string"}
BODY = {"type": "object", "required": ["id", "state"], "properties": {"id": {"type": "string"}, "state": STATE}}
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def document() -> dict[str, Any]:
    """Build the capture of the era: every operation, each with its success and the error shape for the rest."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        shape: Mapping[str, Any] = BODY if operation.role in (Role.CREATE, Role.CANCEL, Role.READ) else {}
        success = {"content": {"application/json": {"schema": shape}}} if operation.name != "delete" else {}
        answers = {
            "2XX": {"description": "done", "x-basis": "page", **success},
            "default": {
                "description": "error",
                "x-basis": "page",
                "content": {"application/json": {"schema": ERROR}},
            },
        }
        for path in (operation.path, *operation.aliases):
            paths.setdefault(path, {})[operation.method.lower()] = {"responses": answers}
    return {"openapi": "3.1.0", "info": {"title": "Prints", "version": DATE}, "paths": paths}


CAPTURE: Capture = parse_capture(document(), "prints", DATE)


def shop(era: Era = ERA, *, capture: Capture | None = CAPTURE, **fields: Any) -> CheckedEra:
    """Build the era under check; keywords replace fields of the era."""
    changed = era._replace(**fields)
    return CheckedEra(
        Vendor("prints", "Prints", (changed,), lambda url, key: ""), changed, memory_store, capture, (HOST,)
    )


def with_kind(kind: JobKind) -> dict[str, JobKind]:
    """Return the era's kinds with one of them replaced."""
    return {**ERA.kinds, kind.name: kind}


def with_operation(which: str, /, **changes: Any) -> tuple[Operation, ...]:
    """Return the era's operations with fields of one of them replaced."""
    return tuple(one._replace(**changes) if one.name == which else one for one in OPERATIONS)


def without_operation(name: str) -> tuple[Operation, ...]:
    """Return the era's operations without one of them."""
    return tuple(one for one in OPERATIONS if one.name != name)


def results(checked: CheckedEra) -> dict[str, DutyResult]:
    """Check every duty; return the results by the duty's id."""
    return {duty.id: check_duty(duty, checked) for duty in DUTIES}


def broken_cases(checked: CheckedEra, duty_id: str) -> list[str]:
    """Check one duty; return what was found."""
    duty = next(duty for duty in DUTIES if duty.id == duty_id)
    return [f"{case.where}: {case.found}" for case in check_duty(duty, checked).broken]
