"""Waiting for something to happen in a session, by being told: nobody asks again and again.

A session's journal rings a bell after each request, each change of a job, each move of the clock. What time alone
brings, on a clock that runs, is waited for by one timer. The wait itself is bounded in real time.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from mockserver.core.instants import SECOND, Instant
from mockserver.engine.session import Session
from mockserver.server.tempo import Tempo

SHORTEST: Final = 0.001
"""Seconds before a timer is looked at again: a timer may fire a little early."""


@contextmanager
def _bell(session: Session, tempo: Tempo) -> Iterator[asyncio.Event]:
    """An event that is set whenever something happens in the session, or the server stops."""
    bell = asyncio.Event()
    session.journal.listeners.append(bell.set)
    tempo.bells.add(bell)
    try:
        yield bell
    finally:
        tempo.bells.discard(bell)
        session.journal.listeners.remove(bell.set)


async def wait_until(
    over: Callable[[], bool],
    due: Callable[[], Instant | None],
    session: Session,
    tempo: Tempo,
    real: Callable[[], Instant],
    seconds: float,
) -> None:
    """Come back when it is `over`, or after so many seconds of real time.

    `due` is the session's instant at which time alone may bring it; None for never.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    with _bell(session, tempo) as bell:
        while not over() and not tempo.stopping and (left := deadline - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), min(left, _seconds_to(due(), session, real())))
            bell.clear()


def _seconds_to(due: Instant | None, session: Session, real: Instant) -> float:
    if due is None or session.clock.frozen:
        return float("inf")
    return max((due - session.clock.now(real)) / session.clock.rate / SECOND, SHORTEST)
