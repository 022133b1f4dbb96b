"""TwelveLabs' Python clients 1.3.6: single analysis tasks. Every test runs with both clients."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from twelvelabs import BadRequestError, ConflictError, NotFoundError
from twelvelabs.core.api_error import ApiError
from twelvelabs.errors import UnauthorizedError
from twelvelabs.types import FlatErrorResponse, VideoContext_AssetId, VideoContext_Url

from tests.support.fake_server import fake_server
from tests.support.sdk_clients import TWELVELABS, resolve, twelvelabs_client

VIDEO = VideoContext_Url(url="https://example.com/video.mp4")
UNKNOWN = "0123456789abcdef01234567"


@pytest.fixture(params=TWELVELABS)
def kind(request) -> str:
    return request.param


@pytest.fixture
async def tasks(kind, server) -> AsyncIterator[Any]:
    """Provide `client.analyze_async.tasks` of both clients."""
    async with twelvelabs_client(kind, server) as client:
        yield client.analyze_async.tasks


async def create(tasks: Any, **options: Any) -> str:
    made = await resolve(tasks.create(**{"video": VIDEO, "prompt": "Summarize this video.", **options}))
    assert made.status == "queued"
    return made.task_id


async def test_polls_see_a_task_to_its_end(server, tasks):
    task_id = await create(tasks, custom_id="intro")
    seen = []
    for wait in ("2s", "1s", "12s", "1s"):
        task = await resolve(tasks.retrieve(task_id))
        seen.append({"status": task.status, "has_result": bool(task.result), "has_ended": bool(task.completed_at)})
        server.advance(wait)
    assert seen == [
        {"status": "queued", "has_result": False, "has_ended": False},
        {"status": "pending", "has_result": False, "has_ended": False},
        {"status": "processing", "has_result": False, "has_ended": False},
        {"status": "ready", "has_result": True, "has_ended": True},
    ]
    assert task.result.finish_reason == "stop"
    assert task.custom_id == "intro"
    assert task.batch_id is None
    assert task.error is None
    assert task.video_source.type == "url"
    assert task.video_source.url == VIDEO.url


async def test_list_pages_contain_every_task_once(server, tasks):
    made = [await create(tasks) for _ in range(3)]
    asset = "6298d673f1090f1100476d4c"
    made.append(await create(tasks, video=VideoContext_AssetId(asset_id=asset)))
    first = await resolve(tasks.list(page_limit=3))
    second = await resolve(tasks.list(page=2, page_limit=3))
    assert [task.task_id for task in (*first.data, *second.data)] == made[::-1]
    assert second.page_info.page == 2
    assert second.page_info.total_page == 2
    assert second.page_info.total_results == 4
    assert (await resolve(tasks.list(page=9))).data == []
    assert [task.task_id for task in (await resolve(tasks.list(asset_id=asset))).data] == made[3:]
    assert len((await resolve(tasks.list(video_url=VIDEO.url))).data) == 3

    await resolve(tasks.cancel(made[0]))
    assert [task.task_id for task in (await resolve(tasks.list(status="canceled"))).data] == made[:1]


@pytest.mark.parametrize("wait", ["0s", "2s", "10s"])
async def test_a_live_task_can_be_canceled(server, tasks, wait):
    """The answer is 200 at once, also the second time; the task contains the reason."""
    task_id = await create(tasks)
    server.advance(wait)
    canceled = await resolve(tasks.cancel(task_id))
    assert canceled.task_id == task_id
    assert canceled.status == "canceled"
    server.advance("1m")
    assert await resolve(tasks.cancel(task_id)) == canceled
    task = await resolve(tasks.retrieve(task_id))
    assert task.status == "canceled"
    assert task.result is None
    assert task.error.code == "user_canceled"
    assert server.admin("ledger")["entries"] == []


async def test_a_ready_task_cannot_be_canceled(server, tasks):
    task_id = await create(tasks)
    server.advance("15s")
    with pytest.raises(ConflictError):
        await resolve(tasks.cancel(task_id))
    assert (await resolve(tasks.retrieve(task_id))).status == "ready"


async def test_a_failed_task_cannot_be_canceled(server, tasks):
    task_id = await create(tasks)
    server.advance("5s")
    server.move(task_id, "failed")
    task = await resolve(tasks.retrieve(task_id))
    assert task.status == "failed"
    assert task.result is None
    assert task.error.code == "analysis_failed"
    with pytest.raises(ConflictError):
        await resolve(tasks.cancel(task_id))


async def test_a_task_can_be_deleted_unless_it_is_processing(server, tasks):
    waiting, working = await create(tasks), await create(tasks)
    assert await resolve(tasks.delete(waiting)) is None
    server.advance("5s")
    with pytest.raises(ConflictError):
        await resolve(tasks.delete(working))
    server.advance("10s")
    assert await resolve(tasks.delete(working)) is None
    assert (await resolve(tasks.list())).data == []


async def test_an_unknown_task_is_not_found(tasks):
    for call in (tasks.retrieve, tasks.cancel, tasks.delete):
        with pytest.raises(NotFoundError):
            await resolve(call(UNKNOWN))


async def test_an_invalid_task_is_refused(tasks):
    for options in (
        {"prompt": None},
        {"temperature": 2},
        {"custom_id": "not allowed!"},
        {"start_time": 9, "end_time": 1},
    ):
        with pytest.raises(BadRequestError):
            await create(tasks, **options)


async def test_an_invalid_list_query_is_refused(tasks):
    """The body is flat; errors of most operations are nested. A client has to read `code` in both places."""
    with pytest.raises(BadRequestError) as caught:
        await resolve(tasks.list(page_limit=51))
    assert caught.value.body["code"] == "parameter_invalid"


async def test_a_refused_key_is_401_with_a_class_only_for_cancel(server, kind):
    """Only the cancel of a task has a class for 401; it parses the flat body."""
    async with twelvelabs_client(kind, server, "invalid") as client:
        tasks = client.analyze_async.tasks
        with pytest.raises(UnauthorizedError) as caught:
            await resolve(tasks.cancel(UNKNOWN))
        assert isinstance(caught.value.body, FlatErrorResponse)
        assert caught.value.body.code == "api_key_invalid"
        with pytest.raises(ApiError) as other:
            await resolve(tasks.retrieve(UNKNOWN))
        assert type(other.value) is ApiError
        assert other.value.status_code == 401


async def test_tasks_of_a_batch_can_be_read_but_not_canceled(server, kind):
    """Only their batch can be canceled."""
    async with twelvelabs_client(kind, server) as client:
        batches, tasks = client.analyze_async.batches, client.analyze_async.tasks
        made = await resolve(
            batches.create(
                model_name="pegasus1.5",
                analysis_mode="general",
                defaults={"prompt": {"input_text": "Summarize this video."}},
                requests=[{"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}, "custom_id": "a"}],
            )
        )
        task_id = made.items[0].task_id
        task = await resolve(tasks.retrieve(task_id))
        assert task.status == "queued"
        assert task.batch_id == made.batch_id
        assert task.custom_id == "a"
        with pytest.raises(ConflictError):
            await resolve(tasks.cancel(task_id))
        await resolve(batches.cancel(made.batch_id))
        task = await resolve(tasks.retrieve(task_id))
        assert task.status == "canceled"
        assert task.error.code == "batch_canceled"


async def test_in_the_first_era_a_cancel_is_404(kind):
    """The era has no such endpoint; the client raises the same error as for an unknown task."""
    with fake_server("twelvelabs@2026-07-30") as server:
        async with twelvelabs_client(kind, server) as client:
            tasks = client.analyze_async.tasks
            task_id = await create(tasks)
            with pytest.raises(NotFoundError):
                await resolve(tasks.cancel(task_id))
            assert (await resolve(tasks.retrieve(task_id))).status == "queued"
