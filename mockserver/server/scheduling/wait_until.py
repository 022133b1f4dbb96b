"""Waiting for something to happen in a session, by being told: nobody asks again and again.

A session's journal rings a bell after each request, each change of a job, each move of the clock. What time alone
brings, on a clock that runs, is waited for by one timer. The wait itself is bounded in real time.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from mockserver.core.instants import SECOND, Instant
from mockserver.engine.session.session import Session
from mockserver.server.scheduling.scheduler import Scheduler

MIN_TIMER_SECONDS: Final = 0.001
"""Seconds before a timer is looked at again: a timer may fire a little early."""


@contextmanager
def _wakeup_event(session: Session, scheduler: Scheduler) -> Iterator[asyncio.Event]:
    """An event that is set whenever something happens in the session, or the server stops."""
    bell = asyncio.Event()
    session.journal.listeners.append(bell.set)
    scheduler.wakeups.add(bell)
    try:
        yield bell
    finally:
        scheduler.wakeups.discard(bell)
        session.journal.listeners.remove(bell.set)


async def wait_until(
    is_over: Callable[[], bool],
    due_at: Callable[[], Instant | None],
    session: Session,
    scheduler: Scheduler,
    wall_clock: Callable[[], Instant],
    timeout: float,
) -> None:
    """Come back when it is `over`, or after so many seconds of real time.

    `due` is the session's instant at which time alone may bring it; None for never.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    with _wakeup_event(session, scheduler) as bell:
        while not is_over() and not scheduler.stopping and (left := deadline - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), min(left, _seconds_until(due_at(), session, wall_clock())))
            bell.clear()


def _seconds_until(due: Instant | None, session: Session, wall_now: Instant) -> float:
    if due is None or session.clock.frozen:
        return float("inf")
    return max((due - session.clock.now(wall_now)) / session.clock.rate / SECOND, MIN_TIMER_SECONDS)
