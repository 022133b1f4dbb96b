"""The admin calls about webhooks: where they go, what was sent, and one of them once more."""

import asyncio
from typing import Any

from mockserver.core.instants import rfc3339
from mockserver.core.wire import Response
from mockserver.engine.notify.deliveries import Deliveries
from mockserver.engine.notify.delivery_log import STATES
from mockserver.engine.session.session import Session
from mockserver.scenario.webhooks import parse_endpoint
from mockserver.server.admin.call import MAX_LISTED, AdminCall, choice_parameter, json_ok, required_text
from mockserver.server.app import YIELD_EVERY
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.webhook_endpoint import ReceiverResponse, WebhookEndpoint

ENDPOINT_FIELDS = ("url", "secret", "events", "id", "stamp", "receiver", "deliver")


def _endpoint_json(vendor: str, endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "url": endpoint.url or None,
        "has_secret": bool(endpoint.secret),
        "events": list(endpoint.events),
        "id": endpoint.id or None,
        "stamp": "wall" if endpoint.sign_with_wall_clock else "session",
        "receiver": [
            answer._asdict() if isinstance(answer, ReceiverResponse) else answer
            for answer in endpoint.receiver_responses
        ],
        "deliver": len(endpoint.delivery_faults),
    }


def _endpoints_json(session: Session) -> list[dict[str, Any]]:
    found = ((vendor, session.deliveries.endpoint(vendor)) for vendor in session.setup.eras)
    return [_endpoint_json(vendor, hook) for vendor, hook in found if hook is not None]


async def list_webhooks(call: AdminCall) -> Response:
    """The session's endpoints, without their secrets, and how many jobs have something to come."""
    session = call.session
    return json_ok({"webhooks": _endpoints_json(session), "pending": len(session.deliveries)})


async def set_webhook(call: AdminCall) -> Response:
    """The endpoint of a vendor in this session, instead of the one before: `{vendor, url, secret, events, ...}`."""
    session = call.session
    era = resolve_era(required_text(call, "vendor"), call.registry.settings.vendors)
    room, _ = session.context(era.vendor)
    said = {name: value for name, value in call.fields.items() if name != "vendor"}
    hook = parse_endpoint(said, room.era)
    await _set_endpoint(call, session, era.vendor, hook)
    return json_ok(_endpoint_json(era.vendor, hook), 201)


async def delete_webhooks(call: AdminCall) -> Response:
    """No endpoints any more: jobs go where their own requests say."""
    session = call.session
    vendors = [hook["vendor"] for hook in _endpoints_json(session)]
    for vendor in vendors:
        await _set_endpoint(call, session, vendor, None)
    return json_ok({"deleted": vendors})


async def _set_endpoint(call: AdminCall, session: Session, vendor: str, endpoint: WebhookEndpoint | None) -> None:
    """Give a vendor its endpoint; what its jobs tell is planned anew."""
    session.set_endpoint(vendor, endpoint, call.wall_clock())
    room, store = session.context(vendor)
    for number, job in enumerate(store.all_jobs(), 1):
        session.deliveries.reschedule(room, store, job.kind, job.id)
        if number % YIELD_EVERY == 0:
            await asyncio.sleep(0)
    call.scheduler.rearm(session)


async def list_deliveries(call: AdminCall) -> Response:
    """What was sent, oldest first; `?job=`, `?state=`. Where the clock stands still, what is due is sent first."""
    session = call.session
    await call.scheduler.drain(session)
    job, state = call.query.get("job", ""), choice_parameter(call, "state", STATES)
    log = session.deliveries.log
    found = [sent for sent in log if job in ("", sent.job_id) and state in ("", sent.state)]
    listed = [sent.json() for sent in found[-MAX_LISTED:]]
    counts = {"evicted": log.evicted, "pending": len(session.deliveries), "next": _next_due(session)}
    return json_ok(
        {"total": len(found), **counts, "deliveries": listed, "counts": _delivery_counts(session.deliveries)}
    )


def _next_due(session: Session) -> str | None:
    at = session.deliveries.next_due
    return None if at is None else rfc3339(at, digits=6)


def _delivery_counts(deliveries: Deliveries) -> list[dict[str, Any]]:
    return [
        {"vendor": vendor, "event": event, "state": state, "count": count}
        for (vendor, event, state), count in sorted(deliveries.log.counts.items())
    ]


async def redeliver(call: AdminCall) -> Response:
    """One of them once more, at once: the same event id, signed anew. The job's attempts stay as they are."""
    session = call.session
    posting = session.deliveries.redeliver(call.path_params[0], call.now, session.base_url, call.wall_clock())
    await call.scheduler.run_now(session, posting)
    sent = next(sent for sent in reversed(tuple(session.deliveries.log)) if sent.rendered is posting.rendered)
    return json_ok(sent.json(), 201)
