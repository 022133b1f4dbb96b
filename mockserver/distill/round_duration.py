"""The roundest duration inside bounds: as a person would write it for a change that was seen between two polls."""

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
