"""Scenario files that change while a server runs: played from then on, or refused while the last good one goes on."""

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.server.activity import Activity, ScenarioLoaded, ScenarioRefused
from mockserver.server.scenario_watch import FileStamps, ScenarioReloader, scenarios_watched
from tests.support.fake_server import FakeServer, fake_server

KEY = {"Authorization": "Bearer key"}
CREATE = {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}
HEAD = "scenario: late\nvendor: phaseo@2026-06-11\n"
SLOW = f"{HEAD}timeline:\n  - queued: 1h\n  - processing: 1h\n  - completed\n"
QUICK = f"{HEAD}timeline:\n  - queued: 1s\n  - processing: 1s\n  - completed\n"
BROKEN = f"{HEAD}timeline:\n  - queued: 1s\n  - procesing: 1s\n  - completed\n"


class Watched:
    """A server that plays a file, which the test writes and has read again."""

    def __init__(self, server: FakeServer, path: Path) -> None:
        self.server = server
        self.path = path
        self.reported: list[Activity] = []
        self.reloader = ScenarioReloader(server.app)

    def write(self, text: str) -> Activity:
        """Write the file, have it read again, and return what is reported."""
        self.path.write_text(text, encoding="utf-8")
        self.reloader.use(self.reloader.read(self.path))
        return self.reported[-1]

    def create(self, **headers: str) -> str:
        """Create a video; return its id."""
        job: str = self.server.request("POST", "/v1/videos", CREATE, {**KEY, **headers}).json["id"]
        return job

    def status(self, job: str, after: str = "10s") -> str:
        """Return a video's status after a time."""
        self.server.advance(after)
        status: str = self.server.request("GET", f"/v1/videos/{job}", headers=KEY).json["status"]
        return status


@pytest.fixture
def watched(tmp_path) -> Iterator[Watched]:
    """Serve a slow scenario by default, from a file."""
    path = tmp_path / "late.yaml"
    path.write_text(SLOW, encoding="utf-8")
    scenario = load_scenario(path, installed_vendors())
    with fake_server(scenarios=(scenario,), known=[scenario], judged=False) as server:
        world = Watched(server, path)
        server.app.watch(world.reported.append)
        yield world


def test_a_changed_file_is_played_in_a_new_epoch_of_each_session_that_plays_it(watched):
    job = watched.create()
    watched.create(**{"X-Mock-Session": "t1"})
    loaded = watched.write(QUICK)
    assert isinstance(loaded, ScenarioLoaded)
    assert sorted(loaded.sessions) == ["default@2", "t1@2"]
    assert watched.server.request("GET", f"/v1/videos/{job}", headers=KEY).status == 404
    assert watched.status(watched.create()) == "completed"
    assert watched.server.request("GET", "/s/default@1/v1/videos", headers=KEY).status == 410


def test_a_new_file_that_was_never_good_has_no_last_good_version(watched):
    own, other = watched.path, watched.path.with_name("other.yaml")
    watched.path = other
    refused = watched.write(BROKEN)
    assert refused.consequence() == "no session can play other until it is corrected"
    watched.write(SLOW)
    assert watched.write(BROKEN).consequence() == "the last good version of other is played"
    watched.path = own
    assert watched.write(BROKEN).consequence() == "the last good version of late is played"


def test_a_file_that_a_session_plays_was_good(tmp_path):
    path = tmp_path / "late.yaml"
    path.write_text(SLOW, encoding="utf-8")
    with fake_server(known=[load_scenario(path, installed_vendors())], judged=False) as server:
        world = Watched(server, path)
        server.app.watch(world.reported.append)
        assert not world.write(BROKEN).was_good
        server.admin("sessions", {"name": "t1", "scenario": "late"})
        assert world.write(BROKEN).was_good


def test_a_new_session_and_a_key_get_the_changed_file(watched):
    watched.write(QUICK)
    for headers in ({"X-Mock-Session": "t2"}, {"Authorization": "Bearer scenario:late#t3"}):
        watched.create(**headers)
    playing = [entry.scenarios[0].text for entry in watched.server.hub.entries.values()]
    assert playing == [QUICK, QUICK]


def test_the_same_text_again_disturbs_no_session(watched):
    job = watched.create()
    loaded = watched.write(SLOW)
    assert isinstance(loaded, ScenarioLoaded)
    assert loaded.sessions == ()
    assert watched.status(job) == "queued"


@pytest.mark.parametrize("fast_path", [True, False])
def test_of_a_broken_file_the_last_good_version_goes_on_with_a_hint_in_every_answer(watched, fast_path):
    if not fast_path:
        watched.server.app.fast_path = False
    job = watched.create()
    poll = ("GET", f"/v1/videos/{job}", None, KEY)
    assert "X-Mock-Hint" not in watched.server.request(*poll).headers
    refused = watched.write(BROKEN)
    assert isinstance(refused, ScenarioRefused)
    assert refused.problems[0].location.line == 5
    for _ in range(2):
        hint = watched.server.request(*poll).headers["X-Mock-Hint"]
        assert hint.startswith("scenario late cannot be read again, its last good version is played: ")
        assert "late.yaml:5:5: SCN" in hint
    assert "X-Mock-Hint" in watched.server.request("GET", "/v1/videos", None, {**KEY, "X-Mock-Session": "new"}).headers
    # Repaired as it was: the session goes on, without the hint.
    watched.write(SLOW)
    answer = watched.server.request(*poll)
    assert answer.json["status"] == "queued"
    assert "X-Mock-Hint" not in answer.headers
    assert all(session.server_hints == 0 for session in map(watched.server.session, ("default", "new")))


def test_a_broken_file_that_is_broken_again_and_then_changed_leaves_no_hint(watched):
    watched.create()
    watched.write(BROKEN)
    watched.write(BROKEN + "x: 1\n")
    watched.write(QUICK)
    assert watched.server.session().server_hints == 0
    assert "X-Mock-Hint" not in watched.server.request("GET", "/v1/videos", headers=KEY).headers


def test_sessions_of_other_scenarios_get_no_hint(watched):
    other = load_scenario(b"scenario: other\nvendor: phaseo@2026-06-11\n", installed_vendors())
    watched.server.hub.scenarios.uploaded["other"] = other
    watched.write(BROKEN)
    answer = watched.server.request("GET", "/v1/videos", headers={"Authorization": "Bearer scenario:other"})
    assert answer.status == 200
    assert "X-Mock-Hint" not in answer.headers


def test_a_file_that_is_gone_or_named_differently_is_refused(watched):
    renamed = watched.write(SLOW.replace("late", "later"))
    assert isinstance(renamed, ScenarioRefused)
    assert renamed.problems[0].code == "SRV024"
    moved = watched.write("scenario: late\nvendor: reap\n")
    assert isinstance(moved, ScenarioRefused)
    assert moved.problems[0].code == "SRV024"
    watched.path.unlink()
    gone = watched.reloader.read(watched.path)
    assert [problem.code for problem in gone.problems] == ["SCN001"]


def test_a_file_that_breaks_its_contract_is_refused(tmp_path):
    def violations(scenario: object, era: object) -> list[object]:
        return list(gone.problems)

    path = tmp_path / "late.yaml"
    with fake_server(check_scenario=violations, judged=False) as server:
        reloader = ScenarioReloader(server.app)
        gone = reloader.read(path)
        path.write_text(SLOW, encoding="utf-8")
        assert reloader.read(path).scenario is None


def test_without_an_observer_a_broken_file_is_a_warning(watched, caplog):
    watched.server.app.activity = None
    watched.path.write_text(BROKEN, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        watched.reloader.use(watched.reloader.read(watched.path))
    assert "late.yaml cannot be used; the last good version of late is played" in caplog.text
    assert "procesing: 1s\n        ^" in caplog.text


# When a file counts as changed


LATER = 1 << 63
"""A time at which no file has changed yet."""


def touch(path: Path, text: str, at: int) -> None:
    """Write a file with a time of its last change."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))


def test_a_file_counts_as_changed_once_it_has_looked_the_same_twice(tmp_path):
    path = tmp_path / "a.yaml"
    touch(path, "a", 1)
    stamps = FileStamps(lambda: [path], read_since=LATER)
    assert stamps.changed() == []
    touch(path, "", 2)
    assert stamps.changed() == []
    touch(path, "ab", 2)
    assert stamps.changed() == []
    assert stamps.changed() == [path]
    assert stamps.changed() == []


def test_a_file_that_changes_while_the_server_starts_counts_as_changed(tmp_path):
    path = tmp_path / "a.yaml"
    touch(path, "a", 1)
    before = FileStamps(lambda: [path], read_since=1_000_000_001)
    while_it_starts = FileStamps(lambda: [path], read_since=1_000_000_000)
    assert before.changed() == []
    assert while_it_starts.changed() == [path]
    assert while_it_starts.changed() == []


def test_new_and_deleted_files_count_too(tmp_path):
    path = tmp_path / "a.yaml"
    stamps = FileStamps(lambda: tmp_path.glob("*.yaml"), read_since=LATER)
    touch(path, "a", 1)
    assert [stamps.changed(), stamps.changed(), stamps.changed()] == [[], [path], []]
    path.unlink()
    assert [stamps.changed(), stamps.changed(), stamps.changed()] == [[], [path], []]


async def test_a_change_is_noticed_while_the_server_runs(watched):
    noticed = asyncio.Event()
    loop = asyncio.get_running_loop()
    watched.server.app.watch(lambda activity: loop.call_soon(noticed.set))
    async with scenarios_watched(watched.server.app, lambda: [watched.path], LATER, seconds=0.01):
        touch(watched.path, QUICK, 5)
        await asyncio.wait_for(noticed.wait(), 30)
    assert watched.server.hub.scenarios.reread["late"].text == QUICK


async def test_a_failure_of_the_watch_is_logged_and_it_goes_on(watched, caplog):
    rounds: list[int] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def list_files() -> list[Path]:
        rounds.append(1)
        if len(rounds) == 2:
            raise RuntimeError("a folder that went away")
        if len(rounds) > 3:
            loop.call_soon_threadsafe(done.set)
        return []

    async with scenarios_watched(watched.server.app, list_files, LATER, seconds=0.01):
        await asyncio.wait_for(done.wait(), 30)
    assert "a folder that went away" in caplog.text
