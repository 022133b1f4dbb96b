"""The machine's clock, and the words for a session's: `real`, `manual`, `x60`."""

import re
import time
from typing import Final

from mockserver.core.clock import MAX_RATE
from mockserver.core.instants import Instant
from mockserver.errors import refuse

_SCALE: Final = re.compile(r"x(\d{1,7}(?:\.\d{1,3})?)", re.ASCII)


def wall_clock() -> Instant:
    """Return what the machine's clock reads: the only place where the server reads it."""
    return time.time_ns() // 1_000


def parse_clock_rate(mode: str) -> float:
    """Return the rate of a clock: 1 for `real`, 0 for `manual`, 60 for `x60`. Raises MockError SES004."""
    named = {"real": 1.0, "manual": 0.0}
    if mode in named:
        return named[mode]
    scaled = _SCALE.fullmatch(mode)
    if scaled is None or not 0 < float(scaled[1]) <= MAX_RATE:
        raise refuse("SES004", f"{mode!r} is no clock", "real, manual, or x60 for an hour in a minute")
    return float(scaled[1])
