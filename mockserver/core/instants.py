"""Instants and durations: integers of microseconds, and their notations.

An `Instant` counts microseconds since the Unix epoch (UTC); a `Duration` is a difference of two. Integers,
because a stay of 0.1 s must end at exactly the same instant however many small advances led there.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

Instant = int
Duration = int

MILLISECOND: Final[Duration] = 1_000
SECOND: Final[Duration] = 1_000_000
MINUTE: Final[Duration] = 60 * SECOND
HOUR: Final[Duration] = 60 * MINUTE
DAY: Final[Duration] = 24 * HOUR

MAX_DURATION: Final[Duration] = 36_500 * DAY
"""The longest stay, delay or advance (a century): the sum of two always fits a calendar date."""

_UNITS: Final[dict[str, Duration]] = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND}
_DURATION_PART = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?(ms|[dhms])", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MAX_HTTP_DATE_LENGTH: Final = 40
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def parse_duration(text: str) -> Duration | None:
    """Parse `250ms`, `30s`, `1m30s`, `8h`, `1.5h`, `30d`; units must decrease (`30s1m` is not a duration).

    Returns None where the text is not a duration, or is longer than `MAX_DURATION`.
    """
    total = 0
    end = 0
    last_unit = MAX_DURATION
    for part in _DURATION_PART.finditer(text):
        unit = _UNITS[part[3]]
        # Each part must begin where the one before ended: nothing may stand between them.
        if part.start() != end or unit >= last_unit:
            return None
        fraction = part[2] or ""
        total += int(part[1]) * unit + int(fraction.ljust(6, "0") or "0") * unit // 1_000_000
        end = part.end()
        last_unit = unit
    if not text or end != len(text) or total > MAX_DURATION:
        return None
    return total


def invalid_duration(text: str) -> tuple[str, str]:
    """Return why `parse_duration` refuses a text, and how to write a duration: `("has no unit", "Write 8s ...")`."""
    examples = "Write it like 250ms, 30s, 1m30s or 8h."
    if text.startswith("-"):
        return "is negative", examples
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return "has no unit", f"Write {text}s for seconds, {text}m for minutes, {text}h for hours."
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|[dhms]))+", text, re.ASCII):
        return "is not a duration", examples
    units = [_UNITS[unit] for unit in re.findall(r"ms|[dhms]", text)]
    if units != sorted(set(units), reverse=True):
        return "is not a duration: the units must decrease", examples
    return "is too long, or too exact", f"A duration is at most {MAX_DURATION // DAY}d, a century, to the microsecond."


def format_duration(duration: Duration) -> str:
    """Format a duration as `parse_duration` reads it: `1m30s`, `250ms`, `0s`."""
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
    """Parse an RFC 3339 date and time with its offset; returns None where the text is not one.

    Digits behind the microseconds are dropped: some services write nanoseconds.
    """
    if not _RFC3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T"))
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _calendar_time(instant: Instant) -> datetime:
    """Return the calendar time in whole seconds; beyond the years 1 to 9999, the first or the last second."""
    try:
        return _EPOCH + timedelta(seconds=instant // SECOND)
    except OverflowError:
        if instant > 0:
            return _LATEST
        return _EARLIEST


def rfc3339(instant: Instant, *, digits: int = 0) -> str:
    """Format an instant as RFC 3339 in UTC with `digits` (0 to 6) decimals of a second, truncated."""
    fraction = f".{instant % SECOND:06d}"[: digits + 1] if digits else ""
    return f"{_calendar_time(instant).isoformat()[:19]}{fraction}Z"


def unix_seconds(instant: Instant) -> int:
    """Return whole seconds since the Unix epoch, truncated, as JSON bodies carry them."""
    return instant // SECOND


def http_date(instant: Instant) -> str:
    """Format an instant for the `Date` header (IMF-fixdate, English in any locale)."""
    moment = _calendar_time(instant)
    day = _WEEKDAYS[moment.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year:04d} {moment:%H:%M:%S} GMT"


def parse_http_date(text: str) -> Instant | None:
    """Parse a date of an HTTP header in any of its three forms (RFC 9110, 5.6.7); None for another text."""
    # The standard parser accepts much more, so the text must at least begin as a date of HTTP.
    if len(text) > _MAX_HTTP_DATE_LENGTH or not text.startswith(_WEEKDAYS):
        return None
    # Imported late: it brings the parser of e-mails, and few requests have a date.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        # The form of asctime names no zone.
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None
