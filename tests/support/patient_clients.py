"""Clients that wait: their sleep moves the clock of the server instead of taking time."""

import time
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from tests.support.fake_server import FakeServer


def let_it_sleep(monkeypatch: pytest.MonkeyPatch, module: Any, server: FakeServer) -> None:
    """Replace `time` and `anyio` in a client's module, so that each of its pauses advances the server's clock."""

    def sleep(seconds: float) -> None:
        server.advance(f"{max(1, round(seconds * 1000))}ms")

    async def sleep_async(seconds: float) -> None:
        sleep(seconds)

    stand_in = SimpleNamespace(sleep=sleep, time=time.perf_counter)
    monkeypatch.setattr(module, "time", stand_in)
    if hasattr(module, "anyio"):
        monkeypatch.setattr(module, "anyio", SimpleNamespace(sleep=sleep_async, current_time=anyio.current_time))
