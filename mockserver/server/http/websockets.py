"""Open websockets at work: the connection to a client, for each socket of a session.

What is said and when is the session's to decide (`engine.sockets`); here it is written, and what the client says is
read. A client is bounded in what it may send, and dropped when it does not read what it gets: nothing waits for it but
a clock that is being moved, and that not for long. A socket ends with its job, its session or this server.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import WSMsgType, web
from multidict import CIMultiDict

from mockserver.core.instants import Instant
from mockserver.core.transmission import FrameCutoff
from mockserver.engine.notify.sockets import JobSocket
from mockserver.engine.session.session import Session
from mockserver.server.app import EncodedReply
from mockserver.server.http.transmit import reset_connection
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import SessionRegistry
from mockserver.vendors.websocket import NORMAL_CLOSURE, SocketClose, SocketOutput

MAX_MESSAGE_BYTES: Final = 4_096
"""Bytes of a client's message; a longer one ends the socket (1009)."""
MAX_BACKLOG: Final = 1 << 20
"""Bytes that may wait for a client to read them."""
BACKLOG_TIMEOUT: Final = 5.0
"""Seconds that a clock which is being moved waits for a client to read."""
CLOSE_TIMEOUT: Final = 1.0
"""Seconds that a client has to answer a close."""

SERVER_STOPS: Final = SocketClose(1001, "the server stops")
SESSION_OVER: Final = SocketClose(1012, "the session was reset or deleted")
TOO_MANY_SOCKETS: Final = SocketClose(1013, "the session has as many sockets as it may")
CLOSED_NORMALLY: Final = SocketClose(NORMAL_CLOSURE, "closed")

_UNBOUNDED: Final = 1 << 62


class _UpgradedResponse(web.WebSocketResponse):
    """aiohttp's websocket behind a head that is already bytes: the vendor's handler has done the handshake."""

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
    """One client's end of a socket."""

    def __init__(
        self, response: web.WebSocketResponse, transport: asyncio.Transport, cutoff: FrameCutoff | None
    ) -> None:
        self.response = response
        self.closing: asyncio.Future[SocketClose | None] = asyncio.get_running_loop().create_future()
        """How the server ends it; None where there is nothing left to say."""
        self._transport = transport
        self._cutoff = cutoff
        self._frames_sent = 0

    @property
    def is_muted(self) -> bool:
        """Whether nothing is said any more, by a fault."""
        return (
            self._cutoff is not None
            and self._cutoff.termination == "silence"
            and self._frames_sent >= self._cutoff.after
        )

    @property
    def _can_send(self) -> bool:
        return not self.closing.done() and not self.is_muted

    def close(self, frame: SocketClose | None) -> None:
        """Let it end."""
        if not self.closing.done():
            self.closing.set_result(frame)

    def abort(self) -> None:
        """Cut it off without a word."""
        self._transport.abort()
        self.close(None)

    def close_for_session(self) -> None:
        """Its session is over."""
        self.close(SESSION_OVER)

    async def send(self, output: SocketOutput, timeout: float = 0.0) -> None:
        """Send what is said; the end comes after it. A client that does not read has so many seconds to do so."""
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
        """Do what a fault wants done after so many frames."""
        if self._cutoff is None or self._frames_sent < self._cutoff.after or self.is_muted or self.closing.done():
            return
        if self._cutoff.termination == "reset":
            reset_connection(self._transport)
        else:
            self._transport.close()
        self.close(None)

    async def _wait_for_buffer(self, size: int, timeout: float = 0.0) -> bool:
        """Whether so many bytes more can be written; a client that lets them pile up is dropped."""
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
        """Upgrade a connection, and speak on it to its end."""
        session, opens = reply.session, reply.upgrade
        transport = http_request.transport
        if session is None or opens is None or transport is None:
            raise ConnectionResetError("the client has gone")
        answer = _UpgradedResponse(reply.data)
        await answer.prepare(http_request)
        link = WebSocketConnection(answer, transport, reply.transmission.frame_cutoff)
        if not self._registry.touch_if_current(session, self._wall_clock()):
            return await _send_close(link, SESSION_OVER)
        if len(session.sockets) >= self._registry.settings.most_sockets:
            return await _send_close(link, TOO_MANY_SOCKETS)
        socket, told = session.sockets.open(opens.vendor, opens.script, self._now(session))
        self._connections[socket] = link
        session.on_close.append(link.close_for_session)
        try:
            await link.send(told)
            self._scheduler.rearm(session)
            await self._run(session, socket, link)
        finally:
            session.on_close.remove(link.close_for_session)
            del self._connections[socket]
            session.sockets.close(socket)
        return answer

    async def tick(self, session: Session, socket: JobSocket, at: Instant) -> None:
        """Say what is due on a socket: a `Performer`."""
        link = self._connections.get(socket)
        if link is not None:
            await link.send(session.sockets.on_tick(socket, at), BACKLOG_TIMEOUT if session.clock.frozen else 0.0)

    def shut_down(self) -> None:
        """End all of them."""
        for link in self._connections.values():
            link.close(SERVER_STOPS)

    def _now(self, session: Session) -> Instant:
        return session.clock.now(self._wall_clock())

    async def _run(self, session: Session, socket: JobSocket, connection: WebSocketConnection) -> None:
        """Listen until one side ends it, then close."""
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
            await asyncio.sleep(0)  # a message that is there already is had without waiting: let others have their turn


async def _send_close(connection: WebSocketConnection, frame: SocketClose | None) -> web.StreamResponse:
    """Close a socket, and wait a moment for the client to agree."""
    if frame is not None:
        await connection.response.close(code=frame.code, message=frame.reason.encode())
    return connection.response
