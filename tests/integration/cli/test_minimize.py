"""`mockserver distill --minimize`: a real check, run with one served scenario after another."""

import json
import os
import sys

import pytest

from mockserver.core.instants import SECOND
from tests.support.call_recorder import CallRecorder, write_har

CLIENT = """
import json, os, sys, urllib.error, urllib.request

BASE, KEY = os.environ["MOCKSERVER_TRIAL_BASE_URL"], os.environ["PHASEO_API_KEY"]
assert sys.argv[1:] == [BASE, KEY]


def call(method, path, body=None):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers, method=method)) as answer:
        return json.load(answer)


try:
    video = call("POST", "/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x"})
    while video["status"] not in ("completed", "failed"):
        video = call("GET", f"/videos/{video['id']}")
except urllib.error.HTTPError as error:
    print("refused with", error.code)
    sys.exit(error.code == 503)
"""
CHECK = f"{sys.executable} client.py {{base_url}} {{key}}"


@pytest.fixture
def calls(tmp_path):
    """Record polls with a 503 between them, and a cancel; the client of the check stumbles over the 503 only."""
    script = (
        "timeline: [queued: 12s, processing: 40s, completed]\n"
        "faults: [{on: get, when: {between: [10s, 50s]}, do: {status: 503, retry_after: 7s}}]"
    )
    recorder = CallRecorder("phaseo@2026-10-02", script)
    job = recorder.call("create")
    recorder.poll(job, 20, 3 * SECOND)
    recorder.call("cancel", job)
    write_har(tmp_path / "calls.har", recorder.exchanges)
    (tmp_path / "client.py").write_text(CLIENT)


def script(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_only_what_the_client_stumbles_over_is_left(calls, mockserver, tmp_path):
    result = mockserver("distill", "calls.har", "--minimize", CHECK, "-o", "bug.yaml")
    assert result.code == 0, result.err
    text = (tmp_path / "bug.yaml").read_text()
    assert script(text) == [
        "scenario: bug",
        "vendor: phaseo@2026-10-02",
        "faults: [{on: get, do: {status: 503}}]",
    ]
    assert "client.py {base_url} {key}" in text
    assert "every line is needed" in result.err
    assert " -> 3, " in result.err, "without a terminal each smaller scenario is a line"
    assert mockserver("lint", "bug.yaml").code == 0


def test_the_report_as_json_has_the_minimized_scenario(calls, mockserver):
    result = mockserver("distill", "calls.har", "--minimize", CHECK, "--json", "--runs", "3")
    assert result.code == 3
    value = json.loads(result.out)
    assert value["minimized"]["ended"] == "budget"
    assert value["minimized"]["runs"] == 3
    assert "Not every line may be needed" in value["scenario"]


def test_a_check_that_does_not_fail_is_refused_and_nothing_is_written(calls, mockserver, tmp_path):
    result = mockserver("distill", "calls.har", "--minimize", "echo all well", "-o", "bug.yaml")
    assert result.code == 2
    assert "DST003" in result.err
    assert "exit code 0 (all well)" in result.err
    assert not (tmp_path / "bug.yaml").exists()


def test_a_check_that_does_not_exist_is_refused(calls, mockserver):
    result = mockserver("distill", "calls.har", "--minimize", "no-such-program-of-any-name")
    assert result.code == 2
    assert "DST004" in result.err


def test_a_check_that_hangs_ends_at_its_deadline(calls, mockserver):
    check = f'{sys.executable} -c "import time; time.sleep(600)"'
    result = mockserver("distill", "calls.har", "--minimize", check, "--deadline", "300ms")
    assert result.code == 2
    assert "it still ran at its deadline" in result.err


@pytest.mark.parametrize("option", ["--runs", "--budget", "--deadline", "--clock"])
def test_the_options_of_the_search_need_a_check(calls, mockserver, option):
    result = mockserver("distill", "calls.har", option, "5" if option == "--runs" else "5s")
    assert result.code == 2
    assert f"{option} is for --minimize CHECK" in result.err


def test_a_shell_variable_of_the_same_name_stays(calls, mockserver, monkeypatch):
    monkeypatch.setenv("key", "1")
    result = mockserver("distill", "calls.har", "--minimize", "exit ${key}")
    assert "it ended with exit code 1" in result.err


@pytest.mark.parametrize("check", ["false x", "echo no such host; exit 1"])
def test_a_check_that_fails_without_a_request_is_refused(calls, mockserver, check):
    result = mockserver("distill", "calls.har", "--minimize", check)
    assert result.code == 2
    assert "DST005 no request of the check reached the session" in result.err


@pytest.mark.parametrize("word", ["base", "url", "session"])
def test_an_unknown_placeholder_of_the_check_is_refused(calls, mockserver, word):
    result = mockserver("distill", "calls.har", "--minimize", f"curl -f {{{word}}}/videos || exit 1")
    assert result.code == 2
    assert f"TRI004 the command has an unknown placeholder {{{word}}}" in result.err
    assert "{base_url}, {key}, {scenario}" in result.err


def test_the_clock_of_the_check_can_be_chosen(calls, mockserver):
    """A client that does not sleep meets nothing but a limit where only real time passes."""
    result = mockserver("distill", "calls.har", "--minimize", CHECK, "--clock", "real")
    assert result.code == 2
    assert "it ended with exit code 0 (refused with 429)" in result.err
    assert mockserver("distill", "calls.har", "--minimize", CHECK, "--clock", "never").code == 2


def test_an_interrupted_search_writes_what_it_has_found(calls, mockserver, tmp_path):
    """The ninth run sends the signal of Ctrl-C to the command, and hangs."""
    interrupting = f"kill -INT {os.getpid()}; sleep 600"
    check = f"echo run >> runs; [ $(wc -l < runs) -gt 8 ] && {{ {interrupting}; }}; {CHECK}"
    result = mockserver("distill", "calls.har", "--minimize", check, "-o", "bug.yaml")
    assert result.code == 130
    text = (tmp_path / "bug.yaml").read_text()
    assert "Not every line may be needed" in text
    assert "interrupted" in result.err
    assert "status: 503" in text
