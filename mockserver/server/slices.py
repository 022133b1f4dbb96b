"""Long work in slices, so that no client waits for what another one has asked for."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

SLICE_SECONDS: Final = 0.004
"""Seconds of real time after which other requests get a turn."""

Item = TypeVar("Item")


class Turns:
    """The turns that work gives to other requests."""

    def __init__(self, seconds: float = SLICE_SECONDS) -> None:
        self._seconds = seconds
        self._ends_at = time.perf_counter() + seconds

    async def give(self) -> bool:
        """Let other requests run, if this slice is over; returns True if they did."""
        if time.perf_counter() < self._ends_at:
            return False
        await asyncio.sleep(0)
        self._ends_at = time.perf_counter() + self._seconds
        return True


async def in_slices(items: Iterable[Item]) -> AsyncIterator[Item]:
    """Yield items, and give other requests a turn after each slice."""
    turns = Turns()
    for item in items:
        yield item
        await turns.give()
