"""TwelveLabs' bodies: the batch, the lines of its results, and the task object that single tasks and items share.

Sources: the page on cancelling a batch and the OpenAPI description of 2026-07-30; `batch_id`, `error.code` and the
status `canceled` of tasks are of the second era (SDK 1.3.5). A scenario's values are laid over the vendor's.

`request_params` shows the request as far as answers do: base64 data is never shown, the second era adds images and the
formats of times, lists shorten long members (SDK 1.3.6). The result of an analysis is invented, the same for the same
task, in the form that the request describes.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.delivery import delivery_state
from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import MOVE, Job, StateSpan
from mockserver.core.lifecycle import Trigger
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.twelvelabs.option_rules import GENERAL
from mockserver.vendors.twelvelabs.states import BATCH_LIFETIME, CUT_SHORT_ASSET, ITEM_LIFECYCLE, item_ids
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits
from mockserver.vendors.webhook_endpoint import BUILTIN_RECEIVER_URL

_ENDED_AT: Final = {"completed": "completed_at", "canceled": "canceled_at", "expired": "expired_at"}
"""Each is present only in the status of its name (2026-07-30)."""

_DEFAULT_FAILURE: Final = {"code": "analysis_failed", "message": "The video could not be analyzed."}
"""The error of an item or a task that a scenario lets fail without a reason; the code is invented."""

_USER_CANCELED: Final = {"code": "user_canceled", "message": "The task was canceled by the user."}
_BATCH_CANCELED: Final = {"code": "batch_canceled", "message": "The batch was canceled before the task began."}
_BATCH_EXPIRED: Final = {"code": "batch_expired", "message": "The batch expired before the task had finished."}
"""Why a task was canceled (codes: SDK 1.3.5)."""

_TASK_FIELD_NAMES: Final = {"data": "result"}
"""A batch's results call `data` what the task object calls `result`."""


class TaskSnapshot(NamedTuple):
    """A task at one instant, single or of a batch: everything that its body shows."""

    id: str
    batch_id: str | None
    """The id of its batch; None for a single task."""
    mode: str
    spec: Mapping[str, Any]
    """Its part of the spec: `custom_id`, `video`, `options`."""
    created: Instant
    span: StateSpan
    fields: Mapping[str, Any]
    """A scenario's values."""
    cancel_reason: Mapping[str, str]
    """Why it was canceled, if it was."""


def overlay(body: dict[str, Any], *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a scenario's values over a body, in place; objects are merged one level deep."""
    for layer in layers:
        for name, value in layer.items():
            present = body.get(name)
            if isinstance(present, Mapping) and isinstance(value, Mapping):
                body[name] = {**present, **value}
            else:
                body[name] = value
    return body


# Batches


def batch_body(now: JobSnapshot, at: Instant) -> dict[str, Any]:
    """Render the batch object; its counters add up to `total_items` at every instant."""
    job, state = now.job, now.state
    counts = now.item_counts()
    body = {
        "batch_id": job.id,
        "analysis_mode": job.spec["analysis_mode"],
        "model_name": job.spec["model_name"],
        "status": state,
        "total_items": len(job.plan.items),
        **_batch_times(job),
        **{f"{name}_items": counts[name] for name in ITEM_LIFECYCLE.states},
    }
    if state in _ENDED_AT:
        body[_ENDED_AT[state]] = rfc3339(now.entered_at[state])
    # An entry for each address that was tried; none before (2026-07-30).
    entries: dict[str, dict[str, Any]] = {}
    for attempt in delivery_state(job, at).attempts:
        url = attempt.url or BUILTIN_RECEIVER_URL
        entry = entries.setdefault(url, {"url": url, "delivered": False, "attempts": 0})
        entry["attempts"] += 1
        entry["delivered"] = entry["delivered"] or attempt.delivered
        # Removed first, so that a success clears it and its place in the body stays last.
        entry.pop("last_error", None)
        if attempt.error:
            entry["last_error"] = attempt.error
    if entries:
        body["webhooks"] = list(entries.values())
    return overlay(body, job.plan.fields, now.span.step.fields)


def _batch_times(job: Job) -> dict[str, str]:
    return {"created_at": rfc3339(job.created), "expires_at": rfc3339(job.created + BATCH_LIFETIME)}


def created_batch_body(now: JobSnapshot) -> dict[str, Any]:
    """Render the answer to a create: the batch in short, and every item's task."""
    items = zip(item_ids(now.job), now.job.spec["items"], strict=True)
    return {
        "batch_id": now.job.id,
        "status": now.state,
        "total_items": len(now.job.plan.items),
        **_batch_times(now.job),
        "items": [{"task_id": task_id, "custom_id": item["custom_id"]} for task_id, item in items],
    }


def batch_tasks(now: JobSnapshot) -> Iterator[TaskSnapshot]:
    """Yield the tasks of a batch, in the order of its items."""
    job = now.job
    for task_id, item, spans in zip(item_ids(job), job.spec["items"], now.items, strict=True):
        span, cancel_reason = spans[-1], _BATCH_CANCELED
        # By the deadline, also of a batch that was moved to its end; else with the batch.
        if span.cause == Trigger.DEADLINE.value or (span.cause == MOVE and now.state == "expired"):
            cancel_reason = _BATCH_EXPIRED
        yield TaskSnapshot(
            id=task_id,
            batch_id=job.id,
            mode=job.spec["analysis_mode"],
            spec=item,
            created=job.created,
            span=span,
            fields=span.step.fields,
            cancel_reason=cancel_reason,
        )


# Tasks


def single_task(now: JobSnapshot) -> TaskSnapshot:
    """Return the snapshot of a task that is not part of a batch."""
    job = now.job
    return TaskSnapshot(
        id=job.id,
        batch_id=None,
        mode=job.spec["analysis_mode"],
        spec=job.spec,
        created=job.created,
        span=now.span,
        fields=now.scripted,
        cancel_reason=_USER_CANCELED,
    )


def _is_cut_short(task: TaskSnapshot) -> bool:
    return (task.spec["video"] or {}).get("asset_id") == CUT_SHORT_ASSET


def ready_error(task: TaskSnapshot, traits: TwelveLabsTraits) -> dict[str, str] | None:
    """Return the error that a ready task has beside its result: without a code, and not of a batch's items.

    An answer that was cut off is documented since SDK 1.2.9, incomplete segments since 1.3.6; the texts are invented.
    """
    if task.batch_id is not None or not _is_cut_short(task):
        return None
    if task.mode == GENERAL:
        return {"message": "The output was cut off at the limit of tokens."}
    return {"message": "Some parts of the video were not analyzed."} if traits.incomplete_results else None


def result_line(task: TaskSnapshot) -> bytes:
    """Render one line of a batch's results: `data` for a ready item, `error` for a failed one, else neither."""
    line: dict[str, Any] = {"task_id": task.id, "custom_id": task.spec["custom_id"], "status": task.span.state}
    if task.span.state == "ready":
        line["data"] = analysis_result(task)
    elif task.span.state == "failed":
        line["error"] = _task_error(task)
    return orjson.dumps(overlay(line, task.fields), option=orjson.OPT_APPEND_NEWLINE)


def task_status(task: TaskSnapshot, traits: TwelveLabsTraits) -> str:
    """Return a task's status; the first era has no `canceled` for tasks and shows `failed` (inferred)."""
    if task.span.state == "canceled" and not traits.task_cancel:
        return "failed"
    return task.span.state


def video_source(task_spec: Mapping[str, Any]) -> dict[str, Any] | None:
    """Render the source of a task's video, without its data; None for a task of images."""
    video = task_spec["video"]
    if video is None:
        return None
    return {name: value for name, value in video.items() if name in ("type", "url", "asset_id")}


def task_body(task: TaskSnapshot, traits: TwelveLabsTraits, *, brief: bool = False) -> dict[str, Any]:
    """Render the task object; `brief` as lists show it."""
    body: dict[str, Any] = {"task_id": task.id, "custom_id": task.spec["custom_id"]}
    if task.batch_id is not None and traits.task_cancel:
        body["batch_id"] = task.batch_id
    source = video_source(task.spec)
    if source is not None:
        body["video_source"] = source
    body["request_params"] = request_params(task.mode, task.spec["options"], traits, brief=brief)
    body["status"] = task_status(task, traits)
    body["created_at"] = rfc3339(task.created)
    if task.span.state in ITEM_LIFECYCLE.terminal:
        body["completed_at"] = rfc3339(task.span.entered)
    scripted = {_TASK_FIELD_NAMES.get(name, name): value for name, value in task.fields.items()}
    match task.span.state:
        case "ready":
            body["result"] = analysis_result(task)
            error = ready_error(task, traits)
            if error is not None:
                body["error"] = error
        case "failed":
            body["error"] = _task_error(task)
        case "canceled":
            body["error"] = task.cancel_reason
    overlay(body, scripted)
    if not traits.task_cancel and isinstance(body.get("error"), Mapping):
        body["error"] = {name: value for name, value in body["error"].items() if name != "code"}
    return body


def _task_error(task: TaskSnapshot) -> dict[str, str]:
    # A scenario's error is laid over this one: without a code of its own it must not get the default code.
    if "error" in task.fields:
        return {"message": _DEFAULT_FAILURE["message"]}
    return dict(_DEFAULT_FAILURE)


# The request, as a task shows it

_WHOLE_VALUE: Final = None
FieldSelection = Mapping[str, Any] | list[Any] | None
"""The members of a value that are shown: by name, those of each entry of a list, or the whole value."""

_MEDIA: Final = dict.fromkeys(("name", "media_type", "url", "asset_id"), _WHOLE_VALUE)
_FIELD: Final = {
    **dict.fromkeys(("name", "type", "description", "enum"), _WHOLE_VALUE),
    "items": {"type": _WHOLE_VALUE},
}
_RANGE: Final = {"start_time": _WHOLE_VALUE, "end_time": _WHOLE_VALUE}


def _response_format(field: FieldSelection) -> dict[str, FieldSelection]:
    segment = {
        "id": _WHOLE_VALUE,
        "description": _WHOLE_VALUE,
        "fields": [field],
        "media_sources": [_MEDIA],
        "time_ranges": [_RANGE],
    }
    return {"type": _WHOLE_VALUE, "json_schema": _WHOLE_VALUE, "segment_definitions": [segment]}


_FIRST_ERA_FIELDS: Final[Mapping[str, FieldSelection]] = {
    "prompt": _WHOLE_VALUE,
    "prompt_v2": {"input_text": _WHOLE_VALUE, "media_sources": [_MEDIA]},
    "response_format": _response_format(_FIELD),
    **dict.fromkeys(("temperature", "max_tokens", "min_segment_duration", "max_segment_duration"), _WHOLE_VALUE),
    **_RANGE,
}
_SECOND_ERA_FIELDS: Final[Mapping[str, FieldSelection]] = {
    **_FIRST_ERA_FIELDS,
    "image": [_MEDIA],
    "response_format": {**_response_format({**_FIELD, "format": _WHOLE_VALUE}), "segment_time_format": _WHOLE_VALUE},
}

_FIELDS_BY_IMAGES: Final = {False: _FIRST_ERA_FIELDS, True: _SECOND_ERA_FIELDS}

DEFAULT_TEMPERATURE: Final = 0.2
_BRIEF_PROMPT_LENGTH: Final = 30
"""Characters of a prompt that a list shows."""


def request_params(mode: str, options: Mapping[str, Any], traits: TwelveLabsTraits, *, brief: bool) -> dict[str, Any]:
    """Render the parameters of a task; `brief` as lists show them."""
    shown = _pick(options, _FIELDS_BY_IMAGES[traits.images])
    params = {"analysis_mode": mode, "temperature": DEFAULT_TEMPERATURE, **shown}
    if "image" in params:
        params["image"] = [{**image, "media_type": "image"} for image in params["image"]]
    if brief:
        if "prompt" in params:
            params["prompt"] = params["prompt"][:_BRIEF_PROMPT_LENGTH]
        if "prompt_v2" in params:
            prompt = params["prompt_v2"]
            params["prompt_v2"] = {**prompt, "input_text": prompt["input_text"][:_BRIEF_PROMPT_LENGTH]}
        if "response_format" in params:
            form = {name: value for name, value in params["response_format"].items() if name != "json_schema"}
            if "segment_definitions" in form:
                form["segment_definitions"] = form["segment_definitions"][:1]
            params["response_format"] = form
    return params


def _pick(value: Any, selection: FieldSelection) -> Any:
    """Return the selected part of a value."""
    if isinstance(selection, Mapping):
        return {name: _pick(value[name], inner) for name, inner in selection.items() if name in value}
    if isinstance(selection, list):
        return [_pick(inner, selection[0]) for inner in value]
    return value


# The result of an analysis

_PROSE: Final = "A mock analysis: the video shows a short scene, a longer one, and an ending."
_INPUT_TOKENS: Final = 1_024
_BYTES_PER_TOKEN: Final = 4
_SAMPLE_VALUES: Final[Mapping[str, Any]] = {
    "string": "mock", "number": 1.5, "integer": 1, "boolean": True, "timestamp": 1.5, "null": None,
}  # fmt: skip


def analysis_result(task: TaskSnapshot) -> dict[str, Any]:
    """Render the result of a ready task: `{generation_id, data, finish_reason, usage}` (2026-07-30)."""
    data = _result_text(task.spec["options"].get("response_format", {}))
    return {
        "generation_id": "gen_" + seeded_bytes(task.id, "generation", size=12).hex(),
        "data": data,
        "finish_reason": "length" if task.mode == GENERAL and _is_cut_short(task) else "stop",
        "usage": {"output_tokens": len(data.encode()) // _BYTES_PER_TOKEN, "input_tokens": _INPUT_TOKENS},
    }


def _result_text(form: Mapping[str, Any]) -> str:
    """Return prose, or JSON text if the request has a schema or segments."""
    if "segment_definitions" in form:
        segments = {}
        for segment in form["segment_definitions"]:
            metadata = {field["name"]: _sample_value(field) for field in segment.get("fields", ())}
            segments[segment["id"]] = [{"start_time": 0.0, "end_time": 4.0, "metadata": metadata}]
        return orjson.dumps(segments).decode()
    if "json_schema" in form:
        return orjson.dumps(_sample_value(form["json_schema"])).decode()
    return _PROSE


def _sample_value(schema: Any) -> Any:
    """Return a value of a schema's type: an object with its properties, an array with one element."""
    if not isinstance(schema, Mapping):
        return {}
    kind = schema.get("type")
    if kind in ("array", "time_array"):
        return [_sample_value(schema.get("items"))]
    if isinstance(kind, str) and kind in _SAMPLE_VALUES:
        options = schema.get("enum")
        if isinstance(options, list) and options:
            return options[0]
        return _SAMPLE_VALUES[kind]
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping):
        return {}
    return {name: _sample_value(inner) for name, inner in properties.items()}
