"""Deliveries at work: what falls due is posted, or handed to the session's own receiver, and what came of it noted.

Bounded by the receiver's time, which is real time: a clock that is moved stands still meanwhile.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mockserver.core.delivery import DeliveryOutcome
from mockserver.core.instants import SECOND, Instant
from mockserver.engine.notify.deliveries import DueDelivery, OutgoingDelivery
from mockserver.engine.notify.delivery_log import DeliveryRecord
from mockserver.engine.session.session import Session
from mockserver.server.sessions import DEFAULT_SESSION

if TYPE_CHECKING:
    from mockserver.server.webhooks.sender import WebhookSender

MAX_RECEIVER_SECONDS: Final = 10.0
"""Seconds of real time that a receiver has at the most, whatever its vendor would give it."""


class WebhookDispatcher:
    """Sends one server's deliveries."""

    def __init__(
        self, sender: "Callable[[], WebhookSender]", server_url: Callable[[], str], wall_clock: Callable[[], Instant]
    ) -> None:
        self._sender = sender
        self._server_url = server_url
        self._wall_clock = wall_clock

    async def deliver(self, session: Session, delivery: DueDelivery, at: Instant) -> None:
        """The next attempt for a job, if there is one yet."""
        real = self._wall_clock()
        session.base_url = session.base_url or self._base_url(session)
        posting = session.deliveries.begin(delivery, session.clock.now(real), session.base_url, real)
        if posting is None:
            return
        await self.send(session, posting)
        for copy in session.deliveries.duplicates(posting):
            await self.send(session, copy)

    async def redeliver(self, session: Session, posting: OutgoingDelivery, at: Instant) -> None:
        """The same bytes again."""
        await self.send(session, posting)

    async def send(self, session: Session, posting: OutgoingDelivery) -> DeliveryRecord:
        """Send it, wait for what comes of it, note it."""
        outcome = await self._post(posting) if posting.url else session.deliveries.answer_from_builtin(posting)
        return session.deliveries.finish(posting, outcome, session.clock.now(self._wall_clock()))

    async def _post(self, posting: OutgoingDelivery) -> DeliveryOutcome:
        from mockserver.server.webhooks.sender import WebhookRequest

        wait = min(posting.timeout / SECOND, MAX_RECEIVER_SECONDS)
        answered = await self._sender().post(
            WebhookRequest(posting.url, posting.rendered.headers, posting.rendered.body, wait)
        )
        return DeliveryOutcome(answered.status, answered.preview, answered.error)

    def _base_url(self, session: Session) -> str:
        """Where the URLs in a delivery begin before any answer has said it: at our own address."""
        return self._server_url() + ("" if session.name == DEFAULT_SESSION else f"/s/{quote(session.name, safe='')}")
