"""The index against a model that has no memory: settle every job, filter, count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.engine.index import IndexedState, StateIndex

STATES = ("new", "busy", "done")


class Jobs:
    """Jobs as lists of (instant, state), oldest first; a deleted one is None."""

    def __init__(self) -> None:
        self.courses: list[list[tuple[int, str]] | None] = []
        self.settled = 0
        self.index = StateIndex(self.settle, lambda: len(self.courses))

    def settle(self, number: int, now: int) -> IndexedState | None:
        self.settled += 1
        course = self.courses[number]
        if course is None:
            return None
        past = [state for at, state in course if at <= now]
        later = [at for at, _ in course if at > now]
        return past[-1], min(later, default=None)

    def in_states(self, states: frozenset[str], now: int) -> list[int]:
        settled = [self.settle(number, now) for number in range(len(self.courses))]
        return [number for number, seen in enumerate(settled) if seen is not None and seen[0] in states]

    def check(self, states: frozenset[str], now: int, start: int) -> None:
        wanted = self.in_states(states, now)
        index = self.index
        assert list(index.numbers(states, -1, oldest_first=True)) == wanted
        assert list(index.numbers(states, len(self.courses), oldest_first=False)) == wanted[::-1]
        assert list(index.numbers(states, start, oldest_first=True)) == [one for one in wanted if one > start]
        assert list(index.numbers(states, start, oldest_first=False)) == [one for one in wanted if one < start][::-1]
        assert index.count(states) == len(wanted)


courses = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(STATES)), max_size=4).map(
    lambda later: [(0, "new"), *sorted(later, key=lambda step: step[0])]
)
deeds = st.one_of(
    st.tuples(st.just("add"), courses),
    st.tuples(st.just("change"), st.integers(0, 30), courses),
    st.tuples(st.just("delete"), st.integers(0, 30)),
    st.tuples(st.just("wait"), st.integers(0, 15)),
    st.tuples(st.just("slice"), st.integers(0, 3)),
    st.tuples(st.just("ask"), st.frozensets(st.sampled_from((*STATES, "never"))), st.integers(-1, 31)),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(courses, min_size=1, max_size=4), st.lists(deeds, min_size=5, max_size=30))
def test_the_index_agrees_with_a_scan(born, happenings):
    jobs, now = Jobs(), 0
    jobs.courses += born
    for name, *details in happenings:
        if name == "add":
            jobs.courses.append(details[0])
        elif name == "wait":
            now += details[0]
        elif name == "slice":
            jobs.index.catch_up(now, details[0])
        elif name == "ask":
            assert jobs.index.catch_up(now)
            jobs.check(details[0], now, details[1])
        else:
            number = details[0] % len(jobs.courses)
            jobs.courses[number] = details[1] if name == "change" else None
            jobs.index.invalidate(number)
    for later in (now, now + 5, now + 20, now + 50):
        assert jobs.index.catch_up(later)
        jobs.check(frozenset({"done"}), later, len(jobs.courses) // 2)


def some(count: int) -> Jobs:
    """So many jobs, each busy from 10 on and done from 20 on."""
    jobs = Jobs()
    jobs.courses = [[(0, "new"), (10, "busy"), (20, "done")] for _ in range(count)]
    return jobs


def test_nothing_is_settled_before_somebody_asks():
    jobs = some(3)
    jobs.index.invalidate(1)
    assert jobs.settled == 0
    jobs.index.catch_up(0)
    assert jobs.settled == 3


def test_nothing_is_settled_that_is_not_due():
    jobs = some(3)
    jobs.index.catch_up(0)
    jobs.index.catch_up(9)
    assert jobs.settled == 3
    jobs.index.catch_up(10)
    assert jobs.settled == 6
    jobs.index.catch_up(1000)
    jobs.index.catch_up(2000)
    assert jobs.settled == 9


@pytest.mark.parametrize("most", [0, 1, 2, 5])
def test_a_slice_looks_at_no_more_jobs_than_it_may(most):
    jobs = some(4)
    jobs.index.catch_up(0)
    jobs.courses += some(3).courses
    jobs.index.invalidate(0)
    jobs.settled = 0
    assert not jobs.index.catch_up(10, most)
    assert jobs.settled == most


def test_slices_come_to_an_end():
    jobs = some(10)
    slices = [jobs.index.catch_up(0, 4) for _ in range(3)]
    assert slices == [False, False, True]
    slices = [jobs.index.catch_up(25, 5) for _ in range(2)]
    assert slices == [False, True]
    jobs.check(frozenset({"done"}), 25, 3)


def test_many_touches_between_two_looks_are_one():
    jobs = some(2)
    jobs.index.catch_up(0)
    for _ in range(1000):
        jobs.index.invalidate(1)
    jobs.settled = 0
    jobs.index.catch_up(5)
    assert jobs.settled == 1


def test_touching_and_looking_in_turns_does_not_grow_the_index():
    jobs = some(1)
    for _ in range(1000):
        jobs.index.invalidate(0)
        jobs.index.catch_up(5)
    assert len(jobs.index._due_heap) == 1


@pytest.mark.parametrize("due", [5, 10, 30])
def test_what_was_overtaken_settles_nothing(due):
    jobs = some(1)
    jobs.index.catch_up(0)
    jobs.courses[0] = [(0, "new"), (due, "done")]
    jobs.index.invalidate(0)
    jobs.index.catch_up(1)
    jobs.settled = 0
    for now in range(2, 40):
        assert jobs.index.catch_up(now)
    assert jobs.settled == 1
    jobs.check(frozenset({"done"}), 40, -1)


class Searched(StateIndex):
    """An index that counts its searches."""

    searches = 0

    def _next_number(self, position: int, code: int, *, oldest_first: bool) -> int:
        self.searches += 1
        return super()._next_number(position, code, oldest_first=oldest_first)


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_rare_state_among_a_common_one_costs_one_search(oldest_first):
    jobs = some(2000)
    jobs.courses[0] = jobs.courses[-1] = [(0, "done")]
    index = Searched(jobs.settle, lambda: 2000)
    index.catch_up(0)
    start = -1 if oldest_first else 2000
    assert len(list(index.numbers(frozenset(STATES), start, oldest_first=oldest_first))) == 2000
    assert index.searches == 2002
