"""`mockserver distill`: a recording becomes a scenario that can be tested and served."""

import gzip
import io
import json

import pytest

from mockserver.core.instants import SECOND, rfc3339
from mockserver.recordings.recording import write_journal
from tests.support.call_recorder import CLIENT_KEY, PERSONAL_TEXT, CallRecorder, write_har
from tests.support.paths import ROOT

SAMPLES = ROOT / "tests" / "integration" / "recordings" / "samples"


@pytest.fixture
def calls(tmp_path):
    """Record a browser's calls with a refused cancel among them."""
    recorder = CallRecorder("phaseo@2026-06-11", "timeline: [queued: 12s, processing: 40s, completed]")
    job = recorder.call("create")
    recorder.poll(job, 20, 3 * SECOND)
    recorder.call("cancel", job)
    recorder.call("get", job)
    write_har(tmp_path / "calls.har", recorder.exchanges)
    return recorder


def test_a_browsers_recording_becomes_a_scenario_that_passes(calls, mockserver, tmp_path):
    result = mockserver("distill", "calls.har")
    assert result.code == 0
    assert "explained: 23 of 23 calls (100 %)" in result.err
    (tmp_path / "bug.yaml").write_text(result.out)
    assert mockserver("lint", "bug.yaml").code == 0
    assert mockserver("test", "bug.yaml").code == 0


def test_what_is_distilled_can_be_served(calls, mockserver, serve):
    mockserver("distill", "calls.har", "-o", "bug.yaml")
    process = serve("bug.yaml", "--port", "0")
    assert any("calls" in line or "bug" in line for line in process.greeting)


def test_nothing_of_the_recordings_texts_is_printed(calls, mockserver, tmp_path):
    recorded = (tmp_path / "calls.har").read_text()
    result = mockserver("distill", "calls.har", "--json")
    assert result.code == 0
    for text in (CLIENT_KEY, PERSONAL_TEXT):
        assert text in recorded
        assert text not in result.out + result.err


def test_the_report_as_json_has_the_scenario(calls, mockserver):
    value = json.loads(mockserver("distill", "calls.har", "--json").out)
    assert value["whole"]
    assert value["lines"] <= 8
    assert value["scenario"].startswith("# Distilled from 23 recorded calls")


def test_a_file_is_written_once(calls, mockserver, tmp_path):
    assert mockserver("distill", "calls.har", "-o", "bug.yaml").out == ""
    written = (tmp_path / "bug.yaml").read_text()
    assert "scenario: bug\n" in written
    (tmp_path / "bug.yaml").write_text("mine")
    refused = mockserver("distill", "calls.har", "-o", "bug.yaml")
    assert refused.code == 2
    assert "CLI016 bug.yaml exists" in refused.err
    assert (tmp_path / "bug.yaml").read_text() == "mine"
    assert mockserver("distill", "calls.har", "-o", "bug.yaml", "--force").code == 0
    assert (tmp_path / "bug.yaml").read_text() == written


def test_the_recording_is_never_overwritten(calls, mockserver):
    refused = mockserver("distill", "calls.har", "-o", "calls.har", "--force")
    assert refused.code == 2
    assert "CLI012" in refused.err


def test_the_webhooks_that_listen_has_received_are_a_further_recording(mockserver, tmp_path):
    recorder = CallRecorder("reap@2026-07-07", "webhooks: {receiver: [500]}")
    recorder.poll(recorder.call("create"), 20, 3 * SECOND)
    write_har(tmp_path / "calls.har", recorder.exchanges)
    recorder.exchanges.clear()
    recorder.receive_deliveries()
    (hook,) = recorder.exchanges
    row = {
        "at": rfc3339(hook.sent_at, digits=6),
        "vendor": "reap",
        "event": "completed",
        "job": "p",
        "attempt": None,
        "signature": "unsigned, as always",
        "path": "/",
        "answered": 500,
        "body": json.loads(hook.request.body),
    }
    (tmp_path / "hooks.jsonl").write_text(json.dumps(row) + "\n")
    result = mockserver("distill", "calls.har", "hooks.jsonl", "-o", "bug.yaml")
    assert result.code == 0, result.err
    text = (tmp_path / "bug.yaml").read_text()
    assert "webhooks: {receiver: [500]}" in text
    assert "deliveries: {events: [completed], answers: [500]}" in text
    assert mockserver("test", "bug.yaml").code == 0


def test_standard_input_is_read(calls, mockserver, monkeypatch, tmp_path):
    data = gzip.compress((tmp_path / "calls.har").read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    result = mockserver("distill", "-")
    assert result.code == 0
    assert "scenario: recorded\n" in result.out


def test_several_recordings_are_one(calls, mockserver, tmp_path):
    write_har(tmp_path / "first.har", calls.exchanges[:9])
    write_journal(calls.exchanges[9:], tmp_path / "second.jsonl")
    result = mockserver("distill", "first.har", "second.jsonl", "--name", "both")
    assert result.code == 0
    assert "23 calls" in result.err
    assert "scenario: both\n" in result.out


def test_a_part_that_is_not_explained_is_3_and_has_its_position(calls, mockserver, tmp_path):
    calls.change_answer(3, http_status=202)
    write_har(tmp_path / "calls.har", calls.exchanges)
    result = mockserver("distill", "calls.har")
    assert result.code == 3
    assert "not explained:\n  calls.har:1:" in result.err


def test_a_torn_recording_is_distilled_as_far_as_it_goes(calls, mockserver, tmp_path):
    whole = (tmp_path / "calls.har").read_bytes()
    (tmp_path / "calls.har").write_bytes(whole[: len(whole) * 2 // 3])
    result = mockserver("distill", "calls.har")
    assert result.code == 3
    assert "REC004" in result.err
    assert "play:" in result.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("missing.har",), "REC001"),
        (("other.har",), "DST001"),
        (("calls.har", "--vendor", "nobody"), "CON005"),
        (("calls.har", "--vendor", "phaseo@1999-01-01"), "CON006"),
    ],
)
def test_an_unusable_recording_or_vendor_is_2(calls, mockserver, tmp_path, arguments, code):
    (tmp_path / "other.har").write_text('{"log": {"entries": []}}')
    result = mockserver("distill", *arguments)
    assert result.code == 2
    assert code in result.err
    assert result.out == ""


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_recording_of_any_recorder_gives_a_scenario_or_a_reason(mockserver, tmp_path, sample):
    result = mockserver("distill", SAMPLES / sample)
    assert result.code in (0, 2, 3)
    assert result.err
    if result.out:
        (tmp_path / "bug.yaml").write_text(result.out)
        assert mockserver("lint", "bug.yaml").code == 0


def test_a_name_has_only_the_letters_of_names(calls, mockserver, tmp_path):
    (tmp_path / "calls.har").rename(tmp_path / "My Calls (2).har")
    assert "scenario: my-calls-2\n" in mockserver("distill", "My Calls (2).har").out
