"""TwelveLabs' webhooks, for tasks and batches; endpoints are registered in its Playground, for the account.

Sources: the page on the requirements for webhooks (signature, any 2xx, ids that retries keep) and the models of SDK
1.3.5 (types and data of tasks). That batches have webhooks is documented by the `webhooks` of their object; the name
of their event, its data, that a batch's tasks have no events of their own, and the retry delays are inferred.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import MINUTE, SECOND, Instant, rfc3339
from mockserver.core.job import Job
from mockserver.vendors.api import FOREVER, INFERRED, Source, VendorRule
from mockserver.vendors.commands import history, snapshot
from mockserver.vendors.signatures import HmacPairs
from mockserver.vendors.twelvelabs.responses import single_task, task_status, video_source
from mockserver.vendors.twelvelabs.states import CAPTURED, SDK
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits
from mockserver.vendors.webhooks import (
    DeliveryRequest,
    RenderedDelivery,
    WebhookSpec,
    state_events,
    webhook_json,
)

RETRY_DELAYS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
DELIVERY_TIMEOUT: Final = 10 * SECOND
SIGNATURE: Final = HmacPairs("TL-Signature")


def _event_data(job: Job, at: Instant, traits: TwelveLabsTraits) -> dict[str, Any]:
    now = snapshot(job, at)
    body: dict[str, Any] = {"id": job.id}
    if job.plan.batch is not None:
        return body | {"created_at": rfc3339(job.created), "status": now.state}
    body |= {"custom_id": job.spec["custom_id"], "created_at": rfc3339(job.created)}
    body["status"] = task_status(single_task(now), traits)
    source = video_source(job.spec)
    if source is not None:
        body["video_source"] = source
    if now.state == "failed":
        # A scenario's error may be any JSON value: one that is no object stands for the message.
        error = now.span.step.fields.get("error", {})
        if isinstance(error, Mapping):
            error = error.get("message", "The video could not be analyzed.")
        body["error"] = {"message": error}
    return body


def _render_delivery(request: DeliveryRequest, traits: TwelveLabsTraits) -> RenderedDelivery:
    event_id = "whe_" + seeded_bytes(request.seed, request.job.id, request.event.key).hex()
    payload = {
        "id": event_id,
        "created_at": rfc3339(request.event.at),
        "type": request.event.type,
        "data": _event_data(request.job, request.at, traits),
    }
    return RenderedDelivery((("Content-Type", "application/json"),), webhook_json(payload), event_id)


def delivery_error(status: int, body: bytes) -> str:
    """Return why a delivery failed, empty if it did not: any 2xx is a success."""
    return "" if 200 <= status < 300 else f"the endpoint answered {status}"


def webhook_spec(kind: str, traits: TwelveLabsTraits) -> WebhookSpec:
    """Return the webhooks of an era's tasks, or of its batches."""
    prefix = f"analyze.{kind}"
    ends: tuple[str, ...] = ("ready", "failed")
    if kind == "batch":
        ends = ("completed", "canceled", "expired")
    elif traits.task_cancel:
        ends = (*ends, "canceled")
    types = tuple(f"{prefix}.{state}" for state in ends)

    spec: WebhookSpec = WebhookSpec(
        types=types,
        default_types=types,
        events=lambda job, wanted: state_events(history(job, FOREVER), prefix, wanted),
        subscription=lambda job, endpoint: spec.endpoint_subscription(endpoint),
        render=partial(_render_delivery, traits=traits),
        retry_delays=RETRY_DELAYS,
        timeout=DELIVERY_TIMEOUT,
        delivery_error=delivery_error,
        signature=SIGNATURE,
    )
    return spec


_WEBHOOK_PAGE: Final = "page on webhooks"
RULES: Final = (
    VendorRule("events", "task", "one delivery when it is ready or failed, since 2026-09-15 also when canceled",
               Source(SDK, "1.3.5", "The models of the events and their data.")),
    VendorRule("events", "batch", "one delivery when it is completed, canceled or expired",
               Source(SDK, "1.3.5", "The batch object lists its webhooks; the events have no source.", INFERRED)),
    VendorRule("events", "signature", f"{SIGNATURE.header}: t=UNIX,v1=HEX, the HMAC-SHA256 of t.body",
               Source(_WEBHOOK_PAGE, CAPTURED, "The two parts of the header and how to verify them.")),
    VendorRule("events", "receiver", "any 2xx; retries keep the event's id",
               Source(_WEBHOOK_PAGE, CAPTURED, "Any 2xx counts as received.")),
    VendorRule("events", "retries", "after 1, 5 and 15 minutes",
               Source(_WEBHOOK_PAGE, CAPTURED, "The page promises retries without their times.", INFERRED)),
)  # fmt: skip
