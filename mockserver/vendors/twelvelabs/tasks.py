"""The task operations: create, list, get, delete and, in the second era, cancel. A batch's items are tasks too.

Sources: the OpenAPI description of 2026-07-30 and the Python SDK 1.3.6. A task of a batch is read here and cancelled
through its batch (SDK 1.3.6); that it can be deleted only with its batch is inferred. Reading it polls nothing: a
batch's polls are the reads of the batch.
"""

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import NamedTuple

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, CreateJob
from mockserver.vendors.commands import (
    JobSnapshot,
    count_poll,
    find_job,
    json_response,
    make_answer,
    record_command,
    snapshot,
)
from mockserver.vendors.twelvelabs import cancellation
from mockserver.vendors.twelvelabs.batches import REFUSED_ASSETS, retained_batches
from mockserver.vendors.twelvelabs.checks import ParameterError
from mockserver.vendors.twelvelabs.errors import VERSION_HEADER, error_response, refusal_response
from mockserver.vendors.twelvelabs.lists import ListQuery, parse_list_query
from mockserver.vendors.twelvelabs.requests import task_error
from mockserver.vendors.twelvelabs.responses import TaskSnapshot, batch_tasks, single_task, task_body, task_status
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits, traits_of


def create_task(call: Call) -> Answer:
    """POST /analyze/tasks: 202 `{task_id, status}`; an `Idempotency-Key` seen before answers its task again.

    What the key does to an unlike body is not documented: the first task is answered (inferred).
    """
    flaw = task_error(call.body, traits_of(call.era))
    if flaw is not None:
        return make_answer(error_response(call, 400, *flaw))
    asset = call.body.get("video", {}).get("asset_id", "")
    if asset in REFUSED_ASSETS:
        return make_answer(refusal_response(call, f"task_{REFUSED_ASSETS[asset]}"))
    key = call.request.headers.get("idempotency-key")
    known = _find_by_idempotency_key(call, key) if key else None
    if known is not None:
        return make_answer(_task_response(202, known.id, snapshot(known, call.now).state))
    body = {**call.body, "idempotency_key": key}
    job = call.job_factory.create_job("task", body, call.view.next_number("task"), call.now)
    return make_answer(_task_response(202, job.id, snapshot(job, call.now).state), CreateJob(job))


def _find_by_idempotency_key(call: Call, key: str) -> Job | None:
    return next((job for job in call.view.jobs("task", call.now) if job.spec["idempotency_key"] == key), None)


def _task_response(status: int, task_id: str, state: str) -> Response:
    return json_response(status, {"task_id": task_id, "status": state}, VERSION_HEADER)


def list_tasks(call: Call) -> Answer:
    """GET /analyze/tasks: a page of all tasks, a batch's among them, newest first; errors are flat."""
    traits = traits_of(call.era)
    asked = parse_list_query(call, call.era.kinds["task"].lifecycle.states)
    if isinstance(asked, ParameterError):
        return make_answer(error_response(call, 400, *asked))
    sources = {member: call.query(name) for name, member in _source_filters(traits).items()}
    found = [task for task in _all_tasks(call) if _matches_filters(task, traits, asked, sources)]
    body = asked.body(found, lambda task: task_body(task, traits, brief=True))
    return make_answer(json_response(200, body, VERSION_HEADER))


def _source_filters(traits: TwelveLabsTraits) -> Mapping[str, str]:
    """Query parameter -> member of the video it asks for; SDK 1.3.5 dropped `video_id`, ignored like any other."""
    filters = {"video_url": "url", "asset_id": "asset_id"}
    return filters if traits.task_cancel else {**filters, "video_id": "video_id"}


def _all_tasks(call: Call) -> Iterator[TaskSnapshot]:
    """Every task, newest first."""
    single = (single_task(snapshot(job, call.now)) for job in call.view.jobs("task", call.now))
    items = (task for job in retained_batches(call) for task in batch_tasks(snapshot(job, call.now)))
    return merge(single, items, key=lambda task: -task.created)


def _matches_filters(
    task: TaskSnapshot, traits: TwelveLabsTraits, asked: ListQuery, sources: Mapping[str, str]
) -> bool:
    """Whether a task passes all filters."""
    video = task.spec["video"] or {}
    return (
        (asked.states is None or task_status(task, traits) in asked.states)
        and (asked.modes is None or task.mode in asked.modes)
        and all(not wanted or video.get(member) == wanted for member, wanted in sources.items())
    )


class _FoundTask(NamedTuple):
    """A task, as the job it is or is part of."""

    job: Job
    place: int | None
    """Its place in its batch; None for a single task."""

    def task(self, now: JobSnapshot) -> TaskSnapshot:
        return single_task(now) if self.place is None else next(islice(batch_tasks(now), self.place, None))


def _find_task(call: Call) -> _FoundTask | None:
    """The task that a request names; a batch's go with their batch."""
    task_id = call.path_params["task_id"]
    job = find_job(call, "task", task_id)
    if job is not None:
        return _FoundTask(job, None)
    item = call.view.item(task_id)
    if item is None:
        return None
    batch = find_job(call, "batch", item[0].id)
    return _FoundTask(batch, item[1]) if batch is not None else None


def get_task(call: Call) -> Answer:
    """GET /analyze/tasks/{task_id}: the task; a poll of a single one."""
    found = _find_task(call)
    if found is None:
        return make_answer(refusal_response(call, "unknown_task"))
    traits = traits_of(call.era)
    if found.place is not None:
        body = task_body(found.task(snapshot(found.job, call.now)), traits)
        return make_answer(json_response(200, body, VERSION_HEADER))
    job, changes = count_poll(call, found.job)
    now = snapshot(job, call.now)
    return make_answer(
        json_response(200, task_body(single_task(now), traits), VERSION_HEADER),
        *changes,
        valid_until=now.unchanged_until,
    )


def delete_task(call: Call) -> Answer:
    """DELETE /analyze/tasks/{task_id}: 200 and no body, unless the task is being processed."""
    found = _find_task(call)
    if found is None:
        return make_answer(refusal_response(call, "unknown_task"))
    if found.place is not None:
        return make_answer(refusal_response(call, "task_in_batch"))
    if snapshot(found.job, call.now).state == "processing":
        return make_answer(refusal_response(call, "task_processing"))
    _, changes = record_command(call, found.job, name="delete")
    return make_answer(Response(200, (VERSION_HEADER,)), *changes)


def cancel_task(call: Call) -> Answer:
    """POST /analyze/tasks/{task_id}/cancel: 200 `{task_id, status}`, and again the same (SDK 1.3.5)."""
    found = _find_task(call)
    if found is None:
        return make_answer(refusal_response(call, "unknown_task"))
    if found.place is not None:
        return make_answer(refusal_response(call, "task_in_batch"))
    return cancellation.cancel_job(call, found.job, lambda now: _task_response(200, now.job.id, now.state))
