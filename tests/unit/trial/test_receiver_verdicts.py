"""The verdict on a receiver, from its answers, its end and what it reports."""

import pytest

from mockserver.trial.receiver_verdicts import judge_receiver
from mockserver.trial.relay import NO_ANSWER_IN_TIME
from mockserver.trial.story import receiver_story_lines
from mockserver.trial.verdicts import TrialOutcome, TrialVerdict
from tests.support.receiver_runs import EVENT, delivery, forged, receiver_candidate, receiver_evidence
from tests.support.trial_runs import VIDEO, video

TWICE = "webhooks: {deliver: [{duplicate: 1}]}\n"
REORDERED = "webhooks: {deliver: [{reorder: true}]}\n"
PROCESSED = {"processed": EVENT}


def judge(*deliveries, **facts) -> TrialVerdict:
    return judge_receiver(receiver_evidence(*deliveries, **facts))


def status_lines(*words: str) -> list[dict[str, str]]:
    return [{"job": VIDEO, "status": word} for word in words]


def test_a_receiver_that_accepts_what_is_genuine_survives():
    assert judge(delivery()).outcome is TrialOutcome.SURVIVED
    assert judge(delivery(), forged(401, event_id="evt_2")).outcome is TrialOutcome.SURVIVED


def test_nothing_is_judged_where_nothing_listens():
    verdict = judge(is_listening=False, exit_code=2, stderr="python: no such file\n")
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert verdict.reasons == (
        "nothing listens at http://127.0.0.1:9/hook; it ended with exit code 2: python: no such file",
    )
    assert judge(is_listening=False).reasons == ("nothing listens at http://127.0.0.1:9/hook",)
    assert judge().reasons == ("no delivery was sent before the deadline",)


def test_an_accepted_forgery_is_a_finding_with_its_rule():
    verdict = judge(delivery(), forged(204, event_id="evt_2"))
    assert verdict.outcome is TrialOutcome.MISBEHAVED
    assert verdict.reasons == (
        "C7: it accepted a webhook whose signature is not right\nvideo.completed of G-1 (attempt 1, wrong) -> 204",
    )


def test_a_receiver_that_refuses_everything_has_not_recognized_the_forgery():
    verdict = judge(forged(401), controls=(delivery(401, event_id="evt_2"),))
    assert verdict.outcome is TrialOutcome.MISBEHAVED
    assert verdict.reasons == ("it refused a genuine delivery: video.completed of G-1 (attempt 1, ok) -> 401",)


def test_refused_forgeries_alone_prove_nothing():
    verdict = judge(forged(401))
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert verdict.reasons == ("no delivery that a receiver must accept was sent",)


def test_an_event_that_is_accepted_at_last_was_not_refused():
    assert judge(delivery(503), delivery(200, attempt=2)).outcome is TrialOutcome.SURVIVED
    assert judge(delivery(200), delivery(409, attempt=2)).outcome is TrialOutcome.SURVIVED
    reasons = judge(delivery(500), delivery(500, attempt=2)).reasons
    assert reasons == ("it refused a genuine delivery in 2 attempts: video.completed of G-1 (attempt 2, ok) -> 500",)


def test_an_unsigned_delivery_of_a_vendor_that_signs_may_be_refused():
    assert judge(delivery(401, signature="unsigned", is_genuine=False)).outcome is TrialOutcome.NOT_REACHED
    assert judge(delivery(200, signature="unsigned", is_genuine=False)).outcome is TrialOutcome.SURVIVED


def test_an_answer_that_the_vendor_does_not_count_is_a_finding():
    counted = {"state": "failed", "vendor_error": "the answer's body must be empty"}
    assert judge(delivery(200, **counted)).reasons == (
        "its answer counts as a failure: video.completed of G-1 (attempt 1, ok) -> the answer's body must be empty",
    )
    # What the vendor heard was another answer.
    assert judge(delivery(200, is_lost=True, **counted)).outcome is TrialOutcome.SURVIVED


def test_a_late_answer_is_a_hang():
    verdict = judge(delivery(None, problem=NO_ANSWER_IN_TIME))
    assert verdict.outcome is TrialOutcome.HUNG
    assert verdict.reasons == ("it gave no answer in time to 1 delivery, first video.completed of G-1 (attempt 1, ok)",)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1, "it ended with exit code 1 before it was stopped"), (-11, "signal 11 ended it before it was stopped")],
)
def test_a_receiver_that_ends_by_itself_has_crashed(code, reason):
    verdict = judge(delivery(), exit_code=code, stderr="KeyError: 'id'\n")
    assert verdict.outcome is TrialOutcome.CRASHED
    assert verdict.reasons == (reason, "KeyError: 'id'")


def test_a_connection_that_breaks_off_is_a_crash():
    verdict = judge(delivery(None, problem="RemoteDisconnected: closed"))
    assert verdict.outcome is TrialOutcome.CRASHED
    assert verdict.reasons == ("it broke off video.completed of G-1 (attempt 1, ok): RemoteDisconnected: closed",)


def test_an_event_that_is_processed_twice_is_seen_where_it_is_reported():
    tried = receiver_candidate(TWICE)
    twice = (delivery(), delivery(cause="duplicate"))
    assert judge(*twice, tried=tried, reports=[PROCESSED]).outcome is TrialOutcome.SURVIVED
    verdict = judge(*twice, tried=tried, reports=[PROCESSED, PROCESSED])
    assert verdict.outcome is TrialOutcome.MISBEHAVED
    assert verdict.reasons == ("it reports that it processed evt_1 2 times",)
    unknown = [{"processed": "another"}] * 2
    assert judge(*twice, tried=tried, reports=unknown).outcome is TrialOutcome.SURVIVED


def test_without_a_report_a_repeated_event_proves_nothing():
    verdict = judge(delivery(), delivery(cause="duplicate"), tried=receiver_candidate(TWICE))
    assert verdict.outcome is TrialOutcome.NOT_REACHED
    assert verdict.reasons[0].endswith('it does not report: a line {"processed": ID} for each')
    # A status says nothing about how often an event was handled.
    reports = status_lines("completed")
    assert judge(delivery(), tried=receiver_candidate(TWICE), reports=reports).outcome is TrialOutcome.NOT_REACHED


def test_a_forgery_that_is_refused_and_yet_processed_is_a_finding():
    verdict = judge(delivery(), forged(401, event_id="evt_2"), reports=[{"processed": "evt_2"}])
    assert verdict.reasons == (
        "it reports that it processed evt_2, which was only sent with a signature that is not right",
    )


def test_an_ended_job_that_goes_on_is_a_finding():
    tried = receiver_candidate(REORDERED)
    right = status_lines("in_progress", "completed", "completed")
    assert judge(delivery(), tried=tried, reports=right).outcome is TrialOutcome.SURVIVED
    wrong = status_lines("completed", "in_progress", "completed")
    assert judge(delivery(), tried=tried, reports=wrong).reasons == (
        "it reports 'in_progress' for video G-1, after 'completed', which is an end",
    )


def test_an_end_that_the_receiver_misreads_is_a_finding():
    verdict = judge(delivery(), reports=status_lines("failed"), jobs=(video("completed"),))
    assert verdict.reasons == ("it reports 'failed', and video G-1 is 'completed'",)
    others = [{"job": "another", "status": "failed"}, {"job": 1}, "no JSON", "[]", "1"]
    assert judge(delivery(), reports=others).outcome is TrialOutcome.SURVIVED


def test_the_story_has_states_and_deliveries_in_their_order():
    run = receiver_evidence(delivery(at=2), delivery(503, at=62, attempt=2, is_lost=True), jobs=(video("completed"),))
    assert list(receiver_story_lines(run)) == [
        "+0s           video G-1 is completed",
        "+2s       webhook video.completed (attempt 1, signature ok) -> 200",
        "+1m2s     webhook video.completed (attempt 2, signature ok) -> 503, which is lost",
    ]
    assert list(receiver_story_lines(receiver_evidence(jobs=()))) == []
