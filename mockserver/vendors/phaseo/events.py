"""How the gateway tells of a video unasked: its events, their bodies and their headers.

Events, keys, ids, the schedule and the signature follow the source of 2026-08-22. The delivery of a status says it in
the words of the service's own table, where a video at work is `in_progress`. In the source a status change is first
told in August 2026; that earlier eras told it, too, is inferred from the events that a create could name there. Before
2026-06-11 a delivery had neither an id nor the headers that name the event (source of 2026-05-04).
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import MINUTE, SECOND, Instant, unix_seconds
from mockserver.core.job import POLL, Job, StateHistory, StateSpan, replay
from mockserver.core.timeline import Polls
from mockserver.vendors.api import FOREVER
from mockserver.vendors.phaseo.event_payload import event_data
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
    """The type that a subscription's word means: `job.completed`, `completed`, `video.canceled`."""
    kind, _, phase = name.rpartition(".")
    phase = "cancelled" if phase == "canceled" else phase
    return f"video.{phase}" if kind in ("", "job", "video") else name


def progress_bucket(percent: int) -> int | None:
    """The ten that a progress is told as, 5 at the least and 95 at the most; None at either end."""
    return max(5, min(95, (percent + 5) // 10 * 10)) if 0 < percent < 100 else None


def video_events(job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """Everything that is told of a video, in order: a change of its state before the end that it comes to."""
    course = replay(job, FOREVER)
    told = [
        WebhookEvent(job.created, "video.created", "video.created"),
        *(event for place, visit in enumerate(course) for event in _state_events(course[:place], visit)),
    ]
    if "video.progress" in wanted:
        told = sorted([*told, *_progress_events(job, course)], key=lambda event: event.at)
    seen: set[str] = set()
    for event in told:
        if event.type in wanted and event.key not in seen:
            seen.add(event.key)
            yield event


def _state_events(before: StateHistory, visit: StateSpan) -> Iterator[WebhookEvent]:
    if not before or before[-1].state == visit.state:
        return
    old, new = (_WIRE_STATUS.get(state, state) for state in (before[-1].state, visit.state))
    change = {"previous_status": old, "status": new}
    yield WebhookEvent(
        visit.entered, f"video.status_changed:{old}:{new}", "video.status_changed", {"status_change": change}
    )
    if visit.state in PHASES:
        yield WebhookEvent(visit.entered, f"video.{visit.state}", f"video.{visit.state}")


def _progress_events(job: Job, course: StateHistory) -> Iterator[WebhookEvent]:
    """The first instant at which each ten is reached."""
    polls = iter([happened.at for happened in job.inputs if happened.kind == POLL])
    for visit in course:
        for at, percent in _progress_changes(visit, list(islice(polls, visit.polls))):
            told = progress_bucket(percent)
            if told is not None:
                yield WebhookEvent(at, f"video.progress:{told}", "video.progress", {"progress": told})


def _progress_changes(visit: StateSpan, poll_times: list[Instant]) -> Iterator[tuple[Instant, int]]:
    """The percents that a visit shows, each with its first instant; over a stay of polls they come with the polls."""
    if isinstance(visit.step.stay, Polls):
        yield from ((at, visit._replace(polls=number).progress(at) or 0) for number, at in enumerate(poll_times, 1))
        return
    at: Instant | None = visit.entered
    while at is not None and (visit.until is None or at < visit.until):
        yield at, visit.progress(at) or 0
        later = visit.unchanged_until(at)
        at = later if later is not None and later > at else None


def subscription_of(job: Job, endpoint: WebhookEndpoint | None, spec: WebhookSpec) -> Subscription | None:
    """Whom a video's events are told: the address of its create, or the endpoint that the create names.

    The session's endpoint, where there is one, takes what would go to an address: nothing here reaches the internet.
    An endpoint that nobody has is told nothing, and nothing is said about it (source of 2026-08-22).
    """
    asked = job.spec["webhook"]
    if asked is None:
        return None
    own = asked["events"] if asked["chosen"] else ()
    if asked["endpoint_id"] is None:
        if asked["url"] is None:
            return None
        url, secret = (asked["url"], "") if endpoint is None else (endpoint.url, endpoint.secret)
        return Subscription(url, asked["secret"] or secret, spec.resolve_types(own))
    if endpoint is None or endpoint.id not in ("", asked["endpoint_id"]):
        return None
    return Subscription(endpoint.url, endpoint.secret or DEFAULT_SECRET, spec.resolve_types(own, endpoint.events))


class _EventLinkContext(NamedTuple):
    base_url: str
    seed: str


def render_delivery(request: DeliveryRequest, traits: PhaseoTraits) -> RenderedDelivery:
    """A delivery: signed wherever there is a secret, with the letter's stamp."""
    event, attempt = request.event, request.attempt
    event_id = re.sub(r"[^a-zA-Z0-9_-]+", "_", f"evt_video_{request.job.id}_{event.key}")[:_MAX_EVENT_ID]
    payload: dict[str, Any] = {
        "id": event_id,
        "type": event.type,
        "created_at": unix_seconds(request.at),
        "delivery": {"key": event.key, "attempt": attempt, "max_attempts": len(RETRY_DELAYS) + 1},
        "data": event_data(
            request.job,
            request.at,
            _EventLinkContext(request.base_url, request.seed),
            traits,
            event.extra.get("progress"),
        ),
    }
    if "status_change" in event.extra:
        payload["status_change"] = event.extra["status_change"]
    brand = "x-phaseo" if traits.phaseo_headers else "x-ai-stats"
    agent = "Phaseo" if traits.phaseo_headers else "AI-Stats"
    headers = [("Content-Type", "application/json"), ("User-Agent", f"{agent}-Async-Webhook/1.0")]
    if traits.asynchronous:
        headers += _event_headers(brand, event_id, request)
    else:
        del payload["id"], payload["delivery"]
    body = orjson.dumps(payload)
    if request.secret:
        stamp = str(unix_seconds(request.signed_at))
        signed = sign(request.secret, stamp, body)
        headers += [(f"{brand}-timestamp", stamp), (f"{brand}-signature", signed)]
    return RenderedDelivery(tuple(headers), body, event_id)


def _event_headers(brand: str, event_id: str, request: DeliveryRequest) -> list[tuple[str, str]]:
    return [
        (f"{brand}-event-id", event_id),
        (f"{brand}-event-type", request.event.type),
        (f"{brand}-delivery-key", request.event.key),
        (f"{brand}-attempt", str(request.attempt)),
        (f"{brand}-max-attempts", str(len(RETRY_DELAYS) + 1)),
    ]


def delivery_error(status: int, body: bytes) -> str:
    """Any 2xx; a redirect is never followed."""
    if 300 <= status < 400:
        return "Webhook redirects are not allowed"
    return "" if 200 <= status < 300 else f"Webhook returned HTTP {status}"


def parse_signature(headers: Mapping[str, str]) -> Signature | None:
    """The signature of a delivery of either brand."""
    for brand in ("x-phaseo", "x-ai-stats"):
        stamp, value = headers.get(f"{brand}-timestamp"), headers.get(f"{brand}-signature")
        if stamp and value:
            return Signature(stamp, value)
    return None


def webhook_spec(traits: PhaseoTraits) -> WebhookSpec:
    """How an era tells of its videos."""

    def addressed(job: Job, hook: WebhookEndpoint | None) -> Subscription | None:
        return subscription_of(job, hook, told)

    told = WebhookSpec(
        types=EVENT_TYPES,
        default_types=DEFAULT_TYPES,
        events=video_events,
        subscription=addressed,
        render=partial(render_delivery, traits=traits),
        retry_delays=RETRY_DELAYS,
        timeout=DELIVERY_TIMEOUT,
        delivery_error=delivery_error,
        resolve_alias=resolve_alias,
        parse_signature=parse_signature,
        create_names_endpoint=traits.names_endpoints,
    )
    return told
