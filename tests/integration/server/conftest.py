"""A server of every vendor's newest era, and a client of bytes."""

from collections.abc import Iterator

import pytest

from mockserver.core.instants import SECOND
from mockserver.server.clock import wall_clock
from tests.support.fake_server import FakeServer, fake_server
from tests.support.raw_client import RawConnection, raw_connection


@pytest.fixture
def unchecked_server() -> Iterator[FakeServer]:
    """For requests that no vendor's page knows an answer to."""
    with fake_server(judged=False) as running:
        yield running


@pytest.fixture
def connection(unchecked_server: FakeServer) -> Iterator[RawConnection]:
    """A connection to `unjudged`."""
    with raw_connection(unchecked_server.url) as connected:
        yield connected


@pytest.fixture
def faulty_server(caplog: pytest.LogCaptureFixture) -> Iterator[FakeServer]:
    """A server on which things may go wrong: it says nothing in its log, and in the end it waits for nobody."""
    with fake_server("phaseo@2026-06-11", judged=False) as running:
        yield running
        ended = wall_clock()
    assert wall_clock() - ended < SECOND
    assert [record.getMessage() for record in caplog.records] == []


@pytest.fixture
def client(faulty_server: FakeServer) -> Iterator[RawConnection]:
    """A connection to `calm`."""
    with raw_connection(faulty_server.url) as connected:
        yield connected
