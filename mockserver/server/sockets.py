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
from mockserver.core.sending import Frames
from mockserver.engine.session import Session
from mockserver.engine.sockets import Socket
from mockserver.server.desk import Outgoing
from mockserver.server.hub import Hub
from mockserver.server.sending import reset
from mockserver.server.tempo import Tempo
from mockserver.vendors.watching import NORMAL, Close, Told

LARGEST: Final = 4_096
"""Bytes of a client's message; a longer one ends the socket (1009)."""
PILE: Final = 1 << 20
"""Bytes that may wait for a client to read them."""
PATIENCE: Final = 5.0
"""Seconds that a clock which is being moved waits for a client to read."""
FAREWELL: Final = 1.0
"""Seconds that a client has to answer a close."""

GOING: Final = Close(1001, "the server stops")
ENDED: Final = Close(1012, "the session was reset or deleted")
FULL: Final = Close(1013, "the session has as many sockets as it may")
DONE: Final = Close(NORMAL, "closed")

_UNBOUNDED: Final = 1 << 62


class _Upgraded(web.WebSocketResponse):
    """aiohttp's websocket behind a head that is already bytes: the vendor's handler has done the handshake."""

    def __init__(self, head: bytes) -> None:
        super().__init__(
            timeout=FAREWELL,
            autoclose=False,
            autoping=False,
            compress=False,
            max_msg_size=LARGEST,
            writer_limit=_UNBOUNDED,
        )
        self._head = head

    def _handshake(self, request: web.BaseRequest) -> tuple["CIMultiDict[str]", str | None, int, bool]:
        return CIMultiDict(), None, 0, False

    async def _write_headers(self) -> None:
        transport = self._req.transport if self._req is not None else None
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.set_write_buffer_limits(high=2 * PILE)
        transport.write(self._head)


class Link:
    """One client's end of a socket."""

    def __init__(self, answer: web.WebSocketResponse, transport: asyncio.Transport, frames: Frames | None) -> None:
        self.answer = answer
        self.ended: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()
        """How the server ends it; None where there is nothing left to say."""
        self._transport = transport
        self._frames = frames
        self._sent = 0

    @property
    def silent(self) -> bool:
        """Whether nothing is said any more, by a fault."""
        return self._frames is not None and self._frames.end == "silence" and self._sent >= self._frames.after

    @property
    def _speaks(self) -> bool:
        return not self.ended.done() and not self.silent

    def end(self, close: Close | None) -> None:
        """Let it end."""
        if not self.ended.done():
            self.ended.set_result(close)

    def drop(self) -> None:
        """Cut it off without a word."""
        self._transport.abort()
        self.end(None)

    def leave(self) -> None:
        """Its session is over."""
        self.end(ENDED)

    async def say(self, told: Told, patience: float = 0.0) -> None:
        """Send what is said; the end comes after it. A client that does not read has so many seconds to do so."""
        self._break()
        for frame in told.frames:
            if self._speaks and await self._room(len(frame), patience):
                await self.answer.send_str(frame)
                self._sent += 1
                self._break()
        if told.close is not None and self._speaks:
            self.end(told.close)

    async def pong(self, data: bytes) -> None:
        """Answer a ping of the protocol."""
        if self._speaks and await self._room(len(data)):
            await self.answer.pong(data)

    def _break(self) -> None:
        """Do what a fault wants done after so many frames."""
        if self._frames is None or self._sent < self._frames.after or self.silent or self.ended.done():
            return
        if self._frames.end == "reset":
            reset(self._transport)
        else:
            self._transport.close()
        self.end(None)

    async def _room(self, size: int, patience: float = 0.0) -> bool:
        """Whether so many bytes more can be written; a client that lets them pile up is dropped."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while not self._transport.is_closing():
            if self._transport.get_write_buffer_size() + size <= PILE:
                return True
            if loop.time() >= deadline:
                self.drop()
                return False
            await asyncio.sleep(0.01)
        self.end(None)
        return False


class Sockets:
    """All open websockets of one server."""

    def __init__(self, hub: Hub, tempo: Tempo, machine_time: Callable[[], Instant]) -> None:
        self._hub = hub
        self._tempo = tempo
        self._machine_time = machine_time
        self._links: dict[Socket, Link] = {}

    def __len__(self) -> int:
        return len(self._links)

    async def serve(self, asked: web.BaseRequest, outgoing: Outgoing) -> web.StreamResponse:
        """Upgrade a connection, and speak on it to its end."""
        session, opens = outgoing.session, outgoing.opens
        transport = asked.transport
        if session is None or opens is None or transport is None:
            raise ConnectionResetError("the client has gone")
        answer = _Upgraded(outgoing.data)
        await answer.prepare(asked)
        link = Link(answer, transport, outgoing.sending.frames)
        if not self._hub.still(session, self._machine_time()):
            return await _farewell(link, ENDED)
        if len(session.sockets) >= self._hub.settings.most_sockets:
            return await _farewell(link, FULL)
        socket, told = session.sockets.open(opens.vendor, opens.watch, self._now(session))
        self._links[socket] = link
        session.farewells.append(link.leave)
        try:
            await link.say(told)
            self._tempo.look(session)
            await self._converse(session, socket, link)
        finally:
            session.farewells.remove(link.leave)
            del self._links[socket]
            session.sockets.close(socket)
        return answer

    async def tick(self, session: Session, socket: Socket, at: Instant) -> None:
        """Say what is due on a socket: a `Performer`."""
        link = self._links.get(socket)
        if link is not None:
            await link.say(session.sockets.tick(socket, at), PATIENCE if session.clock.frozen else 0.0)

    def shut_down(self) -> None:
        """End all of them."""
        for link in self._links.values():
            link.end(GOING)

    def _now(self, session: Session) -> Instant:
        return session.clock.now(self._machine_time())

    async def _converse(self, session: Session, socket: Socket, link: Link) -> None:
        """Listen until one side ends it, then close."""
        listener = asyncio.get_running_loop().create_task(self._listen(session, socket, link))
        link.ended.add_done_callback(lambda _: listener.cancel())
        try:
            await asyncio.wait({listener})
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
        link.end(DONE)
        if link.silent:
            link.drop()
        else:
            await _farewell(link, link.ended.result())

    async def _listen(self, session: Session, socket: Socket, link: Link) -> None:
        while True:
            message = await link.answer.receive()
            if message.type is WSMsgType.TEXT:
                await link.say(session.sockets.hear(socket, message.data, self._now(session)))
                self._tempo.look(session)
            elif message.type is WSMsgType.PING:
                await link.pong(message.data)
            elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            await asyncio.sleep(0)  # a message that is there already is had without waiting: let others have their turn


async def _farewell(link: Link, close: Close | None) -> web.StreamResponse:
    """Close a socket, and wait a moment for the client to agree."""
    if close is not None:
        await link.answer.close(code=close.code, message=close.reason.encode())
    return link.answer
