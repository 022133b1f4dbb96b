"""The session's clock: it never runs backwards, whatever verbs it is given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.clock import MAX_RATE, Clock, ClockMode, parse_clock_mode
from mockserver.core.instants import HOUR, SECOND
from mockserver.errors import MockError

VERBS = st.one_of(
    st.tuples(st.just("freeze")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("scale"), st.sampled_from([0.0, 0.25, 1.0, 60.0, float(MAX_RATE)])),
    st.tuples(st.just("advance"), st.integers(0, HOUR)),
    st.tuples(st.just("later"), st.integers(0, HOUR)),
)


def do(clock: Clock, verb: tuple[Any, ...], real: int) -> Clock:
    if verb[0] == "later":
        return clock.set(real, clock.now(real) + verb[1])
    return getattr(clock, verb[0])(real, *verb[1:])


@given(st.lists(st.tuples(st.integers(0, HOUR), VERBS), max_size=8))
def test_it_never_runs_backwards(script):
    clock, real = Clock(0, 0), 0
    seen = clock.now(real)
    for passed, verb in script:
        real += passed
        before = clock.now(real)
        clock = do(clock, verb, real)
        assert seen <= before <= clock.now(real)
        seen = clock.now(real)


@given(st.integers(0, HOUR), st.integers(0, HOUR))
def test_real_time_passes_at_rate_one_and_sixty(first, second):
    clock = Clock(100, 5000)
    assert clock.now(100 + first) == 5000 + first
    fast = clock.scale(100 + first, 60.0)
    assert fast.now(100 + first + second) == 5000 + first + 60 * second


def test_a_machine_s_clock_that_jumps_back_does_not_take_the_session_with_it():
    assert Clock(100, 5000).now(50) == 5000


def test_frozen_only_an_advance_moves_it():
    clock = Clock(0, 0).scale(0, 60.0).freeze(SECOND)
    assert clock.frozen
    assert clock.now(HOUR) == 60 * SECOND
    clock = clock.advance(HOUR, SECOND)
    assert clock.now(2 * HOUR) == 61 * SECOND
    assert clock.freeze(HOUR).resume(HOUR).rate == 60.0


def test_resume_leaves_a_running_clock_as_it_is():
    assert Clock(0, 0, 60.0).resume(SECOND).now(2 * SECOND) == 120 * SECOND


def test_scale_zero_remembers_the_rate_before():
    assert Clock(0, 0, 1.0, 60.0).scale(0, 0.0).resume(0).rate == 60.0


def test_set_jumps():
    assert Clock(0, 0).set(SECOND, HOUR).now(2 * SECOND) == HOUR + SECOND


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("real", ClockMode(1.0)),
        ("manual", ClockMode(0.0)),
        ("x60", ClockMode(60.0)),
        ("x0.25", ClockMode(0.25)),
        (f"x{MAX_RATE}", ClockMode(MAX_RATE)),
        ("auto", ClockMode(0.0, 5 * SECOND)),
        ("auto:30s", ClockMode(0.0, 30 * SECOND)),
    ],
)
def test_a_mode_is_parsed(text, mode):
    assert parse_clock_mode(text) == mode


@pytest.mark.parametrize(
    "text", ["", "fast", "x0", "60", f"x{MAX_RATE + 1}", "x1.0000", "auto:", "auto:0s", "auto:5", "30s"]
)
def test_what_is_not_a_mode_is_refused(text):
    with pytest.raises(MockError, match="SES004"):
        parse_clock_mode(text)


@pytest.mark.parametrize(
    ("text", "reason", "fix"),
    [
        ("auto:5", "'5' has no unit", "Write auto:5s for seconds"),
        ("auto:-5s", "'-5s' is negative", "Write it like"),
        ("auto:", "'' is not a duration", "Write it like"),
        ("auto:0s", "'0s' moves no clock", "auto:5s"),
        ("auto:5s1m", "the units must decrease", "Write it like"),
        ("fast", "'fast' is not a clock mode", "real, manual, x60"),
    ],
)
def test_the_refusal_of_a_mode_says_how_to_write_it(text, reason, fix):
    with pytest.raises(MockError) as refused:
        parse_clock_mode(text)
    problem = refused.value.problems[0]
    assert reason in problem.message
    assert fix in problem.hint


@pytest.mark.parametrize("text", ["real", "manual", "x60", "x0.25", "x1000000", "x123456.789", "auto:30s"])
def test_a_mode_is_written_as_a_user_writes_it(text):
    assert str(parse_clock_mode(text)) == text


def test_a_mode_starts_a_clock():
    assert ClockMode(60.0).start(SECOND, HOUR) == Clock(SECOND, HOUR, 60.0, 60.0)


def test_a_stopped_mode_resumes_at_the_rate_that_it_is_given():
    assert ClockMode(0.0).start(0, 0, 60.0).resume(0).rate == 60.0


def test_a_clock_that_polls_move_stands_still_by_itself():
    clock = Clock(0, 0, 60.0).step_on_polls(SECOND, 5 * SECOND)
    assert clock.now(HOUR) == 60 * SECOND
    assert clock.poll_step == 5 * SECOND


def test_an_advance_leaves_the_step_of_polls():
    assert Clock(0, 0).step_on_polls(0, SECOND).advance(0, HOUR).poll_step == SECOND


@pytest.mark.parametrize(
    "end", [lambda clock: clock.freeze(0), lambda clock: clock.resume(0), lambda clock: clock.scale(0, 2.0)]
)
def test_another_pace_ends_the_step_of_polls(end):
    assert end(Clock(0, 0).step_on_polls(0, SECOND)).poll_step == 0
