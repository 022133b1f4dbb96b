"""`mockserver store` and `mockserver serve --store`."""

import json
import os
import signal

import pytest

from mockserver.server.clock import wall_clock
from mockserver.stores.sqlite import SqliteLog
from tests.support.fake_server import fake_server
from tests.support.paths import ROOT
from tests.support.shared_servers import call

VIDEO = {"model": "openai/sora-2", "prompt": "a cat"}


@pytest.fixture
def store(tmp_path):
    """Leave a store with two sessions, one of them reset, and one that was deleted."""
    path = tmp_path / "sessions.db"
    with fake_server(log=SqliteLog(path, wall_clock()), judged=False) as server:
        for _ in range(3):
            server.admin("jobs", {"vendor": "reap", "count": 4})
            server.admin("reset", {})
        server.admin("jobs", {"vendor": "reap", "count": 2})
        server.admin("limits", {"vendor": "reap", "limits": {"get": "1/1h"}})
        server.admin("sessions", {"name": "mine", "clock": "x60"})
        server.admin("sessions", {"name": "gone"})
        server.admin("sessions/gone", method="DELETE")
    return path


def test_info_lists_the_sessions(mockserver, store):
    first, titles, *rows = mockserver("store", "info", store).out.splitlines()
    assert first.startswith(f"{store}: 2 sessions, ")
    assert titles.split() == ["session", "scenario", "time", "epoch", "jobs", "entries", "size"]
    assert [row.split()[0] for row in rows] == ["default", "mine"]
    listed = json.loads(mockserver("store", "info", store, "--json").out)
    assert [(row["name"], row["epoch"], row["jobs"]) for row in listed["sessions"]] == [
        ("default", 4, 2),
        ("mine", 1, 0),
    ]


def test_a_session_goes_from_one_store_to_another(mockserver, store, tmp_path):
    assert mockserver("store", "export", store, "default", "-o", "one.json").code == 0
    result = mockserver("store", "import", store, "one.json", "--name", "copy")
    assert result.out == f"{store}: session copy with 2 jobs\n"
    exported = json.loads(mockserver("store", "export", store, "copy").out)
    assert exported["vendors"] == json.loads((tmp_path / "one.json").read_text())["vendors"]
    assert "ADM008" in mockserver("store", "import", store, "one.json").err
    (tmp_path / "empty.json").write_text("{}")
    refused = mockserver("store", "import", f"sqlite:{store}", "empty.json").err
    assert refused.startswith("empty.json: SES006 this is no session file")
    assert "ADM010" in mockserver("store", "export", store, "other").err


def test_a_compact_store_has_one_entry_a_session_and_everything_in_it(mockserver, store):
    result = mockserver("store", "compact", store)
    assert result.code == 0
    assert " became 2, " in result.out
    with fake_server(log=SqliteLog(store, wall_clock()), judged=False) as server:
        assert sorted(server.hub.names()) == ["default", "mine"]
        assert server.session().epoch == 4
        assert server.admin("jobs")["total"] == 2
        limits = server.admin("limits")["limits"]
        assert [row["limit"] for row in limits if (row["vendor"], row.get("operation")) == ("reap", "get")] == ["1/1h"]
        assert server.session("mine").clock.rate == 60
        server.admin("jobs", {"vendor": "reap", "count": 1})
    assert json.loads(mockserver("store", "info", store, "--json").out)["sessions"][0]["jobs"] == 3


def state_of(folder):
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def test_a_store_is_read_without_a_write_beside_it(mockserver, store):
    before = state_of(store.parent)
    listed = mockserver("store", "info", store).out
    exported = mockserver("store", "export", store, "default").out
    assert state_of(store.parent) == before
    assert mockserver("store", "compact", store).code == 0
    assert mockserver("store", "info", store).out.splitlines()[1:] != listed.splitlines()[1:]  # it has fewer entries
    again = json.loads(mockserver("store", "export", store, "default").out)
    assert again["vendors"] == json.loads(exported)["vendors"]


def test_what_a_server_that_was_killed_has_left_beside_its_file_is_read(mockserver, store, tmp_path):
    killed = tmp_path / "killed"
    killed.mkdir()
    with fake_server(log=SqliteLog(store, wall_clock()), judged=False) as server:
        server.admin("jobs", {"vendor": "reap", "count": 5})
        for file in store.parent.glob("sessions.db*"):
            (killed / file.name).write_bytes(file.read_bytes())
    rows = json.loads(mockserver("store", "info", killed / "sessions.db", "--json").out)["sessions"]
    assert rows[0]["jobs"] == 7


def test_a_file_that_is_no_store_is_not_made_one(mockserver, tmp_path):
    empty = tmp_path / "empty.db"
    empty.touch()
    result = mockserver("store", "info", empty)
    assert result.code == 2
    assert f"SRV034 {empty} is no store of mockserver" in result.err
    assert empty.stat().st_size == 0


def test_a_store_that_a_server_has_is_left_alone(mockserver, store):
    with fake_server(log=SqliteLog(store, wall_clock()), judged=False):
        result = mockserver("store", "info", store)
    assert result.code == 2
    assert f"SRV033 {store} is open in process {os.getpid()} on " in result.err


def test_a_store_that_is_not_there_is_not_made(mockserver, tmp_path):
    result = mockserver("store", "info", tmp_path / "none.db")
    assert result.code == 2
    assert "SRV034 there is no store" in result.err
    assert not (tmp_path / "none.db").exists()


def test_a_command_whose_server_cannot_reach_its_store_is_inconclusive(mockserver, store):
    with fake_server(log=SqliteLog(store, wall_clock()), judged=False) as server:
        moved = store.rename(store.with_name("moved.db"))
        result = mockserver("sessions", "create", "new", "--url", server.url)
        moved.rename(store)
        assert mockserver("sessions", "create", "mine", "--url", server.url).code == 2
    assert result.code == 3
    assert f"SRV031 the store {store} was deleted or moved" in result.err


def test_serve_keeps_its_sessions(serve, tmp_path, mockserver):
    server = serve("--port", "0", "--store", "sqlite:kept.db")
    assert mockserver("sessions", "create", "mine", "--url", server.url).code == 0
    assert server.stop(signal.SIGTERM).code == 0
    rows = json.loads(mockserver("store", "info", tmp_path / "kept.db", "--json").out)["sessions"]
    assert [row["name"] for row in rows] == ["mine"]
    again = serve("--port", "0", "--store", "sqlite:kept.db")
    assert "store      sqlite:kept.db: 1 session" in again.greeting


def test_the_greeting_and_the_page_say_which_sessions_go_on_as_they_began(serve, mockserver):
    store = ("--port", "0", "--store", "sqlite:kept.db")
    first = serve(*store, "--vendor", "phaseo@2026-06-11")
    for name in ("default", "a", "b", "c"):
        call(first.url, "POST", "/v1/videos", VIDEO, **{"X-Mock-Session": name})
    assert mockserver("sessions", "create", "d", "--clock", "manual", "--url", first.url).code == 0
    assert not [line for line in first.greeting if "as the store has them" in line]
    assert first.stop(signal.SIGTERM).code == 0

    again = serve(*store, "--vendor", "phaseo@2026-10-02", "--clock", "manual")
    (note,) = [line for line in again.greeting if "as the store has them" in line]
    assert note.startswith(
        "    note: sessions that go on as the store has them, not as the options say: default (phaseo@2026-06-11, clock"
    )
    assert note.endswith("b (phaseo@2026-06-11, clock real), and 2 more: `mockserver sessions` lists them")
    described = call(again.url, "GET", "/")[1]
    assert described["kept"] == {"default": ["phaseo@2026-06-11"], "other_sessions": 4}
    titles, *rows = mockserver("sessions", "--url", again.url).out.splitlines()
    assert titles.endswith("own eras")
    assert all(row.endswith("phaseo@2026-06-11") for row in rows)

    for name in ("default", "a", "b", "c", "d"):
        assert mockserver("sessions", "delete", name, "--url", again.url).code == 0
    assert "kept" not in call(again.url, "GET", "/")[1]
    assert mockserver("sessions", "create", "a", "--url", again.url).code == 0
    assert mockserver("sessions", "--url", again.url).out.splitlines()[1].endswith("-")


@pytest.mark.parametrize("location", ["postgres:x", "kept.db"])
def test_another_kind_of_store_is_refused_with_what_is_allowed(mockserver, location):
    result = mockserver("serve", "--store", location)
    assert result.code == 2
    assert "SRV035" in result.err
    assert "sqlite:PATH" in result.err


def test_a_store_may_be_named_as_for_serve(mockserver, store):
    assert mockserver("store", "info", f"sqlite:{store}").out.startswith(f"{store}: 2 sessions, ")
    refused = mockserver("store", "info", "redis://:secret@127.0.0.1/0")
    assert refused.code == 2
    assert "SRV035 redis: is no file, and `mockserver store` works on that of sqlite:PATH" in refused.err


def first_pack():
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    return page.partition("<!-- file: vendors/press.yaml -->\n```yaml\n")[2].partition("```")[0]


def test_without_the_pack_of_a_sessions_vendor_the_session_is_named(serve, tmp_path, mockserver):
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "press.yaml").write_text(first_pack())
    server = serve("--port", "0", "--store", "sqlite:kept.db", "--vendor", "press")
    assert mockserver("sessions", "create", "mine", "--url", server.url).code == 0
    assert server.stop(signal.SIGTERM).code == 0
    folder.rename(tmp_path / "elsewhere")
    for command in (("store", "info", "kept.db"), ("serve", "--port", "0", "--store", "sqlite:kept.db")):
        result = mockserver(*command)
        assert result.code == 2
        assert "SRV046 the store's session 'mine' cannot be read: no vendor 'press'" in result.err
        assert "start where the packs of its vendors are" in result.err


def test_serve_says_which_session_of_a_store_it_cannot_read(serve, store, mockserver):
    log = SqliteLog(store, wall_clock())
    log.replace("mine", [b'{"begin": {}}'])
    log.close()
    result = mockserver("serve", "--port", "0", "--store", f"sqlite:{store}")
    assert result.code == 2
    assert "SRV046 the store's session 'mine' cannot be read" in result.err


def test_the_other_sessions_of_a_damaged_store_are_listed_and_exported(serve, store, mockserver):
    server = serve("--port", "0", "--store", f"sqlite:{store}")
    for name in ("good", "bad"):
        assert mockserver("sessions", "create", name, "--url", server.url).code == 0
    assert server.stop(signal.SIGTERM).code == 0
    log = SqliteLog(store, wall_clock())
    log.replace("bad", [b'{"begin": {}}'])
    log.close()
    listed = mockserver("store", "info", str(store))
    assert listed.code == 2
    assert "good" in listed.out
    assert "bad" not in listed.out
    assert "SRV046 the store's session 'bad' cannot be read: 'scenarios' is missing" in listed.err
    as_json = json.loads(mockserver("store", "info", str(store), "--json").out)
    assert [(each["name"], each["code"]) for each in as_json["unreadable"]] == [("bad", "SRV046")]
    exported = mockserver("store", "export", str(store), "good")
    assert (exported.code, json.loads(exported.out)["name"]) == (0, "good")
    for command in (("export", str(store), "bad"), ("compact", str(store))):
        refused = mockserver("store", *command)
        assert refused.code == 2
        assert "SRV046 the store's session 'bad' cannot be read" in refused.err
