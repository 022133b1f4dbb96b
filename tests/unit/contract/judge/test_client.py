"""The client's behaviour: polls, backing off, repeated calls."""

from mockserver.contract.judge import client
from mockserver.core.instants import SECOND, http_date
from tests.support.toy_contract import COMMON_RULES, CONDUCT_RULES, START, call, read_job


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


def test_a_look_after_a_command_is_no_poll(make_judge):
    cancel = call("POST", "/stop", 409, sent={"job": "j1"}, seq=2, at=5)
    looks = read_job("done", 3, at=9), read_job("done", 4, at=19)
    assert conduct_of(make_judge, read_job("done", 1), cancel, looks[0]) == []
    assert conduct_of(make_judge, read_job("done", 1), cancel, *looks) == [("C2", None)]
    unread = call("POST", "/stop", 409, sent={"job": "j1"}, seq=1)
    assert conduct_of(make_judge, unread, looks[0]) == []


def test_the_first_pause_of_the_vendors_clients_is_a_wait(make_judge):
    busy = call("GET", "/jobs/j1", 503, seq=1)
    assert conduct_of(make_judge, busy, read_job("working", 2, at=0.375)) == []


def test_not_backing_off_is_reported(make_judge):
    busy = call("GET", "/jobs/j1", 429, seq=1, answer_headers=(("retry-after", "9"),))
    assert conduct_of(make_judge, busy, read_job("working", 2, at=8)) == [("C3", "wait 9s")]
    assert conduct_of(make_judge, busy, read_job("working", 2, at=9)) == []
    odd = call("GET", "/jobs/j1", 503, seq=1, answer_headers=(("retry-after", "soon"),))
    assert conduct_of(make_judge, odd, read_job("working", 2, at=0.2)) == [("C3", "wait 250ms")]


def dated_answer(*, retry_at, date=None):
    """A 429 whose Retry-After is a date; seconds after the start."""
    headers = [("retry-after", http_date(START + retry_at * SECOND))]
    if date is not None:
        headers.append(("date", http_date(START + date * SECOND)))
    return call("GET", "/jobs/j1", 429, seq=1, answer_headers=tuple(headers))


def test_a_retry_after_that_is_a_date_counts_from_the_answer(make_judge):
    early, late = read_job("working", 2, at=3), read_job("working", 2, at=90)
    assert conduct_of(make_judge, dated_answer(retry_at=90), early) == [("C3", "wait 1m30s")]
    assert conduct_of(make_judge, dated_answer(retry_at=90), late) == []


def test_a_retry_after_that_is_a_date_is_compared_with_the_answers_own_date(make_judge):
    early, late = read_job("working", 2, at=3), read_job("working", 2, at=10)
    assert conduct_of(make_judge, dated_answer(retry_at=990, date=980), early) == [("C3", "wait 10s")]
    assert conduct_of(make_judge, dated_answer(retry_at=990, date=980), late) == []
    assert conduct_of(make_judge, dated_answer(retry_at=90, date=980), early) == []


def busy_answers(*times):
    """503 answers without Retry-After, at these seconds."""
    return [call("GET", "/jobs/j1", 503, seq=seq, at=at) for seq, at in enumerate(times, 1)]


def test_without_retry_after_the_waits_have_to_grow(make_judge):
    assert conduct_of(make_judge, *busy_answers(0, 1, 3, 7, 15)) == []
    assert conduct_of(make_judge, *busy_answers(0, 2, 4, 6, 8, 10)) == [("C3", "wait 4s")]


def test_the_waits_grow_up_to_a_minute(make_judge):
    times = [0]
    for wait in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60, 59):
        times.append(times[-1] + wait)
    assert conduct_of(make_judge, *busy_answers(*times)) == [("C3", "wait 1m")]


def test_another_answer_ends_the_growing_of_the_waits(make_judge):
    busy = busy_answers(0, 1)
    assert conduct_of(make_judge, *busy, read_job("working", 3, at=3), *busy_answers(5, 6)) == []


def test_a_busy_answer_that_names_a_wait_lets_none_grow(make_judge):
    waits = [
        call("GET", "/jobs/j1", 503, seq=seq, at=5 * seq, answer_headers=(("retry-after", "5"),)) for seq in range(1, 9)
    ]
    assert conduct_of(make_judge, *waits) == []


def test_a_call_that_was_sent_before_a_busy_answer_arrived_knows_nothing_of_it(make_judge):
    slow = call("GET", "/jobs/j1", 503, at=0, took=5)
    overlapping = call("GET", "/jobs/j1", 503, at=1, took=5)
    assert conduct_of(make_judge, slow, overlapping, read_job("working", at=7)) == []


def test_repeating_a_read_that_was_refused_for_good_is_reported(make_judge):
    for status in (401, 403, 404, 410):
        reads = [call("GET", "/jobs/j1", status, seq=seq, at=seq) for seq in range(1, 3)]
        assert conduct_of(make_judge, *reads) == [("C6", None)]


def test_a_refused_read_by_another_key_or_of_another_job_is_another_read(make_judge):
    first = call("GET", "/jobs/j1", 401, seq=1, headers={"x-api-key": "a"})
    assert conduct_of(make_judge, first, call("GET", "/jobs/j1", 401, seq=2, at=2, headers={"x-api-key": "b"})) == []
    assert conduct_of(make_judge, first, call("GET", "/jobs/j2", 401, seq=2, at=2, headers={"x-api-key": "a"})) == []


def test_a_refused_read_that_succeeds_later_was_not_refused_for_good(make_judge):
    refused = [call("GET", "/jobs/j1", 403, seq=seq, at=seq) for seq in (1, 3)]
    assert conduct_of(make_judge, refused[0], read_job("working", 2, at=2), refused[1]) == []


def test_a_read_that_was_sent_before_the_refusal_arrived_is_no_repetition(make_judge):
    slow = call("GET", "/jobs/j1", 404, at=0, took=5)
    assert conduct_of(make_judge, slow, call("GET", "/jobs/j1", 404, at=1)) == []


def test_a_refused_read_without_a_time_is_not_remembered(make_judge):
    unknown = call("GET", "/jobs/j1", 404, seq=1)._replace(answered_at=None)
    assert conduct_of(make_judge, unknown, call("GET", "/jobs/j1", 404, seq=2, at=2)) == []


def test_repeating_a_call_that_was_refused_for_good_is_reported(make_judge):
    stop = [call("POST", "/stop", 409, sent={"job": "j1"}, seq=seq, at=seq) for seq in range(5, 7)]
    assert conduct_of(make_judge, read_job("done", 1), *stop) == [("C4", None)]
    assert conduct_of(make_judge, read_job("working", 1), *stop) == [("C4", None)]
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
