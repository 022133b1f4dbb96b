"""The clock of a session: a value that converts the machine's time into the session's.

A clock is its latest segment: at the machine's instant `wall_start` the session read `session_start`, and since then it
runs at `rate` (1 real time, 60 a minute in a second, 0 frozen). Each verb closes the segment and opens the next; the
machine's time is always an argument, so a test needs no waiting.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from mockserver.core.instants import Duration, Instant
from mockserver.errors import refuse

MAX_RATE = 1_000_000
"""The fastest rate: a year in half a minute."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An immutable clock; every verb takes the machine's instant and returns the next clock."""

    wall_start: Instant
    session_start: Instant
    rate: float = 1.0
    resume_rate: float = 1.0
    """The rate that `resume` goes back to after a freeze."""

    def now(self, wall_now: Instant) -> Instant:
        """Return the session's instant; it never runs backwards, even if the machine's clock does."""
        passed = wall_now - self.wall_start
        if passed <= 0 or self.rate == 0:
            return self.session_start
        if self.rate == 1.0:
            return self.session_start + passed  # stays an exact integer
        return self.session_start + int(passed * self.rate)

    @property
    def frozen(self) -> bool:
        """True if only an advance moves this clock."""
        return self.rate == 0

    def freeze(self, wall_now: Instant) -> "Clock":
        """Return the stopped clock; it keeps the rate for `resume`."""
        return Clock(wall_now, self.now(wall_now), 0.0, self.rate or self.resume_rate)

    def resume(self, wall_now: Instant) -> "Clock":
        """Return the clock running at the rate before the freeze; a running clock does not change."""
        return Clock(wall_now, self.now(wall_now), self.rate or self.resume_rate, self.resume_rate)

    def scale(self, wall_now: Instant, rate: float) -> "Clock":
        """Return the clock running at `rate` from now on."""
        return Clock(wall_now, self.now(wall_now), rate, rate or self.resume_rate)

    def advance(self, wall_now: Instant, by: Duration) -> "Clock":
        """Return the clock moved forward by `by`, which must not be negative."""
        return replace(self, wall_start=wall_now, session_start=self.now(wall_now) + by)

    def set(self, wall_now: Instant, to: Instant) -> "Clock":
        """Return the clock set to `to`, which must not lie in its past: the caller checks that and answers 409."""
        return replace(self, wall_start=wall_now, session_start=to)


_SCALE: Final = re.compile(r"x(\d{1,7}(?:\.\d{1,3})?)", re.ASCII)


def parse_clock_rate(mode: str) -> float:
    """Parse the rate of a clock: 1 for `real`, 0 for `manual`, 60 for `x60`. Raises `MockError` SES004."""
    if mode == "real":
        return 1.0
    if mode == "manual":
        return 0.0
    scaled = _SCALE.fullmatch(mode)
    if scaled:
        rate = float(scaled[1])
        if 0 < rate <= MAX_RATE:
            return rate
    raise refuse("SES004", f"{mode!r} is not a clock mode", "real, manual, or x60 for an hour in a minute")
