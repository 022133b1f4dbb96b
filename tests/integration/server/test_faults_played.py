"""A play meets the same faults in process and over HTTP, and the judge treats them equally."""

from collections.abc import Iterator
from contextlib import suppress
from http.client import BadStatusLine, IncompleteRead

import pytest

from mockserver.runner.judge.contract_lint import contract_violations
from mockserver.runner.judge.judges import ServerJudge
from mockserver.runner.play.results import PlayOutcome, PlayResult
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets, mock_server_targets
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.faults.table import FAULT_KINDS
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from tests.support.fake_server import fake_server
from tests.support.fake_world import VENDORS

WORDS_PLAYED = [word for word in FAULT_KINDS.values() if word.keyword != "frames"]
MORE = ["length: {less: 10}", "drop: before-headers", "drop: mid-body", "silence: mid-body", "status: 429",
        "status: 500, handled: true", "delay: {mean: 3s, spread: 1s}", "truncate: 5", "chunked: {size: 100}",
        "content_encoding: gzip", "content_encoding: br", "content_encoding: {broken: cut}",
        "content_encoding: {broken: checksum}", "content_encoding: {says: identity, sends: gzip}",
        "content_encoding: {sends: identity}"]  # fmt: skip
FAULT_ACTIONS = [*(word.example for word in WORDS_PLAYED), *MORE]
MUST_BE_DECLARED = {"malformed": "S8", "content_type": "S2", "charset": "S8"}


def scenario(do: str, on: str = "get", more: str = "", play: str = "") -> Scenario:
    text = f"""
scenario: wrong
vendor: phaseo@2026-06-11
clock: {{start: "2026-10-01T12:00:00Z"}}
timeline: [queued: 5s, processing: 60s, completed]
faults: [{{on: {on}, do: {{{do}}}, when: {{call: [1, 3]}}}}]
{more}
play:
{play}
"""
    return load_scenario(text.encode(), VENDORS)


SEEN = """
  - create:
  - {at: 10s, get: {one_of: [{}, {status: 503}, {status: 500}, {status: 429}, {no_answer: true}]}, times: 3, every: 1s}
  - cancel:
  - get: {one_of: [{}, {status: 503}]}
"""


def statuses_and_delays(played: PlayResult) -> list[object]:
    """Return, for each step, the status and the delay of the answer, or None if there was none."""
    return [
        None if (exchange := tried.exchange) is None or exchange.response is None
        else (exchange.response.status, (exchange.answered_at or 0) - exchange.sent_at)
        for tried in played.steps
    ]  # fmt: skip


def all_failures(played: PlayResult) -> list[str]:
    return [*played.failures, *(why for tried in played.steps for why in (*tried.failures, tried.inconclusive) if why)]


@pytest.fixture(scope="module")
def fault_server_url() -> Iterator[str]:
    """Start a server that knows a scenario for each fault."""
    known = [scenario(do, play=SEEN) for do in FAULT_ACTIONS]
    scenarios = {f"wrong-{number}": one for number, one in enumerate(known)}
    with fake_server(judged=False, find_scenario=scenarios.get, scenario_names=lambda: sorted(scenarios)) as running:
        yield running.url


@pytest.mark.parametrize("do", FAULT_ACTIONS)
def test_in_process_and_over_http_the_answers_are_equal(fault_server_url, do):
    one = scenario(do, play=SEEN)
    in_process = Suite(VENDORS, in_process_targets(memory_store)).play(one)
    over_http = Suite(VENDORS, mock_server_targets(fault_server_url)).play(
        one._replace(name=f"wrong-{FAULT_ACTIONS.index(do)}")
    )
    assert statuses_and_delays(in_process) == statuses_and_delays(over_http)
    must_be_declared = do.partition(":")[0] in MUST_BE_DECLARED
    assert bool(all_failures(in_process)) is must_be_declared
    assert bool(all_failures(over_http)) is must_be_declared


@pytest.mark.parametrize("do", [do for do in FAULT_ACTIONS if do.partition(":")[0] not in MUST_BE_DECLARED])
def test_faults_of_any_service_need_no_declaration(do):
    one = scenario(do, on="'*'", play=SEEN)
    played = Suite(VENDORS, in_process_targets(memory_store)).play(one)
    assert [failure for failure in all_failures(played) if "contract" in failure] == []
    assert contract_violations(one, VENDORS["phaseo"].eras[3], memory_store) == []


@pytest.mark.parametrize(
    ("do", "rule"),
    [("malformed: cut", "S8"), ("content_type: text/html", "S2"), ("status: 418", "S1"), ("corrupt: {/id: 5}", "S3")],
)
def test_faults_off_contract_are_refused_unless_declared(do, rule):
    one = scenario(do, play="  - create:")
    era = VENDORS["phaseo"].eras[3]
    (problem,) = contract_violations(one, era, memory_store)
    assert problem.code == "RUN006"
    assert f" {rule} " in problem.message
    assert problem.location.line == 6
    declared = scenario(do, more=f"off_contract: {{{rule}: on purpose}}", play="  - create:")
    assert contract_violations(declared, era, memory_store) == []


def test_a_cancel_with_a_lost_answer_may_have_taken_effect():
    play = """
  - create:
  - {at: 10s, cancel: {no_answer: true}}
  - get: {body: {status: cancelled}}
"""
    played = Suite(VENDORS, in_process_targets(memory_store)).play(scenario("drop: reset", on="cancel", play=play))
    assert all_failures(played) == []
    assert played.outcome == PlayOutcome.OK


def test_a_scripted_stale_read_is_not_a_finding():
    play = """
  - create:
  - {at: 10s, cancel: }
  - {after: 1s, get: {body: {status: processing}}}
  - get: {body: {status: cancelled}}
"""
    played = Suite(VENDORS, in_process_targets(memory_store)).play(scenario("stale: 5s", play=play))
    assert all_failures(played) == []


@pytest.mark.parametrize("do", FAULT_ACTIONS)
def test_a_checking_server_reports_only_faults_that_must_be_declared(do):
    one = scenario(do, play="  - create:")
    key = {"Authorization": "Bearer scenario:wrong"}
    with fake_server(judged=False, checker=ServerJudge(), known=[one]) as server:
        job = server.request("POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}, key).json["id"]
        with suppress(IncompleteRead, ConnectionError, BadStatusLine):
            server.request("GET", f"/v1/videos/{job}", None, {**key, "X-Mock-Delay": "skip"})
        noted = server.admin("journal?operation=get", session="wrong")["entries"][0]["note"]
        word = do.partition(":")[0]
        # A whole read of a video has no Range and no lines.
        assert (f"fault-1: {word}" in noted) is (word not in ("range", "lines"))
        assert ("breaks" in noted) is (word in {*MUST_BE_DECLARED, "corrupt"})


def test_contract_lint_covers_operations_of_other_kinds():
    text = "scenario: s\nvendor: twelvelabs\nfaults: [{on: [get_task, create], do: {status: 418}}]\n"
    one = load_scenario(text.encode(), VENDORS)
    problems = contract_violations(one, VENDORS["twelvelabs"].eras[-1], memory_store)
    assert [problem.location.line for problem in problems] == [3]
