"""Phaseo's events of a video, and their data; `deliveries` sends them.

Events and keys follow the source of 2026-08-22. A status change is spelled as in the service's own table, where a
running video is `in_progress`. In the source it is first delivered in August 2026; that earlier eras delivered it too
is inferred from the events that a create could name there.

The service builds the `data` of an event, which the websocket sends too, by other code than a get's answer, and it
differs (source of 2026-08-22): `native_id` in place of `native_video_id`; a `cancel_url` wherever the provider has a
cancel, also in eras that cancel nothing; addresses and a signed link whatever `output.access` was; times as texts.
Members for which the fake has no value are null, as they are in the service until they are measured. `progress` is 0
until the end, except in a progress event. Inferred: `request_id` (the video's own id), and all of it for the eras
before August 2026.
"""

from collections.abc import Iterator
from functools import partial
from itertools import islice, pairwise
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import POLL, Job, StateHistory, StateSpan, fold_job
from mockserver.core.timeline import Polls
from mockserver.vendors.api import FOREVER, INFERRED, Source, VendorRule
from mockserver.vendors.commands import JobSnapshot, snapshot
from mockserver.vendors.phaseo import download_links as links
from mockserver.vendors.phaseo import responses
from mockserver.vendors.phaseo.deliveries import PHASES, EventKind, build_webhook_spec
from mockserver.vendors.phaseo.download_links import LinkContext
from mockserver.vendors.phaseo.models import native_id
from mockserver.vendors.phaseo.responses import timestamp
from mockserver.vendors.phaseo.states import CODE, LIVE_STATUS, NEWEST_CODE
from mockserver.vendors.phaseo.traits import PhaseoTraits
from mockserver.vendors.webhooks import WebhookEvent, WebhookSpec

EVENT_TYPES: Final = tuple(f"video.{phase}" for phase in PHASES)
DEFAULT_TYPES: Final = tuple(f"video.{phase}" for phase in PHASES if phase not in ("created", "progress"))

_WIRE_STATUS: Final = {"processing": "in_progress"}


def progress_bucket(percent: int) -> int | None:
    """Return the ten that reports a progress, from 5 to 95; None for 0 and 100 percent."""
    if percent <= 0 or percent >= 100:
        return None
    return max(5, min(95, (percent + 5) // 10 * 10))


def video_events(job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """Yield the wanted events of a video, each once, in order of time."""
    spans = fold_job(job, FOREVER)
    events = [WebhookEvent(job.created, "video.created", "video.created")]
    for before, span in pairwise(spans):
        if before.state == span.state:
            continue
        old, new = _WIRE_STATUS.get(before.state, before.state), _WIRE_STATUS.get(span.state, span.state)
        change = {"status_change": {"previous_status": old, "status": new}}
        key = f"video.status_changed:{old}:{new}"
        events.append(WebhookEvent(span.entered, key, "video.status_changed", change))
        # The change of the state, then the end that it is.
        if span.state in PHASES:
            events.append(WebhookEvent(span.entered, f"video.{span.state}", f"video.{span.state}"))
    if "video.progress" in wanted:
        events += _progress_events(job, spans)
        # The sort is stable: of one instant, the change of the state comes before the progress.
        events.sort(key=lambda event: event.at)
    delivered: set[str] = set()
    for event in events:
        if event.type in wanted and event.key not in delivered:
            delivered.add(event.key)
            yield event


def _progress_events(job: Job, spans: StateHistory) -> Iterator[WebhookEvent]:
    """Yield an event at the first instant at which each ten is reached."""
    polls = iter([event.at for event in job.inputs if event.kind == POLL])
    for span in spans:
        for at, percent in _progress_changes(span, list(islice(polls, span.polls))):
            bucket = progress_bucket(percent)
            if bucket is not None:
                yield WebhookEvent(at, f"video.progress:{bucket}", "video.progress", {"progress": bucket})


def _progress_changes(span: StateSpan, poll_times: list[Instant]) -> Iterator[tuple[Instant, int]]:
    """Yield each percent of a span with its first instant; in a stay of polls it changes with the polls."""
    if isinstance(span.step.stay, Polls):
        for number, poll_time in enumerate(poll_times, 1):
            yield poll_time, span._replace(polls=number).progress(poll_time) or 0
        return
    at = span.entered
    while span.until is None or at < span.until:
        yield at, span.progress(at) or 0
        later = span.unchanged_until(at)
        # At the last value of the progress there is no later change.
        if later is None or later <= at:
            return
        at = later


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
"""Members of a get's `billing` that this one lacks: two of them stand beside it."""


def event_data(
    job: Job, at: Instant, context: LinkContext, progress: int | None = None, *, traits: PhaseoTraits
) -> dict[str, Any]:
    """Render a video for webhooks and websockets; `progress` is in percent, None: 0 until the video has completed."""
    now = snapshot(job, at)
    spec = job.spec
    bill = responses.billing_body(now, traits)
    if progress is None and now.state == "completed":
        progress = 100
    webhook = {}
    if spec["webhook"] is not None:
        webhook["webhook"] = responses.webhook_body(job, at)
    body: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "kind": "video",
        "status": now.state,
        "lifecycle_status": LIVE_STATUS.get(now.state, now.state),
        "request_id": job.id,
        "native_id": native_id(job),
        "session_id": None,
        "app_id": None,
        "progress": max(0, min(100, progress or 0)),
        "provider": spec["provider"],
        "model": spec["model"],
        **_event_urls(now, at, context),
        "duration_seconds": spec["seconds"],
        **_UNMEASURED,
        "resolution": spec["size"],
        "quality": None,
        "output_access": spec["access"],
        **webhook,
        "reservation_id": bill.get("reservation_id"),
        "reservation_status": bill.get("reservation_status"),
        **responses.webhook_fields(job, at),
        "finalized_at": timestamp(now.ended_at),
        **_ALWAYS_NULL,
        "billing": {name: value for name, value in bill.items() if name not in _NOT_BILLED},
        "created_at": timestamp(job.created),
        "updated_at": timestamp(now.span.entered),
    }
    return responses.override_known_fields(body, now)


def _event_urls(now: JobSnapshot, at: Instant, context: LinkContext) -> dict[str, Any]:
    url = links.job_url(context, "videos", now.job.id)
    download_url, expires_at = None, None
    if now.state == "completed":
        link = links.DownloadLink(now.job.id, 0, "attachment")
        download_url, expires_at = links.sign_link(context, url, link, links.issued_at(now.span.entered, at))
    return {
        "polling_url": url,
        "websocket_url": links.websocket_url(context, "video", now.job.id),
        "cancel_url": f"{url}/cancel" if responses.is_cancellable(now) else None,
        "content_url": links.content_url(url, 0),
        "download_url": download_url,
        "expires_at": expires_at,
    }


def webhook_spec(traits: PhaseoTraits) -> WebhookSpec:
    """Return the webhooks of an era's videos."""
    kind = EventKind(
        kind="video",
        types=EVENT_TYPES,
        default_types=DEFAULT_TYPES,
        events=video_events,
        data=partial(event_data, traits=traits),
    )
    return build_webhook_spec(kind, traits)


RULES: Final = (
    VendorRule("events", "types", ", ".join(EVENT_TYPES),
               Source(CODE, NEWEST_CODE, "The phases of a job's event.")),
    VendorRule("events", "video.status_changed", "delivered in every era",
               Source(CODE, NEWEST_CODE,
                      "First delivered in August 2026; a create could name it before.", INFERRED)),
)  # fmt: skip
