"""Whole recordings: what is distilled from them, and that it is proved."""

import pytest

from mockserver.core.forms import MULTIPART, URLENCODED, encode_form
from mockserver.core.instants import HOUR, MILLISECOND, MINUTE, SECOND
from mockserver.core.wire import Exchange, Request, Response
from mockserver.distill import distiller
from mockserver.distill.codes import CODES
from mockserver.errors import MockError
from tests.support.call_recorder import CLIENT_KEY, PERSONAL_TEXT, CallRecorder, distill, play_lines, script_lines

PHASEO = "phaseo@2026-06-11"
REAP = "reap@2026-07-07"
TWELVELABS = "twelvelabs@2026-07-30"


def polled(pin, script="", *, polls=20, every=3 * SECOND, cancel_after=None, suffix="", poll="get"):
    """Record a client that creates a job, polls it, and cancels it after some of the polls."""
    recorder = CallRecorder(pin, script)
    job = recorder.call(f"create{suffix}")
    for number in range(polls):
        recorder.wait(every)
        if number == cancel_after:
            recorder.call(f"cancel{suffix}", job)
        recorder.call(f"{poll}{suffix}", job)
    return recorder


@pytest.mark.parametrize(
    ("pin", "script", "cancel_after"),
    [
        (PHASEO, "timeline: [queued: 12s, processing: 70s, completed]", 35),
        (REAP, "timeline: [queued: 7s, prepped: 20s, processing: 60s, completed]", 15),
        (TWELVELABS, "timeline: [pending: 7s, processing: 60s, completed]", 15),
    ],
)
def test_forty_polls_and_a_cancel_are_at_most_eight_lines(pin, script, cancel_after):
    recorder = polled(pin, script, polls=40, cancel_after=cancel_after)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert len(found.calls) == 42
    assert found.draft.line_count <= 8


def test_the_repr_of_a_result_has_no_recording():
    found = distill(polled(PHASEO, polls=200).exchanges)
    assert len(repr(found)) < 2_000


def test_the_vendors_default_needs_no_line():
    found = distill(polled(PHASEO).exchanges)
    assert found.is_whole
    assert script_lines(found) == []
    assert play_lines(found) == ["create:", "{at: 1m2s, get: {body: {status: completed}}}"]


def test_a_change_of_state_has_its_bounds_beside_it():
    found = distill(polled(PHASEO, "timeline: [queued: 12s, processing: 30s, completed]").exchanges)
    assert "timeline: [queued: 10s, processing: 32s, completed]  # seen to end: queued between " in found.text
    assert len(found.bounds) == 2
    assert max(found.bounds) <= 4 * SECOND


def test_a_job_that_was_cancelled_has_no_end_of_its_own():
    found = distill(polled(PHASEO, "timeline: [queued: 1s, processing: 9m, completed]", cancel_after=12).exchanges)
    assert found.is_whole
    assert script_lines(found) == ["timeline: [queued: 2s, processing]"]
    assert "title: A cancel of a processing video is accepted with 200" in found.text


def test_a_503_in_the_middle_is_a_fault_with_a_time():
    script = "faults: [{on: get, when: {between: [10s, 20s]}, do: {status: 503, retry_after: 7s}}]"
    found = distill(polled(PHASEO, script).exchanges, pin=PHASEO)
    assert found.is_whole
    assert script_lines(found) == [
        "faults: [{on: get, when: {between: [10s, 20s]}, do: {status: 503, retry_after: 7s}}]"
    ]


def test_errors_at_the_start_and_at_the_end_have_open_times():
    faults = "{on: get, when: {until: 9s}, do: {status: 503}}, {on: get, when: {after: 50s}, do: {status: 502}}"
    found = distill(polled(PHASEO, f"faults: [{faults}]").exchanges, pin=PHASEO)
    assert found.is_whole
    assert script_lines(found)[1:] == [
        "  - {on: get, when: {until: 8s}, do: {status: 503}}",
        "  - {on: get, when: {after: 50s}, do: {status: 502}}",
    ]


def test_errors_without_an_end_have_no_time():
    found = distill(polled(PHASEO, "faults: [{on: get, do: {status: 503}}]").exchanges, pin=PHASEO)
    assert script_lines(found) == ["faults: [{on: get, do: {status: 503}}]"]


def test_a_cancel_that_the_vendor_would_accept_is_refused_by_a_policy():
    script = "timeline: [queued: 1s, processing: 9m, completed]\ncancel: {refuse: {status: 409}}"
    found = distill(polled(PHASEO, script, cancel_after=12).exchanges)
    assert found.is_whole
    assert "cancel: {refuse: {status: 409}}" in script_lines(found)


def test_a_cancel_that_takes_time_is_an_accepted_one_with_stays():
    script = "items: [{count: 3, for: 10m}]\ncancel: {kind: batch, accept: {cancelling: 30s}}"
    found = distill(polled("phaseo@2026-08-10", script, polls=24, cancel_after=8, suffix="_batch").exchanges)
    assert found.is_whole
    assert any(line.startswith("cancel: {kind: batch, accept: [cancelling: ") for line in script_lines(found))


def test_an_accepted_cancel_that_changes_nothing_is_a_race():
    script = "timeline: [queued: 1s, processing: 50s, completed]\ncancel: {race: completes-first}"
    found = distill(polled(PHASEO, script, polls=25, cancel_after=12).exchanges)
    assert found.is_whole
    assert "cancel: {race: completes-first}" in script_lines(found)


def test_a_cancel_that_the_vendor_would_refuse_names_the_states_that_accept_it():
    script = (
        "timeline: [queued: 1s, prepped: 1s, processing: 9m, completed]\ncancel: {from: [queued, prepped, processing]}"
    )
    found = distill(polled(REAP, script, polls=8, cancel_after=4).exchanges)
    assert found.is_whole
    assert any(line.startswith("cancel: {from: [queued, ") for line in script_lines(found))


@pytest.mark.parametrize("fault", ["drop: reset", "unheard: reset"])
def test_a_lost_answer_to_a_cancel_is_a_fault_and_what_follows_shows_which(fault):
    script = f"timeline: [queued: 1s, processing: 50s, completed]\nfaults: [{{on: cancel, do: {{{fault}}}}}]"
    found = distill(polled(PHASEO, script, polls=25, cancel_after=12).exchanges)
    assert found.is_whole
    assert any(fault in line for line in script_lines(found))
    assert "{at: 41s, cancel: {no_answer: true}}" in play_lines(found)
    assert "is lost" in found.text


def test_an_old_answer_is_a_stale_one():
    fault = "{on: get, when: {between: [11s, 14s]}, do: {stale: 9s}}"
    script = f"timeline: [queued: 8s, processing: 9m, completed]\nfaults: [{fault}]"
    found = distill(polled(PHASEO, script, polls=10).exchanges)
    assert found.is_whole
    assert any("stale" in line for line in script_lines(found))


def test_a_read_that_does_not_show_the_cancel_yet_is_explained():
    script = "timeline: [queued: 1s, processing: 9m, completed]\nfaults: [{on: get, do: {unwritten: 4s}}]"
    found = distill(polled(PHASEO, script, polls=10, cancel_after=5).exchanges)
    assert found.is_whole
    assert any("unwritten" in line for line in script_lines(found))


def test_an_answer_that_is_no_json_is_malformed():
    fault = "{on: get, when: {call: 3}, do: {malformed: html}}"
    script = f"timeline: [queued: 1s, processing: 9m, completed]\nfaults: [{fault}]"
    found = distill(polled(PHASEO, script, polls=6).exchanges)
    assert found.is_whole
    assert any("malformed" in line for line in script_lines(found))
    assert "S8: recorded so" in found.text


def test_a_status_that_the_contract_lacks_is_marked_as_off_contract():
    recorder = polled(PHASEO, "timeline: [queued: 1s, processing: 9m, completed]", polls=6)
    recorder.change_answer(4, status="moderating")
    found = distill(recorder.exchanges)
    assert any("corrupt: {/status: unknown_status}" in line for line in script_lines(found))
    assert "off_contract:" in found.text


def test_a_status_that_may_be_data_is_replaced():
    recorder = polled(PHASEO, "timeline: [queued: 1s, processing: 9m, completed]", polls=6)
    recorder.change_answer(6, status=PERSONAL_TEXT)
    found = distill(recorder.exchanges)
    assert PERSONAL_TEXT not in found.text


def test_a_slow_answer_is_a_delay():
    recorder = CallRecorder(PHASEO)
    job = recorder.call("create")
    recorder.poll(job, 5, 3 * SECOND)
    recorder.wait(3 * SECOND)
    recorder.call("get", job, took=9 * SECOND)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert any("delay: 9s" in line for line in script_lines(found))


def test_a_job_seen_only_in_its_middle_exists_at_the_start():
    recorder = polled(REAP, "timeline: [queued: 10s, processing: 20s, completed]", poll="details")
    found = distill(recorder.exchanges[2:])
    assert found.is_whole
    assert any(line.startswith("jobs: ") and "age: 6s" in line for line in script_lines(found))
    assert "create" not in found.text


def test_jobs_of_one_course_have_one_timeline():
    recorder = CallRecorder(PHASEO, "timeline: [queued: 10s, processing: 20s, completed]")
    for _ in range(3):
        job = recorder.call("create")
        recorder.poll(job, 12, 3 * SECOND)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert script_lines(found) == ["timeline: [queued: 10s, processing: 20s, completed]"]
    assert "{as: video-1, create: }" in play_lines(found)


def test_with_per_job_each_has_its_own():
    recorder = CallRecorder(PHASEO, "timeline: [queued: 10s, processing: 20s, completed]")
    for _ in range(2):
        recorder.poll(recorder.call("create"), 12, 3 * SECOND)
    found = distill(recorder.exchanges, per_job=True)
    assert found.is_whole
    assert len(found.bounds) == 4


def test_jobs_of_two_courses_are_told_apart_by_the_number_of_their_create():
    script = (
        "timelines: [{call: 2, timeline: [queued: 5s, failed]}]\ntimeline: [queued: 9s, processing: 20s, completed]"
    )
    recorder = CallRecorder(PHASEO, script)
    for _ in range(3):
        recorder.poll(recorder.call("create"), 12, 3 * SECOND)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert any(line.startswith("timelines: [{call: 2, timeline: [queued: ") for line in script_lines(found))


def test_calls_that_overlap_are_one_step():
    recorder = CallRecorder(REAP, "timeline: [queued: 9m, processing: 1s, completed]")
    job = recorder.call("create")
    recorder.wait(5 * SECOND)
    recorder.call("cancel", job)
    recorder.wait(-20 * MILLISECOND)
    recorder.call("cancel", job)
    first, second = recorder.exchanges[-2:]
    recorder.exchanges[-2:] = [
        first._replace(sent_seq=0, answered_seq=0),
        second._replace(sent_at=first.sent_at + 20 * MILLISECOND, sent_seq=0, answered_seq=0),
    ]
    recorder.exchanges[0] = recorder.exchanges[0]._replace(sent_seq=0, answered_seq=0)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert any("together: [cancel: {status: 200" in line for line in play_lines(found))


def test_the_order_of_the_answers_is_tried_where_calls_overlap():
    recorder = CallRecorder(REAP, "timeline: [queued: 9m, processing: 1s, completed]")
    job = recorder.call("create")
    recorder.wait(5 * SECOND)
    recorder.call("cancel", job)
    recorder.call("cancel", job)
    _, winner, loser = recorder.exchanges
    # The cancel that was sent later was handled, and answered, first.
    recorder.exchanges[1:] = [
        loser._replace(sent_at=winner.sent_at, sent_seq=3, answered_seq=6),
        winner._replace(sent_at=winner.sent_at + 1, sent_seq=4, answered_seq=5),
    ]
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert any("together: [cancel: {status: 200" in line for line in play_lines(found))


def test_the_items_of_a_batch_follow_from_its_counters():
    script = "items: [{for: 10s}, {count: 2, queued: 5s, for: 20s}, {for: 40s, outcome: failed}]"
    recorder = CallRecorder(TWELVELABS, script)
    body = {**recorder.era.main_kind.example}
    body["requests"] = [{**body["requests"][0], "custom_id": f"item-{number}"} for number in range(4)]
    job = recorder.call("create", body=body)
    recorder.poll(job, 20, 3 * SECOND)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert script_lines(found)[0] == "items:"
    assert any("outcome: failed" in line for line in script_lines(found))


def test_a_limit_that_the_recording_does_not_have_is_lifted():
    found = distill(polled(REAP, "limits: {'*': off}", every=SECOND).exchanges)
    assert found.is_whole
    assert script_lines(found) == ["limits:", "  get: off"]


def test_a_refusal_that_the_request_itself_causes_is_scripted_for_the_play():
    recorder = CallRecorder(PHASEO)
    recorder.call("create", body={"prompt": PERSONAL_TEXT, "model": 5})
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert PERSONAL_TEXT not in found.text
    assert "create: {status: 400" in found.text


def test_a_call_that_the_era_does_not_have_is_not_explained():
    recorder = polled(PHASEO, polls=3)
    last = recorder.exchanges[-1]
    request = last.request._replace(path="/v1/unheard-of")
    recorder.exchanges.append(last._replace(request=request, sent_seq=99, answered_seq=100))
    found = distill(recorder.exchanges)
    assert not found.is_whole
    assert [call.number for call in found.unexplained] == [4]


def test_an_answer_that_no_line_explains_is_listed():
    recorder = polled(PHASEO, polls=3)
    recorder.change_answer(2, http_status=202)
    found = distill(recorder.exchanges)
    assert [each.call.number for each in found.mismatches] == [2]
    assert found.mismatches[0].aspects == ("status",)


def test_polls_are_counted_where_no_times_were_measured():
    recorder = CallRecorder(PHASEO, "timeline: [queued: 3 polls, processing: 2 polls, completed]")
    recorder.poll(recorder.call("create"), 8, 0)
    found = distill(recorder.exchanges, has_measured_times=False)
    assert found.is_whole
    assert script_lines(found) == ["timeline: [queued: 3 polls, processing: 2 polls, completed]"]


def test_no_secret_or_personal_text_survives():
    recorder = polled(PHASEO, cancel_after=4)
    found = distill(recorder.exchanges)
    for text in (CLIENT_KEY, PERSONAL_TEXT, "Jane"):
        assert text not in found.text
    assert recorder.exchanges[1].request.path.rpartition("/")[2] not in found.text


def test_calls_of_other_hosts_are_left_out_and_counted():
    recorder = polled(PHASEO, polls=3)
    stranger = Exchange(Request("GET", "/", "", {"host": "example.com"}), Response(200), 1, 2)
    found = distill([stranger, *recorder.exchanges])
    assert found.is_whole
    assert found.foreign_count == 1


def test_a_recording_without_a_call_of_a_vendor_is_refused():
    stranger = Exchange(Request("GET", "/", "", {"host": "example.com"}), Response(200), 1, 2)
    for exchanges in ([], [stranger]):
        with pytest.raises(MockError, match="DST001"):
            distill(exchanges)


def test_a_recording_of_two_vendors_needs_a_choice():
    both = [*polled(PHASEO, polls=3).exchanges, *polled(REAP, polls=3).exchanges]
    with pytest.raises(MockError, match=r"DST002.*4 of phaseo, 4 of reap"):
        distill(both)
    found = distill(both, pin="reap")
    assert found.is_whole
    assert found.era.pin == REAP
    assert found.foreign_count == 4


def test_a_pinned_era_is_the_one_that_is_tried():
    found = distill(polled(PHASEO, polls=3).exchanges, pin="phaseo@2026-07-09")
    assert found.era.pin == "phaseo@2026-07-09"


def test_an_old_stuck_project_has_its_age():
    recorder = CallRecorder(REAP, "timeline: [queued: 1s, processing]")
    job = recorder.call("create")
    recorder.wait(9 * HOUR)
    recorder.call("details", job)
    recorder.wait(MINUTE)
    recorder.call("cancel", job)
    recorder.call("get", job)
    found = distill(recorder.exchanges[1:])
    assert found.is_whole
    assert "age: 9h" in found.text


def test_a_refused_call_without_a_key_has_none_in_the_play():
    recorder = CallRecorder(PHASEO)
    job = recorder.call("create")
    request = recorder.exchanges[0].request
    recorder.send(Request("GET", f"/v1/videos/{job}"))
    found = distill(recorder.exchanges)
    assert request.headers["authorization"].endswith(CLIENT_KEY)
    assert found.is_whole
    assert "{key: none, get: {status: 401, " in found.text


def test_calls_with_a_key_of_their_own_name_it():
    recorder = CallRecorder(PHASEO)
    job = recorder.call("create")
    recorder.call("cancel", job, authorization="Bearer another-key-83hdy27")
    found = distill(recorder.exchanges, pin=PHASEO)
    assert found.is_whole
    assert "key: test-key-2" in found.text


def test_two_jobs_that_exist_at_the_start_have_timelines_of_their_own():
    script = (
        "timelines: [{call: 1, timeline: [queued: 20s, failed]}]\ntimeline: [queued: 9s, processing: 20s, completed]"
    )
    recorder = CallRecorder(PHASEO, script)
    jobs = [recorder.call("create") for _ in range(3)]
    for _ in range(12):
        for job in jobs:
            recorder.wait(SECOND)
            recorder.call("get", job)
    found = distill(recorder.exchanges[3:])
    assert found.is_whole
    assert sum("id: G-" in line for line in script_lines(found)) == 3
    assert any("timeline: [queued: " in line and "failed" in line for line in script_lines(found))


def test_a_batch_that_exists_at_the_start_has_its_kind():
    recorder = polled("phaseo@2026-08-10", "items: [{count: 3, for: 20s}]", suffix="_batch", polls=12)
    found = distill(recorder.exchanges[1:])
    assert not found.unexplained
    assert any("kind: batch" in line for line in script_lines(found))


def test_batches_that_exist_at_the_start_have_items_of_their_own():
    recorder = CallRecorder(TWELVELABS, "items: [{for: 10s}, {for: 30s}, {for: 50s, outcome: failed}]")
    jobs = [recorder.call("create")]
    recorder.wait(7 * SECOND)
    jobs.append(recorder.call("create"))
    for _ in range(12):
        for job in jobs:
            recorder.wait(3 * SECOND)
            recorder.call("get", job)
    found = distill(recorder.exchanges[2:])
    assert len(found.unexplained) <= 1
    assert sum("items: [" in line for line in script_lines(found)) == 2


def test_a_long_recording_is_searched_by_its_telling_calls(monkeypatch):
    monkeypatch.setattr(distiller, "MAX_SEARCHED_CALLS", 20)
    found = distill(polled(PHASEO, "timeline: [queued: 30s, processing: 90s, completed]", polls=60).exchanges)
    assert found.is_whole
    assert script_lines(found) == ["timeline: [queued: 30s, processing: 1m30s, completed]"]


@pytest.mark.parametrize(
    "lines",
    [
        "timeline: [queued: 30s, processing: 9m, completed]\nfaults: [{on: cancel, do: {status: 418}}]",
        "timeline: [queued: 12 polls, processing: 20 polls, completed]",
    ],
)
def test_a_long_recording_that_its_telling_calls_do_not_explain_is_searched_whole(monkeypatch, lines):
    monkeypatch.setattr(distiller, "MAX_SEARCHED_CALLS", 20)
    every = 0 if "polls" in lines else SECOND
    recorder = polled(PHASEO, lines, polls=40, every=every, cancel_after=38)
    recorder.change_answer(30, http_status=202)
    found = distill(recorder.exchanges, pin=PHASEO)
    assert 30 in [call.number for call in found.unexplained]


def test_a_body_that_was_not_recorded_is_the_vendors_example():
    recorder = CallRecorder(PHASEO)
    job = recorder.call("create")
    recorder.poll(job, 3, 9 * SECOND)
    create = recorder.exchanges[0]
    recorder.exchanges[0] = create._replace(request=create.request._replace(body=b""))
    found = distill(recorder.exchanges)
    assert found.is_whole


def test_a_recorder_may_leave_the_keys_out():
    recorder = polled(PHASEO, polls=3)
    recorder.exchanges = [
        each._replace(request=each.request._replace(headers={"host": "api.phaseo.app"})) for each in recorder.exchanges
    ]
    assert distill(recorder.exchanges).is_whole


def test_an_overlap_that_no_order_explains_keeps_the_better_one():
    recorder = CallRecorder(PHASEO)
    job = recorder.call("create")
    recorder.call("get", job)
    recorder.call("get", job)
    recorder.change_answer(1, http_status=202)
    first, second = recorder.exchanges[1:]
    recorder.exchanges[1:] = [first._replace(answered_seq=8), second._replace(sent_seq=4, answered_seq=6)]
    found = distill(recorder.exchanges)
    assert len(found.unexplained) == 1


def test_the_codes_of_the_distiller_are_documented():
    assert sorted(CODES) == ["DST001", "DST002", "DST003", "DST004", "DST005"]


@pytest.mark.parametrize(("media_type", "sent_as"), [(URLENCODED, "form"), (MULTIPART, "multipart")])
def test_a_form_stays_a_form(media_type, sent_as):
    recorder = CallRecorder(PHASEO)
    recorder.call("create", body={"model": "qwen/wan2.7-t2v"})
    refused = recorder.exchanges[0]
    content_type, body = encode_form(media_type, {"model": "qwen/wan2.7-t2v"})
    headers = {**refused.request.headers, "content-type": content_type}
    found = distill([refused._replace(request=refused.request._replace(headers=headers, body=body))])
    assert f"sent_as: {sent_as}" in found.text
    assert "send: {model: qwen/wan2.7-t2v}" in found.text
