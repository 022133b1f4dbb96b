"""Histories: what is found in them, when it is reported, what is counted, and what is remembered."""

from mockserver.contract.judge import history
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import RuleVerdict, StateCoverage, UnkeptFindings
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.wire import SourcePosition
from mockserver.documentation import rule_address
from tests.support.toy_contract import COMMON_RULES, CONDUCT_RULES, call, contracts, outcomes, read_job, rule


def test_a_job_that_is_reopened_is_reported_at_once(make_judge):
    judge = make_judge(rerun="mockserver check x.har --job {resource} --rule {rule}")
    assert not judge.add(read_job("working", 1))
    assert not judge.add(read_job("done", 2, at=3))
    (found,) = judge.add(read_job("working", 3, at=6))
    assert found.rule == "L2"
    assert found.resource == "job j1"
    assert found.possible == "done"
    assert found.operation == "read"
    assert found.observed == "GET /jobs/j1 -> 200 working"
    assert found.story == (
        "1. 2026-10-01T12:00:03Z  GET /jobs/j1 -> 200 done",
        "2. +3s  GET /jobs/j1 -> 200 working",
    )
    assert found.rerun == "mockserver check x.har --job j1 --rule L2"
    assert judge.findings == [found]
    assert found.source == f"{rule_address(found.rule)} (a page)"
    judgement = judge.finish()
    assert judgement.outcome == "violated"
    assert judgement.findings == (found,)
    assert outcomes(judgement, "L2") == [("job j1", "violated")]
    assert judgement.json()["findings"][0]["story"] == found.story


def test_by_time_a_finding_waits_until_nothing_can_come_between(make_judge):
    judge = make_judge()
    assert not judge.add(read_job("done", at=1, took=1))
    assert not judge.add(read_job("working", at=5, took=1))
    assert [found.rule for found in judge.add(read_job("done", at=9))] == ["L2"]
    assert not judge.finish().counts.late


def test_answers_that_cross_prove_nothing(make_judge):
    judge = make_judge()
    judge.add(read_job("done", at=1, took=1))
    judge.add(read_job("working", at=2.0005))
    assert not judge.finish().findings


def test_a_source_that_announces_its_requests_may_add_them_as_they_are_answered(make_judge):
    judge = make_judge()
    judge.announce(1)
    judge.announce(2)
    slow, quick = read_job("working", 1), read_job("done", 2)
    assert not judge.add(quick._replace(answered_seq=3))
    assert not judge.add(slow._replace(answered_seq=4))
    judge.announce(5)
    assert [found.rule for found in judge.add(read_job("working", 5)._replace(answered_seq=6))] == ["L2"]


def test_a_window_puts_exchanges_in_order(make_judge):
    judge = make_judge(window=2)
    for seq, status in ((2, "done"), (1, "working"), (3, "done")):
        assert not judge.add(read_job(status, seq))
    assert not judge.finish().findings


def test_what_comes_too_late_leaves_the_job_inconclusive(make_judge):
    judge = make_judge()
    judge.add(read_job("done", 5))
    judge.add(read_job("working", 1))
    judgement = judge.finish()
    assert judgement.counts.late == 1
    assert not judgement.findings
    assert outcomes(judgement, "L1") == [("job j1", "inconclusive")]


def test_a_broken_rule_stays_broken_where_a_call_comes_too_late(make_judge):
    judge = make_judge()
    for status, seq in (("done", 5), ("working", 6), ("working", 1)):
        judge.add(read_job(status, seq))
    judgement = judge.finish()
    assert outcomes(judgement, "L2") == [("job j1", "violated")]
    assert outcomes(judgement, "L1") == [("job j1", "inconclusive")]


def test_lost_answers_are_counted_and_taken_into_account(make_judge):
    judge = make_judge()
    judge.add(read_job("working", 1))
    judge.add(call("POST", "/stop", None, sent={"job": "j1"}, seq=2))
    judge.add(read_job("stopped", 3))
    judgement = judge.finish()
    assert judgement.counts.unanswered == 1
    assert judgement.counts.judged == 2
    assert judgement.findings == ()


def test_what_is_not_known_is_counted_by_name(make_judge, monkeypatch):
    monkeypatch.setattr(history, "MAX_COUNTED_NAMES", 2)
    judge = make_judge()
    for path in ("/a", "/b", "/c", "/a"):
        judge.add(call("GET", path, 200, headers={"host": "toy.example.com:443"}))
    judge.add(call("GET", "/gateway/jobs/j", 200, headers={"host": "other.example.com"}))
    for host in ("other.example.com", "127.0.0.1:99", "[::1]", "localhost"):
        judge.add(call("GET", "/nowhere", 200, headers={":authority": host}))
    judgement = judge.finish()
    assert judgement.counts.unknown_calls == {"GET /a": 2, "GET /b": 1, "others": 4}
    assert judgement.counts.unknown_hosts == {"other.example.com": 2}
    assert judgement.counts.path_prefixes == {"/gateway": 1}
    assert judgement.outcome == "inconclusive"
    assert judgement.counts.json()["judged"] == 0


def test_an_unknown_call_is_information_for_the_schemas_judge(make_judge):
    judge = make_judge(schemas=True)
    assert [found.rule for found in judge.add(call("GET", "/nowhere", 200))] == ["S0"]


def test_schemas_are_judged_and_named_by_the_rules(make_judge):
    judge = make_judge(rule("A1", "schema", "finds: [S1]", "operations: [read]", on=""), schemas=True)
    (found,) = judge.add(call("GET", "/jobs/j1", 418, seq=1))
    assert found.rule == "A1"
    assert found.level == "error"
    judgement = judge.finish()
    assert outcomes(judgement, "A1") == [("read", "violated")]
    assert not outcomes(judgement, "S")


def test_what_a_sparse_server_leaves_out_is_reported_once_an_operation():
    judge = HistoryJudge("reap", "2026-07-07", rules=False)
    for seq, body in ((1, {"status": "queued"}), (3, {"status": "processing"})):
        judge.add(call("GET", "/api/v1/automation/get-project-status", 200, body, seq=seq))
    judge.add(call("GET", "/api/v1/automation/get-all-projects", 200, {"projects": [{"id": "1"}]}, seq=5))
    first, second = (each for each in judge.finish().findings if each.rule == "S13")
    assert first.level == second.level == "info"
    assert first.message.startswith("missing: /currentPage, /totalPages, /totalProjects, /projects/*/status")
    assert second.message.startswith("missing: /projectId, /projectType, /source (no page requires them")


def test_of_many_findings_alike_the_first_are_kept_and_the_others_counted(make_judge, monkeypatch):
    monkeypatch.setattr(history, "MAX_SIMILAR_FINDINGS", 2)
    judge = make_judge(schemas=True)
    for number in range(5):
        judge.add(call("GET", f"/jobs/j{number}", 418, seq=2 * number + 1))
    judgement = judge.finish()
    assert len([each for each in judgement.findings if each.rule == "S1"]) == 2
    assert judgement.unkept == (UnkeptFindings("S1", "read", "status", 3),)
    assert judgement.json()["unkept"] == [{"rule": "S1", "operation": "read", "where": "status", "number": 3}]
    assert judgement.counts.answers == {"read": 5}


def test_schemas_that_are_kept_are_evidence(make_judge):
    judge = make_judge(schemas=True)
    judge.add(call("GET", "/jobs/models", 200))
    judgement = judge.finish()
    assert outcomes(judgement, "S") == [(None, "ok")]
    assert judgement.outcome == "ok"


def test_a_history_without_rules_over_time(tmp_path):
    judge = HistoryJudge("toy", root=contracts(tmp_path), rules=False)
    judge.add(read_job("done", 1))
    assert judge.finish().counts.jobs == 0


def test_jobs_are_seen_in_paths_queries_bodies_lists_and_lines(make_judge):
    judge = make_judge()
    judge.add(call("POST", "/jobs", 201, {"id": "j1", "status": "waiting"}, seq=1))
    judge.add(call("GET", "/jobs", 200, {"jobs": [{"id": "j1", "status": "working"}, {"id": 5}, 7]}, seq=2))
    judge.add(call("GET", "/status?job=j1", 200, {"id": "j1", "status": "done"}, seq=3))
    judge.add(call("GET", "/jobs/j1/lines", 200, b'{"id": "j2", "status": "done"}\n\nx\n', seq=4))
    judge.add(call("POST", "/stop", 409, sent={"job": "j1"}, seq=5))
    judge.add(call("GET", "/jobs", 500, {"jobs": []}, seq=6))
    judge.add(call("GET", "/jobs", 200, {"jobs": 1}, seq=7))
    judge.add(call("POST", "/stop", 409, seq=8))
    judge.add(call("GET", "/jobs/" + "x" * 300, 404, seq=9))
    judgement = judge.finish()
    assert judgement.counts.jobs == 2
    assert not judgement.findings
    assert judgement.coverage == (StateCoverage("job", ("waiting", "working", "done"), ("stopped",)),)
    assert outcomes(judgement, "L13") == [("job j1", "ok"), ("job j2", "ok")]


def test_our_own_servers_paths_may_name_session_and_vendor(make_judge):
    judge = make_judge()
    for path in ("/s/mine/v/toy/jobs/j1", "/v/toy/jobs/j1", "/s/mine/jobs/j1"):
        judge.add(call("GET", path, 200, {"id": "j1", "status": "done"}))
    judge.add(call("HEAD", "/jobs/j1", 200))
    judge.add(call("GET", "/jobs/", 404))
    judge.add(call("GET", "/j%6Fbs/j1", 200, {"id": "j1", "status": "done"}))
    assert judge.finish().counts.judged == 5


def test_rules_on_bodies_are_judged_in_order(make_judge):
    judge = make_judge(
        rule("A1", "monotone", "up: [/n]"),
        rule("A2", "constant", "fields: [/made]"),
        rule("A3", "sum", "parts: [/a]", "total: /t"),
        rule("A4", "sum", "parts: [/a]", "total: /t", "in: [list]"),
    )
    judge.add(read_job("working", 1, n=5, made=1, a=1, t=2))
    judge.add(read_job("working", 2, n=4, made=1, a=1, t=2))
    judge.add(read_job("working", 3, n=4, made=2, a=1, t=1))
    judgement = judge.finish()
    found = [(each.rule, each.where) for each in judgement.findings]
    assert sorted(found) == [("A1", "/n"), ("A1", "/n"), ("A2", "/made"), ("A3", "/t"), ("A3", "/t")]
    assert outcomes(judgement, "A3") == [("job j1", "violated")]
    assert not outcomes(judgement, "A4")


def test_an_answer_that_is_repeated_is_judged_once(make_judge):
    judge = make_judge(rule("A3", "sum", "parts: [/a]", "total: /t"))
    for seq in range(1, 9):
        judge.add(read_job("working", seq, a=1, t=2))
    assert len(judge.finish().findings) == 1


def test_of_answers_that_overlap_none_is_the_later_one(make_judge):
    judge = make_judge(rule("A1", "monotone", "up: [/n]"))
    judge.add(read_job("working", 1, n=5)._replace(answered_seq=9))
    judge.add(read_job("working", 2, n=4)._replace(answered_seq=3))
    assert not judge.finish().findings


def test_a_rule_after_an_answer_without_a_body(make_judge):
    judge = make_judge(
        rule("A1", "after", "after: {operation: remove, statuses: [409]}", "then: {field: /n, equals: 0}")
    )
    judge.add(read_job("working", 1, n=1))
    judge.add(call("DELETE", "/jobs/j1", 409, seq=2))
    assert [found.rule for found in judge.add(read_job("working", 3, n=1))] == ["A1"]


def test_a_rule_that_an_overlapping_answer_begins_counts_the_bodies_behind_it(make_judge):
    judge = make_judge(rule("A1", "monotone", "up: [/n]", "after: {operation: stop, statuses: [200]}"))
    slow = read_job("working", at=0, took=100, n=9)
    stopped = call("POST", "/stop", 200, {"id": "j1", "status": "stopped", "n": 1}, at=10, took=10, sent={"job": "j1"})
    for each in (slow, stopped, read_job("stopped", at=50, took=10, n=5), read_job("stopped", at=110, took=1, n=5)):
        judge.add(each)
    assert [found.rule for found in judge.finish().findings] == ["A1"]


def test_a_second_mistake_is_reported_from_where_the_first_left_off(make_judge):
    judge = make_judge()
    for seq, status in enumerate(("done", "working", "waiting"), 1):
        judge.add(read_job(status, seq))
    stories = [found.story for found in judge.finish().findings]
    assert [len(story) for story in stories] == [2, 1]


def test_a_success_that_shows_what_it_cannot(make_judge):
    judge = make_judge()
    judge.add(read_job("working", 1))
    judge.add(call("POST", "/stop", 200, {"id": "j1", "status": "waiting"}, sent={"job": "j1"}, seq=2))
    assert [found.rule for found in judge.finish().findings] == ["L1"]


def test_an_answer_without_a_time(make_judge):
    judge = make_judge()
    judge.add(read_job("working", at=1)._replace(answered_at=None))
    judge.add(read_job("done", at=2))
    assert judge.finish().counts.judged == 2


def test_a_note_is_reported_once_and_only_if_it_is_certain(make_judge):
    judge = make_judge(rule("N1", "note", "operations: [stop]", "statuses: [200]", "from: [stopped]", level="I"))
    judge.add(call("POST", "/stop", 200, {"id": "j1", "status": "stopped"}, sent={"job": "j1"}, seq=1))
    for seq in (2, 3):
        judge.add(call("POST", "/stop", 200, {"id": "j1", "status": "stopped"}, sent={"job": "j1"}, seq=seq))
    judge.add(call("POST", "/stop", 409, sent={"job": "j1"}, seq=4))
    judge.add(read_job("stopped", 5))
    notes = [found for found in judge.finish().findings if found.rule == "N1"]
    assert [(note.level, note.resource) for note in notes] == [("info", "job j1")]


def test_clauses_may_ask_for_age_body_and_request(make_judge):
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
        judge = make_judge(resources=resources)
        if known:
            judge.add(read_job("working", 1, made="2026-10-01T12:00:00Z", loose=loose))
        judge.add(call("POST", "/stop", 200, sent={"job": "j1"}, seq=2, at=at, headers=headers))
        return [found.rule for found in judge.finish().findings]

    assert stopped(at=60) == ["L1"]
    assert stopped(at=60, loose=True) == []
    assert stopped(at=60, headers={"force": "1"}) == []
    assert stopped(at=9 * 3600) == []
    assert stopped(at=60, known=False) == []

    def gone(at):
        judge = make_judge(resources=resources)
        judge.add(read_job("done", 1, made="2026-10-01T12:00:00Z"))
        judge.add(call("GET", "/jobs/j1", 404, seq=2, at=at))
        return [found.rule for found in judge.finish().findings]

    assert gone(29 * day) == ["L1"]
    assert gone(30 * day) == []


def test_rules_on_answers_are_judged_by_operation(make_judge):
    judge = make_judge(
        rule("A1", "answer", "operations: [read]", "then: {field: /http, equals: 200}", on=""),
        rule("A2", "answer", "when: {field: /headers/x-api-key, present: false}", "keyed: true",
             "then: {field: /http, equals: 401}", on=""),
    )  # fmt: skip
    assert not judge.add(read_job("done", 1))
    assert not judge.add(read_job("done", 2, headers={"x-api-key": "k"}))
    assert [found.rule for found in judge.add(read_job("done", 3))] == ["A2"]
    assert [found.rule for found in judge.add(call("GET", "/jobs/j1", 500, seq=4, headers={"x-api-key": "k"}))] == [
        "A1"
    ]
    judge.add(call("GET", "/jobs/j1", None, seq=5))
    judgement = judge.finish()
    assert outcomes(judgement, "A1") == [("read", "violated")]
    assert outcomes(judgement, "A2") == [("read", "violated")]


def test_rules_on_the_run(make_judge):
    judge = make_judge(
        rule("R1", "rate", "most: 2", "surely: 3", "within: 60s", "refusal: 429", on="", level="W"),
        rule("U1", "unmixed", "signs:", "- {eras: [a], operations: [read], when: {field: /body/e, equals: a}}",
             "- {eras: [b], operations: [read], when: {field: /body/e, equals: b}}", on="", level="W"),
        rule("U2", "unmixed", "signs: []", on="", level="W"),
        rule("B1", "probe", "probe: a ledger", on=""),
    )  # fmt: skip
    for seq in range(1, 6):
        judge.add(read_job("done", seq, e="a", at=seq))
    judge.add(read_job("done", 9, e="b", at=200))
    judgement = judge.finish()
    assert [(found.rule, found.level, found.where) for found in judgement.findings] == [
        ("R1", "error", "status"),
        ("R1", "warning", "status"),
        ("U1", "warning", "status"),
    ]
    assert RuleVerdict("B1", "error", None, "inconclusive", "it needs a ledger") in judgement.verdicts
    assert outcomes(judgement, "U1") == [(None, "violated")]
    assert not outcomes(judgement, "U2")
    assert outcomes(judgement, "R1") == [("read", "violated")]
    assert judgement.count_outcomes() == {
        outcome: sum(verdict.outcome == outcome for verdict in judgement.verdicts)
        for outcome in ("violated", "inconclusive", "ok")
    }


def test_a_mix_that_is_none_is_fine(make_judge):
    judge = make_judge(
        rule("U1", "unmixed", "signs:", "- {eras: [a], operations: [read], when: {field: /http, equals: 200}}", on="")
    )
    judge.add(read_job("done", 1))
    assert outcomes(judge.finish(), "U1") == [(None, "ok")]


def test_alike_findings_are_kept_up_to_a_number(make_judge, monkeypatch):
    monkeypatch.setattr(history, "MAX_SIMILAR_FINDINGS", 2)
    judge = make_judge(rule("A3", "sum", "parts: [/a]", "total: /t"))
    for seq in range(1, 6):
        judge.add(read_job("working", seq, a=seq, t=0))
    judgement = judge.finish()
    assert len(judgement.findings) == 2
    assert judgement.counts.repeated == 3


def test_keys_are_counted_apart_without_being_kept(make_judge):
    judge = make_judge(rule("R1", "rate", "most: 2", "surely: 3", "within: 60s", "refusal: 429", on="", level="W"))
    for seq in range(1, 5):
        judge.add(read_job("done", seq, headers={"authorization": f"Bearer {seq}"}))
    assert not judge.finish().findings


# Where in the recording


def lines_of(findings):
    return [(found.rule, found.spot.line, [each.line for each in found.story_spots]) for found in findings]


def test_every_finding_has_the_place_of_the_exchange_that_made_it_certain(make_judge):
    judge = make_judge(
        rule("A1", "answer", "operations: [read]", "then: {field: /http, equals: 200}", on=""),
        rule("A2", "monotone", "up: [/n]"),
        schemas=True,
        common=COMMON_RULES + CONDUCT_RULES,
    )
    for line, exchange in enumerate(
        (
            read_job("working", 1, n=5),
            read_job("working", 2, n=4),
            read_job("done", 3, n=6),
            read_job("done", 4, n=6, at=9),
            read_job("working", 5, n=6, at=10),
            call("GET", "/jobs/j1", 500, seq=6, at=11),
        ),
        11,
    ):
        judge.add(exchange._replace(position=SourcePosition(line, 3, f"/log/entries/{line}")))
    judgement = judge.finish()
    assert [each for each in sorted(lines_of(judgement.findings)) if each[0] != "S2"] == [
        ("A1", 16, []),
        ("A2", 12, []),
        ("L2", 15, [14, 15]),
    ]
    (wrong_status,) = (each for each in judgement.findings if each.rule == "A1")
    assert lines_of(wrong_status.also) == [("S1", 16, [])]
    assert lines_of(judgement.conduct) == [("C2", 14, []), ("C2", 15, [])]
    assert judgement.findings[0].spot.pointer.startswith("/log/entries/1")


WORLD_RULES = rule("R2", "readable", on="") + rule("L1", "follows", "from: existing", "to: existing", on="")


def world_findings(make_judge, exchanges, *, alone, common=WORLD_RULES):
    """The rule, level and message of each finding."""
    judge = make_judge(common=common, alone=alone)
    for exchange in exchanges:
        judge.add(exchange)
    return [(found.rule, found.level, found.message) for found in judge.finish().findings]


def test_what_another_client_may_have_done_depends_on_the_world(make_judge):
    stopped_unseen = [read_job("working", 1), read_job("stopped", 2)]
    declared = "L1 holds (in a closed world, without other clients)"
    assumed = "L1 holds (unless another client used the job; --closed-world excludes that)"
    assert world_findings(make_judge, stopped_unseen, alone=True) == [("L1", "error", declared)]
    assert world_findings(make_judge, stopped_unseen, alone=None) == [("L1", "warning", assumed)]
    assert world_findings(make_judge, stopped_unseen, alone=False) == []


def test_what_no_client_can_have_done_is_found_in_every_world(make_judge):
    reopened = [read_job("done", 1), read_job("working", 2)]
    for alone in (True, None, False):
        assert world_findings(make_judge, reopened, alone=alone) == [("L1", "error", "L1 holds")]


def test_a_job_that_is_denied_to_another_key_may_belong_to_the_first(make_judge):
    found = read_job("done", 1, made=1790856000, headers={"x-api-key": "a"})
    denied = [call("GET", "/jobs/j1", 404, seq=2, headers={"x-api-key": key}) for key in ("a", "b")]
    assert [rule for rule, *_ in world_findings(make_judge, [found, denied[0]], alone=True)] == ["R2"]
    assert world_findings(make_judge, [found, denied[1]], alone=True) == []


UNKNOWN_RULES = rule("U1", "unknown", on="") + rule("U2", "unknown", on="") + WORLD_RULES
MADE = 1790856000


def deleted_job():
    """A job that is read, deleted, and not found."""
    done = read_job("done", 1, made=MADE)
    return [done, call("DELETE", "/jobs/j1", 200, seq=2), call("GET", "/jobs/j1", 404, seq=3)]


def test_a_call_about_a_deleted_job_is_answered_as_about_an_unknown_one(make_judge):
    refused = call("GET", "/jobs/j1", 400, seq=4)
    twice = [*deleted_job(), refused, refused._replace(sent_seq=5, answered_seq=5)]
    found = world_findings(make_judge, twice, alone=None, common=UNKNOWN_RULES)
    assert found == [("U1", "error", "U1 holds (status is 400)")]
    for status in (401, 404, 429, 500):
        busy = call("GET", "/jobs/j1", status, seq=4)
        assert world_findings(make_judge, [*deleted_job(), busy], alone=None, common=UNKNOWN_RULES) == []


def test_a_call_about_a_job_that_was_never_found_is_proved_in_a_closed_world(make_judge):
    unknown = [call("GET", "/jobs/j1", 404, seq=1), call("GET", "/jobs/j1", 422, seq=2)]
    kept = {level for _, level, _ in world_findings(make_judge, unknown, alone=True, common=UNKNOWN_RULES)}
    assert kept == {"error"}
    (found,) = world_findings(make_judge, unknown, alone=None, common=UNKNOWN_RULES)
    assert found[:2] == ("U1", "warning")


def test_a_rule_on_unknown_jobs_may_be_about_some_operations_and_statuses(make_judge):
    refused = [*deleted_job(), call("GET", "/jobs/j1", 400, seq=4)]
    for options in (["operations: [status]"], ["statuses: [410]"]):
        common = rule("U1", "unknown", *options, on="") + WORLD_RULES
        assert world_findings(make_judge, refused, alone=None, common=common) == []
    common = rule("U1", "unknown", "operations: [read]", "statuses: [400]", on="") + WORLD_RULES
    assert len(world_findings(make_judge, refused, alone=None, common=common)) == 1


def test_an_order_that_no_rule_explains_is_named_by_the_rule_of_order(make_judge):
    reopened = [read_job("done", 1), read_job("working", 2)]
    order = rule("L15", "order", on="")
    readable = rule("R2", "readable", on="")
    assert world_findings(make_judge, reopened, alone=True, common=readable + order)[0][0] == "L15"
    assert world_findings(make_judge, reopened, alone=True, common=readable)[0][0] == "R2"
    assert world_findings(make_judge, reopened, alone=True, common=rule("N1", "ends", on="")) == []


def test_a_judge_can_be_given_its_rules():
    """A vendor without rules of its own is judged by what is derived from its tables."""
    given = RuleSet("phaseo", "2026-06-11", (), {}, ())
    judge = HistoryJudge("phaseo", "2026-06-11", rule_set=given, schemas=False)
    assert judge.rule_set is given
    assert judge.add(call("GET", "/v1/videos", 200, {"data": []})) == []
