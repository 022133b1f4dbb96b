"""The sessions of one server as a log has them that other servers write too.

A session is read when it is first asked for here, and brought up to date before each answer: one round trip to the
store, which is what makes reads linearizable. A session that is evicted leaves this server's memory and not the log.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.kept.entry_json import encode_json
from mockserver.server.kept.readable import SERVER_LOG, last_epoch
from mockserver.server.kept.replica import SessionReplica
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.session_entry import SessionEntry
from mockserver.server.session_keeper import reason_unread
from mockserver.server.sessions import MAX_REMEMBERED_NAMES, SessionRegistry
from mockserver.stores.log import EntryKind, LogConflict, LogEnd, SharedLog

UNUSED_DAYS: Final = 30
"""Days after which a session ends that no server has used."""


class _UnreadLog(NamedTuple):
    """The log of a session that cannot be read."""

    end: LogEnd | None
    error: MockError


class SharedReplica(SessionReplica):
    """Keeps the sessions of one server in a log that it shares with others."""

    is_shared = True

    def __init__(
        self, registry: SessionRegistry, log: SharedLog, holds: HoldRegistry, on_fold: Callable[[Session], None]
    ) -> None:
        super().__init__(registry, log, holds, on_fold)
        self._log = log
        self._ended: dict[str, None] = {}
        """Sessions that have ended, the latest at the end."""
        self._unread: dict[str, _UnreadLog] = {}
        """The sessions that the latest `refresh_all` could not read."""

    def read_all(self, wall_now: Instant, on_unread: Callable[[str, MockError], None] | None = None) -> None:
        """Read the uploaded scenarios; a session is read when it is asked for. Raises `MockError` SRV031."""
        self.refresh(SERVER_LOG)

    def refresh(self, name: str) -> None:
        """Bring a session up to date. Raises `MockError` SRV031, SRV046, or SRV042: then the session is forgotten."""
        is_here = name == SERVER_LOG or self._registry.get(name) is not None
        try:
            entries = self._positions.read(name)
        except MockError as error:
            if error.problems[0].code == "SRV042":
                self._drop(name)
                if not is_here:
                    # It has ended so long ago that the entry of its end is gone too.
                    self.refresh(name)
                    return
            raise
        if not entries:
            return
        if is_here:
            self.fold(name, entries)
            return
        with self._dropped_unless_read(name):
            self._restore(name, entries, self._log.clock())
            restored = self._registry.get(name)
            if restored is None:
                self._note_ended(name)
            else:
                self._on_fold(restored)

    def refresh_all(self) -> Mapping[str, MockError]:
        """Bring every session of the log up to date, which is no use of one; returns why others cannot be read.

        Raises `MockError` SRV031 or SRV042.
        """
        entries = self._registry.entries
        unread: dict[str, _UnreadLog] = {}
        for name, end in sorted(self._log.outdated(entries).items()):
            before = self._unread.get(name)
            if before is not None and before.end == end:
                # Nothing was written since it could not be read: to read a long log takes time.
                unread[name] = before
                continue
            is_new = name not in entries
            error = reason_unread(partial(self.refresh, name))
            if error is not None:
                unread[name] = _UnreadLog(end, error)
            if is_new and name in entries:
                entries[name].last_used = 0
        self._unread = unread
        return {name: log.error for name, log in unread.items()}

    def fold(self, name: str, entries: Sequence[Any]) -> None:
        """Bring a session of this server forward by entries that others wrote. Raises `MockError` SRV046."""
        with self._dropped_unless_read(name):
            super().fold(name, entries)
        session = self._registry.get(name)
        if session is not None:
            session.not_before = session.clock.now(self._log.clock())
        elif name != SERVER_LOG:
            self._note_ended(name)

    def end_unused(self, name: str) -> None:
        """End a session on all servers that none has used for long. Raises what `refresh` raises."""
        self.refresh(name)
        entry = self._registry.entries.get(name)
        if entry is not None:
            reason = f"no server had used it for {UNUSED_DAYS} days"
            super().ended(entry, reason)
            self._registry.forget(name, entry.session.epoch, reason)
            self._note_ended(name)

    def end_unread(self, name: str) -> None:
        """End a session on all servers, whatever its log has. Raises `MockError` SRV031 or SRV041."""
        is_ended = False
        while not is_ended:
            part = self._log.read(name, 0)
            end = encode_json({"ended": last_epoch(part.entries), "reason": ""})
            with suppress(LogConflict):  # another server has written meanwhile
                self._log.append(name, part.end, end, EntryKind.END)
                is_ended = True
        self._drop(name)

    def ended(self, entry: SessionEntry, reason: str) -> None:
        """Keep that a session was deleted; one that is evicted, for a reason, goes from this server's memory alone."""
        name = entry.session.name
        if not reason:
            super().ended(entry, reason)
            self._note_ended(name)
            return
        self._forget(name)

    def _note_ended(self, name: str) -> None:
        """Forget of the sessions that ended long ago how far their logs were known."""
        self._ended.pop(name, None)
        self._ended[name] = None
        if len(self._ended) > MAX_REMEMBERED_NAMES:
            oldest = next(iter(self._ended))
            del self._ended[oldest]
            if self._registry.get(oldest) is None:
                self._forget(oldest)

    @contextmanager
    def _dropped_unless_read(self, name: str) -> Iterator[None]:
        """Let a session that cannot be read be read from its beginning next, rather than taken for read."""
        try:
            yield
        except BaseException:
            self._drop(name)
            raise

    def position(self, name: str) -> int:
        """Return how many entries of a session are known here."""
        return self._positions.known.get(name, 0)

    def _drop(self, name: str) -> None:
        """Forget what is known of a session, and the session."""
        self._forget(name)
        session = self._registry.get(name)
        if session is not None:
            self._registry.forget(name, session.epoch, "")
        if name == SERVER_LOG:
            self._registry.scenarios.uploaded.clear()

    def _forget(self, name: str) -> None:
        """Forget how far the log of a session is known, and write it no more."""
        self._positions.forget(name)
        self._log.forget(name)
        recorder = self._recorders.pop(name, None)
        if recorder is not None:
            recorder.close()
