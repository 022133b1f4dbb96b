"""Instants of the admin API as a person reads them: short, or relative to another instant."""

import time
from typing import Final

from mockserver.core.instants import MILLISECOND, Instant, format_duration, parse_instant, rfc3339

_MILLISECOND_DIGITS: Final = 3


def today() -> str:
    """Return this machine's date in UTC: `2026-09-01`."""
    return rfc3339(time.time_ns() // 1000)[:10]


def instant_of(text: str) -> Instant:
    """Return the instant of a text of the admin API. Raises ValueError for any other text."""
    instant = parse_instant(text)
    if instant is None:
        raise ValueError(text)
    return instant


def short_instant(text: str) -> str:
    """Return an instant with its date, in UTC: `2026-10-01 12:00:00.250`."""
    return rfc3339(instant_of(text), digits=_MILLISECOND_DIGITS).replace("T", " ").removesuffix("Z")


def short_time(text: str) -> str:
    """Return the time of the day of an instant, in UTC: `12:00:00.250`."""
    return short_instant(text).partition(" ")[2]


def duration_between(start: str, end: str) -> str:
    """Return how much later the second instant is, in milliseconds: `1m10.25s`."""
    duration = instant_of(end) - instant_of(start)
    return format_duration(duration // MILLISECOND * MILLISECOND)
