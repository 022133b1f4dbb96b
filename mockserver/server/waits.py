"""Requests that are not answered yet, on purpose, and everything that may end such a wait.

A wait ends when what it waits for has come, when its real time is up, when its client is gone, when its session was
reset or deleted, or when the server stops. So none is ever left behind.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from mockserver.engine.session import Session

Signal = asyncio.Future[None]
"""Done when something has happened."""


class Why(Enum):
    """What ended a wait."""

    CAME = "what it waited for has come"
    LATE = "its time is up"
    GONE = "the client is gone"
    OVER = "the session was reset or deleted"
    DOWN = "the server stops"


def signal() -> Signal:
    """A new one."""
    return asyncio.get_running_loop().create_future()


def give(asked: Signal) -> None:
    """Let it be known; once is enough."""
    if not asked.done():
        asked.set_result(None)


class Wait:
    """One request's waits, one after the other."""

    def __init__(self, gone: Signal) -> None:
        self.over, self.down = signal(), signal()
        self._gone = gone

    async def until(self, asked: Signal | None = None, seconds: float | None = None) -> Why:
        """Wait for something, or for so many seconds; whatever else may end it comes first."""
        ends = {self.down: Why.DOWN, self.over: Why.OVER, self._gone: Why.GONE}
        awaited = [*ends, *([] if asked is None else [asked])]
        done, _ = await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return next((ends[end] for end in ends if end in done), Why.CAME if done else Why.LATE)


class Waits:
    """All requests of one server that wait."""

    def __init__(self) -> None:
        self._open: set[Wait] = set()

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def one(self, session: Session, gone: Signal) -> Iterator[Wait]:
        """A request of a session waits within the block."""
        wait = Wait(gone)

        def over() -> None:
            give(wait.over)

        self._open.add(wait)
        session.farewells.append(over)
        try:
            yield wait
        finally:
            session.farewells.remove(over)
            self._open.discard(wait)

    def shut_down(self) -> None:
        """The server stops: nobody waits any longer."""
        for wait in self._open:
            give(wait.down)
