"""aiohttp at work: it reads every request that is not plain, and `App` answers it."""

from dataclasses import replace

from aiohttp import HttpVersion11, web

from mockserver.core.instants import Instant
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request
from mockserver.engine.handle import BodyError
from mockserver.engine.session import Session
from mockserver.server.adapter.connection import ConnectionHandler
from mockserver.server.adapter.messages import BodyReader, RawResponse, read_head
from mockserver.server.adapter.refusals import refuse_head
from mockserver.server.app import App
from mockserver.server.encode import EncodedReply
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.http.body import MAX_BODY_BYTES, LargeBodies
from mockserver.server.http.listener import request_factory
from mockserver.server.http.transmit import Transmitter
from mockserver.vendors.api import RequestError


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
        request = read_head(http_request)
        refused = refuse_head(http_request, request)
        if refused is not None:
            http_request.protocol._lingering_time = 0.0  # the body is not read
            return RawResponse(self._app.encode_own(request, refused, "close"), close=True)
        coding = request.headers.get("content-encoding", "").strip().lower()
        with BodyReader(http_request, self._large_bodies) as reader:
            body = await reader.read(coding)
            if isinstance(body, BodyError):
                return await self._respond(http_request, request, body)
            return await self._respond(http_request, replace(request, body=body), None)

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
        connection = http_request.protocol
        assert isinstance(connection, ConnectionHandler)  # noqa: S101 -- this server makes no other
        transmitter = Transmitter(self._app.scheduler, self._app.pending, connection, session)
        return await transmitter.transmit(data, transmission, at)
