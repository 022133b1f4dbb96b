"""The clock of a session: a value that converts the machine's time into the session's.

A clock is its latest segment: at the machine's instant `wall_start` the session read `session_start`, and since then it
runs at `rate` (1 real time, 60 a minute in a second, 0 frozen). Each verb closes the segment and opens the next; the
machine's time is always an argument, so a test needs no waiting.

A clock with a `poll_step` stands still between requests: each poll of a running job moves it as far as the client
would have slept before the next poll.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Duration, Instant, format_duration, invalid_duration, parse_duration
from mockserver.errors import refuse

MAX_RATE = 1_000_000
"""The fastest rate: a year in half a minute."""
DEFAULT_POLL_STEP: Final[Duration] = 5 * SECOND
"""What a poll moves an automatic clock by where neither the answer nor the user names a wait."""


# No named tuple: every poll reads these fields, which takes longer there.
@dataclass(frozen=True, slots=True)
class Clock:
    """An immutable clock; every verb takes the machine's instant and returns the next clock."""

    wall_start: Instant
    session_start: Instant
    rate: float = 1.0
    resume_rate: float = 1.0
    """The rate that `resume` goes back to after a freeze."""
    poll_step: Duration = 0
    """What a poll of a running job moves the clock by, unless its answer asks for another wait; 0: polls do not."""

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

    def step_on_polls(self, wall_now: Instant, step: Duration) -> "Clock":
        """Return the stopped clock that each poll of a running job moves, by `step` or what its answer asks for."""
        return replace(self.freeze(wall_now), poll_step=step)


class ClockMode(NamedTuple):
    """How time passes in a session."""

    rate: float
    poll_step: Duration = 0

    def __str__(self) -> str:
        """Return the mode as a user writes it."""
        if self.poll_step:
            return f"{_AUTO}{format_duration(self.poll_step)}"
        return {0.0: "manual", 1.0: "real"}.get(self.rate, f"x{self.rate:.10g}")

    def start(self, wall_now: Instant, session_start: Instant, resume_rate: float = 1.0) -> Clock:
        """Return a clock in this mode that reads `session_start` at the machine's instant `wall_now`."""
        return Clock(wall_now, session_start, self.rate, self.rate or resume_rate, self.poll_step)


REAL_TIME: Final = ClockMode(1.0)
CLOCK_MODES: Final = {"real": REAL_TIME, "manual": ClockMode(0.0), "auto": ClockMode(0.0, DEFAULT_POLL_STEP)}
"""The modes that have a name."""
MOVING_CLOCK_MODES: Final = {name: mode for name, mode in CLOCK_MODES.items() if name != "manual"}
"""Those of them in which time passes by itself, or by polls."""
_SCALED: Final = r"(?a)x(\d{1,7}(?:\.\d{1,3})?)"
_AUTO: Final = "auto:"


def parse_clock_mode(text: str, named: Mapping[str, ClockMode] = CLOCK_MODES) -> ClockMode:
    """Parse `real`, `manual`, `x60`, `auto` or `auto:30s`; `named` are the allowed names. Raises `MockError` SES004."""
    if text in named:
        return named[text]
    scaled = re.fullmatch(_SCALED, text)
    if scaled and 0 < float(scaled[1]) <= MAX_RATE:
        return ClockMode(float(scaled[1]))
    if text.startswith(_AUTO):
        return ClockMode(0.0, _poll_step(text.removeprefix(_AUTO)))
    names = ", ".join(name for name in named if name != "auto")
    hint = f"{names}, x60 for an hour in a minute, or auto: each poll moves the clock (auto:30s by that much)"
    raise refuse("SES004", f"{text!r} is not a clock mode", hint)


def _poll_step(text: str) -> Duration:
    """Return the wait after `auto:`. Raises `MockError` SES004 if it is no duration, or none at all."""
    step = parse_duration(text)
    if step:
        return step
    reason, hint = invalid_duration(text)
    if step == 0:
        reason, hint = "moves no clock", "Write how far each poll moves the clock: auto:5s."
    elif reason == "has no unit":
        hint = f"Write {_AUTO}{text}s for seconds, {_AUTO}{text}m for minutes, {_AUTO}{text}h for hours."
    raise refuse("SES004", f"{_AUTO}{text} is not a clock mode: {text!r} {reason}", hint)
