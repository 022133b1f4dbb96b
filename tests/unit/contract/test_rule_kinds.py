"""Each kind of rule about bodies, answers and runs: what breaks it, what keeps it, what it does not speak of."""

from types import MappingProxyType

import pytest

from mockserver.contract.findings import Finding
from mockserver.contract.rules.answers import (
    compile_answer_rule,
    compile_schema_rule,
    condition_input,
    name_schema_findings,
)
from mockserver.contract.rules.fields import compile_body_check
from mockserver.contract.rules.rule_set import ContractRule
from mockserver.contract.rules.spans import compile_span_rule
from mockserver.contract.rules.traffic import MAX_BUCKETS, EraMixRule, RateRule
from mockserver.core.instants import SECOND
from tests.support.toy_contract import call


def made(kind, level="error", **options) -> ContractRule:
    return ContractRule(
        "X1", level, kind, "x holds", "a page", "none", "so", "job", (), MappingProxyType(options), "f:1"
    )


def places(problems):
    return None if problems is None else [problem.where for problem in problems]


DEEP: dict = {}
for _ in range(60):
    DEEP = {"a": DEEP}

SUM = made("sum", parts=["/a", "/b"], total="/t")
OFFSET = made("offset", later="/e", earlier="/s", by="24h", within="1s")
ORDERED = made("ordered", fields=["/a", "/b", "/c"], within="1s")
MATCHES = made("matches", field="/l", by="/s", table={"x": "X"})
PRESENT = made("present", by="/s", fields={"/at": ["done"]})
IMPLIES = made("implies", when={"field": "/s", "equals": "x"}, then=[{"field": "/n", "equals": 0}])
EACH = made("implies", each="/l", then={"field": "/n", "most": "/m"})
RISING = made("rising", each="/l", field="/n", by="/k")
ALL_RISING = made("rising", each="/l", field="/n")
SECRET = made("secret", keys=["secret"], values=["whsec_"])


@pytest.mark.parametrize(
    ("rule", "body", "found"),
    [
        (SUM, {"a": 1, "b": 2, "t": 3}, []),
        (SUM, {"a": 1, "b": 2, "t": 4}, ["/t"]),
        (SUM, {"a": 1, "t": 4}, None),
        (OFFSET, {"s": "2026-10-01T00:00:00Z", "e": "2026-10-02T00:00:01Z"}, []),
        (OFFSET, {"s": 0, "e": 86_402}, ["/e"]),
        (OFFSET, {"s": 0}, None),
        (ORDERED, {"a": 10, "b": None, "c": 9}, []),
        (ORDERED, {"a": 10, "b": 5, "c": 7}, ["/b"]),
        (ORDERED, {"a": 10}, None),
        (MATCHES, {"s": "x", "l": "X"}, []),
        (MATCHES, {"s": "x", "l": "Y"}, ["/l"]),
        (MATCHES, {"s": "z", "l": "Y"}, None),
        (MATCHES, {"s": "x"}, None),
        (PRESENT, {"s": "done", "at": 1}, []),
        (PRESENT, {"s": "done", "at": None}, ["/at"]),
        (PRESENT, {"s": "busy", "at": 1}, ["/at"]),
        (PRESENT, {"at": 1}, None),
        (IMPLIES, {"s": "x", "n": 0}, []),
        (IMPLIES, {"s": "x", "n": 1}, ["/n"]),
        (IMPLIES, {"s": "x"}, None),
        (IMPLIES, {"s": "y", "n": 1}, None),
        (EACH, {"l": [{"n": 1, "m": 2}, {"n": 3, "m": 2}, {}]}, ["/l/1/n"]),
        (EACH, {"l": []}, None),
        (EACH, {}, None),
        (RISING, {"l": [{"k": 1, "n": 1}, {"k": 2, "n": 1}, {"k": 1, "n": 2}]}, []),
        (RISING, {"l": [{"k": 1, "n": 1}, {"k": 1, "n": 1}]}, ["/l"]),
        (ALL_RISING, {"l": [{"n": 3}, {"n": 2}, {}, {"n": 1}]}, []),
        (ALL_RISING, {"l": 1}, None),
        (SECRET, {"a": [{"secret": "x"}, "whsec_1"], "has_secret": True}, ["/a/0/secret", "/a/1"]),
        (SECRET, {"secret": None, "b": "text"}, []),
        (SECRET, DEEP, []),
    ],
)
def test_a_rule_about_one_body(rule, body, found):
    assert places(compile_body_check(rule)(body)) == found


def test_a_secret_is_not_told():
    assert compile_body_check(SECRET)({"secret": "abc"})[0].value == '"..."'


def bodies(rule, *steps):
    """Where the rule breaks, by body; each step is (body, operation, status)."""
    span, facts, found = compile_span_rule(rule), {}, []
    for body, operation, status in steps:
        found.append(places(span.check(facts, body)) if body is not None else [])
        span.fold(facts, body, operation, status)
    return found


def test_a_constant_stays_as_it_was_first_seen():
    rule = made("constant", fields=["/id", "/at"])
    first, second = {"id": 1, "at": "2026-10-01T12:00:00.5Z"}, {"id": None, "at": 1790856000}
    assert bodies(rule, ({}, "", 200), (first, "", 200), (second, "", 200)) == [[], [], []]
    assert bodies(rule, (first, "", 200), ({"id": 2, "at": "2026-10-01T12:00:00.7Z"}, "", 200)) == [[], ["/id", "/at"]]
    assert bodies(rule, ({"id": 1}, "", 200), ({"id": "one"}, "", 200)) == [[], ["/id"]]


def test_a_value_goes_one_way():
    rule = made("monotone", up=["/n"], down=["/q"], unless={"field": "/s", "equals": "free"})
    steps = ({"n": 1, "q": 5}, {"n": 3, "q": 5}, {"n": 2, "q": 6}, {"n": 0, "s": "free"}, {"n": "x"}, {"n": 3, "q": 4})
    assert bodies(rule, *((step, "get", 200) for step in steps)) == [[], [], ["/n", "/q"], [], [], []]


def test_a_value_goes_one_way_only_after_an_answer():
    rule = made("monotone", down=["/n"], after={"operation": "stop", "statuses": [200]})
    steps = [({"n": 1}, "get", 200), ({"n": 5}, "stop", 200), (None, "stop", 409), ({"n": 4}, "get", 200)]
    assert bodies(rule, *steps, ({"n": 5}, "get", 200)) == [[], [], [], [], ["/n"]]


def test_something_holds_after_an_answer():
    rule = made(
        "after",
        after={"operation": "stop", "statuses": [200]},
        then={"field": "/q", "equals": 0},
        unless={"field": "/s", "equals": "free"},
    )
    steps = [({"q": 1}, "get", 200), (None, "stop", 200), ({"q": 1, "s": "free"}, "get", 200)]
    assert bodies(rule, *steps, ({"q": 1}, "get", 200)) == [[], [], [], ["/q"]]


def test_something_is_left_as_it_was_by_an_answer():
    rule = made("untouched", after={"operation": "stop", "statuses": [501]}, field="/s", becomes=["stopped"])
    live, stopped = ({"s": "busy"}, "get", 200), ({"s": "stopped"}, "get", 200)
    refused = (None, "stop", 501)
    assert bodies(rule, live, refused, stopped) == [[], [], ["/s"]]
    assert bodies(rule, stopped, refused, stopped) == [[], [], []]
    assert bodies(rule, live, refused, live, stopped) == [[], [], [], []]
    assert bodies(rule, refused, (None, "get", 500), stopped) == [[], [], []]


def test_an_answer_is_seen_with_its_request():
    exchange = call("GET", "/x?a=1", 409, sent={"b": 2}, headers={"X-K": "v"})
    view = condition_input(exchange, {"c": 3}, {"b": 2})
    assert view == {"http": 409, "body": {"c": 3}, "headers": {"x-k": "v"}, "query": {"a": "1"}, "sent": {"b": 2}}
    assert condition_input(call("GET", "/x", None), None, None)["http"] == 0


def test_a_rule_about_an_answer():
    rule = compile_answer_rule(
        made(
            "answer",
            operations=["get"],
            keyed=True,
            when={"field": "/body/code", "present": True},
            then=[{"field": "/body/code", "same": "/http"}, {"field": "/http", "in": [200]}],
        )
    )
    assert (rule.operations, rule.needs_key) == ({"get"}, True)
    assert rule.check({"http": 500, "body": None}) is None
    assert rule.check({"http": 200, "body": {"code": 200}}) == []
    found = rule.check({"http": 500, "body": {"code": 501}})
    assert [(problem.where, problem.value) for problem in found] == [("/code", "501"), ("status", "500")]
    body = compile_answer_rule(made("answer", then={"field": "/body", "null": False}))
    assert places(body.check({"http": 1, "body": None})) == ["body"]


def test_a_rule_names_what_the_schema_judge_finds():
    anywhere = compile_schema_rule(made("schema", "warning", finds=["S5"], operations=["get"]))
    there = compile_schema_rule(made("schema", finds=["S5"], where=["/a/*", "status"]))
    found = [
        Finding("S5", "error", "m", "/b", "s", operation="get"),
        Finding("S5", "info", "m", "/a/0", "s", operation="list"),
        Finding("S5", "error", "m", "status", "s", operation="list"),
        Finding("S1", "error", "m", "status", "s", operation="get"),
        Finding("S5", "error", "m", "/a", "s", operation="list"),
    ]
    told = [(each.rule, each.level) for each in name_schema_findings(found, (anywhere, there))]
    assert told == [("X1", "warning"), ("X1", "info"), ("X1", "error"), ("S1", "error"), ("S5", "error")]
    assert name_schema_findings(found, (anywhere,))[0].source == "s; f:1 (a page)"


RATE = made("rate", "warning", most=2, surely=4, within="60s", refusal="429")


def test_a_rate_is_counted_in_windows_that_surely_hold_it():
    rate = RateRule(RATE)
    assert rate.add("k", 429, 0, 0) is None
    levels = [rate.add("k", 200, at * SECOND, at * SECOND) for at in range(6)]
    assert [each and (each.level, each.answer_count) for each in levels] == [
        None,
        None,
        ("warning", 3),
        None,
        ("error", 5),
        None,
    ]


def test_a_rate_that_may_have_been_kept_is_not_held_against_anybody():
    rate = RateRule(RATE)
    assert not any(rate.add("k", 200, at * SECOND, (at + 59) * SECOND) for at in range(9))
    assert not any(rate.add("other", 200, at * 30 * SECOND, at * 30 * SECOND) for at in range(9))
    assert not any(rate.add(str(at), 200, 0, 0) for at in range(9))


def test_the_buckets_that_are_watched_are_bounded():
    rate = RateRule(RATE)
    for number in range(MAX_BUCKETS + 5):
        rate.add(number, 200, 0, 0)
    assert len(rate._buckets) == MAX_BUCKETS


def test_eras_are_not_mixed():
    signs = [
        {"eras": ["a", "b"], "operations": ["stop"], "when": {"field": "/http", "equals": 200}},
        {"eras": ["b", "c"], "operations": ["stop"], "when": {"field": "/http", "equals": 400}},
        {"eras": ["d"], "operations": ["stop"], "when": {"field": "/http", "equals": 501}},
    ]
    mix = EraMixRule(made("unmixed", signs=signs))
    assert not mix.add("get", {"http": 200})
    assert not mix.has_evidence
    assert [mix.add("stop", {"http": status}) for status in (200, 400, 500)] == ["", "", ""]
    assert mix.add("stop", {"http": 501}) == "only d answer so; before it was b"
    assert mix.is_violated
    assert not mix.add("stop", {"http": 200})
