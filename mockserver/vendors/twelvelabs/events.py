"""How TwelveLabs tells of tasks and batches unasked; endpoints are registered in its Playground, for the account.

Sources: the page on the requirements for webhooks (signature, any 2xx, ids that retries keep) and the models of SDK
1.3.5 (types and data of tasks). That a batch is told of is documented by the `webhooks` of its object; the name of its
event, what its data holds, that its tasks are not told of one by one, and when a failed delivery is tried again, is
inferred.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import MINUTE, SECOND, Instant, rfc3339, unix_seconds
from mockserver.core.job import Job
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import history, snapshot
from mockserver.vendors.signatures import Signature, sign
from mockserver.vendors.twelvelabs.responses import single_task, task_status
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, RenderedDelivery, Subscription, WebhookEvent, WebhookSpec

RETRY_DELAYS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
DELIVERY_TIMEOUT: Final = 10 * SECOND
SIGNATURE_HEADER: Final = "TL-Signature"

_BATCH_END_STATES: Final = ("completed", "canceled", "expired")


def _event_types(job_kind: str, traits: TwelveLabsTraits) -> tuple[str, ...]:
    ends = (
        _BATCH_END_STATES
        if job_kind == "batch"
        else ("ready", "failed", *(("canceled",) if traits.task_cancel else ()))
    )
    return tuple(f"analyze.{job_kind}.{end}" for end in ends)


def job_events(job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """The end of a task or a batch; nothing is told before."""
    seen: set[str] = set()
    for place, visit in enumerate(history(job, FOREVER)):
        name = f"analyze.{job.kind}.{visit.state}"
        if place and name in wanted and name not in seen:
            seen.add(name)
            yield WebhookEvent(visit.entered, name, name)


def _event_data(job: Job, at: Instant, traits: TwelveLabsTraits) -> dict[str, Any]:
    now = snapshot(job, at)
    body: dict[str, Any] = {"id": job.id}
    if job.plan.batch is not None:
        return body | {"created_at": rfc3339(job.created), "status": now.state}
    task = single_task(now)
    body |= {"custom_id": job.spec["custom_id"], "created_at": rfc3339(job.created)}
    body["status"] = task_status(task, traits)
    video = job.spec["video"]
    if video is not None:
        body["video_source"] = {name: value for name, value in video.items() if name in ("type", "url", "asset_id")}
    if now.state == "failed":
        error = now.span.step.fields.get("error", {})
        body["error"] = {"message": error.get("message", "The video could not be analyzed.")}
    return body


def _render_delivery(request: DeliveryRequest, traits: TwelveLabsTraits) -> RenderedDelivery:
    event_id = "whe_" + seeded_bytes(request.seed, request.job.id, request.event.key).hex()
    payload = {
        "id": event_id,
        "created_at": rfc3339(request.event.at),
        "type": request.event.type,
        "data": _event_data(request.job, request.at, traits),
    }
    body = orjson.dumps(payload)
    headers = [("Content-Type", "application/json")]
    if request.secret:
        stamp = str(unix_seconds(request.signed_at))
        headers.append((SIGNATURE_HEADER, f"t={stamp},v1={sign(request.secret, stamp, body)}"))
    return RenderedDelivery(tuple(headers), body, event_id)


def delivery_error(status: int, body: bytes) -> str:
    """Any 2xx will do."""
    return "" if 200 <= status < 300 else f"the endpoint answered {status}"


def parse_signature(headers: Mapping[str, str]) -> Signature | None:
    """The two parts of `TL-Signature: t=..,v1=..`."""
    parts = dict(part.strip().partition("=")[::2] for part in headers.get(SIGNATURE_HEADER.lower(), "").split(","))
    return Signature(parts["t"], parts["v1"]) if parts.get("t") and parts.get("v1") else None


def webhook_spec(kind: str, traits: TwelveLabsTraits) -> WebhookSpec:
    """How an era tells of its tasks, or of its batches."""
    types = _event_types(kind, traits)

    def where(job: Job, hook: WebhookEndpoint | None) -> Subscription | None:
        return (
            None
            if hook is None
            else Subscription(hook.url, hook.secret or DEFAULT_SECRET, made.resolve_types(hook.events))
        )

    made = WebhookSpec(
        types=types,
        default_types=types,
        events=job_events,
        subscription=where,
        render=lambda letter: _render_delivery(letter, traits),
        retry_delays=RETRY_DELAYS,
        timeout=DELIVERY_TIMEOUT,
        delivery_error=delivery_error,
        parse_signature=parse_signature,
    )
    return made
