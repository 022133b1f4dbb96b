"""The server of most integration tests."""

from collections.abc import Iterator

import pytest

from tests.support.fake_server import FakeServer, fake_server


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    """Start a server whose responses are judged by the captures; `pytest.mark.server` has its eras and options."""
    marker = request.node.get_closest_marker("server")
    pins, options = ((), {}) if marker is None else (marker.args, marker.kwargs)
    with fake_server(*pins, **options) as running:
        yield running
