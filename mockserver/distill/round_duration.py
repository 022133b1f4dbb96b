"""The roundest duration inside bounds: as a person would write it for a change that was seen between two polls."""

from collections.abc import Iterator
from typing import Final

from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration

_ROUND_STEPS: Final[tuple[Duration, ...]] = (
    *(days * DAY for days in (30, 10, 7, 5, 1)),
    *(hours * HOUR for hours in (12, 6, 1)),
    *(minutes * MINUTE for minutes in (30, 15, 10, 5, 1)),
    *(seconds * SECOND for seconds in (30, 15, 10, 5, 1)),
    *(millis * MILLISECOND for millis in (500, 100, 50, 10, 5, 1)),
)
"""The roundest first: each duration is judged by the largest of these that divides it."""
_UNITS: Final[tuple[Duration, ...]] = (
    DAY, HOUR, 10 * MINUTE, MINUTE, 10 * SECOND, SECOND, 100 * MILLISECOND, 10 * MILLISECOND, MILLISECOND,
)  # fmt: skip
"""What a duration is rounded to."""


def roundest_duration(above: Duration, up_to: Duration) -> Duration:
    """Return the roundest duration in (above, up_to]; of several that are equally round, the one nearest the middle.

    `up_to` itself where no millisecond lies inside.
    """
    for step in _ROUND_STEPS:
        first = (above // step + 1) * step
        if first <= up_to:
            count = (up_to - first) // step
            middle = (above + up_to) / 2
            nearest = round((middle - first) / step)
            return first + step * max(0, min(count, nearest))
    return up_to


def rounder_durations(duration: Duration) -> Iterator[Duration]:
    """Yield the duration rounded to a day, an hour, ten minutes and so on, the roundest first, up to itself."""
    rounded = 0
    for unit in _UNITS:
        before, rounded = rounded, round(duration / unit) * unit
        if rounded == duration:
            return
        if rounded not in (0, before):
            yield rounded
