"""The laws of telling, on every era of every vendor: it moves no job, each key arrives once, small steps are big ones.

Each law takes a scenario, a history and a receiver that nobody chose; the clock is moved due by due.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.core.instants import DAY, MINUTE, SECOND, Duration
from mockserver.core.job import DELIVERY, Job
from mockserver.runner.targets.in_process import advance_session
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import Script
from mockserver.vendors.webhook_endpoint import DeliveryFault, WebhookEndpoint
from tests.support.fake_world import BASE, ERAS, FakeWorld
from tests.support.histories import PINS, Action, all_jobs, histories, perform, scripts, world_for

TELLING = [pin for pin in PINS if any(kind.webhooks for kind in ERAS[pin].kinds.values())]
pytestmark = pytest.mark.parametrize("pin", TELLING)

_receivers = st.lists(st.sampled_from((200, 204, 302, 500, 503, "timeout")), max_size=12).map(tuple)
_troubles = st.builds(
    DeliveryFault,
    duplicate=st.just(0),
    drop=st.booleans(),
    replay=st.just(0),
    on=st.sampled_from(("*", "completed", "created", "status_changed", "ready", "cancelled")),
    reorder=st.booleans(),
    delay=st.sampled_from((0, 1, 5 * SECOND, 10 * MINUTE)),
    signature=st.sampled_from(("", "skewed", "unsigned", "wrong-secret")),
)


def law(examples: int) -> Any:
    """So many examples for each era."""
    return lambda test: settings(max_examples=examples)(given(data=st.data())(test))


def hook_of(pin: str, data: st.DataObject) -> WebhookEndpoint:
    """An endpoint for every event, a receiver that fails as it likes, and at most two troubles."""
    types = {one for kind in ERAS[pin].kinds.values() if kind.webhooks for one in kind.webhooks.types}
    deliver = tuple(data.draw(st.lists(_troubles, max_size=2)))
    return WebhookEndpoint(
        events=tuple(sorted(types)), receiver_responses=data.draw(_receivers), delivery_faults=deliver
    )


def naming(pin: str) -> dict[str, Any]:
    """What makes a create of the era name the endpoint, where it must."""
    main = ERAS[pin].main_kind.webhooks
    if not pin.startswith("phaseo") or main is None:
        return {}
    named = {"endpoint_id": "we_1"} if main.create_names_endpoint else {"url": "https://hooks.example.com/"}
    return {"webhook": {**named, "events": list(main.types)}}


def world(pin: str, data: st.DataObject) -> tuple[Script, list[Action]]:
    """A scenario with an endpoint, and a history whose jobs name it."""
    script, more = data.draw(scripts(pin)), naming(pin)
    jobs = tuple(replaced._replace(body={**replaced.body, **more}) for replaced in script.jobs)
    deeds = [
        deed._replace(body={**ERAS[pin].main_kind.example, **more})
        if deed.verb == "create" and deed.body is None
        else deed
        for deed in data.draw(histories(pin))
    ]
    return replace(script, webhook_endpoint=hook_of(pin, data), jobs=jobs), deeds


def go(judged: FakeWorld, by: Duration, pieces: int = 1) -> None:
    """Let time pass in so many pieces, telling what falls due."""
    start = judged.now
    for piece in range(1, pieces + 1):
        advance_session(judged.session, start + by * piece // pieces, 0, BASE)


def live(judged: FakeWorld, deeds: list[Action], pieces: int = 1) -> None:
    """Do everything, and tell of it."""
    for deed in deeds:
        if deed.verb == "advance":
            go(judged, deed.by, pieces)
        else:
            perform(judged, deed)
            go(judged, 0)


def states(judged: FakeWorld) -> list[tuple[str, str, int]]:
    return [
        (job.id, snapshot(job, judged.now).state, snapshot(job, judged.now).span.entered) for job in all_jobs(judged)
    ]


def heard(judged: FakeWorld) -> list[tuple[Any, ...]]:
    """Everything that was sent, to the byte."""
    return [(sent.at, sent.job_id, sent.attempt, sent.state, sent.rendered) for sent in judged.session.deliveries.log]


def inputs(job: Job) -> list[tuple[int, str, str]]:
    return [(one.at, one.kind, one.name) for one in job.inputs if one.kind != DELIVERY]


@law(12)
def test_telling_moves_no_job_and_the_answers_keep_the_contract(pin, data):
    script, deeds = world(pin, data)
    told, untold = world_for(pin, script), world_for(pin, script)
    for deed in [*deeds, Action("advance", by=2 * DAY)]:
        live(told, [deed])
        perform(untold, deed)
        assert states(told) == states(untold)
    assert [inputs(job) for job in all_jobs(told)] == [inputs(job) for job in all_jobs(untold)]
    told.contract_observer.assert_clean()


@law(12)
def test_a_key_is_delivered_once_at_the_most_and_tried_as_often_as_the_vendor_does(pin, data):
    script, deeds = world(pin, data)
    judged = world_for(pin, script)
    live(judged, [*deeds, Action("advance", by=2 * DAY)])
    kinds = judged.era.kinds
    log = list(judged.session.deliveries.log)
    delivered = Counter((sent.job_id, sent.event.key) for sent in log if sent.state == "delivered")
    assert set(delivered.values()) <= {1}
    for sent in log:
        notices = kinds[sent.kind].webhooks
        assert notices is not None
        assert 1 <= sent.attempt <= len(notices.retry_delays) + 1
        assert (sent.state == "failed") <= (sent.attempt == len(notices.retry_delays) + 1)
    assert judged.session.schedule.next_due is None or judged.session.schedule.next_due > judged.now
    assert len(judged.session.schedule) <= len(all_jobs(judged)) + 1_000


@law(12)
def test_many_small_advances_tell_what_one_big_one_tells(pin, data):
    script, deeds = world(pin, data)
    one, many = world_for(pin, script), world_for(pin, script)
    live(one, [*deeds, Action("advance", by=MINUTE)])
    live(many, [*deeds, Action("advance", by=MINUTE)], pieces=7)
    assert heard(many) == heard(one)
    assert states(many) == states(one)


@law(8)
def test_without_troubles_events_are_told_at_their_instants_and_in_order(pin, data):
    script, deeds = world(pin, data)
    script = replace(
        script,
        webhook_endpoint=WebhookEndpoint(events=script.webhook_endpoint.events if script.webhook_endpoint else ()),
    )
    judged = world_for(pin, script)
    live(judged, [*deeds, Action("advance", by=2 * DAY)])
    log = list(judged.session.deliveries.log)
    assert [sent.at for sent in log] == sorted(sent.at for sent in log)
    assert all(sent.at == sent.event.at for sent in log)
