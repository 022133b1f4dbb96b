"""A server that is started again has its sessions: jobs, clocks, settings, scenarios, epochs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import MINUTE, SECOND
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.server.clock import wall_clock
from mockserver.server.kept import replica
from mockserver.server.kept.entry_json import decode_json
from mockserver.stores.sqlite import SqliteLog
from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.short_logs import shorten_often
from tests.support.webhook_receiver import webhook_receiver

VIDEO = {"model": "openai/sora-2", "prompt": "a cat"}
WEBHOOK = {"endpoint_id": "we_1"}
AUTH = {"Authorization": "Bearer key"}
SLOW = "scenario: slow\nvendor: phaseo@2026-08-05\ntitle: It waits\ntimeline: [queued: 1h, processing: 1s, completed]\n"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@contextmanager
def kept_server(store: Path, **settings: Any) -> Iterator[FakeServer]:
    """Serve with the sessions of a file."""
    with fake_server("phaseo@2026-08-05", log=SqliteLog(store, wall_clock()), **settings) as server:
        yield server


def create(server: FakeServer, session: str = "default", **fields: Any) -> str:
    answer = server.request("POST", "/v1/videos", VIDEO | fields, AUTH | {"X-Mock-Session": session})
    assert answer.status < 300, answer.body
    return str(answer.json["id"])


def read(server: FakeServer, job_id: str, session: str = "default") -> Any:
    return server.request("GET", f"/v1/videos/{job_id}", headers=AUTH | {"X-Mock-Session": session})


def status_of(server: FakeServer, job_id: str, session: str = "default") -> Any:
    answer = read(server, job_id, session)
    return answer.json.get("status") if answer.status == 200 else answer.status


def test_a_job_is_there_after_a_restart_and_goes_on(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        server.admin("clock", {"advance": "3s"})
    with kept_server(store) as server:
        assert status_of(server, job) == "in_progress"
        server.admin("clock", {"advance": "1h"})
        assert status_of(server, job) == "completed"


def test_a_manual_clock_stands_while_the_server_is_away(store: Path) -> None:
    with kept_server(store) as server:
        server.admin("clock", {"advance": "90s"})
    with kept_server(store) as server:
        assert server.now() == START + 90 * SECOND


def test_a_real_clock_goes_on_while_the_server_is_away(store: Path) -> None:
    with kept_server(store, clock=lambda wall: Clock(wall, START)) as server:
        create(server)
        begun = wall_clock() - server.now()
    with kept_server(store, clock=lambda wall: Clock(wall, START)) as server:
        assert wall_clock() - server.now() == pytest.approx(begun, abs=SECOND // 10)


def test_a_clock_that_polls_move_is_kept_with_every_step(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        server.admin("clock", {"auto": "2s"})
        status_of(server, job)
        before = server.now()
    with kept_server(store) as server:
        assert server.now() == before > START
        assert server.admin("clock")["auto"] == "2s"


def test_a_poll_that_changes_nothing_writes_nothing(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        before = len(log_of(server).read("default", 0).entries)
        for _ in range(5):
            status_of(server, job)
        assert len(log_of(server).read("default", 0).entries) == before


def log_of(server: FakeServer) -> Any:
    return server.hub.settings.log


def test_the_epoch_of_a_reset_session_goes_on(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server, "mine")
        server.admin("reset", {}, session="mine")
    with kept_server(store) as server:
        assert server.session("mine").epoch == 2
        assert status_of(server, job, "mine") == 404


def test_a_deleted_session_stays_deleted_and_its_late_requests_are_known(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server, "mine")
        server.admin("sessions/mine", method="DELETE")
    with kept_server(store) as server:
        assert "mine" not in server.hub.names()
        assert status_of(server, job, "mine@1") == 410
        create(server, "mine")
        assert server.session("mine").epoch == 2


def test_an_evicted_session_is_answered_as_evicted(store: Path) -> None:
    with kept_server(store, most_sessions=1) as server:
        create(server, "first")
        create(server, "second")
    with kept_server(store, most_sessions=1) as server:
        assert read(server, "x", "first").json["code"] == "SES005"


def test_faults_are_kept_with_their_ids_and_counts(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        server.admin("faults", {"on": "get", "when": {"call": 2}, "do": {"status": 500}})
        server.admin("faults", {"on": "cancel", "do": {"status": 500}})
        assert read(server, job).status == 200
    with kept_server(store) as server:
        assert [fault["id"] for fault in server.admin("faults")["faults"]] == ["fault-2", "fault-1"]
        assert read(server, job).status == 500
        server.admin("faults/fault-2", method="DELETE")
    with kept_server(store) as server:
        (left,) = server.admin("faults")["faults"]
        assert left["id"] == "fault-1"
        assert left["happened"] == 1
        assert read(server, job).status == 200
        assert server.admin("faults", {"on": "get", "do": {"status": 500}})["id"] == "fault-3"


def test_a_create_and_the_count_of_a_fault_are_one_entry(store: Path) -> None:
    """A server that is killed between two entries would have the job, and would count its create again."""
    with kept_server(store) as server:
        server.admin("faults", {"on": "create", "when": {"call": 3}, "do": {"status": 502}})
        before = len(log_of(server).read("default", 0).entries)
        create(server)
        (entry,) = log_of(server).read("default", before).entries
        assert {"changes", "state"} <= decode_json(entry).keys()


def test_limits_and_what_they_have_counted_are_kept(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        server.admin("limits", {"vendor": "phaseo", "limits": {"get": "2/1m"}})
        assert read(server, job).status == 200
    with kept_server(store) as server:
        assert [read(server, job).status for _ in range(2)] == [200, 429]


def test_holds_are_kept_and_a_used_one_is_not(store: Path) -> None:
    with kept_server(store) as server:
        server.admin("holds", {"operation": "cancel", "times": 2})
        server.admin("holds", {"operation": "get"})
    with kept_server(store) as server:
        rows = [(hold["id"], hold["operation"], hold["times"]) for hold in server.admin("holds")["holds"]]
        assert rows == [("hold-1", "cancel", 2), ("hold-2", "get", 1)]
        server.admin("holds", method="DELETE")
    with kept_server(store) as server:
        assert server.admin("holds")["holds"] == []


def test_an_endpoint_is_kept_and_what_was_delivered_is_not_delivered_again(store: Path) -> None:
    with webhook_receiver() as receiver:
        with kept_server(store) as server:
            server.admin(
                "webhooks", {"vendor": "phaseo", "url": receiver.url, "events": ["status_changed", "completed"]}
            )
            create(server, webhook=WEBHOOK)
            server.admin("clock", {"advance": "5s"})
            assert len(receiver.got) == 1
        with kept_server(store) as server:
            server.admin("clock", {"advance": "1s"})
            assert len(receiver.got) == 1
            server.admin("clock", {"advance": "1h"})
            events = [got.json["type"] for got in receiver.got]
            assert events == ["video.status_changed", "video.status_changed", "video.completed"]


def test_a_webhook_that_fell_due_while_the_server_was_away_is_delivered_after_its_start(store: Path) -> None:
    with webhook_receiver() as receiver:
        with kept_server(store) as server:
            server.admin("webhooks", {"vendor": "phaseo", "url": receiver.url, "events": ["completed"]})
            create(server, webhook=WEBHOOK)
            server.admin("clock", {"freeze": True})
            # As if the clock had run for a minute when the server ended.
            session = server.session()
            session.clock = Clock(wall_clock() - MINUTE, server.now(), 1.0)
            server.hub.keeper.settle(session)
            assert receiver.got == []
        with kept_server(store):
            receiver.wait(1)


def test_an_uploaded_scenario_is_kept_until_it_is_deleted(store: Path) -> None:
    with kept_server(store) as server:
        server.admin("scenarios", {"text": SLOW, "file": "slow.yaml"})
        server.admin("sessions", {"name": "mine", "scenario": "slow"})
        job = create(server, "mine")
    with kept_server(store) as server:
        server.admin("clock", {"advance": "30m"}, session="mine")
        assert status_of(server, job, "mine") == "queued"
        server.admin("scenarios/slow", method="DELETE")
    with kept_server(store) as server:
        assert server.admin("scenarios")["scenarios"] == []
        assert status_of(server, job, "mine") == "queued"


def test_the_log_of_uploads_has_a_bound(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica, "MAX_SERVER_ENTRIES", 4)
    other = SLOW.replace("scenario: slow", "scenario: other")
    with kept_server(store) as server:
        server.admin("scenarios", {"text": other, "file": "other.yaml"})
        for _ in range(8):
            server.admin("scenarios", {"text": SLOW, "file": "slow.yaml"})
            server.admin("scenarios/slow", method="DELETE")
        server.admin("scenarios", {"text": SLOW, "file": "slow.yaml"})
    for _ in range(2):
        with kept_server(store) as server:
            assert server.admin("scenarios")["scenarios"] == ["other", "slow"]
    log = SqliteLog(store, wall_clock())
    assert len(log.read(replica.SERVER_LOG, 0).entries) <= 9
    log.close()


def test_a_session_plays_its_scenario_on_and_the_changed_file_after_a_reset(store: Path) -> None:
    vendors = installed_vendors()
    first = load_scenario(SLOW.encode(), vendors, file="slow.yaml")
    other = load_scenario(SLOW.replace("1h", "1s").encode(), vendors, file="slow.yaml")
    with kept_server(store, scenarios=(first,)) as server:
        job = create(server)
    with kept_server(store, scenarios=(other,)) as server:
        server.admin("clock", {"advance": "10s"})
        assert status_of(server, job) == "queued"
        server.admin("reset", {})
        job = create(server)
        server.admin("clock", {"advance": "10s"})
        assert status_of(server, job) == "completed"


def test_moves_and_jobs_of_the_admin_api_are_kept(store: Path) -> None:
    with kept_server(store) as server:
        (job, _) = server.admin("jobs", {"vendor": "phaseo", "count": 2})["jobs"]
        server.admin(f"jobs/{job}/move", {"to": "failed"})
    with kept_server(store) as server:
        assert status_of(server, job) == "failed"
        assert server.admin("jobs")["total"] == 2


def test_an_imported_session_is_kept_whole(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        server.admin("clock", {"advance": "1h"})
        exported = server.admin("sessions/default/export")
        server.admin("sessions/import", {"name": "copy", "session": exported})
    with kept_server(store) as server:
        assert status_of(server, job, "copy") == "completed"
        assert server.now("copy") == START + 60 * MINUTE


def test_the_journal_and_its_counters_are_kept_at_the_end_of_a_server(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        answers = [read(server, job) for _ in range(3)]
        before = server.admin("journal")
    with kept_server(store) as server:
        assert server.admin("journal") == before
        latest = answers[-1].headers["X-Mock-Request-Id"]
        assert server.admin(f"explain/{latest}")["request_id"] == latest
        assert server.session().journal.counts["phaseo", "get", 200] == 3
        assert read(server, job).headers["X-Mock-Request-Id"] == "req_100000005"


def test_a_bundled_scenario_with_seeded_jobs_is_made_again(store: Path) -> None:
    library = ScenarioLibrary(installed_vendors())
    scenario = library.load("cancel-after-completed")
    with kept_server(store, known=[scenario]) as server:
        server.admin("sessions", {"name": "mine", "scenario": scenario.name})
        before = server.admin("jobs", session="mine")
    with kept_server(store, known=[scenario]) as server:
        assert server.admin("jobs", session="mine") == before
        (entry,) = server.hub.entries["mine"].scenarios
        assert entry is scenario


def test_only_what_follows_the_latest_reset_stays_in_the_file(store: Path) -> None:
    with kept_server(store) as server:
        for _ in range(5):
            create(server)
            server.admin("reset", {})
        job = create(server)
    for _ in range(2):
        with kept_server(store) as server:
            assert status_of(server, job) == "queued"
    log = SqliteLog(store, wall_clock())
    assert len(log.read("default", 0).entries) == 2
    log.close()


def entries_of(store: Path) -> int:
    """Return how many entries a store has of its only session."""
    log = SqliteLog(store, wall_clock())
    ((_, entries, _),) = log.sizes()
    log.close()
    return entries


def test_a_log_that_has_become_long_is_shortened_at_the_start_and_while_the_server_runs(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept_server(store) as server:
        job = create(server)
        for _ in range(30):
            server.admin("clock", {"advance": "0.1s"})
    assert entries_of(store) > 30
    shorten_often(monkeypatch)
    with kept_server(store) as server:
        assert status_of(server, job) == "in_progress"
    assert entries_of(store) < 5
    with kept_server(store) as server:
        for _ in range(100):
            server.admin("clock", {"advance": "1s"})
        now = server.admin("clock")["now"]
    assert entries_of(store) < 50
    with kept_server(store) as server:
        assert server.admin("clock")["now"] == now
        assert status_of(server, job) == "completed"


def test_a_log_is_shortened_when_it_has_the_session_as_it_is(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica, "MAX_CHANGES", 1)
    monkeypatch.setattr(replica, "BYTES_PER_CHANGE", 1_000_000)
    with kept_server(store) as server:
        create(server)
        for _ in range(5):
            server.admin("clock", {"advance": "1s"})
        keeper = server.hub.keeper
        server.session().faults.job_names["mine"] = "job"  # as in the middle of a call
        keeper.shorten_all()
        assert keeper._positions.length("default") > 5
        keeper.settle(server.session())
        keeper.shorten_all()
        assert keeper._positions.length("default") == 1
    assert entries_of(store) == 1


@pytest.mark.parametrize(("figure", "value"), [("BYTES_PER_CHANGE", 100), ("MAX_WHOLE_BYTES", 500)])
def test_a_log_that_would_stay_as_long_and_one_of_very_many_jobs_are_not_shortened(
    figure: str, value: int, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_often(monkeypatch, entries=5)
    monkeypatch.setattr(replica, figure, value)
    with kept_server(store) as server:
        for _ in range(20):
            create(server)
    assert entries_of(store) > 20
