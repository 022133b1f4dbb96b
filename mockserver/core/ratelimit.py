"""Rate limits on the session's clock: fixed windows, as values."""

from typing import NamedTuple

from mockserver.core.instants import Duration, Instant


class Limit(NamedTuple):
    """At most `requests` in each window of `per` microseconds."""

    requests: int
    per: Duration


class Window(NamedTuple):
    """What one bucket has seen: the window's start and the requests counted in it."""

    start: Instant
    used: int = 0

    def take(self, limit: Limit, now: Instant) -> tuple[bool, "Window"]:
        """Ask for one request at `now`: whether it may pass, and the window afterwards.

        A window opens with the first request after the one before has ended; a refused request counts nowhere.
        """
        window = Window(now) if now >= self.start + limit.per else self
        if window.used >= limit.requests:
            return False, window
        return True, window._replace(used=window.used + 1)

    def resets(self, limit: Limit) -> Instant:
        """When the window ends."""
        return self.start + limit.per
