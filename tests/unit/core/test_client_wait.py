"""The wait that an answer asks for."""

import pytest

from mockserver.core.client_wait import parse_retry_after, requested_wait
from mockserver.core.instants import HOUR, SECOND
from mockserver.core.wire import Exchange, Request, Response

NOON = 1_778_068_800 * SECOND
"""2026-05-06T12:00:00Z."""


def answered(*headers: tuple[str, str]) -> Exchange:
    """Return an exchange whose answer arrived at noon."""
    return Exchange(Request("GET", "/jobs/j1"), Response(503, headers), NOON - SECOND, NOON)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("30", 30 * SECOND),
        (" 0 ", 0),
        ("Wed, 06 May 2026 12:01:00 GMT", 60 * SECOND),
        ("Wed, 06 May 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1" * 10, None),
        ("\u0663", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, wait):
    assert parse_retry_after(answered(("Retry-After", text))) == wait


def test_a_date_counts_from_the_date_of_the_answer():
    dated = answered(("Retry-After", "Wed, 06 May 2026 13:00:00 GMT"), ("Date", "Wed, 06 May 2026 12:59:00 GMT"))
    assert parse_retry_after(dated) == 60 * SECOND


def test_a_date_counts_from_the_request_where_the_arrival_is_unknown():
    unseen = answered(("Retry-After", "Wed, 06 May 2026 13:00:00 GMT"))._replace(answered_at=None)
    assert parse_retry_after(unseen) == HOUR + SECOND


def test_an_answer_without_the_header_or_none_at_all_asks_for_nothing():
    assert parse_retry_after(answered()) is None
    assert parse_retry_after(answered()._replace(response=None)) is None


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ({"poll_after_seconds": 5}, 5 * SECOND),
        ({"poll_after_seconds": 0.5}, SECOND // 2),
        ({"poll_after_seconds": -1}, 0),
        ({"poll_after_seconds": True}, 0),
        ({"poll_after_seconds": "5"}, 0),
        ({"poll_after_seconds": 1e300}, 0),
        ({}, 0),
        (["poll_after_seconds"], 0),
        (None, 0),
    ],
)
def test_a_body_asks_for_a_wait_in_seconds(body, wait):
    assert requested_wait(answered(), body) == wait


def test_the_longer_wait_counts():
    assert requested_wait(answered(("Retry-After", "9")), {"poll_after_seconds": 5}) == 9 * SECOND
    assert requested_wait(answered(("Retry-After", "3")), {"poll_after_seconds": 5}) == 5 * SECOND
