"""A server that is started again has its sessions: jobs, clocks, settings, scenarios."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver.server.clock import wall_clock
from mockserver.stores.sqlite import SqliteLog
from tests.support.fake_server import FakeServer, fake_server

VIDEO = {"model": "openai/sora-2", "prompt": "a cat"}
AUTH = {"Authorization": "Bearer key", "Content-Type": "application/json"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@contextmanager
def kept_server(store: Path, **settings: Any) -> Iterator[FakeServer]:
    """Serve with the sessions of a file."""
    with fake_server("phaseo@2026-06-11", log=SqliteLog(store, wall_clock()), **settings) as server:
        yield server


def create(server: FakeServer, session: str = "default") -> str:
    answer = server.request("POST", "/v1/videos", VIDEO, AUTH | {"X-Mock-Session": session})
    assert answer.status < 300, answer.body
    return str(answer.json["id"])


def status_of(server: FakeServer, job_id: str, session: str = "default") -> Any:
    answer = server.request("GET", f"/v1/videos/{job_id}", headers=AUTH | {"X-Mock-Session": session})
    return answer.json.get("status", answer.status)


def test_a_job_is_there_after_a_restart_and_goes_on(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server)
        server.admin("clock", {"advance": "3s"})
    with kept_server(store) as server:
        assert status_of(server, job) == "in_progress"
        server.admin("clock", {"advance": "1h"})
        assert status_of(server, job) == "completed"


def test_the_epoch_of_a_reset_session_goes_on(store: Path) -> None:
    with kept_server(store) as server:
        job = create(server, "mine")
        server.admin("reset", {}, session="mine")
    with kept_server(store) as server:
        assert server.session("mine").epoch == 2
        assert status_of(server, job, "mine") == 404
