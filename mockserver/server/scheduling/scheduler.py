"""Does what is due in the sessions of one server when their clocks get there.

Theory of operation. A clock gets somewhere in one of two ways.

Live: the clock runs (or stands, with something due already). One timer for each session waits for the first entry of
its schedule; when it fires, entries that are due are begun, up to `MAX_CONCURRENT` at a time, each as a task. While the
server also answers requests, whichever session they are of, entries are begun one by one with a pause between them, and
the sessions take turns: so polls stay about as fast as without them. A timer that fires late shows that the loop has
more to do than it can, and the next pause is longer by twice as much.

Advance: a request moves the clock. The way there is gone entry by entry: the clock stops at each instant until that
entry is done, and the move is answered after all of them. No timer is armed meanwhile. Between two entries there is a
pause, too, while requests of others are answered. A move has two bounds: one on the entries that take long together,
which wait for a receiver that does not answer, and one on all entries.

Both ways the session answers requests: the receiver of a webhook may poll the job that it is about.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary, ref

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Instant
from mockserver.engine.schedule import ScheduleEntry
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse

LOG: Final = logging.getLogger("mockserver")
MAX_CONCURRENT: Final = 16
"""Entries of one session that are done at the same time, while its clock runs."""
MIN_TIMER_SECONDS: Final = 0.001
"""Seconds of the shortest timer: a timer may fire a little early."""
MAX_LATE_SECONDS: Final = 0.05
"""Seconds by which the pause between two entries is longer at most."""

DueHandler = Callable[[Session, Any, Instant], Awaitable[None]]
"""Does one entry: (session, item, the instant at which it is due)."""


class SchedulerLimits(NamedTuple):
    """Seconds of real time that the scheduler takes, and lets others take."""

    pause: float = 0.0025
    """Between two entries that are begun while the server answers requests: a delivery costs some 0.5 ms."""
    slow: float = 1.0
    """From so many on an entry counts as slow: a receiver or a client does not answer."""
    slow_entries: float = 30.0
    """For the slow entries of one move of the clock together."""
    move: float = 300.0
    """For all entries of one move of the clock together."""
    drain: float = 2.0
    """For what is under way, while a caller waits who moves or reads a clock."""


DEFAULT_LIMITS: Final = SchedulerLimits()


class _ArmedTimer(NamedTuple):
    """A timer, and what it was set for."""

    due: Instant
    clock: Clock
    handle: asyncio.TimerHandle


class _SessionTimers:
    """What the scheduler has under way for one session."""

    def __init__(self) -> None:
        self.timer: _ArmedTimer | None = None
        self.tasks: set[asyncio.Task[MockError | None]] = set()
        """The entries that are being done live."""
        self.advancing = False
        """True while a request moves the clock."""
        self.requests_seen = 0
        """Requests that the server had got when an entry was last begun."""
        self.unscheduled = 0
        """Items that are being done without an entry (`run_now`)."""

    def cancel_timer(self) -> None:
        """Cancel the armed timer, if there is one."""
        if self.timer is not None:
            self.timer.handle.cancel()
            self.timer = None


class _RequestsOfOthers:
    """Tells whether requests have come that are not of a session: its own receivers may poll their jobs."""

    def __init__(self, request_count: Callable[[], int], session: Session) -> None:
        self._request_count = request_count
        self._session = session
        self._seen = self._count()

    def _count(self) -> int:
        return self._request_count() - self._session.journal.seq

    def has_come(self) -> bool:
        """Return True if there was one since the last call."""
        before, self._seen = self._seen, self._count()
        return self._seen > before


class Scheduler:
    """Works off the schedules of one server's sessions; `handlers` are by the type of an entry's item."""

    def __init__(
        self,
        wall_clock: Callable[[], Instant],
        is_current: Callable[[Session], bool],
        handlers: Mapping[type, DueHandler],
        settle: Callable[[Session], None] = lambda session: None,
        limits: SchedulerLimits = DEFAULT_LIMITS,
        request_count: Callable[[], int] = int,
    ) -> None:
        """Take the limits, and what returns the number of requests that the server has got."""
        self.wall_clock = wall_clock
        self._is_current = is_current
        """Returns False for a session that was reset or deleted: nothing is done for it."""
        self._handlers = handlers
        self._settle = settle
        """Keeps where a session's clock has been moved to."""
        self.limits = limits
        self._request_count = request_count
        self._extra_pause = 0.0
        """By how much the next pause is longer: twice the time by which the loop was late after the one before."""
        self._next_turn = 0.0
        """The time of the loop from which on the next entry may be begun while requests are answered."""
        self._sessions: WeakKeyDictionary[Session, _SessionTimers] = WeakKeyDictionary()
        self.wakeups: set[asyncio.Event] = set()
        """Events that are set when the server stops."""
        self.stopping = False

    def _timers(self, session: Session) -> _SessionTimers:
        timers = self._sessions.get(session)
        if timers is None:
            timers = self._sessions[session] = _SessionTimers()
        return timers

    # Live

    def rearm(self, session: Session) -> None:
        """Set the session's timer for the first entry of its schedule; call after any change of schedule or clock."""
        due = session.schedule.next_due
        timers = self._sessions.get(session)
        if timers is None:
            if due is None:
                return
            timers = self._timers(session)
        if timers.timer is not None:
            # The clock's identity stands for its rate and position: every change makes another one.
            if timers.timer.due == due and timers.timer.clock is session.clock:
                return
            timers.cancel_timer()
        if due is None or timers.advancing:
            return
        seconds = self.seconds_until(session, due)
        if seconds is not None:
            self._arm(session, timers, due, max(seconds, MIN_TIMER_SECONDS))

    def _arm(self, session: Session, timers: _SessionTimers, due: Instant, seconds: float) -> None:
        # The callback holds the session weakly: a timer far in the future must not keep a deleted session alive.
        handle = asyncio.get_running_loop().call_later(seconds, self._begin_due, ref(session))
        timers.timer = _ArmedTimer(due, session.clock, handle)

    def seconds_until(self, session: Session, due: Instant) -> float | None:
        """Return the real time in seconds until the clock reads `due`; None if it stands still before."""
        left = due - session.clock.now(self.wall_clock())
        if left <= 0:
            return 0.0
        if session.clock.frozen:
            return None
        return left / session.clock.rate / SECOND

    def _begin_due(self, session_ref: "ref[Session]") -> None:
        """Begin the entries that are due, and set the timer for the next one."""
        session = session_ref()
        if session is None or not self._is_current(session):
            return
        timers = self._timers(session)
        if timers.advancing:
            return
        if timers.timer is not None:
            self._note_lateness(timers.timer.handle.when())
        timers.cancel_timer()
        requests = self._request_count()
        answers_requests = requests != timers.requests_seen
        timers.requests_seen = requests
        # At the limit no timer is set: the next task that ends comes back here.
        while len(timers.tasks) < MAX_CONCURRENT:
            entry = session.schedule.pop_due(session.clock.now(self.wall_clock()))
            if entry is None:
                self.rearm(session)
                return
            task = asyncio.get_running_loop().create_task(self._run(session, entry))
            timers.tasks.add(task)
            task.add_done_callback(timers.tasks.discard)
            task.add_done_callback(lambda _: self._task_done(session))
            if answers_requests:
                due = session.schedule.next_due
                if due is not None:
                    self._arm(session, timers, due, self._seconds_until_turn())
                return

    def _seconds_until_turn(self) -> float:
        """Return the seconds until a session may begin its next entry, and reserve that turn for it."""
        now = asyncio.get_running_loop().time()
        self._next_turn = max(now, self._next_turn) + self.limits.pause + self._extra_pause
        return self._next_turn - now

    def _note_lateness(self, due: float) -> None:
        late = asyncio.get_running_loop().time() - due
        self._extra_pause = min(max(2 * late, 0.0), MAX_LATE_SECONDS)

    def _task_done(self, session: Session) -> None:
        # An armed timer means that nothing is due yet, or that requests have their turn first.
        if self._timers(session).timer is None:
            self._begin_due(ref(session))

    async def _run(self, session: Session, entry: ScheduleEntry) -> MockError | None:
        """Do one entry; an error is logged, and the rest goes on. Returns why what it did cannot be kept, if so."""
        try:
            await self._handlers[type(entry.item)](session, entry.item, entry.at)
        except MockError as error:  # its outcome cannot be kept
            LOG.warning("session %s: %s: %s", session.name, type(entry.item).__name__, error)
            return error
        except Exception:
            LOG.exception("session %s: %s", session.name, type(entry.item).__name__)
        return None

    async def _wait_for_tasks(self, session: Session, deadline: float) -> bool:
        """Wait for the session's tasks until `deadline` (seconds of the loop); returns False if some are not done."""
        tasks = tuple(self._timers(session).tasks)
        if not tasks:
            return True
        left = deadline - asyncio.get_running_loop().time()
        _, pending = await asyncio.wait(tasks, timeout=max(left, 0))
        return not pending

    async def drain(self, session: Session) -> None:
        """Wait until everything is done that is due on a clock that stands; `limits.drain` seconds at most."""
        deadline = asyncio.get_running_loop().time() + self.limits.drain
        timers = self._timers(session)
        # Each round may make more due at the same instant: a duplicate, a delivery that follows another.
        while session.clock.frozen and not timers.advancing and self._may_go_on(session):
            if not await self._wait_for_tasks(session, deadline):
                return
            due = session.schedule.next_due
            if due is None or due > session.clock.now(self.wall_clock()):
                return
            self._begin_due(ref(session))

    async def run_now(self, session: Session, item: Any) -> None:
        """Do an item now, outside the schedule. Raises MockError ADM006 beyond `MAX_CONCURRENT` at a time.

        The limit ends what would go on for ever: a receiver that requests each delivery again when it gets it.
        """
        timers = self._timers(session)
        if timers.unscheduled >= MAX_CONCURRENT:
            detail = f"{timers.unscheduled} requested deliveries are under way in session {session.name!r}"
            raise refuse("ADM006", detail, "try again when one is done")
        timers.unscheduled += 1
        try:
            await self._handlers[type(item)](session, item, session.clock.now(self.wall_clock()))
        finally:
            timers.unscheduled -= 1

    # Advance

    def refuse_during_move(self, session: Session) -> None:
        """Raise `MockError` ADM006 if the clock is being moved: the end of the move would undo another change."""
        if self._timers(session).advancing:
            detail = f"the clock of session {session.name!r} is being moved"
            raise refuse("ADM006", detail, "try again when it is done")

    async def advance_clock(self, session: Session, clock: Clock) -> bool:
        """Bring a session to the instant of `clock`, entry by entry, and leave it that clock.

        Returns False if it stopped on the way, because entries took too long: the clock then goes on from the instant
        that was reached, and the rest is still due. Raises MockError ADM006 if the clock is being moved already, or if
        live entries are not done in time; SRV031 if the move cannot be kept.
        """
        self.refuse_during_move(session)
        timers = self._timers(session)
        timers.advancing = True
        session.destination = clock
        try:
            arrived = await self._move_clock(session, clock)
            self._settle(session)
            return arrived
        finally:
            timers.advancing = False
            session.destination = None
            self.rearm(session)

    async def _move_clock(self, session: Session, clock: Clock) -> bool:
        until = clock.session_start
        if not await self._wait_for_tasks(session, asyncio.get_running_loop().time() + self.limits.drain):
            count = len(self._timers(session).tasks)
            detail = f"something is under way in session {session.name!r}, such as a delivery: {count} in all"
            hint = "a receiver gets 10 seconds: try again then; DELETE /__mock/webhooks removes the endpoints"
            raise refuse("ADM006", detail, hint)
        slow_seconds = all_seconds = 0.0
        requests = _RequestsOfOthers(self._request_count, session)
        while self._may_go_on(session):
            is_over = slow_seconds >= self.limits.slow_entries or all_seconds >= self.limits.move
            if is_over and (session.schedule.next_due or until + 1) <= until:
                session.clock = replace(session.lasting_clock, wall_start=self.wall_clock())
                session.journal.notify()
                return False
            entry = session.schedule.pop_due(until)
            if entry is None:
                break
            # The clock stands at the entry's instant while it is done; a late entry does not turn it back.
            wall_now = self.wall_clock()
            at = max(entry.at, session.clock.now(wall_now))
            session.clock = replace(clock, wall_start=wall_now, session_start=at, rate=0.0)
            session.journal.notify()
            began = time.perf_counter()
            error = await self._run(session, entry)
            if error is not None:
                session.clock = session.lasting_clock
                raise error
            took = time.perf_counter() - began
            all_seconds += took
            if took >= self.limits.slow:
                slow_seconds += took
            # An entry may be done without waiting: others need a turn all the same, a longer one if they use it.
            pause = self.limits.pause + self._extra_pause if requests.has_come() else 0
            due_back = asyncio.get_running_loop().time() + pause
            await asyncio.sleep(pause)
            self._note_lateness(due_back)
        if self._may_go_on(session):
            session.clock = replace(clock, wall_start=self.wall_clock(), session_start=until)
            session.journal.notify()
        return True

    def _may_go_on(self, session: Session) -> bool:
        """Return False in a session that was reset or deleted, and on a server that stops."""
        return not self.stopping and self._is_current(session)

    async def shut_down(self) -> None:
        """End everything that waits or is under way."""
        self.stopping = True
        for wakeup in self.wakeups:
            wakeup.set()
        tasks: list[asyncio.Task[MockError | None]] = []
        for timers in self._sessions.values():
            timers.cancel_timer()
            tasks += timers.tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
