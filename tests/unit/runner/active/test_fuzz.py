"""What is made of generated requests: aimed at jobs that exist, repeatable, and what breaks over time is found."""

import json
import shlex
import subprocess

import pytest

from mockserver.client.http import Unreachable
from mockserver.contract.documents.capture import load_capture
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.clock import Clock
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.redaction.redactor import Redactor
from mockserver.runner.active.curl import curl_command
from mockserver.runner.active.fuzz import CrashCatchingTarget, Fuzzer, FuzzPlan, FuzzTarget, with_job_id
from mockserver.runner.active.fuzz_cases import FuzzCase, generate_cases
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource
from mockserver.runner.targets.factories import DEFAULT_START
from mockserver.runner.targets.in_process import InProcessTarget
from mockserver.stores import memory_store
from tests.support.fake_world import ERAS

PIN = "reap@2026-07-07"
STATUS = "/api/v1/automation/get-project-status"


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def cases() -> list[FuzzCase]:
    return list(generate_cases(load_capture("reap"), 6, 1, never))


def in_process_fake(pin: str = PIN) -> InProcessTarget:
    era = ERAS[pin]
    return InProcessTarget(
        Session(SessionSetup("fuzz", {era.vendor: era}, Clock(0, DEFAULT_START, 0.0), "0", memory_store)), era.vendor
    )


class Wrapped:
    """The fake, its answers changed on the way; and all that it was sent."""

    def __init__(self, change=lambda number, exchange: exchange) -> None:
        self.inner = in_process_fake()
        self.change = change
        self.sent: list[Request] = []

    def send(self, request: Request) -> Exchange:
        self.sent.append(request)
        return self.change(len(self.sent), self.inner.send(request))


def run_fuzzer(target: FuzzTarget, cases: list[FuzzCase], seed: int = 1) -> tuple[list[str], LiveJudge]:
    reported: list[str] = []
    source = TrafficSource(
        "a fake",
        "fuzz",
        "reap",
        "2026-07-07",
        alone=True,
        resend_command=lambda request: curl_command("http://x", request),
    )
    watcher = LiveJudge(source, Redactor(), lambda finding: reported.append(finding.rule))
    clock = getattr(target, "inner", None)
    Fuzzer(ERAS[PIN], target, watcher, FuzzPlan(seed, advance_to=clock and clock.advance_to)).run(cases)
    return reported, watcher


def test_the_same_seed_makes_the_same_requests(cases):
    assert list(generate_cases(load_capture("reap"), 6, 1, never)) == cases
    assert {case.operation for case in cases} >= {"createClips", "cancelProject", "getProjectStatus"}
    assert list(generate_cases(load_capture("reap"), 6, 1, lambda: True)) == []


def test_the_same_seed_sends_the_same_and_another_does_not(cases):
    sent = []
    for seed in (1, 1, 2):
        target = Wrapped()
        run_fuzzer(target, cases, seed)
        sent.append(target.sent)
    assert sent[0] == sent[1] != sent[2]


def test_the_fake_keeps_its_contract(cases):
    reported, watcher = run_fuzzer(Wrapped(), cases)
    checked = watcher.finish()
    assert set(reported) <= {"R9"}, "a window of a minute may let twenty through around its edge: a warning"
    assert checked.judged_count == checked.report.exchanges > len(cases) / 2


def reopened(number: int, exchange: Exchange) -> Exchange:
    """A cancelled project is sometimes shown as if nothing had happened."""
    response = exchange.response
    if exchange.request.path != STATUS or response is None or response.status != 200 or number % 2:
        return exchange
    body = json.loads(response.body)
    body["status"] = "processing" if body["status"] == "cancelled" else body["status"]
    return exchange._replace(response=response._replace(body=json.dumps(body).encode()))


def crashes(number: int, exchange: Exchange) -> Exchange:
    if exchange.request.path == STATUS:
        raise RuntimeError("no such key")
    return exchange


def test_a_job_that_comes_back_is_found(cases):
    reported, watcher = run_fuzzer(Wrapped(reopened), cases)
    assert "R14" in reported
    finding = next(each for each in watcher.finish().report.judgements[0].findings if each.rule == "R14")
    assert finding.story


def test_a_crash_of_the_embedded_fake_is_an_answer_and_its_request_is_reported(cases):
    reported, watcher = run_fuzzer(CrashCatchingTarget(Wrapped(crashes)), cases)
    assert reported
    finding = next(each for each in watcher.finish().report.judgements[0].findings if each.rule != "R9")
    assert finding.call.startswith("GET /api/v1/automation/get-project-status")
    assert finding.rerun.startswith("curl -i -X GET ")


def test_a_server_that_goes_away_is_unreachable(cases):
    class Gone(Wrapped):
        def send(self, request: Request) -> Exchange:
            if len(self.sent) > 20:
                raise Unreachable("http://x", "refused")
            return super().send(request)

    with pytest.raises(Unreachable):
        run_fuzzer(Gone(), cases)


def test_a_connection_that_breaks_once_is_a_call_without_an_answer(cases):
    class Flaky(Wrapped):
        def send(self, request: Request) -> Exchange:
            exchange = super().send(request)
            if len(self.sent) % 5 == 0:
                raise Unreachable("http://x", "reset")
            return exchange

    reported, watcher = run_fuzzer(Flaky(), cases)
    assert set(reported) <= {"R9"}
    assert watcher.unanswered_count > 0


def test_without_leave_only_reads_are_sent(cases):
    target = Wrapped()
    watcher = LiveJudge(TrafficSource("a fake", "fuzz", "reap"), Redactor(), lambda finding: None)
    Fuzzer(ERAS[PIN], target, watcher, FuzzPlan(1, allow_writes=False)).run(cases)
    assert {request.method for request in target.sent} == {"GET"}


def bound(operation: str):
    return load_rule_set("reap").resources["project"].bindings[operation]


def test_a_request_is_aimed_where_its_operation_has_the_id():
    status = with_job_id(Request("GET", STATUS, "a=1&projectId=x"), STATUS, bound("getProjectStatus"), "p1")
    assert status.query == "a=1&projectId=p1"
    cancel = with_job_id(Request("POST", "/c", body=b'{"a": 1, "projectId": 7}'), "/c", bound("cancelProject"), "p1")
    assert json.loads(cancel.body) == {"a": 1, "projectId": "p1"}
    broken = Request("POST", "/c", body=b"[")
    assert with_job_id(broken, "/c", bound("cancelProject"), "p1") is broken
    video = load_rule_set("phaseo").resources["video"].bindings["cancelVideo"]
    path = with_job_id(Request("POST", "/v1/videos/%00/cancel"), "/v1/videos/{video_id}/cancel", video, "G/1")
    assert path.path == "/v1/videos/G%2F1/cancel"


@pytest.mark.parametrize("body", [b"", b'{"a": "\xc2\x9f\'"}', b"\x00\xff'", b"it's", b"a\nb"])
def test_a_curl_line_says_the_same_to_a_shell(body):
    request = Request("POST", "/v1/a'b", "x=%20", {"x-api-key": "k1", "x-a": '"$HOME"'}, body)
    line = curl_command("http://h", request, ["x-api-key"], "k1")
    shown = subprocess.run(
        ["bash", "-c", line.replace("curl -i", "printf '%s\\n'").replace("@<(", "$(")], capture_output=True, check=True
    )
    words = shown.stdout.split(b"\n", 4)
    assert words[:2] == [b"-X", b"POST"]
    assert words[2] == b"http://h/v1/a'b?x=%20"
    assert '"x-api-key: $API_KEY"' in line
    assert "k1" not in line
    assert shlex.split(line.partition(" --data")[0])


def test_a_request_whose_body_is_no_text_is_sent_as_bytes():
    assert "--data-binary @<(printf '\\000\\377')" in curl_command("http://h", Request("PUT", "/a", body=b"\0\xff"))
    assert Request("GET", "/").body == b""
    assert Response(200).body == b""
