"""The admin call wait: it answers when its condition holds, has a timeout, and ends with the session."""

import threading
from concurrent.futures import Future

import pytest

from mockserver.core.clock import Clock
from tests.support.fake_server import FakeServer, Refusal, ServerResponse, fake_server
from tests.support.fake_world import START
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO, create_video

pytestmark = pytest.mark.server("phaseo@2026-06-11")


def wait(server: FakeServer, body: dict[str, object], session: str = "default") -> ServerResponse:
    return server.request("POST", "/__mock/wait", body, {"X-Mock-Session": session})


def start_waiting(server: FakeServer, body: dict[str, object], session: str = "default") -> "Future[ServerResponse]":
    """Start a wait in the background; return when it has begun."""
    answer: Future[ServerResponse] = Future()
    journal = server.session(session).journal
    pending = threading.Event()

    class Listeners(list[object]):
        def append(self, listener: object) -> None:
            super().append(listener)
            pending.set()

    journal.listeners = Listeners(journal.listeners)  # type: ignore[assignment]
    threading.Thread(target=lambda: answer.set_result(wait(server, body, session)), daemon=True).start()
    assert pending.wait(5)
    return answer


def result_of(answer: "Future[ServerResponse]") -> ServerResponse:
    return answer.result(5)


@pytest.mark.parametrize("body", [{"state": "queued"}, {"state": "processing"}])
def test_a_condition_that_already_holds_is_answered_at_once(server, body):
    video = create_video(server)
    server.advance("5s")
    answer = wait(server, {"job": video, **body})
    assert answer.status == 200
    assert answer.json["met"] is True
    assert answer.json["state"] == "processing"


def test_an_advance_meets_a_condition_on_a_state(server):
    video = create_video(server)
    pending = start_waiting(server, {"job": video, "state": "completed"})
    server.admin("clock", {"advance": "1m"})
    answer = result_of(pending)
    assert answer.status == 200
    assert answer.json["state"] == "completed"
    assert answer.json["entered"] == "2026-10-01T12:00:26.000000Z"
    assert server.session().journal.listeners == []


def test_a_running_clock_meets_a_condition_on_a_state(server):
    with fake_server("phaseo@2026-06-11", clock=lambda real: Clock(real, START, 100.0)) as running:
        answer = wait(running, {"job": create_video(running), "state": "completed", "timeout": "60s"})
        assert answer.status == 200
        assert answer.json["state"] == "completed"


def test_a_command_or_a_move_meets_a_condition_on_a_state(server):
    video = create_video(server)
    pending = start_waiting(server, {"job": video, "state": "cancelled"})
    server.request("POST", f"/v1/videos/{video}/cancel", headers=AUTHORIZATION)
    assert result_of(pending).json["state"] == "cancelled"
    video = create_video(server)
    pending = start_waiting(server, {"job": video, "state": "processing"})
    server.move(video, "processing")
    assert result_of(pending).json["state"] == "processing"


def test_a_state_that_has_become_impossible_is_409(server):
    video = create_video(server)
    pending = start_waiting(server, {"job": video, "state": "completed"})
    server.request("POST", f"/v1/videos/{video}/cancel", headers=AUTHORIZATION)
    answer = result_of(pending)
    assert answer.refusal == Refusal(409, "ADM034")
    assert answer.json["detail"] == f"this can no longer happen: {video} has ended as 'cancelled'"


def test_conditions_on_polls_and_requests_count_them(server):
    video = create_video(server)
    polls = start_waiting(server, {"job": video, "polls": 2})
    requests = start_waiting(server, {"requests": 1, "operation": "cancel", "status": "2xx"})
    server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
    server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
    assert result_of(polls).json["count"] == 2
    server.request("POST", f"/v1/videos/{video}/cancel", headers=AUTHORIZATION)
    assert result_of(requests).json["matches"] == ["req_100000004"]
    second = wait(server, {"requests": 1, "operation": "cancel", "since": 4, "timeout": "0s"})
    assert second.status == 504
    assert second.json["count"] == 0


def test_only_answered_polls_of_the_job_count(server):
    video = create_video(server)
    server.request("GET", "/v1/videos", headers=AUTHORIZATION)
    server.request("GET", f"/v1/videos/{video}", headers={"Authorization": "Bearer invalid"})
    server.request("GET", f"/v1/videos/{video}/content", headers=AUTHORIZATION)
    answer = wait(server, {"job": video, "polls": 1, "timeout": "0s"})
    assert answer.json["detail"] == "not within 0s: 0 of 1 polls came"


def test_a_timeout_is_504_with_the_situation(server):
    video = create_video(server)
    answer = wait(server, {"job": video, "state": "completed", "timeout": "10ms"})
    assert answer.refusal == Refusal(504, "ADM033")
    comes = "comes at 2026-10-01T12:00:26.000Z, in 26s of the session's clock"
    assert answer.json["detail"] == f"not within 10ms: {video} is 'queued'; 'completed' {comes}"
    assert answer.json["hint"] == "the clock is frozen: POST /__mock/clock moves it"
    assert answer.json["frozen"] is True
    assert answer.json["comes_at"] == "2026-10-01T12:00:26.000000Z"
    answer = wait(server, {"job": video, "state": "cancelled", "timeout": "0s"})
    expected = "'cancelled' does not come by time alone: a poll, a command or a move may bring it"
    assert answer.json["detail"].endswith(expected)
    answer = wait(server, {"requests": 2, "operation": "create", "timeout": "0s"})
    assert answer.json["detail"] == "not within 0s: 1 of 2 requests came"
    answer = wait(server, {"requests": 1, "operation": "create", "status": 400, "timeout": "0s"})
    assert answer.json["detail"].endswith("0 of 1 requests came; req_100000001 nearly fits")
    assert answer.json["near"][0]["reason"] == "STATUS"


def test_a_delivery_that_does_not_happen_is_504(server):
    answer = wait(server, {"delivery": {"event": "video.completed"}, "timeout": "0s"})
    assert answer.json["detail"] == "not within 0s: 0 deliveries were made, none as expected; nothing is due"
    server.admin("webhooks", {"vendor": "reap"})
    server.admin("jobs", {"vendor": "reap"})
    server.admin("clock", {"advance": "1m"})
    answer = wait(server, {"delivery": {"event": "completed"}, "timeout": "0s"})
    expected = "not within 0s: 1 delivery was made (project.completed), none as expected; nothing is due"
    assert answer.json["detail"] == expected


def test_a_delivery_meets_a_condition_and_is_explained():
    with fake_server("phaseo@2026-08-10") as server:
        server.admin("webhooks", {"vendor": "phaseo", "id": "ep_1", "receiver": [500], "events": ["completed"]})
        video = server.request("POST", "/v1/videos", {**VIDEO, "webhook": {"endpoint_id": "ep_1"}}, AUTHORIZATION).json[
            "id"
        ]
        answer = wait(server, {"delivery": {"state": "delivered"}, "timeout": "0s"})
        assert "; the next thing is due at 2026-10-01T12:00:26" in answer.json["detail"]
        pending = start_waiting(server, {"delivery": {"job": video, "state": "delivered"}})
        server.admin("clock", {"advance": "10m"})
        assert result_of(pending).json["delivery"]["status"] == 200
        assert result_of(pending).json["delivery"]["attempt"] == 2
        server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
        reasons = {reason["reason"]: reason["text"] for reason in server.admin("explain/req_100000002")["reasons"]}
        assert reasons["INPUTS"].startswith("webhook video.completed, attempt 1, not delivered (")
        assert "attempt 2, delivered at t=" in reasons["INPUTS"]


def test_the_end_of_the_session_ends_the_wait(server):
    server.admin("sessions", {"name": "t1"})
    for end in (lambda: server.admin("reset", {}, session="t1"), lambda: server.admin("sessions/t1", method="DELETE")):
        pending = start_waiting(server, {"requests": 1, "timeout": "30s"}, "t1")
        end()
        answer = result_of(pending)
        assert answer.refusal == Refusal(410, "ADM035")
    assert server.hub.get("t1") is None, "the wait has not created the session again"


def test_a_stopping_server_ends_the_wait():
    with fake_server() as server:
        pending = start_waiting(server, {"requests": 1, "timeout": "60s"})
    assert result_of(pending).status == 504


@pytest.mark.parametrize(
    ("body", "code", "expected"),
    [
        ({}, "ADM002", "the body has no condition to wait for"),
        ({"state": "queued", "polls": 1}, "ADM002", "a call waits for one condition, and this one for state and polls"),
        ({"requests": 1, "oparation": "get"}, "ADM002", "no field 'oparation'"),
        ({"requests": 1, "operation": "gett"}, "ADM003", "no operation 'gett'"),
        ({"requests": 0}, "ADM003", "requests must be an integer from 1 to"),
        ({"delivery": {}}, "ADM003", "delivery must be a part of a delivery"),
        ({"delivery": {"a": 1}, "job": "x"}, "ADM002", "'job' cannot be combined with delivery"),
        ({"state": "queued"}, "ADM002", "'job' is missing"),
        ({"polls": 1}, "ADM002", "'job' is missing"),
        ({"polls": 1, "job": "x"}, "ADM004", "no job 'x'"),
        ({"requests": 1, "timeout": "2m"}, "ADM003", "timeout must be a duration of real time up to 60s, not '2m'"),
        ({"requests": 1, "timeout": "soon"}, "ADM003", "timeout must be a duration of real time up to 60s, not 'soon'"),
    ],
)
def test_an_invalid_condition_is_refused(server, body, code, expected):
    answer = wait(server, body)
    assert answer.json["code"] == code
    assert answer.json["detail"].startswith(expected)


def test_an_unknown_state_gets_the_nearest(server):
    answer = wait(server, {"job": create_video(server), "state": "complete"})
    assert answer.json["code"] == "ADM005"
    assert answer.json["detail"] == "no video state 'complete' (did you mean 'completed'?)"
