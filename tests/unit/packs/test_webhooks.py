"""The webhooks of a pack: who gets them, when, and what they say."""

import json

from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.job import Job
from mockserver.core.timeline import TimelineStep
from mockserver.packs.pack import compile_pack
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT, Script, TimelineRule
from mockserver.vendors.signatures import HmacPairs, StandardWebhooks
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, WebhookSpec
from tests.support.packs import ATELIER, PACK_START, changed_text

ERA = ATELIER.eras[-1]
SIGNATURE = "{scheme: hmac-hex, header: X-Sig, timestamp_header: X-Time}"


def frame(body: dict | None = None, script: Script = NO_SCRIPT) -> Job:
    """Create a frame."""
    given = {"shape": "square", "side": 3, **(body or {})}
    return Planner(ERA, script, "seed").create_job("frame", given, 1, PACK_START)


def spec(vendor=ATELIER) -> WebhookSpec:
    """Return the webhooks of frames."""
    webhooks = vendor.eras[-1].kinds["frame"].webhooks
    assert webhooks is not None
    return webhooks


def delivery(job: Job, number: int = 0) -> DeliveryRequest:
    """Return the first attempt of an event."""
    event = list(spec().events(job, frozenset(spec().types)))[number]
    return DeliveryRequest(
        job=job, event=event, attempt=1, at=event.at, signed_at=event.at, secrets=("s",), base_url="http://a", seed="x"
    )


def test_a_create_names_the_receiver_and_the_events():
    job = frame({"callback": "https://r.test/in", "events": ["frame.created", "frame.started"]})
    subscription = spec().subscription(job, None)
    assert subscription is not None
    assert subscription.url == "https://r.test/in"
    assert subscription.secret == "whsec_mock"
    assert subscription.events == {"frame.created", "frame.started"}


def test_a_job_without_a_receiver_has_no_deliveries():
    assert spec().subscription(frame(), None) is None


def test_the_endpoint_of_a_session_takes_what_would_go_to_the_address_of_a_create():
    endpoint = WebhookEndpoint("https://other.test/", "mine", ("frame.started",))
    subscription = spec().subscription(frame({"callback": "https://r.test/in"}), endpoint)
    assert subscription is not None
    assert (subscription.url, subscription.secret) == ("https://other.test/", "mine")
    assert subscription.events == {"frame.started"}
    built_in = spec().subscription(frame({"callback": "https://r.test/in"}), WebhookEndpoint())
    assert built_in is not None
    assert (built_in.url, built_in.events) == ("", {"frame.finished"})
    assert spec().subscription(frame(), endpoint) is None


def test_an_event_reports_the_first_of_its_states_once():
    events = list(spec().events(frame(), frozenset(spec().types)))
    assert [(each.type, (each.at - PACK_START) // SECOND) for each in events] == [
        ("frame.created", 0), ("frame.started", 2), ("frame.finished", 15),
    ]  # fmt: skip
    assert [each.type for each in spec().events(frame(), frozenset({"frame.started"}))] == ["frame.started"]


def test_a_job_that_begins_in_its_end_delivers_nothing():
    script = Script("s", timeline_rules=(TimelineRule((TimelineStep("done"),)),))
    assert list(spec().events(frame(script=script), frozenset(spec().types))) == []


def test_a_delivery_shows_the_event_and_the_job():
    job = frame()
    rendered = spec().render_signed(delivery(job, 1))
    body = json.loads(rendered.body)
    assert body["type"] == "frame.started"
    assert body["id"] == rendered.event_id
    assert body["id"].startswith("ev_")
    assert (body["at"], body["try"]) == ("1970-01-12T13:46:42.000Z", 1)
    assert body["frame"]["state"] == "cutting"
    headers = dict(rendered.headers)
    assert headers["X-Event"] == "frame.started"
    assert headers["X-Time"] == "1000002"
    assert "X-None" not in headers
    assert len(headers["X-Sig"]) == 64


def test_retries_and_acknowledgements_are_those_of_the_pack():
    webhooks = spec()
    assert webhooks.retry_delays == (SECOND, 5 * SECOND)
    assert webhooks.retry_delays_by_type == {"frame.started": ()}
    assert webhooks.timeout == 3 * SECOND
    assert webhooks.delivery_error(204, b"") == ""
    assert webhooks.delivery_error(202, b"") == "the receiver answered 202"
    assert webhooks.pointers.job == ("frame", "id")
    assert webhooks.pointers.attempt == ("try",)


def test_what_a_pack_leaves_out_has_a_default():
    text = changed_text(
        ("      retries: [1s, 5s]\n      timeout: 3s\n      success: [200, 204]\n", ""),
        (f"      signature: {SIGNATURE}\n", ""),
        ("      url: $request.callback\n      events_wanted: $request.events\n", ""),
        ("      default_events: [frame.finished]\n", ""),
        ("      event_id: event\n", ""),
    )
    webhooks = spec(compile_pack(text))
    assert webhooks.retry_delays == (MINUTE, 5 * MINUTE, 15 * MINUTE)
    assert webhooks.timeout == 10 * SECOND
    assert webhooks.delivery_error(299, b"") == ""
    assert webhooks.delivery_error(300, b"") != ""
    assert webhooks.signature is None
    assert webhooks.default_types == webhooks.types
    assert webhooks.subscription(frame(), None) is None
    subscription = webhooks.subscription(frame(), WebhookEndpoint("https://r.test/"))
    assert subscription is not None
    assert subscription.secret == ""
    assert webhooks.render(delivery(frame())).event_id.startswith("evt_")
    named = spec(compile_pack(changed_text((f"      signature: {SIGNATURE}\n", ""))))
    subscription = named.subscription(frame({"callback": "https://r.test/in"}), None)
    assert subscription is not None
    assert subscription.secret == ""


def test_an_event_can_have_the_id_of_its_job():
    webhooks = spec(compile_pack(changed_text(("      event_id: event\n", "      event_id: $id\n"))))
    job = frame()
    assert webhooks.render(delivery(job)).event_id == job.id


def test_every_scheme_of_a_signature_can_be_named():
    schemes = {
        "{scheme: standard-webhooks}": StandardWebhooks("webhook"),
        "{scheme: hmac-pairs, header: X-S}": HmacPairs("X-S"),
        "{scheme: ed25519, prefix: X-A}": Ed25519Headers("X-A"),
    }
    for text, signature in schemes.items():
        assert spec(compile_pack(changed_text((SIGNATURE, text)))).signature == signature
