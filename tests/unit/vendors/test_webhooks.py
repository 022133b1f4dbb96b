"""The body of a delivery is not what a receiver makes of it when it parses it and writes it again."""

import json

import pytest

from mockserver.core.instants import SECOND
from mockserver.vendors.signatures import StandardWebhooks
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, WebhookEndpoint
from mockserver.vendors.webhooks import RenderedDelivery, Subscription, WebhookSpec, webhook_json

PREDICTIONS = WebhookSpec(
    types=("start", "output", "completed"),
    default_types=("output", "completed"),
    events=lambda job, wanted: (),
    subscription=lambda job, endpoint: None,
    render=lambda request: RenderedDelivery((), b"", ""),
    retry_delays=(),
    timeout=15 * SECOND,
    delivery_error=lambda status, body: "",
    retry_delays_by_type={"completed": (SECOND, 2 * SECOND)},
    retry_timeout=120 * SECOND,
    is_final=lambda status: 300 <= status < 400,
    signature=StandardWebhooks(),
)
"""Events that a create names; only the last one is tried again."""
HOOK = "https://a.example/hook"


@pytest.mark.parametrize("payload", [{"a": 1}, {"a": ["é", None, 1.0]}, {"b": {"a": "/"}}])
def test_a_body_that_is_written_again_has_other_bytes(payload):
    body = webhook_json(payload)
    assert json.loads(body) == payload
    for options in ({"separators": (",", ":")}, {"separators": (",", ":"), "ensure_ascii": False}, {"indent": 2}):
        assert json.dumps(payload, **options).encode() != body


def test_everything_beyond_ascii_is_escaped():
    assert webhook_json({"text": "é \U0001f600"}) == b'{"text": "\\u00e9 \\ud83d\\ude00"}'


@pytest.mark.parametrize(
    ("event", "attempt", "status", "delay"),
    [
        ("completed", 1, 500, SECOND),
        ("completed", 2, None, 2 * SECOND),
        ("completed", 3, 500, None),
        ("completed", 1, 302, None),
        ("output", 1, 500, None),
    ],
)
def test_each_type_has_its_own_retries(event, attempt, status, delay):
    assert PREDICTIONS.retry_delay(event, attempt, status) == delay


def test_a_retry_may_have_another_timeout():
    assert [PREDICTIONS.timeout_of(attempt) // SECOND for attempt in (1, 2, 3)] == [15, 120, 120]
    assert PREDICTIONS._replace(retry_timeout=None).timeout_of(2) == 15 * SECOND


def test_a_receiver_that_a_create_names():
    usual = frozenset(PREDICTIONS.default_types)
    assert PREDICTIONS.named_subscription(None, HOOK) == Subscription(HOOK, DEFAULT_SECRET, usual)
    assert PREDICTIONS.named_subscription(None, HOOK, ["start"]) == Subscription(HOOK, DEFAULT_SECRET, {"start"})
    for nothing in (None, ""):
        assert PREDICTIONS.named_subscription(WebhookEndpoint(), nothing) is None


def test_the_session_s_endpoint_takes_what_a_create_names():
    endpoint = WebhookEndpoint("http://127.0.0.1/", secret="whsec_bmV3", events=("completed",))
    assert PREDICTIONS.named_subscription(endpoint, HOOK) == Subscription(endpoint.url, "whsec_bmV3", {"completed"})
    assert PREDICTIONS.named_subscription(endpoint, HOOK, ["start"]).events == {"start"}


def test_a_registered_endpoint_gets_the_events_of_every_job():
    assert PREDICTIONS.endpoint_subscription(None) is None
    assert PREDICTIONS.endpoint_subscription(WebhookEndpoint(HOOK)).secret == DEFAULT_SECRET
    unsigned = PREDICTIONS._replace(signature=None)
    assert unsigned.endpoint_subscription(WebhookEndpoint(HOOK, secret="s")).secret == ""
