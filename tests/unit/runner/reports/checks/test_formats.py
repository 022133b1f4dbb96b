"""What each format shows of results made by hand."""

import html
import json
import re
import runpy
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator

from mockserver.contract.judgement import JudgementCounts, RuleVerdict, StateCoverage
from mockserver.contract.rules.kinds import RULE_KINDS
from mockserver.core.instants import rfc3339
from mockserver.core.wire import NO_POSITION, Exchange, Response, SourcePosition
from mockserver.documentation import SITE
from mockserver.errors import Location, Problem
from mockserver.recordings.journal import encode_line
from mockserver.runner.reports.checks import github, json_report
from mockserver.runner.reports.checks.advice import ADVICE
from mockserver.runner.reports.checks.baseline import Baseline, BaselineEntry
from mockserver.runner.reports.checks.html_report import html_report
from mockserver.runner.reports.checks.json_report import render_json, render_schema, report_object, report_schema
from mockserver.runner.reports.checks.junit import junit_report
from mockserver.runner.reports.checks.locations import full_location, short_location
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.results import CheckPolicy, CheckReport
from mockserver.runner.reports.checks.sarif import FINGERPRINT, file_uri, sarif_log
from mockserver.runner.reports.checks.text import text_report
from tests.support.doc_pages import ROOT
from tests.support.golden_reports import reports
from tests.support.recorded_traffic import (
    HOST,
    batch_exchanges,
    check_results,
    make_finding,
    make_judgement,
    make_results,
    reopen_batch,
    write_recording,
)

NOTE = make_finding("C2", "info", where="request", operation="retrieveBatch")
STORY = ("1. 2026-10-01T12:00:00Z  GET /a -> 200 canceled", "2. +2s (answered +3s)  GET /a -> 200 processing")
PROOF = make_finding("T12b", where="history", story=STORY, possible="canceled", observed="GET /a -> 200 processing")
KNOWN = Baseline(
    "known.yaml", (BaselineEntry("T3", "ticket 1", "2026-12-31"), BaselineEntry("T4", "x", "2026-12-31")), "2026-10-01"
)
OVER = Baseline("known.yaml", (BaselineEntry("T3", "ticket 1", "2026-09-30"),), "2026-10-01")
CUT = (Problem("REC004", "it was cut off", "Record it anew.", Location("calls.jsonl", 7, 1)),)


def everything() -> CheckReport:
    """Something of all there is."""
    counts = JudgementCounts(
        exchanges=9,
        judged=7,
        jobs=2,
        late=1,
        repeated=3,
        unknown_hosts={"cdn.example": 2},
        unknown_calls={"GET /x": 1},
        path_prefixes={"/gateway": 1},
    )
    coverage = (StateCoverage("batch", (), ("pending",)), StateCoverage("task", ("ready",), ()))
    found = make_judgement(
        PROOF, make_finding(), make_finding("T5", "warning"), conduct=(NOTE,), counts=counts, coverage=coverage
    )
    return make_results(
        found,
        terms=CheckPolicy(baseline=KNOWN),
        strangers={f"host{n}": n for n in range(1, 7)},
        unanswered=2,
        skipped={"CORS preflight": 4},
        incomplete={"answer broken off": 1},
        problems=CUT,
    )


# Text


def test_the_text_shows_everything():
    output = text_report(everything())
    for words in (
        "calls.jsonl: journal, 9 calls, 2 without an answer\n",
        "  calls.jsonl:7:1: REC004 it was cut off\n      Record it anew.\n",
        "  left out: CORS preflight (4)\n",
        "  not recorded: answer broken off (1)\n",
        "  of no known vendor: host6 (6), host5 (5), host4 (4), host3 (3), 2 more\n",
        "  twelvelabs@2026-07-30 (pinned): 7 of 9 answers judged, 2 jobs\n",
        "    other hosts: cdn.example (2)\n",
        "    calls of no operation in the contract: GET /x (1)\n",
        "    prefixes before a path of the contract: /gateway (1)\n",
        "    too far out of order to be judged: 1\n",
        "    more findings like those below: 3\n",
        "    batch seen in no state; never pending\n",
        "    task seen ready (all states)\n",
        "error T12b: the counters add up\n    1. 2026-10-01T12:00:00Z  GET /a -> 200 canceled\n    2. +2s (answered",
        "\n    possible  canceled\n    observed  GET /a -> 200 processing\n",
        "Client conduct, reported apart from the findings; --conduct fail makes it fail the check.\n",
        "known.yaml: 1 finding accepted\n  x1 T3, until 2026-12-31: ticket 1\n",
        "  matches no finding: T4, until 2026-12-31: x\n",
        "1 recording, 9 calls, 7 judged: 1 error, 1 warning, 0 info, conduct 1\n",
        "exit 2: a file could not be read",
    ):
        assert words in output
    assert "error T3" not in output


def test_the_text_of_a_group():
    many = [make_finding(resource=f"batch b{n}") for n in range(6)]
    output = text_report(make_results(make_judgement(*many), terms=CheckPolicy(conduct_fails=True, baseline=OVER)))
    assert (
        "error T3 x6: the counters add up\n    job       batch b0, batch b1, batch b2, batch b3 and 2 more\n" in output
    )
    assert "    expired   the baseline accepted it: T3, until 2026-09-30: ticket 1\n" in output
    assert "known.yaml: 0 findings accepted\n  expired, so it counts again: T3, until 2026-09-30: ticket 1" in output
    assert "1 error (x6), 0 warnings" in output
    assert "Client conduct" not in output


def test_the_text_says_that_conduct_counts():
    assert "apart from the findings; it fails the check." in text_report(
        make_results(make_judgement(conduct=(NOTE,)), terms=CheckPolicy(conduct_fails=True))
    )


def test_the_text_of_what_cannot_be_read():
    output = text_report(make_results(problems=CUT, kind=None))
    assert output.startswith("calls.jsonl: unreadable, 9 calls\n  calls.jsonl:7:1: REC004")


# JSON


def test_the_published_schema_is_the_present_one():
    """Else: `python -m mockserver.runner.reports.checks.json_report docs/report.schema.json`."""
    assert (ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8") == render_schema()


@pytest.mark.parametrize(
    "found",
    [
        CheckReport((), ()),
        make_results(make_judgement()),
        everything(),
        make_results(make_judgement(make_finding()), terms=CheckPolicy(baseline=OVER)),
    ],
)
def test_a_report_is_valid_by_its_schema(found):
    Draft202012Validator.check_schema(report_schema())
    Draft202012Validator(report_schema()).validate(json.loads(render_json(found)))


def test_the_schema_is_published_by_a_command(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["machine", str(tmp_path / "schema.json")])
    runpy.run_path(json_report.__file__, run_name="__main__")
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == render_schema()


def test_the_schema_demands_every_field():
    whole = report_object(everything())
    for name in whole:
        lacking = {key: value for key, value in whole.items() if key != name}
        assert not Draft202012Validator(report_schema()).is_valid(json.loads(json.dumps(lacking))), name


def test_the_numbers_of_the_report():
    output = json.loads(render_json(everything()))
    assert output["summary"] == {"error": 1, "warning": 1, "info": 0, "conduct": 1, "accepted": 1}
    assert [group["rule"] for group in output["groups"]] == ["T12b", "T3", "T5", "C2"]
    assert output["baseline"] == {
        "file": "known.yaml",
        "entries": 2,
        "unused": [{**output["baseline"]["unused"][0], "rule": "T4"}],
    }


def test_the_json_of_a_recording_is_the_same_every_time(tmp_path):
    path = write_recording(tmp_path / "calls.jsonl", batch_exchanges(reopen_batch))
    one, two = render_json(check_results(path)), render_json(check_results(path))
    assert one == two
    Draft202012Validator(report_schema()).validate(json.loads(one))


# JUnit


def cases(found: CheckReport) -> dict[str, ElementTree.Element]:
    return {case.attrib["name"]: case for case in ElementTree.fromstring(junit_report(found)).iter("testcase")}


def test_a_case_for_each_rule_and_job():
    verdicts = (
        RuleVerdict("T3", "error", "batch b1", "violated"),
        RuleVerdict("T4", "error", "batch b1", "ok"),
        RuleVerdict("L13", "info", "batch b1", "inconclusive", "it was never seen to end"),
    )
    found = cases(
        make_results(make_judgement(make_finding(), make_finding("T5", "warning", resource=None), verdicts=verdicts))
    )
    assert list(found) == ["L13 batch b1", "T3 batch b1", "T4 batch b1", "T5 retrieveBatch", "there is evidence"]
    assert found["L13 batch b1"][0].attrib == {"message": "it was never seen to end"}
    assert found["T3 batch b1"][0].tag == "failure"
    assert found["T3 batch b1"][0].attrib == {"message": "the counters add up", "type": "error"}
    assert found["T5 retrieveBatch"][0].tag == "system-out"
    assert not len(found["T4 batch b1"])


def test_a_broken_rule_without_a_finding_of_its_own_is_no_passed_case():
    verdicts = tuple(RuleVerdict(rule, "error", "batch b1", "violated") for rule in ("T3", "T13", "T4"))
    fault = make_finding(also=(make_finding("T13", where="/canceled_at"),))
    found = cases(make_results(make_judgement(fault, verdicts=verdicts)))
    assert found["T3 batch b1"][0].tag == "failure"
    assert found["T13 batch b1"][0].attrib == {"message": "broken by the same fault as T3"}
    assert found["T4 batch b1"][0].attrib == {"message": "broken, and counted with the same findings about others"}


def test_every_format_names_the_rules_beside_a_finding():
    fault = make_finding("T20", "warning", also=(make_finding("T13", where="/canceled_at"),))
    found = make_results(make_judgement(fault))
    texts = {**reports(found), "sarif": sarif_log(found).decode(), "json": render_json(found)}
    assert [name for name, text in texts.items() if "T13 at /canceled_at (error)" not in html.unescape(text)] == []


def test_one_case_has_all_that_was_found_on_a_job():
    two = (make_finding("T5", "warning", message="small"), make_finding("T5", "error", message="big", where="/x"))
    case = cases(make_results(make_judgement(*two), terms=CheckPolicy(baseline=KNOWN)))["T5 batch b1"]
    assert case[0].attrib["message"] == "big"
    assert "warning T5: small" in (case[0].text or "")


def test_each_recording_has_its_own_cases():
    both = build_report(
        (
            *make_results(make_judgement(make_finding())).recordings,
            *make_results(make_judgement(), file="b.jsonl").recordings,
        ),
        CheckPolicy(),
    )
    suites = [suite.attrib for suite in ElementTree.fromstring(junit_report(both))]
    assert [(suite["name"], suite["failures"]) for suite in suites] == [
        ("calls.jsonl twelvelabs@2026-07-30", "1"),
        ("b.jsonl twelvelabs@2026-07-30", "0"),
        ("evidence", "0"),
    ]


def test_accepted_findings_are_skipped():
    case = cases(make_results(make_judgement(make_finding()), terms=CheckPolicy(baseline=KNOWN)))["T3 batch b1"]
    assert case[0].tag == "skipped"
    assert case[0].attrib["message"] == "accepted T3, until 2026-12-31: ticket 1"


def test_a_broken_file_and_missing_evidence_are_cases():
    root = ElementTree.fromstring(junit_report(make_results(problems=CUT)))
    assert root.attrib == {"name": "mockserver check", "tests": "2", "failures": "0", "errors": "1", "skipped": "1"}
    error = root.find(".//error")
    assert error is not None
    assert error.attrib == {"message": "it was cut off", "type": "REC004"}


# GitHub


def test_ten_annotations_of_a_level_are_shown():
    many = [make_finding(where=f"/x{n}y") for n in range(12)]
    lines = list(
        github.annotations(make_results(make_judgement(*many, make_finding("T5", "warning"), conduct=(NOTE,))))
    )
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 10 + ["errors:", "::warning", "::notice"]
    assert lines[10] == "errors: and 2 more groups of findings at level error"


def test_what_could_not_be_read_is_annotated():
    (line,) = github.annotations(make_results(make_judgement(), problems=CUT))
    assert line == "::error file=calls.jsonl,line=7,col=1,title=REC004::it was cut off%0ARecord it anew."


def test_what_counts_is_annotated_first():
    found = make_results(
        make_judgement(make_finding("S4", "info"), conduct=(NOTE,)), terms=CheckPolicy(conduct_fails=True)
    )
    lines = list(github.annotations(found))
    assert [line.partition("title=")[2].partition(" ")[0] for line in lines] == ["C2", "S4"]


def test_conduct_without_an_operation_has_a_title():
    note = make_finding("C3", "info", operation=None, resource=None)
    (line,) = github.annotations(make_results(make_judgement(conduct=(note,))))
    assert "title=C3 conduct::" in line


def test_the_summary_of_a_fine_run_is_short():
    output = github.step_summary(make_results(make_judgement()))
    assert output.startswith("## ✅ mockserver check\n\n1 recording, 9 calls")
    assert "###" not in output


def test_the_summary_counts_what_it_does_not_show():
    many = [make_finding(where=f"/x{n}y", resource=None) for n in range(52)]
    many += [make_finding("T5", "warning", resource=f"batch b{n}") for n in range(2)]
    output = github.step_summary(make_results(make_judgement(*many)))
    assert "\nand 3 more groups\n" in output


def test_the_summary_names_one_job_and_counts_the_others():
    output = github.step_summary(
        make_results(make_judgement(*(make_finding(resource=f"batch b{n}") for n in range(3))))
    )
    assert "| batch b0 and 2 more |" in output


def test_a_summary_that_is_too_long_is_cut(monkeypatch):
    monkeypatch.setattr(github, "MAX_SUMMARY_LENGTH", 40)
    output = github.step_summary(everything())
    assert output.endswith("\n\nThe summary was too long and is truncated.\n")
    assert output.startswith("## ❌")


@pytest.mark.parametrize(
    ("found", "mark"), [(CheckReport((), ()), "❔"), (make_results(make_judgement(make_finding())), "❌")]
)
def test_the_mark_of_a_summary(found, mark):
    assert github.step_summary(found).startswith(f"## {mark} ")


# SARIF


def test_a_result_for_each_group():
    log = json.loads(sarif_log(everything()))
    (run,) = log["runs"]
    assert [each["ruleId"] for each in run["results"]] == [f"twelvelabs/{name}" for name in ("T12b", "T3", "T5", "C2")]
    assert [each["level"] for each in run["results"]] == ["error", "error", "warning", "note"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    proof, accepted = run["results"][:2]
    assert [
        step["location"]["message"]["text"] for step in proof["codeFlows"][0]["threadFlows"][0]["locations"]
    ] == list(STORY)
    assert accepted["suppressions"] == [{"kind": "external", "justification": "T3, until 2026-12-31: ticket 1"}]
    assert set(accepted["partialFingerprints"]) == {FINGERPRINT}
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["descriptor"] == {"id": "REC004"}


def test_a_rule_has_the_address_of_its_documentation():
    (run,) = json.loads(sarif_log(make_results(make_judgement(make_finding()))))["runs"]
    (descriptor,) = run["tool"]["driver"]["rules"]
    assert descriptor["helpUri"] == f"{SITE}rules.html#T3"


def test_a_finding_by_no_known_rule_has_none():
    (result,) = json.loads(
        sarif_log(make_results(make_judgement(make_finding("X9", source="a page", operation=None))))
    )["runs"][0]["results"]
    assert not {"ruleIndex", "relatedLocations", "codeFlows", "suppressions"} & set(result)
    assert "logicalLocations" not in result["locations"][0]


def test_a_path_as_a_uri():
    assert file_uri("a b/ü.har") == "a%20b/%C3%BC.har"
    assert file_uri("/a b.har") == "file:///a%20b.har"


# Places


@pytest.mark.parametrize(
    ("spot", "in_full", "in_brief"),
    [
        (SourcePosition(12, 7, "/log/entries/3"), "calls.har:12:7 log.entries[3]", "line 12"),
        (SourcePosition(1, 5_321, "/log/entries/12"), "calls.har:1:5321 log.entries[12]", "log.entries[12]"),
        (SourcePosition(1, 18, "/interactions/0"), "calls.har:1:18 interactions[0]", "interactions[0]"),
        (SourcePosition(1, 1), "calls.har:1:1", "line 1"),
        (NO_POSITION, None, None),
    ],
)
def test_a_place_in_words(spot, in_full, in_brief):
    assert full_location("calls.har", spot) == in_full
    assert short_location(spot) == in_brief


ONE_LINE = (SourcePosition(1, 101, "/log/entries/3"), SourcePosition(1, 902, "/log/entries/12"))


def placed(*spots: SourcePosition) -> CheckReport:
    """Results whose proof has places, the last of which is decisive."""
    return make_results(make_judgement(replace(PROOF, spot=spots[-1], story_spots=spots)), file="calls.har")


def test_every_format_says_where_the_exchanges_stand():
    found = placed(SourcePosition(4, 7), SourcePosition(9, 7))
    assert "-> 200 canceled  (line 4)\n    2. +2s (answered +3s)  GET /a -> 200 processing  (line 9)\n" in text_report(
        found
    )
    assert "\n    place     calls.har:9:7\n" in text_report(found)
    assert "processing  (line 9)" in github.step_summary(found).replace("&#40;", "(").replace("&#41;", ")").replace(
        "&#62;", ">"
    )
    (line,) = github.annotations(found)
    assert line.startswith("::error file=calls.har,line=9,col=7,title=T12b")
    assert "canceled  (line 4)%0A" in line
    assert "canceled</span> <span class=place>line 4</span></span></li>" in html_report(found).decode()
    output = json.loads(render_json(found))["groups"][0]["finding"]
    assert output["spot"] == {"line": 9, "column": 7, "pointer": ""}
    assert [each["line"] for each in output["story_spots"]] == [4, 9]


def test_in_a_file_of_one_line_the_entries_are_named():
    found = placed(*ONE_LINE)
    assert "-> 200 canceled  (log.entries[3])\n" in text_report(found)
    assert "\n    place     calls.har:1:902 log.entries[12]\n" in text_report(found)
    assert "<span class=place>log.entries[12]</span>" in html_report(found).decode()
    assert "file=calls.har,line=1,col=902,title" in next(github.annotations(found))


def test_sarif_has_a_place_for_the_result_and_for_each_call():
    (result,) = json.loads(sarif_log(placed(*ONE_LINE)))["runs"][0]["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 902}
    assert place["logicalLocations"] == [
        {"name": "retrieveBatch", "kind": "function"},
        {"fullyQualifiedName": "/log/entries/12", "kind": "object"},
    ]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [each["location"]["physicalLocation"]["region"]["startColumn"] for each in steps] == [101, 902]


def test_what_is_in_no_file_has_its_first_line():
    assert "place" not in text_report(make_results(make_judgement(make_finding())))
    assert "line=1,col=1,title" in next(github.annotations(make_results(make_judgement(make_finding()))))
    (result,) = json.loads(sarif_log(make_results(make_judgement(PROOF))))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert json.loads(render_json(make_results(make_judgement(PROOF))))["groups"][0]["finding"]["spot"] is None


def test_fingerprints_and_baselines_do_not_hang_on_the_place():
    (one,), (two,) = placed(SourcePosition(4, 7)).groups, placed(SourcePosition(900, 1)).groups
    assert one.fingerprint == two.fingerprint
    assert one.baseline_entries("a", "b") == two.baseline_entries("a", "b")


FORMS = ("calls.har", "minified.har", "calls.yaml", "calls.json", "calls.jsonl")


@pytest.mark.parametrize("name", FORMS)
def test_a_finding_of_a_file_points_at_its_entry(name, tmp_path):
    """The places lead to the very calls, whatever the file: the line has the entry, or the pointer finds it."""
    path = tmp_path / name
    path.write_text(written(name, batch_exchanges(reopen_batch)), encoding="utf-8")
    (proof,) = [each.finding for each in check_results(path).findings if each.finding.rule == "T12b"]
    shown = [shown_at(path, spot) for spot in proof.story_spots]
    assert [word for each in shown for word in ("canceled", "processing") if f'"{word}"' in each] == [
        "canceled",
        "processing",
    ]
    assert proof.spot == proof.story_spots[-1]


def written(name: str, exchanges: list[Exchange]) -> str:
    """A recording of one of the forms, with entries (blank lines) that are no call."""
    if name == "calls.jsonl":
        return "\n".join(encode_line(each).decode() for each in exchanges)
    if name.endswith(".har"):
        calls = {"log": {"entries": [{"_fromCache": True, "request": {}}, *map(har_of, exchanges)]}}
        return json.dumps(calls, indent=None if name.startswith("mini") else 2)
    tape = {"interactions": [{}, *map(interaction_of, exchanges)], "version": 1}
    return json.dumps(tape) if name.endswith("json") else str(yaml.safe_dump(tape))


def har_of(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    assert response is not None
    answer = {"status": 200, "headers": headers_of(response), "content": {"text": response.body.decode()}}
    request_json = {"method": request.method, "url": f"https://{HOST}{request.path}", "postData": {"text": ""}}
    return {"startedDateTime": rfc3339(exchange.sent_at), "time": 1, "request": request_json, "response": answer}


def interaction_of(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    assert response is not None
    request_json = {"method": request.method, "uri": f"https://{HOST}{request.path}", "body": "", "headers": {}}
    headers = {each["name"]: [each["value"]] for each in headers_of(response)}
    answer = {"status": {"code": 200}, "headers": headers, "body": {"string": response.body.decode()}}
    return {"request": request_json, "response": answer}


def headers_of(response: Response) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in response.headers]


def shown_at(path: Path, spot: SourcePosition) -> str:
    """The bodies' text of what stands at a place: the entry from its column on, up to the next one."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    rest = "".join([lines[spot.line - 1][spot.column - 1 :], *lines[spot.line :]])
    if path.suffix == ".yaml":
        entry = re.split(r"^- ", rest, flags=re.MULTILINE)[0]
        value = yaml.safe_load(textwrap.dedent(" " * (spot.column - 1) + entry))
    else:
        value = json.JSONDecoder().raw_decode(rest)[0]
    if spot.pointer and path.suffix != ".yaml":
        found = json.loads(path.read_text(encoding="utf-8"))
        for part in spot.pointer.split("/")[1:]:
            found = found[int(part)] if isinstance(found, list) else found[part]
        assert found == value
    answer = value["response"]
    return str(answer.get("content", {}).get("text") or dict(answer).get("body", {}) or answer)


# What to do


def test_every_kind_of_rule_that_finds_something_has_advice():
    silent = {"note", "ends", "probe", "family", "covers"}
    assert set(RULE_KINDS) - silent <= set(ADVICE)


# The page


@pytest.mark.parametrize(("count", "title"), [(0, "errors"), (1, "error"), (2, "errors"), (3, "errors")])
def test_the_page_counts_findings_by_level(count, title):
    found = [make_finding(where=f"/field_{number}") for number in "abc"[:count]]
    output = html_report(make_results(make_judgement(*found))).decode()
    assert f"<b>{count}</b><span>{title}</span>" in output
    assert "<b>0</b><span>warnings</span>" in output


def test_the_page_shows_everything():
    output = html_report(everything()).decode()
    for words in (
        "<h1>A recording could not be read</h1>",
        "<p class=why>exit 2: a file could not be read",
        "<li class=error><b>1</b><span>error</span></li>",
        "<b>7</b><span>of 9 calls judged</span>",
        "<span class=when>+2s <span class=arrow>(answered +3s)</span></span>",
        "<dt>left out</dt><dd>CORS preflight (4)</dd>",
        "<dt>of no known vendor</dt><dd>host6 (6), host5 (5), host4 (4), host3 (3), 2 more</dd>",
        "<td>T4</td><td>no finding matches it</td><td class=n>0</td>",
        "<td>T3</td><td>the counters add up</td><td class=n>1</td><td>ticket 1</td><td>2026-12-31</td>",
        "<dt>batch</dt><dd>seen in no state; never pending</dd>",
        "default-src 'none'",
        "@media (prefers-color-scheme: dark)",
    ):
        assert words in output
    assert "http://" not in output
    assert "https://" not in output


def test_the_page_counts_what_it_does_not_show():
    many = [make_finding(where=f"/x{n}y") for n in range(203)]
    several = [make_finding("T5", "warning", resource=f"batch b{n}") for n in range(6)]
    output = html_report(make_results(make_judgement(*many, *several))).decode()
    assert "and 4 more groups: the JSON report has them all" in output
    output = html_report(make_results(make_judgement(*several))).decode()
    assert "<span class=times>&times;6</span>" in output
    assert "<span class=tag>and 2 more</span>" in output
    assert "<li class=warning><b>6</b><span>warnings in 1 group</span></li>" in output


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (make_results(make_judgement()), "No findings"),
        (CheckReport((), ()), "Inconclusive"),
        (make_results(make_judgement(make_finding())), "1 finding"),
    ],
)
def test_the_title_of_a_page(found, title):
    assert f"<title>{title}</title>" in html_report(found).decode()


@pytest.mark.parametrize(
    ("message", "heading"),
    [
        ("lifecycle_status says the same", "lifecycle_status says the same"),
        ("data/0 is missing", "data/0 is missing"),
        ("projectId is kept", "projectId is kept"),
        ("'queued' is no state", "&#x27;queued&#x27; is no state"),
        ("the sum is right", "The sum is right"),
        ("missing: created_at", "Missing: created_at"),
        ("", ""),
    ],
)
def test_a_heading_begins_with_a_capital_unless_a_name_does(message, heading):
    assert f"<h3>{heading}</h3>" in html_report(make_results(make_judgement(make_finding(message=message)))).decode()


SPREAD = (
    make_finding(spot=SourcePosition(3, 7, "/log/entries/0")),
    make_finding(spot=SourcePosition(9, 1)),
    make_finding(spot=SourcePosition(9, 1)),
    make_finding(),
)


def test_a_group_shows_one_place_and_how_many_others_there_are():
    found = make_results(make_judgement(*SPREAD))
    assert "    place     calls.jsonl:3:7 log.entries[0] and 1 other place\n" in text_report(found)
    assert report_object(found)["groups"][0]["places"] == 2
    assert "place     calls.jsonl:9:1\n" in text_report(make_results(make_judgement(*SPREAD[1:])))
    assert report_object(make_results(make_judgement(make_finding())))["groups"][0]["places"] == 0
    assert "place  " not in text_report(make_results(make_judgement(make_finding())))


def test_a_case_has_the_place_of_its_first_finding():
    case = cases(make_results(make_judgement(*SPREAD)))["T3 batch b1"]
    assert case.get("file") == "calls.jsonl"
    assert case.get("line") == "3"
    assert cases(make_results(make_judgement(make_finding())))["T3 batch b1"].keys() == ["classname", "name"]
