"""Phaseo's Python client 3.0.0: batches from creation to every end, and the socket of one."""

import aiohttp
import pytest
from phaseo import Phaseo

from tests.support.fake_server import FakeServer
from tests.support.sdk_clients import ErrorReason, expect_error, phaseo_client

NANO = "openai/gpt-5-nano"
PROMPTS = {"model": NANO, "prompts": ["Describe a lighthouse.", "Describe a pier."]}
KEY = {"Authorization": "Bearer test-key"}


@pytest.fixture
def client(server: FakeServer) -> Phaseo:
    return phaseo_client(server)


def test_polls_see_a_batch_to_its_end(server, client):
    batch = client.batches.create(PROMPTS)
    seen = [batch["status"]]
    for _ in range(3):
        server.advance("9s")
        seen.append(client.batches.retrieve(batch["id"])["status"])
    assert seen == ["validating", "in_progress", "completed", "completed"]
    done = client.batches.retrieve(batch["id"])
    assert done["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    assert done["billing"]["charged"] is True


def test_a_batch_is_cancelled_where_a_video_is_not(server, client):
    batch = client.batches.create(PROMPTS)
    server.advance("3s")
    assert client.batches.cancel(batch["id"])["status"] == "cancelling"
    server.advance("10s")
    assert client.batches.retrieve(batch["id"])["status"] == "cancelled"


def test_lists_and_models(server, client):
    made = [client.batches.create(PROMPTS)["id"] for _ in range(3)]
    assert [entry["id"] for entry in client.batches.list({"limit": 2})["data"]] == made[:0:-1]
    assert NANO in [model["model"] for model in client.batches.list_models()["data"]]


def test_errors_are_http_errors(client):
    missing = expect_error(client.batches.retrieve, "batch_none")
    assert missing.reason == ErrorReason(404, "not_found", "batch_not_found_or_not_owned")
    empty = expect_error(client.batches.create, {"model": NANO})
    assert empty.reason == ErrorReason(400, "validation_error", "missing_batch_input")
    other = expect_error(client.batches.create, {"model": "anthropic/claude-haiku-4.5", "prompts": ["x"]})
    assert (other.status, other.body["error"]["reason"]) == (403, "batch_provider_preview_disabled")


@pytest.mark.parametrize("resource", ["batches", "async_jobs"])
async def test_the_address_that_the_client_builds_leads_to_the_batch(server, client, resource):
    batch = client.batches.create(PROMPTS)["id"]
    url = (
        client.batches.websocket_url(batch)
        if resource == "batches"
        else client.async_jobs.websocket_url("batch", batch)
    )
    async with aiohttp.ClientSession() as http, http.ws_connect(url, headers=KEY) as socket:
        first = await socket.receive_json(timeout=5)
        await http.post(f"{server.url}/__mock/clock", json={"advance": "1m"})
        frames = [first]
        while (message := await socket.receive(5)).type is aiohttp.WSMsgType.TEXT:
            frames.append(message.json())
    assert [frame["type"] for frame in frames] == ["job.snapshot", *["job.updated"] * (len(frames) - 1)]
    assert [frame["data"]["progress"] for frame in frames] == [0, 0, 50, 100]
    assert (frames[0]["data"]["status"], frames[-1]["data"]["status"]) == ("pending", "completed")
