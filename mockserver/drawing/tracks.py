"""A job over time as HTML: states as bands, calls as marks beneath them, on an axis with ticks and breaks.

The elements have classes and positions in percent; `timeline.css` gives them their looks. The page's `axis.js` makes
the same elements, and a test compares them.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.core.instants import Instant, format_duration
from mockserver.drawing.axis import TimeAxis
from mockserver.errors import escape_unprintable

MIN_LABELLED_WIDTH: Final = 9.0
"""Percent of the width from which on a band has room for its word."""


class Band(NamedTuple):
    """The time that a job is in a state, as far as it is known."""

    word: str
    since: Instant
    until: Instant
    color: str
    title: str
    is_ahead: bool = False
    """True for what time alone will bring."""


class Mark(NamedTuple):
    """A call, or a webhook."""

    at: Instant
    looks: str
    """Classes: `ok2` to `ok5` or `none` for the answer, `act`, `fault`, `sent` for what it is, `proof`."""
    title: str
    number: int | None = None
    """The number of a call that proves a finding."""


class Track(NamedTuple):
    """What is drawn of one job."""

    bands: Sequence[Band]
    marks: Sequence[Mark]
    now: Instant | None = None


def stylesheet() -> str:
    """Return the looks of a track."""
    return Path(__file__).with_name("timeline.css").read_text(encoding="utf-8")


def mark_looks(status: int | None, *, may_change_job: bool = False) -> str:
    """Return the classes of a call's mark by the status of its answer; None: there was none."""
    answer = "none"
    if status is not None:
        hundreds = status // 100
        answer = f"ok{hundreds}" if 2 <= hundreds <= 5 else "ok5"
    return f"{answer} act" if may_change_job else answer


def track_html(track: Track, axis: TimeAxis) -> str:
    """Return the elements of a track, without the element around them."""
    return "".join(track_elements(track, axis))


def track_elements(track: Track, axis: TimeAxis) -> Iterator[str]:
    """Yield grid and ticks, breaks, gaps between states, the bands, then the marks on top of them."""
    for at, label in axis.ticks():
        yield f"<span class=grid style='left:{at:.2f}%'></span><span class=tick style='left:{at:.2f}%'>{label}</span>"
    for before, after in axis.breaks:
        middle = (axis.position(before) + axis.position(after)) / 2
        title = f"a pause of {format_duration(after - before)}, drawn shorter"
        yield f"<span class=break title='{title}' style='left:{middle:.2f}%'></span>"
    for earlier, later in pairwise(track.bands):
        left, right = axis.position(earlier.until), axis.position(later.since)
        if right > left:
            yield f"<span class=gap style='left:{left:.2f}%;width:{right - left:.2f}%'></span>"
    for band in track.bands:
        yield band_html(band, axis)
    for mark in track.marks:
        left = axis.position(mark.at)
        yield f"<span class='mark {mark.looks}' title='{_escaped(mark.title)}' style='left:{left:.2f}%'></span>"
        if mark.number is not None:
            yield f"<span class=number style='left:{left:.2f}%'>{mark.number}</span>"
    if track.now is not None:
        yield f"<span class=now style='left:{axis.position(track.now):.2f}%'></span>"


def band_html(band: Band, axis: TimeAxis) -> str:
    """Return the element of a band, with its word where there is room."""
    left, width = axis.position(band.since), axis.position(band.until) - axis.position(band.since)
    looks = f"band s-{band.color}"
    label = _escaped(band.word)
    if band.is_ahead:
        looks += " ahead"
    if width < MIN_LABELLED_WIDTH:
        looks += " bare"
        label = ""
    if not width:
        looks += " sight"
    place = f"left:{left:.2f}%;width:{width:.2f}%"
    return f"<span class='{looks}' title='{_escaped(band.title)}' style='{place}'>{label}</span>"


def _escaped(text: str) -> str:
    return escape(escape_unprintable(text))
