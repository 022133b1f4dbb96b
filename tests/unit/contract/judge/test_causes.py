"""Causes: which findings are one fault, which rule names it, and what stays a fault of its own."""

from dataclasses import replace

import pytest

from mockserver.contract.findings import AnswerPlace, Finding, mask_indexes
from mockserver.contract.judge.causes import FaultCauses
from mockserver.contract.rules.rule_set import load_rule_set
from tests.support.toy_contract import COMMON_RULES, ERA, contracts, read_job, rule

RULES = (
    rule("T1", "schema", "finds: [S5]", "where: [/status]", level="W"),
    rule("P1", "present", "by: /status", "fields: {/ended: [done]}"),
    rule("P2", "present", "by: /status", "fields: {/ended: [done], /url: [done]}"),
    rule(
        "I1", "implies", "when: {field: /status, equals: done}", "then: [{field: /a, equals: 1}, {field: /b, least: 2}]"
    ),
    rule("I2", "implies", "each: /parts", "then: {field: /status, equals: done}"),
    rule("U1", "sum", "parts: [/a, /b]", "total: /all"),
    rule("M1", "monotone", "up: [/a, /b]", level="W"),
    rule("K1", "constant", "fields: [/a, /made]"),
    rule("O1", "ordered", "fields: [/made, /ended]", "within: 0s", level="W"),
    rule("A1", "answer", "operations: [read]", "then: {field: /body/code, same: /http}", on="", level="W"),
    rule("X1", "unmixed", "signs: []", on="", level="W"),
    rule("N1", "unknown"),
)


@pytest.fixture
def causes(tmp_path):
    return FaultCauses(load_rule_set("toy", ERA, contracts(tmp_path, *RULES, common=COMMON_RULES)))


def found(rule_id, where, level="error", *, at=None, sent=1, job="job j1", **fields) -> Finding:
    """A finding at a place of one answer; `at`: the place from the root of the answer."""
    place = AnswerPlace(sent, at or where)
    return Finding(rule_id, level, "m", where, "s", resource=job, place=place, **fields)


def named(causes, *findings):
    """The rule of each fault, with those beside it."""
    return {each.rule: [beside.rule for beside in each.also] for each in causes.merge(findings)}


def test_findings_at_one_place_are_one_fault(causes):
    assert named(causes, found("M1", "/a", "warning"), found("K1", "/a")) == {"K1": ["M1"]}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (found("S5", "/a", job=None), found("K1", "/a")),
        (found("S5", "/a", "warning", job=None), found("U1", "/a")),
        (found("U1", "/a"), found("K1", "/a")),
        (found("U1", "/a"), found("S3", "/a", job=None, is_absence=True)),
        (found("L2", "history", at="/status"), found("S13", "/status", "info", job=None)),
        (found("A1", "/code", "warning", job=None), found("T1", "/code", "warning", job=None)),
        (found("P1", "/ended"), found("O1", "/ended", "warning")),
        (found("L2", "status"), found("S1", "status", job=None)),
        (found("T1", "/status", "warning", job=None), found("P1", "/status")),
        (found("N1", "status"), found("L1", "history", at="status")),
    ],
)
def test_the_most_specific_rule_names_the_fault(causes, first, second):
    for findings in ((first, second), (second, first)):
        assert named(causes, *findings) == {first.rule: [second.rule]}


def test_a_rule_that_reads_a_wrong_field_is_a_consequence(causes):
    wrong_status = found("T1", "/status", "warning", job=None)
    assert named(causes, wrong_status, found("P1", "/ended"), found("M1", "/a", "warning")) == {
        "T1": ["P1"],
        "M1": [],
    }
    assert named(causes, found("S3", "/b", job=None), found("U1", "/all")) == {"S3": ["U1"]}
    assert named(causes, found("K1", "/made"), found("O1", "/ended", "warning")) == {"K1": ["O1"]}


def test_of_several_fields_that_a_status_brings_none_explains_another(causes):
    assert named(causes, found("S3", "/ended", job=None), found("P2", "/url")) == {"S3": [], "P2": []}


def test_of_several_conditions_each_reads_its_own_field(causes):
    assert named(causes, found("S3", "/a", job=None), found("I1", "/b")) == {"S3": [], "I1": []}
    assert named(causes, found("S5", "/status", job=None), found("I1", "/b")) == {"S5": ["I1"]}


def test_entries_of_a_list_have_pointers_of_their_own(causes):
    assert named(causes, found("T1", "/status", job=None), found("I2", "/parts/0/status")) == {"T1": [], "I2": []}


def test_in_a_list_every_job_is_by_itself(causes):
    wrong = found("T1", "/data/0/status", job=None)
    own = found("P1", "/ended", at="/data/0/ended", job="job j0")
    other = found("P1", "/ended", at="/data/1/ended", job="job j1")
    merged = causes.merge([wrong, own, other])
    assert [(mask_indexes(each.place.where), each.also) for each in merged] == [
        ("/data/*/ended", ()),
        ("/data/*/status", (own,)),
    ]


def test_findings_about_different_jobs_are_not_one_fault(causes):
    clash = found("L2", "history", at="/status")
    assert named(causes, clash, found("M1", "/a", "warning", job="job j2")) == {"L2": [], "M1": []}


def test_a_contradiction_of_the_states_explains_what_changed_with_them(causes):
    clash = found("L1", "history", "warning", at="/status")
    others = (found("M1", "/a", "warning"), found("P1", "/ended"), found("U1", "/all"))
    assert named(causes, clash, *others) == {"L1": ["P1", "M1"], "U1": []}


def test_another_body_or_status_explains_what_is_said_about_the_job(causes):
    body = found("S3", "body", job=None)
    assert named(causes, body, found("L1", "history", "warning", at="/status")) == {"S3": ["L1"]}
    assert named(causes, body, found("S2", "header Content-Type", job=None)) == {"S3": [], "S2": []}
    status = found("S1", "status", job=None)
    assert named(causes, status, found("A1", "/code", "warning", job=None)) == {"S1": ["A1"]}


def test_information_explains_nothing(causes):
    noted = found("S13", "body", "info", job=None, is_absence=True)
    assert named(causes, noted, found("P1", "/ended")) == {"S13": [], "P1": []}
    assert named(causes, found("T1", "/status", "info", job=None), found("P1", "/ended")) == {"T1": [], "P1": []}


def test_information_does_not_explain_other_information(causes):
    noted = found("T1", "/status", "info", job=None)
    assert named(causes, noted, found("P1", "/ended", "info")) == {"T1": [], "P1": []}


def test_two_findings_of_one_rule_are_two_faults(causes):
    assert [each.also for each in causes.merge([found("U1", "/a"), found("U1", "/b")])] == [(), ()]


def test_what_only_several_answers_show_stays_by_itself(causes):
    assert named(causes, found("S5", "/a", job=None), found("X1", "status", "warning", job=None)) == {
        "S5": [],
        "X1": [],
    }


def test_different_answers_have_different_faults(causes):
    assert named(causes, found("K1", "/a", sent=1), found("M1", "/a", "warning", sent=3)) == {"K1": [], "M1": []}
    assert [each.rule for each in causes.merge([Finding("S1", "info", "m", "status", "s")])] == ["S1"]


def story(rule_id, level="error", *, sendings, job="job j1", in_closed_world=False) -> Finding:
    """A contradiction of the states, in calls that were sent then; the last of them clashes."""
    place = AnswerPlace(sendings[-1], "status")
    proof = {"story": ("1. a call",), "story_sendings": sendings, "needs_closed_world": in_closed_world}
    return Finding(rule_id, level, "m", "history", "s", resource=job, place=place, **proof)


DENIED = story("L1", "warning", sendings=(1, 3), in_closed_world=True)
BACK = story("L2", sendings=(1, 3, 5))


def test_a_wrong_answer_that_two_worlds_show_is_one_fault(causes):
    for findings in ((DENIED, BACK), (BACK, DENIED)):
        assert named(causes, *findings) == {"L2": ["L1"]}
    wrong_status = found("T1", "/status", sent=5)
    assert named(causes, DENIED, BACK, wrong_status) == {"L2": ["L1"], "T1": []}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (replace(DENIED, needs_closed_world=False), BACK),
        (DENIED, replace(BACK, needs_closed_world=True)),
        (replace(DENIED, level="error"), replace(BACK, level="warning")),
        (replace(DENIED, resource="job j2"), BACK),
        (DENIED, story("L2", sendings=(1, 5))),
        (replace(DENIED, story=()), BACK),
    ],
)
def test_answers_that_are_wrong_by_themselves_are_two_faults(causes, earlier, later):
    assert named(causes, earlier, later) == {"L1": [], "L2": []}


def test_a_denial_that_is_shown_again_twice_stands_beside_the_first(causes):
    again = story("N1", sendings=(3, 7))
    assert named(causes, DENIED, BACK, again) == {"L2": ["L1"], "N1": []}


def test_what_stood_beside_a_contradiction_stays_beside_the_cause(causes):
    wrong_answer = found("T1", "status", sent=5, job=None)
    assert named(causes, DENIED, BACK, wrong_answer) == {"T1": ["L2", "L1"]}


def test_a_history_merges_what_one_answer_shows(make_judge):
    judge = make_judge(rule("P1", "present", "by: /status", "fields: {/ended: [done]}"))
    judge.add(read_job("done", 1, ended="now"))
    (fault,) = judge.add(read_job("working", 3, ended="now"))
    assert fault.rule == "L2"
    assert [each.rule for each in fault.also] == ["P1"]
    assert judge.finish().findings == (fault,)
