"""`serve --check` over HTTP: a broken rule is in the header, in the journal and in the log; nothing else changes."""

import logging
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.runner.judge.judges import ServerJudge
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from tests.support.fake_server import FakeServer, ServerResponse, fake_server
from tests.support.fake_world import VENDORS

KEY = {"Authorization": "Bearer test-key"}
BODY = {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}
HEADER = "X-Mock-Findings"


@pytest.fixture(params=[True, False], ids=["short", "long"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    """A server that checks, with the short way for polls and without it."""
    with fake_server("phaseo@2026-06-11", judged=False, short_way=request.param, checker=ServerJudge()) as started:
        yield started


def made(server: FakeServer) -> str:
    return str(server.request("POST", "/v1/videos", BODY, KEY).json["id"])


def poll(server: FakeServer, video: str, **headers: str) -> ServerResponse:
    return server.request("GET", f"/v1/videos/{video}", None, {**KEY, **headers})


def notes(server: FakeServer) -> list[str]:
    return [entry["note"] for entry in server.admin("journal")["entries"]]


def polls(server: FakeServer, video: str, times: int) -> list[str | None]:
    """Several polls on one connection: the header of each."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    found = []
    for _ in range(times):
        connection.request("GET", f"/v1/videos/{video}", headers=KEY)
        answer = connection.getresponse()
        answer.read()
        found.append(answer.getheader(HEADER))
    connection.close()
    return found


def test_a_correct_server_is_not_found_fault_with(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    video = made(server)
    for _ in range(4):
        assert polls(server, video, 3) == [None] * 3
        server.advance("9s")
    server.request("POST", f"/v1/videos/{video}/cancel", None, KEY)
    server.request("GET", "/v1/videos", None, KEY)
    assert not [note for note in notes(server) if "breaks" in note]
    assert caplog.text == ""


def test_a_job_that_is_reopened_is_told_at_the_next_poll(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    video = made(server)
    server.advance("1m")
    assert poll(server, video).json["status"] == "completed"
    server.admin(f"jobs/{video}/move", {"to": "processing", "force": True})
    again = poll(server, video)
    assert again.json["status"] == "processing"
    assert "P15" in again.headers[HEADER].split(", ")
    assert notes(server)[-1] == f"breaks {again.headers[HEADER]}"
    assert "error P15: completed, failed, cancelled and expired are final" in caplog.text
    assert f"GET /v1/videos/{video} -> 200 completed" in caplog.text


def test_a_move_that_is_legal_is_nobodys_fault(server: FakeServer) -> None:
    video = made(server)
    poll(server, video)
    server.move(video, "cancelled")
    assert poll(server, video).headers[HEADER] is None


def test_each_session_has_a_history_of_its_own(server: FakeServer) -> None:
    video = made(server)
    server.advance("1m")
    poll(server, video)
    server.admin("reset", {})
    other = made(server)
    assert other == video
    assert poll(server, video).headers[HEADER] is None


def test_an_answer_that_the_client_asked_for_is_not_judged(server: FakeServer) -> None:
    video = made(server)
    preferred = poll(server, video, Prefer="state=completed")
    assert preferred.json["status"] == "completed"
    assert preferred.headers[HEADER] is None
    assert poll(server, video).headers[HEADER] is None


def melting() -> Scenario:
    from dataclasses import replace

    library = ScenarioLibrary(VENDORS)
    found = library.load(str(next(path for name, path in library.files().items() if name == "rate-limit-off")))
    return replace(found, name="melting", script=replace(found.script, fields={"status": "melting"}))


@pytest.mark.parametrize("short_way", [True, False])
def test_every_answer_says_it_not_only_the_first(short_way: bool) -> None:
    scenario = melting()
    with fake_server("reap", known=[scenario], judged=False, short_way=short_way, checker=ServerJudge()) as server:
        headers = {"Authorization": "Bearer scenario:melting"}
        made = server.request(
            "POST", "/api/v1/automation/create-clips", {"sourceUrl": "https://x.example/a.mp4"}, headers
        )
        path = f"/api/v1/automation/get-project-status?projectId={made.json['id']}"
        found = [server.request("GET", path, None, headers).headers[HEADER] for _ in range(4)]
    assert found == ["R11a, S12"] * 4


def test_without_it_nothing_is_told() -> None:
    scenario = melting()
    with fake_server("reap", known=[scenario], judged=False) as server:
        headers = {"Authorization": "Bearer scenario:melting"}
        answer = server.request(
            "POST", "/api/v1/automation/create-clips", {"sourceUrl": "https://x.example/a.mp4"}, headers
        )
    assert answer.headers[HEADER] is None


def test_histories_are_bounded() -> None:
    checker = ServerJudge(max_histories=2)
    with fake_server("phaseo@2026-06-11", judged=False, checker=checker) as server:
        for name in ("one", "two", "three", "one"):
            server.request("GET", "/v1/videos", None, {**KEY, "X-Mock-Session": name})
    kept: Any = list(checker._histories)
    assert kept == [("three@1", "phaseo@2026-06-11"), ("one@1", "phaseo@2026-06-11")]
