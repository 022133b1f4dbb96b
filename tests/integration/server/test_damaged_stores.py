"""What of a store or of a session file was cut or changed is named, wherever it is; nothing of it is a traceback."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli.commands.store import open_store, open_to_write, session_rows
from mockserver.errors import MockError
from mockserver.server.clock import wall_clock
from mockserver.stores.sqlite import SqliteLog
from tests.support.dice import Dice
from tests.support.fake_server import fake_server

VIDEO = {"model": "openai/sora-2", "prompt": "a cat"}
KEY = {"Authorization": "Bearer key"}
TAIL = -1
"""Stands for the end of the journal, among the places of entries."""
GONE = object()
ODD = (None, True, -1, 10**30, 0.5, float("inf"), "", "text", "\ud800", [], {}, [[]], {"a": 1}, GONE, GONE)
DRAWS = 250


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Leave a store with a session that has something of everything."""
    path = tmp_path / "one.db"
    with fake_server("phaseo@2026-06-11", log=SqliteLog(path, wall_clock())) as server:
        jobs = [server.request("POST", "/v1/videos", VIDEO, KEY).json["id"] for _ in range(2)]
        server.request("POST", f"/v1/videos/{jobs[0]}/cancel", headers=KEY)
        server.admin("clock", {"advance": "3s"})
        server.admin("faults", {"vendor": "phaseo", "on": "get", "do": {"status": 500, "body": "x"}})
        server.admin("webhooks", {"vendor": "phaseo", "url": "http://127.0.0.1:9/"})
        server.admin("limits", {"vendor": "phaseo", "limits": {"create": "10/1m"}})
        server.admin("holds", {"operation": "get"})
    return path


def entries_of(store: Path) -> list[bytes]:
    log = SqliteLog(store, wall_clock())
    entries = [*log.read("default", 0).entries, log.tail("default") or b""]
    log.close()
    return entries


def put(store: Path, entries: list[bytes]) -> None:
    """Write entries, and the end of a journal, in the place of those of the session."""
    log = SqliteLog(store, wall_clock())
    log.replace("default", entries[:TAIL])
    log.keep_tail("default", entries[TAIL])
    log.close()


def problem_of(store: Path) -> str:
    """Return the text of the problem that the store has, empty if it can be read."""
    try:
        with open_store(store) as opened:
            list(session_rows(opened))
            json.dumps(opened.exported("default"), default=list)
    except MockError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("place", "data", "expected"),
    [
        (1, b'{"vendor": "pha', "it is damaged: Unterminated string"),
        (1, b'{"\x80', "it is damaged: 'utf-8' codec can't decode"),
        (1, b"7", "it is damaged: int is no object"),
        (1, b'{"vendor": "phaseo", "changes": [["job", {}]]}', "/phaseo/counted: this member is missing"),
        (2, b"{}", "'requests' is missing"),
        (0, b"{}", "'begin' is missing"),
    ],
)
def test_an_entry_is_named_with_its_place(store: Path, place: int, data: bytes, expected: str) -> None:
    entries = entries_of(store)
    entries[place] = data
    put(store, entries)
    problem = problem_of(store)
    assert problem.startswith(f"SRV046 the store's session 'default' cannot be read: {expected}")
    assert f"(entry {place} in {store})\n    `mockserver store export` saves the other sessions; put a copy" in problem


def test_an_entry_that_is_gone_is_missed(store: Path) -> None:
    connection = sqlite3.connect(store)
    connection.execute("DELETE FROM entries WHERE position = 2")
    connection.commit()
    connection.close()
    expected = f"SRV034 {store} is no store, or is damaged: session 'default' lacks entries in the middle of its log"
    assert problem_of(store).startswith(expected)


def test_the_end_of_a_journal_is_named(store: Path) -> None:
    put(store, [*entries_of(store)[:TAIL], b"{"])
    assert f"(its jobs or its journal in {store})" in problem_of(store)
    with open_store(store) as opened:
        assert list(session_rows(opened)) == [], "a session is not listed that is only half there"


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*place, key))


def changed(value: Any, dice: Dice) -> Any:
    """Return a JSON value with one thing in it that is another one, or gone."""
    value = json.loads(json.dumps(value))
    *way, last = dice.choice(list(places(value))[1:])
    inner = value
    for key in way:
        inner = inner[key]
    new = dice.choice(ODD)
    if new is GONE:
        del inner[last]
    else:
        inner[last] = new
    return value


def test_no_change_of_a_store_is_a_bug(store: Path) -> None:
    whole, dice = entries_of(store), Dice("store")
    problems = []
    for _ in range(DRAWS):
        entries = list(whole)
        place = dice.number(0, len(entries) - 1)
        entries[place] = json.dumps(changed(json.loads(entries[place]), dice)).encode()
        put(store, entries)
        problems.append(problem_of(store))
    found = {problem[:6] for problem in problems}
    assert found == {"", "SRV046"}


def test_no_change_of_a_session_file_is_a_bug(store: Path, tmp_path: Path) -> None:
    with open_store(store) as opened:
        exported = json.loads(json.dumps(opened.exported("default"), default=list))
    dice = Dice("file")
    codes = set()
    for _ in range(DRAWS):
        copy = tmp_path / "copy.db"
        copy.write_bytes(store.read_bytes())
        try:
            with open_store(copy, open_to_write) as opened:
                opened.imported(changed(exported, dice), "copy")
            with open_store(copy) as opened:
                json.dumps(opened.exported("copy"), default=list)
        except MockError as error:
            codes.add(error.problems[0].code)
    assert "SES006" in codes
    assert not any(code.startswith("SRV") for code in codes)
