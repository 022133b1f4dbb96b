"""The time axis: positions, breaks and round times."""

import pytest

from mockserver.core.instants import DAY, HOUR, MILLISECOND, SECOND
from mockserver.drawing.axis import TimeAxis


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (10 * SECOND, ["0", "+2s", "+4s", "+6s", "+8s", "+10s"]),
        (250 * MILLISECOND, ["0", "+50ms", "+100ms", "+150ms", "+200ms", "+250ms"]),
        (8 * HOUR, ["0", "+2h", "+4h", "+6h", "+8h"]),
        (30_000 * DAY, ["0", "+3650d", "+7300d", "+10950d", "+14600d", "+18250d", "+21900d", "+25550d", "+29200d"]),
    ],
)
def test_round_times_on_the_axis(end, words):
    axis = TimeAxis([0, end])
    assert [word for _, word in axis.ticks()] == words
    assert axis.position(end) == 100


def test_round_times_of_an_axis_that_begins_later_count_from_zero():
    axis = TimeAxis([7 * SECOND, 17 * SECOND])
    assert list(axis.ticks()) == [(10, "+8s"), (30, "+10s"), (50, "+12s"), (70, "+14s"), (90, "+16s")]


def test_a_long_pause_is_drawn_as_long_as_all_shorter_ones():
    axis = TimeAxis([0, 2 * SECOND, 6 * SECOND, 8 * HOUR, 8 * HOUR + SECOND])
    assert axis.breaks == [(6 * SECOND, 8 * HOUR)]
    assert [(round(at), word) for at, word in axis.ticks()] == [(0, "0"), (43, "+6s"), (93, "+8h"), (100, "+8h1s")]
    assert axis.position(4 * HOUR + 3 * SECOND) == pytest.approx(67.857, abs=0.001)


def test_several_long_pauses_are_drawn_alike():
    axis = TimeAxis([0, 6 * SECOND, HOUR, 9 * HOUR])
    assert axis.breaks == [(6 * SECOND, HOUR), (HOUR, 9 * HOUR)]
    assert [round(axis.position(at)) for at in (6 * SECOND, HOUR, 9 * HOUR)] == [33, 67, 100]


def test_a_pause_of_a_minute_is_not_long():
    assert TimeAxis([0, SECOND, 61 * SECOND]).breaks == []


def test_instants_outside_lie_at_the_ends():
    axis = TimeAxis([SECOND, 3 * SECOND])
    assert [axis.position(at * SECOND) for at in (0, 1, 2, 3, 4)] == [0, 0, 50, 100, 100]


def test_one_instant_or_none_has_an_axis_too():
    assert TimeAxis([5 * SECOND]).position(5 * SECOND) == 0
    assert [word for _, word in TimeAxis([]).ticks()] == ["0", "+200ms", "+400ms", "+600ms", "+800ms", "+1s"]


def test_without_measured_times_instants_are_equally_spaced():
    axis = TimeAxis([0, SECOND, 100 * HOUR], by_time=False)
    assert list(axis.ticks()) == []
    assert axis.breaks == []
    assert [axis.position(at) for at in (0, SECOND, 100 * HOUR)] == [0, 50, 100]
