"""`mockserver faults` and `mockserver webhooks`: the words of the scenario language as options."""

import json

import pytest

from mockserver.cli.flow_options import flow_text
from mockserver.scenario.library import ScenarioLibrary
from tests.support.fake_server import fake_server
from tests.support.fake_world import VENDORS

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]


def add_fault(mockserver, *words: str):
    return mockserver("faults", "add", *words)


# faults


def test_without_faults_the_command_says_how_to_add_one(mockserver):
    result = mockserver("faults")
    assert result.out == ""
    assert result.err == (
        "session default has no faults; `mockserver faults add --on get --do '{status: 503}'` adds one\n"
    )


def test_a_fault_is_added_listed_and_removed(mockserver, server):
    added = add_fault(mockserver, "--on", "list", "--when", "{call: 2}", "--do", "{status: 503, retry_after: 30s}")
    assert added.out == "added fault fault-1: on list when {call: 2} do {status: 503, retry_after: 30s}\n"
    answers = [server.request("GET", "/v1/videos", headers={"Authorization": "Bearer k"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 503]
    assert add_fault(mockserver, "--on", "*", "--do", "{delay: 1s}", "--job", "x", "--vendor", "reap").code == 0
    assert mockserver("faults").out.splitlines() == [
        "fault    vendor  on    happened  when       do",
        'fault-2  reap    "*"   0         {job: x}   {delay: 1s}',
        "fault-1  *       list  1         {call: 2}  {status: 503, retry_after: 30s}",
    ]
    assert mockserver("faults", "clear", "fault-2").out == "removed fault fault-2\n"
    assert mockserver("faults", "clear", "fault-9").err.startswith("ADM015 ")
    assert mockserver("faults", "clear").out == "removed 1 fault\n"
    assert server.admin("faults")["total"] == 0


def test_json_values_and_block_style_are_taken_too(mockserver, server):
    words = ["--on", "[get, list]", "--do", 'status: 503\nbody: {"a": [1, null]}', "--request", '{"headers":{"x":"1"}}']
    assert add_fault(mockserver, *words).code == 0
    fault = server.admin("faults")["faults"][0]
    assert fault["on"] == ["get", "list"]
    assert fault["do"] == {"status": 503, "body": {"a": [1, None]}}
    assert fault["request"] == {"headers": {"x": "1"}}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--on", "get", "--do", "{sttus: 503}"], "--do:1:2: SCN020 unknown key 'sttus' (did you mean 'status'?)"),
        (["--on", "get", "--do", "delay: 1s\nsttus: 503"], "--do:2:1: SCN020 unknown key 'sttus'"),
        (["--on", "gett", "--do", "{status: 503}"], "--on:1:1: SCN052 phaseo or reap or twelvelabs has no operation"),
        (["--on", "submit", "--do", "{status: 503}"], "For an operation of another vendor, name the vendor."),
        (["--on", "[get, lst]", "--do", "{status: 503}"], "--on:1:7: SCN052 "),
        (["--on", "list", "--when", "{poll: 3}", "--do", "{status: 503}"], "--on:1:1: SCN068 `list` is not a poll"),
        (["--on", "get", "--when", "{poll: no}", "--do", "{status: 503}"], "--when:1:8: SCN0"),
        (["--on", "get", "--when", "{poll: 3", "--do", "{status: 503}"], "--when:1:9: SCN004 "),
        (["--on", "get", "--when", "*all", "--do", "{status: 503}"], "--when:1:1: SCN007 "),
        (["--on", "get", "--do", ""], "--do is empty."),
        (["--on", "get", "--do", "{status: 503}", "--vendor", "phaseoo"], "VEN001 "),
        (["--on", "create_batch", "--do", "{status: 503}", "--vendor", "reap"], "--on:1:1: SCN052 reap has no"),
    ],
)
def test_a_mistake_has_its_place_in_the_option(words, message, mockserver, server):
    result = add_fault(mockserver, *words)
    assert result.code == 2
    assert message in result.err
    assert server.admin("faults")["total"] == 0


def test_all_mistakes_are_reported_in_one_run_each_with_its_line(mockserver):
    result = add_fault(mockserver, "--on", "gett", "--when", "{pol: 3}", "--do", "{status: 503, retry_after: 30}")
    assert [line.split()[0] for line in result.err.splitlines() if "SCN" in line] == [
        "--on:1:1:",
        "--when:1:2:",
        "--do:1:28:",
    ]
    assert "    {status: 503, retry_after: 30}\n" + " " * 31 + "^\n" in result.err


@pytest.mark.server("phaseo@2026-04-01", judged=False)
def test_the_eras_of_the_session_decide_which_operations_there_are(mockserver):
    for vendor in ("phaseo", "phaseo@2026-10-02"):
        result = add_fault(mockserver, "--on", "download_url", "--do", "{status: 503}", "--vendor", vendor)
        assert "--on:1:1: SCN052 phaseo has no operation 'download_url'" in result.err


def test_a_session_that_plays_an_older_era_decides_for_itself(mockserver):
    scenario = ScenarioLibrary(VENDORS).load("april-words-pending-in-progress")
    with fake_server(known=[scenario], judged=False) as server:
        server.admin("sessions", {"name": "april", "scenario": scenario.name})
        words = ["--on", "download_url", "--do", "{status: 503}", "--vendor", "phaseo", "--url", server.url]
        assert add_fault(mockserver, *words, "--session", "default").code == 0
        assert add_fault(mockserver, *words, "--session", "april").err.startswith("--on:1:1: SCN052 ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"status": 503, "retry_after": "30s"}, "{status: 503, retry_after: 30s}"),
        (["a b", "1.5h", "no", "7", "", "x: y", None, True], '[a b, 1.5h, "no", "7", "", "x: y", null, true]'),
    ],
)
def test_flow_text_quotes_what_yaml_would_read_as_something_else(value, text):
    assert flow_text(value) == text


# webhooks


def test_without_endpoints_the_command_says_how_to_set_one(mockserver):
    result = mockserver("webhooks")
    assert result.out == ""
    assert "`mockserver webhooks set VENDOR http://127.0.0.1:4811/` sends them there" in result.err
    assert "has sent no webhook; `mockserver webhooks` lists" in mockserver("webhooks", "deliveries").err
    assert "has sent no such webhook" in mockserver("webhooks", "deliveries", "--state", "failed").err
    assert mockserver("webhooks", "clear").err == "session default had no webhook endpoint\n"


def test_an_endpoint_is_set_listed_and_removed(mockserver, server):
    words = ["--secret", "s1", "--events", "[completed]", "--stamp", "wall", "--id", "we_1"]
    address = "http://127.0.0.1:4811/hook"
    assert mockserver("webhooks", "set", "phaseo", address, *words).out == f"webhooks of phaseo go to {address}\n"
    endpoint = server.admin("webhooks")["webhooks"][0]
    assert endpoint["id"] == "we_1"
    assert endpoint["has_secret"] is True
    assert mockserver("webhooks").out.splitlines()[1].split() == [
        "phaseo", address, "yes", "completed", "wall", "200", "0",
    ]  # fmt: skip
    assert mockserver("webhooks", "clear").out == "removed the endpoint of phaseo\n"


def test_an_address_that_is_not_allowed_says_so(mockserver):
    out = mockserver("webhooks", "set", "phaseo", "http://example.com/").out
    assert "    but nothing will be sent: example.com " in out


def test_the_secret_comes_from_the_variable(mockserver, server, monkeypatch):
    monkeypatch.setenv("MOCKSERVER_WEBHOOK_SECRET", "whsec_1")
    assert mockserver("webhooks", "set", "phaseo").out == "webhooks of phaseo go to the session's own receiver\n"
    assert server.session().deliveries.endpoint("phaseo").secret == "whsec_1"


def test_deliveries_are_listed_with_their_results_and_repeated(mockserver, server):
    mockserver("webhooks", "set", "reap", "--receiver", "[500]", "--deliver", "[{duplicate: 2}]")
    job = server.admin("jobs", {"vendor": "reap"})["jobs"][0]
    assert mockserver("webhooks").out.endswith("\n1 job with deliveries to come\n")
    server.admin("clock", {"advance": "5m"})
    titles, *rows = [line.split() for line in mockserver("webhooks", "deliveries").out.splitlines()]
    assert titles[:2] == ["delivery", "time"]
    assert [row[-3:] for row in rows][:2] == [["failed", "500", "-"], ["delivered", "200", "-"]]
    assert [row[-4] for row in rows] == ["1", "duplicate", "duplicate"]
    assert all(job in row for row in rows)
    failed = mockserver("webhooks", "deliveries", "--state", "failed", "--job", job, "--json")
    assert json.loads(failed.out)["total"] == 1
    again = mockserver("webhooks", "redeliver", rows[0][0])
    assert again.out.splitlines()[1].split()[-3:] == ["delivered", "200", "-"]
    assert mockserver("webhooks", "redeliver", "dlv_9").err.startswith("ADM011 ")


def test_an_answer_that_counts_as_a_failure_has_its_reason(mockserver, server):
    mockserver("webhooks", "set", "reap", "--receiver", "[{status: 200, body: OK}]")
    server.admin("jobs", {"vendor": "reap"})
    server.admin("clock", {"advance": "5m"})
    assert "  200: the answer's body must be empty  " in mockserver("webhooks", "deliveries").out


def test_a_delivery_is_repeated_with_a_spoilt_signature_and_copies(mockserver, server):
    mockserver("webhooks", "set", "twelvelabs")
    server.admin("jobs", {"vendor": "twelvelabs"})
    server.admin("clock", {"advance": "1h"})
    first = server.admin("deliveries")["deliveries"][0]["id"]
    spoilt = mockserver("webhooks", "redeliver", first, "--sign", "wrong-secret", "--duplicate", "2", "--json")
    assert json.loads(spoilt.out)["signature"] == "wrong"
    assert [each["cause"] for each in server.admin("deliveries")["deliveries"][-3:]] == [
        "redelivery", "duplicate", "duplicate",
    ]  # fmt: skip
    refused = mockserver("webhooks", "redeliver", first, "--sign", "wrong-sekret")
    assert "ADM003 no sign 'wrong-sekret' (did you mean 'wrong-secret'?)" in refused.err


def test_a_delivery_that_will_be_tried_again_has_its_next_attempt(mockserver, server):
    mockserver("webhooks", "set", "twelvelabs", "--receiver", "[500]")
    server.admin("jobs", {"vendor": "twelvelabs"})
    server.admin("clock", {"advance": "22s"})
    out = mockserver("webhooks", "deliveries").out
    assert "  retrying  500" in out
    assert "1 job with deliveries to come, the next at 2026-10-01 12:0" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["phaseo", "--events", "[complted]"], "--events:1:2: SCN070 there is no event 'complted'"),
        (["phaseo", "mailto:a"], "ADDRESS:1:1: SCN0"),
        (["reap", "--receiver", "[99]"], "--receiver:1:2: SCN0"),
        (["phaseo", "http://127.0.0.1/", "--receiver", "[500]"], "SCN027 "),
        (["raep"], "VEN001 "),
    ],
)
def test_a_wrong_endpoint_has_its_place_in_the_option(words, message, mockserver, server):
    result = mockserver("webhooks", "set", *words)
    assert result.code == 2
    assert message in result.err
    assert server.admin("webhooks")["webhooks"] == []
