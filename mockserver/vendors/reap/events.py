"""Reap's webhooks: the four keys of the status, unsigned, when a project reaches one of three terminal states.

Source: the page on webhooks, which names `completed`, `invalid` and `expired`; the receiver must answer exactly 200,
with an empty body, within ten seconds. Whether the service retries is not known: the fake does not, so that no client
comes to rely on it (inferred).
"""

from typing import Final

from mockserver.core.instants import SECOND
from mockserver.core.job import fold_job
from mockserver.vendors.api import FOREVER, INFERRED, Source, VendorRule
from mockserver.vendors.commands import snapshot
from mockserver.vendors.reap.responses import status_body
from mockserver.vendors.reap.states import CAPTURED
from mockserver.vendors.webhooks import (
    DeliveryRequest,
    PayloadPointers,
    RenderedDelivery,
    WebhookSpec,
    state_events,
    webhook_json,
)

EVENT_TYPES: Final = ("project.completed", "project.invalid", "project.expired")
"""Invented names: the service has none, its body carries the status."""


def _render_delivery(request: DeliveryRequest) -> RenderedDelivery:
    body = webhook_json(status_body(snapshot(request.job, request.at)))
    return RenderedDelivery((("Content-Type", "application/json"),), body, "")


def delivery_error(code: int, body: bytes) -> str:
    """Return why a delivery failed, empty if it did not: only 200 with an empty body is a success."""
    if code != 200:
        return f"the answer must be 200, not {code}"
    return "the answer's body must be empty" if body else ""


PROJECT_WEBHOOKS: Final[WebhookSpec] = WebhookSpec(
    types=EVENT_TYPES,
    default_types=EVENT_TYPES,
    events=lambda job, wanted: state_events(fold_job(job, FOREVER), "project", wanted),
    subscription=lambda job, endpoint: PROJECT_WEBHOOKS.endpoint_subscription(endpoint),
    render=_render_delivery,
    retry_delays=(),
    timeout=10 * SECOND,
    delivery_error=delivery_error,
    pointers=PayloadPointers(event=("status",), job=("projectId",)),
)

_WEBHOOK_PAGE: Final = "page on webhooks"
RULES: Final = (
    VendorRule("events", "project", "one delivery for completed, invalid and expired, unsigned",
               Source(_WEBHOOK_PAGE, CAPTURED,
                      "A final status is posted as projectId, projectType, source and status.")),
    VendorRule("events", "receiver", "exactly 200 with an empty body within 10 s",
               Source(_WEBHOOK_PAGE, CAPTURED, "Any other answer counts as a failure.")),
    VendorRule("events", "retries", "none",
               Source(_WEBHOOK_PAGE, CAPTURED, "The page mentions no retries.", INFERRED)),
)  # fmt: skip
