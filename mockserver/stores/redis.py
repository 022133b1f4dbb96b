"""A session log in Redis or Valkey, which several servers share (a `stores.log.SessionLog`).

Theory of operation. A session's log is a list. Each entry begins with a stamp that no other append has, and an append
is one script: it compares the list's length with the position that the writer knows, and either appends or answers what
the writer lacks. Of two servers that cancel one job at once, that comparison chooses one, in one round trip. The
stamp serves two ends: a command that is sent again because its connection broke finds itself in the list and is not
appended twice; and a list that was lost or replaced (a flush, a restart without `appendonly`) is noticed, because the
last entry that the reader knows is not in its place any more.

An entry that begins or ends a session cuts off what stands before it, and the key `base` says how much: positions go
on, and a server that is behind the cut reads from it. One that has the whole session leaves some entries before it, so
that servers which are a little behind read on as if it were not there. A session that was deleted is one short entry,
which ends by itself after `ENDED_SECONDS`; until then every server knows its epoch, and answers late requests as such.

Every read also brings the time of Redis, which is the wall clock of all its servers: what one of them has answered lies
in the past of whatever another one reads later, however wrong their own clocks are.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import Final

from mockserver.core.instants import SECOND
from mockserver.errors import MockError, refuse
from mockserver.stores.log import EntryKind, LogConflict, LogEnd, LogPart
from mockserver.stores.redis_clock import StoreClock
from mockserver.stores.redis_leases import UNFOLLOWED, RedisLeases
from mockserver.stores.redis_link import SCHEMA, RedisLink

STAMP_BYTES: Final = 16
"""Bytes before each entry: 8 of the writer, 8 of its count."""
MAX_READ: Final = 1_000
"""Entries in one answer of Redis, which does nothing else meanwhile."""
ENDED_SECONDS: Final = 30 * 24 * 3_600
"""How long it is known of a session that it has ended."""
KEPT_ENTRIES: Final = 500
"""Entries that stay before one that says the same: fewer than `MAX_READ`, so that a reader of them finds it."""
MAX_UNUSED: Final = 10
"""Unused sessions in one answer."""

APPEND: Final = """
local schema = redis.call('GET', KEYS[3])
if schema and schema ~= ARGV[5] then return {'schema', schema} end
local position, kind = tonumber(ARGV[1]), ARGV[7]
local base, count = tonumber(redis.call('GET', KEYS[5])) or 0, redis.call('LLEN', KEYS[1])
local length = base + count
if length < position then return {'lost'} end
if ARGV[2] ~= '' and position > base then
  local before = redis.call('LINDEX', KEYS[1], position - 1 - length)
  if string.sub(before, 1, #ARGV[2]) ~= ARGV[2] then return {'lost'} end
end
local time = redis.call('TIME')
if length == position then
  redis.call('RPUSH', KEYS[1], ARGV[3])
  if position == 0 then redis.call('SET', KEYS[3], ARGV[5]) end
  local kept = ({change = count, whole = tonumber(ARGV[9])})[kind] or 0
  if kept < count then
    redis.call('LTRIM', KEYS[1], -1 - kept, -1)
    redis.call('SET', KEYS[5], position - kept)
  end
  if kind == 'end' then
    redis.call('EXPIRE', KEYS[1], ARGV[8])
    redis.call('EXPIRE', KEYS[5], ARGV[8])
    redis.call('ZREM', KEYS[2], ARGV[4])
    redis.call('SREM', KEYS[4], ARGV[4])
  else
    redis.call('PERSIST', KEYS[1])
    redis.call('ZADD', KEYS[2], time[1], ARGV[4])
    redis.call('SADD', KEYS[4], ARGV[4])
  end
  return {'appended'}
end
local first = math.max(position, base)
local missing = redis.call('LRANGE', KEYS[1], first - length, math.min(first + ARGV[6] - length, 0) - 1)
if missing[1] == ARGV[3] then return {'appended'} end
return {'missing', missing, first, tonumber(time[1]), tonumber(time[2])}
"""
"""KEYS: log, sessions, schema, unfollowed, base. ARGV: position, stamp of the entry before, entry, name, schema
version, most entries in the answer, kind of the entry, seconds that an end is known, entries left by a whole one."""

READ: Final = """
local time = redis.call('TIME')
local base = tonumber(redis.call('GET', KEYS[2])) or 0
local first = math.max(tonumber(ARGV[1]) - 1, base)
local entries = redis.call('LRANGE', KEYS[1], first - base, first - base + ARGV[2])
return {tonumber(time[1]), tonumber(time[2]), first, entries}
"""
"""KEYS: log, base. ARGV: position, most entries. Answers seconds, microseconds, the position of the first entry
that follows (the one before the asked position, if that is left), and entries."""


ENDS: Final = """
local ends = {}
for number, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local log, base = ARGV[1] .. ':log:' .. name, redis.call('GET', ARGV[1] .. ':base:' .. name)
  local last = redis.call('LINDEX', log, -1) or ''
  ends[number] = {name, (tonumber(base) or 0) + redis.call('LLEN', log), string.sub(last, 1, ARGV[2])}
end
return ends
"""
"""KEYS: sessions. ARGV: prefix, bytes of a stamp. Answers by session: name, length of its log, its last stamp."""


class RedisLog:
    """The logs of all sessions in one Redis, for one thread."""

    def __init__(self, link: RedisLink) -> None:
        """Read the time of Redis. Raises `MockError` SRV031 or SRV041."""
        self._link = link
        self.location = link.address
        self.clock = StoreClock(link)
        self.leases = RedisLeases(link)
        self.appended: set[str] = set()
        """Sessions that this server has written since they were last found to have nothing to deliver."""
        self._writer = secrets.token_bytes(STAMP_BYTES // 2)
        self._numbers = count(1)
        self._ends: dict[str, LogEnd] = {}
        """By session: the latest position that was read or appended up to, and the stamp of the entry before it."""

    def names(self) -> list[str]:
        """Return the names of the sessions that have entries, sorted. Raises `MockError` SRV031 or SRV041."""
        found = self._link.call("ZRANGE", self._link.key("sessions"), 0, -1)
        return sorted(name.decode(errors="replace") for name in found)

    def read(self, session: str, position: int) -> LogPart:
        """Return the entries of a session from a position on: one round trip where there are few.

        Raises `MockError` SRV031 if Redis is gone, SRV042 if the log has lost entries that this server knows.
        """
        entries: list[bytes] = []
        while True:
            position, batch = self._read_batch(session, position)
            entries += batch
            if len(batch) < MAX_READ:
                return LogPart(position, entries)

    def append(self, session: str, position: int, entry: bytes, kind: EntryKind = EntryKind.CHANGE) -> None:
        """Append an entry at a position, in one round trip; one that begins or ends a session cuts the log.

        Raises `LogConflict` with the missing entries, a thousand at most, if the log is longer. Raises `MockError`
        SRV031 if Redis is gone: the next `read` shows whether the entry is in. Raises SRV041 if Redis refuses it,
        SRV042 if the log has lost entries, SRV043 if the keys are another version's.
        """
        stamped = self._writer + next(self._numbers).to_bytes(STAMP_BYTES // 2) + entry
        own_keys = ("sessions", "schema", UNFOLLOWED)
        keys = [self._link.key("log", session), *map(self._link.key, own_keys), self._link.key("base", session)]
        before = self._stamp_before(session, position)
        arguments = (position, before, stamped, session, SCHEMA, MAX_READ, kind.value, ENDED_SECONDS, KEPT_ENTRIES)
        answer, *more = self._link.run(APPEND, keys, arguments)
        if answer == b"missing":
            missing, first, seconds, micros = more
            self.clock.set(seconds, micros)
            raise LogConflict(self._part(session, first, missing))
        if answer == b"schema":
            raise self._link.other_schema(more[0])
        if answer == b"lost":
            raise self._lost(session, position)
        self._ends[session] = (position + 1, stamped[:STAMP_BYTES])
        if kind is not EntryKind.END:
            self.appended.add(session)

    def exchange_options(self, options: str) -> str:
        """Keep the options that sessions begin with; returns those of the server before, empty for none of late.

        Raises `MockError` SRV031 or SRV041.
        """
        key = self._link.key("options")
        before: bytes = self._link.call("GETSET", key, options) or b""
        self._link.call("EXPIRE", key, ENDED_SECONDS)
        return before.decode(errors="replace")

    def forget(self, session: str) -> None:
        """Forget how far a session was known: it is read from its beginning next."""
        self._ends.pop(session, None)

    def outdated(self, sessions: Iterable[str]) -> dict[str, LogEnd | None]:
        """Return which of these and of all sessions have unknown entries, each with the end of its log.

        Raises `MockError` SRV031 or SRV041.
        """
        found = self._link.run(ENDS, [self._link.key("sessions")], (self._link.prefix, STAMP_BYTES))
        ends = {name.decode(errors="replace"): (length, stamp) for name, length, stamp in found}
        names = {*sessions, *ends}
        return {name: ends.get(name) for name in names if name not in ends or ends[name] != self._ends.get(name)}

    def note_used(self, sessions: Collection[str]) -> None:
        """Keep that sessions were just used. Raises `MockError` SRV031 or SRV041."""
        now = self.clock() // SECOND
        scores = [part for name in sessions for part in (now, name)]
        self._link.call("ZADD", self._link.key("sessions"), "XX", *scores)

    def unused(self, seconds: int) -> list[str]:
        """Return the ten sessions at most that were not used for the longest, and for so many seconds.

        Raises `MockError` SRV031 or SRV041.
        """
        latest = self.clock() // SECOND - seconds
        key = self._link.key("sessions")
        command = ("ZRANGEBYSCORE", key, "-inf", latest, "LIMIT", 0, MAX_UNUSED)
        found = self._link.call(*command)
        return [name.decode(errors="replace") for name in found]

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _stamp_before(self, session: str, position: int) -> bytes:
        """Return the stamp of the entry before a position; empty where it is not known."""
        end, stamp = self._ends.get(session, (0, b""))
        return stamp if end == position else b""

    def _read_batch(self, session: str, position: int) -> LogPart:
        keys = [self._link.key("log", session), self._link.key("base", session)]
        seconds, micros, first, found = self._link.run(READ, keys, (position, MAX_READ))
        self.clock.set(seconds, micros)
        if first < position:
            # The entry before the position shows that the log is still the same one.
            if not found or not found[0].startswith(self._stamp_before(session, position)):
                raise self._lost(session, position)
            del found[0]
        return self._part(session, max(first, position), found)

    def _part(self, session: str, first: int, found: Sequence[bytes]) -> LogPart:
        """Return stamped entries that begin at a position, and take note of the last one."""
        end = first + len(found)
        if found:
            self._ends[session] = (end, found[-1][:STAMP_BYTES])
        return LogPart(end, [each[STAMP_BYTES:] for each in found])

    def _lost(self, session: str, position: int) -> MockError:
        self._ends.pop(session, None)
        detail = f"the log of session {session!r} in {self._link.address} has lost some of its {position} entries"
        hint = "The session begins again at the next request; `appendonly yes` keeps a log over a restart of Redis."
        return refuse("SRV042", detail, hint)
