"""A job as elements: bands, gaps, marks, numbers, and the line of the present."""

import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.drawing.axis import TimeAxis
from mockserver.drawing.colors import state_color
from mockserver.drawing.tracks import Band, Mark, Track, mark_looks, stylesheet, track_html


@pytest.mark.parametrize(
    ("state", "color"),
    [
        ("queued", "first"), ("Processing", "busy"), ("canceling", "stop"), ("cancelling", "stop"),
        ("cancelled", "halt"), ("failed", "bad"), ("completed", "good"), ("expired", "late"), ("prepped", "next"),
        ("SUCCEEDED", "good"), ("IN_QUEUE", "first"), ("IN_PROGRESS", "busy"), ("already", "next"),
    ],
)  # fmt: skip
def test_the_color_of_a_state(state, color):
    assert state_color(state) == color


def test_a_terminal_state_of_another_name_is_gone():
    assert state_color("invalid", is_terminal=True) == "gone"


@pytest.mark.parametrize(
    ("status", "looks"),
    [(None, "none"), (101, "ok5"), (201, "ok2"), (302, "ok3"), (404, "ok4"), (500, "ok5"), (900, "ok5")],
)
def test_the_looks_of_an_answer(status, looks):
    assert mark_looks(status) == looks
    assert mark_looks(status, may_change_job=True) == f"{looks} act"


def test_a_track_has_its_elements_in_order():
    bands = [
        Band("queued", 0, 2 * SECOND, "first", "queued <once>"),
        Band("processing", 4 * SECOND, 10 * SECOND, "busy", "processing", is_ahead=True),
    ]
    marks = [Mark(SECOND, "ok2", "GET\x1b"), Mark(3 * SECOND, "ok4 act proof", "POST", 1)]
    axis = TimeAxis([0, 2 * SECOND, 4 * SECOND, 10 * SECOND])
    output = track_html(Track(bands, marks, 5 * SECOND), axis)
    assert output.startswith("<span class=grid style='left:0.00%'></span><span class=tick style='left:0.00%'>0</span>")
    assert output.partition("+10s</span>")[2] == (
        "<span class=gap style='left:20.00%;width:20.00%'></span>"
        "<span class='band s-first' title='queued &lt;once&gt;' style='left:0.00%;width:20.00%'>queued</span>"
        "<span class='band s-busy ahead' title='processing' style='left:40.00%;width:60.00%'>processing</span>"
        "<span class='mark ok2' title='GET\\x1b' style='left:10.00%'></span>"
        "<span class='mark ok4 act proof' title='POST' style='left:30.00%'></span>"
        "<span class=number style='left:30.00%'>1</span>"
        "<span class=now style='left:50.00%'></span>"
    )


def test_a_band_without_room_has_no_word_and_states_that_meet_have_no_gap():
    bands = [Band("a", 0, SECOND, "next", "a"), Band("b", SECOND, 20 * SECOND, "next", "b")]
    output = track_html(Track(bands, []), TimeAxis([0, 20 * SECOND]))
    assert "<span class='band s-next bare' title='a' style='left:0.00%;width:5.00%'></span>" in output
    assert "class=gap" not in output
    assert "class=now" not in output


def test_a_state_that_was_seen_once_stands_at_its_call():
    output = track_html(Track([Band("a", SECOND, SECOND, "next", "a")], []), TimeAxis([0, 2 * SECOND]))
    assert "class='band s-next bare sight' title='a' style='left:50.00%;width:0.00%'" in output


def test_a_break_says_how_long_the_pause_is():
    output = track_html(Track([], []), TimeAxis([0, SECOND, HOUR]))
    assert "<span class=break title='a pause of 59m59s, drawn shorter' style='left:75.00%'></span>" in output


def test_the_looks_of_every_class_are_in_the_stylesheet():
    style = stylesheet()
    for name in ("grid", "tick", "break", "gap", "band", "mark", "number", "now", "proof", "ahead", "bare"):
        assert f".{name}" in style
