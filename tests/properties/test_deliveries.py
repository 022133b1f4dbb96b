"""Laws of webhook deliveries, for every era of every vendor.

Deliveries change no job, each key is delivered at most once, and the size of advances does not matter. Scenario,
history and receiver are random; the clock is moved from one due entry to the next.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import strategies as st

from mockserver.core.instants import DAY, MINUTE, SECOND, Duration
from mockserver.core.job import DELIVERY, Job
from mockserver.runner.targets.in_process import advance_session
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import Script
from mockserver.vendors.webhook_endpoint import DeliveryFault, WebhookEndpoint
from tests.support.fake_world import BASE, ERAS, FakeWorld
from tests.support.histories import PINS, Action, all_jobs, for_all_drawn, histories, perform, scripts, world_for

PINS_WITH_WEBHOOKS = [pin for pin in PINS if any(kind.webhooks for kind in ERAS[pin].kinds.values())]
pytestmark = pytest.mark.parametrize("pin", PINS_WITH_WEBHOOKS)

_receivers = st.lists(st.sampled_from((200, 204, 302, 500, 503, "timeout")), max_size=12).map(tuple)
_delivery_faults = st.builds(
    DeliveryFault,
    duplicate=st.just(0),
    drop=st.booleans(),
    replay=st.just(0),
    on=st.sampled_from(("*", "completed", "created", "status_changed", "ready", "cancelled")),
    reorder=st.booleans(),
    delay=st.sampled_from((0, 1, 5 * SECOND, 10 * MINUTE)),
    signature=st.sampled_from(("", "skewed", "unsigned", "wrong-secret")),
)


def draw_endpoint(pin: str, data: st.DataObject) -> WebhookEndpoint:
    """Draw an endpoint for every event, with random receiver answers and at most two delivery faults."""
    types = {one for kind in ERAS[pin].kinds.values() if kind.webhooks for one in kind.webhooks.types}
    deliver = tuple(data.draw(st.lists(_delivery_faults, max_size=2)))
    return WebhookEndpoint(
        events=tuple(sorted(types)), receiver_responses=data.draw(_receivers), delivery_faults=deliver
    )


def endpoint_fields(pin: str) -> dict[str, Any]:
    """Return the body fields by which a create names the endpoint; none if the era does not need them."""
    main = ERAS[pin].main_kind.webhooks
    if not pin.startswith("phaseo") or main is None:
        return {}
    named = {"endpoint_id": "we_1"} if main.create_names_endpoint else {"url": "https://hooks.example.com/"}
    return {"webhook": {**named, "events": list(main.types)}}


def draw_world(pin: str, data: st.DataObject) -> tuple[Script, list[Action]]:
    """Draw a script with an endpoint, and a history whose jobs name it."""
    script, more = data.draw(scripts(pin)), endpoint_fields(pin)
    jobs = tuple(replaced._replace(body={**replaced.body, **more}) for replaced in script.jobs)
    history = [
        action._replace(body={**ERAS[pin].main_kind.example, **more})
        if action.verb == "create" and action.body is None
        else action
        for action in data.draw(histories(pin))
    ]
    return script._replace(webhook_endpoint=draw_endpoint(pin, data), jobs=jobs), history


def advance(judged: FakeWorld, by: Duration, pieces: int = 1) -> None:
    """Advance the clock in pieces, and deliver what falls due."""
    start = judged.now
    for piece in range(1, pieces + 1):
        advance_session(judged.session, start + by * piece // pieces, 0, BASE)


def perform_with_deliveries(judged: FakeWorld, history: list[Action], pieces: int = 1) -> None:
    """Perform a history, and deliver its events."""
    for action in history:
        if action.verb == "advance":
            advance(judged, action.by, pieces)
        else:
            perform(judged, action)
            advance(judged, 0)


def states(judged: FakeWorld) -> list[tuple[str, str, int]]:
    return [
        (job.id, snapshot(job, judged.now).state, snapshot(job, judged.now).span.entered) for job in all_jobs(judged)
    ]


def sent_deliveries(judged: FakeWorld) -> list[tuple[Any, ...]]:
    """List all deliveries that were sent, with their bytes."""
    return [(sent.at, sent.job_id, sent.attempt, sent.state, sent.rendered) for sent in judged.session.deliveries.log]


def inputs(job: Job) -> list[tuple[int, str, str]]:
    return [(one.at, one.kind, one.name) for one in job.inputs if one.kind != DELIVERY]


@for_all_drawn(12)
def test_deliveries_change_no_job_and_answers_keep_the_contract(pin, data):
    script, history = draw_world(pin, data)
    with_deliveries, without_deliveries = world_for(pin, script), world_for(pin, script)
    for action in [*history, Action("advance", by=2 * DAY)]:
        perform_with_deliveries(with_deliveries, [action])
        perform(without_deliveries, action)
        assert states(with_deliveries) == states(without_deliveries)
    assert [inputs(job) for job in all_jobs(with_deliveries)] == [inputs(job) for job in all_jobs(without_deliveries)]
    with_deliveries.contract_observer.assert_clean()


@for_all_drawn(12)
def test_a_key_is_delivered_at_most_once_and_retried_as_the_vendor_does(pin, data):
    script, history = draw_world(pin, data)
    judged = world_for(pin, script)
    perform_with_deliveries(judged, [*history, Action("advance", by=2 * DAY)])
    kinds = judged.era.kinds
    log = list(judged.session.deliveries.log)
    delivered = Counter((sent.job_id, sent.event.key) for sent in log if sent.state == "delivered")
    assert set(delivered.values()) <= {1}
    for sent in log:
        webhooks = kinds[sent.kind].webhooks
        assert webhooks is not None
        assert 1 <= sent.attempt <= len(webhooks.retry_delays) + 1
        assert (sent.state == "failed") <= (sent.attempt == len(webhooks.retry_delays) + 1)
    assert judged.session.schedule.next_due is None or judged.session.schedule.next_due > judged.now
    assert len(judged.session.schedule) <= len(all_jobs(judged)) + 1_000


@for_all_drawn(12)
def test_many_small_advances_deliver_what_one_large_advance_delivers(pin, data):
    script, history = draw_world(pin, data)
    one, many = world_for(pin, script), world_for(pin, script)
    perform_with_deliveries(one, [*history, Action("advance", by=MINUTE)])
    perform_with_deliveries(many, [*history, Action("advance", by=MINUTE)], pieces=7)
    assert sent_deliveries(many) == sent_deliveries(one)
    assert states(many) == states(one)


@for_all_drawn(8)
def test_without_faults_events_are_delivered_at_their_instants_in_order(pin, data):
    script, history = draw_world(pin, data)
    events = script.webhook_endpoint.events if script.webhook_endpoint else ()
    script = script._replace(webhook_endpoint=WebhookEndpoint(events=events))
    judged = world_for(pin, script)
    perform_with_deliveries(judged, [*history, Action("advance", by=2 * DAY)])
    log = list(judged.session.deliveries.log)
    assert [sent.at for sent in log] == sorted(sent.at for sent in log)
    assert all(sent.at == sent.event.at for sent in log)
