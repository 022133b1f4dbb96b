"""OpenAI's Python client 3.57.0: files, batches from creation to every end, and webhooks.

The client checks no shapes; the server's observer does, with the contract.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InvalidWebhookSignatureError,
    NotFoundError,
    OpenAI,
)

from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.sdk_clients import KEY

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server("openai@2026-08-21") as running:
        yield running


def client_of(server: FakeServer, **options: Any) -> OpenAI:
    """Build a client that repeats nothing by itself."""
    return OpenAI(**{"api_key": KEY, "base_url": f"{server.url}/v/openai/v1", "max_retries": 0, **options})


@pytest.fixture
def client(server) -> Iterator[OpenAI]:
    with client_of(server) as opened:
        yield opened


def line(name: str, **more: Any) -> str:
    body = {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": name}]}
    return json.dumps({"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body, **more})


def upload(client: OpenAI, *lines: str) -> Any:
    return client.files.create(file=("input.jsonl", "\n".join(lines).encode()), purpose="batch")


def create(client: OpenAI, *lines: str) -> Any:
    file = upload(client, *(lines or (line("a"), line("b"))))
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"night": "1"}
    )


def results(client: OpenAI, file_id: str) -> list[Any]:
    return [json.loads(text) for text in client.files.content(file_id).text.splitlines()]


def test_files_are_listed_by_purpose_and_in_order(client):
    file = upload(client, line("a"))
    other = client.files.create(file=("seen.jsonl", b"{}"), purpose="vision")
    assert [each.id for each in client.files.list(purpose="vision")] == [other.id]
    assert list(client.files.list(purpose="evals")) == []
    assert [each.id for each in client.files.list(order="asc", limit=1)] == [file.id, other.id]
    assert [each.id for each in client.files.list(limit=1)] == [other.id, file.id]
    assert [each.id for each in client.files.list(after=other.id)] == [file.id]


def test_an_upload_can_be_read_and_deleted(client):
    file = upload(client, line("a"))
    assert file.purpose == "batch"
    assert file.filename == "input.jsonl"
    assert file.bytes == len(line("a"))
    assert client.files.retrieve(file.id).id == file.id
    assert client.files.content(file.id).text == line("a")
    assert [each.id for each in client.files.list()] == [file.id]
    with pytest.raises(BadRequestError, match="Invalid value: 'newest'"):
        client.files.list(order="newest")
    assert client.files.delete(file.id).deleted
    with pytest.raises(NotFoundError) as missing:
        client.files.retrieve(file.id)
    assert missing.value.body == {
        "message": f"No such File object: {file.id}",
        "type": "invalid_request_error",
        "param": "id",
        "code": None,
    }


def test_polls_see_a_batch_to_its_end(server, client):
    batch = create(client)
    assert batch.status == "validating"
    assert batch.request_counts.total == 0
    assert batch.metadata == {"night": "1"}
    server.advance("6s")
    running = client.batches.retrieve(batch.id)
    assert running.status == "in_progress"
    assert running.request_counts.total == 2
    assert running.model == "gpt-4.1-mini"
    server.advance("5m")
    done = client.batches.retrieve(batch.id)
    assert done.status == "completed"
    assert done.request_counts.to_dict() == {"total": 2, "completed": 2, "failed": 0}
    assert done.error_file_id is None
    assert client.files.retrieve(done.output_file_id).purpose == "batch_output"
    lines = results(client, done.output_file_id)
    assert {each["custom_id"] for each in lines} == {"a", "b"}
    assert {each["response"]["status_code"] for each in lines} == {200}


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ((line("a"), "{not json"), "invalid_type", 2),
        ((line("a"), line("a")), "invalid_value", 2),
        ((line("a", method="GET"),), "invalid_value", 1),
    ],
)
def test_a_file_that_is_not_valid_fails_the_batch_and_not_the_create(server, client, lines, code, place):
    batch = create(client, *lines)
    assert batch.status == "validating"
    server.advance("1m")
    failed = client.batches.retrieve(batch.id)
    assert failed.status == "failed"
    assert failed.output_file_id is None
    assert [(error.code, error.line) for error in failed.errors.data] == [(code, place)]


def test_a_cancel_lasts_and_keeps_what_is_done(server, client):
    batch = create(client, *(line(f"r{number}") for number in range(10)))
    server.advance("12s")
    assert client.batches.cancel(batch.id).status == "cancelling"
    again = client.batches.cancel(batch.id)
    assert again.status == "cancelling"
    server.advance("11m")
    cancelled = client.batches.retrieve(batch.id)
    assert cancelled.status == "cancelled"
    assert cancelled.cancelling_at < cancelled.cancelled_at
    done = cancelled.request_counts.completed
    assert 0 < done < 10
    assert len(results(client, cancelled.output_file_id)) == done
    errors = results(client, cancelled.error_file_id)
    assert {each["error"]["code"] for each in errors} == {"batch_cancelled"}
    assert len(errors) == 10 - done


def test_a_cancel_after_the_end_is_a_conflict_that_the_client_repeats(server, client):
    batch = create(client)
    server.advance("1h")
    with pytest.raises(ConflictError) as late:
        client.batches.cancel(batch.id)
    assert late.value.body["message"] == "Cannot cancel a batch with status 'completed'."
    with client_of(server, max_retries=2) as patient, pytest.raises(ConflictError):
        patient.batches.cancel(batch.id)
    calls = [entry["request"] for entry in server.admin("journal")["entries"]]
    assert sum(call["path"].endswith("/cancel") for call in calls) == 4


def test_the_list_goes_on_by_itself_newest_first(client):
    made = [create(client).id for _ in range(5)]
    assert [batch.id for batch in client.batches.list(limit=2)] == made[::-1]


def test_errors_say_what_is_wrong(server, client):
    with pytest.raises(NotFoundError) as missing:
        client.batches.retrieve("batch_" + "0" * 32)
    assert missing.value.body["message"] == f"No batch found with id 'batch_{'0' * 32}'."
    with pytest.raises(BadRequestError) as shape:
        client.batches.retrieve("x")
    assert shape.value.body["code"] == "invalid_value"
    with pytest.raises(BadRequestError) as endpoint:
        client.batches.create(input_file_id="file-abc", endpoint="/v1/invalid", completion_window="24h")  # type: ignore[arg-type]
    assert endpoint.value.body["param"] == "endpoint"
    assert endpoint.value.body["message"].startswith(
        "Invalid value: '/v1/invalid'. Supported values are: /v1/responses"
    )
    with client_of(server, api_key="invalid") as stranger, pytest.raises(AuthenticationError) as refused:
        stranger.batches.list()
    assert refused.value.body["code"] == "invalid_api_key"


def test_the_webhook_of_an_end_is_verified_by_the_client(server, client, inbox, monkeypatch):
    server.admin("webhooks", {"vendor": "openai", "url": inbox.url, "secret": SECRET})
    batch = create(client)
    server.admin("clock", {"advance": "1h"})
    (got,) = inbox.got
    monkeypatch.setattr("time.time", lambda: int(got.headers["webhook-timestamp"]))
    event = client.webhooks.unwrap(got.body, got.headers, secret=SECRET)
    assert event.type == "batch.completed"
    assert event.data.id == batch.id
    with pytest.raises(InvalidWebhookSignatureError):
        client.webhooks.unwrap(got.body + b" ", got.headers, secret=SECRET)
    assert START
