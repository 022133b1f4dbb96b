"""The bodies of batches: the provider's batch with the gateway's members, list entries, request rows and models.

Keys follow the code of 2026-08-22, which adds its own to OpenAI's batch. The specification lists `websocket_url`,
`progress` and a longer `billing` too, which that code does not send; here they are absent. Times are Unix seconds in a
batch, as OpenAI's, and texts in a list. Until a batch has ended it has neither `usage` nor `billing`, and its request
rows are `queued`: the service writes them when it reads the provider's results.

Simplified (inferred): the service stores a batch's status when it is read, or when a background sweep reads it; a list,
rows and results show the stored one. Here they show the present one.
"""

from typing import Any, Final

from mockserver.core.ids import seeded_bytes, uuid_text
from mockserver.core.instants import unix_seconds
from mockserver.core.job import Job, StateSpan
from mockserver.core.lifecycle import Trigger
from mockserver.vendors.api import Call
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.phaseo.batches.requests import BATCH_MODELS, COMPLETION_WINDOW_NAME, PROVIDER
from mockserver.vendors.phaseo.batches.states import (
    CANCELLABLE_STATES,
    COMPLETION_WINDOW,
    LIFECYCLE_STATUS,
    reserved_nanos,
    settled_nanos,
)
from mockserver.vendors.phaseo.responses import override_known_fields, timestamp, webhook_body
from mockserver.vendors.phaseo.states import NANOS_PER_DOLLAR
from mockserver.vendors.phaseo.traits import traits_of

INPUT_TOKENS: Final = 12
OUTPUT_TOKENS: Final = 40
"""Tokens of every completed request (invented)."""
ROW_USAGE: Final = {
    "input_tokens": INPUT_TOKENS,
    "output_tokens": OUTPUT_TOKENS,
    "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
}

_ENTERED: Final = {
    "in_progress_at": "in_progress",
    "completed_at": "completed",
    "expired_at": "expired",
    "cancelling_at": "cancelling",
    "cancelled_at": "cancelled",
}
"""OpenAI's times, and the state whose start each is."""


def native_batch_id(job: Job) -> str:
    """Return OpenAI's id of a batch."""
    return "batch_" + seeded_bytes(job.id, "native").hex()


def _file_id(job: Job, purpose: str) -> str:
    return "file-" + seeded_bytes(job.id, purpose, size=12).hex()


def batch_files(now: JobSnapshot) -> dict[str, str | None]:
    """Return the ids of a batch's files: the input at once, the outputs when it has ended and there are any."""
    counts = now.item_counts()
    return {
        "input_file_id": _file_id(now.job, "input"),
        "output_file_id": _file_id(now.job, "output") if now.terminal and counts["completed"] else None,
        "error_file_id": _file_id(now.job, "errors") if now.terminal and counts["failed"] else None,
    }


def request_counts(now: JobSnapshot) -> dict[str, int]:
    """Return a batch's `request_counts`; requests that a cancel or the deadline dropped are in neither count."""
    counts = now.item_counts()
    return {"total": len(now.job.plan.items), "completed": counts["completed"], "failed": counts["failed"]}


def polling_url(call: Call, batch_id: str) -> str:
    """Return a batch's URL, under the path that the request used: /v1/batches or /v1/batch."""
    root = "/".join(call.request.path.split("/")[:3])
    return f"{call.base_url}{root}/{batch_id}"


def batch_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """Render a batch, as create, get and cancel answer it."""
    job, counts = now.job, request_counts(now)
    created = unix_seconds(job.created)
    times = {name: now.entered_at.get(state) for name, state in _ENTERED.items()}
    body: dict[str, Any] = {
        "id": job.id,
        "object": "batch",
        "endpoint": job.spec["endpoint"],
        "errors": None,
        "completion_window": COMPLETION_WINDOW_NAME,
        "status": now.state,
        **batch_files(now),
        "created_at": created,
        "expires_at": unix_seconds(job.created + COMPLETION_WINDOW),
        "finalizing_at": None,
        "failed_at": None,
        **{name: None if at is None else unix_seconds(at) for name, at in times.items()},
        "request_counts": counts,
        "metadata": job.spec["metadata"],
        "native_batch_id": native_batch_id(job),
    }
    body |= _gateway_members(call, now) | now.scripted
    return body


def _gateway_members(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """Render what the gateway adds to the provider's batch, and to the entries of a list."""
    job = now.job
    url = polling_url(call, job.id)
    members: dict[str, Any] = {"request_id": request_id(job), "provider": PROVIDER}
    if job.spec["session_id"] is not None:
        members["session_id"] = job.spec["session_id"]
    if job.spec["webhook"] is not None:
        members["webhook"] = webhook_body(job, call.now)
    members["lifecycle_status"] = LIFECYCLE_STATUS.get(now.state, now.state)
    members["polling_url"] = url
    members["cancel_url"] = f"{url}/cancel" if now.state in CANCELLABLE_STATES else None
    if traits_of(call).preview:
        members["results_url"] = f"{url}/results" if now.terminal else None
    members["pricing_lines"] = pricing_lines(now)
    if now.terminal:
        members |= settlement(now)
    return members


def request_id(job: Job) -> str:
    """Return the id of the request that created a batch; it derives from the batch's id."""
    return "G-" + job.id.removeprefix("batch_")


def pricing_lines(now: JobSnapshot) -> list[dict[str, Any]]:
    """Render the one line of an ended batch's bill; empty until then."""
    if not now.terminal:
        return []
    nanos = settled_nanos(now)
    line = {
        "dimension": "batch_requests",
        "pricing_plan": "batch",
        "service_tier": "batch",
        "endpoint": now.job.spec["endpoint"],
        "units": now.item_counts()["completed"],
        "total_nanos": nanos,
        "total_usd_str": f"{nanos / NANOS_PER_DOLLAR:.9f}",
    }
    return [line]


def charge_reason(now: JobSnapshot) -> str:
    """Return why an ended batch was charged, or not."""
    if not settled_nanos(now):
        return "zero_cost" if now.state == "completed" else "released_released"
    return "charged" if now.item_counts()["completed"] == len(now.job.plan.items) else "charged_partial_success"


def settlement(now: JobSnapshot) -> dict[str, Any]:
    """Render the `usage` and the `billing` of a batch that has ended."""
    nanos, counts = settled_nanos(now), now.item_counts()
    completed = counts["completed"]
    usage = {
        "requests": completed,
        "input_tokens": completed * INPUT_TOKENS,
        "output_tokens": completed * OUTPUT_TOKENS,
        "total_tokens": completed * (INPUT_TOKENS + OUTPUT_TOKENS),
        "cost_nanos": nanos,
        "cost_usd": nanos / NANOS_PER_DOLLAR,
        "currency": "USD",
    }
    billing = {
        "billed": True,
        "charged": nanos > 0,
        "reason": charge_reason(now),
        "cost_nanos": nanos,
        "cost_usd": nanos / NANOS_PER_DOLLAR,
        "finalized_at": timestamp(now.ended_at),
        "pricing_breakdown": {
            "total_nanos": nanos,
            "total_usd_str": f"{nanos / NANOS_PER_DOLLAR:.9f}",
            "completed_requests": completed,
            "failed_requests": counts["failed"],
        },
    }
    return {"usage": usage, "billing": billing}


def list_entry(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """Render an entry of the list: without the provider's times, and with the gateway's as texts."""
    job = now.job
    body = {
        "id": job.id,
        "object": "batch",
        "status": now.state,
        "endpoint": job.spec["endpoint"],
        "completion_window": COMPLETION_WINDOW_NAME,
        **batch_files(now),
        "request_counts": request_counts(now),
        "created_at": timestamp(job.created),
        "updated_at": timestamp(now.span.entered),
        **_gateway_members(call, now),
    }
    return override_known_fields(body, now)


def request_row(now: JobSnapshot, index: int) -> dict[str, Any]:
    """Render one request of a batch."""
    job = now.job
    item, span = job.spec["items"][index], now.items[index][-1]
    status = row_status(span) if now.terminal else "queued"
    completed, failed = status == "completed", status == "failed"
    return {
        "id": uuid_text(job.id, "request", index),
        "custom_id": item["custom_id"],
        "request_index": index,
        "provider": PROVIDER,
        "native_batch_id": native_batch_id(job),
        "method": "POST",
        "endpoint": job.spec["endpoint"],
        "model": item["model"],
        "status": status,
        "request_body_hash": item["body_hash"],
        "response_status": response_status(span) if completed or failed else None,
        "response_body": None,
        "error_body": request_error(span) if failed else None,
        "usage": ROW_USAGE if completed else None,
        "cost_nanos": job.spec["nanos_per_request"] if completed else None,
        "cost_usd": job.spec["nanos_per_request"] / NANOS_PER_DOLLAR if completed else None,
        "meta": {"input_mode": "requests"},
        "created_at": timestamp(job.created),
        "updated_at": timestamp(now.span.entered if now.terminal else job.created),
        "completed_at": timestamp(now.ended_at),
    }


def row_status(span: StateSpan) -> str:
    """Return the status of a request in an ended batch: what the deadline dropped has expired."""
    return "expired" if span.cause == Trigger.DEADLINE.value else span.state


def response_status(span: StateSpan) -> int:
    """Return the HTTP status that the provider answered a finished request with."""
    return 200 if span.state == "completed" else 400


def request_error(span: StateSpan) -> dict[str, Any]:
    """Return the provider's error of a failed request: a scenario's, or a general one."""
    general = {"code": "server_error", "message": "The model could not answer this request."}
    return {**general, **span.step.fields.get("error", {})}


def model_entries() -> list[dict[str, Any]]:
    """Render the models that batches can name."""
    parameters = {"max_tokens": {"supported": True, "type": "integer"}}
    supports = {
        "supported_params": list(parameters),
        "supported_parameters": list(parameters),
        "supported_params_detail": parameters,
        "supported_parameters_detail": parameters,
    }
    return [
        {
            "model": model.id,
            "name": model.name,
            "status": "active",
            "input_types": ["text"],
            "output_types": ["text"],
            **supports,
            "providers": [{"id": PROVIDER, **supports}],
            "pricing": {
                "currency": "usd",
                "unit": "request",
                "price": f"{model.nanos_per_request / NANOS_PER_DOLLAR:.6f}",
            },
        }
        for model in BATCH_MODELS
    ]


def billing_for_events(now: JobSnapshot) -> dict[str, Any]:
    """Render the billing in the data of an event, which has another shape than that of a get."""
    nanos = reserved_nanos(now.job)
    estimate = f"{nanos / NANOS_PER_DOLLAR:.2f}"
    settled = settled_nanos(now) if now.terminal else None
    shown = None if settled is None else f"{settled / NANOS_PER_DOLLAR:.2f}"
    state = "estimated"
    if now.terminal:
        state = "settled" if settled else "void"
    return {
        "currency": "usd",
        "estimated_provider_cost": estimate,
        "estimated_user_cost": estimate,
        "settled_provider_cost": shown,
        "settled_user_cost": shown,
        "state": state,
        "billable": bool(settled),
        "total_nanos": settled,
        "estimated_nanos": nanos,
        "reserved_nanos": nanos,
        "reservation_id": f"batch_hold:{request_id(now.job)}",
        "reservation_status": reservation_status(now),
        "charge_reason": charge_reason(now) if now.terminal else None,
        "charged": bool(settled) if now.terminal else None,
    }


def reservation_status(now: JobSnapshot) -> str:
    """Return the state of the money that was reserved at the create."""
    if not now.terminal:
        return "held"
    return "captured" if settled_nanos(now) else "released"
