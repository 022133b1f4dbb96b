"""The client's behaviour: polls, backing off, repeated calls."""

from mockserver.contract.judge import client
from tests.support.toy_contract import COMMON_RULES, CONDUCT_RULES, call, read_job


def conduct_of(make_judge, *exchanges, common=COMMON_RULES + CONDUCT_RULES):
    judge = make_judge(common=common)
    for exchange in exchanges:
        judge.add(exchange)
    judgement = judge.finish()
    assert not judgement.findings
    return [(found.rule, found.allowed) for found in judgement.conduct]


def test_polling_sooner_than_the_answer_asks_is_reported(make_judge):
    wait = (("Retry-After", "5"),)
    quick = (read_job("working", 1, at=0, poll_after_seconds=20), read_job("working", 2, at=3))
    assert conduct_of(make_judge, *quick) == [("C1", "wait 20s")]
    assert conduct_of(make_judge, read_job("working", 1, answer_headers=wait), read_job("working", 2, at=4)) == [
        ("C1", "wait 5s")
    ]
    assert conduct_of(make_judge, read_job("working", 1, answer_headers=wait), read_job("working", 2, at=5)) == []
    assert conduct_of(make_judge, read_job("working", 1, took=9), read_job("working", 2, at=1)) == []
    assert conduct_of(make_judge, *quick, common=COMMON_RULES) == []


def test_polling_after_the_end_is_reported(make_judge):
    assert conduct_of(make_judge, read_job("done", 1), read_job("done", 2, at=9)) == [("C2", None)]
    assert conduct_of(make_judge, read_job("odd", 1), read_job("odd", 2, at=9)) == []
    listed = call("GET", "/jobs", 200, {"jobs": [{"id": "j1", "status": "done"}]}, seq=2)
    assert conduct_of(make_judge, read_job("done", 1), listed) == []
    nothing = call("GET", "/jobs/j1", 200, {"id": "j1"}, seq=1)
    assert conduct_of(make_judge, nothing, read_job("done", 2, at=9)) == []


def test_not_backing_off_is_reported(make_judge):
    busy = call("GET", "/jobs/j1", 429, seq=1, answer_headers=(("retry-after", "9"),))
    assert conduct_of(make_judge, busy, read_job("working", 2, at=8)) == [("C3", "wait 9s")]
    assert conduct_of(make_judge, busy, read_job("working", 2, at=9)) == []
    dated = call("GET", "/jobs/j1", 503, seq=1, answer_headers=(("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),))
    assert conduct_of(make_judge, dated, read_job("working", 2, at=0.5)) == [("C3", "wait 1s")]


def test_repeating_a_call_that_was_refused_for_good_is_reported(make_judge):
    stop = [call("POST", "/stop", 409, sent={"job": "j1"}, seq=seq, at=seq) for seq in range(5, 7)]
    assert conduct_of(make_judge, read_job("done", 1), *stop) == [("C4", None)]
    assert conduct_of(make_judge, read_job("working", 1), *stop) == []
    assert conduct_of(make_judge, *stop) == []
    models = call("GET", "/jobs/models", 200, seq=1)
    assert conduct_of(make_judge, models, models._replace(sent_seq=2, answered_seq=2)) == []


def test_repeating_a_create_whose_answer_was_lost_is_reported(make_judge):
    def create(seq, status, *, sent=None, headers=None):
        return call("POST", "/jobs", status, seq=seq, sent=sent or {"a": 1}, headers=headers)

    assert conduct_of(make_judge, create(1, None), create(2, 500), create(3, 400), create(4, 500)) == [
        ("C5", None),
        ("C5", None),
    ]
    assert conduct_of(make_judge, create(1, None), create(2, None, sent={"a": 2})) == []
    keyed = {"idempotency-key": "1"}
    assert conduct_of(make_judge, create(1, None, headers=keyed), create(2, None, headers=keyed)) == []
    assert conduct_of(make_judge, call("POST", "/jobs", None, seq=1), call("POST", "/jobs", None, seq=2)) == []


def test_what_is_remembered_of_a_client_is_bounded(make_judge, monkeypatch):
    monkeypatch.setattr(client, "MAX_REMEMBERED", 1)
    monkeypatch.setattr(client, "MAX_FINDINGS", 1)
    assert (
        conduct_of(make_judge, read_job("done", 1, "a"), read_job("done", 2, "b"), read_job("done", 3, "a", at=9)) == []
    )
    polls = [read_job("done", seq, at=seq) for seq in range(1, 9)]
    assert len(conduct_of(make_judge, *polls)) == 1
