"""A session log in memory: for tests, and as the smallest example of the interface."""

from mockserver.stores.log import EntryKind, LogConflict, LogPart


class MemoryLog:
    """The logs of a server's sessions (a `stores.log.SessionLog`); several servers may share one."""

    location = "memory"

    def __init__(self) -> None:
        self._entries: dict[str, list[bytes]] = {}

    def names(self) -> list[str]:
        """Return the names of the sessions that have entries."""
        return list(self._entries)

    def read(self, session: str, position: int) -> LogPart:
        """Return the entries of a session from a position on."""
        entries = self._entries.get(session, [])
        return LogPart(len(entries), entries[position:])

    def append(self, session: str, position: int, entry: bytes, kind: EntryKind = EntryKind.CHANGE) -> None:
        """Append an entry. Raises `LogConflict` if the log is longer."""
        entries = self._entries.setdefault(session, [])
        if position < len(entries):
            raise LogConflict(self.read(session, position))
        entries.append(entry)

    def close(self) -> None:
        """Do nothing: the entries are as long there as the log."""
