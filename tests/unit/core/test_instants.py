"""Durations and instants: what is written is read again, and no text breaks the readers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.instants import (
    DAY,
    HOUR,
    MAX_DURATION,
    MILLISECOND,
    MINUTE,
    SECOND,
    format_duration,
    http_date,
    invalid_duration,
    parse_duration,
    parse_http_date,
    parse_instant,
    rfc3339,
    unix_seconds,
)

INVALID_DURATIONS = {
    "-5s": "is negative",
    "8": "has no unit",
    "1.5": "has no unit",
    "soon": "is not a duration",
    "": "is not a duration",
    "5 s": "is not a duration",
    "30s1m": "is not a duration: the units must decrease",
    "1s1s": "is not a duration: the units must decrease",
    "99999999h": "is too long, or too exact",
    "0.0000001s": "is too long, or too exact",
}

LAST = parse_instant("9999-12-31T23:59:59.999999Z") or 0


@pytest.mark.parametrize("text", INVALID_DURATIONS)
def test_an_invalid_duration_is_explained(text):
    problem, hint = invalid_duration(text)
    assert parse_duration(text) is None
    assert problem == INVALID_DURATIONS[text]
    assert hint.endswith(".")


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", 0),
        ("250ms", 250 * MILLISECOND),
        ("30s", 30 * SECOND),
        ("1m30s", 90 * SECOND),
        ("8h", 8 * HOUR),
        ("1.5h", 90 * MINUTE),
        ("30d", 30 * DAY),
        ("1d2h3m4s5ms", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5 * MILLISECOND),
        ("0.000001s", 1),
        ("36500d", MAX_DURATION),
    ],
)
def test_durations(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "30", "s", "1m1m", "s1m", "30s1m", "1 m", " 1m", "1m ", "-1s", "1.s", "36500d1ms", "٣s", "1.1234567s", "1x"],
)
def test_what_is_no_duration(text):
    assert parse_duration(text) is None


@given(st.integers(0, MAX_DURATION))
def test_a_duration_is_read_as_it_was_written(duration):
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0s"),
        (1, "0.000001s"),
        (1500, "0.0015s"),
        (250 * MILLISECOND, "250ms"),
        (SECOND + 250 * MILLISECOND, "1.25s"),
        (MINUTE, "1m"),
        (90 * SECOND, "1m30s"),
        (DAY + MILLISECOND, "1d1ms"),
        (-90 * SECOND, "-1m30s"),
    ],
)
def test_durations_are_written_short(duration, text):
    assert format_duration(duration) == text


@given(st.text(max_size=12) | st.from_regex(r"\d{1,3}(\.\d{1,3})?(d|h|m|s|ms)?", fullmatch=True))
def test_no_text_breaks_the_reader_of_durations(text):
    duration = parse_duration(text)
    assert duration is None or 0 <= duration <= MAX_DURATION


@given(st.integers(0, LAST))
def test_an_instant_is_read_as_it_was_written(instant):
    assert parse_instant(rfc3339(instant, digits=6)) == instant
    assert parse_instant(rfc3339(instant, digits=3)) == instant - instant % MILLISECOND
    assert parse_instant(rfc3339(instant)) == unix_seconds(instant) * SECOND


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t01:00:00+01:00", 0),
        ("1970-01-01 00:00:01.5z", 1.5),
        ("1970-01-01T00:00:01.500000999Z", 1.5),
        ("0001-01-01T00:00:00+23:59", -62135683140),
    ],
)
def test_instants(text, seconds):
    assert parse_instant(text) == seconds * SECOND


@pytest.mark.parametrize(
    "text",
    ["", "2026-05-06", "2026-05-06T12:00:00", "2026-13-01T00:00:00Z", "2026-05-06T12:00:00+24:00", "2026-05-06T12:00Z"],
)
def test_what_is_no_instant(text):
    assert parse_instant(text) is None


def test_the_http_date_is_english():
    assert http_date(parse_instant("2026-05-06T07:08:09.9Z") or 0) == "Wed, 06 May 2026 07:08:09 GMT"


@pytest.mark.parametrize(
    ("instant", "year", "date"),
    [
        (400_000 * DAY * 365, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-400_000 * DAY * 365, "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT"),
    ],
)
def test_what_no_calendar_has_is_written_as_its_first_or_last_second(instant, year, date):
    """Delays add up, and a session's clock may be made to race: no answer may fail for want of a date."""
    assert rfc3339(instant) == year
    assert http_date(instant) == date


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_all_three_forms_of_an_http_date_are_parsed(text):
    assert parse_http_date(text) == parse_instant("1994-11-06T08:49:37Z")


@pytest.mark.parametrize(
    "text",
    ["", "90", "Sun", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +999999999", "Sun, " + "9" * 50],
)
def test_another_text_is_no_http_date(text):
    assert parse_http_date(text) is None
