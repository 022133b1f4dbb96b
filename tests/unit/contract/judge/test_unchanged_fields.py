"""A body that changes nothing is not judged again, and yet nothing is missed that judging it would have shown."""

import pytest

from mockserver.contract.judge.history import HistoryJudge
from mockserver.core.instants import SECOND, rfc3339
from tests.support.toy_contract import START, call, contracts, outcomes, read_job, rule

RULES = (
    rule("A1", "monotone", "up: [/n]"),
    rule("A2", "constant", "fields: [/c]"),
    rule("A3", "sum", "total: /t", "parts: [/a]"),
)


@pytest.fixture
def judge(tmp_path):
    """A history over the toy vendor, in the order of its times."""
    return HistoryJudge("toy", root=contracts(tmp_path, *RULES), schemas=False)


def judged(judge, *bodies):
    """Add a poll for each body (seconds at which it is sent, seconds that it takes, fields) and return the findings."""
    for at, took, fields in bodies:
        judge.add(read_job("working", at=at, took=took, **fields))
    return [each.rule for each in judge.finish().findings]


def test_a_broken_body_is_broken_again_if_another_field_changes(judge):
    assert judged(judge, (0, 1, {"t": 1, "a": 2}), (10, 1, {"t": 1, "a": 2, "x": 1})) == ["A3", "A3"]


def test_what_repeats_the_last_body_is_compared_with_one_that_overlapped_it(judge):
    # The answer that shows 7 comes while the next two polls are under way or over.
    assert judged(judge, (0, 25, {"n": 7}), (10, 5, {"n": 5}), (30, 1, {"n": 5, "x": 1})) == ["A1"]


def test_a_value_that_stays_counts_if_the_first_answer_with_it_has_no_time(judge):
    untimed = read_job("working", at=0, n=7)._replace(answered_at=None)
    judge.add(untimed)
    assert judged(judge, (10, 1, {"n": 7, "x": 1}), (20, 1, {"n": 5})) == ["A1"]


def test_a_body_that_repeats_one_without_a_time_is_a_fact(judge):
    judge.add(read_job("working", at=0, n=7)._replace(answered_at=None))
    assert judged(judge, (10, 1, {"n": 7}), (20, 1, {"n": 5})) == ["A1"]


def test_a_value_that_stays_is_remembered_anew_after_a_broken_order_of_states(tmp_path):
    rules = (*RULES, rule("L2", "absorbs", on=""))
    judge = HistoryJudge("toy", root=contracts(tmp_path, *rules), schemas=False)
    for at, status, value in ((0, "done", 1), (10, "working", 1), (20, "working", 1), (30, "working", 2)):
        judge.add(read_job(status, at=at, took=1, c=value, x=at))
    judgement = judge.finish()
    assert sorted(each.rule for each in judgement.findings) == ["A2", "L2"]
    assert outcomes(judgement, "A2") == [("job j1", "violated")]


def test_a_repeated_body_is_looked_at_after_a_broken_order_of_states(tmp_path):
    judge = HistoryJudge("toy", root=contracts(tmp_path, *RULES, rule("L2", "absorbs", on="")), schemas=False)
    for at, status, value in ((0, "done", 1), (5, "done", 1), (10, "working", 2), (20, "working", 2)):
        judge.add(read_job(status, at=at, took=1, c=value))
    judgement = judge.finish()
    assert [each.rule for each in judgement.findings] == ["L2"]
    assert outcomes(judgement, "A2") == [("job j1", "violated")]


def test_a_rule_that_waits_for_an_answer_takes_no_fact_from_a_body_before_it(tmp_path):
    waiting = rule("A4", "monotone", "up: [/n]", "after: {operation: stop, statuses: [200]}")
    judge = HistoryJudge("toy", root=contracts(tmp_path, waiting), schemas=False)
    assert judged(judge, (0, 1, {"n": 7}), (10, 1, {"n": 5})) == []


LIMIT = rule("A5", "implies", "when: {field: /status, in: [working, odd]}", "then: {field: /n, most: 3}")


@pytest.mark.parametrize(("status", "found"), [("working", ["A5"]), ("odd", ["A5"]), ("done", []), (7, [])])
def test_a_rule_about_a_status_is_asked_of_the_bodies_with_it(tmp_path, status, found):
    judge = HistoryJudge("toy", root=contracts(tmp_path, LIMIT), schemas=False)
    judge.add(read_job("waiting", at=0, n=9))
    judge.add(read_job(status, at=10, n=9))
    assert [each.rule for each in judge.finish().findings] == found


def test_a_premise_that_compares_the_status_with_a_field_is_asked_of_every_body(tmp_path):
    same = rule("A6", "implies", "when: {field: /status, same: /wanted}", "then: {field: /n, most: 3}")
    judge = HistoryJudge("toy", root=contracts(tmp_path, same), schemas=False)
    assert judged(judge, (0, 1, {"n": 9}), (10, 1, {"n": 9, "wanted": "working"})) == ["A6"]


def test_a_rule_about_an_operation_looks_at_its_body_although_another_one_showed_the_same(tmp_path):
    some = rule("A8", "implies", "in: [status]", "then: {field: /n, most: 3}")
    judge = HistoryJudge("toy", root=contracts(tmp_path, some), schemas=False)
    judge.add(read_job("working", at=0, n=9))
    judge.add(call("GET", "/status?job=j1", 200, {"id": "j1", "status": "working", "n": 9}, at=10))
    assert [each.rule for each in judge.finish().findings] == ["A8"]


DEADLINE = rule("A7", "deadline", "at: /due", "within: 10s", "then: {field: /status, out: [working]}")


def due(at):
    """Return the fields of a body with a deadline, in seconds after the start."""
    return {"due": rfc3339(START + at * SECOND)}


def test_a_body_that_is_repeated_breaks_a_deadline_that_has_passed(tmp_path):
    judge = HistoryJudge("toy", root=contracts(tmp_path, DEADLINE), schemas=False)
    times = (0, 10, 109, 111, 112)
    assert judged(judge, *((at, 0.5, due(100)) for at in times)) == ["A7", "A7"]


def test_the_earliest_of_several_deadlines_counts(tmp_path):
    other = DEADLINE.replace("A7", "A8").replace("/due", "/soon")
    judge = HistoryJudge("toy", root=contracts(tmp_path, DEADLINE, other), schemas=False)
    fields = due(100) | {"soon": due(50)["due"]}
    assert judged(judge, *((at, 0.5, fields) for at in (0, 59, 61, 109))) == ["A8", "A8"]


def test_a_deadline_that_a_broken_order_of_states_made_forgotten_is_learnt_anew(tmp_path):
    judge = HistoryJudge("toy", root=contracts(tmp_path, DEADLINE, rule("L2", "absorbs", on="")), schemas=False)
    for at, status, fields in ((0, "done", due(500)), (5, "working", due(500)), (10, "working", due(100))):
        judge.add(read_job(status, at=at, took=0.5, **fields))
    judge.add(read_job("working", at=111, took=0.5, **due(100)))
    assert sorted(each.rule for each in judge.finish().findings) == ["A7", "L2"]
