"""The sessions of one server as a log has them that other servers write too.

A session is read when it is first asked for here, and brought up to date before each answer: one round trip to the
store, which is what makes reads linearizable. A session that is evicted leaves this server's memory and not the log.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mockserver.core.instants import Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.kept.parts import HoldKeeper
from mockserver.server.kept.replica import SERVER_LOG, SessionReplica
from mockserver.server.session_entry import SessionEntry
from mockserver.server.sessions import SessionRegistry
from mockserver.stores.log import SharedLog


class SharedReplica(SessionReplica):
    """Keeps the sessions of one server in a log that it shares with others."""

    is_shared = True

    def __init__(
        self, registry: SessionRegistry, log: SharedLog, holds: HoldKeeper, on_fold: Callable[[Session], None]
    ) -> None:
        super().__init__(registry, log, holds, on_fold)
        self._log = log

    def read_all(self, wall_now: Instant) -> None:
        """Read the uploaded scenarios; a session is read when it is asked for. Raises `MockError` SRV031."""
        self.refresh(SERVER_LOG)

    def refresh(self, name: str) -> None:
        """Bring a session up to date. Raises `MockError` SRV031, SES006, or SRV042: then the session is forgotten."""
        try:
            entries = self._positions.read(name)
        except MockError as error:
            if error.problems[0].code == "SRV042":
                self._drop(name)
            raise
        if not entries:
            return
        try:
            if name == SERVER_LOG or self._registry.get(name) is not None:
                self.fold(name, entries)
            else:
                self._restore(name, entries, self._log.clock())
                restored = self._registry.get(name)
                if restored is not None:
                    self._on_fold(restored)
        except BaseException:
            # It is read once more, from the beginning, rather than taken for read.
            self._drop(name)
            raise

    def refresh_all(self) -> None:
        """Bring every session of the log up to date. Raises what `refresh` raises."""
        for name in self._log.names():
            self.refresh(name)

    def fold(self, name: str, entries: Sequence[Any]) -> None:
        """Bring a session of this server forward by entries that others wrote."""
        super().fold(name, entries)
        session = self._registry.get(name)
        if session is not None:
            session.not_before = session.clock.now(self._log.clock())

    def ended(self, entry: SessionEntry, reason: str) -> None:
        """Keep that a session was deleted; one that is evicted, for a reason, goes from this server's memory alone."""
        if not reason:
            super().ended(entry, reason)
            return
        name = entry.session.name
        self._positions.known.pop(name, None)
        recorder = self._recorders.pop(name, None)
        if recorder is not None:
            recorder.close()

    def position(self, name: str) -> int:
        """Return how many entries of a session are known here."""
        return self._positions.known.get(name, 0)

    def _drop(self, name: str) -> None:
        """Forget what is known of a session."""
        self._positions.known.pop(name, None)
        recorder = self._recorders.pop(name, None)
        if recorder is not None:
            recorder.close()
        session = self._registry.get(name)
        if session is not None:
            self._registry.forget(name, session.epoch, "")
        if name == SERVER_LOG:
            self._registry.scenarios.uploaded.clear()
