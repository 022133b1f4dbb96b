"""Time at work: whatever is on a session's agenda is done when its clock gets there.

There are two ways for a clock to get somewhere. It runs: then one timer a session waits for the first thing due, and
what is due by then is done, several things at a time. Or it is moved: then the way is gone due by due, one thing
after the other, the clock standing at each instant until the thing is done, and the move is answered after all of it.
Both ways the session answers requests meanwhile: whoever is told of something may ask about it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Instant
from mockserver.engine.agenda import Due
from mockserver.engine.session import Session
from mockserver.errors import refuse

LOG: Final = logging.getLogger("mockserver")
AT_ONCE: Final = 16
"""Things that are done at the same time, in one session whose clock runs."""
SHORTEST: Final = 0.001
"""Seconds before a timer is looked at again: a timer may fire a little early."""

Performer = Callable[[Session, Any, Instant], Awaitable[None]]
"""Does one thing: (session, what, the instant at which it is due)."""


class Tempo:
    """Works off the agendas of one server's sessions; `performers` by the type of what is due."""

    def __init__(
        self,
        machine_time: Callable[[], Instant],
        alive: Callable[[Session], bool],
        performers: Mapping[type, Performer],
    ) -> None:
        self._machine_time = machine_time
        self._alive = alive
        """Whether a session was neither reset nor deleted: nothing is done for one that was."""
        self._performers = performers
        self._timers: WeakKeyDictionary[Session, tuple[Instant, Clock, asyncio.TimerHandle]] = WeakKeyDictionary()
        self._moving: WeakKeyDictionary[Session, bool] = WeakKeyDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, session: Session) -> None:
        """See to it that the first thing due is done in time: called after whatever may have changed the agenda."""
        due = session.agenda.next
        armed = self._timers.get(session)
        if due is None and armed is None:
            return
        if armed is not None:
            if armed[0] == due and armed[1] is session.clock:
                return
            armed[2].cancel()
            del self._timers[session]
        if due is not None and session.clock.rate and session not in self._moving:
            wait = (due - session.clock.now(self._machine_time())) / session.clock.rate / SECOND
            handle = asyncio.get_running_loop().call_later(max(wait, SHORTEST), self._ring, ref(session))
            self._timers[session] = (due, session.clock, handle)

    def _ring(self, asked: "ref[Session]") -> None:
        session = asked()
        if session is None or not self._alive(session):
            return
        self._timers.pop(session, None)
        while len(self._tasks) < AT_ONCE:
            due = session.agenda.take(session.clock.now(self._machine_time()))
            if due is None:
                break
            task = asyncio.get_running_loop().create_task(self._do(session, due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: self.look(session))
        else:
            return  # each task that ends looks again
        self.look(session)

    async def _do(self, session: Session, due: Due) -> None:
        try:
            await self._performers[type(due.what)](session, due.what, due.at)
        except Exception:
            LOG.exception("session %s: %s", session.name, type(due.what).__name__)

    async def move(self, session: Session, clock: Clock) -> None:
        """Bring a session to the clock's instant, due by due, and leave it that clock; one move at a time."""
        if session in self._moving:
            raise refuse("ADM006", f"the clock of session {session.name!r} is being moved", "ask again when it is done")
        until = clock.virtual
        self._moving[session] = True
        try:
            while self._alive(session) and (due := session.agenda.take(until)) is not None:
                real = self._machine_time()
                at = max(due.at, session.clock.now(real))
                session.clock = Clock(real, at, 0.0, clock.resumes_at)
                await self._do(session, due)
            session.clock = Clock(self._machine_time(), until, clock.rate, clock.resumes_at)
        finally:
            del self._moving[session]
            self.look(session)

    async def shut_down(self) -> None:
        """Let go of everything that waits or is under way."""
        for _, _, handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
