"""The interface of a session log: what a server must write down to have its sessions again, and to share them.

Theory of operation. State is a fold of inputs, so nothing but inputs is kept: a session's log is a sequence of entries,
each the outcome of one command (a create, a cancel, a moved clock, a delivery). Every process has the sessions in
memory and answers from there; before it acknowledges a command it appends the command's entry, and an append names the
position that it was made from. If another process was faster, the append is refused with the entries that are missing,
the process folds them into its memory and decides again. So one comparison of two numbers is all the agreement that
several servers need, and an acknowledged command is in the log, once.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from mockserver.core.instants import Instant

if TYPE_CHECKING:
    from mockserver.stores.redis_leases import RedisLeases


class EntryKind(Enum):
    """What an entry is for the log itself."""

    CHANGE = "change"
    BEGIN = "begin"
    """It begins an epoch: no reader needs what stands before it."""
    WHOLE = "whole"
    """It says what those before it have said: a reader needs them or it, and one that is not far behind has them."""
    END = "end"
    """It ends the session: no reader needs what stands before it, and itself only to know that there was one."""


class LogPart(NamedTuple):
    """Entries of a session that follow each other."""

    end: int
    """The position behind the last one."""
    entries: Sequence[bytes]


LogEnd = tuple[int, bytes]
"""The length of a shared log, and what no other log of that length ends with."""


class LogConflict(Exception):  # noqa: N818 -- a signal to decide again, not an error
    """The log has entries that the writer did not know; nothing was appended."""

    def __init__(self, missing: LogPart) -> None:
        super().__init__(f"{len(missing.entries)} entries were not known")
        self.missing = missing


class SessionLog(Protocol):
    """The logs of a server's sessions by name. Positions count a session's entries from 0."""

    @property
    def location(self) -> str:
        """The place of the logs, for messages."""

    def names(self) -> list[str]:
        """Return the names of the sessions that have entries."""

    def read(self, session: str, position: int) -> LogPart:
        """Return the entries of a session from a position on, or from the first one that is left."""

    def append(self, session: str, position: int, entry: bytes, kind: EntryKind = EntryKind.CHANGE) -> None:
        """Append an entry at a position, durably before this returns.

        Raises `LogConflict`, and appends nothing, if the log is longer. Raises MockError SRV031 if the log cannot be
        reached: whether the entry was appended is then unknown, and the next `read` shows.
        """

    def close(self) -> None:
        """Let go of the file or the connection."""


@runtime_checkable
class OwnLog(SessionLog, Protocol):
    """A log that no other process uses: it can drop entries, and keep the end of a session's journal now and then."""

    def forget_before(self, session: str, position: int) -> None:
        """Drop the entries before a position; those behind it keep their positions until the log is opened again."""

    def tail(self, session: str) -> bytes | None:
        """Return what was kept; None: nothing."""

    def keep_tail(self, session: str, tail: bytes) -> None:
        """Keep the end of a session's journal. Raises `MockError` SRV031 or SRV041."""


@runtime_checkable
class SharedLog(SessionLog, Protocol):
    """A log that several servers write."""

    appended: set[str]
    """Sessions that this server has written since its last round (`server.kept.follower`)."""

    def exchange_options(self, options: str) -> str:
        """Keep the options that sessions begin with; returns those of the server before, empty for none of late."""

    def forget(self, session: str) -> None:
        """Forget how far a session was known: it is read from its beginning next."""

    def outdated(self, sessions: Iterable[str]) -> dict[str, LogEnd | None]:
        """Return which of these and of all sessions have unknown entries, each with the end of its log.

        None: it has none any more. Raises `MockError` SRV031 or SRV041.
        """

    def note_used(self, sessions: Collection[str]) -> None:
        """Keep that sessions were just used. Raises `MockError` SRV031 or SRV041."""

    def unused(self, seconds: int) -> list[str]:
        """Return some of the sessions that no server has used for so long. Raises `MockError` SRV031 or SRV041."""

    @property
    def clock(self) -> Callable[[], Instant]:
        """The wall clock of all servers: the store's time."""

    @property
    def leases(self) -> "RedisLeases":
        """The leases of sessions: their holder makes the deliveries."""
