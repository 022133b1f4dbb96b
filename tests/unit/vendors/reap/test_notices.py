"""What Reap tells of a project unasked."""

import json

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.timeline import For, Step
from mockserver.vendors.hooks import Hook
from mockserver.vendors.notices import Event, Letter
from mockserver.vendors.reap.notices import PROJECT, TYPES, accepts
from mockserver.vendors.script import Course, Script
from tests.support.fake_world import START, fake_world, json_of


def project(*timeline: Step):
    script = Script(courses=(Course(timeline),)) if timeline else Script()
    judged = fake_world("reap", script=script)
    made = json_of(judged.call_operation("create"))
    job = judged.session.room("reap")[1].job("project", made["id"])
    assert job is not None
    return job


@pytest.mark.parametrize("end", ["completed", "invalid", "expired", "failed", "error"])
def test_three_ends_are_told_and_no_other(end):
    job = project(Step("processing", For(SECOND)), Step(end))
    told = [event[:3] for event in PROJECT.events(job, frozenset(TYPES))]
    name = f"project.{end}"
    assert told == ([(START + SECOND, name, name)] if name in TYPES else [])
    assert list(PROJECT.events(job, frozenset({"project.none"}))) == []


def test_what_was_never_at_work_has_no_end_to_tell_of():
    assert list(PROJECT.events(project(Step("completed")), frozenset(TYPES))) == []


def test_a_delivery_has_the_four_keys_of_the_status_and_no_signature():
    job = project()
    event = Event(START, TYPES[0], TYPES[0])
    written = PROJECT.write(Letter(job, event, 1, START + 60 * SECOND, START, "s", "http://x", "seed"))
    assert written.headers == (("Content-Type", "application/json"),)
    assert written.event_id == ""
    assert json.loads(written.body) == {
        "projectId": job.id, "projectType": "clipping", "source": "Generic", "status": "completed"
    }  # fmt: skip
    assert PROJECT.signature is None


def test_the_account_s_endpoint_is_told_and_nobody_else():
    job = project()
    assert PROJECT.where(job, None) is None
    assert PROJECT.where(job, Hook("http://127.0.0.1/", events=("invalid",))) == (
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
    assert accepts(status, body) == why
    assert PROJECT.delays == ()
