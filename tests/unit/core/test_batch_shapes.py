"""Two shapes of batches: one with phases before and after its items, one that only shows at its end how they ended."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.batch import Batch, fold_batch
from mockserver.core.job import CANCEL, MOVE, POLL, Deadline, Input, Job, JobPlan
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Manual, Polls, Stay, Timed, Timeline, TimelineStep

ITEM = Lifecycle(
    "request",
    ("queued", "working", "completed", "failed", "cancelled", "expired"),
    (
        Transition("queued", "working"),
        Transition("working", "completed"),
        Transition("working", "failed"),
        Transition("queued", "cancelled", Trigger.CANCEL),
        Transition("working", "cancelled", Trigger.CANCEL),
        Transition("queued", "expired", Trigger.DEADLINE),
        Transition("working", "expired", Trigger.DEADLINE),
    ),
    frozenset({"completed", "failed", "cancelled", "expired"}),
)
PHASED = Lifecycle(
    "batch",
    ("validating", "in_progress", "finalizing", "completed", "failed", "cancelling", "cancelled", "expired"),
    (
        Transition("validating", "in_progress"),
        Transition("validating", "failed"),
        Transition("in_progress", "finalizing"),
        Transition("finalizing", "completed"),
        *(Transition(state, "cancelling", Trigger.CANCEL) for state in ("validating", "in_progress", "finalizing")),
        Transition("cancelling", "cancelled"),
        *(Transition(state, "expired", Trigger.DEADLINE) for state in ("validating", "in_progress", "cancelling")),
    ),
    frozenset({"completed", "failed", "cancelled", "expired"}),
)
PHASED_RULES = BatchRules(
    item=ITEM,
    waiting="validating",
    working="in_progress",
    closing="finalizing",
    done="completed",
    draining="cancelling",
    drained="cancelled",
    expired="expired",
    failed="failed",
    dropped="cancelled",
    overdue="expired",
    succeeded="completed",
    opens=True,
    drain_limit=600,
    counters={
        "total": frozenset(ITEM.states),
        "completed": frozenset({"completed"}),
        "failed": frozenset({"failed", "cancelled", "expired"}),
    },
    counts_nothing_in=frozenset({"validating", "failed"}),
)
LATE = Lifecycle(
    "batch",
    ("in_progress", "canceling", "ended"),
    (
        Transition("in_progress", "ended"),
        Transition("in_progress", "canceling", Trigger.CANCEL),
        Transition("canceling", "ended"),
        Transition("in_progress", "ended", Trigger.DEADLINE),
        Transition("canceling", "ended", Trigger.DEADLINE),
    ),
    frozenset({"ended"}),
)
LATE_RULES = BatchRules(
    item=ITEM,
    waiting="in_progress",
    working="in_progress",
    done="ended",
    draining="canceling",
    drained="ended",
    expired="ended",
    dropped="cancelled",
    overdue="expired",
    succeeded="completed",
    counters={
        "processing": frozenset({"queued", "working"}),
        "succeeded": frozenset({"completed"}),
        "errored": frozenset({"failed"}),
        "canceled": frozenset({"cancelled"}),
        "expired": frozenset({"expired"}),
    },
    counts_at_end=True,
)


def item(wait: int, work: int, end: str = "completed") -> Timeline:
    return (TimelineStep("queued", Timed(wait)), TimelineStep("working", Timed(work)), TimelineStep(end, NO_END))


MINUTE, SHORT = Timed(60), Timed(20)


def phased(*items: Timeline, opening: Stay = MINUTE, closing: Stay = SHORT, deadline: int = 86_400) -> Job:
    timeline = (
        TimelineStep("validating", opening),
        TimelineStep("in_progress", Timed(100)),
        TimelineStep("finalizing", closing),
        TimelineStep("completed", NO_END),
    )
    follow = dict.fromkeys(("validating", "in_progress", "finalizing"), ())
    return Job("b", 1, 0, {}, JobPlan(PHASED, timeline, follow, (Deadline(deadline, "expired"),), PHASED_RULES, items))


def late(*items: Timeline, deadline: int = 86_400) -> Job:
    plan = JobPlan(LATE, (), {"in_progress": ()}, (Deadline(deadline, "ended"),), LATE_RULES, items)
    return Job("b", 1, 0, {}, plan)


def happen(job: Job, at: int, kind: str, name: str = "") -> Job:
    return job.with_input(Input(at, job.version, kind, name))


def course(job: Job, now: int = 1_000_000) -> list[tuple[str, int]]:
    return [(span.state, span.entered) for span in fold_batch(job, now).history]


def counters(job: Job, now: int) -> dict[str, int]:
    batch = fold_batch(job, now)
    plan = job.plan
    assert plan.batch is not None
    return batch.counters(plan.batch, ended=batch.history[-1].state in plan.lifecycle.terminal)


class TestPhases:
    def test_it_opens_then_works_then_closes(self):
        job = phased(item(0, 10), item(5, 30, "failed"))
        assert course(job) == [("validating", 0), ("in_progress", 60), ("finalizing", 95), ("completed", 115)]
        assert counters(job, 59) == {"total": 0, "completed": 0, "failed": 0}
        assert counters(job, 60) == {"total": 2, "completed": 0, "failed": 0}
        assert counters(job, 70) == {"total": 2, "completed": 1, "failed": 0}
        assert counters(job, 115) == {"total": 2, "completed": 1, "failed": 1}

    def test_it_is_at_work_from_the_end_of_its_opening_whenever_the_items_begin(self):
        assert course(phased(item(500, 10)))[:2] == [("validating", 0), ("in_progress", 60)]
        assert fold_batch(phased(item(500, 10)), 10).unchanged_until == 60

    def test_a_cancel_lets_what_is_at_work_finish(self):
        job = happen(phased(item(0, 30), item(400, 10)), 70, CANCEL)
        assert course(job) == [("validating", 0), ("in_progress", 60), ("cancelling", 70), ("cancelled", 90)]
        assert counters(job, 90) == {"total": 2, "completed": 1, "failed": 1}

    def test_a_cancel_waits_no_longer_than_its_limit(self):
        job = happen(phased(item(0, 5), item(0, 5_000)), 70, CANCEL)
        assert course(job)[2:] == [("cancelling", 70), ("cancelled", 670)]
        assert fold_batch(job, 100).unchanged_until == 670
        assert [history[-1].state for history in fold_batch(job, 670).items] == ["completed", "cancelled"]

    def test_a_cancel_while_it_opens_drops_every_item(self):
        job = happen(phased(item(0, 10)), 30, CANCEL)
        assert course(job) == [("validating", 0), ("cancelling", 30), ("cancelled", 30)]

    def test_a_cancel_while_it_closes_leaves_nothing_to_wait_for(self):
        job = happen(phased(item(0, 10)), 80, CANCEL)
        assert course(job) == [
            ("validating", 0),
            ("in_progress", 60),
            ("finalizing", 70),
            ("cancelling", 80),
            ("cancelled", 80),
        ]
        assert counters(job, 80) == {"total": 1, "completed": 1, "failed": 0}

    def test_a_cancel_at_the_last_items_end_comes_before_it_closes(self):
        assert course(happen(phased(item(0, 10)), 70, CANCEL))[2:] == [("cancelling", 70), ("cancelled", 70)]

    def test_a_deadline_expires_what_is_unfinished(self):
        job = phased(item(0, 10), item(0, 5_000), deadline=1_000)
        assert course(job)[2:] == [("expired", 1_000)]
        assert [history[-1].state for history in fold_batch(job, 1_000).items] == ["completed", "expired"]
        assert counters(job, 1_000) == {"total": 2, "completed": 1, "failed": 1}

    def test_a_deadline_while_it_opens_expires_every_item(self):
        job = phased(item(0, 10), deadline=30)
        assert course(job) == [("validating", 0), ("expired", 30)]
        assert [history[-1].state for history in fold_batch(job, 30).items] == ["expired"]

    def test_a_batch_whose_items_are_dropped_before_they_begin_has_failed(self):
        dropped = (TimelineStep("queued", Timed(0)), TimelineStep("cancelled", NO_END))
        job = phased(dropped, dropped, opening=Manual())
        assert course(job) == [("validating", 0), ("failed", 0)]
        assert counters(job, 0) == {"total": 0, "completed": 0, "failed": 0}

    def test_items_that_are_dropped_when_the_opening_ends_fail_the_batch(self):
        dropped = (TimelineStep("queued", Timed(0)), TimelineStep("cancelled", NO_END))
        assert course(phased(dropped, dropped)) == [("validating", 0), ("failed", 60)]
        assert course(phased(dropped, item(0, 10)))[1] == ("in_progress", 60)

    def test_items_that_end_without_work_pass_through_the_working_state(self):
        failed = (TimelineStep("queued", Timed(5)), TimelineStep("failed", NO_END))
        job = phased(failed, opening=Manual())
        assert course(job) == [("validating", 0), ("in_progress", 5), ("finalizing", 5), ("completed", 25)]

    def test_a_moved_batch_ends_its_opening_and_its_closing_early(self):
        job = phased(item(0, 10))
        assert course(happen(job, 5, MOVE, "in_progress"))[:2] == [("validating", 0), ("in_progress", 5)]
        assert course(happen(job, 5, MOVE, "failed")) == [("validating", 0), ("failed", 5)]
        closing = happen(job, 62, MOVE, "finalizing")
        assert course(closing)[2:] == [("finalizing", 62), ("completed", 82)]
        assert course(happen(closing, 65, MOVE, "completed"))[2:] == [("finalizing", 62), ("completed", 65)]
        assert course(happen(job, 65, MOVE, "expired"))[2:] == [("expired", 65)]

    @pytest.mark.parametrize(
        ("closing", "polls", "last"),
        [
            (Polls(2), 2, ("finalizing", 70)),
            (Polls(2), 3, ("completed", 82)),
            (Manual(), 9, ("finalizing", 70)),
        ],
    )
    def test_the_closing_state_may_last_polls_or_until_a_move(self, closing, polls, last):
        job = phased(item(0, 10), closing=closing)
        for at in range(80, 80 + polls):
            job = happen(job, at, POLL)
        assert course(job)[-1] == last

    def test_without_a_stay_in_the_timeline_it_closes_at_once(self):
        job = phased(item(0, 10))
        plan = JobPlan(PHASED, job.plan.timeline[:2], batch=PHASED_RULES, items=job.plan.items)
        assert course(Job("b", 1, 0, {}, plan))[2:] == [("finalizing", 70), ("completed", 70)]


class TestCountsAtTheEnd:
    def test_until_the_end_all_are_processing(self):
        job = late(item(0, 10), item(5, 30, "failed"))
        assert course(job) == [("in_progress", 0), ("ended", 35)]
        all_of_them = {"processing": 2, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        assert [counters(job, now) for now in (0, 10, 34)] == [all_of_them] * 3
        assert counters(job, 35) == {"processing": 0, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 0}

    def test_a_cancel_drops_what_has_not_begun_and_the_counts_tell_at_the_end(self):
        job = happen(late(item(0, 30), item(400, 10)), 10, CANCEL)
        assert course(job) == [("in_progress", 0), ("canceling", 10), ("ended", 30)]
        assert counters(job, 29)["processing"] == 2
        assert counters(job, 30) == {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 1, "expired": 0}

    def test_a_cancelled_batch_may_have_cancelled_nothing(self):
        job = happen(late(item(0, 30)), 10, CANCEL)
        assert counters(job, 30) == {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 0}

    def test_a_deadline_ends_it_with_expired_items(self):
        job = late(item(0, 10), item(0, 5_000), deadline=1_000)
        assert course(job) == [("in_progress", 0), ("ended", 1_000)]
        assert counters(job, 1_000) == {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 1}

    def test_a_move_to_the_end_finishes_the_items(self):
        job = happen(late(item(0, 10), item(400, 10)), 2, MOVE, "ended")
        assert course(job) == [("in_progress", 0), ("ended", 2)]
        assert counters(job, 2)["succeeded"] == 2


ends = st.sampled_from(["completed", "failed"])
items = st.lists(st.builds(item, st.integers(0, 40), st.integers(0, 40), ends), min_size=1, max_size=3)
happenings = st.lists(st.tuples(st.integers(0, 200), st.sampled_from([POLL, CANCEL])), max_size=3).map(sorted)


@given(st.sampled_from([phased, late]), items, happenings, st.integers(0, 250), st.sampled_from([70, 86_400]))
def test_every_change_is_legal_and_announced_and_the_counters_add_up(make, items, happenings, now, deadline):
    job = make(*items, deadline=deadline)
    for at, kind in happenings:
        job = happen(job, at, kind)
    batch = fold_batch(job, now)
    for earlier, later in pairwise(batch.history):
        assert job.plan.lifecycle.allows(earlier.state, later.state)
        assert earlier.until == later.entered >= earlier.entered
    assert batch.counts().total() == len(items)
    assert_unchanged(job, batch, now)


def assert_unchanged(job: Job, batch: Batch, now: int) -> None:
    """Until the instant that it names, a batch shows the same if nothing happens."""
    quiet = Job(job.id, 1, 0, {}, job.plan, inputs=tuple(event for event in job.inputs if event.at <= now))
    last = 10_000 if batch.unchanged_until is None else batch.unchanged_until - 1
    later = fold_batch(quiet, last)
    assert later.history[-1].state == batch.history[-1].state
    assert later.counts() == batch.counts()


class TestALeastDrain:
    def drained(self, *items: Timeline) -> Job:
        job = phased(*items)
        return replace(job, plan=replace(job.plan, batch=PHASED_RULES._replace(drain_least=5)))

    def test_it_lasts_although_nothing_is_left_to_wait_for(self):
        job = happen(self.drained(item(0, 10)), 30, CANCEL)
        assert course(job) == [("validating", 0), ("cancelling", 30), ("cancelled", 35)]
        assert fold_batch(job, 31).unchanged_until == 35

    def test_it_ends_with_the_last_item_if_that_takes_longer(self):
        assert course(happen(self.drained(item(0, 30)), 70, CANCEL))[2:] == [("cancelling", 70), ("cancelled", 90)]

    def test_a_cancel_while_it_closes_lasts_too(self):
        job = happen(self.drained(item(0, 10)), 80, CANCEL)
        assert course(job)[3:] == [("cancelling", 80), ("cancelled", 85)]
        assert course(job, 84)[3:] == [("cancelling", 80)]
        assert fold_batch(job, 81).unchanged_until == 85

    def test_a_move_ends_it_at_once(self):
        job = happen(self.drained(item(0, 10)), 30, CANCEL)
        assert course(happen(job, 32, MOVE, "cancelled"))[1:] == [("cancelling", 30), ("cancelled", 32)]
