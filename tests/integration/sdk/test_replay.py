"""The vendors' clients on a served recording of themselves: they poll at another pace and see the same."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from twelvelabs.types import VideoContext_Url

from tests.support.fake_server import fake_server
from tests.support.node_packages import node_modules
from tests.support.paths import ROOT
from tests.support.replay_server import ProxiedServer, ReplayServer, recorded, replaying
from tests.support.sdk_clients import CLIP, TWELVELABS, expect_error, phaseo_client, resolve, twelvelabs_client

NODE_CLIENT = ROOT / "tests" / "sdk_trial" / "twelvelabs_node.cjs"
VIDEO = VideoContext_Url(url="https://example.com/video.mp4")


def poll_phaseo(server: ProxiedServer, waits: list[str]) -> str:
    """Create a video and poll it, with a wait before each poll; return its id."""
    client = phaseo_client(server)
    video_id: str = client.videos.create(CLIP)["id"]
    for wait in waits:
        server.advance(wait)
        client.videos.retrieve(video_id)
    return video_id


def test_phaseo_sees_the_states_of_a_video_and_its_content(tmp_path: Path):
    path = tmp_path / "calls.jsonl"
    with fake_server("phaseo@2026-06-11") as server, recorded(server, path) as proxied:
        video_id = poll_phaseo(proxied, ["1s", "0s", "9s", "0s", "20s"])
        content = phaseo_client(proxied).videos.content(video_id)
    with replaying(path) as replay:
        client = phaseo_client(replay)
        first = client.videos.create(CLIP)["id"]
        assert first == video_id
        seen = [client.videos.retrieve(first)["status"] for _ in range(6)]
        assert seen == ["queued", "processing", "completed", "completed", "completed", "completed"]
        assert client.videos.content(first) == content
        second = client.videos.create(CLIP)["id"]
        assert second != first
        assert client.videos.retrieve(second)["id"] == second
        assert not replay.player.counts.unrecorded


def test_phaseo_cancels_at_another_moment(tmp_path: Path):
    path = tmp_path / "calls.jsonl"
    with fake_server("phaseo@2026-06-11") as server, recorded(server, path) as proxied:
        video_id = poll_phaseo(proxied, ["1s", "9s"])
        client = phaseo_client(proxied)
        cancelled = client.videos.cancel(video_id)
        client.videos.retrieve(video_id)
    with replaying(path, "time") as replay:
        client = phaseo_client(replay)
        client.videos.create(CLIP)
        assert client.videos.cancel(video_id)["status"] == cancelled["status"] == "cancelled"
        assert client.videos.retrieve(video_id)["status"] == "cancelled"
        error = expect_error(client.videos.cancel, video_id)
        assert error.status == 501
        assert error.body["code"] == "RPL003"


@pytest.mark.parametrize("kind", TWELVELABS)
async def test_twelvelabs_sees_the_states_of_a_task(tmp_path: Path, kind: str):
    path = tmp_path / "calls.jsonl"
    with fake_server() as server, recorded(server, path) as proxied:
        async with twelvelabs_client(kind, proxied) as client:
            task_id = await create_task(client)
            for wait in ("1s", "3s", "0s", "20s"):
                server.advance(wait)
                await resolve(client.analyze_async.tasks.retrieve(task_id))
    with replaying(path) as replay:
        async with twelvelabs_client(kind, replay) as client:
            assert await statuses_of_task(client, await create_task(client)) == ["queued", "processing"] + ["ready"] * 3
            copy = await create_task(client)
            assert copy != task_id
            assert await statuses_of_task(client, copy) == ["queued", "processing"] + ["ready"] * 3
        assert not replay.player.counts.unrecorded


async def test_twelvelabs_client_for_node_waits_for_the_task_of_a_recording(tmp_path: Path):
    path = tmp_path / "calls.jsonl"
    with fake_server() as server, recorded(server, path) as proxied:
        async with twelvelabs_client("TwelveLabs", proxied) as client:
            task_id = await create_task(client)
            for wait in ("1s", "3s", "20s"):
                server.advance(wait)
                await resolve(client.analyze_async.tasks.retrieve(task_id))
    with replaying(path) as replay:
        environment = {
            **os.environ,
            "NODE_PATH": str(node_modules()),
            "TWELVELABS_BASE_URL": f"{replay.url}/v1.3",
            "MOCKSERVER_TRIAL_KEY": "test-key",
            "MOCKSERVER_TRIAL_OPERATIONS": "create_task,get_task",
        }
        done = subprocess.run(
            ["node", str(NODE_CLIENT)], env=environment, check=True, capture_output=True, timeout=60, text=True
        )
        assert json.loads(done.stdout) == {"status": "ready"}
        assert not replay.player.counts.unrecorded


async def create_task(client: Any) -> str:
    made = await resolve(client.analyze_async.tasks.create(video=VIDEO, prompt="Summarize this video."))
    return str(made.task_id)


async def statuses_of_task(client: Any, task_id: str) -> list[str]:
    return [(await resolve(client.analyze_async.tasks.retrieve(task_id))).status for _ in range(5)]


def test_a_recording_of_its_own_answers_is_the_same(tmp_path: Path):
    first, second = tmp_path / "calls.jsonl", tmp_path / "again.jsonl"
    with fake_server("phaseo@2026-06-11") as server, recorded(server, first) as proxied:
        video_id = poll_phaseo(proxied, ["1s", "9s", "20s"])
    with replaying(first) as replay, recorded(ReplayServer(replay.url, replay.player), second) as proxied:
        client = phaseo_client(proxied)
        client.videos.create(CLIP)
        expected = [client.videos.retrieve(video_id)["status"] for _ in range(3)]
    with replaying(second) as replay:
        client = phaseo_client(replay)
        client.videos.create(CLIP)
        assert [client.videos.retrieve(video_id)["status"] for _ in range(3)] == expected
        assert expected == ["queued", "processing", "completed"]
