"""What a watched server reports: requests on both HTTP paths, webhooks, clocks, sessions, hints; and no secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.server import activity
from mockserver.server.activity import (
    Activity,
    ClockChanged,
    HintGiven,
    RequestAnswered,
    SessionBegun,
    WebhookAttempted,
)
from tests.support.fake_server import FakeServer, fake_server
from tests.support.webhook_receiver import webhook_receiver

SECRET = "sk-very-secret-0123456789"
KEY = {"Authorization": f"Bearer {SECRET}"}
CREATE = {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}
LATE = load_scenario(b"scenario: late\nvendor: phaseo@2026-06-11\n", installed_vendors())
T = TypeVar("T", bound=Activity)


class Log:
    """The activities of one server, in order."""

    def __init__(self) -> None:
        self.activities: list[Activity] = []

    def of(self, kind: type[T]) -> list[T]:
        """Return the activities of one kind."""
        return [each for each in self.activities if isinstance(each, kind)]

    def last(self, kind: type[T]) -> T:
        """Return the latest activity of one kind."""
        return self.of(kind)[-1]


@contextmanager
def watched_server(**options: object) -> Iterator[tuple[FakeServer, Log]]:
    """Run a server whose activities are collected."""
    log = Log()
    with fake_server("phaseo@2026-06-11", judged=False, **options) as server:
        server.app.watch(log.activities.append)
        yield server, log


def create(server: FakeServer, webhook: str = "", **headers: str) -> str:
    """Create a video, with a webhook if there is an address for it; return its id."""
    body = {**CREATE, "webhook": {"url": webhook, "secret": SECRET}} if webhook else CREATE
    job: str = server.request("POST", "/v1/videos", body, {**KEY, **headers}).json["id"]
    return job


# Requests


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_poll_is_reported_on_both_http_paths_with_the_state_of_its_job(fast_path):
    with watched_server(fast_path=fast_path) as (server, log):
        job = create(server)
        for _ in range(3):
            server.request("GET", f"/v1/videos/{job}", headers=KEY)
        server.advance("10s")
        server.request("GET", f"/v1/videos/{job}", headers=KEY)
        polls = [each for each in log.of(RequestAnswered) if each.operation == "get"]
    assert [poll.state for poll in polls] == ["queued"] * 3 + ["processing"]
    assert {poll.job_id for poll in polls} == {job}
    assert len({poll.request_id for poll in polls}) == 4
    assert polls[0].path == f"/v1/videos/{job}"


def test_a_create_is_reported_with_the_job_that_it_made():
    with watched_server() as (server, log):
        job = create(server)
    made = log.last(RequestAnswered)
    assert made.method == "POST"
    assert made.job_id == job
    assert made.state == "queued"


def poll_of_a_running_video(model: str, fault: dict[str, object] | None = None) -> RequestAnswered:
    """Return what is reported of a poll while the video is processing; a fault alters its answer."""
    with watched_server() as (server, log):
        job = server.request("POST", "/v1/videos", {**CREATE, "model": model}, KEY).json["id"]
        server.advance("10s")
        if fault is not None:
            server.admin("faults", {"vendor": "phaseo", "on": "get", "do": fault})
        server.request("GET", f"/v1/videos/{job}", headers=KEY)
    return log.last(RequestAnswered)


def test_a_status_that_differs_from_the_state_is_reported_as_the_client_saw_it():
    poll = poll_of_a_running_video("openai/sora-2")
    assert poll.state == "processing"
    assert poll.shown_status == "in_progress"


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (None, ""),
        ({"status": 503, "body": {"status": "paused"}}, ""),
        ({"status": 200, "body": {"status": "paused"}}, "paused"),
        ({"status": 200, "body": {"status": "p" * 50}}, "p" * 40),
        ({"status": 200, "body": {"status": 7}}, ""),
        ({"status": 200, "body": [1]}, ""),
        ({"status": 200, "body": {"status": "paused", "filling": "x" * 70_000}}, ""),
    ],
)
def test_a_status_is_reported_beside_the_state_only_if_it_is_another_word(fault, shown):
    assert poll_of_a_running_video("qwen/wan2.7-t2v", fault).shown_status == shown


def test_a_fault_is_in_the_note():
    with watched_server() as (server, log):
        server.admin("faults", {"vendor": "phaseo", "on": "list", "do": {"status": 503}})
        server.request("GET", "/v1/videos", headers=KEY)
    assert log.last(RequestAnswered).status == 503
    assert "status" in log.last(RequestAnswered).note


def test_an_unwatched_server_reports_nothing():
    with fake_server(judged=False) as server:
        assert server.app.activity is None
        assert server.session().deliveries.log.listeners == []


def test_nothing_that_is_reported_has_a_secret():
    with watched_server(allowed=["127.0.0.1:9"]) as (server, log):
        job = create(server, f"http://127.0.0.1:9/?token={SECRET}")
        server.request("GET", f"/v1/videos/{job}?api_key={SECRET}", headers=KEY)
        server.request("GET", f"/nowhere?token={SECRET}", headers=KEY)
        server.admin("clock", {"advance": "10m"})
    assert log.of(WebhookAttempted)
    assert SECRET not in repr(log.activities)


# The admin API


def test_a_change_by_the_admin_api_is_reported_and_a_question_is_not():
    with watched_server() as (server, log):
        server.admin("health")
        server.admin("reset", {})
        refused = server.request("GET", "/__mock/nothing")
    assert refused.status == 404
    assert [(each.path, each.status) for each in log.of(RequestAnswered)] == [
        ("/__mock/reset", 200),
        ("/__mock/nothing", 404),
    ]
    assert log.last(RequestAnswered).note.startswith("ADM001 ")
    assert log.of(RequestAnswered)[0].session == "default@2"


@pytest.mark.parametrize(
    ("call", "words"),
    [({"advance": "8h"}, "advance 8h"), ({"scale": 60}, "scale 60"), ({"freeze": True}, "freeze true")],
)
def test_a_move_of_a_clock_is_reported(call, words):
    with watched_server() as (server, log):
        server.admin("clock", call, session="t1")
        now = server.now("t1")
    moved = log.last(ClockChanged)
    assert moved.change == words
    assert moved.session == "t1@1"
    assert moved.at <= now


def test_a_call_below_a_sessions_prefix_is_its_own():
    with watched_server() as (server, log):
        server.request("POST", "/s/t%201/__mock/clock", {"advance": "1s"})
    assert log.last(ClockChanged).session == "t 1@1"


# Sessions and webhooks


def test_a_session_and_its_next_epoch_are_reported():
    with watched_server(known=[LATE]) as (server, log):
        create(server, Authorization="Bearer scenario:late#t1")
        server.admin("reset", {}, session="t1")
    assert [(each.session, each.scenario) for each in log.of(SessionBegun)] == [("t1@1", "late"), ("t1@2", "late")]


def test_each_attempt_of_a_webhook_is_reported():
    with webhook_receiver(503, 200) as inbox, watched_server(allowed=["127.0.0.1"]) as (server, log):
        job = create(server, f"{inbox.url}?token=1")
        server.admin("clock", {"advance": "30m"})
    attempts = log.of(WebhookAttempted)
    first = attempts[0]
    second = next(each for each in attempts if each.attempt == 2)
    assert first.status == 503
    assert first.result == "retrying"
    assert first.retry_at == second.at
    assert second.result == "delivered"
    assert second.attempt == 2
    assert first.job_id == job
    assert first.url == inbox.url


# Hints


def hints(log: Log) -> list[str]:
    """Return the kinds of the hints."""
    return [hint.kind for hint in log.of(HintGiven)]


def test_a_misspelt_scenario_is_a_hint_once_for_a_session():
    with watched_server(known=[LATE]) as (server, log):
        for key in ("scenario:lat", "scenario:lat", "scenario:lte"):
            server.request("GET", "/v1/videos", headers={"Authorization": f"Bearer {key}"})
        server.request("GET", "/v1/videos", headers={"Authorization": "Bearer scenario:lat", "X-Mock-Session": "t1"})
    assert hints(log) == ["scenario", "scenario"]
    assert "did you mean 'late'?" in log.of(HintGiven)[0].text
    assert "mockserver list" in log.of(HintGiven)[0].fix
    assert log.of(HintGiven)[1].session == "t1@1"


def test_a_scenario_of_another_vendor_is_a_hint():
    with watched_server(known=[LATE]) as (server, log):
        server.request("GET", "/api/v1/automation/get-all-projects", headers={"Authorization": "Bearer scenario:late"})
    assert hints(log) == ["vendor"]
    assert log.last(HintGiven).text == "late is a scenario for phaseo, not for reap"


def test_the_servers_own_scenario_is_no_hint_for_another_vendor():
    with watched_server(scenarios=(LATE,)) as (server, log):
        server.request("GET", "/api/v1/automation/get-all-projects", headers=KEY)
    assert hints(log) == []


@pytest.mark.parametrize(
    ("path", "fix"),
    [("/v1/vidoes/x", "nearest: GET /v1/videos/{video_id}"), ("/nowhere", "vendors' paths begin with /api")],
)
@pytest.mark.parametrize("fast_path", [True, False])
def test_an_unknown_path_is_a_hint_with_the_nearest_one(path, fix, fast_path):
    with watched_server(fast_path=fast_path) as (server, log):
        server.request("GET", path, headers=KEY)
    assert hints(log) == ["path"]
    assert log.last(HintGiven).fix.startswith(fix)


def test_a_late_request_of_an_older_epoch_is_a_hint():
    with watched_server() as (server, log):
        create(server)
        server.admin("reset", {})
        server.request("GET", "/s/default@1/v1/videos", headers=KEY)
    assert hints(log) == ["SES003"]
    assert log.last(HintGiven).session == "default@1"
    assert "belongs to epoch 1" in log.last(HintGiven).text


def test_a_webhook_that_is_not_allowed_is_a_hint():
    with watched_server() as (server, log):
        server.request("POST", "/v1/videos", {**CREATE, "webhook": {"url": "http://127.0.0.1:9/x"}}, KEY)
    assert hints(log) == ["webhook"]
    assert log.last(HintGiven).fix.startswith("`mockserver serve --allow-webhooks-to 127.0.0.1:9`")


def test_the_hints_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr(activity, "MAX_REMEMBERED_HINTS", 1)
    with watched_server() as (server, log):
        for session in ("t1", "t2", "t1"):
            server.request("GET", "/nowhere", headers={"X-Mock-Session": session})
    assert hints(log) == ["path"] * 3
