"""Bodies: the batch object, the lines of its results, and the task object that single tasks and items share.

Sources: the page on cancelling a batch and the OpenAPI description of 2026-07-30; `batch_id`, `error.code` and the
status `canceled` of tasks are of the second era (SDK 1.3.5). Values that a scenario gives lie over ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import MOVE, StateSpan
from mockserver.core.lifecycle import Trigger
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.twelvelabs.defaults import item_ids
from mockserver.vendors.twelvelabs.request_echo import request_params
from mockserver.vendors.twelvelabs.results import analysis_result
from mockserver.vendors.twelvelabs.states import BATCH_DEADLINES, ITEM_LIFECYCLE
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits
from mockserver.vendors.twelvelabs.webhook_status import webhook_entries

_ENDED_AT: Final = {"completed": "completed_at", "canceled": "canceled_at", "expired": "expired_at"}
"""Each present only in the status of its name (2026-07-30)."""

_DEFAULT_FAILURE: Final = {"code": "analysis_failed", "message": "The video could not be analyzed."}
"""Of an item or a task that a scenario lets fail without saying why; the code is ours."""

_USER_CANCELED: Final = {"code": "user_canceled", "message": "The task was canceled by the user."}
_BATCH_CANCELED: Final = {"code": "batch_canceled", "message": "The batch was canceled before the task began."}
_BATCH_EXPIRED: Final = {"code": "batch_expired", "message": "The batch expired before the task had finished."}
"""Why a task was canceled (codes: SDK 1.3.5)."""

_TASK_FIELD_NAMES: Final = {"data": "result"}
"""A batch's results call `data` what the task object calls `result`."""


class TaskSnapshot(NamedTuple):
    """A task at one instant, single or of a batch: all that its body shows."""

    id: str
    batch_id: str
    """The id of its batch; empty for a single task."""
    mode: str
    spec: Mapping[str, Any]
    """What the spec remembers: `custom_id`, `video`, `options`."""
    created: Instant
    span: StateSpan
    fields: Mapping[str, Any]
    """A scenario's own values."""
    cancel_reason: Mapping[str, str]
    """Why it was canceled, if it was."""


def overlay(body: dict[str, Any], *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a scenario's values over a body; objects are merged one level deep."""
    for layer in layers:
        for name, value in layer.items():
            ours = body.get(name)
            both = isinstance(ours, Mapping) and isinstance(value, Mapping)
            body[name] = {**ours, **value} if both and ours is not None else value
    return body


def batch_times(now: JobSnapshot) -> dict[str, str]:
    """When a batch was created and when it expires."""
    created = now.job.created
    return {"created_at": rfc3339(created), "expires_at": rfc3339(created + BATCH_DEADLINES[0].after)}


def batch_body(now: JobSnapshot, at: Instant) -> dict[str, Any]:
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
        **{f"{name}_items": counts[name] for name in ITEM_LIFECYCLE.states},
    }
    if state in _ENDED_AT:
        body[_ENDED_AT[state]] = rfc3339(now.entered_at[state])
    webhooks = webhook_entries(job, at)
    if webhooks:
        body["webhooks"] = webhooks
    return overlay(body, job.plan.fields, now.span.step.fields)


def created_batch_body(now: JobSnapshot) -> dict[str, Any]:
    """The answer to a create: the batch in short, and every item's task."""
    items = zip(item_ids(now.job), now.job.spec["items"], strict=True)
    return {
        "batch_id": now.job.id,
        "status": now.state,
        "total_items": len(now.job.plan.items),
        **batch_times(now),
        "items": [{"task_id": task_id, "custom_id": item["custom_id"]} for task_id, item in items],
    }


def batch_tasks(now: JobSnapshot) -> Iterator[TaskSnapshot]:
    """The tasks of a batch, in the order of its items."""
    job = now.job
    assert now.batch is not None  # noqa: S101 -- only asked for batches
    mode = job.spec["analysis_mode"]
    for task_id, item, course in zip(item_ids(job), job.spec["items"], now.batch.items, strict=True):
        visit = course[-1]
        yield TaskSnapshot(
            task_id, job.id, mode, item, job.created, visit, visit.step.fields, _item_cancel_reason(now, visit)
        )


def _item_cancel_reason(now: JobSnapshot, visit: StateSpan) -> Mapping[str, str]:
    """Why an item was canceled: by the deadline, or by somebody who moved the batch to its end, or with the batch."""
    moved = visit.cause == MOVE and now.state == "expired"
    return _BATCH_EXPIRED if moved or visit.cause == Trigger.DEADLINE.value else _BATCH_CANCELED


def single_task(now: JobSnapshot) -> TaskSnapshot:
    """A task that was created by itself."""
    job = now.job
    fields = {**job.plan.fields, **now.span.step.fields}
    return TaskSnapshot(job.id, "", job.spec["analysis_mode"], job.spec, job.created, now.span, fields, _USER_CANCELED)


def result_line(task: TaskSnapshot) -> bytes:
    """One line of a batch's results: `data` for a ready item, `error` for a failed one, else neither."""
    line: dict[str, Any] = {"task_id": task.id, "custom_id": task.spec["custom_id"], "status": task.span.state}
    if task.span.state == "ready":
        line["data"] = analysis_result(task.id, task.spec["options"])
    elif task.span.state == "failed":
        line["error"] = _task_error(task)
    return orjson.dumps(overlay(line, task.fields), option=orjson.OPT_APPEND_NEWLINE)


def task_status(task: TaskSnapshot, traits: TwelveLabsTraits) -> str:
    """A task's status; the first era has no `canceled` for tasks and shows `failed` (inferred)."""
    state = task.span.state
    return "failed" if state == "canceled" and not traits.task_cancel else state


def task_body(task: TaskSnapshot, traits: TwelveLabsTraits, *, brief: bool = False) -> dict[str, Any]:
    """The task object; `brief` as lists show it."""
    status = task_status(task, traits)
    body: dict[str, Any] = {"task_id": task.id, "custom_id": task.spec["custom_id"]}
    if task.batch_id and traits.task_cancel:
        body["batch_id"] = task.batch_id
    video = task.spec["video"]
    if video is not None:
        body["video_source"] = {name: value for name, value in video.items() if name in ("type", "url", "asset_id")}
    body["request_params"] = request_params(task.mode, task.spec["options"], traits, brief=brief)
    body |= {"status": status, "created_at": rfc3339(task.created)}
    if task.span.state in ITEM_LIFECYCLE.terminal:
        body["completed_at"] = rfc3339(task.span.entered)
    overlay(body, _end_fields(task), {_TASK_FIELD_NAMES.get(name, name): value for name, value in task.fields.items()})
    if not traits.task_cancel and isinstance(body.get("error"), Mapping):
        body["error"] = {name: value for name, value in body["error"].items() if name != "code"}
    return body


def _end_fields(task: TaskSnapshot) -> dict[str, Any]:
    """What a task shows of its end."""
    match task.span.state:
        case "ready":
            return {"result": analysis_result(task.id, task.spec["options"])}
        case "failed":
            return {"error": _task_error(task)}
        case "canceled":
            return {"error": task.cancel_reason}
        case _:
            return {}


def _task_error(task: TaskSnapshot) -> dict[str, str]:
    """An error to lay the scenario's over: its code is not ours then."""
    return {"message": _DEFAULT_FAILURE["message"]} if "error" in task.fields else dict(_DEFAULT_FAILURE)
