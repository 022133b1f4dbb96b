"""Phaseo's Python client 3.0.0: `videos.cancel` in every era and every state.

Five 501 bodies differ, so a client must not go by `error` alone: each test names status, code word and reason.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fake_server import FakeServer, fake_server
from tests.support.sdk_clients import CLIP, ErrorReason, expect_error, phaseo_client

UNKNOWN = "G-01ARZ3NDEKTSV4RRFFQ69G5FAV"
WORKING = ("2026-06-11", "2026-07-09", "2026-08-05")
"""The eras in which a cancel works."""
ENDS = ("completed", "failed", "expired")

RESERVED = ErrorReason(501, "not_implemented_yet", "video_cancel_temporarily_disabled")
SWITCHED_OFF = ErrorReason(501, "not_implemented", "feature_temporarily_disabled")
DISABLED = ErrorReason(501, "not_implemented_yet", "video_cancellation_disabled")
UNSUPPORTED = ErrorReason(501, "not_implemented_yet", "video_cancel_provider_not_supported")
TOO_LATE = ErrorReason(400, "validation_error", "video_cancel_requires_non_terminal_status")
NOT_FOUND = ErrorReason(404, "not_found", "video_not_found_or_not_owned")


@pytest.fixture(params=WORKING)
def server(request) -> Iterator[FakeServer]:
    with fake_server(f"phaseo@{request.param}") as running:
        yield running


def started(server: FakeServer, state: str, **more: object) -> str:
    """Create a video in a state."""
    video_id: str = phaseo_client(server).videos.create({**CLIP, **more})["id"]
    if state == "processing":
        server.advance("10s")
    elif state == "completed":
        server.advance("26s")
    elif state != "queued":
        server.move(video_id, state)
    return video_id


# Where a cancel works


@pytest.mark.parametrize("state", ["queued", "processing"])
def test_a_live_video_is_cancelled_at_once_and_for_good(server, state):
    client, video_id = phaseo_client(server), started(server, state)
    cancelled = client.videos.cancel(video_id)
    assert cancelled["status"] == "cancelled"
    assert cancelled["lifecycle_status"] == "cancelled"
    assert cancelled["completed_at"] == server.now() // 1_000_000
    assert cancelled["billing"]["state"] == "void"
    assert cancelled["billing"]["settled_user_cost"] == "0.00"
    server.advance("1h")
    assert client.videos.retrieve(video_id) == cancelled


@pytest.mark.parametrize("state", ["queued", "processing"])
def test_a_second_cancel_has_the_same_answer_and_frees_no_more_money(server, state):
    client, video_id = phaseo_client(server), started(server, state)
    first = client.videos.cancel(video_id)
    server.advance("1m")
    assert client.videos.cancel(video_id) == first
    booked = [entry["entry"] for entry in server.admin(f"ledger?job={video_id}")["entries"]]
    assert booked == ["reserve", "release"]


@pytest.mark.parametrize("state", ENDS)
def test_an_ended_video_cannot_be_cancelled(server, state):
    client, video_id = phaseo_client(server), started(server, state)
    before = client.videos.retrieve(video_id)
    refused = expect_error(client.videos.cancel, video_id)
    assert refused.reason == TOO_LATE
    assert refused.body["status"] == state
    assert client.videos.retrieve(video_id) == before


def test_an_unknown_video_cannot_be_cancelled(server):
    assert expect_error(phaseo_client(server).videos.cancel, UNKNOWN).reason == NOT_FOUND


@pytest.mark.parametrize("model", ["google/veo-3.1", "minimax/hailuo-2.3", "bytedance/seedance-2.0"])
def test_a_provider_without_cancel_refuses_it(server, model):
    client, video_id = phaseo_client(server), started(server, "queued", model=model)
    video = client.videos.retrieve(video_id)
    assert video["cancel_url"] is None
    refused = expect_error(client.videos.cancel, video_id)
    assert refused.reason == UNSUPPORTED
    assert refused.body["provider"] == video["provider"]
    assert refused.body["native_video_id"] == video["native_video_id"]
    server.advance("26s")
    assert client.videos.retrieve(video_id)["status"] == "completed"


@pytest.mark.parametrize("model", ["openai/sora-2", "runway/gen4.5"])
def test_every_provider_with_cancel_accepts_it(server, model):
    client, video_id = phaseo_client(server), started(server, "queued", model=model, duration=8)
    assert client.videos.cancel(video_id)["status"] == "cancelled"


def test_concurrent_cancels_have_equal_answers(server):
    """The money is freed once."""
    client, video_id = phaseo_client(server), started(server, "processing")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.videos.cancel, [video_id] * 16))
    assert [answer["status"] for answer in answers] == ["cancelled"] * 16
    assert [entry["entry"] for entry in server.admin("ledger")["entries"]] == ["reserve", "release"]


def test_the_cancel_url_is_present_while_it_works(server):
    client, video_id = phaseo_client(server), started(server, "processing")
    url = client.videos.retrieve(video_id)["cancel_url"]
    answer = server.request("POST", url, headers={"Authorization": "Bearer test-key"})
    assert answer.status == 200
    assert answer.json["status"] == "cancelled"
    assert answer.json["cancel_url"] is None


def test_a_cancelled_video_has_no_content_and_cannot_be_deleted(server):
    """The documentation says that it can be deleted; the service refuses."""
    client, video_id = phaseo_client(server), started(server, "queued")
    client.videos.cancel(video_id)
    answer = server.request("GET", f"/v1/videos/{video_id}/content", headers={"Authorization": "Bearer test-key"})
    assert answer.status == 409
    assert answer.json["reason"] == "video_cancelled"
    refused = expect_error(client.videos.delete, video_id)
    assert refused.reason == ErrorReason(400, "validation_error", "video_delete_requires_terminal_status")


# Eras in which cancel does not work


@pytest.mark.parametrize(
    ("date", "body"), [("2026-04-01", RESERVED), ("2026-05-06", RESERVED), ("2026-08-10", DISABLED)]
)
@pytest.mark.parametrize("state", ["queued", "processing", *ENDS])
def test_cancel_is_refused_in_every_state_and_changes_nothing(date, body, state):
    if date == "2026-04-01":
        state = {"queued": "pending", "processing": "in_progress", "expired": "cancelled"}.get(state, state)
    with fake_server(f"phaseo@{date}") as server:
        client = phaseo_client(server)
        video_id = client.videos.create(CLIP)["id"]
        server.advance("10s")
        if state == "completed":
            server.advance("16s")
        elif state not in ("queued", "pending", "processing", "in_progress"):
            server.move(video_id, state)
        before = client.videos.retrieve(video_id)
        assert expect_error(client.videos.cancel, video_id).reason == body
        assert client.videos.retrieve(video_id) == before


@pytest.mark.parametrize(
    ("date", "body"), [("2026-04-01", RESERVED), ("2026-05-06", RESERVED), ("2026-08-10", DISABLED)]
)
def test_cancel_is_refused_before_the_job_lookup_and_after_the_key_check(date, body):
    with fake_server(f"phaseo@{date}") as server:
        assert expect_error(phaseo_client(server).videos.cancel, UNKNOWN).reason == body
        assert expect_error(phaseo_client(server, "invalid").videos.cancel, UNKNOWN).status == 401


def test_in_may_2026_every_route_is_switched_off_for_every_key():
    with fake_server("phaseo@2026-05-07") as server:
        for client in (phaseo_client(server), phaseo_client(server, "invalid")):
            for call, arguments in (
                (client.videos.create, [CLIP]),
                (client.videos.list, []),
                (client.videos.list_models, []),
                (client.videos.retrieve, [UNKNOWN]),
                (client.videos.cancel, [UNKNOWN]),
                (client.videos.delete, [UNKNOWN]),
            ):
                refused = expect_error(call, *arguments)
                assert refused.reason == SWITCHED_OFF
                assert refused.body["feature"] == "videos"
                assert "status_code" not in refused.body


def test_the_refusals_of_the_eras_differ():
    """A client can find out the era from the reason."""
    seen = set()
    for date in ("2026-05-06", "2026-05-07", "2026-08-10"):
        with fake_server(f"phaseo@{date}") as server:
            seen.add(expect_error(phaseo_client(server).videos.cancel, UNKNOWN).reason)
    assert seen == {RESERVED, SWITCHED_OFF, DISABLED}
