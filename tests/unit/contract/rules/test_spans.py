"""Rules about several bodies of one job: what breaks each kind, and what keeps it."""

from math import inf

import pytest

from mockserver.contract.rules.spans import compile_span_rule
from mockserver.core.instants import SECOND, http_date, rfc3339
from tests.support.toy_contract import START, call, toy_rule

EXCHANGE = call("GET", "/jobs/j1", 200)


def bodies(rule, *steps):
    """Where the rule breaks, by body; each step is (body, operation, status). In one go it is the same."""
    spans, facts, facts_in_one_go, found = [span for _, span in compile_span_rule(rule)], {}, {}, []
    for body, operation, status in steps:
        violations, in_one_go = [], []
        for span in spans if body is not None else ():
            violations += span.check(facts, body, EXCHANGE) or []
            in_one_go += span.advance(facts_in_one_go, body, EXCHANGE, operation, status) or []
        for span in spans:
            span.fold(facts, body, operation, status)
            if body is None:
                span.fold(facts_in_one_go, body, operation, status)
        found.append([violation.where for violation in violations])
        assert (violations, facts) == (in_one_go, facts_in_one_go)
    return found


def broken_places(rule, *shown):
    """Return where each body breaks the rule after the ones before it."""
    return bodies(rule, *((body, "get", 200) for body in shown))


def test_a_constant_stays_as_it_was_first_seen():
    rule = toy_rule("constant", fields=["/id", "/at"])
    first, second = {"id": 1, "at": "2026-10-01T12:00:00.5Z"}, {"id": None, "at": 1790856000}
    assert bodies(rule, ({}, "", 200), (first, "", 200), (second, "", 200)) == [[], [], []]
    assert bodies(rule, (first, "", 200), ({"id": 2, "at": "2026-10-01T12:00:00.7Z"}, "", 200)) == [[], ["/id", "/at"]]
    assert bodies(rule, ({"id": 1}, "", 200), ({"id": "one"}, "", 200)) == [[], ["/id"]]


def test_a_time_in_another_notation_is_the_same_within_less_than_a_second():
    rule = toy_rule("constant", fields=["/at"])
    text = {"at": "2026-10-01T12:00:00Z"}
    assert broken_places(rule, text, {"at": 1790856000.9}) == [[], []]
    assert broken_places(rule, text, {"at": 1790856001}) == [[], ["/at"]]


def test_a_body_that_lacks_a_constant_is_compared_by_the_others():
    rule = toy_rule("constant", fields=["/id", "/at"])
    assert broken_places(rule, {"id": 1, "at": 5}, {"id": 1, "at": 5}, {"id": 1}, {"id": 2}) == [[], [], [], ["/id"]]


def test_constants_below_the_top_of_a_body_are_compared():
    rule = toy_rule("constant", fields=["/a/at", "/id"])
    shown = ({"a": {"at": 1}, "id": 1}, {"a": {"at": 1}, "id": 1}, {"a": {"at": 2}, "id": 1})
    assert broken_places(rule, *shown) == [[], [], ["/a/at"]]


def test_a_value_goes_one_way():
    rule = toy_rule("monotone", up=["/n"], down=["/q"], unless={"field": "/s", "equals": "free"})
    steps = ({"n": 1, "q": 5}, {"n": 3, "q": 5}, {"n": 2, "q": 6}, {"n": 0, "s": "free"}, {"n": "x"}, {"n": 3, "q": 4})
    assert bodies(rule, *((step, "get", 200) for step in steps)) == [[], [], ["/n", "/q"], [], [], []]


def test_a_value_goes_one_way_only_after_an_answer():
    rule = toy_rule("monotone", down=["/n"], after={"operation": "stop", "statuses": [200]})
    steps = [({"n": 1}, "get", 200), ({"n": 5}, "stop", 200), (None, "stop", 409), ({"n": 4}, "get", 200)]
    assert bodies(rule, *steps, ({"n": 5}, "get", 200)) == [[], [], [], [], ["/n"]]


def test_the_answer_after_which_values_go_one_way_is_no_bound_for_any_of_them():
    rule = toy_rule("monotone", up=["/n", "/m"], down=["/n"], after={"operation": "stop", "statuses": [200]})
    steps = [({"n": 5, "m": 5}, "stop", 200), ({"n": 4, "m": 4}, "get", 200), ({"n": 3, "m": 3}, "get", 200)]
    assert bodies(rule, *steps, ({"n": 5, "m": 4}, "get", 200)) == [[], [], ["/n", "/m"], ["/n"]]


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


def test_the_entries_of_a_list_stay_as_they_were_first_seen():
    rule = toy_rule("constant", fields=["/at", "/n"], each="/tries", by="/id")
    first = {"tries": [{"id": "a", "at": 1}, {"at": 5}, "odd"]}
    later = {"tries": [{"id": "b", "at": 2}, {"id": "a", "at": 1, "n": 1}]}
    changed = {"tries": [{"id": "a", "at": 3, "n": None}]}
    assert broken_places(rule, first, later, changed, {"tries": None}) == [[], [], ["/tries/0/at"], []]


def test_the_entries_that_are_remembered_are_bounded():
    rule = toy_rule("constant", fields=["/at"], each="/tries", by="/id")
    many = {"tries": [{"id": str(number), "at": 1} for number in range(201)]}
    changed = {"tries": [{"id": str(number), "at": 2} for number in (199, 200)]}
    assert broken_places(rule, many, changed) == [[], ["/tries/0/at"]]


def test_a_body_that_is_exempt_is_no_bound():
    rule = toy_rule("monotone", up=["/n"], unless={"field": "/s", "equals": "free"})
    assert broken_places(rule, {"n": 1}, {"n": 9, "s": "free"}, {"n": 2}, {"n": 1}) == [[], [], [], ["/n"]]


def test_a_sum_goes_one_way():
    rule = toy_rule("monotone", up=["/busy + /done"])
    shown = ({"busy": 2, "done": 0}, {"busy": 0, "done": 2}, {"busy": 1}, {"busy": 1, "done": 0})
    assert broken_places(rule, *shown) == [[], [], [], ["/busy + /done"]]
    assert broken_places(rule, {"busy": 1.5, "done": 2}, {"busy": 1, "done": 2}) == [[], ["/busy + /done"]]


def deadline_violations(*, sent_at, date=None, plus=None, due=100, seen_at=0):
    """Return where a body breaks a deadline; times are seconds after the start of the toy's history."""
    options = {"plus": plus} if plus else {}
    rule = toy_rule("deadline", at="/due", within="10s", then={"field": "/s", "out": ["busy"]}, **options)
    headers = () if date is None else (("Date", http_date(START + date * SECOND)),)
    body = {"s": "busy"} if due is None else {"s": "busy", "due": rfc3339(START + due * SECOND)}
    ((_, span),), facts = compile_span_rule(rule), {}
    assert span.check(facts, body, call("GET", "/jobs/j1", 200, at=seen_at)) == []
    span.fold(facts, body, "get", 200)
    found = span.check(facts, body, call("GET", "/jobs/j1", 200, at=sent_at, answer_headers=headers))
    return [(violation.where, violation.allowed) for violation in found]


def test_a_deadline_that_certainly_passed_demands_its_effect():
    assert deadline_violations(sent_at=111) == [("/s", "none of busy after /due")]
    assert deadline_violations(sent_at=111, date=112) == [("/s", "none of busy after /due")]
    assert deadline_violations(sent_at=121, plus="10s") == [("/s", "none of busy after /due plus 10s")]


def test_a_deadline_that_may_not_have_passed_demands_nothing():
    assert deadline_violations(sent_at=110) == []
    assert deadline_violations(sent_at=111, plus="10s") == []
    assert deadline_violations(sent_at=111, due=None) == []


def test_a_deadline_needs_the_clocks_of_the_client_and_of_the_server():
    assert deadline_violations(sent_at=111, date=110) == []
    assert deadline_violations(sent_at=110, date=111) == []


def test_a_deadline_that_had_passed_when_the_job_was_seen_first_demands_nothing():
    assert deadline_violations(sent_at=222, seen_at=111) == []


def test_an_answer_without_a_response_shows_no_time_of_the_server():
    rule = toy_rule("deadline", at="/due", within="10s", then={"field": "/s", "out": ["busy"]})
    ((_, span),), facts, body = compile_span_rule(rule), {}, {"s": "busy", "due": rfc3339(START)}
    assert span.check(facts, body, call("GET", "/jobs/j1", None)) == []
    assert span.check(facts, body, call("GET", "/jobs/j1", None, at=11))


STOPPED = {"operation": "stop", "statuses": [200]}


@pytest.mark.parametrize(
    "rule",
    [
        toy_rule("constant", fields=["/n"]),
        toy_rule("constant", fields=["/n"], each="/l", by="/id"),
        toy_rule("monotone", up=["/n"]),
        toy_rule("monotone", up=["/n"], after=STOPPED),
        toy_rule("after", after=STOPPED, then={"field": "/n", "equals": 1}),
        toy_rule("untouched", after=STOPPED, field="/n", becomes=[2]),
    ],
)
def test_without_facts_a_body_is_no_evidence(rule):
    ((_, span),) = compile_span_rule(rule)
    facts, body = {}, {"n": 1, "l": [{"id": "a", "n": 1}]}
    assert span.check(facts, body, EXCHANGE) is None
    span.fold(facts, body, "stop", 200)
    assert span.check(facts, body, EXCHANGE) == []


def test_only_a_deadline_depends_on_the_time_of_a_request():
    rule = toy_rule("deadline", at="/due", within="10s", then={"field": "/s", "out": ["busy"]})
    ((_, span),), ((_, other),), facts = compile_span_rule(rule), compile_span_rule(toy_rule("monotone", up=["/n"])), {}
    assert (span.quiet_until(facts), other.quiet_until({})) == (-inf, inf)
    span.check(facts, {"due": rfc3339(START)}, EXCHANGE)
    assert span.quiet_until(facts) == START + 10 * SECOND
