"""Rules about several bodies of one job: what breaks each kind, and what keeps it."""

from mockserver.contract.rules.spans import compile_span_rule
from tests.support.toy_contract import toy_rule


def bodies(rule, *steps):
    """Where the rule breaks, by body; each step is (body, operation, status)."""
    span, facts, found = compile_span_rule(rule), {}, []
    for body, operation, status in steps:
        found.append([violation.where for violation in span.check(facts, body)] if body is not None else [])
        span.fold(facts, body, operation, status)
    return found


def test_a_constant_stays_as_it_was_first_seen():
    rule = toy_rule("constant", fields=["/id", "/at"])
    first, second = {"id": 1, "at": "2026-10-01T12:00:00.5Z"}, {"id": None, "at": 1790856000}
    assert bodies(rule, ({}, "", 200), (first, "", 200), (second, "", 200)) == [[], [], []]
    assert bodies(rule, (first, "", 200), ({"id": 2, "at": "2026-10-01T12:00:00.7Z"}, "", 200)) == [[], ["/id", "/at"]]
    assert bodies(rule, ({"id": 1}, "", 200), ({"id": "one"}, "", 200)) == [[], ["/id"]]


def test_a_value_goes_one_way():
    rule = toy_rule("monotone", up=["/n"], down=["/q"], unless={"field": "/s", "equals": "free"})
    steps = ({"n": 1, "q": 5}, {"n": 3, "q": 5}, {"n": 2, "q": 6}, {"n": 0, "s": "free"}, {"n": "x"}, {"n": 3, "q": 4})
    assert bodies(rule, *((step, "get", 200) for step in steps)) == [[], [], ["/n", "/q"], [], [], []]


def test_a_value_goes_one_way_only_after_an_answer():
    rule = toy_rule("monotone", down=["/n"], after={"operation": "stop", "statuses": [200]})
    steps = [({"n": 1}, "get", 200), ({"n": 5}, "stop", 200), (None, "stop", 409), ({"n": 4}, "get", 200)]
    assert bodies(rule, *steps, ({"n": 5}, "get", 200)) == [[], [], [], [], ["/n"]]


def test_something_holds_after_an_answer():
    rule = toy_rule(
        "after",
        after={"operation": "stop", "statuses": [200]},
        then={"field": "/q", "equals": 0},
        unless={"field": "/s", "equals": "free"},
    )
    steps = [({"q": 1}, "get", 200), (None, "stop", 200), ({"q": 1, "s": "free"}, "get", 200)]
    assert bodies(rule, *steps, ({"q": 1}, "get", 200)) == [[], [], [], ["/q"]]


def test_something_is_left_as_it_was_by_an_answer():
    rule = toy_rule("untouched", after={"operation": "stop", "statuses": [501]}, field="/s", becomes=["stopped"])
    live, stopped = ({"s": "busy"}, "get", 200), ({"s": "stopped"}, "get", 200)
    refused = (None, "stop", 501)
    assert bodies(rule, live, refused, stopped) == [[], [], ["/s"]]
    assert bodies(rule, stopped, refused, stopped) == [[], [], []]
    assert bodies(rule, live, refused, live, stopped) == [[], [], [], []]
    assert bodies(rule, refused, (None, "get", 500), stopped) == [[], [], []]
