"""aiohttp at work: it reads what is not plain, and asks the desk.

The short way for polls goes on behind it: a plain GET that arrives whole on an idle connection is answered without
aiohttp's machinery. That reads private attributes of `RequestHandler`, which is why aiohttp's version is pinned;
`Desk.short_way = False` does without.
"""

import asyncio
from typing import Any, Final

from aiohttp import HttpVersion11, web, web_protocol
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.sending import PLAIN, Sending
from mockserver.core.wire import Request
from mockserver.engine.decode import Flaw
from mockserver.server.desk import LOG, Desk, Outgoing, unreadable
from mockserver.server.sending import Way
from mockserver.server.waits import Signal, give, signal
from mockserver.vendors.api import Trouble

LARGEST_BODY: Final = 10_000_000
BODY_TIMEOUT: Final = 30.0
"""Seconds that a client may take to send a body."""


async def _read(asked: web.BaseRequest) -> tuple[Request, Flaw | None]:
    """A request as a value, and what is wrong with its body, if anything is."""
    path, _, query = _origin_form(asked).partition("?")
    headers: dict[str, str] = {}
    for name, value in asked.headers.items():
        key, text = name.lower(), _text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    flaw, body = None, b""
    if asked.can_read_body:
        if asked.transport is None:  # gone before its request was begun: nobody would tell the reader
            raise ConnectionResetError("the client has gone")
        if headers.get("expect", "").lower() == "100-continue" and asked.version >= HttpVersion11:
            _write(asked, b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await asyncio.wait_for(asked.read(), BODY_TIMEOUT)
        except web.HTTPRequestEntityTooLarge:
            flaw = Flaw(Trouble.TOO_LARGE, f"the body is larger than {LARGEST_BODY:,} bytes")
        except (web.RequestPayloadError, HttpProcessingError):
            flaw = Flaw(
                Trouble.BAD_JSON, f"the body is not the {headers.get('content-encoding', 'HTTP')} it says it is"
            )
        except TimeoutError:
            flaw = Flaw(Trouble.BAD_HTTP, f"the body did not arrive within {BODY_TIMEOUT:g} s")
    return Request(asked.method, path, query, headers, body), flaw


def _text(value: str) -> str:
    """A header's value: UTF-8, or Latin-1 where it is no UTF-8 (clients send either)."""
    if value.isascii():
        return value
    sent = value.encode("utf-8", "surrogateescape")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


def _origin_form(asked: web.BaseRequest) -> str:
    """The target without scheme and host, as it was sent otherwise."""
    raw = asked.raw_path.partition("#")[0]
    if raw.startswith("/"):
        return raw
    _, _, rest = raw.partition("://")
    return "/" + rest.partition("/")[2] if rest else "/"


def _write(asked: web.BaseRequest, data: bytes) -> None:
    transport = asked.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the client has gone")
    transport.write(data)


class _Sent(web.StreamResponse):
    """An answer that is already bytes: written in one piece, behind aiohttp's bookkeeping."""

    def __init__(self, data: bytes, *, close: bool) -> None:
        super().__init__()
        self._data = data
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._stays_open

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write everything."""
        _write(request, self._data)
        await request.protocol._drain_helper()

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class Handler(web_protocol.RequestHandler):
    """aiohttp's connection, with the short way in front and errors in our own form."""

    __slots__ = ("_awaited", "_desk", "_gone", "_plain", "_silent")

    def __init__(self, desk: Desk, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._desk = desk
        self._plain = desk.short_way
        """Whether aiohttp's parser is known to hold no part of a request."""
        self._awaited = 0
        """Bytes of the present request's body that have not arrived."""
        self._gone: Signal | None = None
        self._silent: Signal | None = None

    def take_over(self, data: bytes) -> None:
        """Begin with what another protocol has read of this connection."""
        self._expect(data)
        super().data_received(data)

    def data_received(self, data: bytes) -> None:
        """Answer on the spot what can be; hand everything else to aiohttp."""
        if self._plain and data:
            if self._awaited:
                self._awaited -= len(data)
                self._plain = self._awaited >= 0
            elif self._idle():
                answered = self._desk.short(data)
                if answered is not None and self.transport is not None:
                    self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
                    self.transport.write(answered.data)
                    if answered.closes:
                        self.close()
                        self.transport.close()
                    return
                self._expect(data)
            else:
                self._plain = False
        super().data_received(data)

    @property
    def gone(self) -> Signal:
        """Done when the connection is lost; made when somebody asks for it, as most never need one."""
        if self._gone is None:
            self._gone = signal()
            if self.transport is None:
                give(self._gone)
        return self._gone

    @property
    def silent(self) -> Signal:
        """Done when the client will say nothing more."""
        if self._silent is None:
            self._silent = signal()
            if self.transport is None or self._close:
                give(self._silent)
        return self._silent

    async def drained(self) -> None:
        """Wait until the client has read most of what was written."""
        await self._drain_helper()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection has ended: tell whoever waits on it."""
        for asked in (self._gone, self._silent):
            if asked is not None:
                give(asked)
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client will send no more: answer what has arrived whole, then close; else close at once."""
        idle = self._waiter is not None and not self._waiter.done()
        if idle or not self._request_count or self._parser is None or self._upgraded:
            return False
        try:
            self._parser.feed_eof()
        except HttpProcessingError:
            return False
        self.close()
        if self._silent is not None:
            give(self._silent)
        return True

    def _idle(self) -> bool:
        """Whether nothing is being read, handled or written on this connection."""
        waiter = self._waiter
        return (
            waiter is not None and not waiter.done() and not self._paused and not self._close and not self._force_close
        )

    def _expect(self, data: bytes) -> None:
        """Follow what aiohttp is about to read, as far as it is certain: one request of a known length."""
        head, found, rest = data.lower().partition(b"\r\n\r\n")
        lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        certain = found and len(lengths) < 2 and b"transfer-encoding" not in head and b"upgrade" not in head
        length = lengths[0] if lengths else b"0"
        self._awaited = int(length) - len(rest) if certain and length.isdigit() and len(length) < 10 else -1
        self._plain = self._awaited >= 0

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """HTTP that cannot be read, as problem+json; the connection is closed."""
        self.keep_alive(False)
        if status >= 500 and not isinstance(exc, ConnectionError):
            LOG.error("unhandled", exc_info=exc)
        return _Sent(unreadable(status, message or ""), close=True)


class Server(web.Server):
    """An `aiohttp.web.Server` whose connections know the short way."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self._answer, request_factory=_request, access_log=None)
        self._desk = desk

    async def _answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        request, flaw = await _read(asked)
        closes = not asked.keep_alive
        if flaw is not None and flaw.trouble is not Trouble.TOO_LARGE:
            asked.protocol._lingering_time = 0.0  # the rest of this body cannot be read, nor what is behind it
            closes = True
        connection = "close" if closes else "" if asked.version >= HttpVersion11 else "keep-alive"
        outgoing = await self._desk.answer(request, flaw, connection)
        if outgoing.opens is not None and not outgoing.sending.end:
            return await self._opened(asked, outgoing)
        if outgoing.sending is PLAIN or outgoing.session is None:
            return _Sent(outgoing.data, close=closes)
        way = Way(self._desk.tempo, self._desk.waits, _outlet(asked), outgoing.session)
        ended = await way.go(outgoing.data, outgoing.sending, outgoing.at)
        return _Sent(b"", close=closes or ended)

    async def _opened(self, asked: web.BaseRequest, outgoing: Outgoing) -> web.StreamResponse:
        """Let the connection become a websocket, once its time has come."""
        delay = outgoing.sending.delay
        if delay and outgoing.session is not None:
            way = Way(self._desk.tempo, self._desk.waits, _outlet(asked), outgoing.session)
            if await way.go(b"", Sending(delay), outgoing.at):
                return _Sent(b"", close=True)
        return await self._desk.sockets.serve(asked, outgoing)

    def __call__(self) -> "Handler":
        """A new connection's protocol."""
        return Handler(self._desk, self, loop=self._loop, **self._kwargs)


def _outlet(asked: web.BaseRequest) -> Handler:
    """The connection of a request: our own handler, of which aiohttp only knows its base."""
    assert isinstance(asked.protocol, Handler)  # noqa: S101 -- `Server` makes no other
    return asked.protocol


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)
