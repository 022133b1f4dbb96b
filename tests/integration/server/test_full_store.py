"""A store that takes no more: clients are told so, and what they see is what the store has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.core.clock import Clock
from mockserver.errors import refuse
from mockserver.server.clock import wall_clock
from mockserver.server.problem import problem_from_error
from mockserver.stores.codes import CODES
from mockserver.stores.sqlite import SqliteLog
from tests.integration.server.test_kept import WEBHOOK, create, kept_server, read, status_of
from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.http_client import ServerResponse
from tests.support.webhook_receiver import webhook_receiver


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(tmp_path / "sessions.db", wall_clock())
    yield opened
    opened.close()


@pytest.fixture
def server(log: SqliteLog) -> Iterator[FakeServer]:
    with fake_server("phaseo@2026-08-05", log=log, judged=False) as running:
        yield running


def fill(log: SqliteLog) -> None:
    """Let the file take nothing more, not even what would fit into a page that it has."""
    log._connection.execute("PRAGMA query_only=1")


def make_room(log: SqliteLog) -> None:
    log._connection.execute("PRAGMA query_only=0")


def assert_refused(answer: ServerResponse) -> None:
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json["code"] == "SRV041"


def post(server: FakeServer, path: str, body: Any, session: str = "default") -> ServerResponse:
    return server.request("POST", path, body, {"Authorization": "Bearer key", "X-Mock-Session": session})


@pytest.mark.parametrize("code", CODES)
def test_no_error_of_a_store_is_the_clients_fault(code: str) -> None:
    assert problem_from_error(refuse(code, "gone")).status == 503


def test_a_client_is_asked_to_come_again_only_where_that_can_help() -> None:
    headers = {code: dict(problem_from_error(refuse(code, "gone")).headers) for code in CODES}
    asked = [code for code in CODES if headers[code].get("Retry-After") == "1"]
    assert asked == ["SRV031", "SRV041", "SRV042"]


def test_a_create_is_refused_and_has_not_happened(server: FakeServer, log: SqliteLog) -> None:
    job = create(server)
    fill(log)
    assert_refused(post(server, "/v1/videos", {"model": "openai/sora-2", "prompt": "a cat"}))
    assert server.admin("jobs")["total"] == 1
    assert status_of(server, job) == "queued"
    make_room(log)
    create(server)
    assert server.admin("jobs")["total"] == 2


def test_a_create_that_is_refused_counts_for_no_fault(server: FakeServer, log: SqliteLog) -> None:
    server.admin("faults", {"on": "create", "when": {"call": 3}, "do": {"status": 502}})
    create(server)
    fill(log)
    assert_refused(post(server, "/v1/videos", {"model": "openai/sora-2", "prompt": "a cat"}))
    make_room(log)
    create(server)
    assert post(server, "/v1/videos", {"model": "openai/sora-2", "prompt": "a cat"}).status == 502


def test_a_moved_clock_stands_where_the_store_has_it(server: FakeServer, log: SqliteLog) -> None:
    create(server)
    before = server.now()
    fill(log)
    assert_refused(post(server, "/__mock/clock", {"advance": "1h"}))
    assert server.now() == before
    make_room(log)
    server.admin("clock", {"advance": "1h"})
    assert server.now() > before


def test_settings_are_as_they_were(server: FakeServer, log: SqliteLog) -> None:
    job = create(server)
    server.admin("faults", {"on": "get", "when": {"call": 2}, "do": {"status": 500}})
    faults, limits, holds = server.admin("faults"), server.admin("limits"), server.admin("holds")
    fill(log)
    assert_refused(server.request("DELETE", "/__mock/faults"))
    assert_refused(post(server, "/__mock/faults", {"on": "cancel", "do": {"status": 500}}))
    assert_refused(post(server, "/__mock/limits", {"vendor": "phaseo", "limits": {"get": "1/1h"}}))
    assert_refused(post(server, "/__mock/holds", {"operation": "cancel"}))
    assert_refused(post(server, "/__mock/webhooks", {"vendor": "phaseo", "url": "http://127.0.0.1:1/x"}))
    assert_refused(read(server, job))
    assert [server.admin("faults"), server.admin("limits"), server.admin("holds")] == [faults, limits, holds]
    assert server.admin("webhooks")["webhooks"] == []
    make_room(log)
    assert [read(server, job).status for _ in range(2)] == [200, 500]


def test_sessions_neither_begin_nor_end(server: FakeServer, log: SqliteLog) -> None:
    job = create(server, "mine")
    fill(log)
    assert_refused(read(server, "x", "other"))
    assert_refused(server.request("DELETE", "/__mock/sessions/mine"))
    assert_refused(post(server, "/__mock/reset", {}, "mine"))
    assert server.hub.names() == ["mine"]
    assert status_of(server, job, "mine") == "queued"
    assert server.session("mine").epoch == 1
    make_room(log)
    server.admin("reset", {}, session="mine")
    assert server.session("mine").epoch == 2


def test_a_delivery_whose_outcome_cannot_be_kept_is_made_again_with_the_same_key(log: SqliteLog) -> None:
    with webhook_receiver() as receiver, fake_server("phaseo@2026-08-05", log=log, judged=False) as server:
        server.admin("webhooks", {"vendor": "phaseo", "url": receiver.url, "events": ["completed"]})
        job = create(server, webhook=WEBHOOK)
        fill(log)
        assert_refused(post(server, "/__mock/clock", {"advance": "1h"}))
        make_room(log)
        server.admin("clock", {"advance": "1h"})
        inputs = server.admin(f"jobs/{job}")["inputs"]
        assert [event["kind"] for event in inputs] == ["delivery"]
        assert len({got.headers["x-phaseo-event-id"] for got in receiver.got}) == 1
        assert len(receiver.got) == 2


def test_a_store_that_is_deleted_under_its_server_takes_nothing_that_would_be_lost(
    server: FakeServer, log: SqliteLog
) -> None:
    job = create(server)
    moved = log.path.rename(log.path.with_name("moved.db"))
    answer = post(server, "/v1/videos", {"model": "openai/sora-2", "prompt": "a cat"})
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert "was deleted or moved" in answer.body.decode()
    assert status_of(server, job) == "queued"
    moved.rename(log.path)
    create(server)


def test_what_was_refused_is_not_there_after_a_restart(tmp_path: Path) -> None:
    store = tmp_path / "other.db"
    with kept_server(store, judged=False) as server:
        log = server.hub.settings.log
        assert isinstance(log, SqliteLog)
        job = create(server)
        fill(log)
        assert_refused(post(server, f"/v1/videos/{job}/cancel", None))
        make_room(log)
    with kept_server(store, clock=lambda wall: Clock(wall, START, 0.0)) as server:
        assert status_of(server, job) == "queued"
