"""aiohttp at work: it reads what is not plain, and asks the desk.

The short way for polls goes on behind it: a plain GET that arrives whole on an idle connection is answered without
aiohttp's machinery. That reads private attributes of `RequestHandler`, which is why aiohttp's version is pinned;
`Desk.short_way = False` does without.
"""

import asyncio
from typing import Any, Final

from aiohttp import HttpVersion11, web, web_protocol
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request
from mockserver.engine.decode import BodyError
from mockserver.server.app import LOG, App, EncodedReply, bad_request_bytes
from mockserver.server.http.transmit import Transmitter
from mockserver.server.scheduling.waits import Completion, complete, new_completion
from mockserver.vendors.api import RequestError

MAX_BODY_BYTES: Final = 10_000_000
BODY_TIMEOUT: Final = 30.0
"""Seconds that a client may take to send a body."""


async def _read_request(http_request: web.BaseRequest) -> tuple[Request, BodyError | None]:
    """A request as a value, and what is wrong with its body, if anything is."""
    path, _, query = _origin_form(http_request).partition("?")
    headers: dict[str, str] = {}
    for name, value in http_request.headers.items():
        key, text = name.lower(), _decode_header_value(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    flaw, body = None, b""
    if http_request.can_read_body:
        if http_request.transport is None:  # gone before its request was begun: nobody would tell the reader
            raise ConnectionResetError("the client has gone")
        if headers.get("expect", "").lower() == "100-continue" and http_request.version >= HttpVersion11:
            _write_bytes(http_request, b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await asyncio.wait_for(http_request.read(), BODY_TIMEOUT)
        except web.HTTPRequestEntityTooLarge:
            flaw = BodyError(RequestError.TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES:,} bytes")
        except (web.RequestPayloadError, HttpProcessingError):
            flaw = BodyError(
                RequestError.BAD_JSON, f"the body is not the {headers.get('content-encoding', 'HTTP')} it says it is"
            )
        except TimeoutError:
            flaw = BodyError(RequestError.BAD_HTTP, f"the body did not arrive within {BODY_TIMEOUT:g} s")
    return Request(http_request.method, path, query, headers, body), flaw


def _decode_header_value(value: str) -> str:
    """A header's value: UTF-8, or Latin-1 where it is no UTF-8 (clients send either)."""
    if value.isascii():
        return value
    sent = value.encode("utf-8", "surrogateescape")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


def _origin_form(http_request: web.BaseRequest) -> str:
    """The target without scheme and host, as it was sent otherwise."""
    raw = http_request.raw_path.partition("#")[0]
    if raw.startswith("/"):
        return raw
    _, _, rest = raw.partition("://")
    return "/" + rest.partition("/")[2] if rest else "/"


def _write_bytes(http_request: web.BaseRequest, data: bytes) -> None:
    transport = http_request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the client has gone")
    transport.write(data)


class _RawResponse(web.StreamResponse):
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
        _write_bytes(request, self._data)
        await request.protocol._drain_helper()

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class ConnectionHandler(web_protocol.RequestHandler):
    """aiohttp's connection, with the short way in front and errors in our own form."""

    __slots__ = ("_app", "_body_bytes_left", "_disconnected", "_input_ended", "_parser_empty")

    def __init__(self, app: App, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._app = app
        self._parser_empty = app.fast_path
        """Whether aiohttp's parser is known to hold no part of a request."""
        self._body_bytes_left = 0
        """Bytes of the present request's body that have not arrived."""
        self._disconnected: Completion | None = None
        self._input_ended: Completion | None = None

    def take_over(self, data: bytes) -> None:
        """Begin with what another protocol has read of this connection."""
        self._track_body(data)
        super().data_received(data)

    def data_received(self, data: bytes) -> None:
        """Answer on the spot what can be; hand everything else to aiohttp."""
        if self._parser_empty and data:
            if self._body_bytes_left:
                self._body_bytes_left -= len(data)
                self._parser_empty = self._body_bytes_left >= 0
            elif self._is_idle():
                answered = self._app.fast_response(data)
                if answered is not None and self.transport is not None:
                    self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
                    self.transport.write(answered.data)
                    if answered.closes:
                        self.close()
                        self.transport.close()
                    return
                self._track_body(data)
            else:
                self._parser_empty = False
        super().data_received(data)

    @property
    def disconnected(self) -> Completion:
        """Done when the connection is lost; made when somebody asks for it, as most never need one."""
        if self._disconnected is None:
            self._disconnected = new_completion()
            if self.transport is None:
                complete(self._disconnected)
        return self._disconnected

    @property
    def input_ended(self) -> Completion:
        """Done when the client will say nothing more."""
        if self._input_ended is None:
            self._input_ended = new_completion()
            if self.transport is None or self._close:
                complete(self._input_ended)
        return self._input_ended

    async def drain(self) -> None:
        """Wait until the client has read most of what was written."""
        await self._drain_helper()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection has ended: tell whoever waits on it."""
        for asked in (self._disconnected, self._input_ended):
            if asked is not None:
                complete(asked)
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
        if self._input_ended is not None:
            complete(self._input_ended)
        return True

    def _is_idle(self) -> bool:
        """Whether nothing is being read, handled or written on this connection."""
        waiter = self._waiter
        return (
            waiter is not None and not waiter.done() and not self._paused and not self._close and not self._force_close
        )

    def _track_body(self, data: bytes) -> None:
        """Follow what aiohttp is about to read, as far as it is certain: one request of a known length."""
        head, found, rest = data.lower().partition(b"\r\n\r\n")
        lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        certain = found and len(lengths) < 2 and b"transfer-encoding" not in head and b"upgrade" not in head
        length = lengths[0] if lengths else b"0"
        self._body_bytes_left = int(length) - len(rest) if certain and length.isdigit() and len(length) < 10 else -1
        self._parser_empty = self._body_bytes_left >= 0

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """HTTP that cannot be read, as problem+json; the connection is closed."""
        self.keep_alive(False)
        if status >= 500 and not isinstance(exc, ConnectionError):
            LOG.error("unhandled", exc_info=exc)
        return _RawResponse(bad_request_bytes(status, message or ""), close=True)


class AiohttpServer(web.Server):
    """An `aiohttp.web.Server` whose connections know the short way."""

    def __init__(self, app: App) -> None:
        super().__init__(self._handle_http, request_factory=_make_http_request, access_log=None)
        self._app = app

    async def _handle_http(self, http_request: web.BaseRequest) -> web.StreamResponse:
        request, flaw = await _read_request(http_request)
        closes = not http_request.keep_alive
        if flaw is not None and flaw.error is not RequestError.TOO_LARGE:
            http_request.protocol._lingering_time = 0.0  # the rest of this body cannot be read, nor what is behind it
            closes = True
        connection = "close" if closes else "" if http_request.version >= HttpVersion11 else "keep-alive"
        outgoing = await self._app.handle_request(request, flaw, connection)
        if outgoing.upgrade is not None and not outgoing.transmission.termination:
            return await self._upgrade(http_request, outgoing)
        if outgoing.transmission is NORMAL or outgoing.session is None:
            return _RawResponse(outgoing.data, close=closes)
        way = Transmitter(self._app.scheduler, self._app.pending, _connection_of(http_request), outgoing.session)
        ended = await way.transmit(outgoing.data, outgoing.transmission, outgoing.at)
        return _RawResponse(b"", close=closes or ended)

    async def _upgrade(self, http_request: web.BaseRequest, outgoing: EncodedReply) -> web.StreamResponse:
        """Let the connection become a websocket, once its time has come."""
        delay = outgoing.transmission.delay
        if delay and outgoing.session is not None:
            way = Transmitter(self._app.scheduler, self._app.pending, _connection_of(http_request), outgoing.session)
            if await way.transmit(b"", Transmission(delay), outgoing.at):
                return _RawResponse(b"", close=True)
        return await self._app.websockets.serve(http_request, outgoing)

    def __call__(self) -> "ConnectionHandler":
        """A new connection's protocol."""
        return ConnectionHandler(self._app, self, loop=self._loop, **self._kwargs)


def _connection_of(http_request: web.BaseRequest) -> ConnectionHandler:
    """The connection of a request: our own handler, of which aiohttp only knows its base."""
    assert isinstance(http_request.protocol, ConnectionHandler)  # noqa: S101 -- `Server` makes no other
    return http_request.protocol


def _make_http_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY_BYTES)
