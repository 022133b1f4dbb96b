"""The two eras of TwelveLabs: the operations and their handlers, the kinds of job, the API key.

Sources: the page on cancelling a batch, the OpenAPI description of 2026-07-30 (paths; statuses 201, 200, 202) and the
Python SDK 1.2.9 to 1.3.6; the cancel of a task is of SDK 1.3.5. The eras differ in what `traits` lists.

The items of a batch are tasks too. They are read by the task operations and cancelled through their batch (SDK 1.3.6);
that they can be deleted only with it is inferred. Reading one is no poll: a batch's polls are the reads of the batch.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from heapq import merge
from itertools import islice
from typing import Final

from mockserver.core.ids import hex24
from mockserver.core.instants import Instant
from mockserver.core.job import DELETE, Job
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request, Response
from mockserver.vendors import http
from mockserver.vendors.api import (
    INFERRED,
    Answer,
    BodyPolicy,
    Call,
    CreateJob,
    Era,
    JobKind,
    Operation,
    RequestError,
    Role,
    SdkVariable,
    Source,
    VendorRule,
)
from mockserver.vendors.batch_items import staggered_timeline
from mockserver.vendors.commands import (
    JobSnapshot,
    active_limit_of,
    cancel_job,
    count_poll,
    find_job,
    record_command,
    snapshot,
    with_job,
)
from mockserver.vendors.http import json_response
from mockserver.vendors.twelvelabs import errors, events, requests, responses, states
from mockserver.vendors.twelvelabs.errors import VERSION_HEADER, ParameterError, error_response, refusal_response
from mockserver.vendors.twelvelabs.list_queries import ListQuery, parse_list_query
from mockserver.vendors.twelvelabs.requests import BATCH_EXAMPLE, TASK_EXAMPLE
from mockserver.vendors.twelvelabs.responses import TaskSnapshot, batch_tasks, single_task, task_status
from mockserver.vendors.twelvelabs.traits import TRAITS_BY_DATE, TwelveLabsTraits, traits_of

REFUSED_ASSETS: Final = {"000000000000000000000000": "unknown_asset", "000000000000000000000001": "asset_not_ready"}
"""Assets for which a create is refused: there is no asset endpoint here, every other id is an asset that is ready."""

ACTIVE_LIMIT: Final = 5
"""Active batches that an account may have (2026-07-30)."""

# Batches


def create_batch(call: Call) -> Answer:
    """POST /analyze/batches: 201, or an error and nothing is created."""
    error = requests.batch_error(call.body, traits_of(call.era))
    if error is not None:
        return Answer(error_response(call, 400, error.code, error.message))
    for request in call.body["requests"]:
        if request["video"]["asset_id"] in REFUSED_ASSETS:
            return Answer(refusal_response(call, REFUSED_ASSETS[request["video"]["asset_id"]]))
    limit = active_limit_of(call.era, call.script, "batch")
    if limit and call.view.count("batch", call.now, states=states.ACTIVE_STATES) >= limit:
        return Answer(refusal_response(call, "too_many_batches"))
    job = call.job_factory.create_job("batch", call.body, call.view.next_number("batch"), call.now)
    body = responses.created_batch_body(snapshot(job, call.now))
    return Answer(json_response(201, body, VERSION_HEADER), (CreateJob(job),))


def list_batches(call: Call) -> Answer:
    """GET /analyze/batches: a page of the batches, newest first; `status` and `analysis_mode` may be repeated."""
    query = parse_list_query(call, states.BATCH_LIFECYCLE.states)
    if isinstance(query, ParameterError):
        return Answer(error_response(call, 400, query.code, query.message))
    batches = _retained_batches(call, query.states)
    selected = [job for job in batches if query.modes is None or job.spec["analysis_mode"] in query.modes]
    body = query.body(selected, lambda job: responses.batch_body(snapshot(job, call.now), call.now))
    return Answer(json_response(200, body, VERSION_HEADER))


def _retained_batches(call: Call, in_states: frozenset[str] | None = None) -> Iterator[Job]:
    """Yield the account's batches that are neither deleted nor past their 30 days, newest first."""
    since = max(0, call.now - states.BATCH_RETENTION + 1)
    return call.view.jobs("batch", call.now, states=in_states, since=since)


def get_batch(call: Call, job: Job) -> Answer:
    """GET /analyze/batches/{batch_id}: the batch; a poll."""
    job, changes = count_poll(call, job)
    now = snapshot(job, call.now)
    return Answer(_batch_response(200, call, now), changes, _batch_unchanged_until(now))


def get_batch_results(call: Call, job: Job) -> Answer:
    """GET /analyze/batches/{batch_id}/results: one JSON line an item, at any time; no poll."""
    now = snapshot(job, call.now)
    lines = b"".join(responses.result_line(task) for task in batch_tasks(now))
    headers = (("Content-Type", "application/jsonl"), VERSION_HEADER)
    return Answer(Response(200, headers, lines), valid_until=_batch_unchanged_until(now))


def cancel_batch(call: Call, job: Job) -> Answer:
    """POST /analyze/batches/{batch_id}/cancel: 202 and the batch, `canceling` or, with no item at work, `canceled`."""
    return cancel_job(call, job, lambda now: _batch_response(202, call, now), partial(_refuse_cancel, call))


def delete_batch(call: Call, job: Job) -> Answer:
    """DELETE /analyze/batches/{batch_id}: 200 and no body, once the batch has ended; its tasks go with it."""
    if not snapshot(job, call.now).terminal:
        return Answer(refusal_response(call, "batch_not_terminal"))
    _, changes = record_command(call, job, DELETE)
    return Answer(Response(200, (VERSION_HEADER,)), changes)


def find_batch(call: Call) -> Job | Response:
    """Return the batch that the path names, or the 404 for it."""
    return find_job(call, "batch", call.path_params["batch_id"]) or refusal_response(call, "unknown_batch")


def _batch_response(status: int, call: Call, now: JobSnapshot) -> Response:
    return json_response(status, responses.batch_body(now, call.now), VERSION_HEADER)


def _batch_unchanged_until(now: JobSnapshot) -> Instant:
    """Return the batch's next change by time, or its deletion after 30 days."""
    return min(now.unchanged_until, now.job.created + states.BATCH_RETENTION)


def _refuse_cancel(call: Call, name: str | None) -> Response:
    return refusal_response(call, name or "not_cancelable")


# Tasks


def create_task(call: Call) -> Answer:
    """POST /analyze/tasks: 202 `{task_id, status}`; an `Idempotency-Key` that was used answers its task again.

    The effect of the key on another body is not documented: the first task is answered (inferred).
    """
    error = requests.task_error(call.body, traits_of(call.era))
    if error is not None:
        return Answer(error_response(call, 400, error.code, error.message))
    asset = call.body.get("video", {}).get("asset_id")
    if asset in REFUSED_ASSETS:
        return Answer(refusal_response(call, f"task_{REFUSED_ASSETS[asset]}"))
    key = call.request.headers.get("idempotency-key")
    if key:
        for job in call.view.jobs("task", call.now):
            if job.spec["idempotency_key"] == key:
                return Answer(_task_response(202, snapshot(job, call.now)))
    body = {**call.body, "idempotency_key": key}
    job = call.job_factory.create_job("task", body, call.view.next_number("task"), call.now)
    return Answer(_task_response(202, snapshot(job, call.now)), (CreateJob(job),))


def _task_response(status: int, now: JobSnapshot) -> Response:
    return json_response(status, {"task_id": now.job.id, "status": now.state}, VERSION_HEADER)


def list_tasks(call: Call) -> Answer:
    """GET /analyze/tasks: a page of all tasks, those of batches among them, newest first; errors are flat."""
    traits = traits_of(call.era)
    query = parse_list_query(call, call.era.kinds["task"].lifecycle.states)
    if isinstance(query, ParameterError):
        return Answer(error_response(call, 400, query.code, query.message))
    filters = {"url": call.query("video_url"), "asset_id": call.query("asset_id")}
    # SDK 1.3.5 dropped this filter; the second era ignores it like any unknown parameter.
    if not traits.task_cancel:
        filters["video_id"] = call.query("video_id")
    single = (single_task(snapshot(job, call.now)) for job in call.view.jobs("task", call.now))
    items = (task for job in _retained_batches(call) for task in batch_tasks(snapshot(job, call.now)))
    # Both are sorted, newest first; of one instant, single tasks come first.
    newest_first = merge(single, items, key=lambda task: -task.created)
    selected = [task for task in newest_first if _matches(task, traits, query, filters)]
    body = query.body(selected, lambda task: responses.task_body(task, traits, brief=True))
    return Answer(json_response(200, body, VERSION_HEADER))


def _matches(task: TaskSnapshot, traits: TwelveLabsTraits, query: ListQuery, filters: Mapping[str, str]) -> bool:
    """Return True if a task passes the query and the filters of its video's members; empty filters are ignored."""
    video = task.spec["video"] or {}
    return (
        (query.states is None or task_status(task, traits) in query.states)
        and (query.modes is None or task.mode in query.modes)
        and all(not value or video.get(member) == value for member, value in filters.items())
    )


def _find_item(call: Call) -> tuple[Job, int] | None:
    """Return the batch of the item that the path names, and the item's index; an item is gone when its batch is."""
    item = call.view.item(call.path_params["task_id"])
    batch = None if item is None else find_job(call, "batch", item[0].id)
    if item is None or batch is None:
        return None
    return batch, item[1]


def find_single_task(call: Call) -> Job | Response:
    """Return the task that the path names, or the error if it is unknown or an item of a batch."""
    job = find_job(call, "task", call.path_params["task_id"])
    if job is not None:
        return job
    return refusal_response(call, "unknown_task" if _find_item(call) is None else "task_in_batch")


def get_task(call: Call) -> Answer:
    """GET /analyze/tasks/{task_id}: the task; a poll if it is a single one."""
    traits = traits_of(call.era)
    found = find_single_task(call)
    if isinstance(found, Response):
        item = _find_item(call)
        if item is None:
            return Answer(found)
        batch, index = item
        task = next(islice(batch_tasks(snapshot(batch, call.now)), index, None))
        return Answer(json_response(200, responses.task_body(task, traits), VERSION_HEADER))
    job, changes = count_poll(call, found)
    now = snapshot(job, call.now)
    response = json_response(200, responses.task_body(single_task(now), traits), VERSION_HEADER)
    return Answer(response, changes, now.unchanged_until)


def delete_task(call: Call, job: Job) -> Answer:
    """DELETE /analyze/tasks/{task_id}: 200 and no body, unless the task is being processed."""
    if snapshot(job, call.now).state == "processing":
        return Answer(refusal_response(call, "task_processing"))
    _, changes = record_command(call, job, DELETE)
    return Answer(Response(200, (VERSION_HEADER,)), changes)


def cancel_task(call: Call, job: Job) -> Answer:
    """POST /analyze/tasks/{task_id}/cancel: 200 `{task_id, status}`, and the same when repeated (SDK 1.3.5)."""
    return cancel_job(
        call,
        job,
        render=lambda now: _task_response(200, now),
        refuse=partial(_refuse_cancel, call),
        unchanged_until=lambda now: now.unchanged_until,
    )


# Operations, kinds and eras

_BATCHES: Final = "/v1.3/analyze/batches"
_BATCH: Final = f"{_BATCHES}/{{batch_id}}"
_TASKS: Final = "/v1.3/analyze/tasks"
_TASK: Final = f"{_TASKS}/{{task_id}}"
_BATCH_ID: Final = ("path", "batch_id")
_TASK_ID: Final = ("path", "task_id")

OPERATIONS: Final = (
    Operation("create", "batch", "POST", _BATCHES, create_batch, role=Role.CREATE,
              body=BodyPolicy.JSON, example_params=BATCH_EXAMPLE),
    Operation("list", "batch", "GET", _BATCHES, list_batches, role=Role.LIST),
    Operation("get", "batch", "GET", _BATCH, with_job(find_batch, get_batch), role=Role.READ,
              polls=True, id_in=_BATCH_ID),
    Operation("results", "batch", "GET", f"{_BATCH}/results", with_job(find_batch, get_batch_results),
              role=Role.RESULTS, id_in=_BATCH_ID),
    Operation("cancel", "batch", "POST", f"{_BATCH}/cancel", with_job(find_batch, cancel_batch),
              role=Role.CANCEL, id_in=_BATCH_ID),
    Operation("delete", "batch", "DELETE", _BATCH, with_job(find_batch, delete_batch),
              role=Role.DELETE, id_in=_BATCH_ID),
    Operation("create_task", "task", "POST", _TASKS, create_task, role=Role.CREATE,
              body=BodyPolicy.JSON, example_params=TASK_EXAMPLE),
    Operation("list_tasks", "task", "GET", _TASKS, list_tasks, role=Role.LIST),
    Operation("get_task", "task", "GET", _TASK, get_task, role=Role.READ, polls=True, id_in=_TASK_ID),
    Operation("delete_task", "task", "DELETE", _TASK, with_job(find_single_task, delete_task),
              role=Role.DELETE, id_in=_TASK_ID),
)  # fmt: skip
CANCEL_TASK: Final = Operation(
    "cancel_task",
    "task",
    "POST",
    f"{_TASK}/cancel",
    with_job(find_single_task, cancel_task),
    role=Role.CANCEL,
    id_in=_TASK_ID,
)


def batch_kind(traits: TwelveLabsTraits) -> JobKind:
    """Return the kind of batches; the eras differ in the outcome of an item that is too long."""
    fail_item = states.fail_unreadable_or_long_item if traits.task_cancel else states.fail_unreadable_item
    return JobKind(
        lifecycle=states.BATCH_LIFECYCLE,
        timeline=states.BATCH_TIMELINE,
        new_id=lambda seed, number, created: hex24(seed, "batch", number, at=created),
        id_pattern=states.ID_PATTERN,
        build_spec=requests.build_batch_spec,
        example=BATCH_EXAMPLE,
        id_field="batch_id",
        cancel_table=states.BATCH_CANCEL_TABLE,
        deadlines=states.BATCH_DEADLINES,
        retention=states.BATCH_RETENTION,
        batch=states.BATCH_RULES,
        item_timeline=partial(staggered_timeline, states.BATCH_RULES),
        adjust_item_timeline=fail_item,
        item_ids=states.item_ids,
        ledger=states.batch_ledger,
        webhooks=events.webhook_spec("batch", traits),
        active_limit=ACTIVE_LIMIT,
    )


def task_kind(traits: TwelveLabsTraits) -> JobKind:
    """Return the kind of single tasks; their retention is not documented, so there is none."""
    return JobKind(
        lifecycle=states.task_lifecycle(traits),
        timeline=states.TASK_TIMELINE,
        new_id=lambda seed, number, created: hex24(seed, "task", number, at=created),
        id_pattern=states.ID_PATTERN,
        build_spec=partial(requests.build_task_spec, traits=traits),
        example=TASK_EXAMPLE,
        id_field="task_id",
        cancel_table=states.TASK_CANCEL_TABLE if traits.task_cancel else {},
        ledger=states.task_ledger,
        webhooks=events.webhook_spec("task", traits),
    )


def parse_api_key(request: Request) -> str | RequestError:
    """Return the API key of the `x-api-key` header, or `NO_KEY`."""
    return request.headers.get("x-api-key") or RequestError.NO_KEY


def limit_headers(limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
    """Return the headers of a scenario's rate limit: their names are documented for v1.2 (for v1.3: inferred)."""
    return http.limit_headers("X-Ratelimit", limit, window)


_RULES: Final = (
    VendorRule("limits", "active batches", f"{ACTIVE_LIMIT} of an account, then 429",
               Source(states.OPENAPI, states.CAPTURED, "An account may have five active batches.")),
    VendorRule("limits", "headers", "X-Ratelimit-Limit, -Remaining, -Used and -Reset where a scenario limits",
               Source("documentation of v1.2", states.CAPTURED,
                      "The names are documented for the older version.", INFERRED)),
)  # fmt: skip


def _build_era(date: str, traits: TwelveLabsTraits) -> Era:
    return Era(
        vendor="twelvelabs",
        date=date,
        summary=traits.summary,
        prefix="/v1.3",
        operations=(*OPERATIONS, CANCEL_TASK) if traits.task_cancel else OPERATIONS,
        kinds={"batch": batch_kind(traits), "task": task_kind(traits)},
        parse_api_key=parse_api_key,
        render_request_error=errors.render_request_error,
        render_status_error=errors.render_status_error,
        error_reason=errors.parse_error_reason,
        auth_headers=lambda key: {"x-api-key": key},
        limit_headers=limit_headers,
        rules=(*states.RULES, *requests.RULES, *errors.RULES, *events.RULES, *_RULES),
    )


ERAS: Final = tuple(_build_era(date, traits) for date, traits in TRAITS_BY_DATE.items())


SDK_VARIABLES: Final = (
    SdkVariable("TWELVE_LABS_API_KEY", "key", "twelvelabs-js 1.3.4; twelvelabs (Python) 1.3.6 promises and ignores it"),
    SdkVariable("TWELVELABS_BASE_URL", "url", "twelvelabs (Python) 1.3.6, twelvelabs-js 1.3.4; wins over the argument"),
)


def snippet(base_url: str, key: str) -> str:
    """Return a line of Python that works against the fake, with the vendor's own SDK."""
    client = f'TwelveLabs(api_key="{key}", base_url="{base_url}/v1.3")'
    return f"from twelvelabs import TwelveLabs; print({client}.analyze_async.batches.list().items)"
