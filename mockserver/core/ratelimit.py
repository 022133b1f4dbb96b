"""Rate limits on the session's clock, as values: fixed windows, and token buckets.

A bucket holds `requests` tokens and gets `refill` of them back in each `per`, one after the other. It is kept in whole
numbers: tokens that are missing, and what has come in of the next one; so no rounding ever adds up.
"""

from typing import NamedTuple

from mockserver.core.instants import Duration, Instant, format_duration


class RateLimit(NamedTuple):
    """At most `requests` in each window of `per` microseconds; with a `refill`, a token bucket of that size."""

    requests: int
    per: Duration
    refill: int = 0
    """Tokens that a bucket gets back in `per`; 0: a fixed window."""

    @property
    def description(self) -> str:
        """The limit in words."""
        per = format_duration(self.per)
        return f"{self.requests} at once and {self.refill} in {per}" if self.refill else f"{self.requests} in {per}"


class LimitWindow(NamedTuple):
    """What one limit has seen: since when, and the requests counted; for a bucket, the tokens missing since then."""

    start: Instant
    used: int = 0
    partial_token: int = 0
    """Of a bucket's next token, what has come in by `start`: `per` of it are one token."""

    def take(self, limit: RateLimit, now: Instant) -> tuple[bool, "LimitWindow"]:
        """Ask for one request at `now`: whether it may pass, and the window afterwards.

        A window opens with the first request after the one before has ended; a refused request counts nowhere.
        """
        window = (
            self._refilled(limit, now) if limit.refill else LimitWindow(now) if now >= self.start + limit.per else self
        )
        if window.used >= limit.requests:
            return False, window
        return True, window._replace(used=window.used + 1)

    def _refilled(self, limit: RateLimit, now: Instant) -> "LimitWindow":
        tokens, part = divmod(self.partial_token + (now - self.start) * limit.refill, limit.per)
        missing = self.used - tokens
        return LimitWindow(now, missing, part) if missing > 0 else LimitWindow(now)

    def reset_at(self, limit: RateLimit) -> Instant:
        """When the window ends; when the bucket is full again."""
        return self._tokens_restored_at(limit, self.used) if limit.refill else self.start + limit.per

    def retry_at(self, limit: RateLimit) -> Instant:
        """When a refused request would pass: with the next window, with the next token."""
        return self._tokens_restored_at(limit, 1) if limit.refill else self.start + limit.per

    def _tokens_restored_at(self, limit: RateLimit, count: int) -> Instant:
        """When so many of the missing tokens are there."""
        return self.start + -(-(count * limit.per - self.partial_token) // limit.refill)
