"""Deliveries at work: what falls due is posted, or handed to the session's own receiver, and what came of it noted.

Bounded by the receiver's time, which is real time: a clock that is moved stands still meanwhile.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mockserver.core.delivery import Outcome
from mockserver.core.instants import SECOND, Instant
from mockserver.engine.deliveries import Delivery, Posting
from mockserver.engine.sent import Sent
from mockserver.engine.session import Session
from mockserver.server.hub import DEFAULT

if TYPE_CHECKING:
    from mockserver.server.desk import Desk

PATIENCE: Final = 10.0
"""Seconds of real time that a receiver has at the most, whatever its vendor would give it."""


class Delivering:
    """Sends one server's deliveries."""

    def __init__(self, desk: "Desk", machine_time: Callable[[], Instant]) -> None:
        self._desk = desk
        self._machine_time = machine_time

    async def deliver(self, session: Session, what: Delivery, at: Instant) -> None:
        """The next attempt for a job, if there is one yet."""
        real = self._machine_time()
        session.base_url = session.base_url or self._base_url(session)
        posting = session.deliveries.begin(what, session.clock.now(real), session.base_url, real)
        if posting is None:
            return
        await self.send(session, posting)
        for copy in session.deliveries.copies(posting):
            await self.send(session, copy)

    async def replay(self, session: Session, what: Posting, at: Instant) -> None:
        """The same bytes again."""
        await self.send(session, what)

    async def send(self, session: Session, posting: Posting) -> Sent:
        """Send it, wait for what comes of it, note it."""
        outcome = await self._post(posting) if posting.url else session.deliveries.receive(posting)
        return session.deliveries.finish(posting, outcome, session.clock.now(self._machine_time()))

    async def _post(self, posting: Posting) -> Outcome:
        from mockserver.server.posting import Outbound

        wait = min(posting.timeout / SECOND, PATIENCE)
        answered = await self._desk.poster.post(
            Outbound(posting.url, posting.written.headers, posting.written.body, wait)
        )
        return Outcome(answered.status, answered.preview, answered.error)

    def _base_url(self, session: Session) -> str:
        """Where the URLs in a delivery begin before any answer has said it: at our own address."""
        return self._desk.address + ("" if session.name == DEFAULT else f"/s/{quote(session.name, safe='')}")
