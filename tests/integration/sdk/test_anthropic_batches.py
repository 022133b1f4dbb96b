"""Anthropic's Python client 2.14.0: message batches from creation to every end.

The client checks no shapes; the server's observer does, with the contract.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import (
    Anthropic,
    AnthropicError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
)

from tests.support.fake_server import FakeServer, fake_server
from tests.support.sdk_clients import KEY

UNKNOWN = "msgbatch_01AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture(params=["2023-06-01", "2026-10-21"])
def server(request) -> Iterator[FakeServer]:
    with fake_server(f"anthropic@{request.param}") as running:
        yield running


def client_of(server: FakeServer, **options: Any) -> Anthropic:
    """Build a client that repeats nothing by itself."""
    return Anthropic(**{"api_key": KEY, "base_url": f"{server.url}/v/anthropic", "max_retries": 0, **options})


@pytest.fixture
def batches(server) -> Iterator[Any]:
    with client_of(server) as client:
        yield client.messages.batches


def request(name: str, **params: Any) -> dict[str, Any]:
    usual = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": name}]}
    return {"custom_id": name, "params": {**usual, **params}}


THREE = [request("a"), request("b"), request("c")]


def counts(batch: Any) -> dict[str, int]:
    """Return the counts of a batch that are not zero."""
    return {state: count for state, count in batch.request_counts.to_dict().items() if count}


def outcomes(batches: Any, batch_id: str) -> Counter[str]:
    """Count the lines of the results by their type."""
    return Counter(line.result.type for line in batches.results(batch_id))


def test_polls_see_a_batch_to_its_end(server, batches):
    made = batches.create(requests=THREE)
    assert made._request_id.startswith("req_")
    assert made.processing_status == "in_progress"
    assert counts(made) == {"processing": 3}
    server.advance("10s")
    assert counts(batches.retrieve(made.id)) == {"processing": 3}
    server.advance("1m")
    done = batches.retrieve(made.id)
    assert done.processing_status == "ended"
    assert counts(done) == {"succeeded": 3}
    assert done.results_url == f"{server.url}/v/anthropic/v1/messages/batches/{made.id}/results"
    lines = list(batches.results(made.id))
    assert sorted(line.custom_id for line in lines) == ["a", "b", "c"]
    assert {line.result.message.content[0].type for line in lines} == {"text"}


def test_the_client_refuses_results_before_the_end(batches):
    made = batches.create(requests=THREE)
    with pytest.raises(AnthropicError, match="No `results_url`"):
        batches.results(made.id)


def test_a_cancel_lasts_and_only_the_counts_tell(server, batches):
    made = batches.create(requests=[request(f"r{number}") for number in range(10)])
    server.advance("4s")
    first = batches.cancel(made.id)
    assert first.processing_status == "canceling"
    assert counts(first) == {"processing": 10}
    server.advance("1s")
    second = batches.cancel(made.id)
    assert second.cancel_initiated_at == first.cancel_initiated_at
    server.advance("1m")
    ended = batches.retrieve(made.id)
    assert ended.processing_status == "ended"
    assert set(counts(ended)) == {"succeeded", "canceled"}
    assert sum(counts(ended).values()) == 10
    assert outcomes(batches, made.id) == counts(ended)


def test_a_message_that_is_not_valid_becomes_an_errored_line(server, batches):
    made = batches.create(requests=[request("good"), request("bad", max_tokens="many")])
    server.advance("1m")
    assert counts(batches.retrieve(made.id)) == {"succeeded": 1, "errored": 1}
    errors = {
        line.custom_id: line.result.error.error.type
        for line in batches.results(made.id)
        if line.result.type == "errored"
    }
    assert errors == {"bad": "invalid_request_error"}


def test_a_batch_is_deleted_after_its_end(server, batches):
    made = batches.create(requests=THREE)
    with pytest.raises(BadRequestError):
        batches.delete(made.id)
    server.advance("1m")
    assert batches.delete(made.id).type == "message_batch_deleted"
    with pytest.raises(NotFoundError):
        batches.retrieve(made.id)


def test_the_list_goes_on_by_itself_newest_first(batches):
    made = [batches.create(requests=THREE).id for _ in range(5)]
    assert [batch.id for batch in batches.list(limit=2)] == made[::-1]
    page = batches.list(limit=2, before_id=made[0])
    assert [batch.id for batch in page.data] == made[2:0:-1]


def test_the_key_and_the_version_of_an_older_client_are_accepted(server, batches):
    """As the client 1.17.0 sends them: the key in x-api-key, the version 2023-06-01."""
    made = batches.create(requests=THREE)
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
    path = f"/v/anthropic/v1/messages/batches/{made.id}"
    assert server.request("GET", path, headers=headers).json["id"] == made.id
    assert server.request("GET", path, headers={"x-api-key": KEY}).status == 400
    assert server.request("GET", path, headers={"anthropic-version": "2023-06-01"}).status == 401


def test_errors_have_types(server, batches):
    with pytest.raises(NotFoundError) as missing:
        batches.retrieve(UNKNOWN)
    assert missing.value.body["error"]["type"] == "not_found_error"
    with pytest.raises(BadRequestError) as empty:
        batches.create(requests=[])
    assert empty.value.body["error"]["type"] == "invalid_request_error"
    with pytest.raises(BadRequestError):
        batches.create(requests=[request("same"), request("same")])
    with client_of(server, api_key="invalid") as stranger, pytest.raises(AuthenticationError) as refused:
        stranger.messages.batches.list()
    assert refused.value.body["error"]["type"] == "authentication_error"
    assert refused.value.request_id is not None


def test_a_cancel_after_the_end_is_refused(server, batches):
    made = batches.create(requests=THREE)
    server.advance("1m")
    with pytest.raises(BadRequestError):
        batches.cancel(made.id)
    assert batches.retrieve(made.id).cancel_initiated_at is None


def test_an_overloaded_service_is_asked_again(server):
    server.admin("faults", {"on": "get", "when": {"times": 1}, "do": {"status": 529}, "vendor": "anthropic"})
    with client_of(server, max_retries=2) as client:
        made = client.messages.batches.create(requests=THREE)
        assert client.messages.batches.retrieve(made.id).id == made.id


def test_without_retries_it_is_an_error(server, batches):
    server.admin("faults", {"on": "get", "when": {"times": 1}, "do": {"status": 529}, "vendor": "anthropic"})
    made = batches.create(requests=THREE)
    with pytest.raises(InternalServerError) as overloaded:
        batches.retrieve(made.id)
    assert overloaded.value.status_code == 529
    assert overloaded.value.body["error"]["type"] == "overloaded_error"
