"""Rate limits on the session's clock, as values: fixed windows, and token buckets.

A bucket holds `requests` tokens and gets `refill` of them back in each `per`, one after the other. It is kept in whole
numbers: tokens that are missing, and what has come in of the next one; so no rounding ever adds up.
"""

from typing import NamedTuple

from mockserver.core.instants import Duration, Instant, format_duration


class Limit(NamedTuple):
    """At most `requests` in each window of `per` microseconds; with a `refill`, a token bucket of that size."""

    requests: int
    per: Duration
    refill: int = 0
    """Tokens that a bucket gets back in `per`; 0: a fixed window."""

    @property
    def says(self) -> str:
        """The limit in words."""
        per = format_duration(self.per)
        return f"{self.requests} at once and {self.refill} in {per}" if self.refill else f"{self.requests} in {per}"


class Window(NamedTuple):
    """What one limit has seen: since when, and the requests counted; for a bucket, the tokens missing since then."""

    start: Instant
    used: int = 0
    part: int = 0
    """Of a bucket's next token, what has come in by `start`: `per` of it are one token."""

    def take(self, limit: Limit, now: Instant) -> tuple[bool, "Window"]:
        """Ask for one request at `now`: whether it may pass, and the window afterwards.

        A window opens with the first request after the one before has ended; a refused request counts nowhere.
        """
        window = self._refilled(limit, now) if limit.refill else Window(now) if now >= self.start + limit.per else self
        if window.used >= limit.requests:
            return False, window
        return True, window._replace(used=window.used + 1)

    def _refilled(self, limit: Limit, now: Instant) -> "Window":
        tokens, part = divmod(self.part + (now - self.start) * limit.refill, limit.per)
        missing = self.used - tokens
        return Window(now, missing, part) if missing > 0 else Window(now)

    def resets(self, limit: Limit) -> Instant:
        """When the window ends; when the bucket is full again."""
        return self._token(limit, self.used) if limit.refill else self.start + limit.per

    def reopens(self, limit: Limit) -> Instant:
        """When a refused request would pass: with the next window, with the next token."""
        return self._token(limit, 1) if limit.refill else self.start + limit.per

    def _token(self, limit: Limit, count: int) -> Instant:
        """When so many of the missing tokens are there."""
        return self.start + -(-(count * limit.per - self.part) // limit.refill)
