"""Rules about the run as a whole: rates and the mix of eras."""

from mockserver.contract.rules.traffic import MAX_BUCKETS, EraMixRule, RateRule
from mockserver.core.instants import SECOND
from tests.support.toy_contract import toy_rule

RATE = toy_rule("rate", "warning", most=2, surely=4, within="60s", refusal="429")


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
    mix = EraMixRule(toy_rule("unmixed", signs=signs))
    assert not mix.add("get", {"http": 200})
    assert not mix.has_evidence
    assert [mix.add("stop", {"http": status}) for status in (200, 400, 500)] == [None, None, None]
    assert mix.add("stop", {"http": 501}) == "only era d answers like this; earlier answers are of era b"
    assert mix.is_violated
    assert not mix.add("stop", {"http": 200})
