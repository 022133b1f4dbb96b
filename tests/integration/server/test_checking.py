"""`serve --check` over HTTP: a broken rule is named in the header, the journal and the log; nothing else changes."""

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
from tests.support.phaseo_requests import AUTHORIZATION, create_video

HEADER = "X-Mock-Findings"


@pytest.fixture(params=[True, False], ids=["fast path", "aiohttp"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    """Start a server that checks, with and without the fast path."""
    with fake_server("phaseo@2026-06-11", judged=False, fast_path=request.param, checker=ServerJudge()) as started:
        yield started


def poll(server: FakeServer, video: str, **headers: str) -> ServerResponse:
    return server.request("GET", f"/v1/videos/{video}", None, {**AUTHORIZATION, **headers})


def notes(server: FakeServer) -> list[str]:
    return [entry["note"] for entry in server.admin("journal")["entries"]]


def poll_repeatedly(server: FakeServer, video: str, times: int) -> list[str | None]:
    """Poll on one connection; return the findings header of each answer."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    found = []
    for _ in range(times):
        connection.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
        answer = connection.getresponse()
        answer.read()
        found.append(answer.getheader(HEADER))
    connection.close()
    return found


def test_a_correct_server_has_no_findings(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    video = create_video(server)
    for _ in range(4):
        assert poll_repeatedly(server, video, 3) == [None] * 3
        server.advance("9s")
    server.request("POST", f"/v1/videos/{video}/cancel", None, AUTHORIZATION)
    server.request("GET", "/v1/videos", None, AUTHORIZATION)
    assert not [note for note in notes(server) if "breaks" in note]
    assert caplog.text == ""


def test_a_reopened_job_is_reported_at_the_next_poll(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    video = create_video(server)
    server.advance("1m")
    assert poll(server, video).json["status"] == "completed"
    server.admin(f"jobs/{video}/move", {"to": "processing", "force": True})
    again = poll(server, video)
    assert again.json["status"] == "processing"
    assert "P15" in again.headers[HEADER].split(", ")
    assert notes(server)[-1] == f"breaks {again.headers[HEADER]}"
    assert "error P15: completed, failed, cancelled and expired are final" in caplog.text
    assert f"GET /v1/videos/{video} -> 200 completed" in caplog.text


def test_a_legal_move_is_not_a_finding(server: FakeServer) -> None:
    video = create_video(server)
    poll(server, video)
    server.move(video, "cancelled")
    assert poll(server, video).headers[HEADER] is None


def test_each_session_has_a_history_of_its_own(server: FakeServer) -> None:
    video = create_video(server)
    server.advance("1m")
    poll(server, video)
    server.admin("reset", {})
    other = create_video(server)
    assert other == video
    assert poll(server, video).headers[HEADER] is None


def test_an_answer_that_the_client_preferred_is_not_judged(server: FakeServer) -> None:
    video = create_video(server)
    preferred = poll(server, video, Prefer="state=completed")
    assert preferred.json["status"] == "completed"
    assert preferred.headers[HEADER] is None
    assert poll(server, video).headers[HEADER] is None


def scenario_with_undeclared_status() -> Scenario:

    library = ScenarioLibrary(VENDORS)
    found = library.load(str(next(path for name, path in library.files().items() if name == "rate-limit-off")))
    return found._replace(name="melting", script=found.script._replace(fields={"project": {"status": "melting"}}))


@pytest.mark.parametrize("fast_path", [True, False])
def test_every_answer_names_the_broken_rules(fast_path: bool) -> None:
    scenario = scenario_with_undeclared_status()
    with fake_server("reap", known=[scenario], judged=False, fast_path=fast_path, checker=ServerJudge()) as server:
        headers = {"Authorization": "Bearer scenario:melting"}
        made = server.request(
            "POST", "/api/v1/automation/create-clips", {"sourceUrl": "https://x.example/a.mp4"}, headers
        )
        path = f"/api/v1/automation/get-project-status?projectId={made.json['id']}"
        found = [server.request("GET", path, None, headers).headers[HEADER] for _ in range(4)]
    assert found == ["R11a"] * 4


def test_without_check_there_is_no_header() -> None:
    scenario = scenario_with_undeclared_status()
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
            server.request("GET", "/v1/videos", None, {**AUTHORIZATION, "X-Mock-Session": name})
    kept: Any = list(checker._histories)
    assert kept == [("three@1", "phaseo@2026-06-11"), ("one@1", "phaseo@2026-06-11")]
