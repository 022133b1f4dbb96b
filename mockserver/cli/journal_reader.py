"""Reads a session's journal in pages and piece by piece, across resets.

A piece is read in the name of the session's epoch (`name@2`), so that reading neither creates a deleted session again
nor takes a new epoch for the old one: the server answers 410 instead, and the reader looks which of the two happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.cli.admin_hints import scope_note
from mockserver.client.admin import AdminClient
from mockserver.errors import MockError

_ENDED_CODES: Final = frozenset({"SES003", "SES005"})
"""The epoch was ended by a reset or a deletion, or the session was evicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which entries are read; None for all."""

    job: str | None = None
    operation: str | None = None
    status: int | None = None

    def query(self) -> dict[str, str]:
        """Return the parameters of the admin call."""
        given = {"job": self.job, "operation": self.operation, "status": self.status}
        return {name: str(value) for name, value in given.items() if value is not None}


class JournalBatch(NamedTuple):
    """The entries that came since the last batch."""

    entries: list[Mapping[str, Any]]
    remark: str = ""
    """What happened to the session, or whose journal it is from here on; empty for nothing."""
    is_last: bool = False
    """True if the session is gone."""


class JournalReader:
    """Reads the entries of a session after the entry number `since`."""

    def __init__(self, admin: AdminClient, chosen: JournalFilter, since: int) -> None:
        self._admin = admin
        self._chosen = chosen
        self._since = since
        self._name = admin.session
        self._epoch: int | None = None
        """The epoch that is read; None until the session exists."""
        self._note = ""
        """Whose journal was read last."""

    def read_all(self) -> dict[str, Any]:
        """Return the answer of the admin API with the entries of all its pages."""
        answer = self._read_page()
        entries = list(answer["entries"])
        while answer["total"] > len(answer["entries"]) > 0:
            answer = self._read_page()
            entries += answer["entries"]
        return {**answer, "total": len(entries), "entries": entries}

    def read_new(self) -> JournalBatch:
        """Return the entries since the last call."""
        if self._epoch is None:
            self._epoch = self._admin.get("sessions", read_epoch, {"name": self._name})
            if self._epoch is None:
                # Nothing has been sent to the default session yet.
                return JournalBatch([])
            self._admin.session = f"{self._name}@{self._epoch}"
        try:
            answer = self.read_all()
        except MockError as error:
            first = error.problems[0]
            if first.code not in _ENDED_CODES:
                raise
            return self._begin_next_epoch(first.message)
        note = scope_note(answer)
        if note == self._note:
            return JournalBatch(answer["entries"])
        self._note = note
        return JournalBatch(answer["entries"], note)

    def _begin_next_epoch(self, reason: str) -> JournalBatch:
        """Return what happened to the session whose epoch has ended; a reset session is read from its start."""
        self._admin.session = self._name
        epoch = self._admin.get("sessions", read_epoch, {"name": self._name})
        if epoch is None:
            return JournalBatch([], reason, is_last=True)
        self._since = 0
        self._epoch = None
        return JournalBatch([], f"session {self._name} was reset: epoch {epoch}")

    def _read_page(self) -> dict[str, Any]:
        """Return one answer, and remember its last entry. `total` counts entries that its list has no room for."""
        query = {**self._chosen.query(), "since": str(self._since)}
        answer = self._admin.get("journal", checked_journal, query)
        if answer["entries"]:
            self._since = int(answer["entries"][-1]["seq"])
        return answer


def read_epoch(answer: Any) -> int | None:
    """Return the epoch of the one session of an answer of `GET sessions`; None if it has none."""
    epochs = [int(session["epoch"]) for session in answer["sessions"]]
    return epochs[0] if epochs else None


def checked_journal(answer: Any) -> dict[str, Any]:
    """Return an answer of `GET journal`. Raises KeyError or TypeError for any other JSON."""
    for entry in answer["entries"]:
        int(entry["seq"])
    return {**answer, "total": int(answer["total"]), "stale": list(answer["stale"])}
