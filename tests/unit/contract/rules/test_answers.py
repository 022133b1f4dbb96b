"""Rules about single answers, and names for the schema check's findings."""

from mockserver.contract.findings import Finding
from mockserver.contract.rules.answers import (
    compile_answer_rule,
    compile_schema_rule,
    condition_input,
    name_schema_findings,
)
from mockserver.documentation import rule_address
from tests.support.toy_contract import call, toy_rule


def test_an_answer_is_seen_with_its_request():
    exchange = call("GET", "/x?a=1", 409, sent={"b": 2}, headers={"x-k": "v"})
    view = condition_input(exchange, {"c": 3}, {"b": 2})
    assert view == {"http": 409, "body": {"c": 3}, "headers": {"x-k": "v"}, "query": {"a": "1"}, "sent": {"b": 2}}
    assert condition_input(call("GET", "/x", None), None, None)["http"] == 0


def test_a_rule_about_an_answer():
    rule = compile_answer_rule(
        toy_rule(
            "answer",
            operations=["get"],
            keyed=True,
            when={"field": "/body/code", "present": True},
            then=[{"field": "/body/code", "same": "/http"}, {"field": "/http", "in": [200]}],
        )
    )
    assert rule.operations == {"get"}
    assert rule.needs_key
    assert rule.check({"http": 500, "body": None}) is None
    assert rule.check({"http": 200, "body": {"code": 200}}) == []
    found = rule.check({"http": 500, "body": {"code": 501}})
    assert [(problem.where, problem.value) for problem in found] == [("/code", "501"), ("status", "500")]
    body = compile_answer_rule(toy_rule("answer", then={"field": "/body", "null": False}))
    assert [violation.where for violation in body.check({"http": 1, "body": None})] == ["body"]


def test_a_rule_names_what_the_schema_judge_finds():
    anywhere = compile_schema_rule(toy_rule("schema", "warning", finds=["S5"], operations=["get"]))
    there = compile_schema_rule(toy_rule("schema", finds=["S5"], where=["/a/*", "status"]))
    found = [
        Finding("S5", "error", "m", "/b", "s", operation="get"),
        Finding("S5", "info", "m", "/a/0", "s", operation="list"),
        Finding("S5", "error", "m", "status", "s", operation="list"),
        Finding("S1", "error", "m", "status", "s", operation="get"),
        Finding("S5", "error", "m", "/a", "s", operation="list"),
    ]
    named = [(each.rule, each.level) for each in name_schema_findings(found, (anywhere, there))]
    assert named == [("X1", "warning"), ("X1", "info"), ("X1", "error"), ("S1", "error"), ("S5", "error")]
    assert name_schema_findings(found, (anywhere,))[0].source == f"s; {rule_address('X1')} (a page)"


def test_a_rule_with_places_does_not_name_what_is_missing_there():
    missing = Finding("S3", "error", "m", "/a", "s", is_absence=True)
    there = compile_schema_rule(toy_rule("schema", finds=["S3"], where=["/a"]))
    assert not there.matches(missing)
    assert there.matches(Finding("S3", "error", "m", "/a", "s"))


def test_a_rule_without_places_names_what_is_missing():
    missing = Finding("S3", "error", "m", "/a", "s", is_absence=True)
    assert compile_schema_rule(toy_rule("schema", finds=["S3"])).matches(missing)
