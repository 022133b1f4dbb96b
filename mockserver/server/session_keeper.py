"""Keeps what happens to sessions, so that they outlive the server; by default it keeps nothing.

A call returns when its event is kept, or raises: then the event has not happened.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.engine.session import Session
from mockserver.engine.store import Store
from mockserver.errors import MockError
from mockserver.scenario.model import Scenario
from mockserver.server.session_entry import SessionEntry
from mockserver.vendors.api import Era

UNREADABLE: Final = "SRV046"
"""The code of a session that cannot be read."""


class SessionKeeper:
    """Keeps nothing: every session ends with the server."""

    is_shared: bool = False
    """True if other servers have the same sessions: `refresh` comes before each answer."""

    def __init__(self, make_store: Callable[[Era], Store]) -> None:
        self._make_store = make_store

    def store_maker(self, name: str) -> Callable[[Era], Store]:
        """Return what makes the stores of a new session, or of a session's next epoch."""
        return self._make_store

    def begun(self, entry: SessionEntry, *, with_jobs: bool = False) -> None:
        """Keep that a session, or its next epoch, has begun; `with_jobs`: it has more than its scenario's jobs."""

    def ended(self, entry: SessionEntry, reason: str) -> None:
        """Keep that a session was deleted, or evicted for a reason."""

    def end_unread(self, name: str) -> None:
        """End a session that cannot be read, on all servers."""

    def settle(self, session: Session) -> None:
        """Keep what a request or an admin call has changed in a session besides its jobs."""

    def uploaded(self, scenario: Scenario) -> None:
        """Keep that a scenario was uploaded."""

    def removed(self, name: str) -> None:
        """Keep that an uploaded scenario was deleted."""

    def refresh(self, name: str) -> None:
        """Bring a session up to date with what other servers have done; the empty name: the uploaded scenarios."""

    def refresh_all(self) -> Mapping[str, MockError]:
        """Bring every session up to date; returns why others cannot be read, by name."""
        return {}

    def close(self) -> None:
        """Keep what is only kept at the end."""


def reason_unread(read: Callable[[], None]) -> MockError | None:
    """Read what a store has of a session; returns why it cannot be read. Raises the store's other errors."""
    try:
        read()
    except MockError as error:
        if error.problems[0].code != UNREADABLE:
            raise
        return error
    return None


def unreadable_json(unread: Mapping[str, MockError]) -> dict[str, Any]:
    """Return `{unreadable}`, a member of each answer about all sessions: those that it is not about; empty: none."""
    if not unread:
        return {}
    problems = {name: error.problems[0] for name, error in unread.items()}
    listed = [
        {"name": name, "code": problem.code, "detail": problem.message, "hint": problem.hint}
        for name, problem in problems.items()
    ]
    return {"unreadable": listed}
