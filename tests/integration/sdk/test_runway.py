"""Runway's Python clients 5.24.0: tasks from creation to every end. Most tests run with both clients."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from runwayml import (
    AsyncRunwayML,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    RateLimitError,
    RunwayML,
    TaskFailedError,
    TaskTimeoutError,
)
from runwayml.lib import polling

from mockserver.core.instants import DAY
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import build_timeline
from mockserver.vendors.script import Script, TimelineRule
from tests.support.bundled_scenarios import scenario
from tests.support.fake_server import FakeServer, fake_server
from tests.support.patient_clients import let_it_sleep
from tests.support.sdk_clients import resolve

UNKNOWN = "00000000-0000-4000-8000-000000000000"
CLIP = {"model": "veo3.1", "prompt_text": "A lighthouse at dusk", "ratio": "1280:720", "duration": 8}
NO_REPEATS = {"api_key": "key_test", "max_retries": 0}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server("runway@2026-08-08") as running:
        yield running


def running(*names: str, script: Script | None = None) -> Any:
    """Start a server with bundled scenarios, or with a script of the test."""
    scenarios = tuple(scenario(name) for name in names)
    if script is not None:
        scenarios = (Scenario("of-the-test", "runway", script=script),)
    return fake_server(f"runway@{scenarios[0].date or '2026-08-08'}", scenarios=scenarios)


def client_of(server: FakeServer, kind: type[Any] = RunwayML, **options: Any) -> Any:
    return kind(**{**NO_REPEATS, "base_url": f"{server.url}/v/runway", **options})


@pytest.fixture(params=[RunwayML, AsyncRunwayML])
async def client(request, server, monkeypatch) -> AsyncIterator[Any]:
    """Provide a client of the test's server, whose pauses move its clock."""
    let_it_sleep(monkeypatch, polling, server)
    made = client_of(server, request.param)
    yield made
    await resolve(made.close())


async def test_a_task_is_waited_for_to_its_output(server, client):
    made = await resolve(client.text_to_video.create(**CLIP))
    task = await resolve(made.wait_for_task_output())
    assert task.status == "SUCCEEDED"
    assert server.request("GET", task.output[0]).body[4:8] == b"ftyp"
    again = await resolve(client.tasks.retrieve(made.id))
    assert again.output == task.output


async def test_polls_see_every_state(server, client):
    task_id = (await resolve(client.image_to_video.create(
        model="gen4_turbo", prompt_image="https://images.example.com/a.jpg", ratio="1280:720"
    ))).id  # fmt: skip
    seen = []
    for wait in ("5s", "10s", "10s"):
        task = await resolve(client.tasks.retrieve(task_id))
        seen.append((task.status, getattr(task, "progress", None)))
        server.advance(wait)
    assert seen == [("PENDING", None), ("RUNNING", 0.0), ("RUNNING", 0.5)]
    assert (await resolve(client.tasks.retrieve(task_id))).status == "SUCCEEDED"


async def test_a_cancelled_task_is_not_found_while_it_is_waited_for(client):
    made = await resolve(client.text_to_video.create(**CLIP))
    assert await resolve(client.tasks.delete(made.id)) is None
    with pytest.raises(NotFoundError):
        await resolve(made.wait_for_task_output())


async def test_a_finished_task_is_deleted_by_the_same_call(server, client):
    made = await resolve(client.text_to_video.create(**CLIP))
    server.advance("1m")
    assert await resolve(client.tasks.delete(made.id)) is None
    for call in (client.tasks.retrieve, client.tasks.delete):
        with pytest.raises(NotFoundError) as caught:
            await resolve(call(made.id))
        assert caught.value.body == {"error": "Could not find Task"}


@pytest.mark.parametrize(("wait", "refunds"), [("4s", 1), ("5s", 0)])
async def test_the_state_that_the_server_sees_decides_the_refund(server, client, wait, refunds):
    made = await resolve(client.text_to_video.create(**CLIP))
    server.advance(wait)
    await resolve(client.tasks.delete(made.id))
    booked = [entry["entry"] for entry in server.admin(f"ledger?job={made.id}")["entries"]]
    assert booked == ["charge", *["refund"] * refunds]


async def test_an_unknown_task_is_not_found(client):
    with pytest.raises(NotFoundError):
        await resolve(client.tasks.retrieve(UNKNOWN))


def test_a_shown_cancellation_keeps_the_synchronous_waiter_until_its_timeout(monkeypatch):
    """It waits for SUCCEEDED and FAILED only."""
    with running("cancelled-task-is-shown") as server, client_of(server) as client:
        let_it_sleep(monkeypatch, polling, server)
        made = client.text_to_video.create(**CLIP)
        client.tasks.delete(made.id)
        assert client.tasks.retrieve(made.id).status == "CANCELLED"
        with pytest.raises(TaskTimeoutError):
            made.wait_for_task_output(timeout=0)


async def test_a_shown_cancellation_ends_the_asynchronous_waiter(monkeypatch):
    with running("cancelled-task-is-shown") as server:
        let_it_sleep(monkeypatch, polling, server)
        async with client_of(server, AsyncRunwayML) as client:
            made = await client.text_to_video.create(**CLIP)
            await client.tasks.delete(made.id)
            with pytest.raises(TaskFailedError) as caught:
                await made.wait_for_task_output()
            assert caught.value.task_details.status == "CANCELLED"


@pytest.mark.parametrize("code", ["SAFETY.INPUT.TEXT", None])
def test_a_failed_task_ends_the_wait_with_its_reason(monkeypatch, code):
    fields = {"failure": "No.", **({"failureCode": code} if code else {})}
    end = TimelineStep("FAILED", NO_END, fields=fields)
    script = Script(timeline_rules=(TimelineRule((*build_timeline(("PENDING", Timed(1_000_000)))[:1], end)),))
    with running(script=script) as server, client_of(server) as client:
        let_it_sleep(monkeypatch, polling, server)
        made = client.text_to_video.create(**CLIP)
        with pytest.raises(TaskFailedError) as caught:
            made.wait_for_task_output()
        assert caught.value.task_details.failure == "No."
        assert caught.value.task_details.failure_code == code


def test_a_throttled_task_is_waited_for(monkeypatch):
    with running("throttled-for-ten-minutes") as server, client_of(server) as client:
        let_it_sleep(monkeypatch, polling, server)
        assert client.text_to_video.create(**CLIP).wait_for_task_output().status == "SUCCEEDED"


def test_the_older_era_has_no_costs(monkeypatch):
    with running("no-costs-before-august") as server, client_of(server) as client:
        let_it_sleep(monkeypatch, polling, server)
        task = client.text_to_video.create(**CLIP).wait_for_task_output()
        assert task.status == "SUCCEEDED"
        assert "cost" not in task.to_dict()


def test_a_refused_body_names_the_fields(server):
    with client_of(server) as client, pytest.raises(BadRequestError) as caught:
        client.text_to_video.create(**{**CLIP, "ratio": "1:1"})
    assert caught.value.body["error"] == "Validation of body failed"
    assert [issue["path"] for issue in caught.value.body["issues"]] == [["ratio"]]


@pytest.mark.parametrize("key", ["no-prefix", "invalid"])
def test_a_refused_key_is_401(server, key):
    with client_of(server, api_key=key) as client, pytest.raises(AuthenticationError):
        client.tasks.retrieve(UNKNOWN)


def test_the_daily_limit_is_429_and_tried_three_times():
    script = Script(limits={"text_to_video": RateLimit(1, DAY)})
    with running(script=script) as server, client_of(server, max_retries=2) as client:
        client.text_to_video.create(**CLIP)
        with pytest.raises(RateLimitError):
            client.text_to_video.create(**CLIP)
        assert len(server.admin("journal?status=429")["entries"]) == 3


def test_an_upload_leads_to_a_uri(server):
    with client_of(server) as client:
        assert client.uploads.create_ephemeral(file=("bicycle.jpg", b"jpeg")).uri == "runway://ephemeral/bicycle.jpg"


def test_the_organization_has_limits_and_credits(server):
    with client_of(server) as client:
        found = client.organization.retrieve()
    assert found.credit_balance > 0
    assert found.tier.models["gen4_turbo"].max_concurrent_generations > 0
