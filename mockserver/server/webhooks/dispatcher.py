"""Makes due deliveries: to a URL, or to the session's built-in receiver; and records their outcome in the session.

A receiver takes real time, which is bounded: a clock that is being advanced stands still meanwhile.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mockserver.core.instants import SECOND, Instant
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.notify.outgoing_delivery import OutgoingDelivery
from mockserver.engine.session import Session
from mockserver.server.addresses import DestinationRefused
from mockserver.server.sessions import DEFAULT_SESSION
from mockserver.server.settings import ServerSettings
from mockserver.server.webhooks.allowlist import Allowlist
from mockserver.server.webhooks.announcement import announced_ports

if TYPE_CHECKING:
    from mockserver.server.webhooks.sender import WebhookSender

MAX_RECEIVER_SECONDS: Final = 10.0
"""Seconds of real time that a receiver gets at most, even if its vendor would wait longer."""


class WebhookDispatcher:
    """Makes the deliveries of one server."""

    def __init__(
        self, settings: ServerSettings, server_url: Callable[[], str], wall_clock: Callable[[], Instant]
    ) -> None:
        """Take the server's settings, and its own URL, which is known once it listens."""
        self._allowlist = Allowlist(settings.allowed, announced_ports)
        self._tls = settings.receivers_tls
        self._server_url = server_url
        self._wall_clock = wall_clock
        self._sender: WebhookSender | None = None
        self.may_deliver: Callable[[Session], Awaitable[bool]] | None = None
        """Returns False for a session whose deliveries another server makes; None: there is no other."""

    async def deliver(self, session: Session, due: DueDelivery, at: Instant) -> None:
        """Make the next attempt for a job if one is due, and the duplicates that its scenario wants."""
        if self.may_deliver is not None and not await self.may_deliver(session):
            session.deliveries.renounce(due)
            return
        wall_now = self._wall_clock()
        if not session.base_url:
            # No request has shown yet by which URL the client reaches the server.
            session.base_url = self._server_url()
            if session.name != DEFAULT_SESSION:
                session.base_url += f"/s/{quote(session.name, safe='')}"
        delivery = session.deliveries.begin(due, session.clock.now(wall_now), session.base_url, wall_now)
        if delivery is None:
            return
        await self._send(session, delivery)
        for duplicate in session.deliveries.duplicates(delivery):
            await self._send(session, duplicate)

    async def redeliver(self, session: Session, delivery: OutgoingDelivery, at: Instant) -> None:
        """Send the bytes of an earlier delivery."""
        await self._send(session, delivery)

    async def _send(self, session: Session, delivery: OutgoingDelivery) -> None:
        sent_at = session.clock.now(self._wall_clock())
        if not delivery.url:
            outcome = session.deliveries.answer_from_builtin(delivery)
        else:
            if self._sender is None:
                # Imported late: it needs aiohttp, which a server without deliveries can do without.
                from mockserver.server.webhooks.sender import WebhookSender

                self._sender = WebhookSender(self._allowlist, tls=self._tls)
            outcome = await self._sender.post(
                delivery.url,
                headers=delivery.rendered.headers,
                body=delivery.rendered.body,
                timeout=min(delivery.timeout / SECOND, MAX_RECEIVER_SECONDS),
                from_client=delivery.from_client,
            )
        session.deliveries.finish(delivery, outcome, session.clock.now(self._wall_clock()), sent_at)

    def refusal(self, url: str, *, from_client: bool = False) -> str | None:
        """Return why deliveries to a URL would be refused; None if it is allowed, or empty."""
        try:
            if url:
                self._allowlist.check_url(url, from_client=from_client)
        except DestinationRefused as refused:
            return refused.reason
        return None

    def refusal_for_job(self, session: Session, vendor: str, kind: str, job_id: str) -> str | None:
        """Return why the deliveries for a new job would be refused; None if they are allowed, or if there are none."""
        context = session.context(vendor)
        job = context.store.job(kind, job_id)
        webhooks = None if job is None else context.era.kinds[kind].webhooks
        if job is None or webhooks is None:
            return None
        endpoint = context.script.webhook_endpoint
        subscription = webhooks.subscription(job, endpoint)
        if subscription is None:
            return None
        from_client = endpoint is None or subscription.url != endpoint.url
        return self.refusal(subscription.url, from_client=from_client)

    async def close(self) -> None:
        """Close the connections to receivers."""
        if self._sender is not None:
            await self._sender.close()
