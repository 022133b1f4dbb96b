"""The deliveries of the gateway's webhooks, of videos and of batches: the frame, the signature, the receiver.

Events, keys, ids, the retry delays and the signature follow the source of 2026-08-22. Before 2026-06-11 a delivery had
neither an id nor the headers that name the event (source of 2026-05-04). What a kind of job reports, and the `data` of
its events, is in `events` (videos) and `batches.events`.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple

from mockserver.core.instants import MINUTE, SECOND, Instant, unix_seconds
from mockserver.core.job import Job
from mockserver.vendors.api import Source, VendorRule
from mockserver.vendors.phaseo import download_links as links
from mockserver.vendors.phaseo.download_links import LinkContext
from mockserver.vendors.phaseo.states import CODE, NEWEST_CODE
from mockserver.vendors.phaseo.traits import PhaseoTraits
from mockserver.vendors.signatures import HmacHeaderNames, HmacHeaders
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, WebhookEndpoint
from mockserver.vendors.webhooks import (
    DeliveryRequest,
    RenderedDelivery,
    Subscription,
    WebhookEvent,
    WebhookSpec,
    webhook_json,
)

RETRY_DELAYS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
DELIVERY_TIMEOUT: Final = 30 * SECOND

PHASES: Final = ("created", "status_changed", "progress", "completed", "failed", "cancelled", "expired")
_MAX_EVENT_ID: Final = 160


EventData = Callable[[Job, Instant, LinkContext, int | None], dict[str, Any]]
"""(job, instant, context of its URLs, progress in percent) -> the `data` of an event."""


class EventKind(NamedTuple):
    """What one kind of job reports."""

    kind: str
    types: tuple[str, ...]
    default_types: tuple[str, ...]
    events: Callable[[Job, frozenset[str]], Iterable[WebhookEvent]]
    data: EventData

    def resolve_alias(self, name: str) -> str:
        """Return the type for a subscription's alias: `job.completed`, `completed`, `video.canceled`."""
        kind, _, phase = name.rpartition(".")
        if kind not in ("", "job", self.kind):
            return name
        return f"{self.kind}.{phase.replace('canceled', 'cancelled')}"


def subscription_of(job: Job, endpoint: WebhookEndpoint | None, spec: WebhookSpec) -> Subscription | None:
    """Return the receiver of a job's events: the address of its create, or the endpoint that the create names.

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
_SIGNATURE_NAMES: Final = {
    renamed: HmacHeaderNames(f"{prefix}-timestamp", f"{prefix}-signature")
    for renamed, (prefix, _, _) in _BRANDS.items()
}


def signature_of(traits: PhaseoTraits) -> HmacHeaders:
    """Return how an era signs; a receiver reads the headers of either brand."""
    return HmacHeaders(_SIGNATURE_NAMES[traits.phaseo_headers], (_SIGNATURE_NAMES[not traits.phaseo_headers],))


def render_delivery(request: DeliveryRequest, kind: EventKind, traits: PhaseoTraits) -> RenderedDelivery:
    """Render a delivery."""
    event = request.event
    event_id = re.sub(r"[^a-zA-Z0-9_-]+", "_", f"evt_{kind.kind}_{request.job.id}_{event.key}")[:_MAX_EVENT_ID]
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
    payload["data"] = kind.data(request.job, request.at, context, event.extra.get("progress"))
    if "status_change" in event.extra:
        payload["status_change"] = event.extra["status_change"]
    return RenderedDelivery(tuple(headers), webhook_json(payload), event_id)


def delivery_error(status: int, body: bytes) -> str:
    """Return why a delivery failed, empty if it did not: any 2xx is a success, redirects are not followed."""
    if 300 <= status < 400:
        return "Webhook redirects are not allowed"
    return "" if 200 <= status < 300 else f"Webhook returned HTTP {status}"


def build_webhook_spec(kind: EventKind, traits: PhaseoTraits) -> WebhookSpec:
    """Return the webhooks of a kind of job in an era."""
    spec: WebhookSpec = WebhookSpec(
        types=kind.types,
        default_types=kind.default_types,
        events=kind.events,
        subscription=lambda job, endpoint: subscription_of(job, endpoint, spec),
        render=partial(render_delivery, kind=kind, traits=traits),
        retry_delays=RETRY_DELAYS,
        timeout=DELIVERY_TIMEOUT,
        delivery_error=delivery_error,
        resolve_alias=kind.resolve_alias,
        signature=signature_of(traits),
        create_names_endpoint=traits.names_endpoints,
    )
    return spec


def delivery_rules(traits: PhaseoTraits) -> list[VendorRule]:
    """Return the rules of an era about deliveries."""
    brand, _, renamed = _BRANDS[traits.phaseo_headers]
    return [
        VendorRule("events", "signature", f"{brand}-signature: the hex HMAC-SHA256 of timestamp.body",
                   Source(CODE, renamed, "The headers' names, and the algorithm.")),
        VendorRule("events", "retries", "after 1, 5 and 15 minutes",
                   Source(CODE, NEWEST_CODE, "The table of retry delays.")),
        VendorRule("events", "receiver", "any 2xx within 30 s; redirects fail",
                   Source(CODE, NEWEST_CODE, "The sender's checks.")),
    ]  # fmt: skip
