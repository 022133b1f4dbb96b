"""`mockserver test`: targets, reports and exit codes."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mockserver.runner.reports.plays.json_report import PLAYS_VERSION
from mockserver.runner.suite import Suite, strip_vendor_prefix
from mockserver.runner.targets.factories import live_targets
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.vendors.registry import installed_vendors
from tests.support.fake_server import fake_server
from tests.support.fake_world import VENDORS
from tests.support.live_api import live_api
from tests.support.paths import ROOT
from tests.support.raw_server import scripted_server

GOOD = "vendor: reap\ntitle: Ours\nplay:\n  - create:\n  - {after: 1m, get: {body: {status: completed}}}\n"
WRONG = "vendor: reap\nplay:\n  - create:\n  - cancel:\n  - {after: 1m, cancel: {status: 200}}\n"
SILENT = "vendor: reap\n"
NOBODY = "http://127.0.0.1:9"
"""The discard port: nobody listens there."""


# What is played


def test_everything_that_is_bundled(mockserver):
    result = mockserver("test")
    assert result.code == 0
    assert result.err == ""
    assert re.search(r"^\d\d+ scenarios, \d+ steps: \d+ ok in ", result.out.splitlines()[-1])


def test_one_by_its_name(mockserver):
    result = mockserver("test", "cancel-then-poll")
    assert result.code == 0
    assert result.out.startswith("ok   cancel-then-poll  ")
    assert "1 scenario, " in result.out


def test_a_file_and_a_folder(mockserver, scenario, tmp_path):
    path = scenario("good", GOOD)
    assert mockserver("test", path).out.startswith("ok   good  Ours\n")
    assert mockserver("test", "scenarios").out.startswith("ok   good  Ours\n")


def test_the_projects_own_come_with_the_bundled(mockserver, scenario):
    scenario("aaa", GOOD)
    assert mockserver("test", "--vendor", "reap").out.startswith("ok   aaa  Ours\n")


def test_one_vendors(mockserver):
    report = json.loads(mockserver("test", "--vendor", "twelvelabs", "--json").out)
    assert {one["era"].partition("@")[0] for one in report["scenarios"]} == {"twelvelabs"}


def test_a_misspelt_vendor(mockserver):
    assert "did you mean 'reap'?" in mockserver("test", "--vendor", "raep").err


def test_over_http(mockserver, scenario):
    path = scenario("good", GOOD)
    result = mockserver("test", "--http", path, "cancel-then-poll")
    assert result.code == 0
    assert result.out.count("ok  ") == 2


# Exit codes


def test_a_failed_play_is_1(mockserver, scenario):
    assert mockserver("test", scenario("wrong", WRONG)).code == 1


def test_unusable_files_are_2_and_nothing_is_played(mockserver, scenario):
    result = mockserver("test", scenario("good", GOOD), scenario("a", "vendor: raep\n"), scenario("b", "titel: x\n"))
    assert result.code == 2
    assert result.out == ""
    assert set(re.findall(r"SCN\d{3}", result.err)) >= {"SCN040", "SCN020"}


def test_a_scenario_without_a_play_is_3(mockserver, scenario):
    result = mockserver("test", scenario("silent", SILENT))
    assert result.code == 3
    assert "the scenario has no `play`: nothing was checked" in result.out


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_nothing_to_play_is_3(words, mockserver, tmp_path):
    (tmp_path / "none").mkdir()
    result = mockserver("test", "none", *words)
    assert result.code == 3
    assert "nothing to play" in result.out or json.loads(result.out)["scenarios"] == []


def test_1_wins_over_3(mockserver, scenario):
    assert mockserver("test", scenario("silent", SILENT), scenario("wrong", WRONG)).code == 1


def test_nobody_there_is_3(mockserver):
    result = mockserver("test", "cancel-then-poll", "--base-url", NOBODY)
    assert result.code == 3
    assert f"mockserver test: {NOBODY} cannot be reached: Connection refused" in result.err


@pytest.mark.parametrize("url", ["4810", "ftp://x", "http://", "http://x:99999", "http://x?y=1"])
def test_no_base_url_is_2(url, mockserver):
    result = mockserver("test", "cancel-then-poll", "--base-url", url)
    assert result.code == 2
    assert result.err.startswith("RUN001")


def test_two_targets_are_2(mockserver):
    assert mockserver("test", "--http", "--base-url", NOBODY).code == 2


def test_a_patience_that_is_no_duration_is_2(mockserver):
    assert mockserver("test", "--patience", "10").err.startswith("CLI006 ")


# Reports


def test_a_failure_is_told_with_its_place_its_line_and_what_went_before(mockserver, scenario):
    scenario("wrong", WRONG)
    lines = mockserver("test", "wrong").out.splitlines()
    assert lines[:6] == [
        "FAIL wrong",
        "",
        "FAIL wrong (reap@2026-07-07)",
        "  scenarios/wrong.yaml:6, step 3 of 3, at +1m:",
        "      - {after: 1m, cancel: {status: 200}}",
        "    answered 400; expected 200 (This project has already been cancelled.)",
    ]
    assert lines[6].startswith('    sent    POST /api/v1/automation/cancel-project {"projectId":"')
    assert lines[7].startswith('    got     400 {"detail":"')
    assert lines[8:11] == [
        "    before  +0s create 200",
        "    before  +0s cancel 200",
        "  rerun: mockserver test scenarios/wrong.yaml",
    ]
    assert lines[-1].startswith("1 scenario, 3 steps: 1 failed in ")


def test_what_must_be_absent_and_what_stands_for_something(mockserver, scenario):
    result = """vendor: phaseo@2026-06-11
play:
  - create:
  - get: {body: {polling_url: "{base}/v1/videos/{job}"}, absent: [/error, /outputs/3]}
  - get: {absent: [/status]}
"""
    scenario("urls", result)
    for words in ([], ["--http"]):
        out = mockserver("test", "urls", *words).out
        assert "    body: /status is present; expected it to be absent" in out
        assert out.count("expected") == 1


def test_a_broken_contract_is_told(mockserver, scenario):
    fields = "timeline: [queued: 1s, processing: {for: 1m, fields: {status: moderating}}, completed]\n"
    play = "play: [create: , {after: 5s, get: {body: {status: moderating}}}]\n"
    scenario("odd", f"vendor: phaseo@2026-06-11\n{fields}{play}")
    assert "    breaks the contract: P1 " in mockserver("test", "odd").out
    scenario("odd", f"vendor: phaseo@2026-06-11\n{fields}{play}off_contract: {{P1: on purpose}}\n")
    assert mockserver("test", "odd").code == 0
    scenario("odd", f"{GOOD}off_contract: {{P1: never}}\n")
    assert "  off_contract names P1, and no answer breaks it" in mockserver("test", "odd").out


def keys(value: object) -> object:
    """The shape of a JSON value."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    return [keys(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_the_json_report(mockserver, scenario):
    scenario("good", GOOD)
    scenario("wrong", WRONG)
    result = mockserver("test", "wrong", "good", "--json")
    report = json.loads(result.out)
    assert result.code == 1
    assert report["version"] == PLAYS_VERSION
    assert report["exit_code"] == 1
    assert report["summary"] == {"scenarios": 2, "steps": 5, "ok": 1, "failed": 1, "inconclusive": 0}
    failed, fine = report["scenarios"]
    assert failed["verdict"] == "failed"
    assert fine["verdict"] == "ok"
    assert [step["failures"] != [] for step in failed["steps"]] == [False, False, True]
    assert keys(failed["steps"][2]["exchange"]) == dict.fromkeys(["method", "path", "query", "sent", "got"], "str")
    assert "test-key" not in result.out


def test_the_json_report_is_documented(mockserver, scenario):
    scenario("wrong", WRONG)
    report = json.loads(mockserver("test", "wrong", "--json").out)
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page[page.index("### The JSON report") : page.index("### JUnit XML")]
    one = report["scenarios"][0]
    for part in (report, report["summary"], one, one["steps"][2], one["steps"][2]["exchange"]):
        assert {key for key in part if f"`{key}`" not in section} == set()
    assert f"| `version` | `{PLAYS_VERSION}` |" in section


def test_the_same_run_is_the_same_report(mockserver):
    first, second = (mockserver("test", "--vendor", "reap", "--json").out for _ in range(2))
    assert first == second


def test_junit_xml(mockserver, scenario, tmp_path):
    for name, text in (("good", GOOD), ("wrong", WRONG), ("silent", SILENT)):
        scenario(name, text)
    place = tmp_path / "reports" / "junit.xml"
    assert mockserver("test", "scenarios", "--junit", place).code == 1
    root = ElementTree.parse(place).getroot()
    assert root.attrib == {"name": "mockserver test", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["good"].get("classname") == "reap@2026-07-07"
    assert cases["good"].get("file") == "scenarios/good.yaml"
    failure = cases["wrong"].find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("answered 400; expected 200")
    assert "scenarios/wrong.yaml:6" in (failure.text or "")
    assert cases["silent"].find("skipped") is not None


def test_a_report_that_cannot_be_written(mockserver, tmp_path):
    (tmp_path / "file").write_text("")
    result = mockserver("test", "cancel-then-poll", "--junit", tmp_path / "file" / "junit.xml")
    assert result.code == 2
    assert result.err.startswith("CLI005 ")


def test_a_seed_wins_over_the_scenarios_own(mockserver, scenario):
    scenario("good", f"seed: 5\n{WRONG}")
    sent = [
        json.loads(mockserver("test", "good", "--json", *words).out)["scenarios"][0]["steps"][2]["exchange"]["sent"]
        for words in ([], ["--seed", "5"], ["--seed", "6"], ["--seed", "6", "--http"])
    ]
    assert sent[0] == sent[1] != sent[2] == sent[3]


# On a server of ours


def test_on_a_server_of_ours_its_clock_is_moved(mockserver, scenario, serve):
    scenario("good", GOOD)
    running = serve("--port", "0")
    result = mockserver("test", "good", "cancel-then-poll", "--base-url", f"{running.url}/v1")
    assert result.code == 0
    assert result.out.count("ok  ") == 2
    assert mockserver("clock", "--url", running.url).out.split()[1].startswith("0s") is False
    again = mockserver("test", "good", "--base-url", running.url)
    assert again.code == 0


def test_two_runs_on_one_server_do_not_meet(tmp_path, scenario):
    path = scenario("good", GOOD)
    known = load_scenario(path, VENDORS)
    with fake_server(known=[known], judged=False) as server:
        from mockserver.runner.targets.factories import mock_server_targets

        makers = [mock_server_targets(server.url, run_id=run) for run in ("a", "b")]
        targets = [make(known, VENDORS["reap"].eras[-1]) for make in makers]
        assert len({target.base_url for target in targets}) == 2
        for target in targets:
            target.close()
        assert server.admin("sessions")["total"] == 0


def test_a_server_of_ours_is_sent_what_it_does_not_know(mockserver, scenario):
    scenario("ours", GOOD)
    with fake_server(judged=False) as server:
        result = mockserver("test", "ours", "cancel-then-poll", "--base-url", server.url)
        assert server.admin("scenarios") == {"scenarios": ["cancel-then-poll", "ours"]}
    assert result.code == 0
    assert result.out.count("ok  ") == 2


def test_a_scenario_that_was_sent_and_then_changed_is_sent_again(mockserver, scenario):
    with fake_server(judged=False) as server:
        words = ("test", "mine", "--base-url", server.url)
        scenario("mine", GOOD)
        assert mockserver(*words).code == 0
        scenario("mine", GOOD.replace("completed", "queued"))
        assert mockserver(*words).code == 1


def test_a_file_of_the_servers_own_is_what_it_plays(mockserver, scenario):
    known = load_scenario(scenario("mine", GOOD), VENDORS)
    scenario("mine", GOOD + "seed: 7\n")
    with fake_server(known=[known], judged=False) as server:
        assert mockserver("test", "mine", "--base-url", server.url).code == 0
        assert server.request("GET", "/__mock/scenarios/mine").body == known.text.encode()


def saying(status: str, **body: object) -> bytes:
    data = json.dumps(body)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n\r\n{data}".encode()


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (saying("404 Not Found", code="ADM001", detail="no such call"), "RUN003 {url} does not have: ours"),
        (saying("400 Bad Request", code="SCN052", detail="no such operation"), "RUN002 ours: SCN052 no such operation"),
    ],
)
def test_a_server_of_ours_that_cannot_be_sent_anything(refusal, message, mockserver, scenario):
    scenario("ours", GOOD)
    ours = saying("200 OK", name="videojob-mockserver")
    with scripted_server((ours, saying("200 OK", scenarios=[]), refusal)) as (url, _):
        result = mockserver("test", "ours", "--base-url", url)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(message.format(url=url))


def test_a_server_of_ours_that_wants_its_token(mockserver, monkeypatch):
    known = load_scenario(ROOT / "scenarios" / "reap" / "refund-once.yaml", VENDORS)
    with fake_server(known=[known], token="secret", judged=False) as server:
        words = ("test", "refund-once", "--base-url", server.url)
        refused = mockserver(*words)
        assert refused.code == 2
        assert refused.err.startswith("RUN004")
        assert mockserver(*words, "--admin-token", "secret").code == 0
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "secret")
        assert mockserver(*words).code == 0


def test_a_server_of_ours_in_another_era(mockserver, scenario):
    known = load_scenario(scenario("loose", "vendor: phaseo\nplay: [create: ]\n"), VENDORS)
    with fake_server("phaseo@2026-06-11", known=[known], judged=False) as server:
        result = mockserver("test", "loose", "--base-url", server.url)
    assert result.code == 2
    assert result.err.startswith("RUN005 loose pins no era")


def test_two_scenarios_of_one_name_on_a_server(mockserver, scenario, tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_text(scenario("good", GOOD).read_text())
    assert mockserver("test", "good", copy).code == 0
    assert mockserver("test", "good", copy, "--http").err.startswith("CLI007 ")


# On a live API


CREATES = """vendor: phaseo@2026-06-11
play:
  - create:
  - get: {body: {status: queued}}
  - {after: 26s, get: {body: {status: completed}}}
  - {after: 1h, cancel: {status: 400}}
"""


def test_on_a_live_api_the_play_waits(scenario):
    found = load_scenario(scenario("creates", CREATES), VENDORS)
    with live_api("phaseo@2026-06-11", key="sk-real") as api:
        played = Suite(VENDORS, live_targets(api.url, sleep=api.sleep), "sk-real").play(found)
    assert played.outcome.value == "ok"
    assert api.slept == [26.0, 3600.0]
    assert played.note is None


def test_on_a_live_api_a_play_that_waits_too_long_is_inconclusive(mockserver, scenario):
    scenario("creates", CREATES)
    with live_api("phaseo@2026-06-11") as api:
        result = mockserver("test", "creates", "--base-url", f"{api.url}/v1", "--patience", "5s")
    assert result.code == 3
    assert "inconclusive: 26s into the play; --patience allows 5s" in result.out
    assert [request.path for request in api.asked] == ["/__mock/version", "/v1/videos", api.asked[-1].path]


def test_on_a_live_api_what_only_the_fake_can_is_inconclusive(mockserver, scenario):
    seeded = "jobs: [{id: 65f1a2b3c4d5e6f7a8b9c0d2}]\n"
    scenario("seeded", f"vendor: reap\n{seeded}play:\n  - get: {{}}\n  - move: processing\n  - ledger: {{refund: 0}}\n")
    scenario("moved", "vendor: reap\nplay:\n  - create:\n  - move: processing\n  - ledger: {refund: 0}\n")
    with live_api("reap@2026-07-07") as api:
        result = mockserver("test", "scenarios", "--base-url", api.url)
    assert result.code == 3
    assert result.out.count("exists only in the scenario") == 3
    assert "a live API has no call that moves a job to 'processing'" in result.out
    assert "a live API has no ledger to read" in result.out


def test_on_a_live_api_the_key_is_yours(mockserver, scenario, monkeypatch):
    scenario("listed", "vendor: phaseo@2026-06-11\nplay: [list: ]\n")
    with live_api("phaseo@2026-06-11", key="sk-real") as api:
        words = ("test", "listed", "--base-url", api.url)
        assert mockserver(*words).code == 1
        assert mockserver(*words, "--key", "sk-real").code == 0
        monkeypatch.setenv("MOCKSERVER_API_KEY", "sk-real")
        result = mockserver(*words, "--json")
    assert result.code == 0
    assert "sk-real" not in result.out


def test_on_a_live_api_a_script_is_named_beside_a_failure(mockserver, scenario):
    scenario(
        "scripted", "vendor: reap\ntimeline: [queued: 1s, failed]\nplay: [create: , get: {body: {status: failed}}]\n"
    )
    with live_api("reap@2026-07-07") as api:
        result = mockserver("test", "scripted", "--base-url", api.url)
    assert result.code == 1
    assert "  note: the scenario scripts `timeline`; a live API follows its own behaviour" in result.out


def test_on_a_live_api_it_does_not_matter_that_nothing_is_broken(mockserver, scenario):
    scenario("clean", "vendor: phaseo@2026-06-11\noff_contract: {P1: the fake would}\nplay: [list: ]\n")
    with live_api("phaseo@2026-06-11") as api:
        assert mockserver("test", "clean", "--base-url", api.url).code == 0


def test_a_live_api_that_goes_away_ends_the_run(mockserver, scenario):
    scenario("a", "vendor: phaseo@2026-06-11\nplay: [list: ]\n")
    with live_api("phaseo@2026-06-11") as api:
        found = load_scenario(Path("scenarios/a.yaml"), VENDORS)
        suite = Suite(VENDORS, live_targets(api.url))
        assert suite.play(found).outcome.value == "ok"
    from mockserver.runner.targets.http_client import Unreachable

    with pytest.raises(Unreachable):
        suite.play(found)


def test_ctrl_c_tells_what_was_played_so_far(tmp_path, scenario):
    scenario("a", "vendor: phaseo@2026-06-11\nplay: [list: ]\n")
    scenario("b", CREATES)
    with live_api("phaseo@2026-06-11") as api:
        command = [sys.executable, "-m", "mockserver", "test", "a", "b", "--base-url", api.url]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
        ) as playing:
            api.wait_for(4)
            playing.send_signal(signal.SIGINT)
            out, err = playing.communicate(timeout=30)
    assert playing.returncode == 130
    assert out.startswith("ok   a\n")
    assert "1 scenario, 1 step: 1 ok in " in out
    assert err == "mockserver test: interrupted after 1 of 2 scenarios\n"


def test_a_server_that_goes_away_ends_the_run_and_what_was_played_is_told(mockserver, scenario):
    scenario("a", "vendor: phaseo@2026-06-11\nplay: [list: ]\n")
    scenario("b", "vendor: phaseo@2026-06-11\nplay: [create: ]\n")
    answers = tuple(
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        for status, body in (("404 Not Found", "{}"), ("200 OK", LISTED))
    )
    with scripted_server(*((answer,) for answer in answers)) as (url, _):
        result = mockserver("test", "a", "b", "--base-url", url)
    assert result.code == 3
    assert result.out.startswith("ok   a\n")
    assert f"mockserver test: {url} cannot be reached" in result.err


LISTED = '{"object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false}'


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("http://x/v1", "http://x"),
        ("http://x/v1.3/", "http://x"),
        ("http://x/api/v1/automation", "http://x"),
        ("http://x/api/v1", "http://x/api"),
        ("http://x/gateway", "http://x/gateway"),
        ("http://x/", "http://x"),
    ],
)
def test_the_url_of_an_sdk_will_do(given, bare):
    assert strip_vendor_prefix(given, VENDORS) == bare


# Races


RACE = """vendor: reap
timeline: [queued: 2s, processing: 20s, completed]
play:
  - create:
  - at: 1s
    together:
      - {named: first-tab, cancel: {status: 200}}
      - {named: second-tab, cancel: {status: 400}}
"""
EITHER = RACE.replace("first-tab, cancel: {status: 200}", "first-tab, cancel: ").replace(
    "second-tab, cancel: {status: 400}}\n", "second-tab, cancel: }\n    outcomes: [{status: 200}, {status: 400}]\n"
)
LATE = RACE.replace("at: 1s", "at: 1ms before processing")


@pytest.mark.parametrize("text", [RACE, EITHER, LATE])
def test_a_group_is_the_same_everywhere(text, mockserver, scenario, serve):
    scenario("tabs", text)
    running = serve("--port", "0")
    for words in ([], ["--http"], ["--base-url", running.url]):
        result = mockserver("test", "tabs", *words)
        assert result.code == 0, result.out
        assert result.err == "", result.out


def test_every_order_is_tried_and_what_breaks_is_told(mockserver, scenario):
    scenario("tabs", RACE)
    result = mockserver("test", "--explore", "tabs")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0] == "FAIL tabs (2 orders, 1 breaks an expectation)"
    assert lines[2:4] == [
        "FAIL tabs (reap@2026-07-07): 2 orders, 1 breaks an expectation",
        "  line 6: handled second-tab, first-tab",
    ]
    assert lines[5] == "    +1s  cancel (second-tab)  200 cancelled"
    token = lines[-3].rpartition(" ")[2]
    again = mockserver("test", "tabs", "--replay", token)
    assert again.code == 1
    assert "answered 200; expected 400" in again.out
    assert f"  rerun: mockserver test scenarios/tabs.yaml --replay {token}\n" in again.out
    over_http = mockserver("test", "tabs", "--http", "--replay", token)
    assert over_http.code == 1
    assert f"  rerun: mockserver test scenarios/tabs.yaml --http --replay {token}\n" in over_http.out


def test_a_bundled_scenario_is_called_by_its_name(mockserver, scenario):
    result = mockserver("test", "--explore", "cancel-button-charges-twice")
    command = shlex.split(result.out.splitlines()[-3].partition("rerun: mockserver ")[2])
    assert command[:3] == ["test", "cancel-button-charges-twice", "--replay"]
    assert mockserver(*command).code == 1
    path = ScenarioLibrary(installed_vendors()).resolve("cancel-button-charges-twice")
    scenario("cancel-button-charges-twice", RACE)
    result = mockserver("test", "--explore", path)
    assert f"rerun: mockserver test {path} --replay" in result.out, "the name means the project's own file here"


def test_an_order_of_another_seed_is_played_again_as_it_is_told(mockserver, scenario):
    scenario("tabs", RACE)
    result = mockserver("test", "--explore", "tabs", "--seed", "a seed")
    command = shlex.split(result.out.splitlines()[-3].partition("rerun: mockserver ")[2])
    assert command[2:5] == ["--seed", "a seed", "--replay"]
    assert mockserver(*command).code == 1


def test_an_order_that_nobody_minds(mockserver, scenario):
    scenario("tabs", EITHER.replace("cancel: }\n    out", "get: }\n    out").replace("400}]", "200}]"))
    scenario("calm", GOOD)
    result = mockserver("test", "--explore", "scenarios")
    assert result.code == 0
    assert result.out.splitlines()[0] == "ok   tabs (2 orders)"
    assert result.err == "mockserver test: 1 scenario without a race left out\n"


def test_a_budget_of_orders(mockserver, scenario):
    scenario("tabs", RACE)
    result = mockserver("test", "--explore", "--orders", "1", "tabs")
    assert result.code == 0
    assert result.out.splitlines()[0] == "ok   tabs (1 of 2 orders (--orders 2 tries all))"


def test_nothing_to_explore_is_3(mockserver, scenario):
    scenario("calm", GOOD)
    result = mockserver("test", "--explore", "calm")
    assert result.code == 3
    assert "nothing to play" in result.out


@pytest.mark.parametrize("words", [["--http"], ["--base-url", NOBODY], ["--replay", "x"]])
def test_exploring_is_for_this_process(words, mockserver):
    assert mockserver("test", "--explore", *words).code == 2


def test_a_token_that_cannot_be_played(mockserver, scenario):
    scenario("tabs", RACE)
    scenario("other", LATE)
    token = mockserver("test", "--explore", "tabs").out.splitlines()[-3].rpartition(" ")[2]
    for words, code in (
        (("tabs", "--replay", token[:-1]), "RUN008"),
        (("tabs", "--replay", ""), "RUN008"),
        (("other", "--replay", token), "RUN009"),
        (("tabs", "--replay", token, "--seed", "7"), "RUN009"),
        (("tabs", "other", "--replay", token), "RUN010"),
    ):
        result = mockserver("test", *words)
        assert result.code == 2
        assert result.err.startswith(code)


def test_orders_in_the_reports(mockserver, scenario, tmp_path):
    scenario("tabs", RACE)
    result = mockserver("test", "--explore", "tabs", "--json", "--junit", tmp_path / "junit.xml")
    (one,) = json.loads(result.out)["scenarios"]
    assert result.code == 1
    assert one["verdict"] == "failed"
    assert one["orders"]["tried"] == 2
    assert one["orders"]["total"] == 2
    (broken,) = one["orders"]["broken"]
    assert broken["ways"] == ["line 6: handled second-tab, first-tab"]
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page[page.index("### The JSON report") : page.index("### JUnit XML")]
    for part in (one["orders"], broken, broken["answers"][0]):
        assert {key for key in part if f"`{key}`" not in section} == set()
    (case,) = ElementTree.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message", "") == "answered 200; expected 400"
    assert f"--replay {broken['token']}" in (failure.text or "")


def test_on_a_live_api_nobody_says_who_is_first(mockserver, scenario):
    scenario("tabs", RACE.replace("{status: 400}", "{status: 418}").replace("at: 1s", "at: 0s"))
    scenario("either", EITHER.replace("at: 1s", "at: 0s"))
    scenario("late", LATE)
    with live_api("reap@2026-07-07") as api:
        result = mockserver("test", "scenarios", "--base-url", api.url)
    assert result.code == 3
    assert "a live API decides the order of handling: answered " in result.out
    assert "ok   either" in result.out
    assert "inconclusive: a live API does not tell in advance when its jobs change state" in result.out


def test_over_http_a_lost_answer_is_lost(mockserver, scenario):
    faults = "faults: [{on: cancel, when: {call: 1}, do: {drop: reset}}, {on: get, do: {delay: 5s}}]\n"
    play = "play: [create: , cancel: {no_answer: true}, {get: {no_answer: true}, timeout: 4s}, {get: , timeout: 6s}]\n"
    scenario("lost", f"vendor: phaseo@2026-06-11\n{faults}{play}")
    for words in ([], ["--http"]):
        result = mockserver("test", "lost", *words)
        assert result.code == 0, result.out
