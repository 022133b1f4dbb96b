"""Histories: what is found in them, when it is told, what is counted, and what is kept in mind."""

import pytest

from mockserver.contract.judge import client, history
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judge.hosts import is_local_host, request_host
from mockserver.contract.judge.placed_exchange import sequence_points
from mockserver.contract.judgement import RuleVerdict, StateCoverage
from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from tests.support.toy_contract import RESOURCES, call, contracts, rule

COMMON = rule("L2", "absorbs", on="") + rule("L1", "follows", on="", level="W") + rule("L13", "ends", on="", level="I")


@pytest.fixture
def made(tmp_path):
    """Makes histories over the toy vendor."""

    def make(*rules, common=COMMON, resources=RESOURCES, **how) -> HistoryJudge:
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        root = contracts(place, *rules, common=common, resources=resources)
        return HistoryJudge("toy", root=root, **{"schemas": False, **how})

    return make


def read(status, seq=0, job="j1", **more):
    """A poll that shows a state."""
    answer = {key: more.pop(key) for key in list(more) if key not in ("at", "took", "headers", "answer_headers")}
    return call("GET", f"/jobs/{job}", 200, {"id": job, "status": status, **answer}, seq=seq, **more)


def outcomes(judgement, rule_id):
    return [(verdict.resource, verdict.outcome) for verdict in judgement.verdicts if verdict.rule == rule_id]


def test_a_job_that_is_reopened_is_told_at_once(made):
    told = made(rerun="mockserver check x.har --job {resource} --rule {rule}")
    assert not told.add(read("working", 1))
    assert not told.add(read("done", 2, at=3))
    (found,) = told.add(read("working", 3, at=6))
    assert (found.rule, found.resource, found.possible, found.operation) == ("L2", "job j1", "done", "read")
    assert found.observed == "GET /jobs/j1 -> 200 working"
    assert found.story == (
        "1. 2026-10-01T12:00:03Z  GET /jobs/j1 -> 200 done",
        "2. +3s  GET /jobs/j1 -> 200 working",
    )
    assert found.rerun == "mockserver check x.har --job j1 --rule L2"
    assert found.source == "contracts/rules.yaml:2 (a page)"
    judgement = told.finish()
    assert judgement.outcome == "violated"
    assert judgement.findings == (found,)
    assert outcomes(judgement, "L2") == [("job j1", "violated")]
    assert judgement.json()["findings"][0]["story"] == found.story


def test_by_time_a_finding_waits_until_nothing_can_come_between(made):
    told = made()
    assert not told.add(read("done", at=1, took=1))
    assert not told.add(read("working", at=5, took=1))
    assert [found.rule for found in told.add(read("done", at=9))] == ["L2"]
    assert not told.finish().counts.late


def test_answers_that_cross_prove_nothing(made):
    told = made()
    told.add(read("done", at=1, took=1))
    told.add(read("working", at=2.0005))
    assert not told.finish().findings


def test_a_source_that_announces_its_requests_may_add_them_as_they_are_answered(made):
    told = made()
    told.announce(1)
    told.announce(2)
    slow, quick = read("working", 1), read("done", 2)
    assert not told.add(quick._replace(answered_seq=3))
    assert not told.add(slow._replace(answered_seq=4))
    told.announce(5)
    assert [found.rule for found in told.add(read("working", 5)._replace(answered_seq=6))] == ["L2"]


def test_a_window_puts_exchanges_in_order(made):
    told = made(window=2)
    for seq, status in ((2, "done"), (1, "working"), (3, "done")):
        assert not told.add(read(status, seq))
    assert not told.finish().findings


def test_what_comes_too_late_leaves_the_job_inconclusive(made):
    told = made()
    told.add(read("done", 5))
    told.add(read("working", 1))
    judgement = told.finish()
    assert judgement.counts.late == 1
    assert not judgement.findings
    assert outcomes(judgement, "L1") == [("job j1", "inconclusive")]


def test_lost_answers_are_counted_and_taken_into_account(made):
    told = made()
    told.add(read("working", 1))
    told.add(call("POST", "/stop", None, sent={"job": "j1"}, seq=2))
    told.add(read("stopped", 3))
    judgement = told.finish()
    assert (judgement.counts.unanswered, judgement.counts.judged, judgement.findings) == (1, 2, ())


def test_what_is_not_known_is_counted_by_name(made, monkeypatch):
    monkeypatch.setattr(history, "MAX_COUNTED_NAMES", 2)
    told = made()
    for path in ("/a", "/b", "/c", "/a"):
        told.add(call("GET", path, 200, headers={"host": "toy.example.com:443"}))
    for host in ("other.example.com", "127.0.0.1:99", "[::1]", "localhost"):
        told.add(call("GET", "/nowhere", 200, headers={":authority": host}))
    judgement = told.finish()
    assert judgement.counts.unknown_calls == {"GET /a": 2, "GET /b": 1, "others": 4}
    assert judgement.counts.unknown_hosts == {"other.example.com": 1}
    assert judgement.outcome == "inconclusive"
    assert judgement.counts.json()["judged"] == 0


def test_an_unknown_call_is_information_for_the_schemas_judge(made):
    told = made(schemas=True)
    assert [found.rule for found in told.add(call("GET", "/nowhere", 200))] == ["S0"]


def test_schemas_are_judged_and_named_by_the_rules(made):
    told = made(rule("A1", "schema", "finds: [S1]", "operations: [read]", on=""), schemas=True)
    (found,) = told.add(call("GET", "/jobs/j1", 418, seq=1))
    assert (found.rule, found.level) == ("A1", "error")
    judgement = told.finish()
    assert outcomes(judgement, "A1") == [("read", "violated")]
    assert not outcomes(judgement, "S")


def test_schemas_that_are_kept_are_evidence(made):
    told = made(schemas=True)
    told.add(call("GET", "/jobs/models", 200))
    judgement = told.finish()
    assert outcomes(judgement, "S") == [("", "ok")]
    assert judgement.outcome == "ok"


def test_a_history_without_rules_over_time(tmp_path):
    told = HistoryJudge("toy", root=contracts(tmp_path), rules=False)
    told.add(read("done", 1))
    assert told.finish().counts.jobs == 0


def test_jobs_are_seen_in_paths_queries_bodies_lists_and_lines(made):
    told = made()
    told.add(call("POST", "/jobs", 201, {"id": "j1", "status": "waiting"}, seq=1))
    told.add(call("GET", "/jobs", 200, {"jobs": [{"id": "j1", "status": "working"}, {"id": 5}, 7]}, seq=2))
    told.add(call("GET", "/status?job=j1", 200, {"id": "j1", "status": "done"}, seq=3))
    told.add(call("GET", "/jobs/j1/lines", 200, b'{"id": "j2", "status": "done"}\n\nx\n', seq=4))
    told.add(call("POST", "/stop", 409, sent={"job": "j1"}, seq=5))
    told.add(call("GET", "/jobs", 500, {"jobs": []}, seq=6))
    told.add(call("GET", "/jobs", 200, {"jobs": 1}, seq=7))
    told.add(call("POST", "/stop", 409, seq=8))
    told.add(call("GET", "/jobs/" + "x" * 300, 404, seq=9))
    judgement = told.finish()
    assert judgement.counts.jobs == 2
    assert not judgement.findings
    assert judgement.coverage == (StateCoverage("job", ("waiting", "working", "done"), ("stopped",)),)
    assert outcomes(judgement, "L13") == [("job j1", "ok"), ("job j2", "ok")]


def test_our_own_servers_paths_may_name_session_and_vendor(made):
    told = made()
    for path in ("/s/mine/v/toy/jobs/j1", "/v/toy/jobs/j1", "/s/mine/jobs/j1"):
        told.add(call("GET", path, 200, {"id": "j1", "status": "done"}))
    told.add(call("HEAD", "/jobs/j1", 200))
    told.add(call("GET", "/jobs/", 404))
    told.add(call("GET", "/j%6Fbs/j1", 200, {"id": "j1", "status": "done"}))
    assert told.finish().counts.judged == 5


def test_rules_on_bodies_are_judged_in_order(made):
    told = made(
        rule("A1", "monotone", "up: [/n]"),
        rule("A2", "constant", "fields: [/made]"),
        rule("A3", "sum", "parts: [/a]", "total: /t"),
        rule("A4", "sum", "parts: [/a]", "total: /t", "in: [list]"),
    )
    told.add(read("working", 1, n=5, made=1, a=1, t=2))
    told.add(read("working", 2, n=4, made=1, a=1, t=2))
    told.add(read("working", 3, n=4, made=2, a=1, t=1))
    judgement = told.finish()
    found = [(each.rule, each.where) for each in judgement.findings]
    assert sorted(found) == [("A1", "/n"), ("A1", "/n"), ("A2", "/made"), ("A3", "/t"), ("A3", "/t")]
    assert outcomes(judgement, "A3") == [("job j1", "violated")]
    assert not outcomes(judgement, "A4")


def test_an_answer_that_is_repeated_is_judged_once(made):
    told = made(rule("A3", "sum", "parts: [/a]", "total: /t"))
    for seq in range(1, 9):
        told.add(read("working", seq, a=1, t=2))
    assert len(told.finish().findings) == 1


def test_of_answers_that_overlap_none_is_the_later_one(made):
    told = made(rule("A1", "monotone", "up: [/n]"))
    told.add(read("working", 1, n=5)._replace(answered_seq=9))
    told.add(read("working", 2, n=4)._replace(answered_seq=3))
    assert not told.finish().findings


def test_a_rule_after_an_answer_without_a_body(made):
    told = made(rule("A1", "after", "after: {operation: remove, statuses: [409]}", "then: {field: /n, equals: 0}"))
    told.add(read("working", 1, n=1))
    told.add(call("DELETE", "/jobs/j1", 409, seq=2))
    assert [found.rule for found in told.add(read("working", 3, n=1))] == ["A1"]


def test_a_second_mistake_is_told_from_where_the_first_left_off(made):
    told = made()
    for seq, status in enumerate(("done", "working", "waiting"), 1):
        told.add(read(status, seq))
    stories = [found.story for found in told.finish().findings]
    assert [len(story) for story in stories] == [2, 1]


def test_a_success_that_shows_what_it_cannot(made):
    told = made()
    told.add(read("working", 1))
    told.add(call("POST", "/stop", 200, {"id": "j1", "status": "waiting"}, sent={"job": "j1"}, seq=2))
    assert [found.rule for found in told.finish().findings] == ["L1"]


def test_an_answer_of_which_nobody_knows_when_it_came(made):
    told = made()
    told.add(read("working", at=1)._replace(answered_at=None))
    told.add(read("done", at=2))
    assert told.finish().counts.judged == 2


def test_a_note_is_told_once_and_only_where_it_is_sure(made):
    told = made(rule("N1", "note", "operations: [stop]", "statuses: [200]", "from: [stopped]", level="I"))
    told.add(call("POST", "/stop", 200, {"id": "j1", "status": "stopped"}, sent={"job": "j1"}, seq=1))
    for seq in (2, 3):
        told.add(call("POST", "/stop", 200, {"id": "j1", "status": "stopped"}, sent={"job": "j1"}, seq=seq))
    told.add(call("POST", "/stop", 409, sent={"job": "j1"}, seq=4))
    told.add(read("stopped", 5))
    notes = [found for found in told.finish().findings if found.rule == "N1"]
    assert [(note.level, note.resource) for note in notes] == [("info", "job j1")]


def test_clauses_may_ask_for_age_body_and_request(made):
    resources = """
resources:
  job:
    states: [working, done]
    terminal: [done]
    created: /made
    kept: 30d
    operations:
      read: {id: path id, shows: {'200': ''}, unknown: [404]}
      stop:
        id: body /job
        answers:
          '200':
          - {from: working, to: done, older: 8h}
          - {from: working, to: done, given: {field: /loose, equals: true}}
          - {from: working, to: done, when: {field: /headers/force, present: true}}
          '409': {from: done}
"""
    day = 86_400

    def stopped(*, at, loose=False, headers=None, known=True):
        told = made(resources=resources)
        if known:
            told.add(read("working", 1, made="2026-10-01T12:00:00Z", loose=loose))
        told.add(call("POST", "/stop", 200, sent={"job": "j1"}, seq=2, at=at, headers=headers))
        return [found.rule for found in told.finish().findings]

    assert stopped(at=60) == ["L1"]
    assert stopped(at=60, loose=True) == []
    assert stopped(at=60, headers={"force": "1"}) == []
    assert stopped(at=9 * 3600) == []
    assert stopped(at=60, known=False) == []

    def gone(at):
        told = made(resources=resources)
        told.add(read("done", 1, made="2026-10-01T12:00:00Z"))
        told.add(call("GET", "/jobs/j1", 404, seq=2, at=at))
        return [found.rule for found in told.finish().findings]

    assert gone(29 * day) == ["L1"]
    assert gone(30 * day) == []


def test_rules_on_answers_are_judged_by_operation(made):
    told = made(
        rule("A1", "answer", "operations: [read]", "then: {field: /http, equals: 200}", on=""),
        rule("A2", "answer", "when: {field: /headers/x-api-key, present: false}", "keyed: true",
             "then: {field: /http, equals: 401}", on=""),
    )  # fmt: skip
    assert not told.add(read("done", 1))
    assert not told.add(read("done", 2, headers={"x-api-key": "k"}))
    assert [found.rule for found in told.add(read("done", 3))] == ["A2"]
    assert [found.rule for found in told.add(call("GET", "/jobs/j1", 500, seq=4, headers={"x-api-key": "k"}))] == ["A1"]
    told.add(call("GET", "/jobs/j1", None, seq=5))
    judgement = told.finish()
    assert outcomes(judgement, "A1") == [("read", "violated")]
    assert outcomes(judgement, "A2") == [("read", "violated")]


def test_rules_on_the_run(made):
    told = made(
        rule("R1", "rate", "most: 2", "surely: 3", "within: 60s", "refusal: 429", on="", level="W"),
        rule("U1", "unmixed", "signs:", "- {eras: [a], operations: [read], when: {field: /body/e, equals: a}}",
             "- {eras: [b], operations: [read], when: {field: /body/e, equals: b}}", on="", level="W"),
        rule("U2", "unmixed", "signs: []", on="", level="W"),
        rule("B1", "probe", "probe: a ledger", on=""),
    )  # fmt: skip
    for seq in range(1, 6):
        told.add(read("done", seq, e="a", at=seq))
    told.add(read("done", 9, e="b", at=200))
    judgement = told.finish()
    assert [(found.rule, found.level, found.where) for found in judgement.findings] == [
        ("R1", "error", "status"),
        ("R1", "warning", "status"),
        ("U1", "warning", "status"),
    ]
    assert RuleVerdict("B1", "error", "", "inconclusive", "it needs a ledger") in judgement.verdicts
    assert outcomes(judgement, "U1") == [("", "violated")]
    assert not outcomes(judgement, "U2")
    assert outcomes(judgement, "R1") == [("read", "violated")]
    assert judgement.count_outcomes() == {
        outcome: sum(verdict.outcome == outcome for verdict in judgement.verdicts)
        for outcome in ("violated", "inconclusive", "ok")
    }


def test_a_mix_that_is_none_is_fine(made):
    told = made(
        rule("U1", "unmixed", "signs:", "- {eras: [a], operations: [read], when: {field: /http, equals: 200}}", on="")
    )
    told.add(read("done", 1))
    assert outcomes(told.finish(), "U1") == [("", "ok")]


def test_alike_findings_are_kept_up_to_a_number(made, monkeypatch):
    monkeypatch.setattr(history, "MAX_SIMILAR_FINDINGS", 2)
    told = made(rule("A3", "sum", "parts: [/a]", "total: /t"))
    for seq in range(1, 6):
        told.add(read("working", seq, a=seq, t=0))
    judgement = told.finish()
    assert len(judgement.findings) == 2
    assert judgement.counts.repeated == 3


def test_moments_are_sequences_or_else_times():
    request = Request("GET", "/")
    assert sequence_points(Exchange(request, Response(200), 5, 6, 3, 4)) == (6, 9)
    assert sequence_points(Exchange(request, None, 5, None, 3, 0)) == (6, None)
    assert sequence_points(Exchange(request, Response(200), 5, 6)) == (10, 2 * 1006 + 1)
    assert sequence_points(Exchange(request, Response(200), 5, None)) == (10, None)


def test_hosts_are_read_without_their_port():
    names = {"host": "A.example.com:80"}, {"Host": "[::1]:80"}, {"host": "[::1]"}, {}
    assert [request_host(Exchange(Request("GET", "/", headers=each), None, 0, None)) for each in names] == [
        "a.example.com",
        "[::1]",
        "[::1]",
        None,
    ]
    assert [is_local_host(host) for host in ("127.0.0.1", "0.0.0.0", "fake", "a.example.com")] == [
        True,
        True,
        True,
        False,
    ]


CONDUCT = "".join(rule(f"C{number}", "conduct", on="", level="I") for number in range(1, 6))


def behaved(made, *exchanges, common=COMMON + CONDUCT):
    told = made(common=common)
    for exchange in exchanges:
        told.add(exchange)
    judgement = told.finish()
    assert not judgement.findings
    return [(found.rule, found.allowed) for found in judgement.conduct]


def test_polling_faster_than_asked_is_told(made):
    wait = (("Retry-After", "5"),)
    quick = (read("working", 1, at=0, poll_after_seconds=20), read("working", 2, at=3))
    assert behaved(made, *quick) == [("C1", "wait 20s")]
    assert behaved(made, read("working", 1, answer_headers=wait), read("working", 2, at=4)) == [("C1", "wait 5s")]
    assert behaved(made, read("working", 1, answer_headers=wait), read("working", 2, at=5)) == []
    assert behaved(made, read("working", 1, took=9), read("working", 2, at=1)) == []
    assert behaved(made, *quick, common=COMMON) == []


def test_polling_after_the_end_is_told(made):
    assert behaved(made, read("done", 1), read("done", 2, at=9)) == [("C2", "")]
    assert behaved(made, read("odd", 1), read("odd", 2, at=9)) == []
    listed = call("GET", "/jobs", 200, {"jobs": [{"id": "j1", "status": "done"}]}, seq=2)
    assert behaved(made, read("done", 1), listed) == []
    nothing = call("GET", "/jobs/j1", 200, {"id": "j1"}, seq=1)
    assert behaved(made, nothing, read("done", 2, at=9)) == []


def test_not_backing_off_is_told(made):
    busy = call("GET", "/jobs/j1", 429, seq=1, answer_headers=(("retry-after", "9"),))
    assert behaved(made, busy, read("working", 2, at=8)) == [("C3", "wait 9s")]
    assert behaved(made, busy, read("working", 2, at=9)) == []
    dated = call("GET", "/jobs/j1", 503, seq=1, answer_headers=(("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),))
    assert behaved(made, dated, read("working", 2, at=0.5)) == [("C3", "wait 1s")]


def test_trying_again_what_was_refused_for_good_is_told(made):
    stop = [call("POST", "/stop", 409, sent={"job": "j1"}, seq=seq, at=seq) for seq in range(5, 7)]
    assert behaved(made, read("done", 1), *stop) == [("C4", "")]
    assert behaved(made, read("working", 1), *stop) == []
    assert behaved(made, *stop) == []
    models = call("GET", "/jobs/models", 200, seq=1)
    assert behaved(made, models, models._replace(sent_seq=2, answered_seq=2)) == []


def test_creating_again_after_a_lost_answer_is_told(made):
    def create(seq, status, *, sent=None, headers=None):
        return call("POST", "/jobs", status, seq=seq, sent=sent or {"a": 1}, headers=headers)

    assert behaved(made, create(1, None), create(2, 500), create(3, 400), create(4, 500)) == [("C5", ""), ("C5", "")]
    assert behaved(made, create(1, None), create(2, None, sent={"a": 2})) == []
    keyed = {"idempotency-key": "1"}
    assert behaved(made, create(1, None, headers=keyed), create(2, None, headers=keyed)) == []
    assert behaved(made, call("POST", "/jobs", None, seq=1), call("POST", "/jobs", None, seq=2)) == []


def test_what_is_remembered_of_a_client_is_bounded(made, monkeypatch):
    monkeypatch.setattr(client, "MAX_REMEMBERED", 1)
    monkeypatch.setattr(client, "MAX_FINDINGS", 1)
    assert behaved(made, read("done", 1, "a"), read("done", 2, "b"), read("done", 3, "a", at=9)) == []
    polls = [read("done", seq, at=seq) for seq in range(1, 9)]
    assert len(behaved(made, *polls)) == 1


def test_keys_are_told_apart_without_being_kept(made):
    told = made(rule("R1", "rate", "most: 2", "surely: 3", "within: 60s", "refusal: 429", on="", level="W"))
    for seq in range(1, 5):
        told.add(read("done", seq, headers={"authorization": f"Bearer {seq}"}))
    assert not told.finish().findings


# Where in the recording


def lines_of(findings):
    return [(found.rule, found.spot.line, [each.line for each in found.story_spots]) for found in findings]


def test_every_finding_has_the_place_of_the_exchange_that_made_it_certain(made):
    told = made(
        rule("A1", "answer", "operations: [read]", "then: {field: /http, equals: 200}", on=""),
        rule("A2", "monotone", "up: [/n]"),
        schemas=True,
        common=COMMON + CONDUCT,
    )
    for line, exchange in enumerate(
        (
            read("working", 1, n=5),
            read("working", 2, n=4),
            read("done", 3, n=6),
            read("done", 4, n=6, at=9),
            read("working", 5, n=6, at=10),
            call("GET", "/jobs/j1", 500, seq=6, at=11),
        ),
        11,
    ):
        told.add(exchange._replace(position=SourcePosition(line, 3, f"/log/entries/{line}")))
    judgement = told.finish()
    assert [each for each in sorted(lines_of(judgement.findings)) if each[0] != "S2"] == [
        ("A1", 16, []),
        ("A2", 12, []),
        ("L2", 15, [14, 15]),
        ("S1", 16, []),
    ]
    assert lines_of(judgement.conduct) == [("C2", 14, []), ("C2", 15, [])]
    assert judgement.findings[0].spot.pointer.startswith("/log/entries/1")
