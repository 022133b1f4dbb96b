"""Phaseo's webhooks: the events of a video, their bodies and their headers.

Events, keys, ids, the retry delays and the signature follow the source of 2026-08-22. A status change is spelled as in
the service's own table, where a running video is `in_progress`. In the source it is first delivered in August 2026;
that earlier eras delivered it too is inferred from the events that a create could name there. Before 2026-06-11 a
delivery had neither an id nor the headers that name the event (source of 2026-05-04).

The service builds the `data` of an event, which the websocket sends too, by other code than a get's answer, and it
differs (source of 2026-08-22): `native_id` in place of `native_video_id`; a `cancel_url` wherever the provider has a
cancel, also in eras that cancel nothing; addresses and a signed link whatever `output.access` was; times as texts.
Members for which the fake has no value are null, as they are in the service until they are measured. `progress` is 0
until the end, except in a progress event. Inferred: `request_id` (the video's own id), and all of it for the eras
before August 2026.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice, pairwise
from typing import Any, Final

import orjson

from mockserver.core.instants import MINUTE, SECOND, Instant, unix_seconds
from mockserver.core.job import POLL, Job, StateHistory, StateSpan, replay
from mockserver.core.timeline import Polls
from mockserver.vendors.api import FOREVER, INFERRED, Source, VendorRule
from mockserver.vendors.commands import JobSnapshot, snapshot
from mockserver.vendors.phaseo import download_links as links
from mockserver.vendors.phaseo import responses
from mockserver.vendors.phaseo.download_links import LinkContext
from mockserver.vendors.phaseo.models import native_id
from mockserver.vendors.phaseo.responses import timestamp
from mockserver.vendors.phaseo.states import CODE, LIVE_STATUS, NEWEST_CODE
from mockserver.vendors.phaseo.traits import PhaseoTraits
from mockserver.vendors.signatures import Signature, sign
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, RenderedDelivery, Subscription, WebhookEvent, WebhookSpec

RETRY_DELAYS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
DELIVERY_TIMEOUT: Final = 30 * SECOND

PHASES: Final = ("created", "status_changed", "progress", "completed", "failed", "cancelled", "expired")
EVENT_TYPES: Final = tuple(f"video.{phase}" for phase in PHASES)
DEFAULT_TYPES: Final = tuple(f"video.{phase}" for phase in PHASES if phase not in ("created", "progress"))

_WIRE_STATUS: Final = {"processing": "in_progress"}
_MAX_EVENT_ID: Final = 160


def resolve_alias(name: str) -> str:
    """Return the type for a subscription's alias: `job.completed`, `completed`, `video.canceled`."""
    kind, _, phase = name.rpartition(".")
    if kind not in ("", "job", "video"):
        return name
    return f"video.{phase.replace('canceled', 'cancelled')}"


def progress_bucket(percent: int) -> int | None:
    """Return the ten that reports a progress, from 5 to 95; None for 0 and 100 percent."""
    if percent <= 0 or percent >= 100:
        return None
    return max(5, min(95, (percent + 5) // 10 * 10))


def video_events(job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """Yield the wanted events of a video, each once, in order of time."""
    spans = replay(job, FOREVER)
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


def subscription_of(job: Job, endpoint: WebhookEndpoint | None, spec: WebhookSpec) -> Subscription | None:
    """Return the receiver of a video's events: the address of its create, or the endpoint that the create names.

    A session's endpoint takes what would go to an address: nothing reaches the internet. For an endpoint that does not
    exist there are no deliveries, and no error (source of 2026-08-22).
    """
    webhook = job.spec["webhook"]
    if webhook is None:
        return None
    names = webhook["events"] if webhook["has_event_names"] else ()
    if webhook["endpoint_id"] is not None:
        if endpoint is None or endpoint.id not in ("", webhook["endpoint_id"]):
            return None
        secret = endpoint.secret or DEFAULT_SECRET
        return Subscription(endpoint.url, secret, spec.resolve_types(names, endpoint.events))
    if webhook["url"] is None:
        return None
    if endpoint is None:
        return Subscription(webhook["url"], webhook["secret"] or "", spec.resolve_types(names))
    return Subscription(endpoint.url, webhook["secret"] or endpoint.secret, spec.resolve_types(names))


_BRANDS: Final = {False: ("x-ai-stats", "AI-Stats", "2026-05-04"), True: ("x-phaseo", "Phaseo", "2026-07-09")}
"""The prefix of the headers, the user agent and the day since when, by `PhaseoTraits.phaseo_headers`."""


def render_delivery(request: DeliveryRequest, traits: PhaseoTraits) -> RenderedDelivery:
    """Render a delivery, signed if there is a secret."""
    event = request.event
    event_id = re.sub(r"[^a-zA-Z0-9_-]+", "_", f"evt_video_{request.job.id}_{event.key}")[:_MAX_EVENT_ID]
    context = links.SessionLinkContext(request.base_url, request.seed)
    payload: dict[str, Any] = {"type": event.type, "created_at": unix_seconds(request.at)}
    brand, agent, _ = _BRANDS[traits.phaseo_headers]
    headers = [("Content-Type", "application/json"), ("User-Agent", f"{agent}-Async-Webhook/1.0")]
    if traits.asynchronous:
        max_attempts = len(RETRY_DELAYS) + 1
        delivery = {"key": event.key, "attempt": request.attempt, "max_attempts": max_attempts}
        payload = {"id": event_id, **payload, "delivery": delivery}
        headers += [
            (f"{brand}-event-id", event_id),
            (f"{brand}-event-type", event.type),
            (f"{brand}-delivery-key", event.key),
            (f"{brand}-attempt", str(request.attempt)),
            (f"{brand}-max-attempts", str(max_attempts)),
        ]
    payload["data"] = event_data(request.job, request.at, context, traits, event.extra.get("progress"))
    if "status_change" in event.extra:
        payload["status_change"] = event.extra["status_change"]
    body = orjson.dumps(payload)
    if request.secret:
        signed_at = str(unix_seconds(request.signed_at))
        headers.append((f"{brand}-timestamp", signed_at))
        headers.append((f"{brand}-signature", sign(request.secret, signed_at, body)))
    return RenderedDelivery(tuple(headers), body, event_id)


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
    job: Job, at: Instant, context: LinkContext, traits: PhaseoTraits, progress: int | None = None
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
    url = links.polling_url(context, now.job.id)
    download_url, expires_at = None, None
    if now.state == "completed":
        link = links.DownloadLink(now.job.id, 0, "attachment")
        download_url, expires_at = links.sign_link(context, url, link, links.issued_at(now.span.entered, at))
    return {
        "polling_url": url,
        "websocket_url": links.websocket_url(url),
        "cancel_url": f"{url}/cancel" if responses.is_cancellable(now) else None,
        "content_url": links.content_url(url, 0),
        "download_url": download_url,
        "expires_at": expires_at,
    }


def delivery_error(status: int, body: bytes) -> str:
    """Return why a delivery failed, empty if it did not: any 2xx is a success, redirects are not followed."""
    if 300 <= status < 400:
        return "Webhook redirects are not allowed"
    return "" if 200 <= status < 300 else f"Webhook returned HTTP {status}"


def parse_signature(headers: Mapping[str, str]) -> Signature | None:
    """Parse the signature of a delivery of either brand; None if a header is missing."""
    for brand, _, _ in _BRANDS.values():
        signed_at, value = headers.get(f"{brand}-timestamp"), headers.get(f"{brand}-signature")
        if signed_at and value:
            return Signature(signed_at, value)
    return None


def webhook_spec(traits: PhaseoTraits) -> WebhookSpec:
    """Return the webhooks of an era."""

    def subscription(job: Job, endpoint: WebhookEndpoint | None) -> Subscription | None:
        return subscription_of(job, endpoint, spec)

    spec = WebhookSpec(
        types=EVENT_TYPES,
        default_types=DEFAULT_TYPES,
        events=video_events,
        subscription=subscription,
        render=partial(render_delivery, traits=traits),
        retry_delays=RETRY_DELAYS,
        timeout=DELIVERY_TIMEOUT,
        delivery_error=delivery_error,
        resolve_alias=resolve_alias,
        parse_signature=parse_signature,
        create_names_endpoint=traits.names_endpoints,
    )
    return spec


def event_rules(traits: PhaseoTraits) -> list[VendorRule]:
    """Return the rules of an era about webhooks."""
    brand, _, renamed = _BRANDS[traits.phaseo_headers]
    return [
        VendorRule("events", "types", ", ".join(EVENT_TYPES),
                   Source(CODE, NEWEST_CODE, "The phases of a job's event.")),
        VendorRule("events", "video.status_changed", "delivered in every era",
                   Source(CODE, NEWEST_CODE,
                          "First delivered in August 2026; a create could name it before.", INFERRED)),
        VendorRule("events", "signature", f"{brand}-signature: the hex HMAC-SHA256 of timestamp.body",
                   Source(CODE, renamed, "The headers' names, and the algorithm.")),
        VendorRule("events", "retries", "after 1, 5 and 15 minutes",
                   Source(CODE, NEWEST_CODE, "The table of retry delays.")),
        VendorRule("events", "receiver", "any 2xx within 30 s; redirects fail",
                   Source(CODE, NEWEST_CODE, "The sender's checks.")),
    ]  # fmt: skip
