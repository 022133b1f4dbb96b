"""A store without a server: its sessions are made, to be looked at, written to a file or shortened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mockserver.core.instants import Instant
from mockserver.errors import refuse, refuse_unknown
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


@dataclass(frozen=True)
class OfflineStore:
    """The sessions of a store's file."""

    log: SqliteLog
    registry: SessionRegistry
    holds: HoldRegistry
    wall_now: Instant

    def entry(self, name: str) -> SessionEntry:
        """Return a session. Raises `MockError` ADM010."""
        entry = self.registry.entries.get(name)
        if entry is None:
            raise refuse_unknown("ADM010", "session", name, self.registry.names())
        return entry

    def exported(self, name: str) -> dict[str, Any]:
        """Return a session as a session file, however large. Raises `MockError` ADM010."""
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
    """Make the sessions of a log within the block, and close it. Raises `MockError` SRV046 and SRV031."""
    try:
        registry = SessionRegistry(settings)
        holds = HoldRegistry(PendingRequests(), lambda: wall_now)
        replica = SessionReplica(registry, log, holds, lambda session: None)
        registry.keeper = replica
        replica.read_all(wall_now)
        yield OfflineStore(log, registry, holds, wall_now)
    finally:
        log.close()
