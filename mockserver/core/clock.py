"""The one clock of a session: a value that turns the machine's time into the session's.

A clock is its latest segment: at the machine's instant `real` the session read `virtual`, and since then it runs
at `rate` (1 real time, 60 a minute in a second, 0 frozen). Each verb closes the segment and opens the next; the
machine's time always comes in as an argument, so a test needs no waiting.
"""

from dataclasses import dataclass, replace

from mockserver.core.instants import Duration, Instant

RATE_LIMIT = 1_000_000
"""The fastest rate: a year in half a minute."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An immutable clock; every verb takes the machine's instant and returns the next clock."""

    real: Instant
    virtual: Instant
    rate: float = 1.0
    resumes_at: float = 1.0

    def now(self, real: Instant) -> Instant:
        """The session's instant when the machine's is `real`; it never runs backwards."""
        passed = real - self.real
        if passed <= 0 or self.rate == 0:
            return self.virtual
        return self.virtual + (passed if self.rate == 1.0 else int(passed * self.rate))

    @property
    def frozen(self) -> bool:
        """Whether only an advance moves this clock."""
        return self.rate == 0

    def freeze(self, real: Instant) -> "Clock":
        """Stop; the rate before is remembered for `resume`."""
        return Clock(real, self.now(real), 0.0, self.rate or self.resumes_at)

    def resume(self, real: Instant) -> "Clock":
        """Run again at the rate before the freeze; a running clock goes on unchanged."""
        return Clock(real, self.now(real), self.rate or self.resumes_at, self.resumes_at)

    def scale(self, real: Instant, rate: float) -> "Clock":
        """Run at `rate` from now on."""
        return Clock(real, self.now(real), rate, rate or self.resumes_at)

    def advance(self, real: Instant, by: Duration) -> "Clock":
        """Jump forward by `by` (not negative)."""
        return replace(self, real=real, virtual=self.now(real) + by)

    def set(self, real: Instant, to: Instant) -> "Clock":
        """Jump to `to`, which must not lie in the clock's past: the caller checks and answers 409."""
        return replace(self, real=real, virtual=to)
