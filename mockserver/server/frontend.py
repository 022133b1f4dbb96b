"""The first protocol of every connection: answers plain requests, and hands over to aiohttp at the first other one.

Theory of operation. There are two HTTP paths. A new connection gets a `FastProtocol`, which knows nothing of HTTP but
what the fast path recognizes: one plain request, whose body may follow its head. At anything else it gives the
transport to aiohttp's `ConnectionHandler`, together with the bytes that it has not answered, and is never used again.
The handler goes on trying the fast path while aiohttp is idle on the connection. Until the first hand-over aiohttp is
not even imported, so a server answers plain requests before that library is loaded.

From its first answer until the hand-over, a connection is read by the frontend's `SocketReader`.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from mockserver.server.app import App
from mockserver.server.encode import FastResponse
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.http.listener import close_server
from mockserver.server.http.socket_reader import SocketReader
from mockserver.server.http.timeouts import DEFAULT_TIMEOUTS, ConnectionTimeouts, SweptConnection

if TYPE_CHECKING:
    from mockserver.server.adapter.server import AiohttpServer


class HttpFrontend:
    """Both HTTP paths of one server; called for the protocol of each new connection."""

    def __init__(
        self, app: App, fast_path: FastPath | None = None, timeouts: ConnectionTimeouts = DEFAULT_TIMEOUTS
    ) -> None:
        self.app = app
        self._timeouts = timeouts
        self._next_sweep: asyncio.TimerHandle | None = None
        self.fast_path: FastPath | None = None
        """None: aiohttp reads every request."""
        if app.fast_path:
            self.fast_path = fast_path or FastPath(app)
        self.transports: WeakSet[asyncio.Transport] = WeakSet()
        """Every open connection."""
        self.reader = SocketReader()
        self._aiohttp_server: AiohttpServer | None = None

    def __call__(self) -> "FastProtocol":
        """Return the protocol of a new connection."""
        return FastProtocol(self)

    @property
    def aiohttp_server(self) -> "AiohttpServer":
        """aiohttp's server, made at the first use."""
        if self._aiohttp_server is None:
            from mockserver.server.adapter.server import AiohttpServer

            self._aiohttp_server = AiohttpServer(self.app, self.fast_path)
        return self._aiohttp_server

    def sweep(self) -> None:
        """Close the connections that have been silent for too long, now and every few seconds until the shutdown."""
        for transport in tuple(self.transports):
            connection = transport.get_protocol()
            if isinstance(connection, SweptConnection):
                connection.sweep(self._timeouts)
        loop = asyncio.get_running_loop()
        self._next_sweep = loop.call_later(self._timeouts.sweep_seconds, self.sweep)

    def close_idle(self) -> None:
        """Close the connections on which aiohttp has never read anything: nothing is under way on them."""
        if self._next_sweep is not None:
            self._next_sweep.cancel()
        for transport in tuple(self.transports):
            if isinstance(transport.get_protocol(), FastProtocol):
                transport.close()

    async def shut_down(self, timeout: float, deadline: float) -> None:
        """Let open requests finish (`close_server` with `timeout`) and answers be read, then end everything.

        `deadline` is the loop's time in seconds until which a client may read its answers.
        """
        if self._aiohttp_server is not None:
            await close_server(self._aiohttp_server, timeout)
        transports = tuple(self.transports)
        loop = asyncio.get_running_loop()
        while any(transport.get_write_buffer_size() for transport in transports) and loop.time() < deadline:
            await asyncio.sleep(0.01)
        for transport in transports:
            transport.abort()
        await asyncio.sleep(0)
        self.reader.close()


class FastProtocol(asyncio.Protocol):
    """One connection, until aiohttp takes it over."""

    __slots__ = ("_beginning", "_frontend", "_paused", "_silence", "_transport")

    def __init__(self, frontend: HttpFrontend) -> None:
        self._frontend = frontend
        self._transport: asyncio.Transport | None = None
        self._paused = False
        """True while the client does not read its answers."""
        self._beginning = b""
        """A plain request whose body has not come whole."""
        self._silence = 0.0
        """Seconds since the last request, as of the latest sweep."""

    def sweep(self, timeouts: ConnectionTimeouts) -> None:
        """Close the connection if nothing has come for too long: see `SweptConnection`."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._beginning:
            # A body that is this slow is a matter for aiohttp, which waits for it with a limit.
            self._hand_over(transport)
            return
        self._silence += timeouts.sweep_seconds
        if self._silence > timeouts.idle_seconds:
            transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport: a client has connected."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- a TCP server's transports are
        self._transport = transport
        self._frontend.transports.add(transport)

    def pause_writing(self) -> None:
        """Note that the client does not read: aiohttp has to wait for it."""
        self._paused = True

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        self._paused = False

    def connection_lost(self, exc: BaseException | None) -> None:
        """Read no more: the connection has ended."""
        if self._transport is not None:
            self._frontend.reader.forget(self._transport)

    def data_received(self, data: bytes) -> None:
        """Receive what the transport has read; from the first answer on, the frontend's reader reads."""
        transport = self._transport
        if transport is None:
            return
        answered = self._receive(transport, data)
        if answered is not None:
            answered.write(transport)
            self._frontend.reader.take(transport, partial(self._receive, transport))

    def _receive(self, transport: asyncio.Transport, data: bytes) -> FastResponse | None:
        """Return the answer to a plain request, once it is whole; hand over at anything else."""
        if transport.is_closing():
            return None
        whole = self._beginning + data
        fast_path = self._frontend.fast_path
        # Only an answer that can be written now is worth a try.
        if fast_path is not None and not self._paused:
            answered = fast_path.respond(whole)
            if answered is not None:
                self._silence = 0.0
                self._beginning = b""
                return answered
            if fast_path.parser.lacks_body(whole):
                self._beginning = whole
                return None
        self._hand_over(transport, data)
        return None

    def _hand_over(self, transport: asyncio.Transport, data: bytes = b"") -> None:
        """Give the connection to aiohttp, with what has arrived and was not answered; `data` came last."""
        self._frontend.reader.give_back(transport)
        handler = self._frontend.aiohttp_server()
        # The protocol first: `connection_made` may already cause callbacks of the transport.
        transport.set_protocol(handler)
        handler.connection_made(transport)
        if self._paused:
            # The transport reports a full buffer once, and has reported it here.
            handler.pause_writing()
        handler.take_over(self._beginning, data)
