"""The operations of batches and their handlers, and the kind of job (source of 2026-08-22)."""

import re
from functools import partial
from itertools import islice
from typing import Any, Final

import orjson

from mockserver.core.ids import ulid
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import (
    INFERRED,
    Answer,
    BodyPolicy,
    Call,
    CreateJob,
    JobKind,
    Operation,
    OperationHandler,
    Role,
    Source,
    VendorRule,
)
from mockserver.vendors.batch_items import staggered_timeline
from mockserver.vendors.commands import JobSnapshot, cancel_job, count_poll, find_job, snapshot, with_job
from mockserver.vendors.phaseo.batches import events, requests, responses, results, states
from mockserver.vendors.phaseo.batches.requests import BATCH_EXAMPLE
from mockserver.vendors.phaseo.batches.states import BATCH_KIND
from mockserver.vendors.phaseo.errors import JSON_CONTENT_TYPE, error_response, uncached_json
from mockserver.vendors.phaseo.states import CODE, NEWEST_CODE
from mockserver.vendors.phaseo.traits import PhaseoTraits


def create_batch(call: Call) -> Answer:
    """POST /v1/batches: 200 and the provider's batch, or an error and nothing is created."""
    refusal = requests.webhook_refusal(call, call.body)
    if refusal is not None:
        return Answer(_refusal_response(call, refusal))
    spec = requests.read_batch(call.body) if call.prepared is None else call.prepared
    if isinstance(spec, requests.BatchRefusal):
        return Answer(_refusal_response(call, spec))
    job = call.job_factory.create_job(BATCH_KIND, call.body, call.view.next_number(BATCH_KIND), call.now, spec)
    return Answer(_batch_response(call, snapshot(job, call.now)), (CreateJob(job),))


def _refusal_response(call: Call, refusal: requests.BatchRefusal) -> Response:
    if refusal.nested_status is None:
        return error_response(call, refusal.code, refusal.reason, **refusal.extra)
    error = {"type": refusal.code, "reason": refusal.reason, **refusal.extra}
    return uncached_json({"error": error}, refusal.nested_status)


def find_batch(call: Call) -> Job | Response:
    """Return the batch that the path names, or the 404 for it."""
    batch_id = call.path_params["batch_id"]
    job = find_job(call, BATCH_KIND, batch_id)
    if job is None or call.now < job.created:
        return error_response(call, "not_found", "batch_not_found_or_not_owned", batch_id=batch_id)
    return job


def _batch_response(call: Call, now: JobSnapshot) -> Response:
    """Render a batch with the provider's headers, which have no Cache-Control."""
    return Response(200, (JSON_CONTENT_TYPE,), orjson.dumps(responses.batch_body(call, now)))


def get_batch(call: Call, job: Job) -> Answer:
    """GET /v1/batches/{batch_id}: the batch; a poll."""
    polled, changes = count_poll(call, job)
    now = snapshot(polled, call.now)
    return Answer(_batch_response(call, now), changes, now.unchanged_until)


def cancel_batch(call: Call, job: Job) -> Answer:
    """POST /v1/batches/{batch_id}/cancel: 200 and the batch, `cancelling` until its requests at work have finished."""
    return cancel_job(
        call,
        job,
        render=lambda now: _batch_response(call, now),
        refuse=partial(_refuse_cancel, call, job),
        unchanged_until=lambda now: now.unchanged_until,
    )


def _refuse_cancel(call: Call, job: Job, name: str | None) -> Response:
    """Pass on the provider's refusal: OpenAI's error of a batch that has ended (its form is inferred)."""
    message = f"Cannot cancel a batch with status '{snapshot(job, call.now).state}'."
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return Response(409, (JSON_CONTENT_TYPE,), orjson.dumps({"error": error}))


# Lists

_NUMBER: Final = r"(?a)[+-]?\d{1,15}(?:\.\d{0,15})?"


def _number_query(call: Call, name: str, default: int, low: int, high: int) -> int:
    """Return a number of the query, clamped; `default` for a text that is none, as for no parameter."""
    text = call.query(name).strip()
    if not re.fullmatch(_NUMBER, text):
        return default
    return max(low, min(high, int(float(text))))


def list_batches(call: Call) -> Answer:
    """GET /v1/batches: newest first, 20 unless `limit` says otherwise (1 to 100); there is no cursor."""
    words = [*call.query_all("status"), *call.query("statuses").split(",")]
    selected = [states.STATUS_FILTERS[word] for word in (each.strip().lower() for each in words)
                if word in states.STATUS_FILTERS]  # fmt: skip
    in_states = frozenset(state for group in selected for state in group) if selected else None
    limit = _number_query(call, "limit", 20, 1, 100)
    jobs = islice(call.view.jobs(BATCH_KIND, call.now, states=in_states), limit)
    data = [responses.list_entry(call, snapshot(job, call.now)) for job in jobs]
    ids = [entry["id"] for entry in data] or [None]
    body = {"object": "list", "data": data, "first_id": ids[0], "last_id": ids[-1], "has_more": False}
    return Answer(uncached_json(body))


def list_batch_requests(call: Call, job: Job) -> Answer:
    """GET /v1/batches/{batch_id}/requests: the rows from `offset`, 100 unless `limit` says otherwise (1 to 1000)."""
    now = snapshot(job, call.now)
    offset = _number_query(call, "offset", 0, 0, len(now.items))
    limit = _number_query(call, "limit", 100, 1, 1000)
    wanted = call.query("status").strip()
    rows = (responses.request_row(now, index) for index in range(len(now.items)))
    selected = (row for row in rows if not wanted or row["status"] == wanted)
    data = list(islice(selected, offset, offset + limit))
    return Answer(uncached_json({"object": "list", "batch_id": job.id, "data": data}))


def list_batch_models(call: Call) -> Answer:
    """GET /v1/batches/models: the models of the preview's providers."""
    wanted = {name.strip() for value in call.query_all("params") for name in value.split(",")} - {""}
    data = [entry for entry in responses.model_entries() if wanted <= set(entry["supported_params"])]
    return Answer(uncached_json({"object": "list", "data": data}))


# Operations and kind

_BATCH_ID: Final = ("path", "batch_id")


def _batch_route(
    name: str, method: str, rest: str, handler: OperationHandler, *, role: Role = Role.OTHER, **options: Any
) -> Operation:
    """Build the operation of a batch route, with its second path."""
    if "{" in rest:
        options["id_in"] = _BATCH_ID
    options["aliases"] = (f"/v1/batch{rest}",)
    options["polls"] = role is Role.READ
    return Operation(name, BATCH_KIND, method, f"/v1/batches{rest}", handler, role=role, **options)


BATCH_ROUTES: Final = (
    _batch_route(
        "create_batch",
        "POST",
        "",
        create_batch,
        role=Role.CREATE,
        body=BodyPolicy.JSON,
        example_params=BATCH_EXAMPLE,
        # There may be 50,000 requests: they are read before the batch is created.
        prepare=lambda call: requests.read_batch(call.body),
    ),
    _batch_route("list_batches", "GET", "", list_batches, role=Role.LIST),
    _batch_route("batch_models", "GET", "/models", list_batch_models),
    _batch_route("get_batch", "GET", "/{batch_id}", with_job(find_batch, get_batch), role=Role.READ),
    _batch_route("cancel_batch", "POST", "/{batch_id}/cancel", with_job(find_batch, cancel_batch), role=Role.CANCEL),
    _batch_route(
        "batch_requests", "GET", "/{batch_id}/requests", with_job(find_batch, list_batch_requests), role=Role.RESULTS
    ),
)


def prepare_results(call: Call) -> results.PreparedResults | None:
    """Render the results of the batch that the path names, before they are handed out."""
    job = find_batch(call)
    return None if isinstance(job, Response) else results.prepare_results(job, call.now)


RESULTS_ROUTE: Final = _batch_route(
    "batch_results",
    "GET",
    "/{batch_id}/results",
    with_job(find_batch, results.get_batch_results),
    role=Role.RESULTS,
    prepare=prepare_results,
)


def batch_kind(traits: PhaseoTraits) -> JobKind:
    """Return the kind of an era's batches."""
    return JobKind(
        lifecycle=states.BATCH_LIFECYCLE,
        timeline=states.BATCH_TIMELINE,
        new_id=lambda seed, number, at: "batch_" + ulid(seed, "batch", number, at=at),
        id_pattern="batch_[0-9A-HJKMNP-TV-Z]{26}",
        build_spec=requests.build_batch_spec,
        example=BATCH_EXAMPLE,
        cancel_table=states.BATCH_CANCEL_TABLE,
        deadlines=states.BATCH_DEADLINES,
        batch=states.BATCH_RULES,
        item_timeline=partial(staggered_timeline, states.BATCH_RULES),
        ledger=states.batch_ledger,
        webhooks=events.batch_webhook_spec(traits),
    )


RULES: Final = (
    *states.RULES,
    *requests.RULES,
    VendorRule("responses", "get_batch", "the provider's batch, with the gateway's members",
               Source(CODE, NEWEST_CODE, "The provider's answer is decorated.")),
    VendorRule("responses", "list_batches, batch_requests", "show the present status",
               Source(CODE, NEWEST_CODE, "They show the stored status, which a get or a sweep refreshes.", INFERRED)),
    *events.RULES,
)  # fmt: skip
