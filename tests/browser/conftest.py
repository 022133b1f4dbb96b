"""One browser for the tests of this folder, and sessions worth looking at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import running_browser
from tests.support.fake_server import FakeServer, fake_server


# Playwright's driver has an event loop in this thread: while it runs, asynchronous tests cannot. This folder has none.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run the browser."""
    with running_browser() as launched:
        yield launched


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Start a server whose clock stands still."""
    with fake_server("phaseo@2026-06-11", judged=False) as running:
        yield running
