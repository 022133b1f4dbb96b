"""The dispatcher on a clock that runs while a receiver takes its time."""

import asyncio

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import HOUR, MINUTE
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.server.webhooks.dispatcher import WebhookDispatcher
from mockserver.vendors.script import Script
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from tests.support.fake_world import BASE, START, FakeWorld
from tests.support.memory_transport import make_hub
from tests.support.signed_vendors import SIGNATURES, session_signing_with


@pytest.mark.parametrize("scheme", SIGNATURES)
def test_a_signature_is_judged_at_the_instant_of_the_request(scheme):
    session = session_signing_with(SIGNATURES[scheme], Script(webhook_endpoint=WebhookEndpoint()))
    FakeWorld(session, session.setup.eras["twelvelabs"], contract_observer=None).call_operation("create_task")
    session.clock = Clock(START, START)
    begun, answered = START + MINUTE, START + HOUR
    readings = iter([begun, begun, answered])
    dispatcher = WebhookDispatcher(make_hub().settings, lambda: BASE, lambda: next(readings))
    due = session.schedule.pop_due(begun)
    assert due is not None
    assert isinstance(due.item, DueDelivery)
    asyncio.run(dispatcher.deliver(session, due.item, due.at))
    (record,) = session.deliveries.log
    assert (record.at, record.signature) == (answered, "ok")
