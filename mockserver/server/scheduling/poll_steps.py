"""Moves the clock of a session after each poll, as far as the client would have slept before the next one.

Theory of operation. The answer goes out first: the client is free to receive the webhooks that fall due on the way.
Where nothing falls due, the clock is moved at once. Otherwise a task moves it, and the session's next request waits
until that is done, so that the same client gets the same answers in every run. It waits for a moment only: a receiver
of a webhook may itself poll the job while the move waits for its answer.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

from mockserver.core.clock import Clock
from mockserver.core.instants import MAX_DURATION, Duration, Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.scheduling.scheduler import Scheduler

LOG: Final = logging.getLogger("mockserver")
PATIENCE: Final = 0.25
"""Seconds of real time that a request waits for the move that the poll before it began."""


class PollSteps:
    """The moves that the polls of one server's sessions have begun."""

    def __init__(self, scheduler: Scheduler, wall_clock: Callable[[], Instant], patience: float = PATIENCE) -> None:
        self._scheduler = scheduler
        self._wall_clock = wall_clock
        self._patience = patience
        self._moves: WeakKeyDictionary[Session, asyncio.Task[None]] = WeakKeyDictionary()

    async def wait_for_move(self, session: Session) -> None:
        """Wait for the move of this session that is under way, if there is one."""
        move = self._moves.get(session)
        if move is not None:
            await asyncio.wait({move}, timeout=self._patience)

    def begin(self, session: Session, by: Duration) -> None:
        """Move a session's clock; what falls due on the way happens after the caller has sent its answer."""
        move = self._moves.get(session)
        clock = session.clock.advance(self._wall_clock(), by)
        if (move is not None and not move.done()) or clock.session_start - session.start > MAX_DURATION:
            return
        due = session.schedule.next_due
        if due is None or due > clock.session_start:
            session.clock = clock
            session.journal.notify()
            return
        self._moves[session] = asyncio.get_running_loop().create_task(self._move(session, clock))

    async def _move(self, session: Session, clock: Clock) -> None:
        try:
            await self._scheduler.advance_clock(session, clock)
        except MockError as error:
            # Another caller moves the clock at the same time: that move counts.
            LOG.info("session %s: a poll did not move the clock: %s", session.name, error)
