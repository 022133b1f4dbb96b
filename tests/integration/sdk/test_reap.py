"""Reap over plain HTTP, as the curl lines of its pages send it: Reap has no Python client."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.timeline import NO_END, Timed
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import build_timeline
from mockserver.vendors.script import Script, SeededJob, TimelineRule
from tests.support.fake_server import FakeServer, ServerResponse, fake_server

PAGE_EXAMPLE = "65f1a2b3c4d5e6f7a8b9c0d2"
"""The project of the example request on the page of cancel-project."""
UNKNOWN = "0123456789abcdef01234567"
SOURCE = "https://videos.example.com/talks/keynote.mp4"
PREPARING = ("queued", "prepped", "draft")
WORKING = ("processing", "finalizing")
FINISHED = ("completed", "invalid", "expired", "failed", "error")


class Reap:
    """Client of the automation API, with a key."""

    def __init__(self, server: FakeServer, key: str = "YOUR_API_KEY") -> None:
        self._server = server
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": "curl/8.5.0", "Accept": "*/*"}

    def _call(self, method: str, call: str, body: object = None) -> ServerResponse:
        return self._server.request(method, f"/api/v1/automation/{call}", body, self._headers)

    def post(self, call: str, **body: object) -> ServerResponse:
        return self._call("POST", call, body)

    def get(self, call: str, **query: object) -> ServerResponse:
        return self._call("GET", f"{call}?{urlencode(query)}")

    def delete(self, call: str, **query: object) -> ServerResponse:
        return self._call("DELETE", f"{call}?{urlencode(query)}")

    def project(self, **options: object) -> str:
        """Create a project of the example video; return its id."""
        answer = self.post("create-clips", sourceUrl=SOURCE, **options)
        assert answer.status == 200, answer.body
        return answer.json["id"]

    def cancel(self, project_id: str) -> ServerResponse:
        return self.post("cancel-project", projectId=project_id)

    def status(self, project_id: str) -> str:
        return self.get("get-project-status", projectId=project_id).json["status"]


@pytest.fixture
def reap(server: FakeServer) -> Reap:
    return Reap(server)


def scenario(name: str, **script: object) -> Scenario:
    return Scenario(name, "reap", script=Script(**script))


# The page's example


def test_the_page_s_example_request_is_answered():
    with fake_server(scenarios=(scenario("page-example", jobs=(SeededJob(PAGE_EXAMPLE),)),)) as server:
        answer = server.request(
            "POST",
            "/api/v1/automation/cancel-project",
            b'{\n    "projectId": "65f1a2b3c4d5e6f7a8b9c0d2"\n  }',
            {
                "Authorization": "Bearer YOUR_API_KEY",
                "Content-Type": "application/json",
                "User-Agent": "curl/8.5.0",
                "Accept": "*/*",
            },
        )
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json["id"] == PAGE_EXAMPLE
        assert answer.json["status"] == "cancelled"


def test_the_shorter_path_of_newer_pages_works(server, reap):
    headers = {"Authorization": "Bearer YOUR_API_KEY"}
    answer = server.request("POST", "/automation/cancel-project", {"projectId": reap.project()}, headers)
    assert answer.json["status"] == "cancelled"


# From the upload to the download


def test_a_project_from_upload_to_deletion(server, reap):
    place = reap.post("get-upload-url", filename="keynote.mp4").json
    assert place["fileName"] == "keynote.mp4"
    assert place["fileType"] == "video"
    assert place["status"] == "upload"
    put = server.request("PUT", place["uploadUrl"], b"\0" * 70_000, {"Content-Type": "video/mp4"})
    assert put.status == 200

    asked = {"uploadId": place["id"], "genre": "talking", "exportOrientation": "portrait", "exportResolution": 1080}
    project = reap.post("create-clips", **asked).json
    assert project["status"] == "queued"
    assert project["projectType"] == "clipping"
    assert project["source"] == "Upload"
    assert project["title"] == "keynote.mp4"
    assert project["exportResolution"] == 1080
    project_id = project["id"]

    seen = []
    while not seen or seen[-1] != "completed":
        answer = reap.get("get-project-status", projectId=project_id)
        assert set(answer.json) == {"projectId", "projectType", "source", "status"}
        seen.append(answer.json["status"])
        server.advance("4s")
    assert seen == ["queued", "prepped", "processing", "processing", "processing", "finalizing", "completed"]

    details = reap.get("get-project-details", projectId=project_id).json
    assert details["status"] == "completed"
    assert details["updatedAt"] == details["createdAt"] + 23

    pages = [reap.get("get-project-clips", projectId=project_id, page=page, pageSize=2).json for page in (1, 2)]
    assert [len(page["clips"]) for page in pages] == [2, 1]
    assert {(page["totalPages"], page["totalClips"]) for page in pages} == {(2, 3)}
    clip = pages[0]["clips"][0]
    assert reap.get("get-clip-details", projectId=project_id, clipId=clip["id"]).json == clip
    assert clip["duration"] == clip["endTime"] - clip["startTime"]
    video = server.request("GET", clip["clipUrl"])
    assert video.headers["Content-Type"] == "video/mp4"
    assert video.body[4:8] == b"ftyp"
    assert server.request("GET", details["thumbnail"]).headers["Content-Type"] == "image/png"

    renamed = reap.post("update-project", projectId=project_id, title="Second cut")
    assert renamed.status == 200
    assert renamed.json["title"] == "Second cut"
    assert reap.delete("delete-project", projectId=project_id).json == {"projectId": project_id, "deleted": True}
    assert reap.get("get-all-projects").json == {
        "projects": [],
        "currentPage": 1,
        "totalPages": 0,
        "totalProjects": 0,
    }
    assert reap.get("get-project-details", projectId=project_id).status == 404


def test_clips_appear_at_the_end(server, reap):
    project_id = reap.project()
    seen = []
    for _ in range(3):
        seen.append(reap.get("get-project-clips", projectId=project_id).json["totalClips"])
        server.advance("12s")
    assert seen[:2] == [0, 0]
    assert 3 <= seen[2] <= 5


@pytest.mark.parametrize(
    ("call", "more", "kind"),
    [
        ("create-captions", {}, "captions"),
        ("create-dubbing", {"sourceLanguage": "en", "targetLanguage": "fr"}, "dubbing"),
        ("create-transcription", {}, "transcription"),
    ],
)
def test_other_kinds_of_projects_complete_with_their_urls(server, reap, call, more, kind):
    project = reap.post(call, sourceUrl=SOURCE, **more).json
    assert project["projectType"] == kind
    server.advance("23s")
    details = reap.get("get-project-details", projectId=project["id"]).json
    assert details["status"] == "completed"
    assert details["urls"]
    for url in details["urls"].values():
        assert server.request("GET", url).status == 200


def test_project_pages_contain_every_project_once(reap):
    made = [reap.project() for _ in range(5)]
    pages = [reap.get("get-all-projects", page=page, pageSize=2).json for page in (1, 2, 3)]
    assert [project["id"] for page in pages for project in page["projects"]] == made[::-1]
    assert {(page["totalPages"], page["totalProjects"]) for page in pages} == {(3, 5)}


# Cancel


def booked_entries(server: FakeServer, project_id: str) -> list[tuple[str, float]]:
    entries = server.admin(f"ledger?job={project_id}")["entries"]
    return [(entry["entry"], entry["amount"]) for entry in entries]


@pytest.mark.parametrize("state", PREPARING)
def test_cancel_is_accepted_during_preparation(server, reap, state):
    project_id = reap.project()
    if state != "queued":
        server.move(project_id, "prepped")
    if state == "draft":
        server.move(project_id, "draft")
    server.advance("1s")
    assert reap.status(project_id) == state
    answer = reap.cancel(project_id)
    assert answer.status == 200
    assert answer.json["status"] == "cancelled"
    assert answer.json["updatedAt"] == answer.json["createdAt"] + 1


def test_credits_are_refunded_once(server, reap):
    project_id = reap.project(selectedStart=0, selectedEnd=379)
    assert booked_entries(server, project_id) == [("charge", 6)]
    assert reap.cancel(project_id).json["billedDuration"] == 6
    for _ in range(3):
        server.advance("1s")
        assert reap.cancel(project_id).status == 400
    assert booked_entries(server, project_id) == [("charge", 6), ("refund", 6)]


def test_of_concurrent_cancels_one_is_accepted(server, reap):
    """The credits are refunded once."""
    project_id = reap.project()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(reap.cancel, [project_id] * 10))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 9
    assert [entry for entry, _ in booked_entries(server, project_id)] == ["charge", "refund"]


@pytest.mark.parametrize("state", [*WORKING, *FINISHED])
def test_a_late_cancel_is_refused(server, reap, state):
    project_id = reap.project()
    server.advance({"processing": "5s", "finalizing": "20s", "completed": "23s"}.get(state, "0s"))
    if state in FINISHED and state != "completed":
        server.move(project_id, state)
    assert reap.status(project_id) == state
    answer = reap.cancel(project_id)
    assert answer.status == 400
    assert isinstance(answer.json["detail"], str)
    assert reap.status(project_id) == state
    assert [entry for entry, _ in booked_entries(server, project_id)] == ["charge"]


def test_a_refused_cancel_does_not_stop_the_project(server, reap):
    project_id = reap.project()
    server.advance("10s")
    assert reap.cancel(project_id).status == 400
    server.advance("13s")
    assert reap.status(project_id) == "completed"


@pytest.fixture
def server_with_stuck_projects() -> Iterator[FakeServer]:
    """Start a server whose projects are in processing for a day."""
    course = build_timeline(
        ("queued", Timed(SECOND)), ("prepped", Timed(SECOND)), ("processing", Timed(24 * HOUR)), ("completed", NO_END)
    )
    with fake_server(scenarios=(scenario("stuck", timeline_rules=(TimelineRule(course),)),)) as server:
        yield server


def test_a_stuck_project_can_be_cancelled(server_with_stuck_projects):
    """After eight hours of processing; the two seconds of preparation do not count."""
    reap = Reap(server_with_stuck_projects)
    project_id = reap.project()
    server_with_stuck_projects.advance("8h2s")
    assert reap.cancel(project_id).status == 400
    server_with_stuck_projects.advance("1s")
    assert reap.cancel(project_id).json["status"] == "cancelled"
    assert [entry for entry, _ in booked_entries(server_with_stuck_projects, project_id)] == ["charge", "refund"]
    server_with_stuck_projects.advance("24h")
    assert reap.status(project_id) == "cancelled"


def test_a_cancelled_project_can_be_read_and_deleted_but_not_edited(reap):
    project_id = reap.project()
    cancelled = reap.cancel(project_id).json
    assert reap.get("get-project-details", projectId=project_id).json == cancelled
    assert reap.get("get-all-projects").json["projects"] == [cancelled]
    assert reap.get("get-project-clips", projectId=project_id).json["clips"] == []
    assert reap.post("update-project", projectId=project_id, title="New").status == 400
    assert reap.delete("delete-project", projectId=project_id).status == 200
    assert reap.cancel(project_id).status == 404


def test_a_live_project_can_be_neither_renamed_nor_deleted(reap):
    project_id = reap.project()
    assert reap.post("update-project", projectId=project_id, title="New").status == 400
    assert reap.delete("delete-project", projectId=project_id).status == 400


def test_cancel_of_an_unknown_or_missing_project_is_refused(reap):
    assert reap.cancel(UNKNOWN).status == 404
    missing = reap.post("cancel-project")
    assert missing.status == 422
    assert missing.json["detail"][0]["loc"] == ["body", "projectId"]
    assert reap.post("cancel-project", projectId=12).status == 422


# Refusals


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({}, "Missing source URL or upload ID."),
        ({"sourceUrl": SOURCE, "selectedEnd": 59}, "Please select at least 1 minutes or longer from the timeline."),
        (
            {"sourceUrl": "https://nowhere.invalid/a.mp4"},
            "Unable to process video from nowhere.invalid. Please contact support.",
        ),
    ],
)
def test_a_refused_create_costs_nothing(server, reap, options, detail):
    answer = reap.post("create-clips", **options)
    assert answer.status == 400
    assert answer.json == {"detail": detail}
    assert server.admin("jobs")["total"] == 0
    assert server.admin("ledger")["total"] == 0


@pytest.mark.parametrize("key", ["invalid", "expired"])
def test_a_refused_key_is_401(server, key):
    answer = Reap(server, key).cancel(UNKNOWN)
    assert answer.status == 401
    assert isinstance(answer.json["detail"], str)


def test_a_missing_key_is_401(server):
    answer = server.request("POST", "/api/v1/automation/cancel-project", {"projectId": UNKNOWN})
    assert answer.status == 401


def rate_limit(answer: ServerResponse) -> dict[str, int]:
    """Read the rate limit headers, by the ends of their names."""
    return {name: int(answer.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset")}


def test_the_eleventh_call_in_a_minute_is_refused(server, reap):
    project_id = reap.project()
    reset = server.now() // SECOND + 60
    for left in range(9, -1, -1):
        answer = reap.get("get-project-status", projectId=project_id)
        assert answer.status == 200
        assert rate_limit(answer) == {"Limit": 10, "Remaining": left, "Reset": reset}
        server.advance("2s")

    refused = reap.get("get-project-status", projectId=project_id)
    assert refused.status == 429
    assert rate_limit(refused) == {"Limit": 10, "Remaining": 0, "Reset": reset}
    assert refused.headers["Retry-After"] == "40"
    assert isinstance(refused.json["detail"], str)

    other_operation = reap.get("get-project-details", projectId=project_id)
    other_key = Reap(server, "another-key").get("get-project-status", projectId=project_id)
    assert other_operation.status == 200
    assert other_key.status == 200

    server.advance("40s")
    assert reap.get("get-project-status", projectId=project_id).status == 200


def test_a_call_over_the_limit_has_no_effect(server, reap):
    project_id = reap.project()
    for _ in range(10):
        assert reap.cancel(UNKNOWN).status == 404
    assert reap.cancel(project_id).status == 429
    assert reap.status(project_id) == "queued"
    assert [entry for entry, _ in booked_entries(server, project_id)] == ["charge"]
