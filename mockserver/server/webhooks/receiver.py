"""A local receiver of webhooks: answers every delivery and reports it in terms that a person can check.

The sender is identified from the delivery itself: the headers that a vendor signs with, the types of its events, the
place of its job's id. A signature is verified as the vendor advises its customers to, by the machine's clock: one that
is correct but of another time is `skewed`, as the deliveries of an advanced session are. Reports contain no secrets.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.instants import Instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import MockError
from mockserver.redaction.redactor import Redactor
from mockserver.server.clock import wall_clock
from mockserver.server.http.listener import close_server, listen, request_factory
from mockserver.server.signals import stop_signal
from mockserver.server.webhooks.announcement import announce_port
from mockserver.server.webhooks.senders import (
    NEVER_SIGNED,
    NOT_CHECKED,
    delivery_verdict,
    identify_sender,
    text_at,
    value_at,
)
from mockserver.vendors.api import Vendor
from mockserver.vendors.signatures import INVALID, NO_KEYS, VALID, ReceiverKeys
from mockserver.vendors.webhooks import DEFAULT_POINTERS

MAX_DELIVERY_BYTES: Final = 1_000_000
"""Bytes of a delivery; a larger one is answered 413."""


class ReceivedDelivery(NamedTuple):
    """One delivery as it is reported; `listen --json` prints these fields by their names."""

    at: Instant
    """On the machine's clock."""
    vendor: str
    """Empty for an unknown sender."""
    event: str
    """Empty if the delivery names none; so is `job`."""
    job: str
    attempt: int | None
    signature: str
    """A `VERIFICATION_RESULTS` of `vendors.signatures`, `NOT_CHECKED` or `NEVER_SIGNED`."""
    path: str
    answered: int
    """The HTTP status of the answer."""
    body: str
    """Its secrets are redacted."""

    @property
    def is_suspect(self) -> bool:
        """True if the signature was checked and is not valid, or is missing where the vendor signs."""
        return self.signature not in (VALID, NOT_CHECKED, NEVER_SIGNED)


@dataclass(kw_only=True)
class WebhookReceiver:
    """Answers deliveries with each of `statuses` in turn, then with 200; always with an empty body."""

    vendors: Mapping[str, Vendor]
    on_delivery: Callable[[ReceivedDelivery], None]
    keys: ReceiverKeys = NO_KEYS
    """None: signatures are not checked."""
    renew_keys: Callable[[], ReceiverKeys] | None = None
    """Returns the keys as their source has them now; called, in another thread, when a signature does not fit."""
    statuses: tuple[int, ...] = ()
    delay_seconds: float = 0.0
    """Seconds before an answer."""
    max_deliveries: int = 0
    """Number of deliveries after which it is done; 0: unlimited."""
    clock: Callable[[], Instant] = wall_clock
    received: int = 0
    suspect_count: int = 0
    """Deliveries with an invalid or missing signature; 0 without keys."""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._next_statuses = iter(self.statuses)
        self._redactor = Redactor(self.keys.secrets)

    async def handle_request(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Receive one delivery, report it and answer it; 405 if it is not a POST, 400 if its body cannot be read."""
        if http_request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        try:
            body = await http_request.read()
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            http_request.protocol._lingering_time = 0.0  # the rest of this body cannot be read
            return web.Response(status=400, headers={"Connection": "close"})
        # The status is chosen before the delay: deliveries that overlap must not get the same one.
        status = next(self._next_statuses, 200)
        delivery = self._to_delivery(http_request, body, status)
        if delivery.signature == INVALID and self.renew_keys is not None:
            with suppress(MockError):  # the source has gone: the keys that were read last stay
                self.keys = await asyncio.to_thread(self.renew_keys)
            delivery = self._to_delivery(http_request, body, status)
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        self.received += 1
        if self.keys != NO_KEYS and delivery.is_suspect:
            self.suspect_count += 1
        self.on_delivery(delivery)
        if self.received == self.max_deliveries:
            self.done.set()
        return web.Response(status=status)

    def _to_delivery(self, http_request: web.BaseRequest, body: bytes, status: int) -> ReceivedDelivery:
        now = self.clock()
        headers = {name.lower(): value for name, value in http_request.headers.items()}
        path, _, query = http_request.raw_path.partition("?")
        request = Request("POST", path, query, headers, body)
        redacted = self._redactor.redact_exchange(Exchange(request, Response(status), now, now)).request
        try:
            decoded = orjson.loads(body)
        except orjson.JSONDecodeError:
            decoded = None
        vendor, spec = identify_sender(self.vendors, headers, decoded)
        pointers = DEFAULT_POINTERS if spec is None else spec.pointers
        attempt = value_at(decoded, pointers.attempt)
        return ReceivedDelivery(
            at=now,
            vendor=vendor,
            event=text_at(decoded, pointers.event),
            job=text_at(decoded, pointers.job),
            attempt=attempt if isinstance(attempt, int) else None,
            signature=delivery_verdict(spec, headers, body, self.keys, now),
            path=redacted.path,
            answered=status,
            body=redacted.body.decode("utf-8", "replace"),
        )


@asynccontextmanager
async def serve_receiver(receiver: WebhookReceiver, host: str, port: int) -> AsyncIterator[str]:
    """Receive within the block; yields the URL. Port 0 takes a free one. Raises `MockError` SRV004 or SRV005."""
    server = web.Server(
        receiver.handle_request,
        request_factory=request_factory(MAX_DELIVERY_BYTES),
        access_log=None,
        auto_decompress=False,
    )
    try:
        async with listen(server, host, port) as address:
            yield address.url
    finally:
        await close_server(server)


def receive_forever(receiver: WebhookReceiver, host: str, port: int, ready: Callable[[str], None]) -> bool:
    """Receive until `receiver.done`, SIGINT or SIGTERM, and return True if it was SIGINT.

    Calls `ready` with the URL once it listens. Raises `MockError` SRV004 or SRV005.
    """
    return asyncio.run(_receive_until_done(receiver, host, port, ready))


async def _receive_until_done(receiver: WebhookReceiver, host: str, port: int, ready: Callable[[str], None]) -> bool:
    async with serve_receiver(receiver, host, port) as url:
        stopped = stop_signal()
        stopped.add_done_callback(lambda _: receiver.done.set())
        with announce_port(urlsplit(url).port or 0):
            ready(url)
            await receiver.done.wait()
        return stopped.done() and stopped.result() is signal.SIGINT
