"""Webhooks in a recording become an endpoint and a step of the play."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.wire import Exchange, Request, Response
from mockserver.distill.recorded_deliveries import (
    RecordedDelivery,
    endpoint_value,
    expected_deliveries,
    note_deliveries,
    read_delivery,
)
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.report import report_json, report_lines
from mockserver.scenario.compile import load_scenario
from mockserver.vendors.registry import resolve_era
from tests.support.call_recorder import PERSONAL_TEXT, CallRecorder, distill
from tests.support.fake_world import VENDORS

REAP = "reap@2026-07-07"
PHASEO = "phaseo@2026-10-02"
WITH_ENDPOINT = {"model": "qwen/wan2.7-t2v", "prompt": PERSONAL_TEXT, "webhook": {"endpoint_id": "we_1234"}}


def with_webhooks(pin, script, body=None, *, host="client.example", polls=20):
    """Record polls of a job and the webhooks about it, until all retries are over."""
    recorder = CallRecorder(pin, script)
    job = recorder.call("create", body=body)
    recorder.poll(job, polls, 3 * SECOND)
    recorder.wait(5 * MINUTE)
    recorder.receive_deliveries(host)
    return recorder


def line_of(found, start):
    return next(line.strip().removeprefix("- ") for line in found.text.splitlines() if start in line)


def test_a_webhook_needs_an_endpoint_and_is_expected_by_the_play():
    found = distill(with_webhooks(REAP, "webhooks: {}").exchanges)
    assert found.is_whole
    assert line_of(found, "webhooks:") == "webhooks: {}"
    assert "deliveries: {events: [completed]}" in line_of(found, "deliveries:")
    assert found.foreign_count == 0
    assert found.delivery_count == 1
    assert "webhooks: 1, expected by the play's step `deliveries`" in report_lines(found, {})
    assert report_json(found, {}, [])["webhooks"] == 1


def test_the_answers_of_the_receiver_are_those_that_were_recorded():
    found = distill(with_webhooks(PHASEO, "webhooks: {receiver: [500]}", WITH_ENDPOINT).exchanges)
    assert found.is_whole
    assert line_of(found, "webhooks:") == "webhooks: {receiver: [500]}"
    assert "answers: [500, 200, 200, 200]" in line_of(found, "deliveries:")
    assert "we_1234" not in found.text


def test_a_receiver_that_gave_no_answer_is_one_that_times_out():
    found = distill(with_webhooks(PHASEO, "webhooks: {receiver: [timeout]}", WITH_ENDPOINT).exchanges)
    assert found.is_whole
    assert line_of(found, "webhooks:") == "webhooks: {receiver: [timeout]}"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            "webhooks: {events: [video.completed], deliver: [{on: video.completed, duplicate: 1}]}",
            id="events that the recording does not have are not sent",
        ),
        pytest.param(
            "webhooks: {deliver: [{on: video.completed, late: 2m}]}", id="an event long after its state is late"
        ),
        pytest.param(
            "webhooks: {deliver: [{on: status_changed, reorder: true}]}", id="events in another order are reordered"
        ),
    ],
)
def test_what_happened_to_deliveries_is_one_line(script):
    found = distill(with_webhooks(PHASEO, script, WITH_ENDPOINT).exchanges)
    assert found.is_whole
    assert line_of(found, "webhooks:") == script


def test_what_no_fault_explains_is_what_the_play_misses():
    recorder = with_webhooks(PHASEO, "webhooks: {}", WITH_ENDPOINT)
    events = [each for each in recorder.exchanges if each.request.path == "/hook"]
    recorder.exchanges.remove(events[0])
    found = distill(recorder.exchanges)
    assert not found.is_whole
    assert any("events" in failure for failure in found.play_failures)


def test_an_event_tells_when_its_state_began():
    """The polls alone leave 30 seconds of doubt."""
    recorder = CallRecorder(REAP, "webhooks: {}\ntimeline: [queued: 10s, processing: 33s, completed]")
    job = recorder.call("create")
    recorder.poll(job, 3, 30 * SECOND)
    recorder.receive_deliveries()
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert "processing between 30.1s and 43s" in found.text


def test_a_receiver_beside_a_stand_in_for_the_vendor_is_no_call_of_the_vendor():
    recorder = with_webhooks(REAP, "webhooks: {}", host="127.0.0.1:4811")
    found = distill(recorder.exchanges, pin="reap")
    assert found.is_whole
    assert found.delivery_count == 1
    assert not found.unknown_calls


def test_without_times_webhooks_are_left_out_and_counted():
    recorder = with_webhooks(REAP, "webhooks: {}")
    found = distill(recorder.exchanges, has_measured_times=False)
    assert found.delivery_count == 0
    assert found.foreign_count == 1


def test_a_play_about_some_jobs_expects_their_webhooks_only():
    recorder = CallRecorder(REAP, "webhooks: {}\nlimits: {create: off}")
    for _ in range(7):
        recorder.call("create")
    recorder.wait(MINUTE)
    recorder.receive_deliveries()
    found = distill(recorder.exchanges)
    assert found.delivery_count == 7
    assert "deliveries: {events: [completed]}" in found.text


ERA = resolve_era(REAP, VENDORS)
CREATED = {"p1": "project"}


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/hook", "", {}, b'{"projectId":"p1","status":"completed"}'),
        Request("POST", "/hook", "", {}, b"no JSON"),
        Request("POST", "/hook", "", {}, b'{"projectId":"p2","status":"completed"}'),
        Request("POST", "/hook", "", {}, b'{"projectId":"p1","status":"processing"}'),
        Request("POST", "/hook", "", {}, b'{"projectId":"p1","status":7}'),
        Request("POST", "/hook", "", {}, b'{"projectId":1,"status":"completed"}'),
    ],
)
def test_what_names_no_event_of_a_recorded_job_is_no_webhook(request_):
    assert read_delivery(Exchange(request_, Response(200), 5, 6), ERA, CREATED, 0) is None


def test_many_deliveries_are_counted():
    assert expected_deliveries([RecordedDelivery(1, "project.completed", "p1", 200)] * 21, ERA) == {"count": 21}


def test_states_after_a_command_are_not_the_jobs_own_work():
    job = RecordedJob("project", "p1", 0, is_created=True, command_at=5 * SECOND)
    late = RecordedDelivery(6 * SECOND, "project.completed", "p1", 200)
    note_deliveries([job], [late, late, late._replace(job_id="p2")], ERA)
    assert job.natural == []


def test_a_job_that_is_not_searched_has_no_late_events():
    value = endpoint_value([RecordedDelivery(MINUTE, "project.completed", "p1", 200)], [], ERA)
    assert value == {"events": ["completed"]}


def test_the_endpoint_is_a_valid_one():
    found = distill(with_webhooks(REAP, "webhooks: {receiver: [500]}").exchanges)
    assert load_scenario(found.text, VENDORS).script.webhook_endpoint is not None
