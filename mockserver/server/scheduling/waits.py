"""Requests that are not answered yet on purpose, and everything that may end such a wait.

A wait ends when what it waits for has come, when its real time is up, when its client disconnects, when its session is
reset or deleted, or when the server stops. So none is ever left behind.

`wait_until` waits for a condition of a session without polling: the session's journal wakes it after each request,
change of a job and move of the clock; for what time alone brings, on a clock that runs, it sets one timer.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum

from mockserver.core.instants import Instant
from mockserver.engine.session import Session
from mockserver.server.scheduling.scheduler import MIN_TIMER_SECONDS, Scheduler

Completion = asyncio.Future[None]
"""Done when something has happened."""


class WaitEnd(Enum):
    """The event that ended a wait."""

    READY = "what it waited for has come"
    TIMEOUT = "its time is up"
    DISCONNECTED = "the client is gone"
    SESSION_ENDED = "the session was reset or deleted"
    SHUTDOWN = "the server stops"


def new_completion() -> Completion:
    """Return a completion that is not done."""
    return asyncio.get_running_loop().create_future()


def complete(completion: Completion) -> None:
    """Mark a completion as done; does nothing if it is."""
    if not completion.done():
        completion.set_result(None)


class PendingWait:
    """The waits of one request, one after the other."""

    def __init__(self, disconnected: Completion) -> None:
        self.session_ended = new_completion()
        self.shutdown = new_completion()
        self._disconnected = disconnected

    async def until(self, completion: Completion | None = None, seconds: float | None = None) -> WaitEnd:
        """Wait for a completion, or for so many seconds, and return what ended the wait.

        If several things have happened, those that leave no client to answer come first.
        """
        ends = {
            self.shutdown: WaitEnd.SHUTDOWN,
            self.session_ended: WaitEnd.SESSION_ENDED,
            self._disconnected: WaitEnd.DISCONNECTED,
        }
        if completion is not None:
            ends[completion] = WaitEnd.READY
        done, _ = await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for end, reason in ends.items():
            if end in done:
                return reason
        return WaitEnd.TIMEOUT


class PendingRequests:
    """All waiting requests of one server."""

    def __init__(self) -> None:
        self._waits: set[PendingWait] = set()

    def __len__(self) -> int:
        return len(self._waits)

    @contextmanager
    def track(self, session: Session, disconnected: Completion) -> Iterator[PendingWait]:
        """Let a request of a session wait within the block."""
        wait = PendingWait(disconnected)

        def end_session() -> None:
            complete(wait.session_ended)

        self._waits.add(wait)
        session.on_close.append(end_session)
        try:
            yield wait
        finally:
            session.on_close.remove(end_session)
            self._waits.discard(wait)

    def shut_down(self) -> None:
        """End all waits."""
        for wait in self._waits:
            complete(wait.shutdown)


async def wait_until(
    is_over: Callable[[], bool],
    due_at: Callable[[], Instant | None],
    session: Session,
    scheduler: Scheduler,
    timeout: float,
) -> None:
    """Return when `is_over()`, after `timeout` seconds of real time, or when the server stops.

    `due_at` returns the session's instant at which time alone may bring it; None for never.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    wakeup = asyncio.Event()
    session.journal.listeners.append(wakeup.set)
    scheduler.wakeups.add(wakeup)
    try:
        while not is_over() and not scheduler.stopping:
            left = deadline - loop.time()
            if left <= 0:
                return
            due = due_at()
            if due is not None and not session.clock.frozen:
                left = min(left, max(scheduler.seconds_until(session, due) or 0, MIN_TIMER_SECONDS))
            with suppress(TimeoutError):
                await asyncio.wait_for(wakeup.wait(), left)
            wakeup.clear()
    finally:
        scheduler.wakeups.discard(wakeup)
        session.journal.listeners.remove(wakeup.set)
