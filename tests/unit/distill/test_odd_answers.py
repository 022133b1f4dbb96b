"""Answers that differ in another way than by their status or state: each is explained by a line, or listed."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.wire import Request, Response
from mockserver.distill.calls import is_cut
from mockserver.distill.report import unexplained_calls
from tests.support.call_recorder import CLIENT_KEY, CallRecorder, distill, play_lines, script_lines

PHASEO = "phaseo@2026-06-11"
TWELVELABS = "twelvelabs@2026-07-30"


def round_trip(recorder, pin=PHASEO):
    return distill(recorder.exchanges, pin=pin)


def polled(script, pin=PHASEO, polls=10):
    recorder = CallRecorder(pin, script)
    recorder.poll(recorder.call("create"), polls, 3 * SECOND)
    return recorder


def test_a_missing_field_is_a_fault_with_the_rule_that_it_breaks():
    fault = "faults: [{on: get, when: {between: [10s, 20s]}, do: {corrupt: {/model_name: absent}}}]"
    found = round_trip(polled(fault, TWELVELABS), TWELVELABS)
    assert found.is_whole, found.play_failures
    assert script_lines(found)[-3:] == [fault, "off_contract:", "  S3: recorded so"]
    assert len([line for line in play_lines(found) if "get" in line]) == 2


def test_an_answer_without_a_status_is_a_fault():
    fault = "faults: [{on: get, when: {between: [10s, 20s]}, do: {corrupt: {/status: absent}}}]"
    found = round_trip(polled(fault))
    assert found.is_whole, found.play_failures
    assert script_lines(found) == [fault]
    assert len([line for line in play_lines(found) if "get" in line]) == 2


@pytest.mark.parametrize(("value", "written"), [("null", "null"), ("250", "250"), ("[Jane]", "[some text]")])
def test_a_wrong_field_has_its_value_but_not_its_text(value, written):
    found = round_trip(
        polled(f"faults: [{{on: get, do: {{corrupt: {{/model_name: {value}}}}}}}]", TWELVELABS), TWELVELABS
    )
    assert found.is_whole, found.play_failures
    assert f"faults: [{{on: get, do: {{corrupt: {{/model_name: {written}}}}}}}]" in script_lines(found)
    assert "Jane" not in found.text


def test_more_broken_fields_than_a_line_takes_are_listed():
    recorder = polled("")
    recorder.change_answer(3, object=[], model=[], created_at=[], progress={}, provider=[], seconds={}, size=[])
    found = round_trip(recorder)
    assert [each.number for each in found.unexplained] == [3]


def test_a_list_without_the_new_job_lags_behind():
    recorder = CallRecorder(PHASEO, "faults: [{on: list, when: {until: 10s}, do: {stale: 8s}}]")
    recorder.call("create")
    recorder.wait(2 * SECOND)
    recorder.call("list")
    recorder.wait(20 * SECOND)
    recorder.call("list")
    found = round_trip(recorder)
    assert found.is_whole
    assert any("on: list" in line and "stale: " in line for line in script_lines(found))


def test_a_list_that_hides_an_older_job_is_listed():
    recorder = CallRecorder(PHASEO)
    recorder.call("create")
    recorder.wait(30 * SECOND)
    recorder.call("create")
    recorder.wait(2 * SECOND)
    recorder.call("list")
    recorder.change_answer(2, data=recorder.body(2)["data"][:1])
    found = round_trip(recorder)
    assert [each.reason for each in unexplained_calls(found, {})] == ["the scenario answers 200: another list"]


def test_a_download_that_breaks_off_is_cut():
    recorder = CallRecorder(PHASEO, "faults: [{on: content, when: {call: 1}, do: {truncate: 50%}}]")
    job = recorder.call("create")
    recorder.wait(60 * SECOND)
    recorder.call("content", job)
    recorder.call("content", job)
    whole = recorder.exchanges[2].response
    assert whole is not None
    length = ("Content-Length", str(len(whole.body)))
    half = whole._replace(body=whole.body[: len(whole.body) // 2], headers=(*whole.headers, length))
    recorder.exchanges[1] = recorder.exchanges[2]._replace(
        response=half,
        sent_at=recorder.exchanges[1].sent_at,
        answered_at=recorder.exchanges[1].sent_at,
        sent_seq=3,
        answered_seq=4,
    )
    found = round_trip(recorder)
    assert found.is_whole, found.play_failures
    assert any("on: content" in line and "truncate: 50%" in line for line in script_lines(found))
    assert any("content: {no_answer: true}" in line for line in play_lines(found))


def test_an_answer_that_is_shorter_since_its_secrets_were_replaced_is_whole():
    recorder = polled("")
    for number, exchange in enumerate(recorder.exchanges):
        assert exchange.response is not None
        headers = *exchange.response.headers, ("Content-Length", str(len(exchange.response.body) + 40))
        recorder.exchanges[number] = exchange._replace(response=exchange.response._replace(headers=headers))
    found = round_trip(recorder)
    assert found.is_whole, found.play_failures
    assert script_lines(found) == []


def test_a_range_that_was_ignored_is_a_fault():
    recorder = CallRecorder(PHASEO, "faults: [{on: content, do: {range: ignored}}]")
    job = recorder.call("create")
    recorder.wait(60 * SECOND)
    recorder.call("content", job, range="bytes=10-")
    found = round_trip(recorder)
    assert not found.unexplained
    assert "faults: [{on: content, do: {range: ignored}}]" in script_lines(found)


def test_counters_of_a_batch_without_times_are_listed():
    script = "items: [{for: 10s}, {for: 20s}, {for: 30s}]"
    recorder = CallRecorder(TWELVELABS, script)
    recorder.poll(recorder.call("create"), 12, 3 * SECOND)
    start = recorder.exchanges[0].sent_at
    recorder.exchanges = [each._replace(sent_at=start, answered_at=start) for each in recorder.exchanges]
    found = distill(recorder.exchanges, has_measured_times=False)
    assert found.unexplained
    assert all("counters" in each.reason or "state" in each.reason for each in unexplained_calls(found, {}))


@pytest.mark.parametrize(
    ("headers", "body", "cut"),
    [
        ((("Content-Length", "10"),), b"12345", True),
        ((("Content-Length", "5"),), b"12345", False),
        ((("Content-Length", "10"),), b"", False),
        ((("Content-Length", "10"), ("Content-Encoding", "br")), b"12345", False),
        ((("Content-Length", "9" * 20),), b"12345", False),
        ((), b"12345", False),
    ],
)
def test_a_body_is_cut_if_it_is_shorter_than_it_says(headers, body, cut):
    assert is_cut(Response(200, headers, body)) == cut


def test_a_header_that_every_call_has_and_a_refused_one_had_not_is_left_out_of_its_step():
    recorder = CallRecorder("runway@2026-08-08")
    headers = recorder.era.auth_headers(CLIENT_KEY)
    recorder.send(Request("POST", "/v1/image_to_video", "", {"authorization": headers["Authorization"]}))
    found = round_trip(recorder, "runway@2026-08-08")
    assert found.is_whole, found.play_failures
    assert play_lines(found) == ["{headers: {X-Runway-Version: absent}, image_to_video: {status: 400}}"]
