"""Deadlines: where each counts from, what it finds, and what a request says of it."""

import pytest

from mockserver.core.deadlines import Deadline
from mockserver.core.job import CANCEL, MOVE, Input, Job, JobPlan, fold_job, pending_deadlines
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed, TimelineStep

PREDICTION = Lifecycle(
    "prediction",
    ("starting", "processing", "succeeded", "canceled", "aborted"),
    (
        Transition("starting", "processing"),
        Transition("processing", "succeeded"),
        Transition("starting", "aborted", Trigger.DEADLINE),
        Transition("processing", "canceled", Trigger.DEADLINE),
    ),
    frozenset({"succeeded", "canceled", "aborted"}),
)
ASKED = Deadline(None, targets={"starting": "aborted", "processing": "canceled"}, given="cancel_after")
RUNNING = Deadline(30, "canceled", since="processing")


def prediction(starting: int, processing: int, *deadlines: Deadline, **spec: object) -> Job:
    timeline = (
        TimelineStep("starting", Timed(starting)),
        TimelineStep("processing", Timed(processing)),
        TimelineStep("succeeded", NO_END),
    )
    return Job("p", 1, 100, spec, JobPlan(PREDICTION, timeline, deadlines=deadlines or (ASKED, RUNNING)))


def course(job: Job, now: int = 10_000) -> list[tuple[str, int, str]]:
    return [(span.state, span.entered, span.cause) for span in fold_job(job, now)]


@pytest.mark.parametrize(
    ("starting", "cancel_after", "end"),
    [
        (50, 20, ("aborted", 120, "deadline")),
        (5, 20, ("canceled", 120, "deadline")),
        (5, 60, ("canceled", 135, "deadline")),
        # At one instant the job's own work comes first: it has started, and is found running.
        (20, 20, ("canceled", 120, "deadline")),
        (5, None, ("canceled", 135, "deadline")),
    ],
)
def test_one_deadline_leads_where_the_state_that_it_finds_says(starting, cancel_after, end):
    spec = {} if cancel_after is None else {"cancel_after": cancel_after}
    assert course(prediction(starting, 40, **spec))[-1] == end


def test_a_deadline_that_the_request_may_set_has_a_length_without_it():
    rule = Deadline(10, "aborted", given="cancel_after")
    assert course(prediction(50, 1, rule))[-1] == ("aborted", 110, "deadline")
    assert course(prediction(50, 1, rule, cancel_after=None))[-1] == ("aborted", 110, "deadline")
    assert course(prediction(50, 1, rule, cancel_after=20))[-1] == ("aborted", 120, "deadline")


def test_a_deadline_of_a_state_counts_from_its_latest_entry():
    job = prediction(5, 100, Deadline(30, "canceled", since="processing"))
    assert course(job)[-1] == ("canceled", 135, "deadline")
    again = job.with_input(Input(110, 1, MOVE, "starting"))
    assert course(again) == [
        ("starting", 100, "created"),
        ("processing", 105, "time"),
        ("starting", 110, "move"),
        ("processing", 115, "time"),
        ("canceled", 145, "deadline"),
    ]


def test_a_deadline_of_a_state_may_be_only_a_request_s():
    rule = Deadline(None, "canceled", since="processing", given="cancel_after")
    assert course(prediction(5, 40, rule))[-1] == ("succeeded", 145, "time")
    assert course(prediction(5, 40, rule, cancel_after=20))[-1] == ("canceled", 125, "deadline")


def test_a_deadline_of_the_first_state_counts_from_the_creation():
    assert course(prediction(50, 1, Deadline(30, "aborted", since="starting")))[-1] == ("aborted", 130, "deadline")


def test_a_state_without_a_target_is_left_alone_and_the_deadline_has_passed():
    assert course(prediction(50, 40, Deadline(20, targets={"processing": "canceled"})))[-1] == (
        "succeeded",
        190,
        "time",
    )


def test_a_deadline_of_a_state_that_a_cancel_leads_to_ends_it():
    plan = JobPlan(
        PREDICTION,
        (TimelineStep("starting", NO_END),),
        on_cancel={"starting": (TimelineStep("processing", NO_END),)},
        deadlines=(Deadline(10, "canceled", since="processing"),),
    )
    job = Job("p", 1, 0, {}, plan).with_input(Input(7, 1, CANCEL))
    assert course(job)[-1] == ("canceled", 17, "deadline")


def test_the_deadlines_ahead_are_those_that_count_already():
    job = prediction(
        5, 100, Deadline(30, "canceled", since="processing"), Deadline(200, targets={"starting": "aborted"})
    )
    assert pending_deadlines(job, 101) == [(300, "aborted")]
    assert pending_deadlines(job, 106) == [(135, "canceled")]
    assert pending_deadlines(job, 135) == []


def test_a_rule_knows_the_states_that_it_leads_to():
    assert ASKED.states == {"aborted", "canceled"}
    assert RUNNING.states == {"canceled"}
