"""A server for each test, and an environment in which the clients go straight to it."""

from collections.abc import Iterator

import pytest

from tests.support.fake_server import FakeServer, fake_server


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no key and no base URL but the test's (TwelveLabs' variable would win over the argument)."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    for name in ("TWELVELABS_BASE_URL", "TWELVE_LABS_API_KEY", "PHASEO_API_KEY", "PHASEO_DEVTOOLS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Every vendor, in its newest era."""
    with fake_server() as running:
        yield running
