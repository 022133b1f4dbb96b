"""Answers that are not simply sent: held back, in pieces, cut short, or not sent at all, as a `Transmission` says.

A delay is a matter of the session's clock: the answer has an entry in the session's schedule, and a caller who moves
the clock is answered after it has been sent. On a clock that stands it waits until it is moved, for a minute of
real time at most. Everything else is a matter of the connection.
"""

import asyncio
import re
import socket
from dataclasses import dataclass
from typing import Final, Protocol

from mockserver.core.instants import SECOND, Instant
from mockserver.core.transmission import Transmission
from mockserver.engine.session import Session
from mockserver.server.encode import encode_response
from mockserver.server.problem import problem_response
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.scheduling.waits import (
    Completion,
    PendingRequests,
    PendingWait,
    WaitEnd,
    complete,
    new_completion,
)
from mockserver.server.system import RESET_LINGER

FROZEN_CLOCK_TIMEOUT: Final = 60.0
"""Seconds of real time for which an answer is held back while the session's clock stands."""
SEND_TIMEOUT: Final = 5.0
"""Seconds of real time that an answer may take to be sent before the clock moves on."""
_FROZEN_CLOCK_NOTE: Final = (
    b"\r\nX-Mock-Note: the session's clock stands; sent before its time, after a minute of waiting"
)
_HEAD_END: Final = b"\r\n\r\n"
_CONTENT_LENGTH: Final = re.compile(rb"\r\nContent-Length: \d+")


class ClientConnection(Protocol):
    """A connection, as far as a transmission needs it."""

    transport: asyncio.Transport | None

    @property
    def disconnected(self) -> Completion:
        """A future of the connection's end."""

    @property
    def input_ended(self) -> Completion:
        """A future of the end of the client's input: a half-closed or lost connection."""

    async def drain(self) -> None:
        """Wait until the client has read most of what was written."""


@dataclass(eq=False, slots=True)
class DelayedResponse:
    """An answer that is held back: an item of a session's schedule."""

    due: Completion
    """Done when its time has come."""
    finished: Completion
    """Done when it has been sent, or never will be."""


async def release_delayed(session: Session, delayed: DelayedResponse, at: Instant) -> None:
    """Send an answer whose time has come, and wait until it is sent: a `DueHandler`."""
    complete(delayed.due)
    await asyncio.wait({delayed.finished}, timeout=SEND_TIMEOUT)


@dataclass(slots=True, eq=False)
class Transmitter:
    """Sends one answer over its connection."""

    scheduler: Scheduler
    pending: PendingRequests
    connection: ClientConnection
    session: Session

    async def transmit(self, data: bytes, transmission: Transmission, at: Instant) -> bool:
        """Send an answer of the session's instant `at`; returns True if the connection ends with it.

        Raises ConnectionResetError if the client leaves.
        """
        with self.pending.track(self.session, self.connection.disconnected) as wait:
            if not transmission.delay:
                return await self._send(data, transmission, wait)
            delayed = DelayedResponse(new_completion(), new_completion())
            try:
                end = await self._wait_until_due(delayed, at + transmission.delay, wait)
                if end is WaitEnd.SESSION_ENDED:
                    # The session has ended under a client that still waits.
                    detail = f"session {self.session.name!r} was reset or deleted while this answer was held back"
                    self._write(encode_response(problem_response(410, "SES003", detail), at, connection="close"))
                if end not in (WaitEnd.READY, WaitEnd.TIMEOUT):
                    return True
                if end is WaitEnd.TIMEOUT:
                    data = data.replace(_HEAD_END, _FROZEN_CLOCK_NOTE + _HEAD_END, 1)
                return await self._send(data, transmission, wait)
            finally:
                # Whatever happened: a clock that is being moved waits for this.
                complete(delayed.finished)

    async def _wait_until_due(self, delayed: DelayedResponse, due: Instant, wait: PendingWait) -> WaitEnd:
        entry = self.session.schedule.add(due, delayed)
        self.scheduler.rearm(self.session)
        try:
            while True:  # a clock that runs gets there, however long it takes
                end = await wait.until(delayed.due, FROZEN_CLOCK_TIMEOUT)
                if end is not WaitEnd.TIMEOUT or self.session.clock.frozen:
                    return end
        finally:
            self.session.schedule.cancel(entry)
            self.scheduler.rearm(self.session)

    async def _send(self, data: bytes, transmission: Transmission, wait: PendingWait) -> bool:
        head, end, body = data.partition(_HEAD_END)
        if transmission.declared_length is not None:
            head = _with_length(head, b"Content-Length: %d" % transmission.declared_length)
        if transmission.chunk_size is not None:
            head = _with_length(head, b"Transfer-Encoding: chunked")
            # The answer to a HEAD has the headers of the GET, and no chunk.
            if body:
                body = _in_chunks(body, transmission.chunk_size, transmission.cut_after)
        elif transmission.cut_after is not None:
            body = body[: max(transmission.cut_after, 0)]
        # A negative cut leaves out even the head.
        if transmission.cut_after is None or transmission.cut_after >= 0:
            self._write(head + end)
            await self._send_body(body, transmission, wait)
        # Behind the last byte; a termination ends the connection.
        if transmission.termination == "silence":
            await wait.until(self.connection.input_ended)
        elif transmission.termination == "reset" and self.connection.transport is not None:
            reset_connection(self.connection.transport)
        return bool(transmission.termination)

    async def _send_body(self, body: bytes, transmission: Transmission, wait: PendingWait) -> None:
        """Send the body, whole or in pieces."""
        if transmission.throttle is None:
            self._write(body)
        else:
            size, every = transmission.throttle
            for start in range(0, len(body), size):
                if start and await wait.until(seconds=every / SECOND) is not WaitEnd.TIMEOUT:
                    raise ConnectionResetError("the rest is not sent: the client, the session or the server is gone")
                self._write(body[start : start + size])
        await self.connection.drain()

    def _write(self, data: bytes) -> None:
        transport = self.connection.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.write(data)


def _with_length(head: bytes, line: bytes) -> bytes:
    """Return a head with this line in place of its `Content-Length`, or at its end if it has none."""
    return _CONTENT_LENGTH.sub(b"", head) + b"\r\n" + line


def _in_chunks(body: bytes, size: int, cut_after: int | None) -> bytes:
    """Return a body in chunks; with a cut the chunk that it falls into is incomplete, and no last chunk follows."""
    end = len(body) if cut_after is None else cut_after
    pieces = [
        b"%x\r\n%b" % (min(size, len(body) - start), body[start : min(start + size, end)])
        for start in range(0, end, size)
    ]
    framed = b"\r\n".join(pieces)
    return framed + b"\r\n0\r\n\r\n" if cut_after is None else framed


def reset_connection(transport: asyncio.Transport) -> None:
    """End a connection with a TCP reset, as if the machine had crashed."""
    connected = transport.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_LINGER)
    transport.abort()
