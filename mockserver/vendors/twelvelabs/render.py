"""Bodies: the batch object, the lines of its results, and the task object that single tasks and items share.

Sources: the page on cancelling a batch and the OpenAPI description of 2026-07-30; `batch_id`, `error.code` and the
status `canceled` of tasks are of the second era (SDK 1.3.5). Values that a scenario gives lie over ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import MOVE, Visit
from mockserver.core.lifecycle import Trigger
from mockserver.vendors.commands import Now
from mockserver.vendors.twelvelabs.courses import item_ids
from mockserver.vendors.twelvelabs.echo import request_params
from mockserver.vendors.twelvelabs.lifecycle import BATCH_DEADLINES, ITEM
from mockserver.vendors.twelvelabs.mirror import mirrored
from mockserver.vendors.twelvelabs.results import result
from mockserver.vendors.twelvelabs.traits import Traits

_ENDED_AT: Final = {"completed": "completed_at", "canceled": "canceled_at", "expired": "expired_at"}
"""Each present only in the status of its name (2026-07-30)."""

_FAILURE: Final = {"code": "analysis_failed", "message": "The video could not be analyzed."}
"""Of an item or a task that a scenario lets fail without saying why; the code is ours."""

_USER_CANCELED: Final = {"code": "user_canceled", "message": "The task was canceled by the user."}
_BATCH_CANCELED: Final = {"code": "batch_canceled", "message": "The batch was canceled before the task began."}
_BATCH_EXPIRED: Final = {"code": "batch_expired", "message": "The batch expired before the task had finished."}
"""Why a task was canceled (codes: SDK 1.3.5)."""

_TASK_NAMES: Final = {"data": "result"}
"""A batch's results call `data` what the task object calls `result`."""


class Task(NamedTuple):
    """A task at one instant, single or of a batch: all that its body shows."""

    id: str
    batch: str
    """The id of its batch; empty for a single task."""
    mode: str
    asked: Mapping[str, Any]
    """What the spec remembers: `custom_id`, `video`, `options`."""
    created: Instant
    visit: Visit
    fields: Mapping[str, Any]
    """A scenario's own values."""
    canceled: Mapping[str, str]
    """Why it was canceled, if it was."""


def overlay(body: dict[str, Any], *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a scenario's values over a body; objects are merged one level deep."""
    for layer in layers:
        for name, value in layer.items():
            ours = body.get(name)
            both = isinstance(ours, Mapping) and isinstance(value, Mapping)
            body[name] = {**ours, **value} if both and ours is not None else value
    return body


def batch_times(now: Now) -> dict[str, str]:
    """When a batch was created and when it expires."""
    created = now.job.created
    return {"created_at": rfc3339(created), "expires_at": rfc3339(created + BATCH_DEADLINES[0].after)}


def batch_body(now: Now, at: Instant) -> dict[str, Any]:
    """The batch object; its counters add up to `total_items` at every instant."""
    job, state = now.job, now.state
    assert now.batch is not None  # noqa: S101 -- only asked for batches
    counts = now.batch.counts()
    body = {
        "batch_id": job.id,
        "analysis_mode": job.spec["analysis_mode"],
        "model_name": job.spec["model_name"],
        "status": state,
        "total_items": len(job.plan.items),
        **batch_times(now),
        **{f"{name}_items": counts[name] for name in ITEM.states},
    }
    if state in _ENDED_AT:
        body[_ENDED_AT[state]] = rfc3339(now.entered[state])
    webhooks = mirrored(job, at)
    if webhooks:
        body["webhooks"] = webhooks
    return overlay(body, job.plan.fields, now.visit.step.fields)


def created_batch(now: Now) -> dict[str, Any]:
    """The answer to a create: the batch in short, and every item's task."""
    items = zip(item_ids(now.job), now.job.spec["items"], strict=True)
    return {
        "batch_id": now.job.id,
        "status": now.state,
        "total_items": len(now.job.plan.items),
        **batch_times(now),
        "items": [{"task_id": task_id, "custom_id": item["custom_id"]} for task_id, item in items],
    }


def tasks_of(now: Now) -> Iterator[Task]:
    """The tasks of a batch, in the order of its items."""
    job = now.job
    assert now.batch is not None  # noqa: S101 -- only asked for batches
    mode = job.spec["analysis_mode"]
    for task_id, item, course in zip(item_ids(job), job.spec["items"], now.batch.items, strict=True):
        visit = course[-1]
        yield Task(task_id, job.id, mode, item, job.created, visit, visit.step.fields, _dropped(now, visit))


def _dropped(now: Now, visit: Visit) -> Mapping[str, str]:
    """Why an item was canceled: by the deadline, or by somebody who moved the batch to its end, or with the batch."""
    moved = visit.cause == MOVE and now.state == "expired"
    return _BATCH_EXPIRED if moved or visit.cause == Trigger.DEADLINE.value else _BATCH_CANCELED


def single_task(now: Now) -> Task:
    """A task that was created by itself."""
    job = now.job
    fields = {**job.plan.fields, **now.visit.step.fields}
    return Task(job.id, "", job.spec["analysis_mode"], job.spec, job.created, now.visit, fields, _USER_CANCELED)


def result_line(task: Task) -> bytes:
    """One line of a batch's results: `data` for a ready item, `error` for a failed one, else neither."""
    line: dict[str, Any] = {"task_id": task.id, "custom_id": task.asked["custom_id"], "status": task.visit.state}
    if task.visit.state == "ready":
        line["data"] = result(task.id, task.asked["options"])
    elif task.visit.state == "failed":
        line["error"] = _failure(task)
    return orjson.dumps(overlay(line, task.fields), option=orjson.OPT_APPEND_NEWLINE)


def task_status(task: Task, traits: Traits) -> str:
    """A task's status; the first era has no `canceled` for tasks and shows `failed` (inferred)."""
    state = task.visit.state
    return "failed" if state == "canceled" and not traits.task_cancel else state


def task_body(task: Task, traits: Traits, *, brief: bool = False) -> dict[str, Any]:
    """The task object; `brief` as lists show it."""
    status = task_status(task, traits)
    body: dict[str, Any] = {"task_id": task.id, "custom_id": task.asked["custom_id"]}
    if task.batch and traits.task_cancel:
        body["batch_id"] = task.batch
    video = task.asked["video"]
    if video is not None:
        body["video_source"] = {name: value for name, value in video.items() if name in ("type", "url", "asset_id")}
    body["request_params"] = request_params(task.mode, task.asked["options"], traits, brief=brief)
    body |= {"status": status, "created_at": rfc3339(task.created)}
    if task.visit.state in ITEM.terminal:
        body["completed_at"] = rfc3339(task.visit.entered)
    overlay(body, _outcome(task), {_TASK_NAMES.get(name, name): value for name, value in task.fields.items()})
    if not traits.task_cancel and isinstance(body.get("error"), Mapping):
        body["error"] = {name: value for name, value in body["error"].items() if name != "code"}
    return body


def _outcome(task: Task) -> dict[str, Any]:
    """What a task shows of its end."""
    match task.visit.state:
        case "ready":
            return {"result": result(task.id, task.asked["options"])}
        case "failed":
            return {"error": _failure(task)}
        case "canceled":
            return {"error": task.canceled}
        case _:
            return {}


def _failure(task: Task) -> dict[str, str]:
    """An error to lay the scenario's over: its code is not ours then."""
    return {"message": _FAILURE["message"]} if "error" in task.fields else dict(_FAILURE)
