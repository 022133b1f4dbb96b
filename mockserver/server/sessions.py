"""The sessions of one server: created at the first request, reset, deleted, and evicted when there are too many.

A session's name stays when it is reset or deleted; its epoch counts up. A request may name the epoch that it belongs
to (`name@3`), so that a client which a former test left running gets 410 instead of another test's jobs.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from mockserver.core.clock import ClockMode
from mockserver.core.instants import SECOND, Instant, format_duration
from mockserver.core.wire import Request
from mockserver.engine.journal import StaleRequest
from mockserver.engine.session import Session
from mockserver.engine.store import VersionConflict
from mockserver.errors import MockError, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.memory_limit import format_size
from mockserver.server.scenario_catalogue import ScenarioCatalogue
from mockserver.server.session_entry import SessionEntry
from mockserver.server.session_factory import SessionFactory
from mockserver.server.session_keeper import SessionKeeper
from mockserver.server.settings import ServerSettings
from mockserver.vendors.api import Era

LOG: Final = logging.getLogger("mockserver")
DEFAULT_SESSION: Final = "default"
MAX_NAME_LENGTH: Final = 200
MAX_EPOCH_DIGITS: Final = 9
MAX_REMEMBERED_NAMES: Final = 10_000
"""Names of sessions that are gone, whose late requests get 410: those that went last."""
_EVICTED_SHARE: Final = 100
"""Of busy sessions, one in so many is evicted at a time, so that a full server does not search for each new one."""


class SessionRegistry:
    """All sessions of one server."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.factory = SessionFactory(settings)
        self.scenarios = ScenarioCatalogue(settings.find_scenario, settings.scenario_names)
        self.keeper = SessionKeeper(settings.make_store)
        """Called with what happens to sessions before anything else is."""
        self.entries: dict[str, SessionEntry] = {}
        """By name, without an epoch."""
        self._next_epochs: dict[str, int] = {}
        """Names of deleted sessions, with the epoch that comes next."""
        self._evictions: dict[str, str] = {}
        """Names of evicted sessions that were not created again, with the reason."""
        self.retained_bytes = 0
        """About how many bytes of memory all sessions take: as of the latest `count_memory` of each."""
        self.full_sessions: set[str] = set()
        """The names of sessions that take as much memory alone as all may together, as of the latest `count_memory`."""
        self.session_listeners: list[Callable[[Session], None]] = []
        """Called with each new session, and with the session of each new epoch."""

    def sessions_on_older(self, name: str) -> list[str]:
        """Return the names of the sessions that play an older version of a scenario."""
        return [
            entry.session.name
            for entry in self.entries.values()
            for scenario in entry.scenarios
            if not entry.is_private and scenario.name == name and scenario is not self.scenarios.newest(scenario)
        ]

    def note_broken(self, name: str, hint: str) -> None:
        """Give a hint with every answer of the sessions that play a scenario, until `note_usable`."""
        self.note_usable(name)
        self.scenarios.broken[name] = hint
        for session in self.sessions_playing(name):
            session.server_hints += 1

    def note_usable(self, name: str) -> None:
        """Take back `note_broken`."""
        if self.scenarios.broken.pop(name, None) is not None:
            for session in self.sessions_playing(name):
                session.server_hints -= 1

    def sessions_playing(self, name: str) -> list[Session]:
        """Return the sessions that play a scenario, in whichever version."""
        return [
            entry.session
            for entry in self.entries.values()
            if any(scenario.name == name for scenario in entry.scenarios)
        ]

    def hint_for(self, session: Session) -> str:
        """Return the hint about a broken scenario that a session plays; empty: there is none."""
        broken = self.scenarios.broken
        entry = self.entries.get(session.name)
        if not broken or entry is None:
            return ""
        return next((broken[scenario.name] for scenario in entry.scenarios if scenario.name in broken), "")

    def names(self) -> list[str]:
        """Return the names of the sessions."""
        return list(self.entries)

    def get(self, name: str) -> Session | None:
        """Return the session of that name, or None."""
        entry = self.entries.get(name)
        return None if entry is None else entry.session

    def touch_if_current(self, session: Session, wall_now: Instant) -> bool:
        """Return True if `session` is still registered, and mark it as used (which affects eviction)."""
        entry = self.entries.get(session.name)
        if entry is None or entry.session is not session:
            return False
        entry.last_used = wall_now
        return True

    def get_or_create(
        self, name: str, wall_now: Instant, scenario: Scenario | None = None, request: Request | None = None
    ) -> Session:
        """Return the session of that name, created if there is none; the epoch in `name@epoch` must be the present one.

        Raises MockError SES003 for another epoch; `request` is then noted as late in the session. Raises SES005 for a
        session that was evicted, SES001 for a name that no session can have.
        """
        plain = strip_epoch(name)
        entry = self.entries.get(plain)
        evicted = self.eviction_error(plain) if entry is None else None
        if evicted is not None:
            raise evicted
        if plain != name:
            epoch = int(name[len(plain) + 1 :])
            if entry is None or epoch != entry.session.epoch:
                if request is not None:
                    self.note_stale(plain, epoch, request, wall_now)
                raise self.epoch_error(plain, epoch)
        if entry is None:
            return self.create(plain, wall_now, scenario)
        entry.last_used = wall_now
        return entry.session

    def epoch_error(self, name: str, epoch: int) -> MockError:
        """Return SES003 for a request of an epoch that is not the session's present one."""
        entry = self.entries.get(name)
        latest = self.last_epoch(name) if entry is None else entry.session.epoch
        if epoch > latest:
            detail = f"session {name!r} has not reached epoch {epoch}"
            hint = f"the latest is {latest}" if latest else "it has not been created"
            return refuse("SES003", detail, f"{hint}; GET /__mock/sessions shows the epoch of each session")
        present = "was deleted" if entry is None else f"is in epoch {latest}"
        detail = f"session {name!r} {present}; this request belongs to epoch {epoch}"
        return refuse("SES003", detail, "it was sent before a reset, or by a client that a former test left running")

    def eviction_error(self, name: str) -> MockError | None:
        """Return SES005 for the name of a session that was evicted and not created again; None for other names."""
        reason = self._evictions.get(name)
        if reason is None:
            return None
        hint = f"POST /__mock/reset with X-Mock-Session: {name} begins it again, without its jobs"
        return refuse("SES005", f"session {name!r} was evicted: {reason}", hint)

    def note_stale(self, name: str, epoch: int, request: Request, wall_now: Instant) -> None:
        """Note a request of a former epoch in the journal of the present one, if there is such a session."""
        session = self.get(name)
        if session is not None and epoch < session.epoch:
            late = StaleRequest(session.clock.now(wall_now), epoch, request.method, request.path)
            session.journal.stale_requests.append(late)

    def last_epoch(self, name: str) -> int:
        """Return the last epoch of a deleted session; 0 if none of that name is known."""
        return self._next_epochs.get(name, 1) - 1

    def create(
        self,
        name: str,
        wall_now: Instant,
        scenario: Scenario | None = None,
        *,
        seed: str = "",
        clock_mode: ClockMode | None = None,
        eras: Mapping[str, Era] = MappingProxyType({}),
        is_private: bool = False,
    ) -> Session:
        """Create a session; its epochs continue those of a deleted one of that name.

        Without a scenario it plays the server's. `clock_mode` overrides the scenario's and the server's, `eras` the
        server's; `is_private`: the scenario is this session's own. Evicts other sessions if there are as many as there
        may be. Raises MockError SES001 for the name, SRV031 if the session cannot be kept.
        """
        scenarios = tuple(map(self.scenarios.newest, self.settings.scenarios))
        if scenario is not None:
            scenarios = (scenario,)
        entry = self.prepare(
            name, wall_now, scenarios, seed=seed, clock_mode=clock_mode, eras=eras, is_private=is_private
        )
        try:
            self.keeper.begun(entry)
        except VersionConflict:  # another server has created it, and it is here by now
            return self.get_or_create(name, wall_now)
        self.install(entry)
        return entry.session

    def prepare(
        self,
        name: str,
        wall_now: Instant,
        scenarios: tuple[Scenario, ...],
        *,
        seed: str,
        clock_mode: ClockMode | None,
        eras: Mapping[str, Era],
        is_private: bool,
        start: Instant | None = None,
    ) -> SessionEntry:
        """Make a session, and room for it: `install` puts it in its place once it is kept. Raises MockError SES001.

        `start` overrides that of the scenario and of the server.
        """
        check_name(name)
        if self.keeper.is_shared:
            self.keeper.refresh("")
        epoch = self._next_epochs.get(name, 1)
        self._make_room(wall_now)
        clock = self.factory.initial_clock(scenarios, clock_mode, wall_now)
        if start is not None:
            clock = replace(clock, session_start=start)
        setup = self.factory.make_setup(name, clock, scenarios, seed, eras, make_store=self.keeper.store_maker(name))
        return SessionEntry(
            session=Session(setup, epoch),
            scenarios=scenarios,
            seed=seed,
            clock_mode=clock_mode,
            eras=eras,
            is_private=is_private,
            last_used=wall_now,
        )

    def install(self, entry: SessionEntry) -> None:
        """Put a session that is kept in its place; one of that name ends."""
        session = entry.session
        before = self.entries.get(session.name)
        self._next_epochs.pop(session.name, None)
        self._evictions.pop(session.name, None)
        self.entries[session.name] = entry
        if before is not None:
            self.retained_bytes -= before.bytes_counted
            # Only now: a waiting request must find the new session in the registry when it wakes up.
            before.session.journal.notify()
            before.session.close()
        self._announce(session)

    def _announce(self, session: Session) -> None:
        """Prepare a session that was just made, and call the listeners."""
        if self.hint_for(session):
            session.server_hints += 1
        for listener in self.session_listeners:
            listener(session)

    def _make_room(self, wall_now: Instant) -> None:
        """Evict sessions if there are as many as there may be: all idle ones, else those not used for the longest."""
        most = self.settings.most_sessions
        if len(self.entries) < most:
            return
        oldest = self._oldest_first()
        idle = [entry for entry in oldest if entry.last_used <= wall_now - self.settings.idle]
        for entry in idle or oldest[: max(1, len(oldest) // _EVICTED_SHARE)]:
            self._evict(entry, f"the server keeps at most {most:,} sessions (--max-sessions)", wall_now)

    def _oldest_first(self) -> list[SessionEntry]:
        """Return the sessions in the order in which they are evicted: by last use, the default session at the end."""
        return sorted(self.entries.values(), key=lambda entry: (entry.session.name == DEFAULT_SESSION, entry.last_used))

    def _evict(self, entry: SessionEntry, limit: str, wall_now: Instant) -> None:
        unused = format_duration((wall_now - entry.last_used) // SECOND * SECOND)
        self._end(entry, f"{limit}, and this one had not been used for {unused}")

    def count_memory(self, session: Session, wall_now: Instant) -> None:
        """Take note of a session's present size, and evict others if all together are too large.

        Sessions go in the order of their last use, until a tenth of the limit is free.
        """
        entry = self.entries.get(session.name)
        if entry is None or entry.session is not session:
            return
        size = session.retained_bytes
        self.retained_bytes += size - entry.bytes_counted
        entry.bytes_counted = size
        most = self.settings.max_memory
        if size > most:
            self.full_sessions.add(session.name)
        else:
            self.full_sessions.discard(session.name)
        if self.retained_bytes <= most:
            return
        limit = f"all sessions together may take {format_size(most)} of memory (--max-memory)"
        for other in self._oldest_first():
            if self.retained_bytes <= most * 9 // 10:
                return
            if other is not entry:
                try:
                    self._evict(other, limit, wall_now)
                except MockError as error:  # it cannot be kept now: the next request tries again
                    LOG.warning("session %s is not evicted: %s", other.session.name, error)
                    return

    def check_room(self, session: Session, size: int) -> None:
        """Raise MockError SRV022 if a session would take more than the limit with `size` more bytes."""
        most = self.settings.max_memory
        if session.retained_bytes + size > most:
            held = format_size(session.retained_bytes)
            detail = f"session {session.name!r} takes {held} of memory; all sessions may take {format_size(most)}"
            raise refuse("SRV022", detail, "POST /__mock/reset empties it; serve --max-memory 4GB raises the limit")

    def delete(self, name: str) -> bool:
        """Delete a session; returns False if there is none. Requests for `name@epoch` get 410 from then on.

        Raises MockError SRV031 if that cannot be kept.
        """
        entry = self.entries.get(name)
        if entry is None:
            return False
        self._end(entry, "")
        return True

    def _end(self, entry: SessionEntry, reason: str) -> None:
        """Delete a session, or evict it for a reason."""
        self.keeper.ended(entry, reason)
        session = entry.session
        if self.entries.get(session.name) is entry:  # else another server has ended it first, and it is gone by now
            self.forget(session.name, session.epoch, reason)

    def forget(self, name: str, epoch: int, reason: str) -> None:
        """End a session of which it is kept that it ended; the reason is empty unless it was evicted."""
        entry = self.entries.pop(name, None)
        if entry is not None:
            entry.session.close()
            self.retained_bytes -= entry.bytes_counted
        self.full_sessions.discard(name)
        self._evictions.pop(name, None)
        if reason:
            self._evictions[name] = reason
            _drop_oldest(self._evictions)
        self._next_epochs[name] = epoch + 1
        _drop_oldest(self._next_epochs)
        if entry is not None:
            entry.session.journal.notify()

    def reset(self, name: str, wall_now: Instant) -> Session:
        """Begin a session's next epoch: the same scenario, seed and initial clock, and no jobs.

        A scenario that was uploaded again meanwhile is played in its newest version. An evicted session is created.
        """
        plain = strip_epoch(name)
        if self.keeper.is_shared:
            self.keeper.refresh("")
        if plain in self._evictions:
            return self.create(plain, wall_now)
        entry = self.entries[self.get_or_create(name, wall_now).name]
        before = entry.session
        scenarios = entry.scenarios
        if not entry.is_private:
            scenarios = tuple(map(self.scenarios.newest, scenarios))
        clock = self.factory.initial_clock(scenarios, entry.clock_mode, wall_now)
        make_store = self.keeper.store_maker(before.name)
        if scenarios == entry.scenarios:
            session = before.reset(clock, make_store)
        else:
            setup = self.factory.make_setup(
                before.name, clock, scenarios, entry.seed, entry.eras, make_store=make_store
            )
            session = Session(setup, before.epoch + 1)
        begun = replace(entry, session=session, scenarios=scenarios, bytes_counted=0)
        try:
            self.keeper.begun(begun)
        except VersionConflict:  # another server has changed the session, which is up to date by now
            return self.reset(name, wall_now)
        self.install(begun)
        return begun.session


def _drop_oldest(by_name: dict[str, Any]) -> None:
    """Drop what is known of the sessions that were deleted or evicted first, beyond the number remembered."""
    while len(by_name) > MAX_REMEMBERED_NAMES:
        del by_name[next(iter(by_name))]


def check_name(name: str) -> None:
    """Raise `MockError` SES001 for a name that no session can have."""
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise refuse("SES001", "a session's name is 1 to 200 printable characters", "X-Mock-Session: my-test")
    # Clients resolve `/s/../`, and `@1` marks an epoch.
    if name in (".", "..") or has_epoch(name):
        raise refuse("SES001", f"{name!r} is not a valid name of a session", "Write it like X-Mock-Session: my-test.")


def strip_epoch(name: str) -> str:
    """Return a session's name without its epoch."""
    return name.partition("@")[0] if has_epoch(name) else name


def has_epoch(name: str) -> bool:
    """Return True if a session's name ends in an epoch: `my-test@3`."""
    if name.count("@") != 1:
        return False
    epoch = name.partition("@")[2]
    return epoch.isdecimal() and epoch.isascii() and len(epoch) <= MAX_EPOCH_DIGITS
