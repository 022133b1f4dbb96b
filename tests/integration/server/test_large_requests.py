"""Requests that take long are prepared in a thread; everything else about them is as with any other."""

import json
from collections.abc import Iterator

import pytest

from mockserver.server.limits import PREPARED_BODY_BYTES
from tests.support.fake_server import FakeServer, Refusal, fake_server
from tests.support.phaseo_requests import AUTHORIZATION, create_video

ROW = {"method": "POST", "url": "/v1/responses", "body": {"input": "Describe a lighthouse at dusk."}}


@pytest.fixture
def previewed() -> Iterator[FakeServer]:
    """Start a server of the era whose batches have results."""
    with fake_server("phaseo@2026-09-17", judged=False) as running:
        yield running


def create_batch(server: FakeServer, rows: list[object], **headers: str):
    body = json.dumps({"model": "openai/gpt-5-nano", "requests": rows})
    return server.request("POST", "/v1/batches", body.encode(), {**AUTHORIZATION, **headers})


def test_a_large_batch_is_created_read_and_downloaded(previewed):
    made = create_batch(previewed, [{**ROW, "custom_id": f"r{number}"} for number in range(5_000)])
    assert made.status == 200
    assert made.json["request_counts"]["total"] == 5_000
    path = f"/v1/batches/{made.json['id']}"
    assert previewed.request("GET", f"{path}/results", headers=AUTHORIZATION).status == 409
    previewed.admin("clock", {"advance": "10m"})
    results = previewed.request("GET", f"{path}/results", headers=AUTHORIZATION)
    assert [json.loads(line)["custom_id"] for line in results.body.splitlines()] == [f"r{n}" for n in range(5_000)]
    assert previewed.admin("journal?operation=batch_results")["total"] == 2


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/videos"])
def test_a_large_body_is_refused_as_a_small_one_is(previewed, path):
    small, large = (
        previewed.request("POST", path, b'{"nonsense": "%b"}' % (b"x" * size), AUTHORIZATION)
        for size in (1, PREPARED_BODY_BYTES)
    )
    assert small.status == large.status == 400
    assert small.body.replace(b"req_100000001", b"req_100000002") == large.body


def test_a_large_request_meets_faults_and_holds(previewed):
    previewed.admin("faults", {"on": "create_batch", "do": {"status": 503}})
    assert create_batch(previewed, [ROW] * 2_000).status == 503
    video = create_video(previewed)
    assert previewed.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION).status == 200


def test_a_large_request_to_a_session_of_the_past_is_410(previewed):
    previewed.request("GET", "/s/a@1/v1/videos", headers=AUTHORIZATION)
    previewed.request("POST", "/s/a/__mock/reset", b"{}", {"Content-Type": "application/json"})
    body = json.dumps({"model": "openai/gpt-5-nano", "requests": [ROW] * 2_000}).encode()
    refused = previewed.request("POST", "/s/a@1/v1/batches", body, AUTHORIZATION)
    assert refused.refusal == Refusal(410, "SES003")
