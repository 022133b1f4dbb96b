"""Rate limits on the session's clock, as values: fixed windows, rolling windows and token buckets.

A rolling window remembers when each of its requests came, so it counts those of the last `per` at any instant.
A bucket holds `requests` tokens and gets `refill` of them back in each `per`, one after the other. Its state is whole
numbers, the missing tokens and the part of the next one, so that rounding never accumulates.
"""

from typing import NamedTuple

from mockserver.core.instants import SECOND, Duration, Instant, format_duration


class RateLimit(NamedTuple):
    """At most `requests` in each window of `per` microseconds; with a `refill`, a token bucket of that size."""

    requests: int
    per: Duration
    refill: int = 0
    """Tokens that a bucket gets back in `per`; 0 for a window."""
    rolling: bool = False
    """True: at most `requests` in any `per`, instead of in each window."""
    shared: bool = False
    """True: one count for all keys and operations that have this limit."""

    @property
    def description(self) -> str:
        """The limit in words: `10 in 1m`, `10 at once and 1 in 6s`."""
        per = format_duration(self.per)
        if self.refill:
            return f"{self.requests} at once and {self.refill} in {per}"
        if self.rolling:
            return f"{self.requests} in any {per}"
        return f"{self.requests} in {per}"


class LimitWindow(NamedTuple):
    """The state of one limit: since when, and the requests counted (of a bucket, the tokens missing) since then."""

    start: Instant
    used: int = 0
    partial_token: int = 0
    """The part of a bucket's next token that has come in by `start`, in units of which `per` are one token."""
    taken: tuple[Instant, ...] = ()
    """Of a rolling window, when its requests came; `start` is the first of them."""

    def take(self, limit: RateLimit, now: Instant) -> tuple[bool, "LimitWindow"]:
        """Count one request at `now`. Returns whether it may pass, and the next state.

        A window opens with the first request after the one before has ended; a refused request is not counted.
        """
        window = self
        if limit.refill:
            tokens, part = divmod(self.partial_token + (now - self.start) * limit.refill, limit.per)
            # A full bucket gets no part of a further token.
            missing = self.used - tokens
            window = LimitWindow(now, missing, part) if missing > 0 else LimitWindow(now)
        elif limit.rolling:
            taken = tuple(at for at in self.taken if at > now - limit.per)
            start = min((*taken, now))
            if len(taken) >= limit.requests:
                return False, LimitWindow(start, len(taken), taken=taken)
            return True, LimitWindow(start, len(taken) + 1, taken=(*taken, now))
        elif now >= self.start + limit.per:
            window = LimitWindow(now)
        if window.used >= limit.requests:
            return False, window
        return True, window._replace(used=window.used + 1)

    def reset_at(self, limit: RateLimit) -> Instant:
        """Return when the window ends, when a rolling one is empty, or when the bucket is full again."""
        if limit.refill:
            return self._tokens_restored_at(limit, self.used)
        if self.taken:
            return self.taken[-1] + limit.per
        return self.start + limit.per

    def retry_at(self, limit: RateLimit) -> Instant:
        """Return when a refused request would pass: when the window or its oldest request ends, or with a token."""
        if limit.refill:
            return self._tokens_restored_at(limit, 1)
        return self.start + limit.per

    def retry_after(self, limit: RateLimit, now: Instant) -> int:
        """Return the seconds until `retry_at`, rounded up: a request before that would be refused again."""
        return -(-(self.retry_at(limit) - now) // SECOND)

    def _tokens_restored_at(self, limit: RateLimit, count: int) -> Instant:
        """Return when `count` of the missing tokens have come in (rounded up)."""
        return self.start + -(-(count * limit.per - self.partial_token) // limit.refill)
