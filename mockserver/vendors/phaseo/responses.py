"""Phaseo's bodies: the public object of get, list and cancel, the reduced one of create, and its webhook block.

Which keys are always present and which are conditional follows the source of 2026-08-22; where a page of the era has no
such field, the body has none either. Times are Unix seconds, as on the pages (the service mixes them with ISO texts).
For the provider `openai` the service shows a running video as `in_progress`, its length as a text and three keys more;
so does the fake.
"""

from typing import Any, Final, NamedTuple

from mockserver.core.delivery import DeliveryAttempt, delivery_state
from mockserver.core.instants import Instant, rfc3339, unix_seconds
from mockserver.core.job import Job, StateSpan
from mockserver.vendors.api import Call
from mockserver.vendors.commands import JobSnapshot, history
from mockserver.vendors.phaseo import download_links as links
from mockserver.vendors.phaseo.models import CANCEL_FAILURE_REASONS, OPENAI, native_id
from mockserver.vendors.phaseo.states import CREATE_STATUS, LIVE_STATUS, NANOS_PER_DOLLAR
from mockserver.vendors.phaseo.traits import CancelSupport, PhaseoTraits, traits_of

POLL_AFTER_SECONDS: Final = 20
VIDEO_TYPE: Final = "video/mp4"

_STARTED_STATES: Final = ("processing", "in_progress")
_FAILURE_MESSAGE: Final = "The provider could not make this video."


def video_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """Render the public object of a video."""
    job = now.job
    if now.state == "completed" or job.spec.get("webhook") is not None:
        body = _state_body(call, now)  # its links are renewed, or its deliveries go on
    else:
        # All but the progress stays the same while the video is in one state: it is rendered once for all polls.
        known: _RenderedState | None = job.derived.get("body")
        if known is None or known.span is not now.span or known.base_url != call.base_url:
            known = job.derived["body"] = _RenderedState(now.span, call.base_url, _state_body(call, now))
        body = known.body.copy()
    body["progress"], body["progress_source"] = _shown_progress(now, call.now)
    body |= now.scripted
    return body


class _RenderedState(NamedTuple):
    """The body of a video in one state."""

    span: StateSpan
    base_url: str
    body: dict[str, Any]


def _state_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """Render the public object of a video without its progress, which has its place but no value."""
    job, spec, traits = now.job, now.job.spec, traits_of(call)
    started = next((now.entered_at[name] for name in _STARTED_STATES if name in now.entered_at), None)
    url = links.job_url(call, "videos", job.id)
    body: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "status": now.state,
        "output_access": spec["access"],
        "progress": None,
        "progress_source": None,
        "polling_url": url,
        "poll_after_seconds": POLL_AFTER_SECONDS,
        "generation_id": job.id,
        "created_at": unix_seconds(job.created),
        "started_at": _unix(started),
        "completed_at": _unix(now.ended_at),
        "expires_at": None,
        "provider": spec["provider"],
        "model": spec["model"],
        "seconds": spec["seconds"],
        "size": spec["size"],
        "audio": spec["audio"],
        "asset": None,
        "outputs": [],
        "usage": _usage_body(now),
        "billing": billing_body(now, traits),
    }
    if spec["access"] != "signed_url":
        body["content_url"] = links.content_url(url, 0)
    if spec["access"] != "bytes":
        body["download_url"] = None
    if now.state == "completed":
        _add_outputs(body, call, now)
    elif now.state == "failed":
        body["error"] = _FAILURE_MESSAGE
    if traits.asynchronous:
        _add_asynchronous(body, call, now, traits)
    if spec["provider"] == OPENAI:
        _add_openai(body, now)
    return body


def _unix(instant: Instant | None) -> int | None:
    return None if instant is None else unix_seconds(instant)


def unchanged_until(call: Call, now: JobSnapshot) -> int:
    """Return the instant before which `video_body` stays the same, if nothing happens to the job."""
    if now.state != "completed" or now.job.spec["access"] == "bytes":
        return now.unchanged_until
    return min(now.unchanged_until, links.issued_at(now.span.entered, call.now) + links.RENEW_INTERVAL)


def override_known_fields(body: dict[str, Any], now: JobSnapshot) -> dict[str, Any]:
    """Lay a scenario's values over a body, in place, but only those whose keys the body has."""
    body.update((name, value) for name, value in now.scripted.items() if name in body)
    return body


def _shown_progress(now: JobSnapshot, at: Instant) -> tuple[int, str]:
    """Return the percent and its source; after the last known progress it stays where it was."""
    shown = now.span.progress(at)
    if shown is None and now.state == "completed":
        shown = 100
    if shown is None:
        for span in history(now.job, at)[:-1]:
            percent = span.progress(at if span.until is None else span.until)
            if percent is not None:
                shown = percent
    if shown is None:
        return 0, "none"
    source = "provider" if now.job.spec["provider"] == OPENAI else "estimated"
    return max(0, min(100, shown)), source


def _add_outputs(body: dict[str, Any], call: Call, now: JobSnapshot) -> None:
    """Add what a completed video has: an asset, and the addresses of each output."""
    job, spec = now.job, now.job.spec
    issued = links.issued_at(now.span.entered, call.now)
    body["asset"] = {
        "id": "ast_" + job.id.removeprefix("G-"),
        "mime_type": VIDEO_TYPE,
        **dict.fromkeys(("bytes", "sha256", "width", "height")),
        "duration_seconds": spec["seconds"],
    }
    for index in range(spec["samples"]):
        output: dict[str, Any] = {"index": index, "mime_type": VIDEO_TYPE, "bytes_available": False}
        if spec["access"] != "signed_url":
            output["content_url"] = links.content_url(body["polling_url"], index)
        if spec["access"] != "bytes":
            link = links.DownloadLink(job.id, index, "attachment")
            output["download_url"], output["expires_at"] = links.sign_link(call, body["polling_url"], link, issued)
        body["outputs"].append(output)
    if spec["access"] != "bytes":
        first = body["outputs"][0]
        body["download_url"] = first["download_url"]
        body["expires_at"] = first["expires_at"]


def _add_asynchronous(body: dict[str, Any], call: Call, now: JobSnapshot, traits: PhaseoTraits) -> None:
    """Add the fields of 2026-06-11."""
    job, url = now.job, body["polling_url"]
    body["lifecycle_status"] = LIVE_STATUS.get(now.state, now.state)
    body["websocket_url"] = links.websocket_url(call, "video", job.id)
    body["cancel_url"] = None
    if traits.cancel_support is CancelSupport.WORKS and is_cancellable(now):
        body["cancel_url"] = f"{url}/cancel"
    body["native_video_id"] = native_id(job)
    if job.spec["webhook"] is not None:
        body["webhook"] = webhook_body(job, call.now)
        fields = webhook_fields(job, call.now)
        body.update((name, value) for name, value in fields.items() if value is not None)


def is_cancellable(now: JobSnapshot) -> bool:
    """Return True if a video has not ended and its provider has a cancel."""
    return not now.terminal and now.job.spec["provider"] in CANCEL_FAILURE_REASONS


def _add_openai(body: dict[str, Any], now: JobSnapshot) -> None:
    """Add what the gateway passes through from OpenAI."""
    if now.state == "processing":
        body["status"] = "in_progress"
    body["seconds"] = str(now.job.spec["seconds"])
    body["prompt"] = now.job.spec["prompt"]
    body["remixed_from_video_id"] = None
    body["quality"] = "standard"
    if now.state == "failed":
        body["error"] = {"code": "generation_failed", "message": _FAILURE_MESSAGE}


def _usage_body(now: JobSnapshot) -> dict[str, Any]:
    """Render the costs as numbers; a video that ended without a result costs nothing."""
    if now.terminal and now.state != "completed":
        return {"is_byok": False}
    cost = now.job.spec["nanos"] / NANOS_PER_DOLLAR
    return {"cost": cost, "cost_usd": cost, "is_byok": False}


def billing_body(now: JobSnapshot, traits: PhaseoTraits) -> dict[str, Any]:
    """Render the billing: estimated and reserved while the video lives, settled when completed, void at other ends."""
    nanos = now.job.spec["nanos"]
    amount = f"{nanos / NANOS_PER_DOLLAR:.2f}"
    completed = now.state == "completed"
    if completed:
        state, settled, reservation, total = "settled", amount, "captured", nanos
    elif now.terminal:
        state, settled, reservation, total = "void", "0.00", "released", None
    else:
        state, settled, reservation, total = "estimated", None, "reserved", None
    bill: dict[str, Any] = {
        "currency": "usd",
        "estimated_provider_cost": amount,
        "estimated_user_cost": amount,
        "settled_provider_cost": settled,
        "settled_user_cost": settled,
        "state": state,
        "billable": completed,
    }
    if traits.asynchronous:
        bill |= {
            "total_nanos": total,
            "estimated_nanos": nanos,
            "reserved_nanos": nanos,
            "reservation_id": "res_" + now.job.id.removeprefix("G-"),
            "reservation_status": reservation,
            "charge_reason": now.state if now.terminal else None,
            "charged": completed if now.terminal else None,
        }
    if completed:
        bill["billed_at"] = timestamp(now.span.entered)
    return bill


def created_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """Render the reduced body of a create: without an address to poll, though the pages promise one (2026-08-22)."""
    job, spec = now.job, now.job.spec
    body: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "model": spec["model"],
        "status": CREATE_STATUS.get(now.state, now.state),
        "progress": _shown_progress(now, call.now)[0],
        "created_at": unix_seconds(job.created),
        "completed_at": None,
        "expires_at": None,
        "error": None,
        "prompt": spec["prompt"],
        "remixed_from_video_id": None,
        "seconds": str(spec["seconds"]) if spec["provider"] == OPENAI else spec["seconds"],
        "size": spec["size"],
        "nativeResponseId": None,
        "provider": spec["provider"],
        "meta": {},
    }
    return override_known_fields(body, now)


# The webhook of a video: where it goes, and the outcome of the deliveries so far. The parts and the counters follow the
# source of 2026-08-22: fifty attempts are remembered and ten shown, oldest first, and `delivered_event_types` lists
# delivery keys. A secret is never shown, only that there is one.

REMEMBERED_ATTEMPTS: Final = 50
SHOWN_ATTEMPTS: Final = 10
MAX_ATTEMPTS: Final = 4

_PROGRESS_KEY_PREFIX: Final = "video.progress:"


def webhook_body(job: Job, at: Instant) -> dict[str, Any]:
    """Render the `webhook` of a video that has one."""
    webhook = job.spec["webhook"]
    state = delivery_state(job, at)
    attempts = state.attempts[-REMEMBERED_ATTEMPTS:]
    last = attempts[-1] if attempts else None
    success = next((attempt for attempt in reversed(attempts) if attempt.delivered), None)
    failure = next((attempt for attempt in reversed(attempts) if not attempt.delivered), None)
    return {
        "url": webhook["url"],
        "events": webhook["events"],
        "has_secret": bool(webhook["secret"] or webhook["endpoint_id"]),
        "delivery": {
            "total_attempts": len(attempts),
            "delivered_events": len(state.delivered),
            "delivered_event_types": sorted(state.delivered),
            "pending_retries": len(state.retrying),
            "next_retry_at": timestamp(state.next_retry_at),
            "last_attempt_at": timestamp(last and last.at),
            "last_attempt_status": last and _attempt_status(last),
            "last_response_status": last and last.status,
            "last_delivered_at": timestamp(success and success.at),
            "last_failure_at": timestamp(failure and failure.at),
            "last_error_message": failure and failure.error,
        },
        "attempts": [_attempt_body(attempt) for attempt in attempts[-SHOWN_ATTEMPTS:]],
    }


def webhook_fields(job: Job, at: Instant) -> dict[str, Any]:
    """Render the members beside `webhook`; each is null until it has a value."""
    state = delivery_state(job, at)
    last = state.attempts[-1] if state.attempts else None
    progress = progress_at = None
    for delivered in state.delivered.values():
        if delivered.key.startswith(_PROGRESS_KEY_PREFIX):
            progress = int(delivered.key.removeprefix(_PROGRESS_KEY_PREFIX))
            progress_at = delivered.at
    return {
        "next_webhook_retry_at": timestamp(state.next_retry_at),
        "last_webhook_progress": progress,
        "last_webhook_progress_at": timestamp(progress_at),
        "last_webhook_dispatched_at": timestamp(last and last.at),
    }


def timestamp(instant: Instant | None) -> str | None:
    """Render an instant as RFC 3339 with milliseconds; None for None."""
    return None if instant is None else rfc3339(instant, digits=3)


def _attempt_status(attempt: DeliveryAttempt) -> str:
    if attempt.delivered:
        return "delivered"
    return "failed_permanently" if attempt.retry_at is None else "scheduled_retry"


def _attempt_body(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "id": f"{attempt.key}:{attempt.number}:{timestamp(attempt.at)}",
        "delivery_key": attempt.key,
        "event_type": attempt.event,
        "status": _attempt_status(attempt),
        "attempt_number": attempt.number,
        "max_attempts": MAX_ATTEMPTS,
        "tried_at": timestamp(attempt.at),
        "delivered_at": timestamp(attempt.at) if attempt.delivered else None,
        "next_retry_at": timestamp(attempt.retry_at),
        "response_status": attempt.status,
        "error_message": attempt.error or None,
        "response_body_preview": attempt.preview or None,
    }
