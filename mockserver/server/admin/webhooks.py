"""The admin calls about webhooks: the endpoints, the deliveries, and repeating one of them."""

from contextlib import suppress
from typing import Any, Final

from mockserver.core.wire import Response
from mockserver.engine.notify.delivery_log import DUPLICATE, STATES
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.scenario.webhooks import parse_endpoint
from mockserver.server.admin.call import (
    MAX_LISTED,
    AdminCall,
    as_of,
    choice_field,
    choice_parameter,
    instant_json,
    int_field,
    json_ok,
    required_text,
)
from mockserver.server.admin.scope import own_scope
from mockserver.server.slices import in_slices
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.webhook_endpoint import SIGNATURE_FAULTS, ReceiverResponse, WebhookEndpoint

ENDPOINT_FIELDS: Final = ("url", "secret", "events", "id", "stamp", "receiver", "deliver")
"""Fields of an endpoint that the scenario language defines."""
REDELIVERY_FIELDS: Final = ("sign", "duplicate")
MAX_COPIES: Final = 10
"""Copies of one redelivery, as of a scenario's `duplicate`."""


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
    # The server's own endpoint also holds for a vendor that the session has not looked up yet.
    eras = session.setup.eras
    found: dict[str, WebhookEndpoint] = {}
    for vendor in dict.fromkeys((*eras, *session.setup.endpoints)):
        with suppress(MockError):  # one that cannot be loaded sends nothing
            endpoint = session.deliveries.endpoint(vendor)
            if endpoint is not None and eras[vendor].sends_webhooks:
                found[vendor] = endpoint
    return found


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
    """List deliveries, oldest first: `?job=`, `?state=`, `?as_of=`; those due are sent first.

    `as_of` leaves out what was sent later. Raises `MockError` ADM003 or ADM046.
    """
    scope = own_scope(call.registry)
    session = call.session
    await call.scheduler.drain(session)
    at = as_of(call)
    job = call.query.get("job") or None
    state = choice_parameter(call, "state", STATES)
    log = session.deliveries.log
    records = [
        record for record in log if record.at <= at and job in (None, record.job_id) and state in (None, record.state)
    ]
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
        **scope,
    }
    return json_ok(shown)


async def redeliver(call: AdminCall) -> Response:
    """Repeat a delivery at once, with the same event id and a new signature; the job's attempts do not change.

    `sign` spoils the signature, `duplicate` is the number of copies that follow, byte for byte. Raises `MockError`
    ADM011 for an unknown delivery, ADM003 for the fields, ADM046.
    """
    own_scope(call.registry)
    session = call.session
    signature_fault = choice_field(call, "sign", SIGNATURE_FAULTS) or ""
    copies = int_field(call, "duplicate", 0, MAX_COPIES, 0)
    delivery = session.deliveries.redeliver(
        call.path_params[0], call.now, session.base_url, call.wall_clock(), signature_fault
    )
    await call.scheduler.run_now(session, delivery)
    for _ in range(copies):
        await call.scheduler.run_now(session, delivery._replace(cause=DUPLICATE))
    # Other deliveries may have been logged since: the rendered bytes identify this one.
    log = reversed(tuple(session.deliveries.log))
    record = next(each for each in log if each.rendered is delivery.rendered and each.cause == delivery.cause)
    return json_ok(record.json(), 201)
