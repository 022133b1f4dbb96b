"""The connections of open websockets.

A socket's output and its times are the session's business (`engine.notify.sockets`); here output is written, and the
client's messages are read. A client is limited in what it may send, and dropped when it does not read: nothing waits
for it but a clock that is being moved, and that not for long. A socket ends with its job, its session or this server.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import WSMsgType, web
from multidict import CIMultiDict

from mockserver.core.instants import Instant
from mockserver.core.transmission import FrameCutoff
from mockserver.engine.notify.sockets import JobSocket
from mockserver.engine.session import Session
from mockserver.server.encode import EncodedReply
from mockserver.server.http.transmit import reset_connection
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import SessionRegistry
from mockserver.vendors.websocket import NORMAL_CLOSURE, SocketClose, SocketOutput

MAX_MESSAGE_BYTES: Final = 4_096
"""Bytes of a client's message; a longer one ends the socket (1009)."""
MAX_BACKLOG: Final = 1 << 20
"""Bytes that may wait for a client to read them."""
BACKLOG_TIMEOUT: Final = 5.0
"""Seconds of real time that a clock which is being moved waits for a client to read."""
CLOSE_TIMEOUT: Final = 1.0
"""Seconds that a client has to answer a close."""

SERVER_STOPS: Final = SocketClose(1001, "the server stops")
SESSION_OVER: Final = SocketClose(1012, "the session was reset or deleted")
TOO_MANY_SOCKETS: Final = SocketClose(1013, "the session has as many sockets as it may")
CLOSED_NORMALLY: Final = SocketClose(NORMAL_CLOSURE, "closed")

_UNBOUNDED: Final = 1 << 62


class _UpgradedResponse(web.WebSocketResponse):
    """aiohttp's websocket behind a head that is bytes already: the vendor's handler has done the handshake."""

    def __init__(self, head: bytes) -> None:
        super().__init__(
            timeout=CLOSE_TIMEOUT,
            autoclose=False,
            autoping=False,
            compress=False,
            max_msg_size=MAX_MESSAGE_BYTES,
            writer_limit=_UNBOUNDED,
        )
        self._head = head

    def _handshake(self, request: web.BaseRequest) -> tuple["CIMultiDict[str]", str | None, int, bool]:
        return CIMultiDict(), None, 0, False

    async def _write_headers(self) -> None:
        transport = self._req.transport if self._req is not None else None
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.set_write_buffer_limits(high=2 * MAX_BACKLOG)
        transport.write(self._head)


class WebSocketConnection:
    """The connection to one client."""

    def __init__(
        self, response: web.WebSocketResponse, transport: asyncio.Transport, cutoff: FrameCutoff | None
    ) -> None:
        self.response = response
        self.closing: asyncio.Future[SocketClose | None] = asyncio.get_running_loop().create_future()
        """The close frame with which the server ends it; None: it ends without one."""
        self._transport = transport
        self._cutoff = cutoff
        self._frames_sent = 0

    @property
    def is_muted(self) -> bool:
        """True if a fault keeps everything else from being sent."""
        return (
            self._cutoff is not None
            and self._cutoff.termination == "silence"
            and self._frames_sent >= self._cutoff.after
        )

    @property
    def _can_send(self) -> bool:
        return not self.closing.done() and not self.is_muted

    def close(self, frame: SocketClose | None) -> None:
        """End the connection with a close frame, or without one (None)."""
        if not self.closing.done():
            self.closing.set_result(frame)

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()
        self.close(None)

    def close_for_session(self) -> None:
        """End the connection because its session was reset or deleted."""
        self.close(SESSION_OVER)

    async def send(self, output: SocketOutput, timeout: float = 0.0) -> None:
        """Send frames, then the close. A client that does not read has `timeout` seconds to begin."""
        self._apply_cutoff()
        for frame in output.frames:
            if self._can_send and await self._wait_for_buffer(len(frame), timeout):
                await self.response.send_str(frame)
                self._frames_sent += 1
                self._apply_cutoff()
        if output.close is not None and self._can_send:
            self.close(output.close)

    async def pong(self, data: bytes) -> None:
        """Answer a ping of the protocol."""
        if self._can_send and await self._wait_for_buffer(len(data)):
            await self.response.pong(data)

    def _apply_cutoff(self) -> None:
        """End the connection as a fault wants it, if as many frames were sent."""
        if self._cutoff is None or self._frames_sent < self._cutoff.after or self.is_muted or self.closing.done():
            return
        if self._cutoff.termination == "reset":
            reset_connection(self._transport)
        else:
            self._transport.close()
        self.close(None)

    async def _wait_for_buffer(self, size: int, timeout: float = 0.0) -> bool:
        """Wait until `size` more bytes fit; returns False if they do not in time, and drops the client."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not self._transport.is_closing():
            if self._transport.get_write_buffer_size() + size <= MAX_BACKLOG:
                return True
            if loop.time() >= deadline:
                self.abort()
                return False
            await asyncio.sleep(0.01)
        self.close(None)
        return False


class WebSocketServer:
    """All open websockets of one server."""

    def __init__(self, registry: SessionRegistry, scheduler: Scheduler, wall_clock: Callable[[], Instant]) -> None:
        self._registry = registry
        self._scheduler = scheduler
        self._wall_clock = wall_clock
        self._connections: dict[JobSocket, WebSocketConnection] = {}

    def __len__(self) -> int:
        return len(self._connections)

    async def serve(self, http_request: web.BaseRequest, reply: EncodedReply) -> web.StreamResponse:
        """Upgrade a connection, and serve it to its end. Raises ConnectionResetError if the client has left."""
        session = reply.session
        upgrade = reply.upgrade
        transport = http_request.transport
        if session is None or upgrade is None or transport is None:
            raise ConnectionResetError("the client has gone")
        response = _UpgradedResponse(reply.data)
        await response.prepare(http_request)
        connection = WebSocketConnection(response, transport, reply.transmission.frame_cutoff)
        if not self._registry.touch_if_current(session, self._wall_clock()):
            return await _send_close(connection, SESSION_OVER)
        if len(session.sockets) >= self._registry.settings.most_sockets:
            return await _send_close(connection, TOO_MANY_SOCKETS)
        socket, output = session.sockets.open(upgrade.vendor, upgrade.script, self._now(session))
        self._connections[socket] = connection
        session.on_close.append(connection.close_for_session)
        try:
            await connection.send(output)
            self._scheduler.rearm(session)
            await self._run(session, socket, connection)
        finally:
            session.on_close.remove(connection.close_for_session)
            del self._connections[socket]
            session.sockets.close(socket)
        return response

    async def tick(self, session: Session, socket: JobSocket, at: Instant) -> None:
        """Send what is due on a socket: a `DueHandler`."""
        connection = self._connections.get(socket)
        if connection is not None:
            # Only a clock that is being moved waits for a client that does not read.
            timeout = BACKLOG_TIMEOUT if session.clock.frozen else 0.0
            await connection.send(session.sockets.on_tick(socket, at), timeout)

    def shut_down(self) -> None:
        """End all connections."""
        for connection in self._connections.values():
            connection.close(SERVER_STOPS)

    def _now(self, session: Session) -> Instant:
        return session.clock.now(self._wall_clock())

    async def _run(self, session: Session, socket: JobSocket, connection: WebSocketConnection) -> None:
        """Read until one side ends the connection, then close it."""
        listener = asyncio.get_running_loop().create_task(self._listen(session, socket, connection))
        connection.closing.add_done_callback(lambda _: listener.cancel())
        try:
            await asyncio.wait({listener})
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
        connection.close(CLOSED_NORMALLY)
        if connection.is_muted:
            connection.abort()
        else:
            await _send_close(connection, connection.closing.result())

    async def _listen(self, session: Session, socket: JobSocket, connection: WebSocketConnection) -> None:
        while True:
            message = await connection.response.receive()
            if message.type is WSMsgType.TEXT:
                await connection.send(session.sockets.on_message(socket, message.data, self._now(session)))
                self._scheduler.rearm(session)
            elif message.type is WSMsgType.PING:
                await connection.pong(message.data)
            elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            await asyncio.sleep(0)  # `receive` does not wait for a message that is there: others need a turn


async def _send_close(connection: WebSocketConnection, frame: SocketClose | None) -> web.StreamResponse:
    """Close a socket, and wait for the client's close frame for a second."""
    if frame is not None:
        await connection.response.close(code=frame.code, message=frame.reason.encode())
    return connection.response
