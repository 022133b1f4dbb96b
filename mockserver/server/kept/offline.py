"""A store without a server: its sessions are made, to be looked at, written to a file or shortened."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mockserver.core.instants import Instant
from mockserver.errors import MockError, refuse, refuse_unknown
from mockserver.scenario.compile import load_scenario
from mockserver.server.kept.changes import stores_json
from mockserver.server.kept.entry_json import encode_json
from mockserver.server.kept.readable import SERVER_LOG
from mockserver.server.kept.replica import SessionReplica, begin_entry, uploads_entries
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.waits import PendingRequests
from mockserver.server.session_entry import SessionEntry
from mockserver.server.session_import import checked_file, file_of, import_file
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.stores.sqlite import SqliteLog
from mockserver.stores.sqlite_reader import SqliteReader


@dataclass(frozen=True)
class OfflineStore:
    """The sessions of a store's file."""

    log: SqliteLog
    registry: SessionRegistry
    holds: HoldRegistry
    wall_now: Instant
    unread: Mapping[str, MockError]
    """Sessions that cannot be read, with the reason; empty for a store that is written to, which is refused then."""

    def entry(self, name: str) -> SessionEntry:
        """Return a session. Raises `MockError` ADM010, or SRV046 for one that cannot be read."""
        if name in self.unread:
            raise self.unread[name]
        entry = self.registry.entries.get(name)
        if entry is None:
            raise refuse_unknown("ADM010", "session", name, self.registry.names())
        return entry

    def exported(self, name: str) -> dict[str, Any]:
        """Return a session as a session file, however large. Raises what `entry` raises."""
        entry = self.entry(name)
        vendors = {vendor: stored["jobs"] for vendor, stored in stores_json(entry.session).items()}
        return file_of(entry, vendors, self.wall_now)

    def imported(self, value: Any, name: str | None) -> SessionEntry:
        """Make a session from a session file. Raises `MockError` ADM008 if the name is taken, SES006 for the file."""
        described = checked_file(value)
        name = name or described["name"]
        if name in self.registry.entries:
            raise refuse("ADM008", f"session {name!r} already exists", "give the import another name: --name")
        vendors = self.registry.settings.vendors
        scenarios = tuple(
            load_scenario(each["text"].encode(), vendors, file=each["file"]) for each in described["scenarios"]
        )
        import_file(self.registry, name, described, scenarios, self.wall_now)
        return self.entry(name)

    def compact(self) -> None:
        """Leave one entry of each session, which has everything, and none of a session that has ended."""
        for name in self.log.names():
            if name == SERVER_LOG:
                entries = uploads_entries(self.registry.scenarios.uploaded.values())
            elif name in self.registry.entries:
                entries = [begin_entry(self.registry.entries[name], self.holds, with_jobs=True)]
            else:
                entries = []
            self.log.replace(name, [encode_json(entry) for entry in entries])
        self.log.shrink()


@contextmanager
def offline_store(log: SqliteLog, settings: ServerSettings, wall_now: Instant) -> Iterator[OfflineStore]:
    """Make the sessions of a log within the block, and close it. Raises `MockError` SRV046 and SRV031.

    Who only reads gets the sessions that can be read.
    """
    unread: dict[str, MockError] = {}
    try:
        registry = SessionRegistry(settings)
        holds = HoldRegistry(PendingRequests(), lambda: wall_now)
        replica = SessionReplica(registry, log, holds, lambda session: None)
        registry.keeper = replica
        replica.read_all(wall_now, unread.__setitem__ if isinstance(log, SqliteReader) else None)
        yield OfflineStore(log, registry, holds, wall_now, unread)
    finally:
        log.close()
