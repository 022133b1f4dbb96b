"""A time axis: where an instant lies, in percent of the width.

A pause far longer than all shorter ones together is drawn shorter, with a break, so that a job of 30 seconds stays
visible beside an idle night. Without measured times, instants are equally spaced. The page's `axis.js` does the same.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, pairwise
from typing import Final

from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant, format_duration

MAX_TICKS: Final = 7
MIN_TICK_DISTANCE: Final = 7.0
"""Percent of the width between two ticks at a break."""
LONG_PAUSE: Final = MINUTE
"""Pauses up to this are never drawn shorter."""
LONG_PAUSE_FACTOR: Final = 4
"""Multiple of all shorter pauses together beyond which a pause is drawn shorter."""
TICK_STEPS: Final[tuple[Duration, ...]] = (
    *(number * MILLISECOND for number in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(number * unit for unit in (SECOND, MINUTE) for number in (1, 2, 5, 10, 15, 30)),
    *(number * HOUR for number in (1, 2, 4, 8, 12)),
    *(number * DAY for number in (1, 2, 5, 10, 30, 90, 365, 3650)),
)


class TimeAxis:
    """The axis through some instants, which count from its zero."""

    def __init__(self, instants: Iterable[Instant], *, by_time: bool = True) -> None:
        points = sorted(set(instants)) or [0]
        if len(points) == 1:
            points.append(points[0] + SECOND)
        self.by_time = by_time
        """False: the instants only have an order."""
        pauses = [after - before for before, after in pairwise(points)]
        widths = [1] * len(pauses)
        if by_time:
            limit = pause_limit(pauses)
            widths = [min(pause, limit) for pause in pauses]
        whole = sum(widths)
        self._points = points
        self._places = [100 * reached / whole for reached in accumulate(widths, initial=0)]
        self.breaks: list[tuple[Instant, Instant]] = [
            ends
            for ends, pause, width in zip(pairwise(points), pauses, widths, strict=True)
            if by_time and width < pause
        ]
        """The pauses that are drawn shorter."""

    def position(self, instant: Instant) -> float:
        """Return percent of the width; an instant outside the axis lies at its end."""
        points, places = self._points, self._places
        if instant <= points[0]:
            return 0.0
        if instant >= points[-1]:
            return 100.0
        after = bisect_right(points, instant)
        share = (instant - points[after - 1]) / (points[after] - points[after - 1])
        return places[after - 1] + share * (places[after] - places[after - 1])

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield (position, label): round times, or both sides of each break, where the axis has no scale."""
        first, last = self._points[0], self._points[-1]
        if self.breaks:
            shown = [first]
            for instant in (*chain.from_iterable(self.breaks), last):
                if self.position(instant) - self.position(shown[-1]) >= MIN_TICK_DISTANCE:
                    shown.append(instant)
        elif self.by_time:
            step = next((each for each in TICK_STEPS if (last - first) / each <= MAX_TICKS), TICK_STEPS[-1])
            shown = list(range(-(-first // step) * step, last + 1, step))
        else:
            return
        for instant in shown:
            yield self.position(instant), tick_label(instant)


def pause_limit(pauses: Iterable[Duration]) -> Duration:
    """Return the length to which pauses are drawn: all shorter ones together, where one is far longer than that."""
    total = 0
    for pause in sorted(pauses):
        if pause > LONG_PAUSE and 0 < LONG_PAUSE_FACTOR * total < pause:
            return total
        total += pause
    return total


def tick_label(instant: Instant) -> str:
    """Return the label of a tick, in whole seconds from ten seconds on."""
    if not instant:
        return "0"
    unit = SECOND if instant >= 10 * SECOND else MILLISECOND
    return f"+{format_duration(instant - instant % unit)}"
