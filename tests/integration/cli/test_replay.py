"""`mockserver replay` from greeting to summary: options, exit codes, and recordings that it cannot serve."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.cli.commands import replay as replay_
from mockserver.recordings.recording import write_journal
from mockserver.replay.http_server import replay_forever
from tests.support.http_client import send_request
from tests.support.interrupted import interrupted_after
from tests.support.recorded_jobs import JOB, VIDEOS, TestRecording, recorded_job

SECRET = "sk_live_4242424242abcdef"
CASSETTE = """
interactions:
- request: {method: GET, uri: https://api.phaseo.app/v1/videos/v1, body: null, headers: {}}
  response: {status: {code: 200, message: OK}, headers: {}, body: {string: '{"id": "v1", "status": "queued"}'}}
version: 1
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    recording = recorded_job((5, "queued"), (10, "completed"), (11, f"GET {VIDEOS}/{JOB}/content", None))
    path = tmp_path / "calls.jsonl"
    write_journal(recording, path)
    return path


@pytest.fixture
def replay(mockserver, monkeypatch):
    """Run the command with traffic in another thread, and Ctrl-C after it."""

    def run(traffic: Callable[[str], object], *arguments: object):
        def serve_and_remember(server, *address):
            run.servers = [server]
            replay_forever(server, *address)

        monkeypatch.setattr(replay_, "replay_forever", interrupted_after(traffic, serve_and_remember))
        return mockserver("replay", "--port", 0, *arguments)

    return run


def poll_once(url: str) -> None:
    send_request(f"{url}{VIDEOS}", "POST", {})
    assert send_request(f"{url}{VIDEOS}/{JOB}").json["status"] == "queued"


def ask_for_more(url: str) -> None:
    poll_once(url)
    send_request(f"{url}{VIDEOS}/{JOB}/cancel?token={SECRET}", "POST")
    assert send_request(f"{url}{VIDEOS}/{JOB}").json["status"] == "completed"
    send_request(f"{url}{VIDEOS}/{JOB}/content")


def test_a_run_that_the_recording_answers_is_0(replay, calls):
    result = replay(poll_once, calls, "--strict")
    assert result.code == 0, result
    assert "replay on http://127.0.0.1:" in result.out
    assert f"recording  {calls}: 4 exchanges, 1 job" in result.out
    assert "1 exchange without an answer, or without its body" in result.out
    assert "by         time, clock real" in result.out
    assert result.err == "2 requests answered, 0 not in the recording\n"


def test_what_was_not_recorded_is_listed_and_strict_makes_it_1(replay, calls):
    result = replay(ask_for_more, calls, "--by", "poll", "--strict")
    assert result.code == 1, result
    assert "by         poll, clock real" in result.out
    assert "3 requests answered, 1 not in the recording" in result.err
    assert "1 request recorded without an answer" in result.err
    assert f"1 x POST {VIDEOS}/{JOB}/cancel" in result.err
    assert SECRET not in result.out + result.err


@pytest.mark.parametrize("prefix", ["", "/s/mine"])
def test_a_question_of_our_own_tools_is_no_request_of_the_client(replay, calls, prefix):
    def ask_for_version(url: str) -> None:
        assert send_request(f"{url}{prefix}/__mock/version").status == 501

    assert replay(ask_for_version, calls, "--strict").code == 3

    def ask_and_poll(url: str) -> None:
        ask_for_version(url)
        poll_once(url)

    result = replay(ask_and_poll, calls, "--strict")
    assert result.code == 0
    assert "2 requests answered, 0 not in the recording" in result.err


def test_without_strict_it_is_0(replay, calls):
    assert replay(ask_for_more, calls, "--by", "poll").code == 0


def test_a_strict_run_without_a_request_proves_nothing(replay, calls):
    assert replay(lambda url: None, calls, "--strict").code == 3


def test_a_long_list_is_cut(replay, calls):
    def ask(url: str) -> None:
        for number in range(25):
            send_request(f"{url}/unknown/{number}")

    result = replay(ask, calls)
    assert "    and 5 more" in result.err


def test_a_program_gets_the_address_as_json(replay, calls):
    seen = []
    result = replay(seen.append, calls, "--ready-json")
    ready = json.loads(result.out)
    assert ready["url"] == seen[0] == f"http://{ready['host']}:{ready['port']}"


def test_a_scaled_and_an_automatic_clock_are_named(replay, calls):
    assert "by         time, clock x60" in replay(poll_once, calls, "--clock", "x60").out
    assert "by         time, clock auto:5s" in replay(poll_once, calls, "--clock", "auto").out


def test_a_clock_that_stands_still_is_refused(mockserver, calls):
    result = mockserver("replay", calls, "--clock", "manual")
    assert result.code == 2
    assert "real, xN or auto" in result.err


def test_a_clock_that_is_none_gets_the_modes_that_a_recording_can_have(mockserver, calls):
    result = mockserver("replay", calls, "--clock", "foo")
    assert result.code == 2
    assert "real, x60 for an hour in a minute, or auto: " in result.err
    assert "manual" not in result.err


def test_a_cassette_is_served_by_poll_and_not_by_time(replay, mockserver, tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text(CASSETTE)
    result = replay(lambda url: send_request(f"{url}{VIDEOS}/v1"), path)
    assert "by         poll" in result.out
    assert "1 request answered" in result.err
    refused = mockserver("replay", path, "--by", "time")
    assert refused.code == 2
    assert "RPL005" in refused.err


def test_a_recording_without_answers_is_refused(mockserver, tmp_path):
    recording = TestRecording()
    recording.add(0, f"GET {VIDEOS}", None)
    write_journal(recording, tmp_path / "calls.jsonl")
    result = mockserver("replay", tmp_path / "calls.jsonl")
    assert result.code == 2
    assert "RPL001" in result.err


def test_parts_that_the_recorder_left_out_are_said(replay, calls):
    with calls.open("a") as file:
        file.write("no JSON\n")
    assert "1 x line that is no JSON" in replay(poll_once, calls).out


def test_a_torn_recording_is_served_up_to_its_end_and_the_rest_is_said(replay, tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text(CASSETTE.replace("version: 1", "- request: {method: GE"))
    result = replay(lambda url: send_request(f"{url}{VIDEOS}/v1"), path)
    assert result.code == 0
    assert "1 exchange, 1 job" in result.out
    assert "REC0" in result.err
    assert "1 request answered" in result.err


def test_a_recording_of_which_nothing_can_be_read_is_refused(mockserver, tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text("interactions:\n- request: {method: GE")
    result = mockserver("replay", path)
    assert result.code == 2
    assert "REC0" in result.err


def test_a_bug_is_4(replay, calls):
    def fail(url: str) -> None:
        replay.servers[-1].failed = True

    assert replay(fail, calls).code == 4
