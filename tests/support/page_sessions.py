"""Sessions with something to see on the page."""

from typing import Final

from tests.support.fake_server import FakeServer
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO, create_video

STORY: Final = """\
scenario: too-late
vendor: phaseo@2026-06-11
clock: {start: "2026-10-01T12:00:00Z", mode: manual}
timeline:
  - queued: 3s
  - processing: 37s
  - completed
cancel:
  from: queued
  accept: cancelled
  refuse: {status: 409}
"""
"""A job that can be cancelled during its first three seconds."""


def refused_cancel(server: FakeServer, session: str = "story") -> str:
    """Begin a session with one job that is polled twice and cancelled too late: 409. Return the job's id."""
    server.admin("sessions", {"name": session, "text": STORY, "file": "too-late.yaml"})
    headers = {**AUTHORIZATION, "X-Mock-Session": session}
    job = create_video(server, session)
    for step in ("2s", "10s"):
        server.admin("clock", {"advance": step}, session=session)
        assert server.request("GET", f"/v1/videos/{job}", headers=headers).status == 200
    assert server.request("POST", f"/v1/videos/{job}/cancel", headers=headers).status == 409
    return job


def busy_session(server: FakeServer, session: str = "checkout") -> None:
    """Begin a session with jobs that ended in every way, a batch, a fault, and a cancel that came too late."""
    refused_cancel(server, session)
    headers = {**AUTHORIZATION, "X-Mock-Session": session}
    server.admin("jobs", {"vendor": "twelvelabs", "kind": "batch"}, session=session)
    cancelled = create_video(server, session)
    assert server.request("POST", f"/v1/videos/{cancelled}/cancel", headers=headers).status == 200
    server.admin("clock", {"advance": "4s"}, session=session)
    failed = create_video(server, session)
    server.admin("faults", {"on": "get", "job": failed, "when": {"times": 1}, "do": {"status": 503}}, session=session)
    for _ in range(5):
        server.admin("clock", {"advance": "4s"}, session=session)
        server.request("GET", f"/v1/videos/{failed}", headers=headers)
    server.move(failed, "failed", session)
    server.admin("clock", {"advance": "10s"}, session=session)
    create_video(server, session)
    server.admin("clock", {"advance": "9s"}, session=session)


WATCHED: Final = """\
scenario: watched
vendor: phaseo@2026-06-11
clock: {start: "2026-10-01T12:00:00Z", mode: manual}
timeline:
  - queued: 3s
  - processing: 37s
  - completed
webhooks:
  events: [created, status_changed, completed]
"""
"""A job whose events are sent to the session's own receiver."""


def watched_session(server: FakeServer, session: str = "watched") -> str:
    """Begin a session with a job that sends webhooks, ends, and is reopened against its contract. Return its id."""
    server.admin("sessions", {"name": session, "text": WATCHED, "file": "watched.yaml"})
    headers = {**AUTHORIZATION, "X-Mock-Session": session}
    answer = server.request("POST", "/v1/videos", {**VIDEO, "webhook": {"endpoint_id": "we_1"}}, headers)
    job = str(answer.json["id"])
    server.admin("clock", {"advance": "1m"}, session=session)
    server.request("GET", f"/v1/videos/{job}", headers=headers)
    server.admin(f"jobs/{job}/move", {"to": "processing", "force": True}, session=session)
    server.request("GET", f"/v1/videos/{job}", headers=headers)
    return job
