"""`mockserver proxy` from greeting to report: findings, recordings, and secrets that it must not write."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle
from threading import Event, Thread

import pytest

from mockserver.cli.commands import proxy as proxy_
from mockserver.recordings.recording import read_recording
from mockserver.server.proxy.proxy import Proxy
from mockserver.server.proxy.serve import proxy_forever
from tests.support.certificates import make_authority, server_tls_context
from tests.support.fake_server import fake_server
from tests.support.http_client import ServerResponse, send_request
from tests.support.interrupted import interrupted_after
from tests.support.paths import ROOT
from tests.support.raw_server import one_response_server

SECRET = "sk_live_4242424242abcdef"
CREATE = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse", "duration": 5}


def send(url: str, method: str, path: str, body: object = None, key: str = SECRET) -> ServerResponse:
    """Send a request of Phaseo's API through the proxy."""
    return send_request(f"{url}{path}", method, body, {"Authorization": f"Bearer {key}"})


@pytest.fixture
def proxy(mockserver, monkeypatch):
    """Run the command with traffic in another thread, and Ctrl-C after it."""

    def run(traffic: Callable[[str], object], *arguments: object):
        monkeypatch.setattr(proxy_, "proxy_forever", interrupted_after(traffic, proxy_forever))
        return mockserver("proxy", "--port", 0, *arguments)

    return run


def send_calls_of_one_job(url: str) -> None:
    made = send(url, "POST", "/v1/videos", CREATE).json["id"]
    send(url, "GET", f"/v1/videos/{made}")
    send(url, "POST", f"/v1/videos/{made}/cancel")
    send(url, "GET", f"/v1/videos/{made}")
    send(url, "GET", f"/v1/videos?token={SECRET}")


def test_a_correct_server_is_0_and_the_recording_has_no_secret(proxy, mockserver, tmp_path):
    with fake_server("phaseo@2026-06-11") as server:
        result = proxy(
            send_calls_of_one_job,
            "--upstream",
            server.url,
            "--vendor",
            "phaseo@2026-06-11",
            "--record",
            "calls.jsonl",
            "--junit",
            "r.xml",
        )
    assert result.code == 0, result
    assert "judged as  phaseo@2026-06-11" in result.out
    assert "proxied, 5 calls" in result.out
    assert "calls.jsonl: 5 calls" in result.err
    assert b'failures="0"' in (tmp_path / "r.xml").read_bytes()
    written = (tmp_path / "calls.jsonl").read_bytes()
    assert SECRET.encode() not in written
    assert b"Bearer [redacted:key-1]" in written
    assert len(list(read_recording(tmp_path / "calls.jsonl"))) == 5
    assert mockserver("check", "calls.jsonl", "--vendor", "phaseo@2026-06-11").code == 0


def test_without_a_date_the_era_is_detected_as_check_does(proxy, mockserver, tmp_path):
    with fake_server("phaseo@2026-06-11") as server:
        result = proxy(send_calls_of_one_job, "--upstream", server.url, "--record", "calls.jsonl")
    assert result.code == 0, result
    assert "judged as  the vendor of each call, in the era that fits best" in result.out
    assert "judged as  phaseo@2026-08-05 fits better than 2026-10-02: cancelVideo 200\n" in result.out
    lines = [line for line in result.out.splitlines() if "era detected" in line]
    again = mockserver("check", "calls.jsonl")
    assert lines == [line for line in again.out.splitlines() if "era detected" in line]
    assert "P11" not in result.out


def json_responses(*bodies: dict) -> tuple[bytes, ...]:
    texts = [json.dumps(body).encode() for body in bodies]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    return tuple(head + b"%d\r\nConnection: close\r\n\r\n" % len(text) + text for text in texts)


PROJECT = {"id": "65f1a2b3c4d5e6f7a8b9c0d1", "createdAt": "2026-08-01T00:00:00Z", "updatedAt": "2026-08-01T00:00:00Z"}
REOPENED = tuple({**PROJECT, "status": status} for status in ("processing", "completed", "processing"))
STATUS = f"/api/v1/automation/get-project-status?projectId={PROJECT['id']}"


def poll_status(url: str) -> None:
    for _ in REOPENED:
        send(url, "GET", STATUS)


def test_a_broken_rule_over_time_is_printed_at_once_and_is_1(proxy):
    with one_response_server(*json_responses(*REOPENED)) as (url, _):
        result = proxy(poll_status, "--upstream", url)
    assert result.code == 1, result
    lines = [line for line in result.out.splitlines() if line.startswith("error R14 GET ")]
    assert len(lines) == 1
    assert "exit 1: findings at level error" in result.out
    assert SECRET not in result.out + result.err


def test_the_rerun_line_judges_the_recording_in_the_same_era(proxy, mockserver, tmp_path):
    recording = tmp_path / "calls.jsonl"
    with one_response_server(*json_responses(*REOPENED)) as (url, _):
        result = proxy(poll_status, "--upstream", url, "--record", recording)
    assert result.code == 1
    [line] = {line.partition("mockserver check ")[2] for line in result.out.splitlines() if "mockserver check" in line}
    assert line.split() == [str(recording)]
    again = mockserver("check", *line.split())
    assert again.code == 1
    assert next(each for each in again.out.splitlines() if "reap@" in each) in result.out


def test_with_json_only_the_report_goes_to_stdout(proxy):
    with one_response_server(*json_responses(*REOPENED)) as (url, _):
        result = proxy(poll_status, "--upstream", f"{url}/api/v1/automation", "--json")
    report = json.loads(result.out)
    assert report["exit_code"] == result.code == 1
    assert {each["rule"] for each in report["groups"] if each["counts"]} >= {"R14"}
    assert "error R14" in result.err


def test_without_traffic_it_is_3(proxy):
    result = proxy(lambda url: None, "--upstream", "http://127.0.0.1:1")
    assert result.code == 3
    assert "no request came" in result.out


def test_an_unreachable_upstream_is_3(proxy):
    result = proxy(lambda url: send(url, "GET", "/v1/videos"), "--upstream", "http://127.0.0.1:1")
    assert result.code == 3
    assert "1 without an answer" in result.out


def test_an_untrusted_certificate_is_logged_and_is_3(proxy, tmp_path, caplog):
    tls = server_tls_context(make_authority(tmp_path))
    with one_response_server(b"", tls=tls) as (url, _):
        result = proxy(lambda it: send(it, "GET", "/v1/videos"), "--upstream", url, "--vendor", "phaseo")
    assert result.code == 3
    assert "its certificate is not trusted: unable to get local issuer certificate" in caplog.text
    with one_response_server(*json_responses({"data": []}), tls=tls) as (url, _):
        trusted = ("--ca", tmp_path / "ca.pem")
        result = proxy(lambda it: send(it, "GET", "/v1/videos"), "--upstream", url, "--vendor", "phaseo", *trusted)
    assert "1 of 1 answer judged" in result.out


def test_a_secret_that_redaction_misses_ends_the_recording_but_not_the_traffic(proxy, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("HOOK", "correct horse battery staple")
    monkeypatch.setattr("mockserver.redaction.redactor.Redactor.redact_exchange", lambda self, exchange: exchange)
    bodies = ({"data": []}, {"data": [], "note": "correct horse battery staple"}, {"data": []})
    with one_response_server(*json_responses(*bodies)) as (url, asked):
        result = proxy(
            lambda it: [send(it, "GET", "/v1/videos", key="x") for _ in bodies],
            *("--upstream", url, "--vendor", "phaseo", "--record", "calls.jsonl", "--secret-env", "HOOK"),
        )
    assert len(asked) == 3
    assert result.code in (1, 2)
    assert "recording stopped after 1 call;" in caplog.text
    assert (tmp_path / "calls.jsonl").read_bytes().count(b"\n") == 1
    assert "calls.jsonl: 1 call; it stopped there" in result.err
    assert "horse" not in result.out + result.err + caplog.text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--upstream", "ftp://x"), "SRV008"),
        (("--upstream", "http://x", "--vendor", "faseo"), "CON005"),
        (("--upstream", "http://x", "--secret-env", "NOT_SET"), "CLI008"),
        (("--upstream", "http://x", "--record", "/dev/null/calls.jsonl"), "SRV010"),
        (("--upstream", "https://x", "--ca", "nowhere.pem"), "SRV011"),
    ],
)
def test_an_unusable_argument_is_2(mockserver, arguments, code):
    result = mockserver("proxy", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(code)


def test_more_signals_do_not_cost_the_report(tmp_path):
    command = [sys.executable, "-m", "mockserver", "proxy", "--port", "0", "--record", "calls.jsonl"]
    with fake_server("phaseo@2026-06-11") as server:
        process = subprocess.Popen(
            [*command, "--upstream", server.url, "--vendor", "phaseo@2026-06-11"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        send_calls_of_one_job(url)
        ended = Event()

        def send_signals() -> None:
            for number in cycle((signal.SIGINT, signal.SIGTERM)):
                if ended.wait(0.01) or process.poll() is not None:
                    return
                process.send_signal(number)

        sender = Thread(target=send_signals)
        sender.start()
        out, err = process.communicate(timeout=60)
        ended.set()
        sender.join()
    assert out.endswith("\nexit 0: no findings at level error\n")
    assert err == "calls.jsonl: 5 calls\n"


def test_signals_are_blocked_while_the_proxy_closes(proxy, monkeypatch):
    close = Proxy.close
    blocked: set[int] = set()

    async def note_and_close(closing: Proxy) -> None:
        blocked.update(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        await close(closing)

    monkeypatch.setattr(Proxy, "close", note_and_close)
    proxy(lambda url: None, "--upstream", "http://127.0.0.1:9")
    assert blocked >= {signal.SIGINT, signal.SIGTERM}
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM}, "only until it ends"


def test_an_upstream_that_is_down_is_reported_in_plain_words(proxy):
    answers = []
    result = proxy(lambda url: answers.append(send(url, "GET", "/v1/videos")), "--upstream", "http://127.0.0.1:9")
    assert answers[0].json["detail"] == "http://127.0.0.1:9 cannot be reached: connection refused"
    assert answers[0].json["hint"] == "Is it running, and is --upstream right?"
    assert result.code == 3
    assert "exit 3: inconclusive: http://127.0.0.1:9: no call has an answer" in result.out
