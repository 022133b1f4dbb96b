"""How Reap tells of a project unasked: the four keys of its status, unsigned, once it has come to one of three ends.

Source: the page on webhooks, which names `completed`, `invalid` and `expired`; the answer must be exactly 200, with an
empty body, within ten seconds. Whether a failed delivery is tried again is not known: here it is not, so that nobody
comes to rely on it (inferred).
"""

from collections.abc import Iterator
from typing import Final

import orjson

from mockserver.core.instants import SECOND
from mockserver.core.job import Job, replay
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import snapshot
from mockserver.vendors.reap.responses import status_body
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from mockserver.vendors.webhooks import (
    DeliveryRequest,
    PayloadPointers,
    RenderedDelivery,
    Subscription,
    WebhookEvent,
    WebhookSpec,
)

EVENT_TYPES: Final = ("project.completed", "project.invalid", "project.expired")
"""Our names: the service has none, what happened is told by the status."""


def project_events(job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """The end of a project."""
    seen: set[str] = set()
    for place, visit in enumerate(replay(job, FOREVER)):
        name = f"project.{visit.state}"
        if place and name in wanted and name not in seen:
            seen.add(name)
            yield WebhookEvent(visit.entered, name, name)


def _subscription(job: Job, endpoint: WebhookEndpoint | None) -> Subscription | None:
    return None if endpoint is None else Subscription(endpoint.url, "", PROJECT_WEBHOOKS.resolve_types(endpoint.events))


def _render_delivery(request: DeliveryRequest) -> RenderedDelivery:
    body = orjson.dumps(status_body(snapshot(request.job, request.at)))
    return RenderedDelivery((("Content-Type", "application/json"),), body, "")


def delivery_error(code: int, body: bytes) -> str:
    """Exactly 200, and nothing in the body."""
    if code != 200:
        return f"the answer must be 200, not {code}"
    return "the answer's body must be empty" if body else ""


PROJECT_WEBHOOKS: Final = WebhookSpec(
    types=EVENT_TYPES,
    default_types=EVENT_TYPES,
    events=project_events,
    subscription=_subscription,
    render=_render_delivery,
    retry_delays=(),
    timeout=10 * SECOND,
    delivery_error=delivery_error,
    pointers=PayloadPointers(event=("status",), job=("projectId",)),
)
