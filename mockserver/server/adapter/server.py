"""aiohttp at work: it reads every request that is not plain, and `App` answers it.

On its way a request becomes a value: its head (`read_head`), then its body within bounds (`BodyReader`).
"""

import asyncio

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.instants import Instant
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request
from mockserver.engine.handle import BodyError
from mockserver.engine.session import Session
from mockserver.server.adapter.connection import ConnectionHandler, RawResponse, write_bytes
from mockserver.server.adapter.refusals import refuse_head
from mockserver.server.app import App
from mockserver.server.encode import EncodedReply, encode_own
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.http.body import (
    BODY_TIMEOUT,
    LARGE_BODY_BYTES,
    MAX_BODY_BYTES,
    LargeBodies,
    decompress,
    too_large,
)
from mockserver.server.http.listener import expects_continue, request_factory
from mockserver.server.http.transmit import Transmitter
from mockserver.vendors.api import RequestError


class AiohttpServer(web.Server):
    """An `aiohttp.web.Server` whose connections use the fast path, if there is one."""

    def __init__(self, app: App, fast_path: FastPath | None) -> None:
        super().__init__(
            self._handle_http, request_factory=request_factory(MAX_BODY_BYTES), access_log=None, auto_decompress=False
        )
        self._app = app
        self._fast_path = fast_path
        self._large_bodies = LargeBodies()

    def __call__(self) -> ConnectionHandler:
        """Return the protocol of a connection."""
        return ConnectionHandler(self._app, self._fast_path, self, loop=self._loop, **self._kwargs)

    async def _handle_http(self, http_request: web.BaseRequest) -> web.StreamResponse:
        request = read_head(http_request)
        refused = refuse_head(http_request, request)
        if refused is not None:
            http_request.protocol._lingering_time = 0.0  # the body is not read
            return RawResponse(encode_own(request, refused, self._app.wall_clock(), "close"), close=True)
        coding = request.headers.get("content-encoding", "").strip().lower()
        with BodyReader(http_request, self._large_bodies) as reader:
            body = await reader.read(coding)
            if isinstance(body, BodyError):
                return await self._respond(http_request, request, body)
            return await self._respond(http_request, request._replace(body=body), None)

    async def _respond(
        self, http_request: web.BaseRequest, request: Request, body_error: BodyError | None
    ) -> web.StreamResponse:
        """Answer a request whose body is read."""
        closes = not http_request.keep_alive
        if body_error is not None and not http_request.content.is_eof():
            # A client that sends on gets its answer if the rest is read; nothing else can be read behind it.
            closes = True
            if body_error.error is not RequestError.TOO_LARGE or "expect" in request.headers:
                http_request.protocol._lingering_time = 0.0
        connection = ""
        if closes:
            connection = "close"
        elif http_request.version < HttpVersion11:
            connection = "keep-alive"
        reply = await self._app.handle_request(request, body_error, connection)
        if reply.feed is not None:
            await self._app.feeds.serve(_connection_of(http_request), reply.feed, head_only=request.method == "HEAD")
            return RawResponse(b"", close=True)
        if reply.upgrade is not None and not reply.transmission.termination:
            return await self._upgrade(http_request, reply)
        if reply.transmission is NORMAL or reply.session is None:
            return RawResponse(reply.data, close=closes)
        ended = await self._transmit(http_request, reply.session, reply.data, reply.transmission, reply.at)
        return RawResponse(b"", close=closes or ended)

    async def _upgrade(self, http_request: web.BaseRequest, reply: EncodedReply) -> web.StreamResponse:
        """Turn the connection into a websocket, after the delay of a fault."""
        if reply.transmission.delay and reply.session is not None:
            # Only the delay, with nothing to send: the websocket sends its head itself.
            delay = Transmission(reply.transmission.delay)
            ended = await self._transmit(http_request, reply.session, b"", delay, reply.at)
            if ended:
                return RawResponse(b"", close=True)
        return await self._app.websockets.serve(http_request, reply)

    async def _transmit(
        self, http_request: web.BaseRequest, session: Session, data: bytes, transmission: Transmission, at: Instant
    ) -> bool:
        """Send an answer as a fault wants it; returns True if the connection ends with it."""
        transmitter = Transmitter(self._app.scheduler, self._app.pending, _connection_of(http_request), session)
        return await transmitter.transmit(data, transmission, at)


def _connection_of(http_request: web.BaseRequest) -> ConnectionHandler:
    connection = http_request.protocol
    assert isinstance(connection, ConnectionHandler)  # noqa: S101 -- this server makes no other
    return connection


def read_head(http_request: web.BaseRequest) -> Request:
    """Return a request as a value, without its body."""
    path, _, query = _origin_form(http_request).partition("?")
    headers: dict[str, str] = {}
    for name, value in http_request.headers.items():
        key = name.lower()
        text = value if value.isascii() else _decode_header_value(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Request(http_request.method, path, query, headers)


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


class BodyReader:
    """The body of one request; within the block it keeps its place among the large ones, once it has one."""

    def __init__(self, http_request: web.BaseRequest, large_bodies: LargeBodies) -> None:
        self._http_request = http_request
        self._large_bodies = large_bodies
        self._is_large = False

    def __enter__(self) -> "BodyReader":
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
        if int(http_request.headers.get("Content-Length", "0")) > MAX_BODY_BYTES:
            return too_large()
        if "Expect" in http_request.headers and expects_continue(http_request):
            write_bytes(http_request, b"HTTP/1.1 100 Continue\r\n\r\n")
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
