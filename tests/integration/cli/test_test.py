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

from mockserver.core.instants import DAY
from mockserver.installed import installed_vendors
from mockserver.runner.reports.plays.json_report import PLAYS_VERSION
from mockserver.runner.suite import Suite, strip_vendor_prefix
from mockserver.runner.targets.factories import live_targets
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from tests.support.fake_server import fake_server
from tests.support.fake_world import VENDORS
from tests.support.live_api import live_api
from tests.support.paths import ROOT
from tests.support.raw_server import scripted_server

GOOD = "vendor: reap\ntitle: Good\nplay:\n  - create:\n  - {after: 1m, get: {body: {status: completed}}}\n"
WRONG = "vendor: reap\nplay:\n  - create:\n  - cancel:\n  - {after: 1m, cancel: {status: 200}}\n"
SILENT = "vendor: reap\n"
UNREACHABLE = "http://127.0.0.1:9"
"""The discard port, on which nothing listens."""


# The scenarios that are played


def test_a_scenario_is_played_by_its_name(mockserver):
    result = mockserver("test", "cancel-then-poll")
    assert result.code == 0
    assert result.out.startswith("ok   cancel-then-poll  ")
    assert "1 scenario, " in result.out


def test_files_and_folders_are_played(mockserver, scenario, tmp_path):
    path = scenario("good", GOOD)
    assert mockserver("test", path).out.startswith("ok   good  Good\n")
    assert mockserver("test", "scenarios").out.startswith("ok   good  Good\n")


def test_scenarios_of_the_project_are_played_with_the_bundled_ones(mockserver, scenario):
    scenario("aaa", GOOD)
    result = mockserver("test", "--vendor", "reap")
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith("ok   aaa  Good\n")
    assert re.search(r"^\d\d+ scenarios, \d+ steps: \d+ ok in ", result.out.splitlines()[-1])


def test_vendor_limits_the_scenarios(mockserver):
    report = json.loads(mockserver("test", "--vendor", "twelvelabs", "--json").out)
    assert {one["era"].partition("@")[0] for one in report["scenarios"]} == {"twelvelabs"}


def test_a_misspelt_vendor_gets_the_nearest(mockserver):
    assert "did you mean 'reap'?" in mockserver("test", "--vendor", "raep").err


def test_plays_can_go_over_http(mockserver, scenario):
    path = scenario("good", GOOD)
    result = mockserver("test", "--http", path, "cancel-then-poll")
    assert result.code == 0
    assert result.out.count("ok  ") == 2


# Exit codes


def test_a_failed_play_is_1(mockserver, scenario):
    assert mockserver("test", scenario("wrong", WRONG)).code == 1


def test_an_unusable_file_is_2_and_nothing_is_played(mockserver, scenario):
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


def test_a_failed_play_wins_over_an_inconclusive_one(mockserver, scenario):
    assert mockserver("test", scenario("silent", SILENT), scenario("wrong", WRONG)).code == 1


def test_an_unreachable_server_is_3(mockserver):
    result = mockserver("test", "cancel-then-poll", "--base-url", UNREACHABLE)
    assert result.code == 3
    assert f"mockserver test: {UNREACHABLE} cannot be reached: Connection refused" in result.err


@pytest.mark.parametrize("url", ["4810", "ftp://x", "http://", "http://x:99999", "http://x?y=1"])
def test_an_invalid_base_url_is_2(url, mockserver):
    result = mockserver("test", "cancel-then-poll", "--base-url", url)
    assert result.code == 2
    assert result.err.startswith("RUN001")


def test_two_targets_are_2(mockserver):
    assert mockserver("test", "--http", "--base-url", UNREACHABLE).code == 2


def test_a_patience_that_is_not_a_duration_is_2(mockserver):
    assert mockserver("test", "--base-url", UNREACHABLE, "--patience", "10").err.startswith("CLI006 ")


# Reports


def test_a_failure_has_its_location_its_line_and_the_steps_before(mockserver, scenario):
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


def test_absent_fields_and_placeholders_are_checked(mockserver, scenario):
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


def test_an_answer_off_contract_fails_the_play_unless_declared(mockserver, scenario):
    fields = "timeline: [queued: 1s, processing: {for: 1m, fields: {status: moderating}}, completed]\n"
    play = "play: [create: , {after: 5s, get: {body: {status: moderating}}}]\n"
    scenario("odd", f"vendor: phaseo@2026-06-11\n{fields}{play}")
    assert "    breaks the contract: P1 " in mockserver("test", "odd").out
    scenario("odd", f"vendor: phaseo@2026-06-11\n{fields}{play}off_contract: {{P1: on purpose}}\n")
    assert mockserver("test", "odd").code == 0
    scenario("odd", f"{GOOD}off_contract: {{P1: never}}\n")
    assert "  off_contract names P1, and no answer breaks it" in mockserver("test", "odd").out


def json_shape(value: object) -> object:
    """Return the shape of a JSON value: type names in place of leaves."""
    if isinstance(value, dict):
        return {key: json_shape(inner) for key, inner in value.items()}
    return [json_shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_the_json_report_has_verdicts_steps_and_exchanges(mockserver, scenario):
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
    assert json_shape(failed["steps"][2]["exchange"]) == dict.fromkeys(
        ["method", "path", "query", "sent", "got"], "str"
    )
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


def test_equal_runs_have_equal_reports(mockserver):
    first, second = (mockserver("test", "--vendor", "replicate", "--json").out for _ in range(2))
    assert first == second


def test_junit_xml_has_a_case_for_each_scenario(mockserver, scenario, tmp_path):
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


def test_an_unwritable_report_is_2(mockserver, tmp_path):
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


# On a running mock server


def test_a_play_moves_the_clock_of_the_server(mockserver, scenario, serve):
    scenario("good", GOOD)
    running = serve("--port", "0")
    result = mockserver("test", "good", "cancel-then-poll", "--base-url", f"{running.url}/v1")
    assert result.code == 0
    assert result.out.count("ok  ") == 2
    assert mockserver("clock", "--url", running.url).out.split()[1].startswith("0s") is False
    again = mockserver("test", "good", "--base-url", running.url)
    assert again.code == 0


def test_two_runs_on_one_server_use_separate_sessions(tmp_path, scenario):
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


def test_unknown_scenarios_are_uploaded(mockserver, scenario):
    scenario("ours", GOOD)
    with fake_server(judged=False) as server:
        result = mockserver("test", "ours", "cancel-then-poll", "--base-url", server.url)
        assert server.admin("scenarios") == {"scenarios": ["cancel-then-poll", "ours"]}
    assert result.code == 0
    assert result.out.count("ok  ") == 2


def test_a_changed_scenario_is_uploaded_again(mockserver, scenario):
    with fake_server(judged=False) as server:
        words = ("test", "mine", "--base-url", server.url)
        scenario("mine", GOOD)
        assert mockserver(*words).code == 0
        scenario("mine", GOOD.replace("completed", "queued"))
        assert mockserver(*words).code == 1


def test_a_file_of_the_server_wins_over_the_local_one(mockserver, scenario):
    known = load_scenario(scenario("mine", GOOD), VENDORS)
    scenario("mine", GOOD + "seed: 7\n")
    with fake_server(known=[known], judged=False) as server:
        assert mockserver("test", "mine", "--base-url", server.url).code == 0
        assert server.request("GET", "/__mock/scenarios/mine").body == known.text.encode()


def http_response(status: str, **body: object) -> bytes:
    data = json.dumps(body)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n\r\n{data}".encode()


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (http_response("404 Not Found", code="ADM001", detail="no such call"), "RUN003 {url} does not have: ours"),
        (
            http_response("400 Bad Request", code="SCN052", detail="no such operation"),
            "RUN002 ours: SCN052 no such operation",
        ),
    ],
)
def test_a_refused_upload_is_2(refusal, message, mockserver, scenario):
    scenario("ours", GOOD)
    ours = http_response("200 OK", name="videojob-mockserver")
    with scripted_server((ours, http_response("200 OK", scenarios=[]), refusal)) as (url, _):
        result = mockserver("test", "ours", "--base-url", url)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(message.format(url=url))


def test_the_admin_token_comes_from_the_option_or_the_environment(mockserver, monkeypatch):
    known = load_scenario(ROOT / "scenarios" / "reap" / "refund-once.yaml", VENDORS)
    with fake_server(known=[known], token="secret", judged=False) as server:
        words = ("test", "refund-once", "--base-url", server.url)
        refused = mockserver(*words)
        assert refused.code == 2
        assert refused.err.startswith("RUN004")
        assert mockserver(*words, "--admin-token", "secret").code == 0
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "secret")
        assert mockserver(*words).code == 0


def test_a_scenario_without_a_pin_needs_the_era_of_the_server(mockserver, scenario):
    known = load_scenario(scenario("loose", "vendor: phaseo\nplay: [create: ]\n"), VENDORS)
    with fake_server("phaseo@2026-06-11", known=[known], judged=False) as server:
        result = mockserver("test", "loose", "--base-url", server.url)
    assert result.code == 2
    assert result.err.startswith("RUN005 loose pins no era")


def test_two_scenarios_of_one_name_cannot_be_played_over_http(mockserver, scenario, tmp_path):
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


def test_on_a_live_api_the_play_waits_in_real_time(scenario):
    found = load_scenario(scenario("creates", CREATES), VENDORS)
    with live_api("phaseo@2026-06-11", key="sk-real") as api:
        played = Suite(VENDORS, live_targets(api.url, sleep=api.sleep, patience=DAY), "sk-real").play(found)
    assert played.outcome.value == "ok"
    assert api.slept == [26.0, 3600.0]
    assert played.note is None


def test_on_a_live_api_a_play_that_waits_too_long_is_inconclusive(mockserver, scenario):
    scenario("creates", CREATES)
    with live_api("phaseo@2026-06-11") as api:
        result = mockserver("test", "creates", "--base-url", f"{api.url}/v1", "--patience", "5s")
    assert result.code == 3
    assert "inconclusive: 26s into the play; --patience allows 5s" in result.out
    assert [request.path for request in api.requests] == ["/__mock/version", "/v1/videos", api.requests[-1].path]


def test_on_a_live_api_steps_of_the_fake_are_inconclusive(mockserver, scenario):
    seeded = "jobs: [{id: 65f1a2b3c4d5e6f7a8b9c0d2}]\n"
    scenario("seeded", f"vendor: reap\n{seeded}play:\n  - get: {{}}\n  - move: processing\n  - ledger: {{refund: 0}}\n")
    scenario("moved", "vendor: reap\nplay:\n  - create:\n  - move: processing\n  - ledger: {refund: 0}\n")
    with live_api("reap@2026-07-07") as api:
        result = mockserver("test", "scenarios", "--base-url", api.url)
    assert result.code == 3
    assert result.out.count("exists only in the scenario") == 3
    assert "a live API has no call that moves a job to 'processing'" in result.out
    assert "a live API has no ledger to read" in result.out


def test_on_a_live_api_the_key_of_the_user_is_sent(mockserver, scenario, monkeypatch):
    scenario("listed", "vendor: phaseo@2026-06-11\nplay: [list: ]\n")
    with live_api("phaseo@2026-06-11", key="sk-real") as api:
        words = ("test", "listed", "--base-url", api.url)
        assert mockserver(*words).code == 1
        assert mockserver(*words, "--key", "sk-real").code == 0
        monkeypatch.setenv("MOCKSERVER_API_KEY", "sk-real")
        result = mockserver(*words, "--json")
    assert result.code == 0
    assert "sk-real" not in result.out


def test_on_a_live_api_a_failure_notes_the_script(mockserver, scenario):
    scenario(
        "scripted", "vendor: reap\ntimeline: [queued: 1s, failed]\nplay: [create: , get: {body: {status: failed}}]\n"
    )
    with live_api("reap@2026-07-07") as api:
        result = mockserver("test", "scripted", "--base-url", api.url)
    assert result.code == 1
    assert "  note: the scenario scripts `timeline`; a live API follows its own behaviour" in result.out


def test_on_a_live_api_off_contract_need_not_be_broken(mockserver, scenario):
    scenario("clean", "vendor: phaseo@2026-06-11\noff_contract: {P1: the fake would}\nplay: [list: ]\n")
    with live_api("phaseo@2026-06-11") as api:
        assert mockserver("test", "clean", "--base-url", api.url).code == 0


def test_a_live_api_that_disappears_ends_the_run(mockserver, scenario):
    scenario("a", "vendor: phaseo@2026-06-11\nplay: [list: ]\n")
    with live_api("phaseo@2026-06-11") as api:
        found = load_scenario(Path("scenarios/a.yaml"), VENDORS)
        suite = Suite(VENDORS, live_targets(api.url, sleep=api.sleep, patience=DAY))
        assert suite.play(found).outcome.value == "ok"
    from mockserver.client.http import Unreachable

    with pytest.raises(Unreachable):
        suite.play(found)


def test_ctrl_c_prints_the_results_so_far(tmp_path, scenario):
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


def test_a_server_that_disappears_is_3_with_the_results_so_far(mockserver, scenario):
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
def test_the_base_url_of_an_sdk_is_accepted(given, bare):
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
def test_a_race_has_the_same_result_on_every_target(text, mockserver, scenario, serve):
    scenario("tabs", text)
    running = serve("--port", "0")
    for words in ([], ["--http"], ["--base-url", running.url]):
        result = mockserver("test", "tabs", *words)
        assert result.code == 0, result.out
        assert result.err == "", result.out


def test_explore_tries_every_order_and_reports_broken_ones(mockserver, scenario):
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


def test_the_rerun_line_names_a_bundled_scenario_unless_a_file_hides_it(mockserver, scenario):
    result = mockserver("test", "--explore", "cancel-button-charges-twice")
    command = shlex.split(result.out.splitlines()[-3].partition("rerun: mockserver ")[2])
    assert command[:3] == ["test", "cancel-button-charges-twice", "--replay"]
    assert mockserver(*command).code == 1
    path = ScenarioLibrary(installed_vendors()).resolve("cancel-button-charges-twice")
    scenario("cancel-button-charges-twice", RACE)
    result = mockserver("test", "--explore", path)
    assert f"rerun: mockserver test {path} --replay" in result.out, "the name means the project's own file here"


def test_the_rerun_line_repeats_the_seed(mockserver, scenario):
    scenario("tabs", RACE)
    result = mockserver("test", "--explore", "tabs", "--seed", "a seed")
    command = shlex.split(result.out.splitlines()[-3].partition("rerun: mockserver ")[2])
    assert command[2:5] == ["--seed", "a seed", "--replay"]
    assert mockserver(*command).code == 1


def test_orders_without_a_failure_are_ok(mockserver, scenario):
    scenario("tabs", EITHER.replace("cancel: }\n    out", "get: }\n    out").replace("400}]", "200}]"))
    scenario("calm", GOOD)
    result = mockserver("test", "--explore", "scenarios")
    assert result.code == 0
    assert result.out.splitlines()[0] == "ok   tabs (2 orders)"
    assert result.err == "mockserver test: 1 scenario without a race left out\n"


def test_orders_bounds_the_exploration(mockserver, scenario):
    scenario("tabs", RACE)
    result = mockserver("test", "--explore", "--orders", "1", "tabs")
    assert result.code == 0
    assert result.out.splitlines()[0] == "ok   tabs (1 of 2 orders (--orders 2 tries all))"


def test_nothing_to_explore_is_3(mockserver, scenario):
    scenario("calm", GOOD)
    result = mockserver("test", "--explore", "calm")
    assert result.code == 3
    assert "nothing to play" in result.out


@pytest.mark.parametrize("words", [["--http"], ["--base-url", UNREACHABLE], ["--replay", "x"]])
def test_explore_cannot_be_combined_with_other_targets(words, mockserver):
    assert mockserver("test", "--explore", *words).code == 2


def test_an_unusable_token_is_2(mockserver, scenario):
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


def test_the_reports_contain_the_orders(mockserver, scenario, tmp_path):
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


def test_on_a_live_api_the_order_of_a_race_is_open(mockserver, scenario):
    scenario("tabs", RACE.replace("{status: 400}", "{status: 418}").replace("at: 1s", "at: 0s"))
    scenario("either", EITHER.replace("at: 1s", "at: 0s"))
    scenario("late", LATE)
    with live_api("reap@2026-07-07") as api:
        result = mockserver("test", "scenarios", "--base-url", api.url)
    assert result.code == 3
    assert "a live API decides the order of handling: answered " in result.out
    assert "ok   either" in result.out
    assert "inconclusive: a live API does not tell in advance when its jobs change state" in result.out


def test_a_dropped_answer_is_lost_in_process_and_over_http(mockserver, scenario):
    faults = "faults: [{on: cancel, when: {call: 1}, do: {drop: reset}}, {on: get, do: {delay: 5s}}]\n"
    play = "play: [create: , cancel: {no_answer: true}, {get: {no_answer: true}, timeout: 4s}, {get: , timeout: 6s}]\n"
    scenario("lost", f"vendor: phaseo@2026-06-11\n{faults}{play}")
    for words in ([], ["--http"]):
        result = mockserver("test", "lost", *words)
        assert result.code == 0, result.out
