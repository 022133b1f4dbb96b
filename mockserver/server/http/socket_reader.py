"""Reads the sockets of connections with plain requests, all that are ready in one callback of the event loop.

Theory of operation. asyncio reads with a callback for each socket, which takes a fifth of the time of a poll. A
connection can be *taken* from its transport instead: the transport pauses reading, and this reader's own selector
watches the socket. The event loop watches that selector, which has a file descriptor itself. Everything else remains
the transport's: it writes, closes and reports the end. A connection is *given back* before anything but the fast path
needs it; its transport then reads as before.

The answers are written after all sockets have been read, or when there is much to be written: a client that waits for
them on another processor is then woken once, and not for each of them.
"""

import asyncio
import os
import selectors
from collections.abc import Callable
from typing import Final, NamedTuple

from mockserver.server.encode import FastResponse

READ_BYTES: Final = 65_536
"""Bytes that are read from one socket at once."""
MAX_WAITING_BYTES: Final = 65_536
"""Bytes of answers that wait for other sockets to be read: large ones take longer to make."""


Receiver = Callable[[bytes], FastResponse | None]
"""What a client has sent -> its answer; None where there is none yet, or where another protocol will give it."""


class _TakenConnection(NamedTuple):
    """A connection whose socket the reader watches."""

    transport: asyncio.Transport
    receive: Receiver


class SocketReader:
    """Reads for the connections of one event loop that it has taken."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        fileno: Callable[[], int] | None = getattr(self._selector, "fileno", None)
        self._descriptor = fileno() if fileno is not None else -1
        """The selector's file descriptor; -1 on Windows: neither has its selector one, nor does its loop watch any."""
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop that watches the selector; None until the first connection is taken."""

    def take(self, transport: asyncio.Transport, receive: Receiver) -> None:
        """Read for a connection from now on, unless its transport has to: with TLS, and on Windows."""
        if self._loop is None:
            self._begin(asyncio.get_running_loop())
        opened = transport.get_extra_info("socket")
        is_encrypted = transport.get_extra_info("sslcontext") is not None
        if opened is None or is_encrypted or self._descriptor < 0 or transport.is_closing():
            return
        transport.pause_reading()
        self._selector.register(opened, selectors.EVENT_READ, _TakenConnection(transport, receive))

    def give_back(self, transport: asyncio.Transport) -> None:
        """Let the transport read again, if the connection was taken."""
        if self.forget(transport):
            transport.resume_reading()

    def forget(self, transport: asyncio.Transport) -> bool:
        """Read no more for a connection; returns False if it was not taken."""
        opened = transport.get_extra_info("socket")
        # There is no map any more once the selector is closed.
        if opened is None or opened not in (self._selector.get_map() or ()):
            return False
        self._selector.unregister(opened)
        return True

    def close(self) -> None:
        """Read no more for any connection."""
        if self._loop is not None and self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
        self._descriptor = -1
        self._selector.close()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        if self._descriptor >= 0:
            try:
                loop.add_reader(self._descriptor, self._read_ready)
            except NotImplementedError:  # a loop that completes operations, as that of Windows
                self._descriptor = -1

    def _read_ready(self) -> None:
        """Read once from each socket that is ready, then write the answers."""
        answers: list[tuple[asyncio.Transport, FastResponse]] = []
        waiting = 0
        try:
            for key, _ in self._selector.select(0):
                connection: _TakenConnection = key.data
                answer = self._read(key.fd, connection)
                if answer is None:
                    continue
                answers.append((connection.transport, answer))
                waiting += len(answer.data)
                if waiting > MAX_WAITING_BYTES:
                    _write(answers)
                    waiting = 0
        finally:
            _write(answers)

    def _read(self, descriptor: int, connection: _TakenConnection) -> FastResponse | None:
        """Read once from a socket; returns the answer to what the client has sent."""
        try:
            data = os.read(descriptor, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            data = b""  # the connection is lost
        if not data:
            self.forget(connection.transport)
            connection.transport.close()
            return None
        try:
            return connection.receive(data)
        except Exception:
            # As asyncio does; it logs the error, and the sockets behind this one are still ready.
            connection.transport.abort()
            raise


def _write(answers: list[tuple[asyncio.Transport, FastResponse]]) -> None:
    """Write the answers, and empty the list."""
    for transport, answer in answers:
        answer.write(transport)
    answers.clear()
