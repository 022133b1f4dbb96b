"""One connection behind the hand-over: aiohttp's, with the fast path still in front.

Theory of operation. The fast path goes on behind the hand-over (`frontend`): a plain request is answered without
aiohttp whenever no request is under way on the connection and aiohttp's parser is certain to hold no part of one
(`incoming_bytes`). Whatever a client has sent before (chunks, heads in pieces, pipelined requests), its plain requests
are fast again once that has been answered. All of this reads private attributes of `RequestHandler`, which is why
aiohttp's version has an upper bound; `App(fast_path=False)` does without.
"""

from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.server.adapter.incoming_bytes import ParserContents, RequestLine
from mockserver.server.adapter.refusals import describe_unreadable
from mockserver.server.adapter.request_handler import RequestHandler
from mockserver.server.app import LOG, App
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.http.timeouts import ConnectionTimeouts
from mockserver.server.problem import bad_request_bytes, incomplete_head_bytes
from mockserver.server.scheduling.waits import Completion, complete, new_completion


class ConnectionHandler(RequestHandler):
    """aiohttp's connection, with the fast path in front and errors as problem+json."""

    __slots__ = (
        "_app",
        "_beginning",
        "_contents",
        "_disconnected",
        "_fast_path",
        "_head_request_count",
        "_head_seconds",
        "_input_ended",
        "_line",
        "_silence",
        "_unread_bytes",
    )

    def __init__(self, app: App, fast_path: FastPath | None, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._app = app
        self._fast_path = fast_path
        self._beginning = b""
        """A plain request whose body has not come whole; aiohttp has not seen it."""
        self._contents = ParserContents()
        self._disconnected: Completion | None = None
        self._input_ended: Completion | None = None
        self._head_request_count = -1
        """Requests that had been read when data last came to an idle connection; -1: none has come."""
        self._line = RequestLine()
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
        self._give_to_parser(b"", is_idle=True)
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

    def take_over(self, beginning: bytes, data: bytes) -> None:
        """Begin with what another protocol has received on this connection, in this order, and not answered."""
        self._beginning = beginning
        self._give_to_parser(data, is_idle=True)

    def data_received(self, data: bytes) -> None:
        """Answer what the fast path can; give everything else to aiohttp."""
        self._silence = 0.0
        if not data:
            # aiohttp parses the pipelined requests that it has put off.
            super().data_received(data)
            return
        is_idle = self._is_idle()
        if is_idle and self._contents.are_empty() and self._answer_fast(self._beginning + data):
            return
        self._give_to_parser(data, is_idle=is_idle)

    def _give_to_parser(self, data: bytes, *, is_idle: bool) -> None:
        """Give aiohttp what a client has sent: a request whose body has not come whole, and `data`.

        `is_idle`: no request is under way, so a head begins or goes on.
        """
        beginning, self._beginning = self._beginning, b""
        if beginning:
            # Apart: what is wrong with the later bytes does not take the answer from the earlier ones.
            self._feed(beginning, is_idle=True)
            is_idle = False
        if data:
            self._feed(data, is_idle=is_idle)

    def _feed(self, data: bytes, *, is_idle: bool) -> None:
        self._contents.add(data, is_idle=is_idle)
        if is_idle:
            if self._head_request_count != self._request_count:
                self._head_request_count = self._request_count
                self._line.begin()
            data = self._line.add(data)
        super().data_received(data)

    def _answer_fast(self, data: bytes) -> bool:
        """Answer by the fast path, or wait for a body; returns False if that leaves the request to aiohttp."""
        if self._fast_path is None or self.transport is None:
            return False
        answered = self._fast_path.respond(data)
        if answered is None and not self._fast_path.parser.lacks_body(data):
            return False
        self._beginning = data if answered is None else b""
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if answered is None:
            return True
        if answered.closes:
            self.close()
        answered.write(self.transport)
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
        self._give_to_parser(b"", is_idle=True)
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
        # TLS has no half-closed connection: asyncio closes it, and warns about True.
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is None

    def _is_idle(self) -> bool:
        """Return True if nothing is being read, handled or written on this connection."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            return False
        return not (self._paused or self._close or self._force_close or self._upgraded or self._buffer_paused)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """HTTP that cannot be read, as problem+json; the connection is closed."""
        self.keep_alive(False)
        if status >= 500 and not isinstance(exc, ConnectionError):
            LOG.error("unhandled", exc_info=exc)
        found = describe_unreadable(self, exc, message or "", self._line.length)
        if found is not None:
            status, message = found
        return RawResponse(bad_request_bytes(status, message, self._app.wall_clock()), close=True)


def write_bytes(http_request: web.BaseRequest, data: bytes) -> None:
    """Write to the connection of a request. Raises ConnectionResetError if the client has gone."""
    transport = http_request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the client has gone")
    transport.write(data)


class RawResponse(web.StreamResponse):
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
        write_bytes(request, self._data)
        await request.protocol._drain_helper()

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything is written."""
