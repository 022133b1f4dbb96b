"""aiohttp at work: it reads every request that is not plain, and `App` answers it.

Theory of operation. The fast path goes on behind the hand-over (`frontend`): a plain GET that arrives whole
is answered without aiohttp whenever its parser is certain to hold no part of a request and no request is under way on
the connection. The handler keeps that certainty by following the bytes that it gives to aiohttp: while they are whole
requests of a known length the parser is empty again after each; at the first byte that is not certain (chunked bodies,
upgrades, pipelined requests) aiohttp keeps the connection for good. All of this reads private attributes of
`RequestHandler`, which is why aiohttp's version is pinned; `App(fast_path=False)` does without.
"""

import asyncio
import re
from dataclasses import replace
from typing import Any, Final

from aiohttp import HttpVersion11, web, web_protocol
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from mockserver.core.instants import Instant
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine.handle import BodyError
from mockserver.engine.session import Session
from mockserver.server.app import LOG, App
from mockserver.server.encode import EncodedReply
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.http.body import (
    ACCEPTED_CODINGS,
    BODY_TIMEOUT,
    LARGE_BODY_BYTES,
    MAX_BODY_BYTES,
    LargeBodies,
    decompress,
    is_accepted_coding,
    too_large,
)
from mockserver.server.http.listener import expects_continue, request_factory
from mockserver.server.http.timeouts import ConnectionTimeouts
from mockserver.server.http.transmit import Transmitter
from mockserver.server.problem import bad_request_bytes, incomplete_head_bytes, problem_response
from mockserver.server.scheduling.waits import Completion, complete, new_completion
from mockserver.vendors.api import RequestError

_OTHER_VERSION: Final = re.compile(
    r"HTTP/2 Connection Preface|Pause on PRI|Invalid HTTP version:\s+b'.* HTTP/[0-9]\.[0-9]'"
)
"""What aiohttp's parser says of another version of HTTP."""
_UNKNOWN_METHOD: Final = re.compile(r"^Invalid method encountered:\s+b'([A-Za-z]{1,20}) [/h*]")
"""What aiohttp's parser says of a request line that is well formed but for its method."""


def _read_head(http_request: web.BaseRequest) -> Request:
    """Return a request as a value, without its body."""
    path, _, query = _origin_form(http_request).partition("?")
    headers: dict[str, str] = {}
    for name, value in http_request.headers.items():
        key = name.lower()
        text = value if value.isascii() else _decode_header_value(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Request(http_request.method, path, query, headers)


def refuse_head(http_request: web.BaseRequest, request: Request) -> Response | None:
    """Return the answer to a head that asks for HTTP which this server does not have; None for any other (RFC 9110)."""
    headers = request.headers
    if http_request.version.major != 1:
        detail = f"HTTP/{http_request.version.major} is not supported"
        return problem_response(505, "SRV003", detail, "use HTTP/1.1")
    if request.method == "CONNECT":
        return problem_response(501, "SRV003", "CONNECT is for proxies; this is a server", "the connection is closed")
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        detail = f"the transfer coding is {headers['transfer-encoding'][:40]!r}"
        return problem_response(501, "SRV003", detail, "Transfer-Encoding: chunked, or Content-Length")
    if headers.get("expect", "100-continue").lower() != "100-continue":
        detail = f"the expectation {headers['expect'][:40]!r} cannot be met"
        return problem_response(417, "SRV003", detail, "Expect: 100-continue, or none")
    coding = headers.get("content-encoding", "").strip().lower()
    if coding and not is_accepted_coding(coding):
        detail = f"the body has the content coding {coding[:40]!r}"
        refused = problem_response(415, "SRV023", detail, f"Content-Encoding: {ACCEPTED_CODINGS}, or none")
        return refused._replace(headers=(*refused.headers, ("Accept-Encoding", ACCEPTED_CODINGS)))
    if http_request.raw_path == "*" and request.method == "OPTIONS":
        return Response(204, (("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),))
    return None


class _BodyReader:
    """The body of one request; within the block it keeps its place among the large ones, once it has one."""

    def __init__(self, http_request: web.BaseRequest, large_bodies: LargeBodies) -> None:
        self._http_request = http_request
        self._large_bodies = large_bodies
        self._is_large = False

    def __enter__(self) -> "_BodyReader":
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_large:
            self._large_bodies.leave()

    async def read(self, coding: str) -> bytes | BodyError:
        """Return the body without its content coding, or what is wrong with it.

        Raises ConnectionResetError if the client left.
        """
        http_request = self._http_request
        if not http_request.can_read_body:
            return b""
        if http_request.transport is None:  # it left before its request was begun: nothing would end the wait for it
            raise ConnectionResetError("the client has gone")
        if "Expect" in http_request.headers and expects_continue(http_request):
            _write_bytes(http_request, b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await asyncio.wait_for(self._read_sent(), BODY_TIMEOUT)
        except (web.RequestPayloadError, HttpProcessingError):
            return BodyError(RequestError.BAD_JSON, "the body is not the HTTP it says it is")
        except TimeoutError:
            return BodyError(RequestError.BAD_HTTP, f"the body did not arrive within {BODY_TIMEOUT:g} s")
        if body is None:
            return too_large()
        if not coding:
            return body
        # A small body may hide a large one.
        await self._hold_place()
        return await decompress(body, coding)

    async def _read_sent(self) -> bytes | None:
        """Return the body as it was sent; None if it is too large."""
        body = bytearray()
        while chunk := await self._http_request.content.readany():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                return None
            if len(body) > LARGE_BODY_BYTES:
                await self._hold_place()
        return bytes(body)

    async def _hold_place(self) -> None:
        if not self._is_large:
            await self._large_bodies.enter()
            self._is_large = True


def _decode_header_value(value: str) -> str:
    """Decode a header's value as UTF-8, or as Latin-1 where it is no UTF-8 (clients send either)."""
    sent = value.encode("utf-8", "surrogateescape")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


def _origin_form(http_request: web.BaseRequest) -> str:
    """Return the request target without scheme and host, otherwise as it was sent."""
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
    """An answer that is bytes already: written in one piece, past aiohttp's own headers."""

    def __init__(self, data: bytes, *, close: bool) -> None:
        super().__init__()
        self._data = data
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        """True if the connection stays open."""
        return self._stays_open

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write everything."""
        _write_bytes(request, self._data)
        await request.protocol._drain_helper()

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything is written."""


class ConnectionHandler(web_protocol.RequestHandler):
    """aiohttp's connection, with the fast path in front and errors as problem+json."""

    __slots__ = (
        "_app",
        "_body_bytes_left",
        "_disconnected",
        "_fast_path",
        "_head_request_count",
        "_head_seconds",
        "_input_ended",
        "_parser_empty",
        "_silence",
        "_target_bytes",
        "_target_ended",
        "_unread_bytes",
    )

    def __init__(self, app: App, fast_path: FastPath | None, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._app = app
        self._fast_path = fast_path
        self._parser_empty = fast_path is not None
        """True while aiohttp's parser is certain to hold no part of a request; once False, it stays so."""
        self._body_bytes_left = 0
        """Bytes of the present request's body that have not arrived."""
        self._disconnected: Completion | None = None
        self._input_ended: Completion | None = None
        self._head_request_count = -1
        """Requests that had been read when data last came to an idle connection; -1: none has come."""
        self._target_bytes = 0
        """Bytes of the present head's first line, as far as they have come."""
        self._target_ended = True
        self._head_seconds = 0.0
        """Seconds since the first byte of a head that is not complete, as of the latest sweep."""
        self._silence = 0.0
        """Seconds since the last data or progress, as of the latest sweep."""
        self._unread_bytes = 0
        """Bytes that the client had not read at the latest sweep."""

    def sweep(self, timeouts: ConnectionTimeouts) -> None:
        """Close the connection if a head stays incomplete, nothing comes or nothing is read: see `SweptConnection`."""
        transport = self.transport
        if transport is None:
            return
        unread = transport.get_write_buffer_size()
        is_reading = unread < self._unread_bytes
        self._unread_bytes = unread
        self._silence += timeouts.sweep_seconds
        waiter = self._waiter
        is_answering = waiter is None or waiter.done()
        if is_reading or (is_answering and not unread):
            # A request that is held, or whose answer is: however long that takes.
            self._silence = 0.0
        if not is_answering and self._head_request_count == self._request_count:
            self._head_seconds += timeouts.sweep_seconds
        else:
            self._head_seconds = 0.0
        if self._head_seconds > timeouts.head_seconds:
            transport.write(incomplete_head_bytes(timeouts.head_seconds, self._app.wall_clock()))
            self.force_close()
        elif self._silence > timeouts.idle_seconds:
            transport.abort()

    def take_over(self, data: bytes) -> None:
        """Begin with what another protocol has received on this connection and not answered."""
        self._begin_head(data)
        if self._parser_empty:
            self._track_body(data)
        super().data_received(data)

    def data_received(self, data: bytes) -> None:
        """Answer what the fast path can; give everything else to aiohttp."""
        self._silence = 0.0
        if self._parser_empty and data:
            if self._body_bytes_left:
                # The rest of a body of a known length; more than that is the next request, and pipelined.
                self._body_bytes_left -= len(data)
                self._parser_empty = self._body_bytes_left >= 0
            elif not self._is_idle():
                # A request behind one that is being answered: aiohttp keeps their order.
                self._parser_empty = False
            elif self._answer_fast(data):
                return
            else:
                self._track_body(data)
        if self._is_idle():
            self._begin_head(data)
        super().data_received(data)

    def _begin_head(self, data: bytes) -> None:
        """Note that a head begins with `data`, or goes on with it."""
        if self._head_request_count != self._request_count:
            self._head_request_count = self._request_count
            self._target_bytes = 0
            self._target_ended = False
        if not self._target_ended:
            end = data.find(b"\n")
            self._target_ended = end >= 0
            self._target_bytes += end if self._target_ended else len(data)

    def _answer_fast(self, data: bytes) -> bool:
        """Answer by the fast path; returns False if that leaves the request to aiohttp."""
        answered = self._fast_path.respond(data) if self._fast_path is not None else None
        if answered is None or self.transport is None:
            return False
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        self.transport.write(answered.data)
        if answered.closes:
            self.close()
            self.transport.close()
        return True

    @property
    def disconnected(self) -> Completion:
        """A future of the connection's end; made at the first use, because most requests need none."""
        if self._disconnected is None:
            self._disconnected = new_completion()
            if self.transport is None:
                complete(self._disconnected)
        return self._disconnected

    @property
    def input_ended(self) -> Completion:
        """A future of the end of the client's input: a half-closed or lost connection."""
        if self._input_ended is None:
            self._input_ended = new_completion()
            if self.transport is None or self._close:
                complete(self._input_ended)
        return self._input_ended

    async def drain(self) -> None:
        """Wait until the client has read most of what was written."""
        await self._drain_helper()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wake everything that waits for the connection's end."""
        for completion in (self._disconnected, self._input_ended):
            if completion is not None:
                complete(completion)
        super().connection_lost(exc)

    # asyncio takes a bool here and aiohttp declares None: only `Any` is an override of both.
    def eof_received(self) -> Any:
        """Answer what has arrived whole, then close; returns True for that, False to close at once."""
        # Of an idle connection, a partial head or a websocket nothing is left to answer.
        idle = self._waiter is not None and not self._waiter.done()
        if idle or not self._request_count or self._parser is None or self._upgraded:
            return False
        try:
            self._parser.feed_eof()  # fails for a body that is incomplete
        except HttpProcessingError:
            return False
        self.close()
        if self._input_ended is not None:
            complete(self._input_ended)
        return True

    def _is_idle(self) -> bool:
        """Return True if nothing is being read, handled or written on this connection."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            return False
        return not (self._paused or self._close or self._force_close)

    def _track_body(self, data: bytes) -> None:
        """Note how much of a body follows `data`, if it begins one request of a known length, and nothing else."""
        head, end, rest = data.lower().partition(b"\r\n\r\n")
        lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        self._parser_empty = False
        if not end or len(lengths) > 1 or b"transfer-encoding" in head or b"upgrade" in head:
            return
        length = lengths[0] if lengths else b"0"
        if length.isdigit() and len(length) < 10:
            self._body_bytes_left = int(length) - len(rest)
            # More bytes than the body has are another request, which aiohttp's parser holds.
            self._parser_empty = self._body_bytes_left >= 0

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """HTTP that cannot be read, as problem+json; the connection is closed."""
        self.keep_alive(False)
        if status >= 500 and not isinstance(exc, ConnectionError):
            LOG.error("unhandled", exc_info=exc)
        message = message or ""
        # aiohttp's parser refuses everything with 400; RFC 9110 has more exact statuses.
        unknown_method = _UNKNOWN_METHOD.search(message)
        if isinstance(exc, LineTooLong):
            status, message = 431, f"a header is longer than {self.max_field_size:,} bytes"
            if self._target_bytes > self.max_line_size:
                status, message = 414, f"the request target is longer than {self.max_line_size:,} bytes"
        elif message.startswith("Too many headers"):
            status, message = 431, f"the request has more than {self.max_headers} headers"
        elif _OTHER_VERSION.search(message):
            status, message = 505, "the version of HTTP is not supported; use HTTP/1.1"
        elif unknown_method is not None:
            status, message = 501, f"the method {unknown_method[1]!r} is unknown; methods are in capital letters"
        return _RawResponse(bad_request_bytes(status, message, self._app.wall_clock()), close=True)


class AiohttpServer(web.Server):
    """An `aiohttp.web.Server` whose connections use the fast path, if there is one."""

    def __init__(self, app: App, fast_path: FastPath | None) -> None:
        super().__init__(
            self._handle_http,
            request_factory=request_factory(MAX_BODY_BYTES),
            access_log=None,
            auto_decompress=False,
        )
        self._app = app
        self._fast_path = fast_path
        self._large_bodies = LargeBodies()

    def __call__(self) -> ConnectionHandler:
        """Return the protocol of a connection."""
        return ConnectionHandler(self._app, self._fast_path, self, loop=self._loop, **self._kwargs)

    async def _handle_http(self, http_request: web.BaseRequest) -> web.StreamResponse:
        request = _read_head(http_request)
        refused = refuse_head(http_request, request)
        if refused is not None:
            http_request.protocol._lingering_time = 0.0  # the body is not read
            return _RawResponse(self._app.encode_own(request, refused, "close"), close=True)
        coding = request.headers.get("content-encoding", "").strip().lower()
        with _BodyReader(http_request, self._large_bodies) as reader:
            body = await reader.read(coding)
            if isinstance(body, BodyError):
                return await self._respond(http_request, request, body)
            return await self._respond(http_request, replace(request, body=body), None)

    async def _respond(
        self, http_request: web.BaseRequest, request: Request, body_error: BodyError | None
    ) -> web.StreamResponse:
        """Answer a request whose body is read."""
        closes = not http_request.keep_alive
        if body_error is not None and body_error.error is not RequestError.TOO_LARGE:
            http_request.protocol._lingering_time = 0.0  # the rest of this body cannot be read, nor what is behind it
            closes = True
        connection = ""
        if closes:
            connection = "close"
        elif http_request.version < HttpVersion11:
            connection = "keep-alive"
        reply = await self._app.handle_request(request, body_error, connection)
        if reply.upgrade is not None and not reply.transmission.termination:
            return await self._upgrade(http_request, reply)
        if reply.transmission is NORMAL or reply.session is None:
            return _RawResponse(reply.data, close=closes)
        ended = await self._transmit(http_request, reply.session, reply.data, reply.transmission, reply.at)
        return _RawResponse(b"", close=closes or ended)

    async def _upgrade(self, http_request: web.BaseRequest, reply: EncodedReply) -> web.StreamResponse:
        """Turn the connection into a websocket, after the delay of a fault."""
        if reply.transmission.delay and reply.session is not None:
            # Only the delay, with nothing to send: the websocket sends its head itself.
            delay = Transmission(reply.transmission.delay)
            ended = await self._transmit(http_request, reply.session, b"", delay, reply.at)
            if ended:
                return _RawResponse(b"", close=True)
        return await self._app.websockets.serve(http_request, reply)

    async def _transmit(
        self, http_request: web.BaseRequest, session: Session, data: bytes, transmission: Transmission, at: Instant
    ) -> bool:
        """Send an answer as a fault wants it; returns True if the connection ends with it."""
        connection = http_request.protocol
        assert isinstance(connection, ConnectionHandler)  # noqa: S101 -- this server makes no other
        transmitter = Transmitter(self._app.scheduler, self._app.pending, connection, session)
        return await transmitter.transmit(data, transmission, at)
