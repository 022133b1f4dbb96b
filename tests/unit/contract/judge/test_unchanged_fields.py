"""A body that changes nothing is not judged again, and yet nothing is missed that judging it would have shown."""

import pytest

from mockserver.contract.judge.history import HistoryJudge
from tests.support.toy_contract import contracts, outcomes, read_job, rule

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
