"""Instants and durations: integers of microseconds, and the texts people write for them.

An `Instant` counts microseconds since the Unix epoch (UTC); a `Duration` is a difference of two. Integers,
because a stay of 0.1 s must end at exactly the same instant however many small advances led there.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

Instant = int
Duration = int

MICROSECOND: Final[Duration] = 1
MILLISECOND: Final[Duration] = 1_000
SECOND: Final[Duration] = 1_000_000
MINUTE: Final[Duration] = 60 * SECOND
HOUR: Final[Duration] = 60 * MINUTE
DAY: Final[Duration] = 24 * HOUR

MAX_DURATION: Final[Duration] = 36_500 * DAY
"""No stay, delay or advance may be longer than this (a century): sums of two always fit a calendar date."""

_UNITS: Final[dict[str, Duration]] = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND}
_DURATION_PART = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?(ms|[dhms])", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def parse_duration(text: str) -> Duration | None:
    """Read `250ms`, `30s`, `1m30s`, `8h`, `1.5h`, `30d`; units must fall (`s1m` and `30s1m` are not durations).

    None where the text is no duration, or a longer one than `LONGEST`.
    """
    total, at, last = 0, 0, MAX_DURATION
    for part in _DURATION_PART.finditer(text):
        unit = _UNITS[part[3]]
        if part.start() != at or unit >= last:
            return None
        fraction = part[2] or ""
        total += int(part[1]) * unit + int(fraction.ljust(6, "0") or "0") * unit // 1_000_000
        at, last = part.end(), unit
    return total if at == len(text) and text and total <= MAX_DURATION else None


def format_duration(duration: Duration) -> str:
    """Write a duration the way `parse_duration` reads it: `1m30s`, `250ms`, `0s`."""
    if duration < 0:
        return "-" + format_duration(-duration)
    parts: list[str] = []
    rest = duration
    for name in ("d", "h", "m"):
        count, rest = divmod(rest, _UNITS[name])
        if count:
            parts.append(f"{count}{name}")
    seconds, micros = divmod(rest, SECOND)
    if micros and micros % MILLISECOND == 0 and not seconds:
        parts.append(f"{micros // MILLISECOND}ms")
    elif micros:
        parts.append(f"{seconds}.{micros:06d}".rstrip("0") + "s")
    elif seconds or not parts:
        parts.append(f"{seconds}s")
    return "".join(parts)


def parse_instant(text: str) -> Instant | None:
    """Read an RFC 3339 date and time with its offset; None where the text is not one."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T"))
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _calendar_time(instant: Instant) -> datetime:
    """The second on the calendar; its first or last one, where there is no such year (1 to 9999)."""
    try:
        return _EPOCH + timedelta(seconds=instant // SECOND)
    except OverflowError:
        return _LATEST if instant > 0 else _EARLIEST


def rfc3339(instant: Instant, *, digits: int = 0) -> str:
    """Write an instant as RFC 3339 in UTC with `digits` (0 to 6) decimals of a second, cut and not rounded."""
    fraction = f".{instant % SECOND:06d}"[: digits + 1] if digits else ""
    return f"{_calendar_time(instant).isoformat()[:19]}{fraction}Z"


def unix_seconds(instant: Instant) -> int:
    """Whole seconds since the Unix epoch, cut and not rounded: what JSON bodies carry."""
    return instant // SECOND


def http_date(instant: Instant) -> str:
    """Write an instant as the `Date` header does (IMF-fixdate, English whatever the locale)."""
    moment = _calendar_time(instant)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year:04d} {moment:%H:%M:%S} GMT"
