"""Takes the connections of clients off listening sockets, and waits while the process has too few file descriptors.

Every connection is a file descriptor, and a process may have only so many (`ulimit -n`). asyncio's own servers accept
until the very last one is taken. Then no file can be read, no webhook sent, and the log gets a traceback for each
further connection, a hundred at a time.

An `Acceptor` leaves the last `SPARE_DESCRIPTORS` alone. It is in one of two states:

- *accepting*: the event loop calls `_accept` whenever a client waits at a listening socket;
- *paused*: the loop watches no socket, and clients wait in the kernel's queue. Every `RETRY_SECONDS` it looks whether
  enough descriptors have become free, and then accepts again. The log gets one line a minute at most.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Final

from mockserver.server.system import descriptors_left

LOG: Final = logging.getLogger("mockserver")
BACKLOG: Final = 1_024
"""Connections that wait in the kernel's queue of a listening socket; it refuses more."""
SPARE_DESCRIPTORS: Final = 32
"""File descriptors that no connection takes: they are for webhooks, files and modules."""
RETRY_SECONDS: Final = 0.25
"""Seconds between two looks at the free file descriptors while paused."""
LOG_SECONDS: Final = 60.0
"""Seconds between two lines in the log about missing file descriptors."""
MAX_ACCEPTED_AT_ONCE: Final = 100
"""Connections that are accepted before the event loop does anything else."""


class Acceptor:
    """Accepts the connections of some listening sockets until it is closed, which closes the sockets too."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        spare_descriptors: int = SPARE_DESCRIPTORS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Begin to accept, in the running event loop; each connection gets a protocol of its own."""
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._protocol_factory = protocol_factory
        self._spare_descriptors = spare_descriptors
        self._tls = tls
        self._handovers: set[asyncio.Task[None]] = set()
        """Connections on their way to their protocols: the loop itself keeps no reference to a task."""
        self._accept_loops: list[asyncio.Task[None]] = []
        """One for each socket, where the event loop cannot say that a client waits."""
        self._next_look: asyncio.TimerHandle | None = None
        """When paused, the next look at the descriptors; None while accepting."""
        self._logged_at = -LOG_SECONDS
        """The loop's time, in seconds, of the latest line in the log."""
        self._resume()

    def close(self) -> None:
        """Accept no more, and close the listening sockets; connections that were accepted stay."""
        self._ignore_clients()
        if self._next_look is not None:
            self._next_look.cancel()
        for listening in self._sockets:
            listening.close()

    def _resume(self) -> None:
        """Accept, if enough descriptors are free; else pause."""
        self._next_look = None
        if self._lacks_descriptors():
            self._pause()
            return
        for listening in self._sockets:
            self._watch(listening)

    def _watch(self, listening: socket.socket) -> None:
        """Accept the clients of one socket from now on."""
        try:
            self._loop.add_reader(listening.fileno(), self._accept, listening)
        except NotImplementedError:
            # The loop of Windows completes operations, and does not say when a socket is readable.
            self._accept_loops.append(self._loop.create_task(self._accept_each(listening)))

    def _pause(self) -> None:
        """Accept nothing until the next look."""
        self._ignore_clients()
        self._next_look = self._loop.call_later(RETRY_SECONDS, self._resume)
        if self._loop.time() - self._logged_at >= LOG_SECONDS:
            self._logged_at = self._loop.time()
            LOG.warning("no more connections are accepted until some are closed: too many open files (ulimit -n)")

    def _ignore_clients(self) -> None:
        for listening in self._sockets:
            with contextlib.suppress(NotImplementedError):
                self._loop.remove_reader(listening.fileno())
        for accept_loop in self._accept_loops:
            accept_loop.cancel()
        self._accept_loops.clear()

    def _lacks_descriptors(self) -> bool:
        return descriptors_left(self._sockets[0]) < self._spare_descriptors

    def _accept(self, listening: socket.socket) -> None:
        """Accept the clients that wait at one socket; pause if they take what is to be left free."""
        for _ in range(MAX_ACCEPTED_AT_ONCE):
            try:
                connection, _ = listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return  # no client waits any more, or it has gone
            except OSError:
                self._pause()  # no descriptor or no memory is left
                return
            connection.setblocking(False)
            self._hand_over(connection)
            if self._lacks_descriptors():
                self._pause()
                return

    async def _accept_each(self, listening: socket.socket) -> None:
        """Accept the clients of one socket, one after another; pause if no descriptor is left."""
        while not self._lacks_descriptors():
            try:
                connection, _ = await self._loop.sock_accept(listening)
            except ConnectionError:
                continue  # the client has gone
            except OSError:
                break  # no descriptor or no memory is left
            self._hand_over(connection)
        self._pause()

    def _hand_over(self, connection: socket.socket) -> None:
        handover = self._loop.create_task(self._give_protocol(connection))
        self._handovers.add(handover)
        handover.add_done_callback(self._handovers.discard)

    async def _give_protocol(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client has gone again, or speaks no TLS
            await self._loop.connect_accepted_socket(self._protocol_factory, connection, ssl=self._tls)
