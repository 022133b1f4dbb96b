"""The course of a job, fitted to what was seen of it."""

from mockserver.core.instants import MINUTE, SECOND
from mockserver.distill.courses import (
    StateSighting,
    explicable_runs,
    fit_course,
    group_runs,
    merge_runs,
    state_path,
)
from mockserver.vendors.registry import resolve_era
from tests.support.fake_world import VENDORS

KIND = resolve_era("reap@2026-07-07", VENDORS).main_kind
LIFECYCLE = KIND.lifecycle


def runs(*seen):
    return group_runs(StateSighting(at * SECOND, state) for at, state in seen)


def course(*seen, counts_polls=False):
    return fit_course(runs(*seen), LIFECYCLE, KIND.timeline, counts_polls=counts_polls)


def stays(fitted):
    return [(step.state, step.stay) for step in fitted]


def test_equal_sightings_in_a_row_are_one_run():
    found = runs((0, "queued"), (1, "queued"), (5, "processing"))
    assert [(run.state, run.first, run.last, run.polls) for run in found] == [
        ("queued", 0, SECOND, 2),
        ("processing", 5 * SECOND, 5 * SECOND, 1),
    ]


def test_a_change_is_put_at_the_roundest_instant_between_two_sightings():
    fitted = course((0, "queued"), (8, "queued"), (12, "processing"), (68, "processing"), (74, "completed"))
    assert stays(fitted) == [("queued", "10s"), ("processing", "1m"), ("completed", None)]
    assert fitted[0].bounds == "between 8s and 12s"


def test_the_default_is_preferred_to_a_rounder_duration():
    assert stays(course((0, "queued"), (4, "prepped")))[0] == ("queued", "2s")


def test_a_state_that_was_not_seen_stands_between_two_that_were():
    fitted = course((0, "queued"), (60, "completed"))
    assert [step.state for step in fitted] == ["queued", "processing", "completed"]


def test_an_old_answer_is_left_out_of_the_course():
    seen = ((0, "queued"), (10, "processing"), (12, "queued"), (14, "processing"), (16, "processing"))
    assert [run.state for run in explicable_runs(runs(*seen), LIFECYCLE)] == ["queued", "processing"]
    assert stays(course(*seen))[-1] == ("processing", None)


def test_a_word_that_no_lifecycle_has_is_no_state():
    assert stays(course((0, "queued"), (1, "dreaming"))) == [("queued", None)]


def test_polls_are_counted_where_two_states_share_an_instant():
    fitted = course((0, "queued"), (0, "queued"), (0, "processing"), (0, "completed"))
    assert stays(fitted) == [("queued", "2 polls"), ("processing", "1 poll"), ("completed", None)]
    assert fitted[0].bounds == ""


def test_polls_are_counted_where_no_times_were_measured():
    assert stays(course((0, "queued"), (9, "processing"), counts_polls=True))[0] == ("queued", "1 poll")


def test_a_state_that_no_poll_has_shown_is_left_out_of_a_counted_course():
    created = StateSighting(0, "queued", is_poll=False)
    found = group_runs([created, StateSighting(0, "processing")])
    assert stays(fit_course(found, LIFECYCLE, (), counts_polls=True)) == [("processing", None)]


def test_nothing_seen_has_no_course():
    assert course() == ()


def test_the_runs_of_several_jobs_are_counted_from_their_births():
    merged = merge_runs([runs((0, "queued"), (9, "completed")), runs((4, "queued"), (8, "completed"))])
    assert [(run.state, run.first, run.last) for run in merged] == [
        ("queued", 0, 4 * SECOND),
        ("completed", 8 * SECOND, 9 * SECOND),
    ]


def test_only_time_leads_from_state_to_state():
    assert state_path(LIFECYCLE, "queued", "completed") == ("queued", "processing", "completed")
    assert state_path(LIFECYCLE, "queued", "cancelled") is None


def test_bounds_are_shown_to_a_tenth_of_a_second_outwards():
    seen = [StateSighting(1_234_567, "queued"), StateSighting(MINUTE + 1, "prepped")]
    fitted = fit_course(group_runs(seen), LIFECYCLE, (), counts_polls=False)
    assert fitted[0].bounds == "between 1.2s and 1m100ms"
