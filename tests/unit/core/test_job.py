"""The fold of a job: laws that hold for every timeline, every input and every instant."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.job import (
    CANCEL,
    COMMAND,
    DELETE,
    DELIVERY,
    MOVE,
    POLL,
    Deadline,
    Input,
    Job,
    JobPlan,
    StateSpan,
    fold_job,
)
from mockserver.core.lifecycle import Lifecycle, Transition
from mockserver.core.timeline import NO_END, Manual, Polls, Timed, TimelineStep

BUSY = ("queued", "running", "finishing")
LIFE = Lifecycle(
    "video",
    (*BUSY, "done", "failed", "gone", "expired"),
    (Transition("queued", "running"),),
    frozenset({"done", "failed", "gone", "expired"}),
)
END = 200

durations = st.integers(0, 30)
timed = st.builds(Timed, durations)
stays = timed | st.builds(Polls, st.integers(0, 3)) | st.just(Manual())
ranges = st.none() | st.tuples(st.integers(0, 100), st.integers(0, 100))


def timelines(stay: st.SearchStrategy = stays) -> st.SearchStrategy:
    steps = st.lists(st.tuples(st.sampled_from(BUSY), stay, ranges), max_size=4)
    return steps.map(lambda found: (*(TimelineStep(*parts) for parts in found), TimelineStep("done")))


def plans(stay: st.SearchStrategy = stays) -> st.SearchStrategy:
    follow = st.sampled_from([(TimelineStep("gone"),), (TimelineStep("finishing", Timed(5)), TimelineStep("gone")), ()])
    ends = st.tuples(durations, st.sampled_from(["expired", "finishing"])).map(lambda pair: Deadline(*pair))
    return st.tuples(
        timelines(stay),
        st.dictionaries(st.sampled_from(BUSY), follow),
        st.lists(ends, max_size=2).map(tuple),
    ).map(lambda parts: JobPlan(LIFE, *parts))


def made(plan: JobPlan, inputs: tuple[Input, ...] = ()) -> Job:
    return Job("j", 1, 0, {}, plan, inputs)


things = st.sampled_from([(POLL,), (CANCEL,), (DELETE,), (COMMAND, "update")])
moves = st.sampled_from(LIFE.states).map(lambda state: (MOVE, state))


def inputs(what: st.SearchStrategy = things | moves) -> st.SearchStrategy:
    listed = st.lists(st.tuples(st.integers(0, END), what), max_size=6)
    return listed.map(
        lambda found: tuple(
            Input(at, seq, *thing) for seq, (at, thing) in enumerate(sorted(found, key=lambda pair: pair[0]))
        )
    )


def jobs(what: st.SearchStrategy = things | moves, stay: st.SearchStrategy = stays) -> st.SearchStrategy:
    return st.tuples(plans(stay), inputs(what)).map(lambda parts: made(*parts))


def trace(job: Job, now: int) -> list[tuple[str, int, str]]:
    return [(visit.state, visit.entered, visit.cause) for visit in fold_job(job, now)]


instants = st.integers(0, END)


class TestLaws:
    @given(jobs(), instants)
    def test_settling_is_idempotent(self, job, now):
        assert fold_job(job, now) == fold_job(job, now)

    @given(jobs(), instants, instants)
    def test_whenever_one_looks_the_past_is_the_same(self, job, now, later):
        early = trace(replace(job, inputs=tuple(one for one in job.inputs if one.at <= now)), now)
        late = trace(job, max(now, later))
        assert late[: len(early)] == early

    @given(jobs(stay=timed | st.just(Manual())), instants, st.lists(instants, max_size=10))
    def test_ten_small_advances_equal_one_big_one(self, job, now, looks):
        polled = [*job.inputs, *(Input(at, 99, POLL) for at in looks)]
        watched = replace(job, inputs=tuple(sorted(polled, key=lambda one: (one.at, one.seq))))
        assert trace(watched, now) == trace(job, now)

    @given(jobs(things), instants, instants)
    def test_a_terminal_state_absorbs(self, job, now, later):
        before = fold_job(job, now)
        if before[-1].state in LIFE.terminal:
            after = fold_job(job, max(now, later))
            assert [visit.entered for visit in after] == [visit.entered for visit in before]
            assert after[-1].state == before[-1].state

    @given(jobs(), instants)
    def test_visits_follow_one_another_without_a_gap(self, job, now):
        course = fold_job(job, now)
        assert course[0].entered == 0
        for visit, following in pairwise(course):
            assert visit.until == following.entered >= visit.entered
        assert course[-1].entered <= now
        assert course[-1].until is None or course[-1].until > now

    @given(plans(), instants)
    def test_a_cancel_equals_a_cancel_after_settling(self, plan, now):
        job = made(plan)
        before = fold_job(job, now)[-1]
        after = fold_job(job.with_input(Input(now, 1, CANCEL)), now)
        follow = plan.on_cancel.get(before.state)
        if follow and before.state not in LIFE.terminal:
            assert after[: len(fold_job(job, now)) - 1] == fold_job(job, now)[:-1]
            entered = after[len(fold_job(job, now))]
            assert entered.state == follow[0].state
            assert entered.entered == now
            assert entered.cause == "cancel"
        else:
            assert trace(job.with_input(Input(now, 1, CANCEL)), now) == trace(job, now)

    @given(jobs(), instants)
    def test_steady_until_is_exact(self, job, now):
        quiet = replace(job, inputs=tuple(one for one in job.inputs if one.at <= now))

        def shown(at: int) -> tuple[int, int | None]:
            course = fold_job(quiet, at)
            return len(course), course[-1].progress(at)

        due = fold_job(quiet, now)[-1].unchanged_until(now)
        assert due is None or due > now
        for at in range(now, now + 200 if due is None else due):
            assert shown(at) == shown(now)
        if due is not None:
            assert shown(due) != shown(now)

    @given(jobs(), instants, instants)
    def test_progress_stays_in_its_range_and_never_turns(self, job, now, later):
        early = fold_job(job, now)[-1]
        if early.step.progress is None:
            assert early.progress(now) is None
            return
        low, high = early.step.progress
        first, second = early.progress(now), early.progress(max(now, later))
        assert first is not None
        assert second is not None
        assert min(low, high) <= first <= max(low, high)
        assert (second >= first) if high >= low else (second <= first)

    @given(plans(timed), instants)
    def test_after_a_deadline_no_job_is_at_work(self, plan, now):
        plan = replace(plan, deadlines=tuple(deadline for deadline in plan.deadlines if deadline.state == "expired"))
        if plan.deadlines and now >= min(deadline.after for deadline in plan.deadlines):
            assert fold_job(made(plan), now)[-1].state in LIFE.terminal


def job_of(*steps: TimelineStep, **plan: object) -> Job:
    return made(JobPlan(LIFE, steps, **plan))  # type: ignore[arg-type]


def poll(job: Job, at: int = 0) -> tuple[Job, StateSpan]:
    job = job.with_input(Input(at, job.version + 1, POLL))
    return job, fold_job(job, at)[-1]


class TestStays:
    @given(st.integers(1, 50))
    def test_a_stay_is_half_open(self, duration):
        job = job_of(TimelineStep("queued", Timed(duration)), TimelineStep("done"))
        assert fold_job(job, duration - 1)[-1].state == "queued"
        assert fold_job(job, duration)[-1] == StateSpan(TimelineStep("done"), duration, None, "time")

    @given(st.integers(1, 5))
    def test_so_many_polls_show_the_state_and_the_next_moves_first(self, reads):
        job = job_of(TimelineStep("queued", Polls(reads)), TimelineStep("running", Polls(reads)), TimelineStep("done"))
        seen = []
        for _ in range(2 * reads + 1):
            job, visit = poll(job)
            seen.append(visit.state)
        assert seen == ["queued"] * reads + ["running"] * reads + ["done"]

    def test_the_move_of_a_poll_passes_stays_without_time_or_polls(self):
        job = job_of(
            TimelineStep("queued", Polls(1)),
            TimelineStep("running", Timed(0)),
            TimelineStep("finishing", Polls(0)),
            TimelineStep("done"),
        )
        job, first = poll(job)
        job, second = poll(job)
        assert first.state == "queued"
        assert second.state == "done"
        assert second.cause == "polls"

    def test_polls_count_progress(self):
        job = job_of(TimelineStep("queued", Polls(4), (0, 100)), TimelineStep("done", NO_END, (100, 100)))
        seen = []
        for _ in range(5):
            job, visit = poll(job)
            seen.append(visit.progress(0))
        assert seen == [0, 25, 50, 75, 100]

    @pytest.mark.parametrize("stay", [Timed(0), Polls(0), Manual()])
    def test_progress_without_a_stay_is_the_first_value(self, stay):
        visit = StateSpan(TimelineStep("queued", stay, (5, 95)), 0, None, "created")
        assert visit.progress(9) == 5
        assert visit.unchanged_until(9) is None

    def test_progress_may_fall(self):
        visit = StateSpan(TimelineStep("queued", Timed(10), (10, 0)), 0, 10, "created")
        assert [visit.progress(at) for at in (0, 1, 5, 10, 99)] == [10, 9, 5, 0, 0]
        assert [visit.unchanged_until(at) for at in (0, 1, 9, 10)] == [1, 2, 10, 10]

    def test_the_last_state_s_progress_goes_on(self):
        visit = StateSpan(TimelineStep("queued", Timed(10), (0, 10)), 0, None, "created")
        assert [visit.unchanged_until(at) for at in (0, 1, 9, 10)] == [1, 2, 10, None]


class TestDeadlines:
    def test_the_job_s_own_work_comes_first(self):
        job = job_of(TimelineStep("queued", Timed(5)), TimelineStep("done"), deadlines=(Deadline(5, "expired"),))
        assert fold_job(job, 5)[-1].state == "done"

    def test_and_then_the_deadline_at_the_same_instant(self):
        job = job_of(
            TimelineStep("queued", Timed(5)),
            TimelineStep("running", Timed(9)),
            TimelineStep("done"),
            deadlines=(Deadline(5, "expired"),),
        )
        assert trace(job, 5) == [("queued", 0, "created"), ("running", 5, "time"), ("expired", 5, "deadline")]

    def test_manual_and_poll_stays_expire_too(self):
        for stay in (Manual(), Polls(3)):
            job = job_of(TimelineStep("queued", stay), TimelineStep("done"), deadlines=(Deadline(5, "expired"),))
            assert fold_job(job, 4)[-1].until == 5
            assert fold_job(job, 5)[-1].state == "expired"

    def test_one_that_leads_to_no_end_happens_once(self):
        job = job_of(TimelineStep("queued"), deadlines=(Deadline(5, "finishing"), Deadline(7, "expired")))
        assert trace(job, 9) == [("queued", 0, "created"), ("finishing", 5, "deadline"), ("expired", 7, "deadline")]

    def test_a_job_that_was_moved_out_of_it_stays_out(self):
        job = job_of(TimelineStep("queued"), deadlines=(Deadline(5, "expired"),))
        assert fold_job(job.with_input(Input(5, 1, MOVE, "running")), 9)[-1].state == "running"


class TestMoves:
    def test_cuts_the_stay_and_goes_on_at_that_step(self):
        job = job_of(TimelineStep("queued", Timed(100)), TimelineStep("running", Timed(5)), TimelineStep("done"))
        moved = job.with_input(Input(10, 1, MOVE, "running"))
        assert trace(moved, 15) == [("queued", 0, "created"), ("running", 10, "move"), ("done", 15, "time")]

    def test_the_next_step_of_that_name_before_an_earlier_one(self):
        job = job_of(
            TimelineStep("queued", Timed(1)),
            TimelineStep("running", Timed(9)),
            TimelineStep("queued", Timed(1)),
            TimelineStep("done"),
        )
        assert trace(job.with_input(Input(2, 1, MOVE, "queued")), 3)[-1] == ("done", 3, "time")
        assert trace(job.with_input(Input(2, 1, MOVE, "running")), 10)[-1] == ("running", 2, "move")

    def test_to_a_state_off_the_timeline_it_stays_for_good(self):
        job = job_of(TimelineStep("queued", Timed(5)), TimelineStep("done")).with_input(Input(1, 1, MOVE, "failed"))
        assert fold_job(job, 99)[-1] == StateSpan(TimelineStep("failed"), 1, None, "move")

    def test_it_concerns_only_the_states_it_names(self):
        job = job_of(TimelineStep("queued", Timed(5)), TimelineStep("done"))
        assert fold_job(job.with_input(Input(1, 1, MOVE, "failed", {"only": ("running",)})), 2)[-1].state == "queued"
        assert fold_job(job.with_input(Input(1, 1, MOVE, "failed", {"only": ("queued",)})), 2)[-1].state == "failed"


class TestValues:
    def test_a_job_counts_its_inputs_and_finds_the_latest_command(self):
        job = job_of(TimelineStep("queued"))
        assert job.kind == "video"
        assert job.version == 0
        assert job.last_command("update") is None
        for seq, name in enumerate(("update", "update", "delete")):
            job = job.with_input(Input(seq, seq, COMMAND, name))
        job = job.with_input(Input(9, 9, MOVE, "update"))
        found = job.last_command("update")
        assert job.version == 4
        assert (found.seq if found else None) == 1

    def test_a_delete_is_found_behind_other_inputs(self):
        job = job_of(TimelineStep("queued")).with_input(Input(1, 1, COMMAND, "delete"))
        assert job.deletion is None
        assert job.with_input(Input(2, 2, DELETE)).with_input(Input(3, 3, POLL)).deletion == Input(2, 2, DELETE)

    def test_what_a_client_did_is_a_command_unless_it_only_read(self):
        kinds = (CANCEL, DELETE, COMMAND, POLL, MOVE, DELIVERY)
        assert [Input(1, 1, kind).is_command for kind in kinds] == [True, True, True, False, False, False]

    def test_a_job_looked_at_before_its_creation_is_in_its_first_state(self):
        job = replace(job_of(TimelineStep("queued", Timed(5)), TimelineStep("done")), created=100)
        assert fold_job(job, 50)[-1].state == "queued"

    def test_commands_that_are_no_cancel_change_no_state(self):
        job = job_of(
            TimelineStep("queued", Timed(50)), TimelineStep("done"), on_cancel={"queued": (TimelineStep("gone"),)}
        )
        assert fold_job(job.with_input(Input(1, 1, COMMAND, "update")), 1)[-1].state == "queued"
        assert fold_job(job.with_input(Input(1, 1, CANCEL)), 1)[-1].state == "gone"

    def test_a_step_without_progress_shows_none(self):
        assert fold_job(job_of(TimelineStep("queued")), 1)[-1].progress(1) is None

    def test_a_stale_look_leaves_out_what_came_later(self):
        job = job_of(TimelineStep("queued", Timed(50)), TimelineStep("done")).with_input(Input(10, 1, MOVE, "failed"))
        assert [fold_job(job, at)[-1].state for at in (9, 10)] == ["queued", "failed"]
