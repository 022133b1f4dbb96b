"""Delta debugging of lists and of JSON values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.instants import HOUR, MINUTE, SECOND
from mockserver.distill.round_duration import rounder_durations
from mockserver.distill.smaller_values import drop_in_halves, shrink_value, simpler_scalars


@given(st.sets(st.integers(0, 30), max_size=6))
def test_only_the_needed_parts_are_left(needed):
    assert drop_in_halves(range(31), lambda parts: needed <= set(parts)) == sorted(needed)


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=4))
def test_no_single_part_of_the_result_can_go(enough):
    def holds(parts):
        return any(each <= set(parts) for each in enough)

    parts = range(13)
    left = drop_in_halves(parts, holds)
    assert holds(left)
    assert not any(holds([*left[:at], *left[at + 1 :]]) for at in range(len(left)))


def test_a_part_that_can_go_only_after_a_later_one_goes_in_another_round():
    assert drop_in_halves(
        [1, 2, 3], lambda parts: 3 in parts and (1 not in parts or 2 in parts or parts == [1, 3])
    ) == [3]


def test_many_parts_go_in_few_steps():
    steps = []
    drop_in_halves(range(1000), lambda parts: steps.append(len(parts)) or 7 in parts)
    assert len(steps) < 40


def test_parts_of_a_value_go_on_every_level():
    value = {"on": "get", "when": {"between": ["13s", "47s"]}, "do": {"status": 503, "retry_after": "7s"}}
    assert shrink_value(value, lambda each: each.get("do", {}).get("status") == 503) == {"do": {"status": 503}}


def test_durations_become_round_where_they_can():
    value = [{"queued": "12s"}, {"processing": "1m12s"}, "completed"]

    def holds(steps):
        return len(steps) == 3 and {"queued": "12s"} in steps and "processing" in steps[1]

    assert shrink_value(value, holds) == [{"queued": "12s"}, {"processing": "1m"}, "completed"]


@pytest.mark.parametrize(("needed", "count"), [(1, None), (2, 2), (5, 8), (90, 100)])
def test_a_count_becomes_a_smaller_power_of_two(needed, count):
    shrunk = shrink_value({"count": 100, "for": "20s"}, lambda item: "for" in item and item.get("count", 1) >= needed)
    assert shrunk.get("count") == count


def test_what_is_no_number_of_items_stays():
    assert shrink_value({"count": "many"}, lambda value: "count" in value) == {"count": "many"}


@pytest.mark.parametrize(
    ("value", "simpler"),
    [
        ("1m12s", ["1m", "1m10s"]),
        ("55s", ["1m"]),
        ("10s", []),
        ("4 polls", ["1 poll"]),
        ("1 poll", []),
        ("completed", []),
        (503, []),
    ],
)
def test_simpler_scalars(value, simpler):
    assert list(simpler_scalars(value)) == simpler


@pytest.mark.parametrize(
    ("duration", "rounder"),
    [(4 * HOUR + 7 * MINUTE, [4 * HOUR, 4 * HOUR + 10 * MINUTE]), (1, []), (SECOND, []), (7 * SECOND, [10 * SECOND])],
)
def test_rounder_durations(duration, rounder):
    found = list(rounder_durations(duration))
    assert found[: len(rounder)] == rounder
    assert duration not in found
    assert 0 not in found
