"""Writes what changes in one epoch of one session to its log, before anybody hears of it.

Theory of operation. A commit of a store is one entry, together with every part of the session that has changed by then;
what an admin call or a moved clock changes is an entry of its own, written when the call is done (`settle`). A poll
that changes nothing writes nothing. If the log has entries of another server first, they are folded into the session,
and the request is decided again. If the log cannot be written, the session is put back as the log has it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver.engine.session import Session
from mockserver.engine.store import Store, VersionConflict
from mockserver.errors import MockError, refuse
from mockserver.server.kept.changes import change_json, replay_changes
from mockserver.server.kept.entry_json import decode_json, encode_json
from mockserver.server.kept.parts import SessionParts, restore_parts
from mockserver.server.kept.readable import readable
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.stores import logged_store
from mockserver.stores.log import EntryKind, LogConflict, LogPart, SessionLog
from mockserver.vendors.api import Era, StoreChange

Entry = Mapping[str, Any]
"""One entry of a log, decoded."""


class LogPositions:
    """A log, and how far this process knows each session of it."""

    def __init__(self, log: SessionLog) -> None:
        self.log = log
        self.known: dict[str, int] = {}
        """Entries by session that are known here."""
        self.beginnings: dict[str, int] = {}
        """By session: the position of the last entry that needs none before it."""

    def append(self, name: str, entry: Entry, kind: EntryKind = EntryKind.CHANGE) -> None:
        """Append an entry. Raises `LogConflict` if others are unknown here, `MockError` SRV031."""
        position = self.known.get(name, 0)
        self.log.append(name, position, encode_json(entry), kind)
        self.known[name] = position + 1
        if kind is not EntryKind.CHANGE:
            self.beginnings[name] = position

    def take(self, name: str, part: LogPart) -> list[Entry]:
        """Decode entries that follow the known ones, and count them as known. Raises `MockError` SRV046.

        One that has the whole session is left out for a reader that knows everything before it; of another one's
        entries, those before it are.
        """
        known, first = self.known.get(name, 0), part.end - len(part.entries)
        entries = [self._decoded(name, first + place, data) for place, data in enumerate(part.entries)]
        self.known[name] = part.end
        beginnings = [place for place, entry in enumerate(entries) if "begin" in entry or "ended" in entry]
        if beginnings:
            self.beginnings[name] = first + beginnings[-1]
        if known == first and known:
            return [entry for entry in entries if "whole" not in entry]
        return entries[beginnings[-1] :] if beginnings else entries

    def _decoded(self, name: str, position: int, data: bytes) -> Entry:
        with readable(self.log.location, name, f"entry {position}"):
            entry: Entry = decode_json(data)
            if not isinstance(entry, dict):
                raise TypeError(f"{type(entry).__name__} is no object")
            return entry

    def length(self, name: str) -> int:
        """Return how many entries stand behind the last one that needs none before it."""
        return self.known.get(name, 0) - self.beginnings.get(name, 0)

    def forget(self, name: str) -> None:
        """Forget how far a session is known."""
        self.known.pop(name, None)
        self.beginnings.pop(name, None)

    def read(self, name: str) -> list[Entry]:
        """Return the entries that are not known yet. Raises `MockError` SRV031."""
        return self.take(name, self.log.read(name, self.known.get(name, 0)))


class SessionRecorder:
    """Writes one epoch of one session."""

    def __init__(
        self,
        name: str,
        positions: LogPositions,
        holds: HoldRegistry,
        fold_missing: Callable[[str, Sequence[Entry]], None],
    ) -> None:
        self._name = name
        self._positions = positions
        self._holds = holds
        self._fold_missing = fold_missing
        """Folds entries of another server into the sessions of this one."""
        self._session: Session | None = None
        self._parts: SessionParts | None = None

    def make_store(self, era: Era) -> Store:
        """Return the store of a vendor; it writes nothing before `open`."""
        return logged_store(era, self._write)

    def open(self, session: Session) -> None:
        """Write from now on; the log has the session as it is."""
        self._session = session
        self._parts = SessionParts(session, self._holds)
        self._parts.note_saved()

    @property
    def is_settled(self) -> bool:
        """True if the log has the session as it is."""
        return self._parts is not None and not self._parts.changed()

    def close(self) -> None:
        """Write nothing any more: the epoch is over."""
        self._session = None
        self._parts = None

    def _write(self, vendor: str, changes: tuple[StoreChange, ...]) -> None:
        """Write the changes of a store; a `ChangeWriter`.

        Raises `MockError` SES003 if the epoch ended meanwhile, SRV031 if the log has too much that is unknown here.
        """
        session, parts = self._session, self._parts
        if session is None or parts is None:
            return
        context = session.context(vendor)
        state = parts.changed()
        entry: dict[str, Any] = {
            "vendor": vendor,
            "changes": [change_json(session, context, change) for change in changes],
            **passengers(session),
        }
        if state:
            entry["state"] = state
        try:
            self._positions.append(self._name, entry)
        except LogConflict as conflict:
            missing = self._positions.take(self._name, conflict.missing)
            self._fold_missing(self._name, missing)
            if self._session is None:
                raise _ended(session, missing) from None
            raise VersionConflict from None
        except MockError:
            parts.undo_counts()
            raise
        if state:
            parts.note_saved()

    def settle(self) -> None:
        """Write what has changed besides the stores, if anything has.

        Raises `MockError` SRV031 if the log cannot be written and SRV032 if another server has changed the same; the
        session is then as the log has it.
        """
        while self._session is not None and self._parts is not None:
            session, parts = self._session, self._parts
            state = parts.changed()
            if not state:
                return
            try:
                self._positions.append(self._name, {"state": state, **passengers(session)})
            except LogConflict as conflict:
                missing = self._positions.take(self._name, conflict.missing)
                self._merge(state, missing)
                continue
            except MockError:
                parts.undo()
                raise
            parts.note_saved()
            return

    def _merge(self, state: Mapping[str, Any], missing: Sequence[Entry]) -> None:
        """Fold what others wrote into a session with changes that are not written yet."""
        session = self._session
        others = {name for entry in missing for name in entry.get("state", ())}
        same = sorted(others & set(state) - {"counts"})
        if same and self._parts is not None:
            self._parts.undo()
        self._fold_missing(self._name, missing)
        if self._session is None and session is not None:
            raise _ended(session, missing)
        if same:
            detail = f"another server has changed {', '.join(same)} of session {self._name!r} at the same time"
            raise refuse("SRV032", detail, "nothing was changed here; repeat the call")

    def fold(self, entry: Entry) -> None:
        """Bring the session forward by one entry of another server."""
        session, parts = self._session, self._parts
        if session is None or parts is None:
            return
        fold_entry(session, self._holds, entry, is_live=True)
        parts.note_parts(entry.get("state", {}))


def passengers(session: Session) -> dict[str, Any]:
    """Return what travels with every entry, and is worth none of its own."""
    return {"requests": session.journal.seq, "deliveries": session.deliveries.log.seq, "url": session.base_url}


def restore_passengers(session: Session, entry: Entry) -> None:
    """Bring a session forward by the passengers of an entry."""
    session.journal.seq = max(session.journal.seq, entry["requests"])
    session.deliveries.log.seq = max(session.deliveries.log.seq, entry["deliveries"])
    session.base_url = entry["url"] or session.base_url


def fold_entry(session: Session, holds: HoldRegistry, entry: Entry, *, is_live: bool) -> None:
    """Bring a session forward by one entry. Raises `MockError` SES006 if it does not fit the session.

    `is_live`: the session may have listeners already.
    """
    if "changes" in entry:
        changes = replay_changes(session, entry["vendor"], entry["changes"])
        if is_live:
            session.after_commit(session.context(entry["vendor"]), changes)
    restore_parts(session, holds, entry.get("state", {}))
    restore_passengers(session, entry)
    if is_live and "state" in entry:
        session.journal.notify()


def _ended(session: Session, missing: Sequence[Entry]) -> MockError:
    """Return why a session can take no change any more, after what others wrote."""
    if any("whole" in entry and entry["begin"]["epoch"] == session.epoch for entry in missing):
        detail = f"this server was too far behind the others in session {session.name!r}, and has caught up now"
        return refuse("SRV031", detail, "send the request again: nothing has happened")
    detail = f"session {session.name!r} was reset or deleted while this request was being answered"
    return refuse("SES003", detail)
