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
from mockserver.server.desk import machine_time
from mockserver.server.run import close, unusable
from mockserver.vendors.api import Vendor
from mockserver.vendors.notices import USUAL, Notices
from mockserver.vendors.signatures import GOOD, Signature, verdict

LARGEST: Final = 1_000_000
"""Bytes of a delivery; a larger one is answered 413."""
UNCHECKED: Final = "not checked"
"""Said of a signature where the receiver knows no secret."""
NEVER: Final = "unsigned, as always"
"""Said where the vendor signs nothing."""


class Card(NamedTuple):
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
    def suspect(self) -> bool:
        """Whether the signature was checked, or should have been there, and is not right."""
        return self.signature not in (GOOD, UNCHECKED, NEVER)


def recognise(vendors: Mapping[str, Vendor], headers: Mapping[str, str], body: Any) -> tuple[str, Notices | None]:
    """Whose delivery it is, and how that vendor tells: by the signature, by the event's type, by the job's place."""
    ranked = [(_likeness(notices, headers, body), name, notices) for name, notices in _tellers(vendors)]
    best = max(ranked, key=lambda each: each[0], default=(0, "", None))
    return (best[1], best[2]) if best[0] else ("", None)


def _likeness(notices: Notices, headers: Mapping[str, str], body: Any) -> int:
    """How surely a delivery is told in this way."""
    if _signature(notices, headers) is not None:
        return 3
    event, job = _read(body, notices.places.event), _read(body, notices.places.job)
    if event in notices.types:
        return 2
    return int(isinstance(event, str) and isinstance(job, str))


def _signature(notices: Notices | None, headers: Mapping[str, str]) -> Signature | None:
    return notices.signature(headers) if notices is not None and notices.signature is not None else None


def _tellers(vendors: Mapping[str, Vendor]) -> Iterator[tuple[str, Notices]]:
    """Every way in which a vendor tells, in its newest era."""
    for name, vendor in vendors.items():
        for kind in vendor.eras[-1].kinds.values():
            if kind.notices is not None:
                yield name, kind.notices


def _read(body: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@dataclass
class Receiver:
    """Answers deliveries: with each of `statuses` in turn, then with 200; always with an empty body."""

    vendors: Mapping[str, Vendor]
    tell: Callable[[Card], None]
    secret: str = ""
    statuses: tuple[int, ...] = ()
    slow: float = 0.0
    """Seconds before an answer."""
    most: int = 0
    """After so many deliveries it is done; 0: never."""
    clock: Callable[[], Instant] = machine_time
    got: int = 0
    suspect: int = 0
    """Deliveries whose signature is not right, where there is a secret to check it with."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _begun: int = 0

    def __post_init__(self) -> None:
        self._redactor = Redactor([self.secret] if self.secret else [])

    async def answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        """Take one delivery."""
        if asked.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        try:
            body = await asked.read()
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            asked.protocol._lingering_time = 0.0  # the rest of this body cannot be read
            return web.Response(status=400, headers={"Connection": "close"})
        place, self._begun = self._begun, self._begun + 1
        status = self.statuses[place] if place < len(self.statuses) else 200
        card = self._card(asked, body, status)
        if self.slow:
            await asyncio.sleep(self.slow)
        self.got += 1
        self.suspect += bool(self.secret) and card.suspect
        self.tell(card)
        if self.got == self.most:
            self.done.set()
        return web.Response(status=status)

    def _card(self, asked: web.BaseRequest, body: bytes, status: int) -> Card:
        now = self.clock()
        headers = {name.lower(): value for name, value in asked.headers.items()}
        path, _, query = asked.raw_path.partition("?")
        request = Request("POST", path, query, headers, body)
        shown = self._redactor.exchange(Exchange(request, Response(status), now, now)).request
        said = _decoded(body)
        vendor, notices = recognise(self.vendors, headers, said)
        places = notices.places if notices is not None else USUAL
        attempt = _read(said, places.attempt)
        return Card(
            at=now,
            vendor=vendor,
            event=_text(_read(said, places.event)),
            job=_text(_read(said, places.job)),
            attempt=attempt if isinstance(attempt, int) else None,
            signature=self._checked(notices, headers, body, now),
            path=shown.path,
            answered=status,
            body=shown.body.decode("utf-8", "replace"),
        )

    def _checked(self, notices: Notices | None, headers: Mapping[str, str], body: bytes, now: Instant) -> str:
        if notices is not None and notices.signature is None:
            return NEVER
        signature = _signature(notices, headers)
        return verdict(signature, self.secret, body, now) if self.secret or signature is None else UNCHECKED


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


@asynccontextmanager
async def receiving(receiver: Receiver, host: str, port: int) -> AsyncIterator[str]:
    """Receive within the block; the URL. Port 0 takes a free one, a port in use is a `MockError`."""
    server = web.Server(receiver.answer, request_factory=_asked, access_log=None, auto_decompress=False)
    try:
        listener = await asyncio.get_running_loop().create_server(server, host, port)
    except OSError as error:
        raise unusable(error, host, port) from None
    try:
        bound = listener.sockets[0].getsockname()
        yield f"http://[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"http://{bound[0]}:{bound[1]}"
    finally:
        listener.close()
        await close(server)


def _asked(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST)


def receive_forever(receiver: Receiver, host: str, port: int, ready: Callable[[str], None]) -> bool:
    """Receive until it is done, or until SIGINT or SIGTERM; whether it was SIGINT. `ready` is called with the URL."""
    return asyncio.run(_receive_forever(receiver, host, port, ready))


async def _receive_forever(receiver: Receiver, host: str, port: int, ready: Callable[[str], None]) -> bool:
    interrupted = False

    def stop(*, by_key: bool) -> None:
        nonlocal interrupted
        interrupted = by_key
        receiver.done.set()

    async with receiving(receiver, host, port) as url:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: stop(by_key=True))
        loop.add_signal_handler(signal.SIGTERM, lambda: stop(by_key=False))
        ready(url)
        await receiver.done.wait()
    return interrupted
