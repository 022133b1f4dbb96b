"""The one clock of a session: a value that turns the machine's time into the session's.

A clock is its latest segment: at the machine's instant `real` the session read `virtual`, and since then it runs
at `rate` (1 real time, 60 a minute in a second, 0 frozen). Each verb closes the segment and opens the next; the
machine's time always comes in as an argument, so a test needs no waiting.
"""

from dataclasses import dataclass, replace

from mockserver.core.instants import Duration, Instant

MAX_RATE = 1_000_000
"""The fastest rate: a year in half a minute."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An immutable clock; every verb takes the machine's instant and returns the next clock."""

    wall_start: Instant
    session_start: Instant
    rate: float = 1.0
    resume_rate: float = 1.0

    def now(self, wall_now: Instant) -> Instant:
        """The session's instant when the machine's is `real`; it never runs backwards."""
        passed = wall_now - self.wall_start
        if passed <= 0 or self.rate == 0:
            return self.session_start
        return self.session_start + (passed if self.rate == 1.0 else int(passed * self.rate))

    @property
    def frozen(self) -> bool:
        """Whether only an advance moves this clock."""
        return self.rate == 0

    def freeze(self, wall_now: Instant) -> "Clock":
        """Stop; the rate before is remembered for `resume`."""
        return Clock(wall_now, self.now(wall_now), 0.0, self.rate or self.resume_rate)

    def resume(self, wall_now: Instant) -> "Clock":
        """Run again at the rate before the freeze; a running clock goes on unchanged."""
        return Clock(wall_now, self.now(wall_now), self.rate or self.resume_rate, self.resume_rate)

    def scale(self, wall_now: Instant, rate: float) -> "Clock":
        """Run at `rate` from now on."""
        return Clock(wall_now, self.now(wall_now), rate, rate or self.resume_rate)

    def advance(self, wall_now: Instant, by: Duration) -> "Clock":
        """Jump forward by `by` (not negative)."""
        return replace(self, wall_start=wall_now, session_start=self.now(wall_now) + by)

    def set(self, wall_now: Instant, to: Instant) -> "Clock":
        """Jump to `to`, which must not lie in the clock's past: the caller checks and answers 409."""
        return replace(self, wall_start=wall_now, session_start=to)
