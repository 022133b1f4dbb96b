"""Session logs in a SQLite file that is only read: nothing is written beside it, so a medium may be read-only."""

import sqlite3
from pathlib import Path

from mockserver.core.instants import Instant
from mockserver.errors import refuse
from mockserver.stores.sqlite import APPLICATION_ID, SCHEMA_VERSION, SqliteLog


class SqliteReader(SqliteLog):
    """The logs of a server's sessions in one file, as they are: positions may begin behind 0."""

    unusable_hint = "copy the file, with its PATH-wal if there is one, to a folder that can be written"

    def __init__(self, path: Path, wall_now: Instant) -> None:
        """Open the file. Raises `MockError` SRV033 if a server has it, SRV034 if it cannot be read."""
        super().__init__(path, wall_now, create=False)

    def _connect(self) -> sqlite3.Connection:
        self._identity = self._find_identity()
        log = self.path.with_name(f"{self.path.name}-wal")
        # SQLite makes files beside one that it reads, unless it knows that the file does not change. A server that
        # has the file, or was killed, has left entries in the log beside it.
        mode = "mode=ro" if log.is_file() else "immutable=1"
        with self._readable():
            return sqlite3.connect(f"{self.path.absolute().as_uri()}?{mode}", uri=True, timeout=0, isolation_level=None)

    def _prepare(self) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            raise refuse("SRV034", f"{self.path} is no store of mockserver", "use another file")
        version = self._check_version()
        if version < SCHEMA_VERSION:
            message = f"{self.path} has the older schema {version}"
            raise refuse("SRV034", message, "start `mockserver serve` with it once, which brings it up to date")
        self._check_positions()

    def forget_before(self, session: str, position: int) -> None:
        """Do nothing: a reader leaves what is there."""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
