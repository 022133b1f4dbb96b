"""A local receiver of webhooks: answers every delivery, and tells what it was in words that a person can check.

Who sent it is read off the delivery itself: the headers that a vendor signs with, the types of its events, the place
of its job's id. A signature is checked as the vendor advises its customers to, by the machine's clock: one that is
right but of another time is `skewed`, which an advanced session's deliveries are. What is told has no secrets in it.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.instants import Instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.recordings.redact import Redactor
from mockserver.server.clock import wall_clock
from mockserver.server.http.listener import close_server, listen, request_factory, stop_signal
from mockserver.vendors.api import Vendor
from mockserver.vendors.signatures import VALID, Signature, verify
from mockserver.vendors.webhooks import DEFAULT_POINTERS, WebhookSpec

MAX_DELIVERY_BYTES: Final = 1_000_000
"""Bytes of a delivery; a larger one is answered 413."""
NOT_CHECKED: Final = "not checked"
"""Said of a signature where the receiver knows no secret."""
NEVER_SIGNED: Final = "unsigned, as always"
"""Said where the vendor signs nothing."""


class ReceivedDelivery(NamedTuple):
    """One delivery, as it is told."""

    at: Instant
    """By the machine's clock."""
    vendor: str
    """Empty: whose it is cannot be told."""
    event: str
    job: str
    attempt: int | None
    signature: str
    """ok, wrong, skewed, unsigned, unsigned as always (the vendor signs nothing), or not checked."""
    path: str
    answered: int
    body: str
    """Without its secrets."""

    @property
    def is_suspect(self) -> bool:
        """Whether the signature was checked, or should have been there, and is not right."""
        return self.signature not in (VALID, NOT_CHECKED, NEVER_SIGNED)


def identify_sender(
    vendors: Mapping[str, Vendor], headers: Mapping[str, str], body: Any
) -> tuple[str, WebhookSpec | None]:
    """Whose delivery it is, and how that vendor tells: by the signature, by the event's type, by the job's place."""
    ranked = [(_match_score(notices, headers, body), name, notices) for name, notices in _webhook_specs(vendors)]
    best = max(ranked, key=lambda each: each[0], default=(0, "", None))
    return (best[1], best[2]) if best[0] else ("", None)


def _match_score(spec: WebhookSpec, headers: Mapping[str, str], body: Any) -> int:
    """How surely a delivery is told in this way."""
    if _read_signature(spec, headers) is not None:
        return 3
    event, job = _value_at(body, spec.pointers.event), _value_at(body, spec.pointers.job)
    if event in spec.types:
        return 2
    return int(isinstance(event, str) and isinstance(job, str))


def _read_signature(spec: WebhookSpec | None, headers: Mapping[str, str]) -> Signature | None:
    return spec.parse_signature(headers) if spec is not None and spec.parse_signature is not None else None


def _webhook_specs(vendors: Mapping[str, Vendor]) -> Iterator[tuple[str, WebhookSpec]]:
    """Every way in which a vendor tells, in its newest era."""
    for name, vendor in vendors.items():
        for kind in vendor.eras[-1].kinds.values():
            if kind.webhooks is not None:
                yield name, kind.webhooks


def _value_at(body: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def _str_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""


@dataclass
class WebhookReceiver:
    """Answers deliveries: with each of `statuses` in turn, then with 200; always with an empty body."""

    vendors: Mapping[str, Vendor]
    on_delivery: Callable[[ReceivedDelivery], None]
    secret: str = ""
    statuses: tuple[int, ...] = ()
    delay_seconds: float = 0.0
    """Seconds before an answer."""
    max_deliveries: int = 0
    """After so many deliveries it is done; 0: never."""
    clock: Callable[[], Instant] = wall_clock
    received: int = 0
    suspect_count: int = 0
    """Deliveries whose signature is not right, where there is a secret to check it with."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _started: int = 0

    def __post_init__(self) -> None:
        self._redactor = Redactor([self.secret] if self.secret else [])

    async def handle_request(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Take one delivery."""
        if http_request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        try:
            body = await http_request.read()
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            http_request.protocol._lingering_time = 0.0  # the rest of this body cannot be read
            return web.Response(status=400, headers={"Connection": "close"})
        place, self._started = self._started, self._started + 1
        status = self.statuses[place] if place < len(self.statuses) else 200
        card = self._to_delivery(http_request, body, status)
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        self.received += 1
        self.suspect_count += bool(self.secret) and card.is_suspect
        self.on_delivery(card)
        if self.received == self.max_deliveries:
            self.done.set()
        return web.Response(status=status)

    def _to_delivery(self, http_request: web.BaseRequest, body: bytes, status: int) -> ReceivedDelivery:
        now = self.clock()
        headers = {name.lower(): value for name, value in http_request.headers.items()}
        path, _, query = http_request.raw_path.partition("?")
        request = Request("POST", path, query, headers, body)
        shown = self._redactor.redact_exchange(Exchange(request, Response(status), now, now)).request
        said = _json_or_none(body)
        vendor, notices = identify_sender(self.vendors, headers, said)
        places = notices.pointers if notices is not None else DEFAULT_POINTERS
        attempt = _value_at(said, places.attempt)
        return ReceivedDelivery(
            at=now,
            vendor=vendor,
            event=_str_or_empty(_value_at(said, places.event)),
            job=_str_or_empty(_value_at(said, places.job)),
            attempt=attempt if isinstance(attempt, int) else None,
            signature=self._signature_verdict(notices, headers, body, now),
            path=shown.path,
            answered=status,
            body=shown.body.decode("utf-8", "replace"),
        )

    def _signature_verdict(
        self, spec: WebhookSpec | None, headers: Mapping[str, str], body: bytes, now: Instant
    ) -> str:
        if spec is not None and spec.parse_signature is None:
            return NEVER_SIGNED
        signature = _read_signature(spec, headers)
        return verify(signature, self.secret, body, now) if self.secret or signature is None else NOT_CHECKED


def _json_or_none(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


@asynccontextmanager
async def serve_receiver(receiver: WebhookReceiver, host: str, port: int) -> AsyncIterator[str]:
    """Receive within the block; the URL. Port 0 takes a free one, a port in use is a `MockError`."""
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
    """Receive until it is done, or until SIGINT or SIGTERM; whether it was SIGINT. `ready` is called with the URL."""
    return asyncio.run(_receive_forever(receiver, host, port, ready))


async def _receive_forever(receiver: WebhookReceiver, host: str, port: int, ready: Callable[[str], None]) -> bool:
    async with serve_receiver(receiver, host, port) as url:
        stopped = stop_signal()
        stopped.add_done_callback(lambda _: receiver.done.set())
        ready(url)
        await receiver.done.wait()
        return stopped.done() and stopped.result() is signal.SIGINT
