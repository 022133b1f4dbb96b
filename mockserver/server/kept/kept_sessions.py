"""The sessions of one server, kept in a log: made from it at the start, and followed where other servers write too."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from mockserver.core.clock import ClockMode
from mockserver.core.instants import Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.kept.follower import SessionFollower
from mockserver.server.kept.replica import SessionReplica
from mockserver.server.kept.shared_replica import SharedReplica
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import SessionRegistry
from mockserver.server.webhooks.dispatcher import WebhookDispatcher
from mockserver.stores.log import SessionLog, SharedLog

LOG: Final = logging.getLogger("mockserver")
UPKEEP_SECONDS: Final = 2.0
"""Seconds between two times that the ends of the journals are kept, and long logs shortened."""


class KeptSessions:
    """Keeps the sessions of a server that has a log."""

    def __init__(
        self,
        registry: SessionRegistry,
        log: SessionLog,
        holds: HoldRegistry,
        scheduler: Scheduler,
        dispatcher: WebhookDispatcher,
    ) -> None:
        self._registry = registry
        self._scheduler = scheduler
        self._follower: SessionFollower | None = None
        """Follows what other servers do; None: the log is this server's own."""
        if isinstance(log, SharedLog):
            shared = SharedReplica(registry, log, holds, scheduler.rearm)
            self._follower = SessionFollower(registry, shared, log, scheduler.rearm)
            dispatcher.may_deliver = self._follower.may_deliver
            self._replica: SessionReplica = shared
        else:
            self._replica = SessionReplica(registry, log, holds, scheduler.rearm)
        registry.keeper = self._replica

    def restore(self, wall_now: Instant) -> None:
        """Make the sessions that the log has; their timers start. Raises `MockError` for a log that cannot be used."""
        self._replica.read_all(wall_now)
        log = self._registry.settings.log
        if isinstance(log, SharedLog):
            with suppress(MockError):  # one that takes no writes still answers reads
                self._compare_options(log, wall_now)
        for entry in self._registry.entries.values():
            self._scheduler.rearm(entry.session)
        self._do_upkeep()

    def _compare_options(self, log: SharedLog, wall_now: Instant) -> None:
        """Warn if another server has begun sessions of the store with other options. Raises `MockError` SRV031."""
        settings = self._registry.settings
        clock = settings.clock(wall_now)
        own = [f"clock {ClockMode(clock.rate, clock.poll_step)}", *(era.pin for era in settings.eras.values())]
        before = log.exchange_options(",".join(own)).split(",")
        theirs, ours = ", ".join(sorted(set(before) - set(own))), ", ".join(sorted(set(own) - set(before)))
        if any(before) and theirs + ours and log.names():
            text = "sessions of the store %s were begun with other options: %s there, %s here; each goes on as it began"
            LOG.warning(text, log.location, theirs or "nothing more", ours or "nothing more")

    def _do_upkeep(self) -> None:
        """Keep the ends of the journals, shorten long logs, and do so again in a while."""
        if not self._scheduler.stopping:
            self._replica.keep_tails()
            self._replica.shorten_all()
            asyncio.get_running_loop().call_later(UPKEEP_SECONDS, self._do_upkeep)

    def follow(self) -> None:
        """Follow what other servers do, from now on, in this event loop."""
        if self._follower is not None:
            self._follower.start()

    async def stop(self) -> None:
        """Follow others no more."""
        if self._follower is not None:
            await self._follower.stop()

    def settle(self, session: Session) -> None:
        """Keep what a request has changed in a session besides its jobs. Raises what `SessionReplica.settle` raises."""
        self._replica.settle(session)
