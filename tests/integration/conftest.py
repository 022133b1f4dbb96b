"""The server of most integration tests."""

from collections.abc import Iterator

import pytest

from tests.support.fake_server import FakeServer, fake_server
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    """Start a server whose responses are judged by the captures; `pytest.mark.server` has its eras and options."""
    marker = request.node.get_closest_marker("server")
    pins, options = ((), {}) if marker is None else (marker.args, marker.kwargs)
    with fake_server(*pins, **options) as running:
        yield running


@pytest.fixture
def inbox() -> Iterator[WebhookReceiver]:
    """Run a receiver of webhooks that accepts every delivery."""
    with webhook_receiver() as running:
        yield running
