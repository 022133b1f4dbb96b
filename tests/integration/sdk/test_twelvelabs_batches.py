"""TwelveLabs' Python clients 1.3.6, synchronous and asynchronous: batches.

Every test runs with both. They parse answers with pydantic: a body without a required field would be a
`ValidationError`, which no test expects.
"""

from asyncio import gather
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from twelvelabs import BadRequestError, ConflictError, NotFoundError, TooManyRequestsError
from twelvelabs.core.api_error import ApiError
from twelvelabs.types import BatchDefaults, BatchItemRequest, BatchPrompt, BatchVideoContext

from mockserver.core.instants import HOUR, SECOND
from mockserver.scenario.model import Scenario
from mockserver.vendors.script import CancelScript, ItemScript, Script, ScriptedResponse
from tests.support.fake_server import FakeServer, fake_server
from tests.support.sdk_clients import TWELVELABS, collect, resolve, twelvelabs_client

ASSET = "6298d673f1090f1100476d4c"
UNKNOWN_ASSET, ASSET_NOT_READY, UNREADABLE_ASSET = (f"{number:024x}" for number in range(3))
"""Assets with which a test can have an error; every other id is an asset that is ready."""
UNKNOWN = "0123456789abcdef01234567"
ITEM_STATES = ("queued", "processing", "ready", "failed", "canceled")


@pytest.fixture(params=["2026-07-30", "2026-09-15"])
def server(request) -> Iterator[FakeServer]:
    with fake_server(f"twelvelabs@{request.param}") as running:
        yield running


@pytest.fixture(params=TWELVELABS)
async def batches(request, server) -> AsyncIterator[Any]:
    """Provide `client.analyze_async.batches` of both clients."""
    async with twelvelabs_client(request.param, server) as client:
        yield client.analyze_async.batches


def item(custom_id: str | None = None, asset: str = ASSET, **options: Any) -> BatchItemRequest:
    video = BatchVideoContext(type="asset_id", asset_id=asset)
    return BatchItemRequest(video=video, **({} if custom_id is None else {"custom_id": custom_id}), **options)


async def create(batches: Any, *items: BatchItemRequest, **options: Any) -> Any:
    """Create a batch of the items, or of three."""
    requested = {
        "model_name": "pegasus1.5",
        "analysis_mode": "general",
        "defaults": BatchDefaults(prompt=BatchPrompt(input_text="Summarize this video.")),
        "requests": items or [item("a"), item("b"), item("c")],
        **options,
    }
    return await resolve(batches.create(**requested))


def counters(batch: Any) -> dict[str, int]:
    """Return the item counters of a batch that are not zero, by state."""
    return {state: count for state in ITEM_STATES if (count := getattr(batch, f"{state}_items"))}


class BatchError(NamedTuple):
    """The parts of a batch's error by which a client can tell it from others."""

    status: int | None
    code: str


def batch_error(error: ApiError) -> BatchError:
    """Read an error of a batch; its body is nested, `{error: {code, message}}`."""
    return BatchError(error.status_code, error.body["error"]["code"])


async def test_create_maps_items_to_tasks(batches):
    made = await create(batches, item("intro"), item())
    assert made.status == "pending"
    assert made.total_items == 2
    assert made.expires_at - made.created_at == timedelta(hours=24)
    assert [created.custom_id for created in made.items] == ["intro", None]
    lines = await collect(batches.results(made.batch_id))
    assert [line.task_id for line in lines] == [created.task_id for created in made.items]


async def test_polls_see_a_batch_to_its_end(server, batches):
    batch_id = (await create(batches)).batch_id
    seen = []
    while not seen or seen[-1]["status"] != "completed":
        batch = await resolve(batches.retrieve(batch_id))
        assert sum(counters(batch).values()) == batch.total_items == 3
        seen.append({"status": batch.status, **counters(batch)})
        server.advance("7s")
    assert seen == [
        {"status": "pending", "queued": 3},
        {"status": "processing", "queued": 2, "processing": 1},
        {"status": "processing", "queued": 1, "processing": 1, "ready": 1},
        {"status": "processing", "processing": 1, "ready": 2},
        {"status": "completed", "ready": 3},
    ]
    assert batch.completed_at > batch.created_at
    assert batch.canceled_at is None
    assert batch.expired_at is None


async def test_a_completed_batch_can_have_failed_items(server, batches):
    batch_id = (await create(batches, item("good"), item("bad", UNREADABLE_ASSET))).batch_id
    server.advance("1m")
    batch = await resolve(batches.retrieve(batch_id))
    assert batch.status == "completed"
    assert batch.ready_items == 1
    assert batch.failed_items == 1
    good, bad = await collect(batches.results(batch_id))
    assert good.status == "ready"
    assert good.data.finish_reason == "stop"
    assert good.error is None
    assert good.data.usage.output_tokens > 0
    assert bad.status == "failed"
    assert bad.data is None
    assert bad.error.code == "asset_unavailable"


@pytest.mark.parametrize("kind", TWELVELABS)
async def test_an_item_that_is_too_long_fails_alone(kind):
    with fake_server() as server:
        async with twelvelabs_client(kind, server) as client:
            batches = client.analyze_async.batches
            made = await create(batches, item(), item(start_time=60, end_time=7261))
            server.advance("1m")
            short, long = await collect(batches.results(made.batch_id))
            assert short.status == "ready"
            assert long.status == "failed"
            assert long.error.code == "video_duration_too_long"


async def test_results_can_be_read_at_any_time(server, batches):
    """The client silently drops a line that it cannot parse, so the test counts them."""
    batch_id = (await create(batches)).batch_id
    seen = []
    for _ in range(4):
        lines = await collect(batches.results(batch_id))
        seen.append([line.status for line in lines])
        server.advance("9s")
    assert seen == [
        ["queued", "queued", "queued"],
        ["ready", "processing", "queued"],
        ["ready", "ready", "processing"],
        ["ready", "ready", "ready"],
    ]


@pytest.mark.parametrize("kind", TWELVELABS)
async def test_a_batch_can_have_a_thousand_items(kind):
    with fake_server() as server:
        async with twelvelabs_client(kind, server) as client:
            batches = client.analyze_async.batches
            made = await create(batches, *(item(f"item-{number}") for number in range(1000)))
            server.advance("1m")
            lines = await collect(batches.results(made.batch_id))
            assert len({line.custom_id for line in lines}) == 1000
            with pytest.raises(BadRequestError):
                await create(batches, *(item() for _ in range(1001)))


async def test_segments_are_json_in_the_text(server, batches):
    form = {
        "type": "segment_definitions",
        "segment_definitions": [{"id": "goal", "description": "A goal is scored."}],
    }
    made = await create(batches, analysis_mode="time_based_metadata", defaults=BatchDefaults(response_format=form))
    server.advance("1m")
    line = (await collect(batches.results(made.batch_id)))[0]
    assert '"goal"' in line.data.data


# Lists


async def test_the_pager_reads_every_page(server, batches):
    """It stops at an empty page: two full pages are three requests."""
    ids = server.admin("jobs", {"vendor": "twelvelabs", "count": 20})["jobs"]
    listed = await collect(batches.list())
    assert [batch.batch_id for batch in listed] == ids[::-1]
    calls = server.admin("journal?operation=list")["entries"]
    assert [call["request"]["query"] for call in calls] == ["page=1", "page=2", "page=3"]


async def test_a_single_page_can_be_read(server, batches):
    ids = server.admin("jobs", {"vendor": "twelvelabs", "count": 5})["jobs"]
    page = await resolve(batches.list(page=2, page_limit=2))
    assert [batch.batch_id for batch in page.items] == [ids[2], ids[1]]


async def test_list_filters_by_status_and_mode(server, batches):
    finished = (await create(batches)).batch_id
    server.advance("1m")
    canceled = (await create(batches)).batch_id
    await resolve(batches.cancel(canceled))
    pending = (await create(batches)).batch_id

    async def listed(**filters: Any) -> list[str]:
        return [batch.batch_id for batch in await collect(batches.list(**filters))]

    assert await listed(status="completed") == [finished]
    assert await listed(status=["pending", "canceled"]) == [pending, canceled]
    assert await listed(analysis_mode=["general"]) == [pending, canceled, finished]
    assert await listed(analysis_mode=["time_based_metadata"]) == []


async def test_an_invalid_list_query_is_refused(batches):
    with pytest.raises(BadRequestError) as caught:
        await resolve(batches.list(page_limit=51))
    assert batch_error(caught.value) == BatchError(400, "parameter_invalid")


# Cancel


async def test_a_pending_batch_is_canceled_at_once(batches):
    batch_id = (await create(batches)).batch_id
    batch = await resolve(batches.cancel(batch_id))
    assert batch.status == "canceled"
    assert counters(batch) == {"canceled": 3}
    assert batch.canceled_at == batch.created_at


async def test_a_processing_batch_drains_before_it_is_canceled(server, batches):
    """Queued items are dropped, items in processing finish: 202 and `canceling`, later `canceled`."""
    batch_id = (await create(batches)).batch_id
    server.advance("9s")
    answer = await resolve(batches.with_raw_response.cancel(batch_id))
    assert answer.headers["x-api-version"] == "1.3"
    assert server.admin("journal")["entries"][-1]["response"]["status"] == 202
    assert answer.data.status == "canceling"
    assert counters(answer.data) == {"processing": 1, "ready": 1, "canceled": 1}
    assert answer.data.canceled_at is None

    server.advance("5s")
    assert await resolve(batches.cancel(batch_id)) == answer.data

    server.advance("1s")
    batch = await resolve(batches.retrieve(batch_id))
    assert batch.status == "canceled"
    assert counters(batch) == {"ready": 2, "canceled": 1}
    assert batch.canceled_at > batch.created_at
    lines = await collect(batches.results(batch_id))
    assert [line.status for line in lines] == ["ready", "ready", "canceled"]
    assert [line.data is None for line in lines] == [False, False, True]
    assert [line.error for line in lines] == [None, None, None]


async def test_of_concurrent_cancels_one_is_accepted(server):
    """The batch is pending; the other cancels find it canceled."""
    async with twelvelabs_client("AsyncTwelveLabs", server) as client:
        batches = client.analyze_async.batches
        batch_id = (await create(batches)).batch_id
        answers = await gather(*(batches.cancel(batch_id) for _ in range(16)), return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, ConflictError)]
        assert len(refused) == 15
        assert {batch_error(error) for error in refused} == {BatchError(409, "batch_canceled")}


async def test_an_ended_batch_cannot_be_canceled(server, batches):
    completed, canceled = (await create(batches)).batch_id, (await create(batches)).batch_id
    await resolve(batches.cancel(canceled))
    server.advance("1m")
    expired = (await create(batches)).batch_id
    server.move(expired, "expired")
    for batch_id, status in ((completed, "completed"), (canceled, "canceled"), (expired, "expired")):
        before = await resolve(batches.retrieve(batch_id))
        assert before.status == status
        with pytest.raises(ConflictError) as caught:
            await resolve(batches.cancel(batch_id))
        assert batch_error(caught.value) == BatchError(409, f"batch_{status}")
        assert await resolve(batches.retrieve(batch_id)) == before


@pytest.mark.parametrize("kind", TWELVELABS)
async def test_a_batch_expires_after_a_day(kind):
    """Its unfinished items are canceled; `canceled_items` counts them."""
    slow = Script(items=(ItemScript(work=(SECOND, SECOND)), ItemScript(work=(30 * HOUR, 30 * HOUR))))
    with fake_server(scenarios=(Scenario("slow", "twelvelabs", script=slow),)) as server:
        async with twelvelabs_client(kind, server) as client:
            batches = client.analyze_async.batches
            batch_id = (await create(batches, item(), item())).batch_id
            server.advance("23h59m59s")
            assert (await resolve(batches.retrieve(batch_id))).status == "processing"
            server.advance("1s")
            batch = await resolve(batches.retrieve(batch_id))
            assert batch.status == "expired"
            assert counters(batch) == {"ready": 1, "canceled": 1}
            assert batch.expired_at == batch.expires_at


@pytest.mark.parametrize("kind", TWELVELABS)
async def test_an_error_without_its_own_class_is_an_api_error(kind):
    """A scripted 503 has no class of its own, and the client does not retry it by default."""
    down = Script(cancels={"batch": CancelScript(refusal=ScriptedResponse(503))})
    with fake_server(scenarios=(Scenario("down", "twelvelabs", script=down),), judged=False) as server:
        async with twelvelabs_client(kind, server) as client:
            batches = client.analyze_async.batches
            batch_id = (await create(batches)).batch_id
            with pytest.raises(ApiError) as caught:
                await resolve(batches.cancel(batch_id))
            assert type(caught.value) is ApiError
            assert caught.value.status_code == 503
            assert caught.value.body["code"] == "service_unavailable"
            assert server.admin("journal?operation=cancel")["total"] == 1


async def test_only_ready_items_are_billed(server, batches):
    """A later delete of the batch refunds nothing."""
    batch_id = (await create(batches)).batch_id
    server.advance("9s")
    await resolve(batches.cancel(batch_id))
    server.advance("6s")
    await resolve(batches.delete(batch_id))
    assert [entry["entry"] for entry in server.admin("ledger")["entries"]] == ["charge", "charge"]


# Delete


async def test_an_ended_batch_can_be_deleted(server, batches):
    batch_id = (await create(batches)).batch_id
    for _ in range(2):
        with pytest.raises(ConflictError) as caught:
            await resolve(batches.delete(batch_id))
        assert batch_error(caught.value) == BatchError(409, "batch_not_terminal")
        server.advance("9s")
    await resolve(batches.cancel(batch_id))
    with pytest.raises(ConflictError):
        await resolve(batches.delete(batch_id))
    server.advance("6s")
    assert await resolve(batches.delete(batch_id)) is None
    with pytest.raises(NotFoundError):
        await resolve(batches.retrieve(batch_id))
    assert await collect(batches.list()) == []


async def test_a_batch_is_unknown_after_30_days(server, batches):
    batch_id = (await create(batches)).batch_id
    server.advance("30d")
    with pytest.raises(NotFoundError):
        await resolve(batches.retrieve(batch_id))


# What is refused


async def test_an_unknown_batch_is_not_found(batches):
    for call in (batches.retrieve, batches.cancel, batches.delete):
        with pytest.raises(NotFoundError) as caught:
            await resolve(call(UNKNOWN))
        assert batch_error(caught.value) == BatchError(404, "resource_not_exist")
    with pytest.raises(NotFoundError):
        await collect(batches.results(UNKNOWN))


async def test_a_sixth_active_batch_is_refused(batches):
    ids = [(await create(batches)).batch_id for _ in range(5)]
    with pytest.raises(TooManyRequestsError) as caught:
        await create(batches)
    assert batch_error(caught.value) == BatchError(429, "too_many_requests")
    await resolve(batches.cancel(ids[0]))
    assert (await create(batches)).status == "pending"


async def test_unusable_assets_are_refused(server, batches):
    with pytest.raises(NotFoundError) as missing:
        await create(batches, item(), item(asset=UNKNOWN_ASSET))
    assert batch_error(missing.value) == BatchError(404, "resource_not_exist")
    with pytest.raises(ConflictError) as unready:
        await create(batches, item(asset=ASSET_NOT_READY))
    assert batch_error(unready.value) == BatchError(409, "asset_not_ready")
    assert server.admin("jobs")["total"] == 0


@pytest.mark.parametrize(
    ("items", "options", "field"),
    [
        ([item("same"), item("same")], {}, "custom_id"),
        ([item("not allowed!")], {}, "custom_id"),
        ([item(asset="nonsense")], {}, "asset_id"),
        ([item()], {"model_name": "pegasus1.2"}, "model_name"),
        ([item()], {"defaults": BatchDefaults()}, "prompt"),
        ([item(temperature=2)], {}, "temperature"),
        ([item()], {"analysis_mode": "time_based_metadata", "defaults": BatchDefaults()}, "response_format"),
    ],
)
async def test_an_invalid_batch_is_refused(server, batches, items, options, field):
    with pytest.raises(BadRequestError) as caught:
        await create(batches, *items, **options)
    assert field in caught.value.body["error"]["message"]
    assert server.admin("jobs")["total"] == 0


@pytest.mark.parametrize("kind", TWELVELABS)
async def test_a_refused_key_is_401_with_a_flat_body(server, kind):
    """The client has no class for 401 here; errors from before the endpoint have a flat body."""
    async with twelvelabs_client(kind, server, "invalid") as client:
        batches = client.analyze_async.batches
        for call in (batches.retrieve, batches.cancel, batches.delete):
            with pytest.raises(ApiError) as caught:
                await resolve(call(UNKNOWN))
            assert caught.value.status_code == 401
            assert caught.value.body["code"] == "api_key_invalid"
