"""Websocket addresses that Phaseo's own client builds, opened by a real websocket client."""

from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.support.phaseo_requests import AUTHORIZATION, VIDEO
from tests.support.sdk_clients import phaseo_client


async def frames_of_eight_hours(url: str, server, *, session: str = "default", count: int = 3) -> list[tuple[str, str]]:
    """Open a socket, advance by eight hours, and return type and status of each message until the close."""
    async with aiohttp.ClientSession() as http, http.ws_connect(url, headers=AUTHORIZATION) as socket:
        first = await socket.receive_json(timeout=5)
        clock = f"{server.url}/__mock/clock"
        await http.post(clock, json={"advance": "8h"}, headers={"X-Mock-Session": session})
        rest = [await socket.receive_json(timeout=5) for _ in range(count - 1)]
        assert (await socket.receive(5)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1000
    return [(each["type"], each["data"]["status"]) for each in (first, *rest)]


ALL_FRAMES = [("job.snapshot", "queued"), ("job.updated", "processing"), ("job.updated", "completed")]


@pytest.mark.parametrize("name", ["videos", "async_jobs"])
async def test_the_address_that_the_client_builds_works(server, name):
    client = phaseo_client(server)
    video = client.videos.create(VIDEO)["id"]
    options = {"interval_ms": 1500, "close_on_terminal": True}
    url = (
        client.videos.websocket_url(video, **options)
        if name == "videos"
        else client.async_jobs.websocket_url("video", video, **options)
    )
    assert parse_qs(urlsplit(url).query)["interval_ms"] == ["1500"]
    assert await frames_of_eight_hours(url, server) == ALL_FRAMES


async def test_the_address_in_a_response_works_in_its_session(server):
    client = phaseo_client(server, prefix="/s/mine")
    video = client.videos.create(VIDEO)["id"]
    url = client.videos.retrieve(video)["websocket_url"]
    assert "/s/mine/v1/async/video/" in url
    assert client.videos.websocket_url(video) == url
    assert await frames_of_eight_hours(url, server, session="mine") == ALL_FRAMES


async def test_a_socket_can_stay_open_after_the_end_of_the_job(server):
    client = phaseo_client(server)
    video = client.videos.create(VIDEO)["id"]
    url = client.videos.websocket_url(video, close_on_terminal=False)
    async with aiohttp.ClientSession() as http, http.ws_connect(url, headers=AUTHORIZATION) as socket:
        await socket.receive_json(timeout=5)
        await http.post(f"{server.url}/__mock/clock", json={"advance": "8h"})
        assert [(await socket.receive_json(timeout=5))["type"] for _ in range(2)] == ["job.updated"] * 2
        client.videos.delete(video)
        await http.post(f"{server.url}/__mock/clock", json={"advance": "10s"})
        assert await socket.receive_json(timeout=5) == {"type": "job.deleted", "data": {"id": video, "kind": "video"}}
        assert (await socket.receive(5)).type is aiohttp.WSMsgType.CLOSE
