"""A session log in Redis or Valkey, which several servers share (a `stores.log.SessionLog`).

Theory of operation. A session's log is a list. Each entry begins with a stamp that no other append has, and an append
is one script: it compares the list's length with the position that the writer knows, and either appends or answers what
the writer lacks. Of two servers that cancel one job at once, that comparison chooses one, in one round trip. The
stamp serves two ends: a command that is sent again because its connection broke finds itself in the list and is not
appended twice; and a list that was lost or replaced (a flush, a restart without `appendonly`) is noticed, because the
last entry that the reader knows is not in its place any more.

Every read also brings the time of Redis, which is the wall clock of all its servers: what one of them has answered lies
in the past of whatever another one reads later, however wrong their own clocks are.
"""

import secrets
from itertools import count
from typing import Final

from mockserver.errors import MockError, refuse
from mockserver.stores.log import LogConflict
from mockserver.stores.redis_clock import StoreClock
from mockserver.stores.redis_leases import UNFOLLOWED, RedisLeases
from mockserver.stores.redis_link import SCHEMA, RedisLink

STAMP_BYTES: Final = 16
"""Bytes before each entry: 8 of the writer, 8 of its count."""
MAX_READ: Final = 1_000
"""Entries in one answer of Redis, which does nothing else meanwhile."""

APPEND: Final = """
local schema = redis.call('GET', KEYS[3])
if schema and schema ~= ARGV[5] then return {'schema', schema} end
local position = tonumber(ARGV[1])
local length = redis.call('LLEN', KEYS[1])
if length < position then return {'lost'} end
if ARGV[2] ~= '' and string.sub(redis.call('LINDEX', KEYS[1], position - 1 - length), 1, #ARGV[2]) ~= ARGV[2] then
  return {'lost'}
end
if length == position then
  redis.call('RPUSH', KEYS[1], ARGV[3])
  redis.call('SADD', KEYS[4], ARGV[4])
  if position == 0 then
    redis.call('SADD', KEYS[2], ARGV[4])
    redis.call('SET', KEYS[3], ARGV[5])
  end
  return {'appended'}
end
local missing = redis.call('LRANGE', KEYS[1], position - length, math.min(position + ARGV[6] - length, 0) - 1)
if missing[1] == ARGV[3] then return {'appended'} end
local time = redis.call('TIME')
return {'missing', missing, tonumber(time[1]), tonumber(time[2])}
"""
"""KEYS: log, names, schema, unfollowed. ARGV: position, stamp of the entry before, entry, name, schema version, most
entries in the answer."""

READ: Final = """
local time = redis.call('TIME')
return {tonumber(time[1]), tonumber(time[2]), redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2])}
"""
"""KEYS: log. ARGV: first and last position. Answers seconds, microseconds, entries."""


class RedisLog:
    """The logs of all sessions in one Redis, for one thread."""

    def __init__(self, link: RedisLink) -> None:
        """Read the time of Redis. Raises `MockError` SRV031 or SRV041."""
        self._link = link
        self.clock = StoreClock(link)
        self.leases = RedisLeases(link)
        self.appended: set[str] = set()
        """Sessions that this server has written since they were last found to have nothing to deliver."""
        self._writer = secrets.token_bytes(STAMP_BYTES // 2)
        self._numbers = count(1)
        self._ends: dict[str, tuple[int, bytes]] = {}
        """By session: the latest position that was read or appended up to, and the stamp of the entry before it."""

    def names(self) -> list[str]:
        """Return the names of the sessions that have entries, sorted. Raises `MockError` SRV031 or SRV041."""
        return sorted(name.decode() for name in self._link.call("SMEMBERS", self._link.key("sessions")))

    def read(self, session: str, position: int) -> list[bytes]:
        """Return the entries of a session from a position on: one round trip where there are few.

        Raises `MockError` SRV031 if Redis is gone, SRV042 if the log has lost entries that this server knows.
        """
        entries: list[bytes] = []
        while True:
            batch = self._read_batch(session, position + len(entries))
            entries += batch
            if len(batch) < MAX_READ:
                return entries

    def append(self, session: str, position: int, entry: bytes) -> None:
        """Append an entry at a position, in one round trip.

        Raises `LogConflict` with the missing entries, a thousand at most, if the log is longer. Raises `MockError`
        SRV031 if Redis is gone: the next `read` shows whether the entry is in. Raises SRV041 if Redis refuses it,
        SRV042 if the log has lost entries, SRV043 if the keys are another version's.
        """
        stamped = self._writer + next(self._numbers).to_bytes(STAMP_BYTES // 2) + entry
        own_keys = ("sessions", "schema", UNFOLLOWED)
        keys = [self._link.key("log", session), *map(self._link.key, own_keys)]
        before = self._stamp_before(session, position)
        answer, *more = self._link.run(APPEND, keys, (position, before, stamped, session, SCHEMA, MAX_READ))
        if answer == b"missing":
            missing, seconds, micros = more
            self.clock.set(seconds, micros)
            self._ends[session] = (position + len(missing), missing[-1][:STAMP_BYTES])
            raise LogConflict([each[STAMP_BYTES:] for each in missing])
        if answer == b"schema":
            raise self._link.other_schema(more[0])
        if answer == b"lost":
            raise self._lost(session, position)
        self._ends[session] = (position + 1, stamped[:STAMP_BYTES])
        self.appended.add(session)

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _stamp_before(self, session: str, position: int) -> bytes:
        """Return the stamp of the entry before a position; empty where it is not known."""
        end, stamp = self._ends.get(session, (0, b""))
        return stamp if end == position else b""

    def _read_batch(self, session: str, position: int) -> list[bytes]:
        # The entry before the position is read with them: it shows that the log is still the same one.
        first = max(position - 1, 0)
        key = self._link.key("log", session)
        seconds, micros, found = self._link.run(READ, [key], (first, position + MAX_READ - 1))
        self.clock.set(seconds, micros)
        if position:
            before = self._stamp_before(session, position)
            if not found or not found[0].startswith(before):
                raise self._lost(session, position)
            del found[0]
        if found:
            self._ends[session] = (position + len(found), found[-1][:STAMP_BYTES])
        return [each[STAMP_BYTES:] for each in found]

    def _lost(self, session: str, position: int) -> MockError:
        self._ends.pop(session, None)
        detail = f"the log of session {session!r} in {self._link.address} has lost some of its {position} entries"
        hint = "The session begins again at the next request; `appendonly yes` keeps a log over a restart of Redis."
        return refuse("SRV042", detail, hint)
