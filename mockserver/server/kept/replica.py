"""The sessions of one server as its log has them: read at the start, written on, and brought up to date.

Theory of operation. A session's log begins with an entry `begin`: everything that its stores and timelines follow from,
and of an imported session its jobs too. Entries of changes and settings follow, until the next `begin` (a reset) or
`ended`. A reader needs only what stands behind the last `begin`. So a log that has become long gets a `begin` of the
same epoch, marked `whole`, which has everything and changes nothing. What belongs to no session, the uploaded
scenarios, stands in a log of its own, under a name that no session can have.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

from mockserver.core.clock import Clock, parse_clock_mode
from mockserver.core.instants import Instant
from mockserver.engine.journal import MAX_ENTRIES
from mockserver.engine.session import Session
from mockserver.engine.store import Store, VersionConflict
from mockserver.errors import MockError
from mockserver.scenario.model import Scenario
from mockserver.server.kept.changes import restore_limits, stores_json
from mockserver.server.kept.parts import all_parts, restore_parts
from mockserver.server.kept.readable import SERVER_LOG, readable
from mockserver.server.kept.recorder import (
    Entry,
    LogPositions,
    SessionRecorder,
    fold_entry,
    passengers,
    restore_passengers,
)
from mockserver.server.kept.tail import LIVE_ENTRIES, encode_tail, restore_tail
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.session_entry import SessionEntry
from mockserver.server.session_file import restore_jobs
from mockserver.server.session_keeper import UNREADABLE, SessionKeeper
from mockserver.server.sessions import SessionRegistry
from mockserver.stores.log import EntryKind, LogConflict, OwnLog, SessionLog
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era

MAX_CHANGES: Final = 1_000
"""Entries, beyond one for `BYTES_PER_CHANGE` of the jobs, after which one with a whole session takes their place."""
BYTES_PER_CHANGE: Final = 100
"""Bytes of memory: a create or an input takes more of them, so that a log of jobs alone stays as it is."""
MAX_WHOLE_BYTES: Final = 5_000_000
"""Bytes of memory of the jobs that one entry may have: no request is answered while it is written."""
MAX_SERVER_ENTRIES: Final = 1_000
"""Entries of that log, beyond two for each uploaded scenario, after which one with all scenarios takes their place."""


class SessionReplica(SessionKeeper):
    """Keeps the sessions of one server in a log."""

    def __init__(
        self, registry: SessionRegistry, log: SessionLog, holds: HoldRegistry, on_fold: Callable[[Session], None]
    ) -> None:
        super().__init__(registry.settings.make_store)
        self.holds = holds
        self._registry = registry
        self._positions = LogPositions(log)
        self._on_fold = on_fold
        """Called with each session that another server has changed."""
        self._recorders: dict[str, SessionRecorder] = {}
        """By name: those of the sessions in the registry."""
        self._beginning: dict[str, SessionRecorder] = {}
        """Those of epochs that have not begun yet."""
        self._tails: dict[str, int] = {}
        """Requests of a session when its journal was kept last."""
        self._server_entries = 0
        """Entries of the server's log since the last one that has all uploaded scenarios."""
        self._compiled: dict[tuple[str, str], Scenario] = {}
        """Scenarios of the log by file and text."""

    # What this server does

    def store_maker(self, name: str) -> Callable[[Era], Store]:
        """Return what makes the stores of a new epoch, which write nothing before it is kept."""
        self._beginning[name] = SessionRecorder(name, self._positions, self.holds, self.fold)
        return self._beginning[name].make_store

    def begun(self, entry: SessionEntry, *, with_jobs: bool = False) -> None:
        """Keep that a session, or its next epoch, has begun; `with_jobs`: it has more than its scenario's jobs.

        Raises `VersionConflict`, and keeps nothing, if the log has more of the session than this server knew; it is up
        to date then. Raises `MockError` SRV031.
        """
        name = entry.session.name
        described = begin_entry(entry, self.holds, with_jobs=with_jobs)
        try:
            self._positions.append(name, described, EntryKind.BEGIN)
        except LogConflict as conflict:
            self.fold(name, self._positions.take(name, conflict.missing))
            raise VersionConflict from None
        self._open(entry)

    def _open(self, entry: SessionEntry) -> None:
        """Write a session from now on, in the place of its epoch before."""
        name = entry.session.name
        before = self._recorders.get(name)
        if before is not None:
            before.close()
        self._recorders[name] = self._beginning.pop(name)
        self._recorders[name].open(entry.session)

    def ended(self, entry: SessionEntry, reason: str) -> None:
        """Keep that a session was deleted, or evicted for a reason. Raises `MockError` SRV031."""
        session = entry.session
        while session.name in self._recorders and self._registry.entries.get(session.name) is entry:
            try:
                self._positions.append(session.name, {"ended": session.epoch, "reason": reason}, EntryKind.END)
            except LogConflict as conflict:
                self.fold(session.name, self._positions.take(session.name, conflict.missing))
                continue
            self._recorders.pop(session.name).close()
            return

    def settle(self, session: Session) -> None:
        """Keep what a request or an admin call has changed in a session besides its jobs.

        Raises `MockError` SRV031 or SRV032: the session is then as the log has it.
        """
        recorder = self._recorders.get(session.name)
        if recorder is not None:
            recorder.settle()

    def uploaded(self, scenario: Scenario) -> None:
        """Keep that a scenario was uploaded. Raises `MockError` SRV031."""
        self._append_for_server({"uploaded": _scenario_json(scenario)})

    def removed(self, name: str) -> None:
        """Keep that an uploaded scenario was deleted. Raises `MockError` SRV031."""
        self._append_for_server({"removed": name})

    def _append_for_server(self, entry: Entry) -> None:
        uploaded = self._registry.scenarios.uploaded
        while True:
            try:
                if self._server_entries >= MAX_SERVER_ENTRIES + 2 * len(uploaded):
                    every = {"uploads": [_scenario_json(scenario) for scenario in uploaded.values()]}
                    self._positions.append(SERVER_LOG, every, EntryKind.BEGIN)
                    self._server_entries = 0
                self._positions.append(SERVER_LOG, entry)
                self._server_entries += 1
                return
            except LogConflict as conflict:
                self.fold(SERVER_LOG, self._positions.take(SERVER_LOG, conflict.missing))

    def keep_tails(self, most: int = LIVE_ENTRIES) -> None:
        """Keep the end of each journal that has grown, at most so many entries; if that fails, it is left."""
        log = self._positions.log
        if not isinstance(log, OwnLog):
            return
        for name, entry in self._registry.entries.items():
            session = entry.session
            if self._tails.get(name) == session.journal.seq or name not in self._recorders:
                continue
            try:
                log.keep_tail(name, encode_tail(session, most))
            except MockError:  # the log has said so
                return
            self._tails[name] = session.journal.seq

    def shorten_all(self) -> None:
        """Let one entry take the place of the log of each session that has become long; what fails is left."""
        with suppress(MockError):
            for entry in tuple(self._registry.entries.values()):
                self.shorten(entry)

    def shorten(self, entry: SessionEntry) -> None:
        """Keep the whole session as one entry if its log has become long. Raises `MockError` SRV031 or SRV041."""
        session, positions = entry.session, self._positions
        name = session.name
        jobs_bytes = sum(context.store.retained_bytes for context in session.contexts())
        if positions.length(name) <= MAX_CHANGES + jobs_bytes // BYTES_PER_CHANGE or jobs_bytes > MAX_WHOLE_BYTES:
            return
        recorder = self._recorders.get(name)
        if recorder is None or not recorder.is_settled:  # a move of the clock is under way: the next time
            return
        whole = {**begin_entry(entry, self.holds, with_jobs=True), "whole": True}
        try:
            positions.append(name, whole, EntryKind.WHOLE)
        except LogConflict as conflict:
            self.fold(name, positions.take(name, conflict.missing))
            return
        self._forget_before_beginning(name)

    def _forget_before_beginning(self, name: str) -> None:
        """Drop from a log of its own what stands before the last entry that needs none before it."""
        log, beginning = self._positions.log, self._positions.beginnings.get(name, 0)
        if beginning and isinstance(log, OwnLog):
            log.forget_before(name, beginning)

    def close(self) -> None:
        """Keep the journals, and let go of the log."""
        self._tails.clear()
        self.keep_tails(MAX_ENTRIES)
        self._positions.log.close()

    # What the log has

    def read_all(self, wall_now: Instant, on_unread: Callable[[str, MockError], None] | None = None) -> None:
        """Make every session that the log has, as it was. Raises `MockError` SRV031 or SRV046.

        `on_unread` gets the name of each session that cannot be read, with the reason; without it that is raised.
        """
        names = self._positions.log.names()
        for name in sorted(names, key=lambda name: name != SERVER_LOG):
            try:
                self._read_whole(name, wall_now)
            except MockError as error:
                if on_unread is None or error.problems[0].code != UNREADABLE:
                    raise
                on_unread(name, error)

    def _read_whole(self, name: str, wall_now: Instant) -> None:
        entries = self._positions.read(name)
        if name != SERVER_LOG:
            self._restore(name, entries, wall_now)
            return
        self.fold(name, entries)
        log = self._positions.log
        if self._server_entries < len(entries) and isinstance(log, OwnLog):
            log.forget_before(name, len(entries) - self._server_entries - 1)

    def fold(self, name: str, entries: Sequence[Entry]) -> None:
        """Bring a session of this server forward by entries that others wrote. Raises `MockError` SRV046."""
        for place, entry in enumerate(entries, -len(entries)):
            with self._readable(name, place):
                if name == SERVER_LOG:
                    self._fold_for_server(entry)
                elif "begin" in entry:
                    self._install(self._restored(name, entry, wall_now=entry["state"]["clock"][0]))
                elif "ended" in entry:
                    self._beginning.pop(name, None)
                    recorder = self._recorders.pop(name, None)
                    if recorder is not None:
                        recorder.close()
                    self._registry.forget(name, entry["ended"], entry["reason"])
                elif name in self._recorders:
                    self._recorders[name].fold(entry)
        session = self._registry.get(name)
        if session is not None:
            self._on_fold(session)

    def _fold_for_server(self, entry: Entry) -> None:
        uploaded = self._registry.scenarios.uploaded
        self._server_entries += 1
        if "uploads" in entry:
            self._server_entries = 0
            uploaded.clear()
        for written in entry.get("uploads", [entry["uploaded"]] if "uploaded" in entry else ()):
            scenario = self._scenario(written)
            uploaded[scenario.name] = scenario
        if "removed" in entry:
            uploaded.pop(entry["removed"], None)

    def _restore(self, name: str, entries: Sequence[Entry], wall_now: Instant) -> None:
        """Make a session from all entries of its log. Raises `MockError` SRV046 if that cannot be done, or SRV031."""
        log = self._positions.log
        begins = [place for place, entry in enumerate(entries, -len(entries)) if "begin" in entry or "ended" in entry]
        begin = begins[-1] if begins else -len(entries)
        with self._readable(name, begin):
            self._forget_before_beginning(name)
            if "ended" in entries[begin]:
                self._registry.forget(name, entries[begin]["ended"], entries[begin]["reason"])
                return
            restored = self._restored(name, entries[begin], wall_now)
        session = restored.session
        for place in range(begin + 1, 0):
            with self._readable(name, place):
                fold_entry(session, self.holds, entries[place], is_live=False)
        with readable(log.location, name, "its jobs or its journal"):
            self._install(restored)
            tail = log.tail(name) if isinstance(log, OwnLog) else None
            if tail is not None:
                restore_tail(session, tail)
        self._registry.count_memory(session, wall_now)

    def _readable(self, name: str, place: int) -> AbstractContextManager[None]:
        """Return the block in which an entry is read, by its place counted from the end of what is known of the log."""
        end = self._positions.known.get(name, 0)
        return readable(self._positions.log.location, name, f"entry {end + place}")

    def _install(self, restored: SessionEntry) -> None:
        """Put a session that was made from the log in its place, with the deliveries that are to come."""
        session = restored.session
        self._open(restored)
        self._registry.install(restored)
        for context, job in session.jobs():
            session.deliveries.reschedule(context, job)

    def _restored(self, name: str, entry: Entry, wall_now: Instant) -> SessionEntry:
        """Make the session that an entry `begin` describes."""
        begin = entry["begin"]
        registry = self._registry
        scenarios = tuple(map(self._scenario, begin["scenarios"]))
        clock = Clock(wall_now, int(begin["start"]))
        eras = self._eras(begin["eras"])
        make_store = self.store_maker(name)
        setup = registry.factory.make_setup(name, clock, scenarios, begin["seed"], eras, make_store=make_store)
        session = Session(setup, begin["epoch"])
        for vendor, stored in entry.get("stores", {}).items():
            restore_jobs(session, vendor, stored["jobs"])
        restore_limits(session, entry.get("stores", {}))
        restore_parts(session, self.holds, entry["state"])
        restore_passengers(session, entry)
        mode = begin["clock_mode"]
        return SessionEntry(
            session=session,
            scenarios=scenarios,
            seed=begin["requested_seed"],
            clock_mode=None if mode is None else parse_clock_mode(mode),
            eras=self._eras(begin["requested_eras"]),
            is_private=begin["is_private"],
            last_used=wall_now,
        )

    def _eras(self, dates: dict[str, str]) -> dict[str, Era]:
        known = self._registry.settings.vendors
        return {vendor: resolve_era(f"{vendor}@{date}", known) for vendor, date in dates.items()}

    def _scenario(self, written: dict[str, str]) -> Scenario:
        """Return the scenario of a text: the server's own one, if it has not changed since."""
        key = (written["file"], written["text"])
        if key not in self._compiled:
            self._compiled[key] = self._compile(*key)
        return self._compiled[key]

    def _compile(self, file: str, text: str) -> Scenario:
        # Imported late: a server without scenarios never reads YAML.
        from mockserver.scenario.compile import load_scenario

        settings = self._registry.settings
        scenario = load_scenario(text.encode("utf-8", "surrogateescape"), settings.vendors, file=file)
        playing = {own.name: own for own in settings.scenarios}
        own = playing.get(scenario.name) or settings.find_scenario(scenario.name)
        if own is None or own.path != file:
            return scenario
        if own.text == text:
            return own
        # The file has changed since: the session plays on what it began with, and the new text after a reset.
        self._registry.scenarios.reread[own.name] = own
        return scenario


def uploads_entries(scenarios: Iterable[Scenario]) -> list[Entry]:
    """Return the entries of the server's log that lead to these uploaded scenarios."""
    return [{"uploaded": _scenario_json(scenario)} for scenario in scenarios]


def begin_entry(entry: SessionEntry, holds: HoldRegistry, *, with_jobs: bool) -> dict[str, Any]:
    """Return the entry that a session is made from again; `with_jobs`: with everything in its stores."""
    session = entry.session
    setup = session.setup
    described: dict[str, Any] = {
        "begin": {
            "epoch": session.epoch,
            "scenarios": [_scenario_json(scenario) for scenario in entry.scenarios],
            "seed": setup.seed,
            "requested_seed": entry.seed,
            "clock_mode": None if entry.clock_mode is None else str(entry.clock_mode),
            "eras": {vendor: era.date for vendor, era in setup.eras.items()},
            "requested_eras": {vendor: era.date for vendor, era in entry.eras.items()},
            "is_private": entry.is_private,
            "start": session.start,
        },
        "state": all_parts(session, holds),
        **passengers(session),
    }
    if with_jobs:
        described["stores"] = stores_json(session)
    return described


def _scenario_json(scenario: Scenario) -> dict[str, str]:
    return {"file": scenario.path, "text": scenario.text}
