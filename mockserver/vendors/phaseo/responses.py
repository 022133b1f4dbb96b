"""A video on the wire: the public object of get, list and cancel, and the reduced one of create.

Which keys are always there and which depend on something follows the source of 2026-08-22; where a page of the era
has no such field, the body has none either. Times are Unix seconds, as on the pages (the service mixes them with
ISO texts). With the provider `openai` the service shows a running video as `in_progress`, its length as a text and
three keys more: so does this.
"""

from typing import Any, Final

from mockserver.core.instants import rfc3339, unix_seconds
from mockserver.core.job import Job, replay
from mockserver.vendors.api import Call
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.phaseo import webhook_status
from mockserver.vendors.phaseo.download_links import (
    RENEW_INTERVAL,
    DownloadLink,
    content_url,
    issued_at,
    polling_url,
    sign_link,
)
from mockserver.vendors.phaseo.models import CANCEL_FAILURE_REASONS, OPENAI, native_id
from mockserver.vendors.phaseo.sample_video import MIME_TYPE
from mockserver.vendors.phaseo.spec import NANOS_PER_DOLLAR
from mockserver.vendors.phaseo.states import CREATE_STATUS, LIVE_STATUS
from mockserver.vendors.phaseo.traits import CancelSupport, PhaseoTraits, traits_of

POLL_AFTER_SECONDS: Final = 20

_STARTED_STATES: Final = ("processing", "in_progress")
_FAILURE_MESSAGE: Final = "The provider could not make this video."


def video_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """The public object of a video at one instant."""
    job, spec, state, traits = now.job, now.job.spec, now.state, traits_of(call)
    percent, source = _shown_progress(now, call.now)
    started = next((now.entered_at[name] for name in _STARTED_STATES if name in now.entered_at), None)
    access, url = spec["access"], polling_url(call, job.id)
    body: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "status": state,
        "output_access": access,
        "progress": percent,
        "progress_source": source,
        "polling_url": url,
        "poll_after_seconds": POLL_AFTER_SECONDS,
        "generation_id": job.id,
        "created_at": unix_seconds(job.created),
        "started_at": None if started is None else unix_seconds(started),
        "completed_at": unix_seconds(now.span.entered) if now.terminal else None,
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
    if access != "signed_url":
        body["content_url"] = content_url(url, 0)
    if access != "bytes":
        body["download_url"] = None
    if state == "completed":
        _add_outputs(body, call, now)
    elif state == "failed":
        body["error"] = _FAILURE_MESSAGE
    if traits.asynchronous:
        _add_asynchronous(body, call, now, traits)
    if spec["provider"] == OPENAI:
        _add_openai(body, now)
    return _apply_overrides(body, now)


def unchanged_until(call: Call, now: JobSnapshot) -> int:
    """Before this instant `video` gives the same, if nothing happens to the job."""
    if now.state != "completed" or now.job.spec["access"] == "bytes":
        return now.unchanged_until
    return min(now.unchanged_until, issued_at(now.span.entered, call.now) + RENEW_INTERVAL)


def _apply_overrides(body: dict[str, Any], now: JobSnapshot) -> dict[str, Any]:
    """The body with what a scenario wants shown instead: of the job, and over that of its present step."""
    body.update(now.job.plan.fields)
    body.update(now.span.step.fields)
    return body


def override_known_fields(body: dict[str, Any], now: JobSnapshot) -> dict[str, Any]:
    """The same for a shape with fewer fields: what it has no place for is left out."""
    wanted = {**now.job.plan.fields, **now.span.step.fields}
    body.update((name, value) for name, value in wanted.items() if name in body)
    return body


def _shown_progress(now: JobSnapshot, at: int) -> tuple[int, str]:
    """Percent, and who says so; what is not known any more stays where it was."""
    shown = now.span.progress(at)
    source = "provider" if now.job.spec["provider"] == OPENAI else "estimated"
    if shown is None and now.state == "completed":
        return 100, source
    if shown is None:
        shown = _last_progress(now.job, at)
    return (0, "none") if shown is None else (max(0, min(100, shown)), source)


def _last_progress(job: Job, at: int) -> int | None:
    """The last progress that an earlier state showed."""
    past = replay(job, at)[:-1]
    shown = (visit.progress(at if visit.until is None else visit.until) for visit in reversed(past))
    return next((percent for percent in shown if percent is not None), None)


def _add_outputs(body: dict[str, Any], call: Call, now: JobSnapshot) -> None:
    """What a completed video has: an asset, and an address for each output."""
    job, spec = now.job, now.job.spec
    issued, url = issued_at(now.span.entered, call.now), body["polling_url"]
    body["asset"] = {
        "id": "ast_" + job.id.removeprefix("G-"),
        "mime_type": MIME_TYPE,
        "bytes": None,
        "sha256": None,
        "width": None,
        "height": None,
        "duration_seconds": spec["seconds"],
    }
    for index in range(spec["samples"]):
        output: dict[str, Any] = {"index": index, "mime_type": MIME_TYPE, "bytes_available": False}
        if spec["access"] != "signed_url":
            output["content_url"] = content_url(url, index)
        if spec["access"] != "bytes":
            output["download_url"], output["expires_at"] = sign_link(
                call, url, DownloadLink(job.id, index, "attachment"), issued
            )
        body["outputs"].append(output)
    if spec["access"] != "bytes":
        first = body["outputs"][0]
        body["download_url"], body["expires_at"] = first["download_url"], first["expires_at"]


def _add_asynchronous(body: dict[str, Any], call: Call, now: JobSnapshot, traits: PhaseoTraits) -> None:
    """The fields of 2026-06-11."""
    job, provider = now.job, now.job.spec["provider"]
    url = body["polling_url"]
    cancels = traits.cancel_support is CancelSupport.WORKS and is_cancellable(now)
    body["lifecycle_status"] = LIVE_STATUS.get(now.state, now.state)
    body["websocket_url"] = websocket_url(url)
    body["cancel_url"] = f"{url}/cancel" if cancels else None
    body["native_video_id"] = native_id(job.id, provider or "", job.spec["model"])
    if job.spec["webhook"] is not None:
        body["webhook"] = webhook_status.webhook_object(job, call.now)
        body.update(
            (name, value) for name, value in webhook_status.webhook_fields(job, call.now).items() if value is not None
        )


def websocket_url(video_url: str) -> str:
    """Where a video is watched, from the address at which it is polled."""
    host, _, name = video_url.removeprefix("http").rpartition("/v1/videos/")
    return f"ws{host}/v1/async/video/{name}/ws"


def is_cancellable(now: JobSnapshot) -> bool:
    """Whether a video has not ended, and its provider could cancel it."""
    return not now.terminal and now.job.spec["provider"] in CANCEL_FAILURE_REASONS


def _add_openai(body: dict[str, Any], now: JobSnapshot) -> None:
    """The words of OpenAI that the gateway lets through."""
    if now.state == "processing":
        body["status"] = "in_progress"
    body["seconds"] = str(now.job.spec["seconds"])
    body["prompt"] = now.job.spec["prompt"]
    body["remixed_from_video_id"] = None
    body["quality"] = "standard"
    if now.state == "failed":
        body["error"] = {"code": "generation_failed", "message": _FAILURE_MESSAGE}


def _usage_body(now: JobSnapshot) -> dict[str, Any]:
    """Costs as numbers, as long as there are any: a video that was not made costs nothing."""
    if now.terminal and now.state != "completed":
        return {"is_byok": False}
    cost = now.job.spec["nanos"] / NANOS_PER_DOLLAR
    return {"cost": cost, "cost_usd": cost, "is_byok": False}


def billing_body(now: JobSnapshot, traits: PhaseoTraits) -> dict[str, Any]:
    """Money: estimated and reserved while it lives, settled when completed, void at any other end."""
    nanos, done = now.job.spec["nanos"], now.state == "completed"
    void = now.terminal and not done
    amount = f"{nanos / NANOS_PER_DOLLAR:.2f}"
    settled = amount if done else "0.00" if void else None
    bill: dict[str, Any] = {
        "currency": "usd",
        "estimated_provider_cost": amount,
        "estimated_user_cost": amount,
        "settled_provider_cost": settled,
        "settled_user_cost": settled,
        "state": "settled" if done else "void" if void else "estimated",
        "billable": done,
    }
    if traits.asynchronous:
        bill |= {
            "total_nanos": nanos if done else None,
            "estimated_nanos": nanos,
            "reserved_nanos": nanos,
            "reservation_id": "res_" + now.job.id.removeprefix("G-"),
            "reservation_status": "captured" if done else "released" if void else "reserved",
            "charge_reason": now.state if now.terminal else None,
            "charged": done if now.terminal else None,
        }
    if done:
        bill["billed_at"] = rfc3339(now.span.entered, digits=3)
    return bill


def created_body(call: Call, now: JobSnapshot) -> dict[str, Any]:
    """The reduced body of a create: no address to poll in it, though the pages promise one (source of 2026-08-22)."""
    job, spec = now.job, now.job.spec
    seconds = str(spec["seconds"]) if spec["provider"] == OPENAI else spec["seconds"]
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
        "seconds": seconds,
        "size": spec["size"],
        "nativeResponseId": None,
        "provider": spec["provider"],
        "meta": {},
    }
    return override_known_fields(body, now)
