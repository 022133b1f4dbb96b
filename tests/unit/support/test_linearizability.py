"""The linearizability checker: histories known to be right or wrong, and a comparison with all permutations."""

from itertools import permutations
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.linearizability import TimedCall, check_linearizable, job_model


def job_calls(*calls: tuple[str, str | None, float, float]) -> list[TimedCall]:
    """Build the calls about one job."""
    return [TimedCall("job", operation, answer, begin, end) for operation, answer, begin, end in calls]


def is_linearizable(*calls: tuple[str, str | None, float, float]) -> bool:
    """Check the calls about one job that is not there at first."""
    return check_linearizable(job_calls(*calls), job_model, "absent").linearizable


CREATED = ("create", "created", 0, 1)
RIGHT = {
    "one after the other": (
        CREATED,
        ("get", "active", 2, 3),
        ("cancel", "cancelled", 4, 5),
        ("get", "cancelled", 6, 7),
    ),
    "a get beside the cancel sees either": (
        CREATED,
        ("cancel", "cancelled", 2, 9),
        ("get", "active", 3, 4),
        ("get", "cancelled", 5, 6),
    ),
    "two cancels at once, one wins": (CREATED, ("cancel", "refused", 2, 5), ("cancel", "cancelled", 3, 4)),
    "a cancel without an answer has happened": (CREATED, ("cancel", None, 2, 99), ("get", "cancelled", 3, 4)),
    "a cancel without an answer has not happened": (CREATED, ("cancel", None, 2, 99), ("get", "active", 3, 4)),
    "a cancel without an answer happens late": (
        CREATED,
        ("cancel", None, 2, 99),
        ("get", "active", 3, 4),
        ("get", "cancelled", 5, 6),
    ),
    "a get before the create": (("get", "missing", 0, 1), ("create", "created", 2, 3)),
    "no calls": (),
}
WRONG = {
    "an acknowledged cancel is lost": (CREATED, ("cancel", "cancelled", 2, 3), ("get", "active", 4, 5)),
    "an acknowledged create is lost": (CREATED, ("get", "missing", 2, 3)),
    "two refunds": (CREATED, ("cancel", "cancelled", 2, 5), ("cancel", "cancelled", 3, 4)),
    "a stale read behind a fresh one": (
        CREATED,
        ("cancel", "cancelled", 2, 9),
        ("get", "cancelled", 3, 4),
        ("get", "active", 5, 6),
    ),
    "a refusal before anybody cancelled": (CREATED, ("cancel", "refused", 2, 3), ("cancel", "cancelled", 4, 5)),
    "a job before its create": (("get", "active", 0, 1), ("create", "created", 2, 3)),
    "a lost cancel is taken back": (
        CREATED,
        ("cancel", None, 2, 99),
        ("get", "cancelled", 3, 4),
        ("get", "active", 5, 6),
    ),
}


@pytest.mark.parametrize("calls", RIGHT.values(), ids=RIGHT)
def test_a_right_history_has_an_order(calls):
    assert is_linearizable(*calls)


@pytest.mark.parametrize("calls", WRONG.values(), ids=WRONG)
def test_a_wrong_history_has_none(calls):
    assert not is_linearizable(*calls)


def test_each_job_is_searched_on_its_own_and_the_wrong_one_is_shown():
    calls = [
        *(TimedCall(f"job{number}", "create", "created", number, number + 1) for number in range(500)),
        TimedCall("job7", "get", "active", 600, 601),
        TimedCall("job7", "get", "missing", 602, 603),
    ]
    verdict = check_linearizable(calls, job_model, "absent")
    assert not verdict.linearizable
    assert [call.answer for call in verdict.broken] == ["created", "active", "missing"]
    assert [call.answer for call in verdict.furthest] == ["created", "active"]


def test_many_gets_at_once_take_no_exponential_time():
    """Without the memory of what was tried, thirty overlapping calls would be more orders than can be searched."""
    calls = [CREATED, ("cancel", "cancelled", 2, 9), *(("get", "active", 3, 8) for _ in range(30))]
    assert is_linearizable(*calls)
    assert not is_linearizable(*calls, ("get", "missing", 3, 8))


drawn_calls = st.lists(
    st.tuples(
        st.sampled_from(
            (
                ("create", "created"),
                ("cancel", "cancelled"),
                ("cancel", "refused"),
                ("cancel", None),
                ("get", "active"),
                ("get", "cancelled"),
                ("get", "missing"),
            )
        ),
        st.integers(0, 8),
        st.integers(1, 6),
    ),
    max_size=6,
)


def by_all_permutations(calls: list[TimedCall]) -> bool:
    """Try every order of every choice of the calls without an answer."""
    unknown = [call for call in calls if call.answer is None]
    known = [call for call in calls if call.answer is not None]
    choices = [[*known, *(c for i, c in enumerate(unknown) if chosen >> i & 1)] for chosen in range(1 << len(unknown))]
    return any(_explains(order) for choice in choices for order in permutations(choice))


def _explains(order: tuple[TimedCall, ...]) -> bool:
    if any(later.end < earlier.begin for i, earlier in enumerate(order) for later in order[i:]):
        return False
    state: str | None = "absent"
    for call in order:
        state = None if state is None else job_model(state, call)
    return state is not None


@given(drawn_calls)
def test_the_search_agrees_with_all_permutations(drawn):
    calls = [
        TimedCall("job", operation, answer, begin, float("inf") if answer is None else begin + lasts)
        for (operation, answer), begin, lasts in drawn
    ]
    assert check_linearizable(calls, job_model, "absent").linearizable == by_all_permutations(calls)


def test_many_calls_without_an_answer_take_no_exponential_time():
    calls = [CREATED, *(("cancel", None, 2 + number, inf) for number in range(200))]
    assert is_linearizable(*calls, ("get", "active", 300, 301), ("get", "cancelled", 302, 303))
    assert not is_linearizable(*calls, ("get", "cancelled", 300, 301), ("get", "active", 302, 303))
