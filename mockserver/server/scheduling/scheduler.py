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
from mockserver.engine.session.schedule import ScheduleEntry
from mockserver.engine.session.session import Session
from mockserver.errors import refuse

LOG: Final = logging.getLogger("mockserver")
MAX_CONCURRENT: Final = 16
"""Things that are done at the same time, in one session whose clock runs."""
MIN_TIMER_SECONDS: Final = 0.001
"""Seconds before a timer is looked at again: a timer may fire a little early."""
YIELD_SECONDS: Final = 0.0015
"""Seconds between two things that are begun while a session is being asked: polls stay about as fast as ever."""
DRAIN_TIMEOUT: Final = 2.0
"""Seconds of real time that somebody who moves or reads a clock waits for what is under way."""

DueHandler = Callable[[Session, Any, Instant], Awaitable[None]]
"""Does one thing: (session, what, the instant at which it is due)."""


class Scheduler:
    """Works off the agendas of one server's sessions; `performers` by the type of what is due."""

    def __init__(
        self,
        wall_clock: Callable[[], Instant],
        is_current: Callable[[Session], bool],
        handlers: Mapping[type, DueHandler],
    ) -> None:
        self._wall_clock = wall_clock
        self._is_current = is_current
        """Whether a session was neither reset nor deleted: nothing is done for one that was."""
        self._handlers = handlers
        self._timers: WeakKeyDictionary[Session, tuple[Instant, Clock, asyncio.TimerHandle]] = WeakKeyDictionary()
        self._advancing: WeakKeyDictionary[Session, bool] = WeakKeyDictionary()
        self._tasks: WeakKeyDictionary[Session, set[asyncio.Task[None]]] = WeakKeyDictionary()
        self._requests_seen: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        """How many requests a session had seen when something was last begun in it."""
        self._unscheduled: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        """How many things are being done that were on no agenda."""
        self.wakeups: set[asyncio.Event] = set()
        """Whoever waits for something to happen in a session: rung when the server stops."""
        self.stopping = False

    def rearm(self, session: Session) -> None:
        """See to it that the first thing due is done in time: called after whatever may have changed the agenda."""
        due = session.schedule.next_due
        armed = self._timers.get(session)
        if due is None and armed is None:
            return
        if armed is not None:
            if armed[0] == due and armed[1] is session.clock:
                return
            armed[2].cancel()
            del self._timers[session]
        wait = None if due is None or session in self._advancing else self._seconds_until(session, due)
        if due is not None and wait is not None:
            handle = asyncio.get_running_loop().call_later(max(wait, MIN_TIMER_SECONDS), self._run_due, ref(session))
            self._timers[session] = (due, session.clock, handle)

    def _seconds_until(self, session: Session, due: Instant) -> float | None:
        """Real time until the clock gets there; None where it stands still before."""
        left = due - session.clock.now(self._wall_clock())
        if left <= 0:
            return 0.0
        return left / session.clock.rate / SECOND if session.clock.rate else None

    def _run_due(self, session_ref: "ref[Session]") -> None:
        session = session_ref()
        if session is None or not self._is_current(session) or session in self._advancing:
            return
        armed = self._timers.pop(session, None)
        if armed is not None:
            armed[2].cancel()
        mine = self._tasks.setdefault(session, set())
        seen, before = session.journal.seq, self._requests_seen.get(session, 0)
        self._requests_seen[session] = seen
        while len(mine) < MAX_CONCURRENT:
            due = session.schedule.pop_due(session.clock.now(self._wall_clock()))
            if due is None:
                self.rearm(session)
                return
            task = asyncio.get_running_loop().create_task(self._run(session, due))
            mine.add(task)
            task.add_done_callback(mine.discard)
            task.add_done_callback(lambda _: self._task_done(session))
            if seen != before:
                self._yield_to_requests(session)
                return

    def _task_done(self, session: Session) -> None:
        """Something is done: go on at once, unless others are to have their turn first."""
        if session not in self._timers:
            self._run_due(ref(session))

    def _yield_to_requests(self, session: Session) -> None:
        """Let requests be answered before the next thing is done."""
        due = session.schedule.next_due
        if due is not None:
            handle = asyncio.get_running_loop().call_later(YIELD_SECONDS, self._run_due, ref(session))
            self._timers[session] = (due, session.clock, handle)

    async def _wait_for_tasks(self, session: Session, deadline: float) -> bool:
        """Wait for what is under way in a session; whether all of it is done by then."""
        mine = tuple(self._tasks.get(session, ()))
        if not mine:
            return True
        left = deadline - asyncio.get_running_loop().time()
        _, pending = await asyncio.wait(mine, timeout=max(left, 0))
        return not pending

    async def drain(self, session: Session) -> None:
        """Wait for everything that is due by now, where the clock stands still; no longer than `PATIENCE`."""
        deadline = asyncio.get_running_loop().time() + DRAIN_TIMEOUT
        while (
            session.clock.frozen and self._is_current(session) and session not in self._advancing and not self.stopping
        ):
            if not await self._wait_for_tasks(session, deadline):
                return
            due = session.schedule.next_due
            if due is None or due > session.clock.now(self._wall_clock()):
                return
            self._run_due(ref(session))

    async def run_now(self, session: Session, item: Any) -> None:
        """Do something now that is on no agenda; so many things at the same time at the most.

        Who is told of something may ask for it again, and be told of that, and ask again.
        """
        busy = self._unscheduled.get(session, 0)
        if busy >= MAX_CONCURRENT:
            many = f"{busy} things are being done in session {session.name!r} that were asked for"
            raise refuse("ADM006", many, "ask again when one is done")
        self._unscheduled[session] = busy + 1
        try:
            await self._handlers[type(item)](session, item, session.clock.now(self._wall_clock()))
        finally:
            self._unscheduled[session] -= 1

    async def _run(self, session: Session, entry: ScheduleEntry) -> None:
        try:
            await self._handlers[type(entry.item)](session, entry.item, entry.at)
        except Exception:
            LOG.exception("session %s: %s", session.name, type(entry.item).__name__)

    async def advance_clock(self, session: Session, clock: Clock) -> None:
        """Bring a session to the clock's instant, due by due, and leave it that clock; one move at a time."""
        if session in self._advancing:
            raise refuse("ADM006", f"the clock of session {session.name!r} is being moved", "ask again when it is done")
        until = clock.session_start
        self._advancing[session] = True
        try:
            if not await self._wait_for_tasks(session, asyncio.get_running_loop().time() + DRAIN_TIMEOUT):
                what = f"something is under way in session {session.name!r}, such as a delivery"
                raise refuse("ADM006", what, "ask again when it is done")
            while self._may_go_on(session) and (due := session.schedule.pop_due(until)) is not None:
                real = self._wall_clock()
                at = max(due.at, session.clock.now(real))
                session.clock = Clock(real, at, 0.0, clock.resume_rate)
                session.journal.notify()
                await self._run(session, due)
                await asyncio.sleep(0)  # what is done without waiting must not keep others waiting
            if self._may_go_on(session):
                session.clock = Clock(self._wall_clock(), until, clock.rate, clock.resume_rate)
                session.journal.notify()
        finally:
            del self._advancing[session]
            self.rearm(session)

    def _may_go_on(self, session: Session) -> bool:
        """Whether a move goes on: not in a session that is over, nor on a server that stops."""
        return not self.stopping and self._is_current(session)

    async def shut_down(self) -> None:
        """Let go of everything that waits or is under way."""
        self.stopping = True
        for bell in self.wakeups:
            bell.set()
        for _, _, handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        tasks = [task for mine in self._tasks.values() for task in mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
