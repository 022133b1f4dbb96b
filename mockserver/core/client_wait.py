"""How long an answer asks its client to wait before the next request."""

from typing import Any, Final

from mockserver.core.instants import MAX_DURATION, SECOND, Duration, parse_http_date
from mockserver.core.wire import Exchange

POLL_AFTER_FIELD: Final = "poll_after_seconds"
"""The field of a job's body with the seconds until the next poll (Phaseo's page on videos, capture of 2026-05-06)."""
_MAX_SECONDS_DIGITS: Final = 9


def parse_retry_after(exchange: Exchange) -> Duration | None:
    """Return the wait that an answer's `Retry-After` asks for, at least 0; None without one, or for another text.

    A date counts from the answer's own `Date`, which is of the same clock, else from the arrival of the answer.
    """
    response = exchange.response
    if response is None:
        return None
    text = response.header("retry-after")
    if not text:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= _MAX_SECONDS_DIGITS:
        return int(text) * SECOND
    retry_at = parse_http_date(text)
    if retry_at is None:
        return None
    answered = parse_http_date(response.header("date") or "")
    if answered is None:
        answered = exchange.answered_at or exchange.sent_at
    return max(0, retry_at - answered)


def requested_wait(exchange: Exchange, body: Any) -> Duration:
    """Return the longer of `Retry-After` and the decoded body's `poll_after_seconds`; 0 if there is neither."""
    retry_after = parse_retry_after(exchange) or 0
    seconds = body.get(POLL_AFTER_FIELD) if isinstance(body, dict) else None
    # Not isinstance: True is an int too. A value beyond the longest duration is no wait that anybody can mean.
    if seconds is None or type(seconds) not in (int, float) or not 0 < seconds * SECOND <= MAX_DURATION:
        return retry_after
    return max(int(seconds * SECOND), retry_after)
