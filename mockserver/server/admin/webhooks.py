"""The admin calls about webhooks: the endpoints, the deliveries, and repeating one of them."""

from typing import Any, Final

from mockserver.core.wire import Response
from mockserver.engine.notify.delivery_log import STATES
from mockserver.engine.session import Session
from mockserver.scenario.webhooks import parse_endpoint
from mockserver.server.admin.call import MAX_LISTED, AdminCall, choice_parameter, instant_json, json_ok, required_text
from mockserver.server.slices import in_slices
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.webhook_endpoint import ReceiverResponse, WebhookEndpoint

ENDPOINT_FIELDS: Final = ("url", "secret", "events", "id", "stamp", "receiver", "deliver")
"""Fields of an endpoint that the scenario language defines."""


def _endpoint_json(vendor: str, endpoint: WebhookEndpoint) -> dict[str, Any]:
    # Only responses with a body are tuples; the others are a status, or the word `timeout`.
    responses = [
        response._asdict() if isinstance(response, ReceiverResponse) else response
        for response in endpoint.receiver_responses
    ]
    return {
        "vendor": vendor,
        "url": endpoint.url or None,
        "has_secret": bool(endpoint.secret),
        "events": list(endpoint.events),
        "id": endpoint.id or None,
        "stamp": "wall" if endpoint.sign_with_wall_clock else "session",
        "receiver": responses,
        "deliver": len(endpoint.delivery_faults),
    }


def _endpoints(session: Session) -> dict[str, WebhookEndpoint]:
    """Return the session's endpoints by vendor."""
    found = {vendor: session.deliveries.endpoint(vendor) for vendor in session.setup.eras}
    return {vendor: endpoint for vendor, endpoint in found.items() if endpoint is not None}


async def list_webhooks(call: AdminCall) -> Response:
    """List the session's endpoints without their secrets, and count the jobs with a delivery to come (`pending`)."""
    session = call.session
    listed = [_endpoint_json(vendor, endpoint) for vendor, endpoint in _endpoints(session).items()]
    return json_ok({"webhooks": listed, "pending": len(session.deliveries)})


async def set_webhook(call: AdminCall) -> Response:
    """Set the endpoint of a vendor in this session; it replaces the former one: `{vendor, url, secret, events, ...}`.

    The answer has `refused` if nothing will be sent to the URL, because it is not allowed.

    Raises `MockError` ADM002 or VEN001-VEN003 for the vendor, and the codes of the scenario language.
    """
    session = call.session
    era = resolve_era(required_text(call, "vendor"), call.registry.settings.vendors)
    context = session.context(era.vendor)
    fields = {name: value for name, value in call.fields.items() if name != "vendor"}
    endpoint = parse_endpoint(fields, context.era)
    await _set_endpoint(call, session, era.vendor, endpoint)
    refusal = call.webhook_refusal(endpoint.url)
    answer = _endpoint_json(era.vendor, endpoint)
    return json_ok(answer if refusal is None else answer | {"refused": refusal}, 201)


async def delete_webhooks(call: AdminCall) -> Response:
    """Remove all endpoints; jobs then notify only the URL that their own create request has."""
    session = call.session
    vendors = list(_endpoints(session))
    for vendor in vendors:
        await _set_endpoint(call, session, vendor, None)
    return json_ok({"deleted": vendors})


async def _set_endpoint(call: AdminCall, session: Session, vendor: str, endpoint: WebhookEndpoint | None) -> None:
    """Set or remove a vendor's endpoint, and reschedule the deliveries of its jobs."""
    # First the endpoint, then job by job: rescheduling reads the endpoint that is in force.
    session.set_endpoint(vendor, endpoint, call.wall_clock())
    context = session.context(vendor)
    async for job in in_slices(context.store.all_jobs()):
        session.deliveries.reschedule(context, job)
    call.scheduler.rearm(session)


async def list_deliveries(call: AdminCall) -> Response:
    """List deliveries, oldest first: `?job=`, `?state=`; those due are sent first. Raises `MockError` ADM003."""
    session = call.session
    await call.scheduler.drain(session)
    job = call.query.get("job") or None
    state = choice_parameter(call, "state", STATES)
    log = session.deliveries.log
    records = [record for record in log if job in (None, record.job_id) and state in (None, record.state)]
    counts = [
        {"vendor": vendor, "event": event, "state": state, "count": count}
        for (vendor, event, state), count in sorted(log.counts.items())
    ]
    shown = {
        "total": len(records),
        "evicted": log.evicted,
        "pending": len(session.deliveries),
        "next": instant_json(session.deliveries.next_due),
        "deliveries": [record.json() for record in records[-MAX_LISTED:]],
        "counts": counts,
    }
    return json_ok(shown)


async def redeliver(call: AdminCall) -> Response:
    """Repeat a delivery at once, with the same event id and a new signature; the job's attempts do not change.

    Raises `MockError` ADM011 for an unknown delivery.
    """
    session = call.session
    delivery = session.deliveries.redeliver(call.path_params[0], call.now, session.base_url, call.wall_clock())
    await call.scheduler.run_now(session, delivery)
    # Other deliveries may have been logged since: the rendered bytes identify this one.
    log = reversed(tuple(session.deliveries.log))
    record = next(record for record in log if record.rendered is delivery.rendered)
    return json_ok(record.json(), 201)
