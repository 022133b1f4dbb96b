"""Leases in Redis: of several servers one at a time makes the deliveries of a session.

Theory of operation. Every server follows the sessions that it has to do something for, some times a second and in one
round trip for all: it renews its leases, takes those that are free, and learns how long the logs have become. A lease
ends by itself, so another server takes over within `LEASE_SECONDS` and one round after its holder has died. A server
that moves a clock asks the holder for the lease and gets it in the next round of the holder.

A session that only a dead server had in memory must be found too. So each append puts the session's name into a set,
and the server that follows the session, or has seen that there is nothing to deliver, takes it out of the set. A name
that stays in the set without a lease for `ORPHAN_SECONDS` is an orphan.

Between its last renewal and its end two servers never hold a lease; but a holder that stands still for longer may
finish a delivery that it has begun. At least once is what is promised, and the vendor's delivery key is the same.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from mockserver.stores.redis_link import RedisLink

LEASE_SECONDS: Final = 3.0
FOLLOW_SECONDS: Final = 0.25
"""Seconds between two rounds."""
ORPHAN_SECONDS: Final = 1.0
UNFOLLOWED: Final = "unfollowed"
"""The key of the set of sessions that were changed, and may have deliveries to come."""
MAX_ORPHANS: Final = 100
"""Orphans that one round answers."""

FOLLOW: Final = """
local prefix, token, life = ARGV[1], ARGV[2], ARGV[3]
local wanted, watched = tonumber(ARGV[4]), tonumber(ARGV[5])
local held, asked, lengths, mine = {}, {}, {}, {}
for number = 1, wanted + watched do
  local name = ARGV[6 + number]
  local base = tonumber(redis.call('GET', prefix .. ':base:' .. name)) or 0
  lengths[number] = base + redis.call('LLEN', prefix .. ':log:' .. name)
  if number <= wanted then
    local key = prefix .. ':lease:' .. name
    local holder = redis.call('GET', key)
    if not holder then
      redis.call('SET', key, token, 'PX', life)
    elseif holder == token then
      redis.call('PEXPIRE', key, life)
    end
    held[number] = (not holder or holder == token) and 1 or 0
    local asker = redis.call('GET', prefix .. ':asked:' .. name)
    asked[number] = (asker and asker ~= token) and 1 or 0
    redis.call('SADD', KEYS[1], name)
    mine[name] = true
  end
end
for number = 7 + wanted + watched, #ARGV do
  redis.call('SREM', KEYS[1], ARGV[number])
end
local orphans = {}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if #orphans < tonumber(ARGV[6]) and not mine[name] and redis.call('EXISTS', prefix .. ':lease:' .. name) == 0 then
    table.insert(orphans, name)
  end
end
return {held, asked, lengths, orphans}
"""
"""KEYS: the set. ARGV: prefix, token, milliseconds, number of wanted and of watched names, most orphans; names: wanted,
watched, quiet."""

TAKE: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  if ARGV[3] == '1' then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""
"""KEYS: lease, question. ARGV: token, milliseconds, 1 to ask the holder for it."""

RELEASE: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


class Followed(NamedTuple):
    """What a round has found."""

    held: frozenset[str]
    """The wanted sessions whose lease this server holds."""
    asked: frozenset[str]
    """Of those, the sessions whose lease another server asks for."""
    lengths: Mapping[str, int]
    """The entries in the logs of wanted and watched sessions."""
    orphans: frozenset[str]
    """Sessions that no server may have in memory."""


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
        self._orphaned: dict[str, float] = {}
        """By session: since when it is seen without a lease."""

    def follow(self, wanted: Collection[str], watched: Collection[str], quiet: Collection[str]) -> Followed:
        """Take or renew the leases of the wanted sessions, and look after all, in one round trip.

        `watched` sessions need no lease; of the `quiet` ones nothing is to be delivered any more. Raises `MockError`
        SRV031 if Redis is gone, SRV041 if it is full: what is held then ends by itself.
        """
        names = [*wanted, *watched]
        until = self._clock() + self._seconds
        counts = (len(wanted), len(watched), MAX_ORPHANS)
        arguments = (self._link.prefix, self._token, self._milliseconds, *counts, *names, *quiet)
        held, asked, lengths, orphans = self._link.run(FOLLOW, [self._link.key(UNFOLLOWED)], arguments)
        for name in wanted:
            self._held.pop(name, None)
        mine = [name for name, holds in zip(wanted, held, strict=True) if holds]
        self._held.update(dict.fromkeys(mine, until))
        others = [name for name, asks in zip(wanted, asked, strict=True) if asks and name in self._held]
        return Followed(
            frozenset(mine),
            frozenset(others),
            dict(zip(names, lengths, strict=True)),
            self._old_orphans([name.decode() for name in orphans]),
        )

    def _old_orphans(self, found: Collection[str]) -> frozenset[str]:
        now = self._clock()
        self._orphaned = {name: self._orphaned.get(name, now) for name in found}
        return frozenset(name for name, since in self._orphaned.items() if now - since >= ORPHAN_SECONDS)

    def take(self, session: str, *, ask: bool = False) -> bool:
        """Take a session's lease; False: another server holds it, and is asked for it if `ask`.

        Raises `MockError` SRV031 or SRV041.
        """
        until = self._clock() + self._seconds
        keys = [self._link.key("lease", session), self._link.key("asked", session)]
        taken = bool(self._link.run(TAKE, keys, (self._token, self._milliseconds, int(ask))))
        self._held.pop(session, None)
        if taken:
            self._held[session] = until
        return taken

    def holds(self, session: str) -> bool:
        """Return True if this server holds a session's lease now, without asking Redis."""
        until = self._held.get(session)
        return until is not None and self._clock() < until

    def release(self, sessions: Collection[str] | None = None) -> None:
        """Give the leases of sessions back, all by default: another server takes over. Raises SRV031 or SRV041."""
        names = list(self._held) if sessions is None else list(sessions)
        for name in names:
            self._held.pop(name, None)
        if names:
            self._link.run(RELEASE, [self._link.key("lease", name) for name in names], (self._token,))

    @property
    def _milliseconds(self) -> int:
        return int(self._seconds * 1_000)
