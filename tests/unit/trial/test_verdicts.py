"""The verdict on a run, from what it left behind."""

from dataclasses import replace

import pytest

from mockserver.trial.verdicts import TrialOutcome, TrialVerdict, judge_run, refused_calls
from tests.support.trial_runs import VIDEO, breach, call, candidate, evidence, video

CREATE = call("create", body='{"prompt": "x"}', shown="queued")
RUNNING = call("get", shown="processing")
COMPLETED = call("get", shown="completed")
BROKEN = call("get", 500, faults=("status",))
REACHED = candidate("faults: [{on: get, do: {status: 500}}]\n")


def judge(*calls, **facts) -> TrialVerdict:
    return judge_run(evidence(*calls, **{"tried": REACHED, **facts}), facts.get("expected_exits", frozenset({0})))


def outcome(*calls, **facts) -> TrialOutcome:
    return judge(*calls, **facts).outcome


def test_a_client_that_meets_the_fault_and_ends_well_survives():
    assert outcome(CREATE, BROKEN, COMPLETED) is TrialOutcome.SURVIVED


def test_a_client_that_met_no_fault_has_not_survived():
    verdict = judge(CREATE, COMPLETED)
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert verdict.reasons == ("no fault altered an answer: they are on get, at other calls or times",)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refusals_are_shown_where_a_client_has_not_reached_anything(status):
    verdict = judge(call("create", status), call("create", status), COMPLETED)
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert verdict.reasons[0].endswith(f"; refused: 2 of 3 requests, first POST /v1/create -> {status}")


def test_a_refusal_by_a_fault_of_the_scenario_is_not_shown_as_one():
    tried = candidate("faults: [{on: create, do: {status: 404}}, {on: get, do: {status: 500}}]\n")
    refusal = call("create", 404, faults=("status",))
    assert refused_calls(evidence(refusal, tried=tried)) == ""


def test_a_client_without_a_request_has_not_reached_anything():
    verdict = judge(exit_code=2, stderr="python: no such file\n")
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert "no request reached the session; the client ended with exit code 2: python: no such file" in verdict.reasons


def test_a_client_that_runs_at_its_deadline_hangs():
    verdict = judge(CREATE, BROKEN, BROKEN, exit_code=None)
    assert verdict.outcome is TrialOutcome.HUNG
    assert "GET /v1/get -> 500, sent 2 times of 3 requests" in verdict.reasons[0]


PROCESSING = video("processing", ahead="completed")


def test_a_client_that_polls_a_running_job_at_its_deadline_needs_more_time():
    verdict = judge(CREATE, BROKEN, call("get", shown="processing", at=25), exit_code=None, jobs=(PROCESSING,))
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    (reason,) = verdict.reasons
    assert reason.startswith("its video still runs, after 3 requests and 25s of the session's time: give the client")
    assert "--deadline" in reason


def test_a_client_that_polls_a_running_job_too_often_misbehaves_at_its_deadline_too():
    facts = {"exit_code": None, "jobs": (PROCESSING,), "conduct": (breach("C1"),)}
    assert outcome(CREATE, BROKEN, RUNNING, **facts) is TrialOutcome.MISBEHAVED


HANGS = {
    "its job has ended": (COMPLETED, video("completed")),
    "its last read failed": (call("get", 503), PROCESSING),
    "its last read was altered": (call("get", faults=("malformed",)), PROCESSING),
    "its last read was lost": (call("get", lost=True), PROCESSING),
    "its last call was a command": (call("cancel"), PROCESSING),
    "its last call is unknown to the vendor": (call(""), PROCESSING),
    "its last call was about no job": (call("list", job=""), PROCESSING),
    "its job has no end, and it waits for an hour": (call("get", at=3600), replace(PROCESSING, ahead=())),
}


@pytest.mark.parametrize("reason", HANGS)
def test_a_client_hangs_at_its_deadline(reason):
    last, job = HANGS[reason]
    assert outcome(CREATE, BROKEN, last, exit_code=None, jobs=(job,)) is TrialOutcome.HUNG


def test_a_job_without_an_end_may_be_awaited_for_a_while():
    endless = replace(PROCESSING, ahead=())
    last = call("get", at=60)
    assert outcome(CREATE, BROKEN, last, exit_code=None, jobs=(endless,)) is TrialOutcome.NOT_REACHED


def test_a_call_that_never_got_an_answer_is_named_when_the_client_hangs():
    reason = judge(CREATE, call("cancel", lost=True), exit_code=None).reasons[0]
    assert reason.endswith("POST /v1/cancel -> no whole answer")


def test_a_client_that_was_too_slow_for_a_request_has_not_hung():
    verdict = judge(exit_code=None)
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert verdict.reasons == ("no request reached the session before the deadline",)


def test_a_client_that_leaves_a_running_job_has_crashed():
    verdict = judge(
        CREATE,
        BROKEN,
        exit_code=1,
        stderr="Traceback\nKeyError: 'status'\n",
        jobs=(video("processing", ahead="completed"),),
    )
    assert verdict.outcome is TrialOutcome.CRASHED
    assert verdict.reasons == ("it ended with exit code 1 although its video runs on", "KeyError: 'status'")


def test_a_client_that_fails_although_it_saw_its_job_complete_has_crashed():
    assert judge(CREATE, BROKEN, COMPLETED, exit_code=1).reasons[0].endswith("although its video is completed")


def test_a_client_that_never_saw_how_its_job_failed_has_crashed():
    reason = judge(CREATE, BROKEN, exit_code=1, jobs=(video("failed"),)).reasons[0]
    assert reason.endswith("without seeing that its video is failed")


def test_an_end_in_a_lost_answer_was_not_seen():
    lost = call("get", shown="failed", lost=True)
    assert outcome(CREATE, BROKEN, lost, exit_code=1, jobs=(video("failed"),)) is TrialOutcome.CRASHED


def test_a_job_ends_as_its_last_state_ahead():
    on_its_way = replace(
        video("queued", ahead="completed"), ahead=video("", ahead="processing").ahead + video("", ahead="failed").ahead
    )
    assert (
        outcome(CREATE, BROKEN, call("get", shown="failed"), exit_code=1, jobs=(on_its_way,)) is TrialOutcome.SURVIVED
    )


def test_a_signal_is_a_crash_whatever_happened_to_the_job():
    assert judge(CREATE, BROKEN, exit_code=-11).reasons[0] == "signal 11 ended it"


def test_an_exit_code_that_is_expected_is_no_crash():
    assert outcome(CREATE, BROKEN, exit_code=3, expected_exits={0, 3}) is TrialOutcome.SURVIVED
    assert outcome(CREATE, BROKEN, exit_code=3) is TrialOutcome.CRASHED


REASONS_TO_FAIL = {
    "its job failed and it saw that": ((CREATE, BROKEN, call("get", shown="failed")), (video("failed"),)),
    "its key was refused": ((CREATE, BROKEN, call("get", 401)), (video("processing", ahead="completed"),)),
    "its create was refused": ((BROKEN, call("create", 422, job="")), ()),
    "the result of its job is a failure": ((CREATE, BROKEN, call("content", 500)), (video("completed"),)),
    "it waited for an hour": ((CREATE, BROKEN, call("get", at=3600)), (video("processing", ahead="completed"),)),
}


@pytest.mark.parametrize("reason", REASONS_TO_FAIL)
def test_a_client_with_a_reason_may_fail(reason):
    calls, jobs = REASONS_TO_FAIL[reason]
    assert outcome(*calls, exit_code=1, jobs=jobs) is TrialOutcome.SURVIVED


@pytest.mark.parametrize(
    ("last", "ahead"),
    [(call("content", 500), "completed"), (call("content", 500, faults=("status",)), ""), (call("cancel", 500), "")],
    ids=["the job runs on", "a fault", "a command"],
)
def test_another_error_is_no_reason_to_fail(last, ahead):
    jobs = (video("completed", ahead=ahead),)
    assert outcome(CREATE, BROKEN, last, exit_code=1, jobs=jobs) is TrialOutcome.CRASHED


def test_a_refused_cancel_is_no_reason_to_fail():
    running = (video("processing", ahead="completed"),)
    assert outcome(CREATE, BROKEN, call("cancel", 400), exit_code=1, jobs=running) is TrialOutcome.CRASHED


def test_a_stale_404_is_no_reason_to_fail():
    stale = call("get", 404, faults=("stale",))
    running = (video("processing", ahead="completed"),)
    assert outcome(CREATE, stale, exit_code=1, jobs=running) is TrialOutcome.CRASHED


def test_the_line_that_names_the_error_is_quoted():
    stderr = "TypeError: tasks.cancel is not a function\n    at main (client.cjs:12:95)\n\nNode.js v20.20.2\n"
    assert judge(CREATE, BROKEN, exit_code=3, stderr=stderr).reasons[1].startswith("TypeError: tasks.cancel is not")
    assert judge(CREATE, BROKEN, exit_code=3, stderr="panic: x\ngoroutine 1\n").reasons[1] == "goroutine 1"
    assert len(judge(CREATE, BROKEN, exit_code=3).reasons) == 1


def test_a_job_that_the_client_cannot_know_is_no_reason_to_go_on():
    lost = call("create", lost=True, faults=("drop",))
    assert outcome(lost, exit_code=1) is TrialOutcome.SURVIVED


def test_conduct_is_a_finding_but_for_creates_which_the_trial_knows_better():
    polled_on = (breach("C2"), breach("C2"))
    assert judge(CREATE, BROKEN, conduct=polled_on).reasons[0].startswith("C2: the client polled a job that had")
    assert outcome(CREATE, BROKEN, conduct=(breach("C5"),)) is TrialOutcome.SURVIVED


def test_one_more_look_at_an_ended_job_is_no_finding():
    assert outcome(CREATE, BROKEN, conduct=(breach("C2"),)) is TrialOutcome.SURVIVED
    assert outcome(CREATE, BROKEN, conduct=(breach("C6"),)) is TrialOutcome.MISBEHAVED


def created_twice(*between, first_job=VIDEO, **facts) -> TrialVerdict:
    again = call("create", body=CREATE.body, job="G-2")
    jobs = (video("completed", booked=("reserve",)), video("completed", job_id="G-2", booked=("reserve",)))
    return judge(CREATE, *between, again, BROKEN, **{"jobs": jobs, **facts})


def test_a_create_that_is_repeated_after_trouble_charges_twice():
    verdict = created_twice(call("get", 404))
    assert verdict.outcome is TrialOutcome.MISBEHAVED
    assert verdict.reasons == ("it created the same job again after trouble: G-1, then G-2; both are charged",)


def test_a_lost_answer_is_trouble_too():
    assert created_twice(call("get", lost=True)).outcome is TrialOutcome.MISBEHAVED


def test_another_body_and_the_same_job_are_no_second_charge():
    for other in (call("create", body="{}", job="G-2"), call("create", body=CREATE.body)):
        jobs = (video("completed"), video("completed", job_id="G-2"))
        assert outcome(CREATE, call("get", 404), other, BROKEN, jobs=jobs) is TrialOutcome.SURVIVED


def test_a_job_whose_money_came_back_is_not_charged():
    jobs = (video("cancelled", booked=("reserve", "release")), video("completed", job_id="G-2", booked=("reserve",)))
    assert created_twice(call("get", 404), jobs=jobs).reasons == (
        "it created the same job again after trouble: G-1, then G-2",
    )


@pytest.mark.parametrize("between", [(), (RUNNING,), (call("get", 404), COMPLETED)], ids=["none", "fine", "ended"])
def test_a_second_job_without_trouble_is_the_clients_own_business(between):
    assert created_twice(*between).outcome is TrialOutcome.SURVIVED


def test_an_end_that_the_client_misreads_is_a_finding():
    jobs = (video("processing", ahead="completed"),)
    for stdout in ("cancelled\n", 'log\n{"status": "cancelled"}\n'):
        assert judge(CREATE, BROKEN, stdout=stdout, jobs=jobs).reasons == (
            "it reports 'cancelled', and its video will be 'completed'",
        )
    assert judge(CREATE, BROKEN, stdout="failed").reasons == ("it reports 'failed', and its video is 'completed'",)


def test_the_report_is_about_the_job_that_was_called_last():
    jobs = (video("completed"), video("failed", job_id="G-2"))
    calls = (CREATE, call("create", body="{}", job="G-2"), BROKEN, call("get", job="G-2"))
    assert outcome(*calls, stdout="failed", jobs=jobs) is TrialOutcome.SURVIVED
    assert outcome(*calls, stdout="completed", jobs=jobs) is TrialOutcome.MISBEHAVED


def test_a_job_that_the_client_has_deleted_has_no_end_to_report():
    assert (
        outcome(CREATE, BROKEN, stdout="failed", jobs=(replace(video("completed"), deleted=True),))
        is TrialOutcome.SURVIVED
    )


@pytest.mark.parametrize("stdout", ["", "done", "completed", "two words", "[1]", '{"status": 3}', "processing"])
def test_what_is_no_end_or_the_right_one_is_not_judged(stdout):
    assert outcome(CREATE, BROKEN, stdout=stdout) is TrialOutcome.SURVIVED
