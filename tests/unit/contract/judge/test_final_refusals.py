"""Rule C4: which refused commands the client must not repeat."""

import pytest

from tests.support.toy_contract import COMMON_RULES, CONDUCT_RULES, RESOURCES, call, read_job


@pytest.fixture
def repeats(make_judge):
    """Judges a client that sends a refused command three times; returns the rules that it breaks."""

    def judge_client(method, path, status, body=None, *, before=(), resources=RESOURCES, **request):
        judge = make_judge(common=COMMON_RULES + CONDUCT_RULES, resources=resources)
        for exchange in before:
            judge.add(exchange)
        for seq in (11, 12, 13):
            judge.add(call(method, path, status, body, seq=seq, at=60 * seq, **request))
        return [finding.rule for finding in judge.finish().conduct]

    return judge_client


STOP = {"sent": {"job": "j1"}}


def test_a_refusal_proves_by_itself_that_no_waiting_changes_it(repeats):
    assert repeats("POST", "/stop", 409, **STOP) == ["C4", "C4"]


def test_a_refusal_that_the_jobs_next_states_lift_is_not_final(repeats):
    # Refused while the job runs; it can be removed when it has ended.
    assert repeats("DELETE", "/jobs/j1", 409) == []
    assert repeats("DELETE", "/jobs/j1", 409, before=[read_job("done", 1)]) == ["C4", "C4"]


def test_a_refusal_that_age_lifts_is_not_final(repeats):
    late = RESOURCES.replace(
        "- {from: [waiting, working], to: stopped}", "- {from: [waiting, working], to: stopped, older: 1h}"
    )
    assert (
        repeats("POST", "/stop", 409, **STOP, resources=late.replace("[done, stopped]}", "[working, done, stopped]}"))
        == []
    )


def test_a_state_on_the_way_that_a_repetition_only_enters_again_is_final(repeats):
    stopping = (
        RESOURCES.replace("[waiting, working, done, stopped]", "[waiting, working, stopping, done, stopped]")
        .replace("working: [done]}", "working: [done], stopping: [stopped]}")
        .replace("to: stopped}", "to: stopping}\n          - {from: stopping, to: stopping}")
        .replace("'409': {from: [done, stopped]}", "'409': {from: [stopping, done, stopped]}")
    )
    assert repeats("POST", "/stop", 409, **STOP, resources=stopping) == ["C4", "C4"]


def test_the_conditions_of_a_clause_count(repeats):
    reasons = RESOURCES.replace(
        "'409': {from: [done, stopped]}",
        "'409': [{from: [done, stopped], when: {field: /body/why, equals: ended}},"
        " {from: existing, when: {field: /body/why, out: [ended, odd]}}]",
    )
    assert repeats("POST", "/stop", 409, {"why": "ended"}, **STOP, resources=reasons) == ["C4", "C4"]
    assert repeats("POST", "/stop", 409, {"why": "locked"}, **STOP, resources=reasons) == []
    assert repeats("POST", "/stop", 409, {"why": "odd"}, **STOP, resources=reasons) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410, 501])
def test_some_refusals_are_final_whatever_the_job_does(repeats, status):
    assert repeats("POST", "/stop", status, **STOP) == ["C4", "C4"]


@pytest.mark.parametrize("status", [400, 500, 502])
def test_a_refusal_without_a_clause_proves_nothing(repeats, status):
    assert repeats("POST", "/stop", status, **STOP) == []


def test_an_error_of_the_server_is_not_final_by_its_clause(repeats):
    failing = RESOURCES.replace("'409': {from: [done, stopped]}", "'500': {from: [done, stopped]}")
    assert repeats("POST", "/stop", 500, **STOP, resources=failing) == []


@pytest.mark.parametrize(("status", "rules"), [(400, ["C4", "C4"]), (422, []), (500, [])])
def test_a_job_that_is_known_to_have_ended_makes_some_refusals_final(repeats, status, rules):
    assert repeats("POST", "/stop", status, **STOP, before=[read_job("done", 1)]) == rules


def test_a_busy_answer_is_another_rule(repeats):
    assert repeats("POST", "/stop", 429, **STOP, answer_headers=(("retry-after", "5"),)) == []


def test_a_command_that_no_state_of_the_era_accepts_is_refused_for_good_by_501_alone(repeats):
    never = RESOURCES.replace(
        "          '200':\n          - {from: [waiting, working], to: stopped}\n"
        "          - {from: stopped, shown: [stopped], to: shown}\n",
        "",
    )
    assert repeats("POST", "/stop", 501, **STOP, resources=never) == ["C4", "C4"]
    assert repeats("POST", "/stop", 409, **STOP, resources=never) == []


def rules_of(make_judge, *exchanges):
    judge = make_judge(common=COMMON_RULES + CONDUCT_RULES)
    for exchange in exchanges:
        judge.add(exchange)
    return [finding.rule for finding in judge.finish().conduct]


def stop(status, seq, **how):
    return call("POST", "/stop", status, seq=seq, at=seq, **{**STOP, **how})


def test_two_commands_at_once_are_no_repetition(make_judge):
    slow = stop(409, 1)._replace(answered_seq=2)
    assert rules_of(make_judge, slow, stop(409, 2)) == []


def test_a_command_that_succeeds_later_was_not_refused_for_good(make_judge):
    stopped = {"id": "j1", "status": "stopped"}
    done = call("POST", "/stop", 200, stopped, seq=2, at=2, **STOP)
    assert rules_of(make_judge, stop(404, 1), done, stop(404, 3)) == []


def test_a_command_by_another_key_or_with_another_body_is_another_command(make_judge):
    first = stop(404, 1, headers={"x-api-key": "a"})
    assert rules_of(make_judge, first, stop(404, 2, headers={"x-api-key": "b"})) == []
    other = {"job": "j1", "why": "late"}
    assert rules_of(make_judge, first, stop(404, 2, headers={"x-api-key": "a"}, sent=other)) == []


def test_a_refusal_without_a_time_is_not_remembered(make_judge):
    unknown = call("POST", "/stop", 404, **STOP)._replace(answered_at=None)
    assert rules_of(make_judge, unknown, call("POST", "/stop", 404, at=9, **STOP)) == []
