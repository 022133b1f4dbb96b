"""Clean the environment, so that the vendors' clients connect straight to the server of the test."""

import pytest
from phaseo import Phaseo

from tests.support.fake_server import FakeServer
from tests.support.resting_contracts import resting_contracts
from tests.support.sdk_clients import phaseo_client

__all__ = ["resting_contracts"]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove proxies, keys and base URLs (TwelveLabs' variable would win over the argument)."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    for name in ("TWELVELABS_BASE_URL", "TWELVE_LABS_API_KEY", "PHASEO_API_KEY", "PHASEO_DEVTOOLS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def client(server: FakeServer) -> Phaseo:
    """Build a Phaseo client of the test's server."""
    return phaseo_client(server)
