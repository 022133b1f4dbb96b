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
from mockserver.vendors.api import Answer, Call, Create
from mockserver.vendors.commands import Now, answer, apply, find, json_response, look, observe
from mockserver.vendors.twelvelabs import canceling
from mockserver.vendors.twelvelabs.batches import MAGIC_ASSETS, kept_batches
from mockserver.vendors.twelvelabs.checks import Flaw
from mockserver.vendors.twelvelabs.errors import VERSION, problem, refusal
from mockserver.vendors.twelvelabs.listing import Asked, asked_of
from mockserver.vendors.twelvelabs.render import Task, single_task, task_body, task_status, tasks_of
from mockserver.vendors.twelvelabs.traits import Traits, traits_of
from mockserver.vendors.twelvelabs.validate import task_flaw


def create(call: Call) -> Answer:
    """POST /analyze/tasks: 202 `{task_id, status}`; an `Idempotency-Key` seen before answers its task again.

    What the key does to an unlike body is not documented: the first task is answered (inferred).
    """
    flaw = task_flaw(call.body, traits_of(call.era))
    if flaw is not None:
        return answer(problem(call, 400, *flaw))
    asset = call.body.get("video", {}).get("asset_id", "")
    if asset in MAGIC_ASSETS:
        return answer(refusal(call, f"task_{MAGIC_ASSETS[asset]}"))
    key = call.request.headers.get("idempotency-key")
    known = _created_with(call, key) if key else None
    if known is not None:
        return answer(_shown(202, known.id, look(known, call.now).state))
    body = {**call.body, "idempotency_key": key}
    job = call.plans.job("task", body, call.view.next_number("task"), call.now)
    return answer(_shown(202, job.id, look(job, call.now).state), Create(job))


def _created_with(call: Call, key: str) -> Job | None:
    return next((job for job in call.view.jobs("task", call.now) if job.spec["idempotency_key"] == key), None)


def _shown(status: int, task_id: str, state: str) -> Response:
    return json_response(status, {"task_id": task_id, "status": state}, VERSION)


def list_(call: Call) -> Answer:
    """GET /analyze/tasks: a page of all tasks, a batch's among them, newest first; errors are flat."""
    traits = traits_of(call.era)
    asked = asked_of(call, call.era.kinds["task"].lifecycle.states)
    if isinstance(asked, Flaw):
        return answer(problem(call, 400, *asked))
    sources = {member: call.query(name) for name, member in _filters(traits).items()}
    found = [task for task in _all_tasks(call) if _wanted(task, traits, asked, sources)]
    body = asked.body(found, lambda task: task_body(task, traits, brief=True))
    return answer(json_response(200, body, VERSION))


def _filters(traits: Traits) -> Mapping[str, str]:
    """Query parameter -> member of the video it asks for; SDK 1.3.5 dropped `video_id`, ignored like any other."""
    filters = {"video_url": "url", "asset_id": "asset_id"}
    return filters if traits.task_cancel else {**filters, "video_id": "video_id"}


def _all_tasks(call: Call) -> Iterator[Task]:
    """Every task, newest first."""
    single = (single_task(look(job, call.now)) for job in call.view.jobs("task", call.now))
    items = (task for job in kept_batches(call) for task in tasks_of(look(job, call.now)))
    return merge(single, items, key=lambda task: -task.created)


def _wanted(task: Task, traits: Traits, asked: Asked, sources: Mapping[str, str]) -> bool:
    """Whether a task passes all filters."""
    video = task.asked["video"] or {}
    return (
        (asked.states is None or task_status(task, traits) in asked.states)
        and (asked.modes is None or task.mode in asked.modes)
        and all(not wanted or video.get(member) == wanted for member, wanted in sources.items())
    )


class _Found(NamedTuple):
    """A task, as the job it is or is part of."""

    job: Job
    place: int | None
    """Its place in its batch; None for a single task."""

    def task(self, now: Now) -> Task:
        return single_task(now) if self.place is None else next(islice(tasks_of(now), self.place, None))


def _find(call: Call) -> _Found | None:
    """The task that a request names; a batch's go with their batch."""
    task_id = call.params["task_id"]
    job = find(call, "task", task_id)
    if job is not None:
        return _Found(job, None)
    item = call.view.item(task_id)
    if item is None:
        return None
    batch = find(call, "batch", item[0].id)
    return _Found(batch, item[1]) if batch is not None else None


def get(call: Call) -> Answer:
    """GET /analyze/tasks/{task_id}: the task; a poll of a single one."""
    found = _find(call)
    if found is None:
        return answer(refusal(call, "unknown_task"))
    traits = traits_of(call.era)
    if found.place is not None:
        body = task_body(found.task(look(found.job, call.now)), traits)
        return answer(json_response(200, body, VERSION))
    job, changes = observe(call, found.job)
    now = look(job, call.now)
    return answer(
        json_response(200, task_body(single_task(now), traits), VERSION), *changes, valid_until=now.steady_until
    )


def delete(call: Call) -> Answer:
    """DELETE /analyze/tasks/{task_id}: 200 and no body, unless the task is being processed."""
    found = _find(call)
    if found is None:
        return answer(refusal(call, "unknown_task"))
    if found.place is not None:
        return answer(refusal(call, "task_in_batch"))
    if look(found.job, call.now).state == "processing":
        return answer(refusal(call, "task_processing"))
    _, changes = apply(call, found.job, name="delete")
    return answer(Response(200, (VERSION,)), *changes)


def cancel(call: Call) -> Answer:
    """POST /analyze/tasks/{task_id}/cancel: 200 `{task_id, status}`, and again the same (SDK 1.3.5)."""
    found = _find(call)
    if found is None:
        return answer(refusal(call, "unknown_task"))
    if found.place is not None:
        return answer(refusal(call, "task_in_batch"))
    return canceling.cancel(call, found.job, lambda now: _shown(200, now.job.id, now.state))
