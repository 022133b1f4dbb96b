"""Servers of the newest eras, and raw connections to them."""

from collections.abc import Iterator

import pytest

from mockserver.core.instants import SECOND
from mockserver.server.clock import wall_clock
from tests.support.fake_server import FakeServer, fake_server
from tests.support.raw_client import RawConnection, raw_connection
from tests.support.resting_contracts import resting_contracts

__all__ = ["resting_contracts"]


@pytest.fixture
def unchecked_server() -> Iterator[FakeServer]:
    """Start a server whose responses are not judged, for requests that no vendor's page covers."""
    with fake_server(judged=False) as running:
        yield running


@pytest.fixture
def connection(unchecked_server: FakeServer) -> Iterator[RawConnection]:
    """Connect to `unchecked_server`."""
    with raw_connection(unchecked_server.url) as connected:
        yield connected


@pytest.fixture
def faulty_server(caplog: pytest.LogCaptureFixture) -> Iterator[FakeServer]:
    """Start a server for faults; afterwards its log must be empty, and it must have stopped within a second."""
    with fake_server("phaseo@2026-06-11", judged=False) as running:
        yield running
        ended = wall_clock()
    assert wall_clock() - ended < SECOND
    assert [record.getMessage() for record in caplog.records] == []


@pytest.fixture
def client(faulty_server: FakeServer) -> Iterator[RawConnection]:
    """Connect to `faulty_server`."""
    with raw_connection(faulty_server.url) as connected:
        yield connected
