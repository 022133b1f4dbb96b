"""The log in one SQLite file: what is appended is there, once, and a file that cannot be used says why."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mockserver.core.instants import Instant, parse_instant
from mockserver.errors import MockError
from mockserver.stores import sqlite
from mockserver.stores.codes import CODES
from mockserver.stores.log import LogConflict, OwnLog
from mockserver.stores.open_log import open_log, sqlite_path
from mockserver.stores.sqlite import SCHEMA_VERSION, SqliteLog
from mockserver.stores.sqlite_reader import SqliteReader

NOW: Instant = parse_instant("2026-11-30T12:00:00Z") or 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(path, NOW)
    yield opened
    opened.close()


def reopened(log: SqliteLog) -> SqliteLog:
    log.close()
    return SqliteLog(log.path, NOW)


def limit_pages(log: SqliteLog, most: int) -> None:
    """Let the file be no larger than so many pages, or than it is: a disk of that size."""
    log._connection.execute(f"PRAGMA max_page_count={most}")


def problem(error: pytest.ExceptionInfo[MockError]) -> str:
    return str(error.value)


class TestEntries:
    def test_a_new_file_has_none(self, log: SqliteLog) -> None:
        assert isinstance(log, OwnLog)
        assert log.names() == []
        assert log.read("a", 0).entries == []

    def test_they_are_read_from_a_position_on(self, log: SqliteLog) -> None:
        for position, entry in enumerate((b"0", b"1", b"2")):
            log.append("a", position, entry)
        log.append("b", 0, b"x")
        assert log.names() == ["a", "b"]
        assert log.read("a", 1).entries == [b"1", b"2"]
        assert log.read("a", 3).entries == []

    def test_they_are_there_in_the_next_process(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        again = reopened(log)
        again.append("a", 1, b"1")
        assert again.read("a", 0).entries == [b"0", b"1"]
        again.close()

    def test_an_append_to_a_longer_log_is_refused_with_what_is_missing(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        log.append("a", 1, b"1")
        with pytest.raises(LogConflict) as conflict:
            log.append("a", 0, b"other")
        assert conflict.value.missing.entries == [b"0", b"1"]
        assert log.read("a", 0).entries == [b"0", b"1"]

    @pytest.mark.parametrize("dropped", [0, 1])
    def test_whatever_is_dropped_they_count_from_0_at_the_next_opening(self, log: SqliteLog, dropped: int) -> None:
        for position in range(3):
            log.append("a", position, str(position).encode())
        log.forget_before("a", dropped)
        again = reopened(log)
        assert again.read("a", 2 - dropped).entries == [b"2"]
        again.close()

    def test_those_before_a_position_can_be_dropped(self, log: SqliteLog) -> None:
        for position in range(4):
            log.append("a", position, str(position).encode())
        log.append("b", 0, b"x")
        log.forget_before("a", 2)
        assert log.read("a", 2).entries == [b"2", b"3"]
        log.append("a", 4, b"4")
        again = reopened(log)
        assert again.read("a", 1).entries == [b"3", b"4"]
        assert again.read("b", 0).entries == [b"x"]
        again.close()

    def test_they_can_be_replaced_and_removed(self, log: SqliteLog) -> None:
        for position in range(3):
            log.append("a", position, b"long " * 20_000)
        log.append("b", 0, b"x")
        log.keep_tail("b", b"journal")
        log.replace("a", [b"short"])
        log.replace("b", [])
        log.shrink()
        assert log.sizes() == [("a", 1, 5)]
        assert log.tail("b") is None
        assert log.path.stat().st_size < 100_000
        assert log.path.with_name("sessions.db-wal").stat().st_size == 0
        log.append("b", 0, b"again")
        assert log.read("b", 0).entries == [b"again"]
        assert log.names() == ["a", "b"]
        assert log.tail("b") is None


class TestTails:
    def test_there_is_none_at_first(self, log: SqliteLog) -> None:
        assert log.tail("a") is None

    def test_the_latest_is_kept(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        log.keep_tail("a", b"first")
        log.keep_tail("a", b"second")
        again = reopened(log)
        assert again.tail("a") == b"second"
        again.close()


class TestOneProcess:
    def test_a_second_one_is_told_who_has_the_file(self, log: SqliteLog) -> None:
        with pytest.raises(MockError) as error:
            SqliteLog(log.path, NOW)
        assert problem(error).startswith(f"SRV033 {log.path} is open in process {os.getpid()} on ")
        assert "since 2026-11-30T12:00:00Z" in problem(error)

    def test_without_the_file_beside_it_the_process_has_no_name(self, log: SqliteLog) -> None:
        log.path.with_name("sessions.db.owner").unlink()
        with pytest.raises(MockError, match="is open in another process"):
            SqliteLog(log.path, NOW)

    def test_a_store_that_is_closed_names_no_owner(self, log: SqliteLog) -> None:
        owner = log.path.with_name("sessions.db.owner")
        assert owner.exists()
        log.close()
        assert not owner.exists()

    def test_a_loss_of_power_takes_the_last_entries_at_most(self, log: SqliteLog) -> None:
        found = [log._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        assert found == ["wal", 1]

    def test_the_file_is_its_owners_alone(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        modes = {each.name: each.stat().st_mode & 0o077 for each in log.path.parent.glob("*.db*")}
        del modes["sessions.db.owner"]
        assert set(modes.values()) == {0}


class TestUnusableFiles:
    def test_a_folder_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(MockError, match="SRV034 cannot open the store"):
            SqliteLog(tmp_path / "none" / "sessions.db", NOW)

    def test_a_file_that_must_be_there(self, path: Path) -> None:
        with pytest.raises(MockError, match="SRV034 there is no store"):
            SqliteLog(path, NOW, create=False)
        assert not path.exists()

    def test_one_of_another_kind(self, path: Path) -> None:
        path.write_bytes(b"not a database " * 1000)
        with pytest.raises(MockError, match=r"SRV034 .* is no store, or is damaged"):
            SqliteLog(path, NOW)

    @pytest.mark.parametrize("mark", ["CREATE TABLE theirs (x)", "PRAGMA application_id=7"])
    def test_the_database_of_another_program(self, path: Path, mark: str) -> None:
        other = sqlite3.connect(path)
        other.execute(mark)
        other.close()
        with pytest.raises(MockError, match=r"SRV034 .* is the SQLite file of another program"):
            SqliteLog(path, NOW)

    def test_one_of_a_later_version(self, log: SqliteLog) -> None:
        log.close()
        later = sqlite3.connect(log.path)
        later.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
        later.close()
        with pytest.raises(MockError) as error:
            SqliteLog(log.path, NOW)
        assert f"has schema {SCHEMA_VERSION + 1}, and this version of mockserver knows {SCHEMA_VERSION}" in problem(
            error
        )

    def test_one_that_cannot_be_written(self, log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
        log.close()
        # The user of the tests may write everywhere: SQLite is asked for a connection that may not.
        connect = sqlite3.connect
        monkeypatch.setattr(
            sqlite.sqlite3, "connect", lambda path, **how: connect(f"file:{path}?mode=ro", uri=True, **how)
        )
        with pytest.raises(MockError, match="SRV034 cannot use the store"):
            SqliteLog(log.path, NOW)

    def test_damage_behind_its_head(self, log: SqliteLog) -> None:
        for position in range(50):
            log.append("a", position, b"x" * 1000)
        log.close()
        data = bytearray(log.path.read_bytes())
        data[4096 : 4096 * 10] = b"\xff" * (4096 * 9)
        log.path.write_bytes(data)
        with pytest.raises(MockError, match=r"SRV034 .* is damaged"):
            SqliteLog(log.path, NOW)

    def test_a_name_for_the_owner_that_is_no_file_matters_to_nobody(self, path: Path) -> None:
        path.with_name("sessions.db.owner").mkdir()
        SqliteLog(path, NOW).close()


class TestAFullDisk:
    def test_nothing_is_written_and_the_next_append_is_as_if_nothing_had_been(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        limit_pages(log, 1)
        with pytest.raises(MockError, match=r"SRV041 .* takes no more: database or disk is full"):
            log.append("a", 1, b"x" * 100_000)
        assert log.read("a", 0).entries == [b"0"]
        limit_pages(log, 1_000_000)
        log.append("a", 1, b"x" * 100_000)
        assert len(log.read("a", 0).entries) == 2

    def test_a_limit_of_the_systems_is_one_too(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
            with pytest.raises(MockError, match=r"SRV041 .* takes no more: disk I/O error"):
                log.append("a", 1, b"x" * 100_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        log.append("a", 1, b"x" * 100_000)
        again = reopened(log)
        assert len(again.read("a", 0).entries) == 2
        again.close()

    def test_what_stands_behind_the_primary_code_of_an_error_does_not_matter(self, log: SqliteLog) -> None:
        def fail() -> None:
            error = sqlite3.OperationalError("attempt to write a readonly database")
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
            raise error

        with pytest.raises(MockError, match="SRV041"):
            log._run(fail)


def test_a_file_that_is_damaged_while_it_is_open_takes_nothing_and_says_what_may_be_saved(log: SqliteLog) -> None:
    for position in range(50):
        log.append("a", position, b"x" * 1000)
    log._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    log._connection.execute("PRAGMA cache_size=0")
    with log.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(MockError, match=r"SRV031 .* malformed(.|\n)*\.recover"):
        log.append("a", 50, b"x" * 1000)


def test_a_file_that_is_closed_is_gone(log: SqliteLog) -> None:
    log.close()
    with pytest.raises(MockError, match=r"SRV031 .* cannot be used now"):
        log.append("a", 0, b"0")


def test_a_file_that_a_server_has_is_not_read_beside_it(log: SqliteLog) -> None:
    log.append("a", 0, b"1")
    log.close()
    with closing(SqliteReader(log.path, NOW)) as reader:
        assert reader.read("a", 0).entries == [b"1"]
    again = SqliteLog(log.path, NOW)  # it has written nothing yet
    with pytest.raises(MockError, match="SRV033"):
        SqliteReader(log.path, NOW)
    again.close()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("PRAGMA user_version=0", "has the older schema 0"),
        ("PRAGMA user_version=99", "has schema 99"),
        ("PRAGMA application_id=1", "is no store of mockserver"),
        ("DELETE FROM entries WHERE position = 1", "session 'a' lacks entries in the middle of its log"),
    ],
)
def test_a_reader_brings_nothing_up_to_date(log: SqliteLog, change: str, expected: str) -> None:
    for position in range(3):
        log.append("a", position, b"1")
    log.close()
    with closing(SqliteReader(log.path, NOW)) as reader:
        reader.forget_before("a", 2)
        assert len(reader.read("a", 0).entries) == 3
    connection = sqlite3.connect(log.path, isolation_level=None)
    connection.execute(change)
    connection.close()
    with pytest.raises(MockError, match=f"SRV034 .*{expected}"):
        SqliteReader(log.path, NOW)


class TestAFileThatIsMoved:
    """SQLite goes on with a file that has no name any more: what it takes would be lost."""

    def test_the_operator_is_told_once_that_it_is_gone_and_once_that_it_is_back(
        self, log: SqliteLog, caplog: pytest.LogCaptureFixture
    ) -> None:
        moved = log.path.rename(log.path.with_name("moved.db"))
        for _ in range(3):
            with pytest.raises(MockError, match="SRV031"):
                log.append("a", 0, b"1")
        (gone,) = caplog.messages
        assert gone == f"the store {log.path} was deleted or moved; requests get 503 until it is back"
        moved.rename(log.path)
        log.append("a", 0, b"1")
        log.append("a", 1, b"2")
        assert caplog.messages == [gone, f"the store {log.path} is back"]

    def test_one_that_is_deleted_takes_nothing_more(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        log.path.unlink()
        with pytest.raises(MockError, match=r"SRV031 the store .* was deleted or moved"):
            log.append("a", 1, b"1")
        with pytest.raises(MockError, match="SRV031"):
            log.keep_tail("a", b"journal")

    def test_one_that_comes_back_goes_on(self, log: SqliteLog) -> None:
        log.append("a", 0, b"0")
        moved = log.path.rename(log.path.with_name("moved.db"))
        with pytest.raises(MockError, match="SRV031"):
            log.append("a", 1, b"1")
        moved.rename(log.path)
        log.append("a", 1, b"1")
        again = reopened(log)
        assert again.read("a", 0).entries == [b"0", b"1"]
        again.close()

    def test_the_next_process_of_that_name_is_still_named(self, log: SqliteLog) -> None:
        log.path.rename(log.path.with_name("moved.db"))
        other = SqliteLog(log.path, NOW)
        log.close()
        assert log.path.with_name("sessions.db.owner").exists()
        with pytest.raises(MockError, match=f"is open in process {os.getpid()}"):
            SqliteLog(log.path, NOW)
        other.close()


class TestMigration:
    def test_every_step_is_written_down(self, log: SqliteLog) -> None:
        log.close()
        plain = sqlite3.connect(log.path)
        assert plain.execute("SELECT * FROM migrations").fetchall() == [(1, "2026-11-30T12:00:00Z")]
        plain.close()

    def test_an_older_file_is_brought_up_to_date(self, log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
        log.append("a", 0, b"0")
        log.close()
        step = sqlite.Migration(2, ("CREATE TABLE more (x)",))
        monkeypatch.setattr(sqlite, "MIGRATIONS", (*sqlite.MIGRATIONS, step))
        monkeypatch.setattr(sqlite, "SCHEMA_VERSION", 2)
        again = SqliteLog(log.path, NOW)
        assert again.read("a", 0).entries == [b"0"]
        again.close()
        plain = sqlite3.connect(log.path)
        assert plain.execute("SELECT version FROM migrations").fetchall() == [(1,), (2,)]
        plain.close()

    def test_one_that_fails_changes_nothing(self, log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
        log.close()
        step = sqlite.Migration(2, ("CREATE TABLE more (x)", "no SQL"))
        monkeypatch.setattr(sqlite, "MIGRATIONS", (*sqlite.MIGRATIONS, step))
        monkeypatch.setattr(sqlite, "SCHEMA_VERSION", 2)
        with pytest.raises(MockError, match="SRV034"):
            SqliteLog(log.path, NOW)
        plain = sqlite3.connect(log.path)
        assert plain.execute("PRAGMA user_version").fetchone() == (1,)
        assert plain.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
        plain.close()


class TestLocations:
    def test_memory_keeps_nothing(self) -> None:
        assert open_log("memory", NOW) is None

    def test_a_file_is_opened(self, path: Path) -> None:
        log = open_log(f"sqlite:{path}", NOW)
        assert isinstance(log, SqliteLog)
        assert log.path == path
        log.close()

    @pytest.mark.parametrize("name", [":memory:", "file:x.db?mode=memory", "a b%20c", "-x"])
    def test_a_name_that_sqlite_knows_is_a_file_all_the_same(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for position in range(2):
            log = open_log(f"sqlite:{name}", NOW)
            assert log is not None
            assert log.read("a", 0).end == position
            log.append("a", position, b"x")
            log.close()
        assert [each.name for each in tmp_path.iterdir()] == [name]

    def test_a_command_may_name_it_as_a_path_or_as_serve_does(self) -> None:
        assert sqlite_path("a/x.db") == sqlite_path("sqlite:a/x.db") == Path("a/x.db")
        for scheme in ("redis", "valkeys", "unix"):
            with pytest.raises(MockError, match=r"SRV035 .* is no file"):
                sqlite_path(f"{scheme}://127.0.0.1/0")

    def test_the_users_folder_has_its_usual_sign(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        log = open_log("sqlite:~/x.db", NOW)
        assert log is not None
        log.close()
        assert (tmp_path / "x.db").exists()

    def test_a_folder_is_no_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for location in ("sqlite:.", "sqlite:/", f"sqlite:{tmp_path}"):
            with pytest.raises(MockError, match=r"SRV034 .* is a folder, and a store is a file\n.*fake.db"):
                open_log(location, NOW)
        with pytest.raises(MockError, match="is a folder"):
            SqliteLog(tmp_path, NOW, create=False)

    def test_a_url_of_a_file_is_refused_with_both_paths_that_it_may_mean(self) -> None:
        with pytest.raises(MockError, match=r"SRV035 (.*\n).*Write sqlite:a/x.db or, from the root, sqlite:/a/x.db"):
            open_log("sqlite:///a/x.db", NOW)

    def test_a_path_alone_is_refused_with_the_location_that_it_may_mean(self) -> None:
        with pytest.raises(MockError, match=r"SRV035 .*\n.*Write sqlite:a/x.db for a file; --store takes"):
            open_log("a/x.db", NOW)

    @pytest.mark.parametrize("location", ["sqlite", "sqlite:", "postgres:x", "", "./file"])
    def test_anything_else_is_refused_with_what_is_allowed(self, location: str) -> None:
        with pytest.raises(MockError) as error:
            open_log(location, NOW)
        assert problem(error).startswith("SRV035 ")
        assert "sqlite:PATH" in problem(error)
        assert "memory" in problem(error)

    def test_a_redis_that_is_not_there_is_named(self) -> None:
        with pytest.raises(MockError, match="SRV031"):
            open_log("redis://127.0.0.1:1/0", NOW)


def test_every_code_of_the_stores_is_one_of_their_rooms() -> None:
    assert {"SRV031", "SRV033", "SRV034", "SRV035", "SRV041"} <= CODES.keys()
