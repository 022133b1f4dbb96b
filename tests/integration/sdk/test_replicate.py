"""Replicate's Python client 1.0.7: predictions from creation to every end, waits, pages and webhooks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic.v1 import ValidationError
from replicate import prediction as prediction_module
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import InvalidSignatureError, Webhooks, WebhookSigningSecret

from mockserver.core.clock import Clock
from mockserver.core.instants import Instant
from tests.support.bundled_scenarios import scenario
from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.patient_clients import let_it_sleep

VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
INPUT = {"text": "Alice"}


@contextmanager
def client_of(server: FakeServer, token: str = "r8_test") -> Iterator[Client]:
    """Open a client, and close its connections, which it cannot do itself."""
    client = Client(api_token=token, base_url=f"{server.url}/v/replicate")
    try:
        yield client
    finally:
        client._client.close()


def running(*names: str, **settings: Any) -> Any:
    """Start a server of the newest era with bundled scenarios."""
    return fake_server("replicate@2026-03-03", scenarios=tuple(map(scenario, names)), **settings)


def x60(real: Instant) -> Clock:
    """Run the server's clock sixty times as fast."""
    return Clock(real, START, 60.0)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running() as started:
        yield started


@pytest.fixture
def client(server, monkeypatch) -> Iterator[Client]:
    """Provide a client of the test's server, whose pauses move its clock."""
    let_it_sleep(monkeypatch, prediction_module, server)
    with client_of(server) as opened:
        yield opened


def create(client: Client, **options: Any) -> Any:
    return client.predictions.create(version=VERSION, input=INPUT, **options)


def test_a_prediction_is_waited_for(server, client):
    made = create(client)
    assert made.status == "starting"
    assert made.output is None
    assert made.completed_at is None
    made.wait()
    assert made.status == "succeeded"
    assert made.started_at < made.completed_at
    assert made.metrics["predict_time"] == 20
    assert server.request("GET", made.output[0]).status == 200


def test_a_model_and_a_deployment_have_predictions(client):
    of_model = client.models.predictions.create(("acme", "painter"), input=INPUT)
    assert of_model.model == "acme/painter"
    assert of_model.version == "hidden"
    of_deployment = client.deployments.predictions.create(("acme", "greeter"), input=INPUT)
    assert client.predictions.get(of_deployment.id).id == of_deployment.id


def test_a_prediction_is_canceled_at_once(client):
    made = create(client)
    made.cancel()
    assert made.status == "canceled"
    assert made.output is None
    assert made.completed_at
    made.wait()
    assert client.predictions.get(made.id).status == "canceled"


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_late_cancel_may_be_refused(status):
    with running(f"cancel-after-it-succeeded-{status}") as server, client_of(server) as client:
        made = create(client)
        server.advance("30s")
        with pytest.raises(ReplicateError) as caught:
            made.cancel()
        assert caught.value.status == status
        made.reload()
        assert made.status == "succeeded"


def test_a_late_cancel_changes_nothing(server, client):
    made = create(client)
    server.advance("30s")
    made.cancel()
    assert made.status == "succeeded"


def test_run_gets_the_output_with_the_answer_to_the_create():
    """The client waits for one answer."""
    with running(clock=x60) as server, client_of(server) as client:
        output = client.run("acme/painter", input=INPUT, use_file_output=False)
        assert len(output) == 1
        (created,) = server.admin("journal?operation=create_by_model")["entries"]
        assert created["request"]["headers"]["prefer"] == "wait"


def test_run_polls_where_the_wait_was_too_short(monkeypatch):
    with running("wait-was-too-short", clock=x60) as server, client_of(server) as client:
        let_it_sleep(monkeypatch, prediction_module, server)
        assert client.run("acme/painter", input=INPUT, wait=5, use_file_output=False)
        assert server.admin("journal?operation=get")["entries"]


def test_an_aborted_prediction_is_a_word_that_the_client_does_not_know():
    with running("aborted-before-it-started") as server, client_of(server) as client:
        made = create(client)
        server.move(made.id, "aborted")
        with pytest.raises(ValidationError):
            made.reload()


def test_a_failed_prediction_has_its_error(server, client):
    made = create(client)
    server.advance("10s")
    server.move(made.id, "failed")
    made.wait()
    assert made.status == "failed"
    assert isinstance(made.error, str)
    with pytest.raises(ModelError):
        list(made.output_iterator())


def test_pages_have_every_prediction_once(client):
    made = [create(client).id for _ in range(103)]
    first = client.predictions.list()
    second = client.predictions.list(cursor=first.next)
    assert [each.id for each in (*first, *second)] == made[::-1]
    assert second.next is None
    assert client.predictions.list(cursor=second.previous).results[0].id == first.results[0].id


def test_an_unknown_prediction_is_404(client):
    with pytest.raises(ReplicateError) as caught:
        client.predictions.get("a" * 26)
    assert caught.value.status == 404


def test_a_refused_input_has_its_title(client):
    with pytest.raises(ReplicateError) as caught:
        client.predictions.create(version=VERSION, input="Alice")
    assert caught.value.title == "Input validation failed"
    assert "input" in caught.value.detail


def test_a_refused_token_is_401(server):
    with client_of(server, "invalid") as client, pytest.raises(ReplicateError) as caught:
        create(client)
    assert caught.value.title == "Unauthenticated"


def test_the_output_may_be_missing_while_a_prediction_starts():
    with running("output-missing-while-starting") as server, client_of(server) as client:
        assert create(client).output is None


def test_the_client_verifies_a_webhook(server, client, inbox):
    server.admin("webhooks", {"vendor": "replicate", "url": inbox.url, "events": ["completed"]})
    made = create(client, webhook="https://example.com/hook", webhook_events_filter=["completed"])
    server.admin("clock", {"advance": "1m"})
    (got,) = inbox.got
    assert got.json["id"] == made.id
    assert got.json["status"] == "succeeded"
    secret = client.webhooks.default.secret()
    Webhooks.validate(headers=dict(got.headers), body=got.body.decode(), secret=secret)
    other = WebhookSigningSecret(key="whsec_b3RoZXI=")
    with pytest.raises(InvalidSignatureError):
        Webhooks.validate(headers=dict(got.headers), body=got.body.decode(), secret=other)
