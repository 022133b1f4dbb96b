"""Requests that are not answered yet, on purpose, and everything that may end such a wait.

A wait ends when what it waits for has come, when its real time is up, when its client is gone, when its session was
reset or deleted, or when the server stops. So none is ever left behind.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from mockserver.engine.session.session import Session

Completion = asyncio.Future[None]
"""Done when something has happened."""


class WaitEnd(Enum):
    """What ended a wait."""

    READY = "what it waited for has come"
    TIMEOUT = "its time is up"
    DISCONNECTED = "the client is gone"
    SESSION_ENDED = "the session was reset or deleted"
    SHUTDOWN = "the server stops"


def new_completion() -> Completion:
    """A new one."""
    return asyncio.get_running_loop().create_future()


def complete(completion: Completion) -> None:
    """Let it be known; once is enough."""
    if not completion.done():
        completion.set_result(None)


class PendingWait:
    """One request's waits, one after the other."""

    def __init__(self, disconnected: Completion) -> None:
        self.session_ended, self.shutdown = new_completion(), new_completion()
        self._disconnected = disconnected

    async def until(self, completion: Completion | None = None, seconds: float | None = None) -> WaitEnd:
        """Wait for something, or for so many seconds; whatever else may end it comes first."""
        ends = {
            self.shutdown: WaitEnd.SHUTDOWN,
            self.session_ended: WaitEnd.SESSION_ENDED,
            self._disconnected: WaitEnd.DISCONNECTED,
        }
        awaited = [*ends, *([] if completion is None else [completion])]
        done, _ = await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return next((ends[end] for end in ends if end in done), WaitEnd.READY if done else WaitEnd.TIMEOUT)


class PendingRequests:
    """All requests of one server that wait."""

    def __init__(self) -> None:
        self._waits: set[PendingWait] = set()

    def __len__(self) -> int:
        return len(self._waits)

    @contextmanager
    def track(self, session: Session, disconnected: Completion) -> Iterator[PendingWait]:
        """A request of a session waits within the block."""
        wait = PendingWait(disconnected)

        def over() -> None:
            complete(wait.session_ended)

        self._waits.add(wait)
        session.on_close.append(over)
        try:
            yield wait
        finally:
            session.on_close.remove(over)
            self._waits.discard(wait)

    def shut_down(self) -> None:
        """The server stops: nobody waits any longer."""
        for wait in self._waits:
            complete(wait.shutdown)
