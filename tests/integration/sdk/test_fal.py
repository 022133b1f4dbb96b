"""fal's Python client 1.0.3: requests from the queue to every end, and cancels.

Its base URL is fixed when it is imported and always https, so the tests replace that text; every later address is one
that the server has handed out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fal_client import Completed, FalClientHTTPError, InProgress, Queued, SyncClient
from fal_client import client as fal_module
from httpx_sse import connect_sse

from tests.support.bundled_scenarios import scenario
from tests.support.fake_server import FakeServer, fake_server
from tests.support.patient_clients import let_it_sleep

APP = "fal-ai/flux/dev"
PROMPT = {"prompt": "A lighthouse at dusk"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch, *names: str, key: str = "id:secret") -> Iterator[tuple[FakeServer, Any]]:
    """Start a server with bundled scenarios, and a client of it whose pauses move its clock."""
    with fake_server("fal@2026-08-21", scenarios=tuple(map(scenario, names))) as server:
        monkeypatch.setattr(fal_module, "QUEUE_URL_FORMAT", f"{server.url}/v/fal/")
        let_it_sleep(monkeypatch, fal_module, server)
        client = SyncClient(key=key)
        yield server, client
        client._client.close()


@pytest.fixture
def world(monkeypatch) -> Iterator[tuple[FakeServer, Any]]:
    with served(monkeypatch) as both:
        yield both


def test_a_request_is_waited_for(world):
    server, client = world
    result = client.subscribe(APP, PROMPT)
    (image,) = result["images"]
    assert server.request("GET", image["url"]).body.startswith(b"\x89PNG")


def test_events_show_every_status(world):
    server, client = world
    handle = client.submit(APP, PROMPT)
    seen = list(handle.iter_events(with_logs=True, interval=2))
    assert seen[0] == Queued(position=0)
    assert list(dict.fromkeys(map(type, seen))) == [Queued, InProgress, Completed]
    assert seen[2].logs[0]["message"] == "Loading the model"
    assert seen[-1].metrics == {"inference_time": 10.0}
    assert seen[-1].error is None
    assert "/dev/" not in handle.status_url
    assert client.status(APP, handle.request_id) == Completed(None, {"inference_time": 10.0})
    assert server.admin("jobs")["total"] == 1


def test_logs_come_only_when_they_are_asked_for(world):
    server, client = world
    handle = client.submit(APP, PROMPT)
    server.advance("5s")
    assert handle.status() == InProgress(None)
    assert len(handle.status(with_logs=True).logs) == 1


@pytest.mark.parametrize("name", ["cancelled-in-the-queue", "cancel-answered-200-ok", "cancel-answered-success-true"])
def test_a_cancelled_request_ends_as_completed_with_an_error(monkeypatch, name):
    """Whichever of the three documented answers the cancel gets."""
    with served(monkeypatch, name) as (_, client):
        handle = client.submit(APP, PROMPT)
        assert handle.cancel() is None
        assert handle.status().error_type == "client_cancelled"
        with pytest.raises(FalClientHTTPError) as caught:
            handle.get()
        assert caught.value.status_code == 499
        assert caught.value.error_type == "client_cancelled"


def test_a_cancel_that_the_runner_ignores_leads_to_a_result(monkeypatch):
    with served(monkeypatch, "cancel-accepted-yet-finished") as (server, client):
        handle = client.submit(APP, PROMPT)
        server.advance("5s")
        handle.cancel()
        assert handle.get()["images"]


@pytest.mark.parametrize("call", ["cancel", "status"])
def test_an_unknown_request_is_404(world, call):
    _, client = world
    with pytest.raises(FalClientHTTPError) as caught:
        getattr(client, call)(APP, UNKNOWN)
    assert caught.value.status_code == 404


def test_a_late_cancel_is_400(world):
    server, client = world
    handle = client.submit(APP, PROMPT)
    server.advance("1m")
    with pytest.raises(FalClientHTTPError) as caught:
        handle.cancel()
    assert caught.value.response.json() == {"status": "ALREADY_COMPLETED"}


@pytest.mark.parametrize("name", ["result-too-early-400", "result-too-early-422", "status-200-always"])
def test_the_client_survives_what_others_document(monkeypatch, name):
    with served(monkeypatch, name) as (_, client):
        assert client.subscribe(APP, PROMPT)["images"]


@pytest.mark.parametrize(
    ("name", "status", "error_type"),
    [
        ("failed-inside-completed", 500, "internal_error"),
        ("refused-by-the-model-422", 422, None),
        ("webhook-of-a-failure", 500, "runner_server_error"),
    ],
)
def test_a_failure_is_seen_by_the_status_of_the_result(monkeypatch, name, status, error_type):
    with served(monkeypatch, name) as (_, client):
        with pytest.raises(FalClientHTTPError) as caught:
            client.subscribe(APP, PROMPT)
        assert caught.value.status_code == status
        assert caught.value.error_type == error_type


def test_an_error_beside_a_result_passes_for_a_success(monkeypatch):
    with served(monkeypatch, "error-beside-a-result") as (_, client):
        handle = client.submit(APP, PROMPT)
        assert handle.get() == {"images": []}
        assert handle.status().error == "The safety checker found something."


def test_a_start_takes_no_longer_than_the_client_allows(monkeypatch):
    with served(monkeypatch, "started-too-late-504") as (server, client):
        handle = client.submit(APP, PROMPT, start_timeout=30)
        server.advance("30s")
        assert handle.status().error_type == "startup_timeout"


def test_a_lost_key_of_the_logs_breaks_the_client(monkeypatch):
    with served(monkeypatch, "logs-missing") as (server, client):
        handle = client.submit(APP, PROMPT)
        server.advance("5s")
        server.contract_observer.ignores = lambda finding: finding.rule in ("S3", "S13")
        with pytest.raises(KeyError):
            handle.status()


def test_a_status_that_does_not_exist_breaks_the_client(world):
    server, client = world
    handle = client.submit(APP, PROMPT)
    server.contract_observer.ignores = lambda finding: finding.where == "/status"
    server.admin("faults", {"vendor": "fal", "on": "status", "do": {"corrupt": {"/status": "FAILED"}}})
    with pytest.raises(ValueError, match="Unknown status: FAILED"):
        handle.status()


def test_a_gateway_s_502_is_repeated_and_a_runner_s_503_is_not(monkeypatch):
    with served(monkeypatch, "gateway-502-and-runner-503") as (_, client):
        handle = client.submit(APP, PROMPT)
        with pytest.raises(FalClientHTTPError) as caught:
            handle.status()
        assert caught.value.status_code == 503
        assert handle.status() == Queued(0)


def test_a_refused_key_is_401(monkeypatch):
    with served(monkeypatch, key="invalid") as (_, client):
        with pytest.raises(FalClientHTTPError) as caught:
            client.submit(APP, PROMPT)
        assert caught.value.status_code == 401


def test_the_stream_ends_with_the_last_status(world):
    server, client = world
    handle = client.submit(APP, PROMPT)
    server.advance("1m")
    with connect_sse(client._client, "GET", f"{handle.status_url}/stream") as events:
        (event,) = events.iter_sse()
    assert event.json()["status"] == "COMPLETED"


async def test_the_asynchronous_client_waits_too(world):
    server, _ = world
    client = fal_module.AsyncClient(key="id:secret")
    handle = await client.submit(APP, PROMPT)
    server.advance("1m")
    assert (await handle.get())["images"]
    await (await client._client).aclose()


@pytest.mark.parametrize("app", ["v1/videos", "fal-ai/flux/requests", "fal-ai/flux/a/b/c"])
def test_what_is_no_id_of_an_application_is_not_found(world, app):
    server, client = world
    with pytest.raises(FalClientHTTPError) as caught:
        client.submit(app, PROMPT)
    assert caught.value.status_code == 404
    assert "POST /{owner}/{app}" in caught.value.response.headers["X-Mock-Hint"]
    assert server.admin("jobs")["total"] == 0
