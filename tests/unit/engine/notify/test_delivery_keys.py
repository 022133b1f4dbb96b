"""Signatures of a session's deliveries, for every scheme: the faults, the rotation, and the verdicts."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.notify.delivery_keys import honest_receiver_keys, signature_verdict
from mockserver.engine.notify.delivery_log import DeliveryRecord
from mockserver.engine.session import Session
from mockserver.installed import installed_vendors
from mockserver.vendors.script import Script
from mockserver.vendors.signatures import NO_KEYS, NO_SIGNATURE
from mockserver.vendors.webhook_endpoint import DeliveryFault, WebhookEndpoint
from mockserver.vendors.webhooks import RenderedDelivery, Subscription
from tests.support.fake_world import BASE, START, FakeWorld
from tests.support.signed_vendors import SIGNATURES, session_signing_with


def delivered(scheme: str, endpoint: WebhookEndpoint) -> tuple[Session, DeliveryRecord]:
    """Return the delivery of a task that is ready, and its session."""
    session = session_signing_with(SIGNATURES[scheme], Script(webhook_endpoint=endpoint))
    world = FakeWorld(session, session.setup.eras["twelvelabs"], contract_observer=None)  # nothing is judged
    assert world.call_operation("create_task").status == 202
    while (due := session.schedule.pop_due(START + MINUTE)) is not None:
        delivery = due.item
        if isinstance(delivery, DueDelivery):
            delivery = session.deliveries.begin(delivery, due.at, BASE)
        if delivery is not None:
            session.deliveries.finish(delivery, session.deliveries.answer_from_builtin(delivery), due.at)
    return session, list(session.deliveries.log)[-1]


@pytest.mark.parametrize("scheme", SIGNATURES)
@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("", "ok"), ("wrong-secret", "wrong"), ("skewed", "skewed"), ("unsigned", "unsigned")],
)
def test_each_fault_spoils_each_signature(scheme, fault, verdict):
    endpoint = WebhookEndpoint(delivery_faults=(DeliveryFault(signature=fault),))
    assert delivered(scheme, endpoint)[1].signature == verdict


@pytest.mark.parametrize("scheme", SIGNATURES)
def test_a_rotated_secret_and_a_replay(scheme):
    fault = DeliveryFault(replay=10 * SECOND)
    endpoint = WebhookEndpoint(secret="whsec_bmV3", old_secrets=("whsec_b2xk",), delivery_faults=(fault,))
    _, record = delivered(scheme, endpoint)
    assert (record.cause, record.signature) == ("replay", "ok")


@pytest.mark.parametrize("scheme", SIGNATURES)
def test_a_redelivery_is_signed_for_its_own_time(scheme):
    session, record = delivered(scheme, WebhookEndpoint())
    later = record.at + 60 * MINUTE
    again = session.deliveries.redeliver(record.id, later, BASE)
    assert again.rendered.event_id == record.rendered.event_id
    assert again.rendered.headers != record.rendered.headers
    assert session.deliveries.finish(again, session.deliveries.answer_from_builtin(again), later).signature == "ok"


@pytest.mark.parametrize("scheme", SIGNATURES)
def test_a_receiver_verifies_when_the_request_comes_however_long_it_takes_to_answer(scheme):
    session, record = delivered(scheme, WebhookEndpoint())
    sent_at = record.at + MINUTE
    again = session.deliveries.redeliver(record.id, sent_at, BASE)
    outcome = session.deliveries.answer_from_builtin(again)
    finished = session.deliveries.finish(again, outcome, sent_at + 60 * MINUTE, sent_at)
    assert (finished.at, finished.signature) == (sent_at + 60 * MINUTE, "ok")


def test_who_signs_nothing_has_no_keys_and_no_verdict():
    webhooks = installed_vendors()["reap"].eras[-1].main_kind.webhooks
    assert webhooks is not None
    subscription = Subscription("", "", frozenset())
    assert honest_receiver_keys(webhooks, subscription, WebhookEndpoint(), "seed") == NO_KEYS
    rendered = RenderedDelivery((), b"", "")
    assert signature_verdict(webhooks, rendered, NO_KEYS, START) == NO_SIGNATURE
    assert signature_verdict(None, rendered, NO_KEYS, START) == NO_SIGNATURE
