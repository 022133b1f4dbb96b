"""A video as webhooks and the websocket tell of it: another shape than that of get.

The service builds it by other code (source of 2026-08-22), and it differs from what a get answers: `native_id` and
not `native_video_id`; `cancel_url` wherever the provider could cancel, also in eras that cancel nothing; addresses and
a signed link whatever `output.access` was; times as texts. What the fake has nothing to say about is null, as it is
there before anybody measured it. `progress` is 0 until the end unless the caller knows better: only a progress event
does, so the websocket of the service shows none.

Inferred: `request_id` (the video's own id), and all of it for the eras before August 2026.
"""

from typing import Any, Final

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Job
from mockserver.vendors.commands import JobSnapshot, snapshot
from mockserver.vendors.phaseo import webhook_status
from mockserver.vendors.phaseo.download_links import (
    DownloadLink,
    LinkContext,
    content_url,
    issued_at,
    polling_url,
    sign_link,
)
from mockserver.vendors.phaseo.models import native_id
from mockserver.vendors.phaseo.responses import billing_body, is_cancellable, override_known_fields, websocket_url
from mockserver.vendors.phaseo.states import LIVE_STATUS
from mockserver.vendors.phaseo.traits import PhaseoTraits

_UNMEASURED: Final = dict.fromkeys(
    ("duration_ms", "total_duration_ms", "latency_ms", "generation_ms", "key_source", "byok_key_id")
)
_ALWAYS_NULL: Final = dict.fromkeys(
    (
        "last_polled_at", "polled_status", "last_reconciled_at", "upstream_error", "provider_failure_diagnostics",
        "failure_sample", "routing_diagnostics", "provider_enablement", "provider_candidate_diagnostics",
        "pricing_breakdown",
    )
)  # fmt: skip
_NOT_BILLED: Final = ("estimated_nanos", "reserved_nanos", "reservation_id", "reservation_status")
"""Parts of a get's `billing` that are not in this one: two of them stand beside it."""


def event_data(
    job: Job, at: Instant, context: LinkContext, traits: PhaseoTraits, progress: int | None = None
) -> dict[str, Any]:
    """A video at one instant; `origin` has the addresses and the seed, `progress` is in percent."""
    now = snapshot(job, at)
    bill = billing_body(now, traits)
    body: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "kind": "video",
        "status": now.state,
        "lifecycle_status": LIVE_STATUS.get(now.state, now.state),
        "request_id": job.id,
        "native_id": native_id(job.id, job.spec["provider"] or "", job.spec["model"]),
        "session_id": None,
        "app_id": None,
        "progress": _payload_progress(now, progress),
        "provider": job.spec["provider"],
        "model": job.spec["model"],
        **_payload_urls(now, at, context),
        "duration_seconds": job.spec["seconds"],
        **_UNMEASURED,
        "resolution": job.spec["size"],
        "quality": None,
        "output_access": job.spec["access"],
        **({} if job.spec["webhook"] is None else {"webhook": webhook_status.webhook_object(job, at)}),
        "reservation_id": bill.get("reservation_id"),
        "reservation_status": bill.get("reservation_status"),
        **webhook_status.webhook_fields(job, at),
        "finalized_at": _timestamp(now.span.entered) if now.terminal else None,
        **_ALWAYS_NULL,
        "billing": {name: value for name, value in bill.items() if name not in _NOT_BILLED},
        "created_at": _timestamp(job.created),
        "updated_at": _timestamp(now.span.entered),
    }
    return override_known_fields(body, now)


def _payload_progress(now: JobSnapshot, progress: int | None) -> int:
    if progress is not None:
        return max(0, min(100, progress))
    return 100 if now.state == "completed" else 0


def _payload_urls(now: JobSnapshot, at: Instant, context: LinkContext) -> dict[str, Any]:
    """Where the video is: to poll, to watch, to cancel, and its content, also behind a link once it is there."""
    url = polling_url(context, now.job.id)
    link: tuple[str | None, int | None] = (None, None)
    if now.state == "completed":
        link = sign_link(context, url, DownloadLink(now.job.id, 0, "attachment"), issued_at(now.span.entered, at))
    return {
        "polling_url": url,
        "websocket_url": websocket_url(url),
        "cancel_url": f"{url}/cancel" if is_cancellable(now) else None,
        "content_url": content_url(url, 0),
        "download_url": link[0],
        "expires_at": link[1],
    }


def _timestamp(instant: Instant) -> str:
    return rfc3339(instant, digits=3)
