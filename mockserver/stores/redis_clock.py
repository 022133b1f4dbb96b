"""The time of Redis as the wall clock of its servers.

An instant that is read lies between the question and the answer. It counts from the answer on, so the clock is behind
Redis by the way back of an answer and never ahead of it: an instant that one server has shown is never later than what
another one reads from Redis afterwards. Between two answers this machine's own steady clock goes on from the last one.
"""

import time
from collections.abc import Callable

from mockserver.core.instants import SECOND, Instant
from mockserver.stores.redis_link import RedisLink


class StoreClock:
    """The wall clock of a server with a store in Redis; it never runs backwards."""

    def __init__(self, link: RedisLink, steady: Callable[[], float] = time.perf_counter) -> None:
        """Ask Redis for the time. Raises `MockError` SRV031 or SRV041."""
        self._steady = steady
        self._latest: Instant = 0
        self.set(*map(int, link.call("TIME")))

    def __call__(self) -> Instant:
        """Return the present instant."""
        passed = int((self._steady() - self._set_at) * SECOND)
        self._latest = max(self._latest, self._instant + passed)
        return self._latest

    def set(self, seconds: int, micros: int) -> None:
        """Take note of an answer of Redis that has just come."""
        self._instant = seconds * SECOND + micros
        self._set_at = self._steady()
