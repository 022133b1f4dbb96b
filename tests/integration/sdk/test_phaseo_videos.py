"""Phaseo's Python client 3.0.0: a video from creation to deletion. (Cancelling: test_phaseo_cancel.py.)

The client returns plain dicts and raises `urllib.error.HTTPError`; only `content` uses httpx.
"""

from collections.abc import Iterator
from itertools import chain
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from phaseo import Phaseo

from tests.support.fake_server import FakeServer, fake_server
from tests.support.phaseo_requests import AUTHORIZATION
from tests.support.sdk_clients import CLIP, ErrorReason, expect_error, phaseo_client

UNKNOWN = "G-01ARZ3NDEKTSV4RRFFQ69G5FAV"
ERAS = ("2026-04-01", "2026-05-06", "2026-06-11", "2026-07-09", "2026-08-05", "2026-08-10")
"""All eras but that of 2026-05-07, in which every route answers 501 (test_phaseo_cancel.py)."""


def finished(server: FakeServer, client: Phaseo, **more: object) -> str:
    """Create a video and complete it."""
    video_id: str = client.videos.create({**CLIP, **more})["id"]
    server.advance("26s")
    return video_id


@pytest.mark.parametrize("date", ERAS)
def test_polls_see_a_video_to_its_end_in_every_era(date):
    with fake_server(f"phaseo@{date}") as server:
        client = phaseo_client(server)
        video = client.videos.create(CLIP)
        seen = []
        while not seen or seen[-1][0] != "completed":
            shown = client.videos.retrieve(video["id"])
            seen.append((shown["status"], shown["progress"]))
            server.advance("10s")
        waiting, working = ("pending", "in_progress") if date == "2026-04-01" else ("queued", "processing")
        assert seen == [(waiting, 0), (working, 35), (working, 72), ("completed", 100)]
        assert client.videos.retrieve(video["id"])["asset"]["duration_seconds"] == 5


def test_create_returns_a_reduced_object(client):
    """The pages promise a `polling_url` in it; the service sends it only with later reads."""
    made = client.videos.create(CLIP)
    assert made["id"].startswith("G-")
    assert made["object"] == "video"
    assert made["status"] == "queued"
    assert made["progress"] == 0
    assert "polling_url" not in made


def test_the_polling_url_can_be_requested_unchanged(server, client):
    video = client.videos.retrieve(client.videos.create(CLIP)["id"])
    assert server.request("GET", video["polling_url"], headers=AUTHORIZATION).json == video


def test_the_client_checks_each_model_once_for_retirement(server, client):
    """It raises `ValueError` for a retired model before the POST; here no model is retired."""
    for _ in range(2):
        client.videos.create(CLIP)
    calls = [entry["request"] for entry in server.admin("journal")["entries"]]
    assert [call["path"] for call in calls] == ["/v1/data/models", "/v1/videos", "/v1/videos"]
    assert parse_qs(calls[0]["query"]) == {"model_id": [CLIP["model"]], "limit": ["1"]}
    assert client.models.validate(CLIP["model"]) == {"ok": True, "info": None}


def test_a_model_of_openai_has_the_statuses_of_openai(server, client):
    video_id = client.videos.create({"model": "sora-2", "prompt": "a cat", "seconds": "8"})["id"]
    server.advance("10s")
    video = client.videos.retrieve(video_id)
    assert video["status"] == "in_progress"
    assert video["lifecycle_status"] == "running"
    assert video["seconds"] == "8"


def test_list_pages_contain_every_video_once(server, client):
    made = []
    for _ in range(7):
        made.append(client.videos.create(CLIP)["id"])
        server.advance("1s")
    pages, after = [], {}
    while True:
        page = client.videos.list({"limit": 3, **after})
        pages.append([video["id"] for video in page["data"]])
        assert page["first_id"] == pages[-1][0]
        assert page["last_id"] == pages[-1][-1]
        if not page["has_more"]:
            break
        after = {"after": page["last_id"]}
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == made[::-1]
    assert [video["id"] for video in client.videos.list({"order": "asc"})["data"]] == made


def test_list_filters_by_status(server, client):
    done = finished(server, client)
    working = client.videos.create(CLIP)["id"]
    server.advance("5s")
    waiting = client.videos.create(CLIP)["id"]

    def listed(*statuses: str) -> list[str]:
        return [video["id"] for video in client.videos.list({"status": list(statuses)})["data"]]

    assert listed("completed") == [done]
    assert listed("queued", "processing") == [waiting, working]
    assert listed("succeeded,running") == [working, done]
    assert listed("no such status") == [waiting, working, done]


def test_list_without_videos_is_empty(client):
    assert client.videos.list() == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_list_models_has_every_model(client):
    models = client.videos.list_models()
    assert CLIP["model"] in [model["model"] for model in models["data"]]
    assert all(model["output_types"] == ["video"] for model in models["data"])


def test_content_is_an_mp4(server, client):
    content = client.videos.content(finished(server, client))
    assert isinstance(content, bytes)
    assert content[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("processing", "video_not_ready"),
        ("failed", "video_generation_failed"),
        ("expired", "video_expired"),
    ],
)
def test_content_of_an_unfinished_video_is_refused(server, client, state, reason):
    """The error is httpx's; all other calls raise urllib's."""
    video_id = client.videos.create(CLIP)["id"]
    server.move(video_id, state)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        client.videos.content(video_id)
    assert caught.value.response.status_code == 409
    assert caught.value.response.json()["reason"] == reason


def test_content_of_an_unknown_video_is_refused(client):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        client.videos.content(UNKNOWN)
    assert caught.value.response.status_code == 404


def test_a_signed_link_needs_no_key_until_it_expires(server, client):
    video_id = finished(server, client)
    signed = client.videos.download_url(video_id, {"ttl_seconds": 120, "disposition": "inline"})
    assert signed["expires_at"] == server.now() // 1_000_000 + 120

    server.advance("2m")
    answer = server.request("GET", signed["download_url"])
    assert answer.status == 200
    assert answer.body == client.videos.content(video_id)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{video_id}.mp4"'

    server.advance("1s")
    assert server.request("GET", signed["download_url"]).status == 401


def test_a_signed_link_is_valid_for_its_video_only(server, client):
    first, second = finished(server, client), finished(server, client)
    link = urlsplit(client.videos.download_url(first)["download_url"])
    elsewhere = f"{link.path.replace(first, second)}?{link.query}"
    assert server.request("GET", elsewhere).json["reason"] == "signed_download_video_mismatch"


def test_the_links_in_a_video_can_be_requested_unchanged(server, client):
    video = client.videos.retrieve(finished(server, client, sample_count=2))
    assert server.request("GET", video["download_url"]).body[4:8] == b"ftyp"
    for output in video["outputs"]:
        assert server.request("GET", output["content_url"], headers=AUTHORIZATION).status == 200
        assert server.request("GET", output["download_url"]).status == 200


def test_a_download_link_requires_a_completed_video(client):
    video_id = client.videos.create(CLIP)["id"]
    refused = expect_error(client.videos.download_url, video_id)
    assert refused.reason == ErrorReason(400, "validation_error", "video_download_requires_completed_status")
    assert refused.body["status"] == "queued"


def test_a_finished_video_can_be_deleted(server, client):
    video_id = client.videos.create(CLIP)["id"]
    refused = expect_error(client.videos.delete, video_id)
    assert refused.reason == ErrorReason(400, "validation_error", "video_delete_requires_terminal_status")

    server.advance("26s")
    assert client.videos.delete(video_id) == {"id": video_id, "object": "video.deleted", "deleted": True}
    assert expect_error(client.videos.retrieve, video_id).reason == ErrorReason(404, "not_found", "video_deleted")
    assert client.videos.list()["data"] == []


def test_an_unknown_video_is_not_found(client):
    not_found = ErrorReason(404, "not_found", "video_not_found_or_not_owned")
    assert expect_error(client.videos.retrieve, UNKNOWN).reason == not_found
    assert expect_error(client.videos.delete, UNKNOWN).reason == not_found
    assert expect_error(client.videos.download_url, UNKNOWN).reason == not_found


def test_an_invalid_create_is_refused_with_details_and_creates_nothing(server, client):
    refused = expect_error(client.videos.create, {**CLIP, "duration": 500, "colour": "red"})
    assert refused.reason == ErrorReason(400, "validation_error")
    assert [(wrong["path"], wrong["keyword"]) for wrong in refused.body["details"]] == [
        (["duration"], "too_big"),
        ([], "unrecognized_keys"),
    ]
    assert server.admin("jobs")["total"] == 0


def test_an_unknown_model_is_refused(client):
    refused = expect_error(client.videos.create, {**CLIP, "model": "nonsense"})
    assert refused.reason == ErrorReason(400, "unsupported_model_or_endpoint")
    assert refused.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("key", "reason"), [("invalid", "key_not_found_or_revoked"), ("expired", "key_expired")])
def test_a_refused_key_is_refused_in_every_call(server, key, reason):
    client = phaseo_client(server, key)
    for call, arguments in (
        (client.videos.create, [CLIP]),
        (client.videos.retrieve, [UNKNOWN]),
        (client.videos.cancel, [UNKNOWN]),
        (client.videos.list, []),
        (client.videos.list_models, []),
    ):
        assert expect_error(call, *arguments).reason == ErrorReason(401, "unauthorised", reason)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        client.videos.content(UNKNOWN)
    assert caught.value.response.status_code == 401


def test_an_endpoint_that_the_fake_does_not_have_is_404_with_a_note(server, client):
    assert expect_error(client.request, "GET", "/video").reason == ErrorReason(404, "not_found", "route_not_found")
    assert server.admin("journal")["entries"][-1]["note"].startswith("nearest: GET /v1/videos ")


def test_the_websocket_url_equals_the_client_s_own(client):
    video = client.videos.retrieve(client.videos.create(CLIP)["id"])
    assert video["websocket_url"] == client.videos.websocket_url(video["id"])


def test_an_error_contains_the_request_id(server, client):
    """The id is in the body and in the journal."""
    body = expect_error(client.videos.retrieve, UNKNOWN).body
    assert body["status_code"] == 404
    assert body["error_type"] == "user"
    assert body["error_origin"] == "user"
    assert body["request_id"] == server.admin("journal")["entries"][-1]["request_id"]


@pytest.fixture
def june() -> Iterator[FakeServer]:
    with fake_server("phaseo@2026-06-11") as server:
        yield server


def test_money_is_reserved_and_then_settled(june):
    client = phaseo_client(june)
    video_id = client.videos.create(CLIP)["id"]
    assert client.videos.retrieve(video_id)["billing"]["state"] == "estimated"
    june.advance("26s")
    billing = client.videos.retrieve(video_id)["billing"]
    assert billing["state"] == "settled"
    assert billing["settled_user_cost"] == "0.50"
    booked = june.admin(f"ledger?job={video_id}")["entries"]
    assert [(entry["entry"], entry["amount"]) for entry in booked] == [("reserve", 0.5), ("settle", 0.5)]
