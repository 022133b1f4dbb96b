"""Many tests on one server: how an unmodified client names its session.

The names have this order of precedence: the header `X-Mock-Session`, the prefix `/s/{session}` of the base URL, the
API key `scenario:NAME#SESSION`; anything else shares the session `default`.
"""

import httpx
import pytest
from phaseo import Phaseo
from twelvelabs import NotFoundError, TwelveLabs

from mockserver.core.instants import SECOND
from mockserver.core.timeline import NO_END, Timed
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import build_timeline
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse, SeededJob, TimelineRule
from tests.support.fake_server import FakeServer, ServerResponse
from tests.support.sdk_clients import CLIP, ErrorReason, expect_error, phaseo_client

SEEDED = "G-01ARZ3NDEKTSV4RRFFQ69G5FAV"

FAILS = Scenario(
    "fails",
    "phaseo",
    date="2026-06-11",
    script=Script(
        timeline_rules=(
            TimelineRule(
                build_timeline(("queued", Timed(SECOND)), ("processing", Timed(9 * SECOND)), ("failed", NO_END))
            ),
        ),
        jobs=(SeededJob(SEEDED),),
    ),
)
REFUSES = Scenario(
    "refuses",
    "phaseo",
    date="2026-06-11",
    script=Script(cancels={"video": CancelScript(refusal=ScriptedResponse(502))}),
)


def ids(client: Phaseo) -> list[str]:
    return [video["id"] for video in client.videos.list()["data"]]


pytestmark = pytest.mark.server(known=[FAILS, REFUSES])


# Three ways to name a session


def test_the_prefix_of_the_base_url_names_the_session(server):
    first, second, default = (
        phaseo_client(server, prefix="/s/t1"),
        phaseo_client(server, prefix="/s/t2"),
        phaseo_client(server),
    )
    video_id = first.videos.create(CLIP)["id"]
    assert ids(first) == [video_id]
    assert ids(second) == []
    assert ids(default) == []
    assert expect_error(second.videos.retrieve, video_id).status == 404


def test_a_header_of_the_client_names_the_session(server):
    def client(session: str, http: httpx.Client) -> TwelveLabs:
        headers = {"X-Mock-Session": session}
        return TwelveLabs(api_key="any", base_url=f"{server.url}/v1.3", headers=headers, httpx_client=http)

    with httpx.Client(verify=False) as http:
        first = client("t1", http).analyze_async.batches
        second = client("t2", http).analyze_async.batches
        batch_id = server.admin("jobs", {"vendor": "twelvelabs"}, session="t1")["jobs"][0]
        assert [batch.batch_id for batch in first.list()] == [batch_id]
        assert list(second.list()) == []
        with pytest.raises(NotFoundError):
            second.retrieve(batch_id)


def test_a_header_in_plain_http_names_the_session(server):
    def request(method: str, call: str, session: str, body: object = None) -> ServerResponse:
        headers = {"Authorization": "Bearer key", "X-Mock-Session": session}
        return server.request(method, f"/api/v1/automation/{call}", body, headers)

    project = request("POST", "create-clips", "t1", {"sourceUrl": "https://example.com/a.mp4"}).json
    assert request("GET", "get-all-projects", "t1").json["projects"] == [project]
    assert request("GET", "get-all-projects", "t2").json["projects"] == []
    assert request("POST", "cancel-project", "t2", {"projectId": project["id"]}).status == 404


def test_an_api_key_names_a_scenario(server):
    client = phaseo_client(server, "scenario:fails")
    assert ids(client) == [SEEDED]
    server.advance("10s", session="fails")
    assert client.videos.retrieve(SEEDED)["status"] == "failed"
    assert ids(phaseo_client(server)) == []


def test_an_api_key_names_a_scenario_and_a_session(server):
    first, second = phaseo_client(server, "scenario:fails#run1"), phaseo_client(server, "scenario:fails#run2")
    first.videos.cancel(SEEDED)
    assert first.videos.retrieve(SEEDED)["status"] == "cancelled"
    assert second.videos.retrieve(SEEDED)["status"] == "queued"
    assert sorted(session["name"] for session in server.admin("sessions")["sessions"]) == ["run1", "run2"]


def test_any_other_key_shares_the_default_session(server):
    video_id = phaseo_client(server, "alice").videos.create(CLIP)["id"]
    assert ids(phaseo_client(server, "bob")) == [video_id]


def test_a_scenario_sets_era_and_cancel_policy(server):
    """All other sessions of this server have the newest era, in which no cancel works."""
    client = phaseo_client(server, "scenario:refuses")
    video_id = client.videos.create(CLIP)["id"]
    refused = expect_error(client.videos.cancel, video_id)
    assert refused.reason == ErrorReason(502, "upstream_error", "dashscope_task_cancel_failed")
    assert client.videos.retrieve(video_id)["status"] == "queued"
    other = phaseo_client(server)
    refused = expect_error(other.videos.cancel, other.videos.create(CLIP)["id"])
    assert refused.reason.reason == "video_cancellation_disabled"


def test_a_misspelt_scenario_is_an_unknown_key(server):
    refused = expect_error(phaseo_client(server, "scenario:fials").videos.list)
    assert refused.reason == ErrorReason(401, "unauthorised", "key_not_found_or_revoked")
    assert "did you mean 'fails'" in refused.body["message"]


def test_contradicting_session_names_are_refused(server):
    """The error is the mock server's own: problem+json."""
    refused = expect_error(phaseo_client(server, "scenario:fails#run1", "/s/run2").videos.list)
    assert refused.status == 409
    assert refused.body["code"] == "SES002"
    assert refused.headers["Content-Type"] == "application/problem+json"


# Isolation


def test_sessions_have_their_own_clocks(server):
    quick, slow = phaseo_client(server, prefix="/s/quick"), phaseo_client(server, prefix="/s/slow")
    made = [client.videos.create(CLIP)["id"] for client in (quick, slow)]
    server.admin("clock", {"advance": "26s"}, session="quick")
    assert quick.videos.retrieve(made[0])["status"] == "completed"
    assert slow.videos.retrieve(made[1])["status"] == "queued"


def test_an_advance_returns_the_changes_of_state(server):
    client = phaseo_client(server)
    video_id = client.videos.create(CLIP)["id"]
    moved = server.admin("clock", {"advance": "1h"})
    assert [(change["job"], change["state"]) for change in moved["happened"]] == [
        (video_id, "processing"),
        (video_id, "completed"),
    ]


def test_sessions_have_their_own_journals_and_limits(server):
    headers = {"Authorization": "Bearer key", "X-Mock-Session": "t1"}
    for _ in range(10):
        server.request("GET", "/api/v1/automation/get-all-projects", headers=headers)
    assert server.request("GET", "/api/v1/automation/get-all-projects", headers=headers).status == 429
    headers["X-Mock-Session"] = "t2"
    assert server.request("GET", "/api/v1/automation/get-all-projects", headers=headers).status == 200
    assert server.admin("journal", session="t1")["total"] == 11
    assert server.admin("journal", session="t2")["total"] == 1


def test_sessions_of_one_seed_have_equal_ids(server):
    made = {session: phaseo_client(server, prefix=f"/s/{session}").videos.create(CLIP) for session in ("a", "b")}
    assert made["a"] == made["b"]


# URLs in responses


def follow(server: FakeServer, url: str, key: str = "any") -> int:
    return server.request("GET", url, headers={"Authorization": f"Bearer {key}"}).status


def test_urls_lead_into_the_session(server):
    client = phaseo_client(server, prefix="/s/t1")
    video_id = client.videos.create(CLIP)["id"]
    server.advance("26s", session="t1")
    video = client.videos.retrieve(video_id)
    assert video["polling_url"] == f"{server.url}/s/t1/v1/videos/{video_id}"
    assert follow(server, video["polling_url"]) == 200
    assert follow(server, video["content_url"]) == 200
    assert server.request("GET", video["download_url"]).status == 200
    assert server.request("GET", client.videos.download_url(video_id)["download_url"]).status == 200


def test_urls_lead_into_the_session_that_an_api_key_names(server):
    """They work with that key, as a polling client sends it, and with any other."""
    key = "scenario:fails#tests/test_a.py::b[50%]"
    client = phaseo_client(server, key)
    video_id = client.videos.create(CLIP)["id"]
    video = client.videos.retrieve(video_id)
    assert follow(server, video["polling_url"], key) == 200
    assert follow(server, video["polling_url"]) == 200


def test_upload_urls_lead_into_the_session(server):
    headers = {"Authorization": "Bearer key", "X-Mock-Session": "t1"}
    place = server.request("POST", "/automation/get-upload-url", {"filename": "a.mp4"}, headers).json
    assert server.request("PUT", place["uploadUrl"], b"video").status == 200


# Resets and epochs


def test_a_reset_removes_jobs_and_restarts_the_clock(server):
    client = phaseo_client(server, prefix="/s/t1")
    client.videos.create(CLIP)
    server.advance("1h", session="t1")
    server.admin("reset", {}, session="t1")
    assert ids(client) == []
    assert server.admin("clock", session="t1")["elapsed"] == "0s"


def test_a_client_of_an_earlier_epoch_is_refused(server):
    """If the base URL names the epoch, a late request of the previous test cannot change the new state."""
    server.admin("sessions", {"name": "t1"})
    early = phaseo_client(server, prefix="/s/t1@1")
    video = early.videos.retrieve(early.videos.create(CLIP)["id"])
    assert follow(server, video["polling_url"]) == 200

    server.admin("reset", {}, session="t1")
    late = phaseo_client(server, prefix="/s/t1@2")
    assert ids(late) == []
    assert late.videos.create(CLIP)["id"] == video["id"]
    refused = expect_error(early.videos.create, CLIP)
    assert refused.status == 410
    assert refused.body["code"] == "SES003"
    assert follow(server, video["polling_url"]) == 410
    assert ids(late) == [video["id"]]


def test_epochs_continue_after_a_session_is_deleted(server):
    early = phaseo_client(server, prefix="/s/t1@1")
    phaseo_client(server, prefix="/s/t1").videos.list()
    assert ids(early) == []
    server.admin("sessions/t1", method="DELETE")
    assert expect_error(early.videos.list).status == 410
    phaseo_client(server, prefix="/s/t1").videos.list()
    assert expect_error(early.videos.list).status == 410
    server.admin("sessions/t1", method="DELETE")
    assert server.admin("sessions", {"name": "t1"})["epoch"] == 3


@pytest.mark.parametrize("name", ["..", "x" * 201, "t1@0", "t1@7"])
def test_an_invalid_session_name_is_refused(server, name):
    """Clients resolve `/s/../v1`; `@7` at the end of a name is an epoch."""
    made = server.request("POST", "/__mock/sessions", {"name": name})
    assert made.status == 400
    assert made.json["code"] == "SES001"
    answer = server.request("GET", "/v1/videos", headers={"X-Mock-Session": name, "Authorization": "Bearer key"})
    assert answer.status in (400, 410)
    assert server.admin("sessions")["total"] == 0
