"""Follows the sessions of a shared store: who makes their deliveries, and what others have done to those that wait.

A request brings its session up to date by itself. What happens without a request needs the rounds of this module: a
webhook that is due, a feed, a socket or an admin call that waits for a change made on another server.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Final

from mockserver.core.instants import DAY, SECOND, Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.kept.readable import SERVER_LOG
from mockserver.server.kept.shared_replica import UNUSED_DAYS, SharedReplica
from mockserver.server.session_keeper import reason_unread
from mockserver.server.sessions import SessionRegistry
from mockserver.stores.log import SharedLog
from mockserver.stores.redis_leases import FOLLOW_SECONDS

HANDOVER_SECONDS: Final = 5.0
"""Seconds that a move of a clock waits for the lease of its session: a holder that died has lost it by then."""
ASK_SECONDS: Final = 0.05
"""Seconds between two questions for a lease."""
UNREADABLE_FOR: Final = 30 * SECOND
"""How long a session is left alone that cannot be read: to read a long log takes time each time."""
SWEEP_ROUNDS: Final = 240
"""Rounds between two searches for unused sessions: a minute."""


class SessionFollower:
    """Does the rounds of one server."""

    def __init__(
        self, registry: SessionRegistry, replica: SharedReplica, log: SharedLog, rearm: Callable[[Session], None]
    ) -> None:
        self._registry = registry
        self._replica = replica
        self._log = log
        self._rearm = rearm
        self._task: asyncio.Task[None] | None = None
        self._swept: Instant = 0
        """When the sessions that were used have been noted last."""
        self._unreadable: dict[str, Instant] = {}
        """Sessions that cannot be read, with the instant at which that is tried again."""

    def start(self) -> None:
        """Begin the rounds, in this event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End the rounds, and give the leases back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(MockError):  # then they end by themselves
            self._log.leases.release()

    async def _run(self) -> None:
        for number in count(1):
            # Redis is gone: the requests say so, and the leases end by themselves.
            with suppress(MockError):
                self.do_round()
                if number % SWEEP_ROUNDS == 0:
                    self.sweep()
            await asyncio.sleep(FOLLOW_SECONDS)

    def do_round(self) -> None:
        """Renew the leases, and bring up to date what waits. Raises `MockError` SRV031, SRV041 or SRV042."""
        sessions = [entry.session for entry in self._registry.entries.values()]
        wanted = [session.name for session in sessions if session.deliveries.has_more]
        # A client waits for what happens in these.
        watched = [
            session.name
            for session in sessions
            if not session.deliveries.has_more
            and (session.journal.listeners or session.job_listeners or session.held_operations)
        ]
        quiet = self._log.appended.difference(wanted)
        followed = self._log.leases.follow(wanted, watched, tuple(quiet))
        self._log.appended -= quiet
        for name, length in followed.lengths.items():
            if length != self._replica.position(name):
                self._refresh(name)
        for name in followed.orphans:
            if self._refresh(name):
                self._log.appended.add(name)
        for name in followed.asked:
            session = self._registry.get(name)
            if session is None or not session.deliveries.in_flight:
                self._log.leases.release([name])
        for name in followed.held - followed.asked:
            session = self._registry.get(name)
            if session is not None and session.deliveries.resume():
                self._rearm(session)

    def _refresh(self, name: str) -> bool:
        """Bring a session up to date; returns False for one that cannot be read, of which its requests say so."""
        if self._log.clock() < self._unreadable.get(name, 0):
            return False
        if reason_unread(partial(self._replica.refresh, name)) is not None:
            self._unreadable[name] = self._log.clock() + UNREADABLE_FOR
            return False
        self._unreadable.pop(name, None)
        return True

    def sweep(self) -> None:
        """Note the sessions that were used, and end those that no server uses. Raises what `do_round` raises."""
        used = [name for name, entry in self._registry.entries.items() if entry.last_used > self._swept]
        self._swept = self._log.clock()
        if used:
            self._log.note_used(used)
        for name in self._log.unused(UNUSED_DAYS * DAY // SECOND):
            if name == SERVER_LOG:
                continue
            if self._refresh(name):
                self._replica.end_unused(name)
            else:
                self._replica.end_unread(name)

    async def may_deliver(self, session: Session) -> bool:
        """Return True if this server makes the deliveries of a session, which is then up to date.

        A server that moves the session's clock asks the holder of the lease, and waits for it.
        """
        name = session.name
        moves = session.destination is not None or session.clock.frozen
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HANDOVER_SECONDS
        try:
            while not self._log.leases.holds(name) and not self._log.leases.take(name, ask=moves):
                if not moves or loop.time() > deadline:
                    return False
                await asyncio.sleep(ASK_SECONDS)
            self._replica.refresh(name)
        except MockError:
            return False
        return self._registry.get(name) is session
