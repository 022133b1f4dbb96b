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
BREATH: Final = 0.0015
"""Seconds between two things that are begun while a session is being asked: polls stay about as fast as ever."""
PATIENCE: Final = 2.0
"""Seconds of real time that somebody who moves or reads a clock waits for what is under way."""

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
        self._under_way: WeakKeyDictionary[Session, set[asyncio.Task[None]]] = WeakKeyDictionary()
        self._asked: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        """How many requests a session had seen when something was last begun in it."""
        self._extra: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        """How many things are being done that were on no agenda."""
        self.bells: set[asyncio.Event] = set()
        """Whoever waits for something to happen in a session: rung when the server stops."""
        self.stopping = False

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
        wait = None if due is None or session in self._moving else self._seconds_to(session, due)
        if due is not None and wait is not None:
            handle = asyncio.get_running_loop().call_later(max(wait, SHORTEST), self._ring, ref(session))
            self._timers[session] = (due, session.clock, handle)

    def _seconds_to(self, session: Session, due: Instant) -> float | None:
        """Real time until the clock gets there; None where it stands still before."""
        left = due - session.clock.now(self._machine_time())
        if left <= 0:
            return 0.0
        return left / session.clock.rate / SECOND if session.clock.rate else None

    def _ring(self, asked: "ref[Session]") -> None:
        session = asked()
        if session is None or not self._alive(session) or session in self._moving:
            return
        armed = self._timers.pop(session, None)
        if armed is not None:
            armed[2].cancel()
        mine = self._under_way.setdefault(session, set())
        seen, before = session.journal.seq, self._asked.get(session, 0)
        self._asked[session] = seen
        while len(mine) < AT_ONCE:
            due = session.agenda.take(session.clock.now(self._machine_time()))
            if due is None:
                self.look(session)
                return
            task = asyncio.get_running_loop().create_task(self._do(session, due))
            mine.add(task)
            task.add_done_callback(mine.discard)
            task.add_done_callback(lambda _: self._after(session))
            if seen != before:
                self._breathe(session)
                return

    def _after(self, session: Session) -> None:
        """Something is done: go on at once, unless others are to have their turn first."""
        if session not in self._timers:
            self._ring(ref(session))

    def _breathe(self, session: Session) -> None:
        """Let requests be answered before the next thing is done."""
        due = session.agenda.next
        if due is not None:
            handle = asyncio.get_running_loop().call_later(BREATH, self._ring, ref(session))
            self._timers[session] = (due, session.clock, handle)

    async def _finish(self, session: Session, deadline: float) -> bool:
        """Wait for what is under way in a session; whether all of it is done by then."""
        mine = tuple(self._under_way.get(session, ()))
        if not mine:
            return True
        left = deadline - asyncio.get_running_loop().time()
        _, pending = await asyncio.wait(mine, timeout=max(left, 0))
        return not pending

    async def caught_up(self, session: Session) -> None:
        """Wait for everything that is due by now, where the clock stands still; no longer than `PATIENCE`."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while session.clock.frozen and self._alive(session) and session not in self._moving and not self.stopping:
            if not await self._finish(session, deadline):
                return
            due = session.agenda.next
            if due is None or due > session.clock.now(self._machine_time()):
                return
            self._ring(ref(session))

    async def perform(self, session: Session, what: Any) -> None:
        """Do something now that is on no agenda; so many things at the same time at the most.

        Who is told of something may ask for it again, and be told of that, and ask again.
        """
        busy = self._extra.get(session, 0)
        if busy >= AT_ONCE:
            many = f"{busy} things are being done in session {session.name!r} that were asked for"
            raise refuse("ADM006", many, "ask again when one is done")
        self._extra[session] = busy + 1
        try:
            await self._performers[type(what)](session, what, session.clock.now(self._machine_time()))
        finally:
            self._extra[session] -= 1

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
            if not await self._finish(session, asyncio.get_running_loop().time() + PATIENCE):
                what = f"something is under way in session {session.name!r}, such as a delivery"
                raise refuse("ADM006", what, "ask again when it is done")
            while self._going(session) and (due := session.agenda.take(until)) is not None:
                real = self._machine_time()
                at = max(due.at, session.clock.now(real))
                session.clock = Clock(real, at, 0.0, clock.resumes_at)
                session.journal.tell()
                await self._do(session, due)
                await asyncio.sleep(0)  # what is done without waiting must not keep others waiting
            if self._going(session):
                session.clock = Clock(self._machine_time(), until, clock.rate, clock.resumes_at)
                session.journal.tell()
        finally:
            del self._moving[session]
            self.look(session)

    def _going(self, session: Session) -> bool:
        """Whether a move goes on: not in a session that is over, nor on a server that stops."""
        return not self.stopping and self._alive(session)

    async def shut_down(self) -> None:
        """Let go of everything that waits or is under way."""
        self.stopping = True
        for bell in self.bells:
            bell.set()
        for _, _, handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        tasks = [task for mine in self._under_way.values() for task in mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
