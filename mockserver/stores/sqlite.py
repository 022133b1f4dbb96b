"""Session logs in one SQLite file, which one process at a time has open.

Theory of operation. An append is one transaction in SQLite's write-ahead log. It is in the operating system's hands
when the append returns, so that no end of the process loses it (`synchronous=NORMAL`: only a loss of power can take the
last ones, and never one from the middle). The connection keeps the file's lock: a second process is refused, with the
name of the process that has the store, from a file beside it. The kernel takes the lock from a process that ends,
however it ends.
"""

import os
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.errors import MockError, refuse
from mockserver.stores.log import EntryKind, LogConflict, LogPart
from mockserver.stores.outages import OutageLog

APPLICATION_ID: Final = 0x6D6F636B
"""What the file's header names as its program: `mock`."""
DAMAGE_HINT: Final = "use another file; `sqlite3 FILE .recover` may save the entries of a damaged one"
BUSY_HINT: Final = "stop that process, or use another file"


class Migration(NamedTuple):
    """One step from a schema to the next."""

    version: int
    """The schema's version after it."""
    statements: tuple[str, ...]


MIGRATIONS: Final = (
    Migration(
        1,
        (
            "CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied TEXT NOT NULL)",
            "CREATE TABLE sessions (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
            """CREATE TABLE entries (
                session INTEGER REFERENCES sessions, position INTEGER, entry BLOB NOT NULL,
                PRIMARY KEY (session, position)
            ) WITHOUT ROWID""",
            "CREATE TABLE tails (session INTEGER PRIMARY KEY REFERENCES sessions, tail BLOB NOT NULL)",
        ),
    ),
)
"""Every schema that there was, in order."""
SCHEMA_VERSION: Final = MIGRATIONS[-1].version


class SessionSize(NamedTuple):
    """How much a store has of one session."""

    name: str
    entries: int
    bytes: int


class SqliteLog:
    """The logs of a server's sessions (a `stores.log.OwnLog`) in one file."""

    unusable_hint = "the file and its folder must be writable, and the disk must have room"

    def __init__(self, path: Path, wall_now: Instant, *, create: bool = True) -> None:
        """Open the file, and bring its schema up to date; `create`: make it if it is missing.

        `wall_now` is written down as the time of the opening. Raises `MockError` SRV033 if another process has it,
        SRV034 if it cannot be used.
        """
        self.path = path
        self.location = str(path)
        self._outages = OutageLog(self.location)
        self._opened = rfc3339(wall_now)
        self._owner_path = path.parent / f"{path.name}.owner"
        self._ids: dict[str, int] = {}
        if path.is_dir():
            hint = f"name a file in it: {path / 'fake.db'}"
            raise refuse("SRV034", f"{path} is a folder, and a store is a file", hint)
        if not create and not path.is_file():
            raise refuse("SRV034", f"there is no store {path}", "`mockserver serve --store sqlite:PATH` makes one")
        self._connection = self._connect()
        try:
            with self._readable():
                self._prepare()
                self._ids = dict(self._connection.execute("SELECT name, id FROM sessions"))
        except BaseException:
            self._connection.close()
            raise

    # Opening

    def _prepare(self) -> None:
        """Take the file for this process, and bring it up to date."""
        self._lock()
        self._migrate()
        self._check_positions()
        self._number_entries()
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": self._opened}
        with suppress(OSError):  # it only serves a message
            self._owner_path.write_bytes(orjson.dumps(owner))

    def _connect(self) -> sqlite3.Connection:
        try:
            # Webhook secrets and API keys are in it.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._identity = self._find_identity()
            # The event loop alone uses it, but a test's server runs in another thread than the one that opens it.
            # SQLite takes `:memory:` and `file:` for no paths: an absolute one begins with neither.
            return sqlite3.connect(self.path.absolute(), timeout=0, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            hint = "the store's folder must exist and be writable: SQLite keeps files beside its own"
            raise refuse("SRV034", f"cannot open the store {self.path}: {error}", hint) from error

    def _find_identity(self) -> tuple[int, int]:
        """Return which file has the path now. Raises OSError."""
        found = self.path.stat()
        return found.st_dev, found.st_ino

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn SQLite's errors at the opening into `MockError` SRV033 and SRV034."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if _code(error) == sqlite3.SQLITE_BUSY:
                raise refuse("SRV033", f"{self.path} is open in {self._owner()}", BUSY_HINT) from error
            raise refuse("SRV034", f"cannot use the store {self.path}: {error}", self.unusable_hint) from error
        except sqlite3.DatabaseError as error:
            raise refuse("SRV034", f"{self.path} is no store, or is damaged: {error}", DAMAGE_HINT) from error

    def _lock(self) -> None:
        """Take the file's lock for as long as the connection is open."""
        connection = self._connection
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION_ID and (application or tables):
            raise refuse("SRV034", f"{self.path} is the SQLite file of another program", "use another file")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")

    def _check_version(self) -> int:
        """Return the schema's version. Raises `MockError` SRV034 for a later one than is known."""
        version: int
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            message = f"{self.path} has schema {version}, and this version of mockserver knows {SCHEMA_VERSION}"
            raise refuse("SRV034", message, "open it with the version that wrote it, or a later one")
        return version

    def _migrate(self) -> None:
        version = self._check_version()
        for migration in MIGRATIONS[version:]:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                for statement in migration.statements:
                    self._connection.execute(statement)
                self._connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.version, self._opened))
                self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version={migration.version}")

    def _check_positions(self) -> None:
        """Raise `DatabaseError` for a session that lacks entries between others."""
        select = (
            "SELECT name FROM sessions JOIN entries ON session = id GROUP BY id"
            " HAVING max(position) - min(position) >= count(*)"
        )
        for (name,) in self._connection.execute(select):
            raise sqlite3.DatabaseError(f"session {name!r} lacks entries in the middle of its log")

    def _number_entries(self) -> None:
        """Let the positions of each session begin at 0."""
        first = "SELECT session, min(position) FROM entries GROUP BY session HAVING min(position) > 0"
        for session, position in self._connection.execute(first).fetchall():
            # In the order of their positions, so that none takes a position that is not free yet.
            move = "UPDATE entries SET position = position - ? WHERE session = ? AND position = ?"
            rows = "SELECT position FROM entries WHERE session = ? ORDER BY position"
            places = [(position, session, place) for (place,) in self._connection.execute(rows, (session,))]
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(move, places)

    def _owner(self) -> str:
        """Return who has the store, for the message to a second process."""
        try:
            owner = orjson.loads(self._owner_path.read_bytes())
            return f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    # A `SessionLog`

    def names(self) -> list[str]:
        """Return the names of the sessions that have entries. Raises `MockError` SRV031 or SRV041."""
        return [size.name for size in self.sizes()]

    def read(self, session: str, position: int) -> LogPart:
        """Return the entries of a session from a position on. Raises `MockError` SRV031 or SRV041."""
        select = "SELECT entry FROM entries WHERE session = ? AND position >= ? ORDER BY position"
        rows = self._run(lambda: self._execute(select, (self._ids.get(session), position)))
        return LogPart(position + len(rows), [entry for (entry,) in rows])

    def append(self, session: str, position: int, entry: bytes, kind: EntryKind = EntryKind.CHANGE) -> None:
        """Append an entry; what no reader needs any more goes at a later start (`forget_before`).

        Raises `LogConflict` if the log is longer, `MockError` SRV031 or SRV041 if it cannot be written.
        """
        insert = "INSERT INTO entries VALUES (?, ?, ?)"
        try:
            self._run(lambda: self._execute(insert, (self._id(session), position, entry)))
        except sqlite3.IntegrityError:
            raise LogConflict(self.read(session, position)) from None

    def close(self) -> None:
        """Close the file, and let other processes have it."""
        self._connection.close()
        with suppress(OSError):
            if self._find_identity() == self._identity:  # else it is the owner of another file
                self._owner_path.unlink()

    # What only a file can do

    def tail(self, session: str) -> bytes | None:
        """Return what was kept of a session's journal; None: nothing. Raises `MockError` SRV031 or SRV041."""
        select = "SELECT tail FROM tails WHERE session = ?"
        rows: list[tuple[bytes]] = self._run(lambda: self._execute(select, (self._ids.get(session),)))
        return rows[0][0] if rows else None

    def keep_tail(self, session: str, tail: bytes) -> None:
        """Keep the end of a session's journal, and nothing else of it. Raises `MockError` SRV031 or SRV041."""
        insert = "INSERT OR REPLACE INTO tails VALUES (?, ?)"
        self._run(lambda: self._execute(insert, (self._id(session), tail)))

    def sizes(self) -> list[SessionSize]:
        """Return how much there is of each session, the oldest first. Raises `MockError` SRV031 or SRV041."""
        select = (
            "SELECT name, count(*), sum(length(entry)) FROM sessions JOIN entries ON session = id"
            " GROUP BY id ORDER BY id"
        )
        return [SessionSize(*row) for row in self._run(lambda: self._execute(select, ()))]

    def replace(self, session: str, entries: Sequence[bytes]) -> None:
        """Put these entries in the place of a session's; none: it goes. Raises `MockError` SRV031 or SRV041."""
        number = self._run(lambda: self._id(session))

        def rewrite() -> None:
            """Delete and insert in one transaction."""
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute("DELETE FROM entries WHERE session = ?", (number,))
                rows = [(number, position, entry) for position, entry in enumerate(entries)]
                self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
                if not rows:
                    self._connection.execute("DELETE FROM tails WHERE session = ?", (number,))
                    self._connection.execute("DELETE FROM sessions WHERE id = ?", (number,))

        self._run(rewrite)
        if not entries:
            del self._ids[session]

    def forget_before(self, session: str, position: int) -> None:
        """Drop the entries before a position, which no reader needs. Raises `MockError` SRV031 or SRV041.

        Those behind it keep their positions as long as the file is open; at the next opening they count from 0.
        """
        delete = "DELETE FROM entries WHERE session = ? AND position < ?"
        self._run(lambda: self._execute(delete, (self._ids[session], position)))

    def shrink(self) -> None:
        """Give the room of what was replaced back to the disk. Raises `MockError` SRV031 or SRV041."""
        self._run(lambda: self._execute("VACUUM", ()))
        self._run(lambda: self._execute("PRAGMA wal_checkpoint(TRUNCATE)", ()))

    def _id(self, session: str) -> int:
        """Return the number of a session, made at its first entry."""
        number = self._ids.get(session)
        if number is None:
            insert = "INSERT INTO sessions (name) VALUES (?) RETURNING id"
            ((number,),) = self._execute(insert, (session,))
            self._ids[session] = number
        return number

    def _execute(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        return self._connection.execute(statement, parameters).fetchall()

    def _run(self, work: "Callable[[], Any]") -> Any:
        """Do some work on the file. Raises `MockError` SRV031 or SRV041: nothing is changed then."""
        try:
            done = self._attempt(work)
        except MockError as error:
            self._outages.note_gone(error.problems[0].message)
            raise
        self._outages.note_back()
        return done

    def _attempt(self, work: "Callable[[], Any]") -> Any:
        try:
            is_there = self._find_identity() == self._identity
        except OSError:
            is_there = False
        if not is_there:
            # SQLite would go on writing a file that no later process finds.
            raise refuse(
                "SRV031", f"the store {self.path} was deleted or moved", "put it back, or start the server again"
            )
        try:
            return work()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary error code; 0 for an error of the module itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _unusable(path: Path, error: sqlite3.Error) -> MockError:
    is_full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_WRITE  # a quota, or a limit of file sizes
    if is_full or _code(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY):
        hint = "make room on the disk, or the file writable, and send the request again"
        return refuse("SRV041", f"the store {path} takes no more: {error}", hint)
    hint = DAMAGE_HINT if _code(error) == sqlite3.SQLITE_CORRUPT else "send the request again"
    return refuse("SRV031", f"the store {path} cannot be used now: {error}", hint)
