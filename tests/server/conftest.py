"""A server of every vendor's newest era, and a client of bytes."""

from collections.abc import Iterator

import pytest

from tests.server.line import Line, line
from tests.serving import Fake, fake


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
