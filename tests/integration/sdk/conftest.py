"""A server for each test, and an environment in which the clients go straight to it."""

import pytest


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no key and no base URL but the test's (TwelveLabs' variable would win over the argument)."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    for name in ("TWELVELABS_BASE_URL", "TWELVE_LABS_API_KEY", "PHASEO_API_KEY", "PHASEO_DEVTOOLS"):
        monkeypatch.delenv(name, raising=False)
