"""Reap's events about a project."""

import json

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.timeline import Timed, TimelineStep
from mockserver.vendors.reap.events import EVENT_TYPES, PROJECT_WEBHOOKS, delivery_error
from mockserver.vendors.script import Script, TimelineRule
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, WebhookEvent
from tests.support.fake_world import START, fake_world, json_of


def project(*timeline: TimelineStep):
    script = Script(timeline_rules=(TimelineRule(timeline),)) if timeline else Script()
    judged = fake_world("reap", script=script)
    made = json_of(judged.call_operation("create"))
    job = judged.session.context("reap").store.job("project", made["id"])
    assert job is not None
    return job


@pytest.mark.parametrize("end", ["completed", "invalid", "expired", "failed", "error"])
def test_three_ends_are_told_and_no_other(end):
    job = project(TimelineStep("processing", Timed(SECOND)), TimelineStep(end))
    events = [event[:3] for event in PROJECT_WEBHOOKS.events(job, frozenset(EVENT_TYPES))]
    name = f"project.{end}"
    assert events == ([(START + SECOND, name, name)] if name in EVENT_TYPES else [])
    assert list(PROJECT_WEBHOOKS.events(job, frozenset({"project.none"}))) == []


def test_what_was_never_at_work_has_no_end_to_tell_of():
    assert list(PROJECT_WEBHOOKS.events(project(TimelineStep("completed")), frozenset(EVENT_TYPES))) == []


def test_a_delivery_has_the_four_keys_of_the_status_and_no_signature():
    job = project()
    event = WebhookEvent(START, EVENT_TYPES[0], EVENT_TYPES[0])
    written = PROJECT_WEBHOOKS.render_signed(
        DeliveryRequest(job, event, 1, START + 60 * SECOND, START, ("s",), "http://x", "seed")
    )
    assert written.headers == (("Content-Type", "application/json"),)
    assert written.event_id == ""
    assert json.loads(written.body) == {
        "projectId": job.id, "projectType": "clipping", "source": "Generic", "status": "completed"
    }  # fmt: skip
    assert PROJECT_WEBHOOKS.signature is None


def test_the_account_s_endpoint_is_told_and_nobody_else():
    job = project()
    assert PROJECT_WEBHOOKS.subscription(job, None) is None
    assert PROJECT_WEBHOOKS.subscription(job, WebhookEndpoint("http://127.0.0.1/", events=("invalid",))) == (
        "http://127.0.0.1/", "", {"project.invalid"}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"", ""),
        (204, b"", "the answer must be 200, not 204"),
        (200, b"ok", "the answer's body must be empty"),
    ],
)
def test_only_200_with_an_empty_body_counts_and_nothing_is_tried_again(status, body, why):
    assert delivery_error(status, body) == why
    assert PROJECT_WEBHOOKS.retry_delays == ()
