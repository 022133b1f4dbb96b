"""A server of every vendor's newest era, and a client of bytes."""

from collections.abc import Iterator

import pytest

from mockserver.core.instants import SECOND
from mockserver.server.desk import machine_time
from tests.support.fake_server import Fake, fake
from tests.support.raw_client import Line, line


@pytest.fixture
def server() -> Iterator[Fake]:
    """Judged: what a vendor's part of it answers must be in the capture."""
    with fake() as running:
        yield running


@pytest.fixture
def unjudged() -> Iterator[Fake]:
    """For requests that no vendor's page knows an answer to."""
    with fake(judged=False) as running:
        yield running


@pytest.fixture
def wire(unjudged: Fake) -> Iterator[Line]:
    """A connection to `unjudged`."""
    with line(unjudged.url) as connected:
        yield connected


@pytest.fixture
def calm(caplog: pytest.LogCaptureFixture) -> Iterator[Fake]:
    """A server on which things may go wrong: it says nothing in its log, and in the end it waits for nobody."""
    with fake("phaseo@2026-06-11", judged=False) as running:
        yield running
        ended = machine_time()
    assert machine_time() - ended < SECOND
    assert [record.getMessage() for record in caplog.records] == []


@pytest.fixture
def talk(calm: Fake) -> Iterator[Line]:
    """A connection to `calm`."""
    with line(calm.url) as connected:
        yield connected
