"""The events of a batch, and their data, which the websocket sends too (source of 2026-08-22).

A batch reports its creation and its end; an expired batch is reported as failed. Its data differs from a get: statuses
are reduced to six words (a validating batch is `pending`, a cancelling one `in_progress`), times are texts, and the
billing has the shape of a video's. Members for which the fake has no value are null.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.api import FOREVER, Source, VendorRule
from mockserver.vendors.commands import history, snapshot
from mockserver.vendors.phaseo import download_links as links
from mockserver.vendors.phaseo.batches import responses
from mockserver.vendors.phaseo.batches.requests import COMPLETION_WINDOW_NAME, PROVIDER
from mockserver.vendors.phaseo.batches.states import BATCH_KIND
from mockserver.vendors.phaseo.deliveries import EventKind, build_webhook_spec
from mockserver.vendors.phaseo.download_links import LinkContext
from mockserver.vendors.phaseo.responses import override_known_fields, timestamp, webhook_body, webhook_fields
from mockserver.vendors.phaseo.states import CODE, NEWEST_CODE
from mockserver.vendors.phaseo.traits import PhaseoTraits
from mockserver.vendors.webhooks import WebhookEvent, WebhookSpec

ENDS: Final = {"completed": "completed", "cancelled": "cancelled", "expired": "failed"}
"""The event of each terminal state."""
BATCH_EVENT_TYPES: Final = ("batch.created", "batch.completed", "batch.failed", "batch.cancelled")

EVENT_STATUS: Final = {"validating": "pending", "cancelling": "in_progress"}
"""The status in an event's data where it differs from the batch's."""
_EVENT_LIFECYCLE: Final = {"pending": "pending", "in_progress": "running"}

_ALWAYS_NULL: Final = dict.fromkeys(
    (
        "last_polled_at", "polled_status", "upstream_error", "provider_failure_diagnostics", "failure_sample",
        "routing_diagnostics", "provider_enablement", "provider_candidate_diagnostics",
    )
)  # fmt: skip


def batch_events(job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """Yield the wanted events of a batch, in order of time."""
    events = [WebhookEvent(job.created, "batch.created", "batch.created")]
    for span in history(job, FOREVER):
        if span.state in ENDS:
            name = f"batch.{ENDS[span.state]}"
            events.append(WebhookEvent(span.entered, name, name))
    yield from (event for event in events if event.type in wanted)


def batch_event_data(job: Job, at: Instant, context: LinkContext, progress: int | None = None) -> dict[str, Any]:
    """Render a batch for webhooks and websockets; `progress` is unused: a batch's is the part that has finished."""
    now = snapshot(job, at)
    status = EVENT_STATUS.get(now.state, now.state)
    counts = responses.request_counts(now)
    finished = counts["completed"] + counts["failed"]
    url = links.job_url(context, "batches", job.id)
    webhook = {} if job.spec["webhook"] is None else {"webhook": webhook_body(job, at)}
    body: dict[str, Any] = {
        "id": job.id,
        "object": "batch",
        "kind": BATCH_KIND,
        "status": status,
        "lifecycle_status": _EVENT_LIFECYCLE.get(status, status),
        "progress": 100 if status == "completed" else round(100 * finished / counts["total"]),
        "request_id": responses.request_id(job),
        "session_id": job.spec["session_id"],
        "app_id": None,
        "native_id": responses.native_batch_id(job),
        "provider": PROVIDER,
        "model": job.spec["model"],
        "polling_url": url,
        "websocket_url": links.websocket_url(context, BATCH_KIND, job.id),
        "cancel_url": None if now.terminal else f"{url}/cancel",
        **webhook,
        "endpoint": job.spec["endpoint"],
        "completion_window": COMPLETION_WINDOW_NAME,
        **responses.batch_files(now),
        "key_source": "gateway",
        "byok_key_id": None,
        "reservation_id": f"batch_hold:{responses.request_id(job)}",
        "reservation_status": responses.reservation_status(now),
        "pricing_lines": responses.pricing_lines(now),
        **webhook_fields(job, at),
        "finalized_at": timestamp(now.ended_at),
        "request_counts": counts,
        **_ALWAYS_NULL,
        "billing": responses.billing_for_events(now),
        "created_at": timestamp(job.created),
        "updated_at": timestamp(now.span.entered),
    }
    return override_known_fields(body, now)


def batch_webhook_spec(traits: PhaseoTraits) -> WebhookSpec:
    """Return the webhooks of an era's batches."""
    kind = EventKind(
        kind=BATCH_KIND,
        types=BATCH_EVENT_TYPES,
        default_types=BATCH_EVENT_TYPES[1:],
        events=batch_events,
        data=batch_event_data,
    )
    return build_webhook_spec(kind, traits)


RULES: Final = (
    VendorRule("events", "types of a batch", ", ".join(BATCH_EVENT_TYPES),
               Source(CODE, NEWEST_CODE, "A batch reports its creation and its end.")),
    VendorRule("events", "an expired batch", "is reported as batch.failed",
               Source(CODE, NEWEST_CODE, "Both ends are the phase failed.")),
)  # fmt: skip
