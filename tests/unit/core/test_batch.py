"""The fold of a batch: its items' courses, and the state and counters that follow from them."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.batch import Batch, fold_batch
from mockserver.core.job import CANCEL, MOVE, POLL, Deadline, Input, Job, JobPlan
from mockserver.core.timeline import Manual, Polls, Timed, Timeline, TimelineStep
from tests.support.toy_lifecycles import BATCH, BATCH_RULES, ITEM

END = 150

stays = st.builds(Timed, st.integers(0, 30)) | st.builds(Polls, st.integers(1, 2)) | st.just(Manual())
outcomes = st.sampled_from(["ready", "failed"])
through = st.builds(
    lambda wait, work, end: (TimelineStep("queued", wait), TimelineStep("busy", work), TimelineStep(end)),
    stays,
    stays,
    outcomes,
)
at_once = st.builds(lambda wait: (TimelineStep("queued", wait), TimelineStep("failed")), stays)
follows: st.SearchStrategy[Mapping[str, Timeline]] = st.sampled_from(
    [
        {"waiting": (), "working": ()},
        {
            "waiting": (TimelineStep("draining", Timed(20)), TimelineStep("cancelled")),
            "working": (TimelineStep("draining", Timed(20)), TimelineStep("cancelled")),
        },
        *(
            dict.fromkeys(("waiting", "working"), (TimelineStep("draining", stay), TimelineStep("cancelled")))
            for stay in (Timed(1), Polls(1), Manual())
        ),
        {"working": ()},
        {},
    ]
)
deadlines = st.sampled_from([(), (Deadline(60, "expired"),)])
happenings = st.lists(
    st.tuples(st.integers(0, END), st.sampled_from([POLL, CANCEL, MOVE]), st.integers(0, 9)), max_size=5
).map(sorted)


@st.composite
def batches(draw: st.DrawFn) -> Job:
    """A batch, and what happened to it: polls and cancels at any time, moves along the lifecycles."""
    items = tuple(draw(st.lists(through | at_once, min_size=1, max_size=4)))
    plan = JobPlan(BATCH, (), draw(follows), draw(deadlines), BATCH_RULES, items)
    job = Job("b", 1, 0, {}, plan)
    for seq, (at, kind, choice) in enumerate(draw(happenings)):
        event = Input(at, seq, kind)
        job = job.with_input(_legal(job, event, choice) if kind == MOVE else event)
    return job


def _legal(job: Job, event: Input, choice: int) -> Input:
    """A move of the batch or of one item to a state that may follow; a poll where none may."""
    batch = fold_batch(job, event.at)
    ways = [(target, {}) for target in BATCH.next_states(batch.history[-1].state)]
    ways += [
        (target, {"item": place})
        for place, course in enumerate(batch.items)
        for target in ITEM.next_states(course[-1].state)
    ]
    if not ways:
        return event._replace(kind=POLL)
    target, data = ways[choice % len(ways)]
    return event._replace(name=target, data=data)


def state(batch: Batch) -> str:
    return batch.history[-1].state


def unfinished(batch: Batch) -> int:
    return sum(count for name, count in batch.counts().items() if name not in ITEM.terminal)


instants = st.integers(0, END)


class TestLaws:
    @given(batches(), instants)
    def test_settling_is_idempotent(self, job, now):
        assert fold_batch(job, now) == fold_batch(job, now)

    @given(batches(), instants)
    def test_counters_add_up_at_every_instant(self, job, now):
        assert fold_batch(job, now).counts().total() == len(job.plan.items)

    @given(batches())
    def test_states_move_along_the_arrows_only(self, job):
        course = fold_batch(job, END).history
        assert course[0].state == "waiting"
        for visit, following in pairwise(course):
            assert BATCH.allows(visit.state, following.state), course
            assert visit.until == following.entered >= visit.entered

    @given(batches())
    def test_items_move_along_the_arrows_only(self, job):
        for course in fold_batch(job, END).items:
            for visit, following in pairwise(course):
                assert ITEM.allows(visit.state, following.state) or following.cause == "deadline", course

    @given(batches(), instants)
    def test_a_batch_has_ended_only_when_its_items_have(self, job, now):
        batch = fold_batch(job, now)
        if state(batch) in BATCH.terminal:
            assert unfinished(batch) == 0
        elif state(batch) != "draining":
            assert unfinished(batch) > 0

    @given(batches(), instants, instants)
    def test_a_terminal_state_absorbs(self, job, now, later):
        before, after = fold_batch(job, now), fold_batch(job, max(now, later))
        if state(before) in BATCH.terminal:
            assert after.history == before.history
            assert after.counts() == before.counts()

    @given(batches(), instants, instants)
    def test_outcomes_never_fall_and_the_queue_never_rises(self, job, now, later):
        before, after = fold_batch(job, now).counts(), fold_batch(job, max(now, later)).counts()
        assert after["queued"] <= before["queued"]
        assert all(after[name] >= before[name] for name in ITEM.terminal)

    @given(batches(), instants, instants)
    def test_whenever_one_looks_the_past_is_the_same(self, job, now, later):
        def trace(at: int) -> list[tuple[str, int]]:
            return [(visit.state, visit.entered) for visit in fold_batch(job, at).history]

        early, late = trace(now), trace(max(now, later))
        assert late[: len(early)] == early

    @given(batches(), instants)
    def test_steady_until_is_exact(self, job, now):
        quiet = replace(job, inputs=tuple(one for one in job.inputs if one.at <= now))
        batch = fold_batch(quiet, now)

        def shown(at: int) -> tuple[object, ...]:
            seen = fold_batch(quiet, at)
            return state(seen), seen.counts()

        due = batch.unchanged_until
        assert due is None or due > now
        for at in range(now, now + 50 if due is None else due):
            assert shown(at) == shown(now)
        if due is not None:
            assert shown(due) != shown(now)

    @given(batches(), instants)
    def test_a_cancel_drops_the_queue_and_lets_the_rest_finish(self, job, now):
        quiet = replace(job, inputs=tuple(one for one in job.inputs if one.at <= now))
        before = fold_batch(quiet, now)
        canceled = quiet.with_input(Input(now, 99, CANCEL))
        after = fold_batch(canceled, now)
        if state(before) not in job.plan.on_cancel:
            assert after.history == before.history
            assert after.counts() == before.counts()
            return
        assert state(after) in ("draining", "cancelled")
        assert after.counts()["queued"] == 0
        assert after.counts()["busy"] == before.counts()["busy"]
        assert after.counts()["dropped"] == before.counts()["dropped"] + before.counts()["queued"]

    @given(batches(), instants)
    def test_a_second_cancel_changes_nothing(self, job, now):
        once = replace(job, inputs=tuple(one for one in job.inputs if one.at <= now))
        once = once.with_input(Input(now, 98, CANCEL))
        twice = once.with_input(Input(now, 99, CANCEL))
        assert fold_batch(twice, END) == fold_batch(once, END)

    @given(batches(), instants)
    def test_items_that_share_a_timeline_go_alike(self, job, now):
        quiet = replace(job, inputs=tuple(one for one in job.inputs if one.kind != MOVE))
        doubled = replace(quiet, plan=replace(quiet.plan, items=quiet.plan.items * 2))
        single, double = fold_batch(quiet, now), fold_batch(doubled, now)
        assert double.items == single.items * 2
        assert double.history == single.history


def batch_of(*items: Timeline, follow: Mapping[str, Timeline] | None = None, after: int = 100) -> Job:
    on_cancel = {"waiting": (), "working": ()} if follow is None else follow
    return Job("b", 1, 0, {}, JobPlan(BATCH, (), on_cancel, (Deadline(after, "expired"),), BATCH_RULES, items))


def item(wait: int, work: int, end: str = "ready") -> Timeline:
    return (TimelineStep("queued", Timed(wait)), TimelineStep("busy", Timed(work)), TimelineStep(end))


def drain(stay: Timed | Polls | Manual) -> Mapping[str, Timeline]:
    return {"working": (TimelineStep("draining", stay), TimelineStep("cancelled"))}


def happen(job: Job, at: int, kind: str, name: str = "", **data: object) -> Job:
    return job.with_input(Input(at, job.version, kind, name, data))


def test_the_repr_of_a_large_batch_is_short():
    batch = batch_of(*(item(1, number) for number in range(10_000)))
    assert "<10000 items in 10000 groups>" in repr(batch)
    assert len(repr(batch)) < 5_000
    assert len(repr(fold_batch(batch, 50))) < 5_000


class TestCourse:
    def test_from_waiting_to_done(self):
        job = batch_of(item(5, 5), item(10, 5, "failed"))
        seen = [(state(fold_batch(job, at)), fold_batch(job, at).unchanged_until) for at in (0, 5, 10, 15)]
        assert seen == [("waiting", 5), ("working", 10), ("working", 15), ("done", None)]

    def test_an_item_that_ends_at_the_deadline_has_ended(self):
        assert state(fold_batch(batch_of(item(0, 100)), 100)) == "done"
        assert state(fold_batch(batch_of(item(0, 101)), 100)) == "expired"

    def test_a_drain_of_some_time(self):
        follow = {"working": (TimelineStep("draining", Timed(20), fields={"a": 1}), TimelineStep("cancelled"))}
        job = happen(batch_of(item(0, 5), follow=follow), 1, CANCEL)
        assert [state(fold_batch(job, at)) for at in (1, 6, 20, 21)] == [
            "draining",
            "draining",
            "draining",
            "cancelled",
        ]
        assert fold_batch(job, 6).unchanged_until == 21
        assert fold_batch(job, 6).history[-1].step.fields == {"a": 1}

    def test_items_at_work_finish_within_the_scripted_drain(self):
        job = batch_of(item(0, 600), item(0, 15), item(30, 1), follow=drain(Timed(20)), after=900)
        job = happen(job, 10, CANCEL)
        seen = [(at, state(fold_batch(job, at)), dict(fold_batch(job, at).counts())) for at in (10, 15, 29, 30)]
        assert seen == [
            (10, "draining", {"busy": 2, "dropped": 1}),
            (15, "draining", {"busy": 1, "ready": 1, "dropped": 1}),
            (29, "draining", {"busy": 1, "ready": 1, "dropped": 1}),
            (30, "cancelled", {"ready": 2, "dropped": 1}),
        ]
        assert [fold_batch(job, at).unchanged_until for at in (10, 15, 30)] == [15, 30, None]
        assert [span.cause for span in fold_batch(job, 30).items[0]] == ["created", "time", "time"]

    def test_a_drain_of_polls_ends_with_the_poll_after_them(self):
        job = happen(batch_of(item(0, 60), item(0, 5), follow=drain(Polls(2))), 1, CANCEL)
        for at in (70, 71, 72):
            assert state(fold_batch(job, at)) == "draining"
            job = happen(job, at, POLL, "")
        assert [span.entered for span in fold_batch(job, 80).history] == [0, 0, 1, 72]

    def test_polls_of_a_drain_that_was_taken_back_do_not_count(self):
        job = happen(batch_of(item(0, 60), follow=drain(Polls(1))), 1, CANCEL)
        job = happen(job, 2, POLL, "")
        job = happen(job, 3, MOVE, "waiting")
        job = happen(job, 4, CANCEL)
        job = happen(job, 5, POLL, "")
        assert state(fold_batch(job, 5)) == "draining"
        job = happen(job, 6, POLL, "")
        assert state(fold_batch(job, 6)) == "cancelled"

    def test_a_manual_drain_ends_with_a_move(self):
        job = happen(batch_of(item(0, 5), follow=drain(Manual())), 1, CANCEL)
        assert fold_batch(job, 50).unchanged_until is None
        job = happen(job, 60, MOVE, "cancelled")
        ends = [(span.state, span.entered) for span in fold_batch(job, 60).history][-2:]
        assert ends == [("draining", 1), ("cancelled", 60)]

    def test_a_move_ends_a_timed_drain_early_and_the_deadline_still_counts(self):
        job = happen(batch_of(item(0, 500), follow=drain(Timed(200))), 1, CANCEL)
        assert state(fold_batch(job, 100)) == "expired"
        moved = happen(job, 50, MOVE, "cancelled")
        assert [state(fold_batch(moved, at)) for at in (49, 50, 250)] == ["draining", "cancelled", "cancelled"]

    def test_a_state_without_a_stay_drains_with_its_items(self):
        follow = {"working": (TimelineStep("draining"),)}
        job = happen(batch_of(item(0, 50), follow=follow), 1, CANCEL)
        assert [state(fold_batch(job, at)) for at in (49, 50)] == ["draining", "cancelled"]

    def test_a_race_goes_on(self):
        job = happen(batch_of(item(0, 5), follow={}), 1, CANCEL)
        assert state(fold_batch(job, 5)) == "done"

    def test_a_cancel_at_the_deadline_comes_too_late(self):
        job = happen(batch_of(item(0, 500)), 100, CANCEL)
        assert [visit.state for visit in fold_batch(job, 100).history] == ["waiting", "working", "expired"]

    def test_a_batch_without_items_is_done(self):
        assert [visit.state for visit in fold_batch(batch_of(), 0).history] == ["waiting", "working", "done"]

    def test_the_fields_of_a_step_are_shown_with_its_state(self):
        job = batch_of(item(5, 5))
        job = replace(job, plan=replace(job.plan, timeline=(TimelineStep("working", fields={"a": 1}),)))
        assert [fold_batch(job, at).history[-1].step.fields.get("a") for at in (0, 5)] == [None, 1]

    def test_a_stale_look_leaves_out_what_came_later(self):
        job = happen(batch_of(item(0, 50)), 10, CANCEL)
        assert [state(fold_batch(job, at)) for at in (9, 10)] == ["working", "draining"]

    def test_items_of_one_timeline_share_one_walk(self):
        alike = item(5, 5)
        batch = fold_batch(batch_of(alike, alike, item(5, 5)), 7)
        assert batch.items[0] is batch.items[1] is not batch.items[2]
        assert batch.counts().total() == 3

    def test_what_is_no_batch_is_refused(self):
        with pytest.raises(ValueError, match="no batch"):
            fold_batch(Job("v", 1, 0, {}, JobPlan(ITEM, item(1, 1))), 0)


class TestPrecedence:
    """Which of several events at one instant counts: the truth table of the fold."""

    @pytest.mark.parametrize(
        ("work", "cancel_at", "deadline", "states"),
        [
            # begins at 5, has 5 of work
            ((5, 5), None, 100, [("waiting", 0), ("working", 5), ("done", 10)]),
            ((5, 5), 4, 100, [("waiting", 0), ("draining", 4), ("cancelled", 4)]),
            ((5, 5), 5, 100, [("waiting", 0), ("draining", 5), ("cancelled", 10)]),
            ((5, 5), 6, 100, [("waiting", 0), ("working", 5), ("draining", 6), ("cancelled", 10)]),
            ((5, 5), 10, 100, [("waiting", 0), ("working", 5), ("done", 10)]),
            ((0, 0), None, 100, [("waiting", 0), ("working", 0), ("done", 0)]),
            # the deadline at 8
            ((5, 5), None, 8, [("waiting", 0), ("working", 5), ("expired", 8)]),
            ((5, 3), None, 8, [("waiting", 0), ("working", 5), ("done", 8)]),
            ((8, 5), None, 8, [("waiting", 0), ("working", 8), ("expired", 8)]),
            ((9, 5), None, 8, [("waiting", 0), ("expired", 8)]),
            ((5, 5), 8, 8, [("waiting", 0), ("working", 5), ("expired", 8)]),
            ((5, 5), 7, 8, [("waiting", 0), ("working", 5), ("draining", 7), ("expired", 8)]),
            ((5, 5), 4, 8, [("waiting", 0), ("draining", 4), ("cancelled", 4)]),
        ],
    )
    def test_of_events_at_one_instant(self, work, cancel_at, deadline, states):
        job = batch_of(item(*work), after=deadline)
        if cancel_at is not None:
            job = happen(job, cancel_at, CANCEL)
        assert [(span.state, span.entered) for span in fold_batch(job, 50).history] == states

    def test_items_that_never_worked_still_pass_through_the_working_state(self):
        job = batch_of((TimelineStep("queued", Timed(5)), TimelineStep("failed")))
        states = [(span.state, span.entered) for span in fold_batch(job, 50).history]
        assert states == [("waiting", 0), ("working", 5), ("done", 5)]


class TestMoves:
    @pytest.mark.parametrize(
        ("target", "after", "counted"),
        [
            ("waiting", "waiting", {"queued": 3}),
            ("working", "working", {"busy": 2, "failed": 1}),
            ("done", "done", {"ready": 2, "failed": 1}),
            ("draining", "draining", {"busy": 1, "dropped": 2}),
            ("cancelled", "cancelled", {"ready": 1, "dropped": 2}),
            ("expired", "expired", {"dropped": 3}),
            ("no such state", "working", {"busy": 1, "queued": 2}),
        ],
    )
    def test_of_the_whole_batch(self, target, after, counted):
        stuck = (TimelineStep("queued", Timed(50)), TimelineStep("failed"))
        job = happen(batch_of(item(1, 50), item(50, 50), stuck), 1, MOVE, target)
        batch = fold_batch(job, 1)
        assert dict(batch.counts()) == counted
        assert state(batch) == after

    def test_of_one_item(self):
        job = happen(batch_of(item(5, 5), item(5, 5)), 1, MOVE, "failed", item=1)
        assert dict(fold_batch(job, 1).counts()) == {"queued": 1, "failed": 1}

    def test_an_expired_batch_expires_once(self):
        job = happen(happen(batch_of(item(0, 500)), 1, MOVE, "expired"), 2, MOVE, "expired")
        assert [visit.entered for visit in fold_batch(job, 200).history] == [0, 0, 1]

    def test_a_forced_drain_after_the_deadline_changes_nothing(self):
        job = happen(batch_of(item(0, 500)), 120, MOVE, "draining")
        assert state(fold_batch(job, 120)) == "expired"

    def test_a_move_to_the_first_state_starts_over(self):
        job = happen(batch_of(item(1, 50), item(5, 50)), 2, CANCEL)
        job = happen(job, 10, MOVE, "waiting")
        seen = [(visit.state, visit.entered) for visit in fold_batch(job, 90).history]
        assert seen == [("waiting", 0), ("working", 11)]
        assert dict(fold_batch(job, 90).counts()) == {"ready": 1, "queued": 1}

    def test_the_first_cancel_counts(self):
        job = happen(happen(batch_of(item(0, 50)), 1, CANCEL), 2, MOVE, "draining")
        assert fold_batch(job, 3).history[-1].entered == 1


@pytest.mark.parametrize(
    "course", [(TimelineStep("queued"),), (TimelineStep("queued", Timed(1)), TimelineStep("busy"))]
)
@pytest.mark.parametrize(("target", "shown"), [("working", "busy"), ("done", "ready")])
def test_a_move_reaches_items_whose_own_course_never_would(course, target, shown):
    plan = JobPlan(BATCH, (), batch=BATCH_RULES, items=(course, course))
    moves = ("working",) if target == "working" else ("working", "done")
    inputs = tuple(Input(0, place, MOVE, name) for place, name in enumerate(moves, 1))
    batch = fold_batch(Job("b", 1, 0, {}, plan, inputs), 0)
    assert state(batch) == target
    assert batch.counts() == {shown: 2}
