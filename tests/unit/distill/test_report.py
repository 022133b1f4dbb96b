"""What a distillation says of itself."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.distill.report import MAX_LISTED, report_json, report_lines
from tests.support.call_recorder import CallRecorder, bundled_recording, distill


def recording(polls=5):
    recorder = CallRecorder("phaseo@2026-06-11", "timeline: [queued: 5s, processing: 9m, completed]")
    recorder.poll(recorder.call("create"), polls, 3 * SECOND)
    return recorder


def test_a_whole_recording_is_three_lines():
    found = distill(recording().exchanges)
    files = dict.fromkeys(range(6), "calls.har")
    assert report_lines(found, files) == [
        f"6 calls of {found.era.pin} -> 7 lines",
        "explained: 6 of 6 calls (100 %)",
        "changes of state: 1, each known within 3.12s (at worst 3.12s)",
    ]


def test_what_is_not_explained_is_listed_with_its_position():
    recorder = recording()
    recorder.change_answer(2, http_status=202)
    recorder.exchanges[2] = recorder.exchanges[2]._replace(position=SourcePosition(12, 5))
    last = recorder.exchanges[-1]
    recorder.exchanges.append(last._replace(request=Request("GET", "/v1/nowhere", "", last.request.headers)))
    recorder.exchanges.append(Exchange(Request("GET", "/", "", {"host": "example.com"}), Response(200), 1, 2))
    found = distill(recorder.exchanges)
    lines = report_lines(found, {2: "calls.har", 6: "calls.har"})
    assert "left out: 1 call of other hosts" in lines
    assert "  calls.har:12:5 get -> 202: the scenario answers 200: another status" in lines
    assert "  calls.har: call 7 GET -> 200: the era has no such call" in lines


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ({"response": None, "answered_at": None}, "no call has an answer"),
        (
            {"request": Request("GET", "/v1/nowhere", "", {"host": "api.phaseo.app"}), "response": Response(404)},
            "no answer belongs to an operation of the contract",
        ),
    ],
)
def test_where_there_is_nothing_to_explain_nothing_is_explained(lost, reason):
    recorder = recording()
    found = distill([each._replace(**lost) for each in recorder.exchanges])
    assert "explained: 0 of 6 calls (0 %)" in report_lines(found, {})
    assert f"inconclusive: {reason}" in report_lines(found, {})
    assert "none of them explained" in found.text
    assert not found.is_proved
    value = report_json(found, {}, [])
    assert value["missing_answers"] == reason
    assert value["explained"] == 0
    assert not value["whole"]


def test_a_prefix_before_the_vendors_paths_is_said_and_not_quoted():
    exchanges = recording().exchanges
    prefixed = [each._replace(request=each.request._replace(path=f"/corp{each.request.path}")) for each in exchanges]
    lines = report_lines(distill(prefixed), {})
    assert lines[-1].endswith(
        ": the era has no such call; a prefix precedes its path: --path-prefix PREFIX cuts it off"
    )


def test_a_long_list_is_cut():
    recorder = recording(polls=MAX_LISTED + 5)
    for number in range(1, MAX_LISTED + 6):
        recorder.change_answer(number, http_status=202)
    lines = report_lines(distill(recorder.exchanges), {})
    assert lines[-1] == "  and 5 more"


def test_an_answer_that_the_scenario_does_not_give_is_said_to_be_missing():
    recorder = CallRecorder("phaseo@2026-06-11", "faults: [{on: cancel, do: {drop: reset}}]")
    job = recorder.call("create")
    recorder.call("cancel", job)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert report_json(found, {}, [])["whole"]


def test_what_the_play_misses_is_said():
    found = distill(bundled_recording("lost-create-answer-charges-twice"))
    assert "the scenario's own play does not give:" in report_lines(found, {})


def test_the_report_as_json_has_the_scenario():
    found = distill(recording().exchanges)
    value = report_json(found, {}, [{"code": "REC004"}])
    assert value["scenario"] == found.text
    assert value["explained"] == value["calls"] == 6
    assert not value["whole"]
