"""The words for a clock: `real`, `manual`, `x60`."""

import re
from typing import Final

from mockserver.core.clock import MAX_RATE
from mockserver.errors import refuse

_SCALE: Final = re.compile(r"x(\d{1,7}(?:\.\d{1,3})?)", re.ASCII)


def parse_clock_rate(mode: str) -> float:
    """The rate of a clock: 1 for `real`, 0 for `manual`, 60 for `x60`; `MockError` for other words."""
    named = {"real": 1.0, "manual": 0.0}
    if mode in named:
        return named[mode]
    scaled = _SCALE.fullmatch(mode)
    rate = float(scaled[1]) if scaled else 0.0
    if not 0 < rate <= MAX_RATE:
        raise refuse("SES004", f"{mode!r} is no clock", "real, manual, or x60 for an hour in a minute")
    return rate
