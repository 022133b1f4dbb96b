"""Leases in Redis: of several servers one at a time makes the deliveries of a session.

A lease ends by itself unless its holder renews it, so another server takes over within `LEASE_SECONDS` and one round of
renewing after its holder has died. Between the last renewal and its end two servers never hold it; but a holder that
stands still for longer than the lease may finish a delivery that it has begun: at least once is what is promised.
"""

import secrets
import time
from collections.abc import Callable, Collection
from typing import Final

from mockserver.stores.redis_link import RedisLink

LEASE_SECONDS: Final = 3.0
RENEW_SECONDS: Final = 1.0
"""Seconds between two renewals: with `LEASE_SECONDS`, the longest time without a holder after a death."""

RENEW: Final = """
local held = {}
for number, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if not holder then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
  elseif holder == ARGV[1] then
    redis.call('PEXPIRE', key, ARGV[2])
  end
  held[number] = (not holder or holder == ARGV[1]) and 1 or 0
end
return held
"""
"""KEYS: leases. ARGV: token of the server, milliseconds. Answers 1 for each lease that the server now holds."""

RELEASE: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


class RedisLeases:
    """The leases of one server, by the names of sessions."""

    def __init__(
        self, link: RedisLink, *, seconds: float = LEASE_SECONDS, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._link = link
        self._seconds = seconds
        self._clock = clock
        self._token = secrets.token_hex(8)
        self._held: dict[str, float] = {}
        """By session: until when its lease lasts at least, in seconds of `clock`."""

    def renew(self, sessions: Collection[str]) -> frozenset[str]:
        """Take or renew the leases of sessions, in one round trip; returns the sessions whose lease this server holds.

        Raises `MockError` SRV031 if Redis is gone, SRV041 if it is full: what is held then ends by itself.
        """
        if not sessions:
            return frozenset()
        names = list(sessions)
        until = self._clock() + self._seconds
        milliseconds = int(self._seconds * 1_000)
        answers = self._link.run(RENEW, self._keys(names), (self._token, milliseconds))
        for name, held in zip(names, answers, strict=True):
            self._held.pop(name, None)
            if held:
                self._held[name] = until
        return frozenset(name for name in names if name in self._held)

    def holds(self, session: str) -> bool:
        """Return True if this server holds a session's lease now, without asking Redis."""
        until = self._held.get(session)
        return until is not None and self._clock() < until

    def release(self) -> None:
        """Give all leases back, so that another server takes over at once. Raises `MockError` SRV031 or SRV041."""
        names = list(self._held)
        self._held.clear()
        if names:
            self._link.run(RELEASE, self._keys(names), (self._token,))

    def _keys(self, names: Collection[str]) -> list[str]:
        return [self._link.key("lease", name) for name in names]
