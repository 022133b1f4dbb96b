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
import os
import resource
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Final

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
        if self._count_free_descriptors() < self._spare_descriptors:
            self._pause()
            return
        for listening in self._sockets:
            self._loop.add_reader(listening.fileno(), self._accept, listening)

    def _pause(self) -> None:
        """Accept nothing until the next look."""
        self._ignore_clients()
        self._next_look = self._loop.call_later(RETRY_SECONDS, self._resume)
        if self._loop.time() - self._logged_at >= LOG_SECONDS:
            self._logged_at = self._loop.time()
            limit = _descriptor_limit()
            LOG.warning("no more connections are accepted until some are closed: %d open files (ulimit -n)", limit)

    def _ignore_clients(self) -> None:
        for listening in self._sockets:
            self._loop.remove_reader(listening.fileno())

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
            handover = self._loop.create_task(self._give_protocol(connection))
            self._handovers.add(handover)
            handover.add_done_callback(self._handovers.discard)
            # The kernel gives out the lowest free number, so the new one says how many are taken below it.
            if _descriptor_limit() - connection.fileno() < self._spare_descriptors:
                self._pause()
                return

    async def _give_protocol(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client has gone again, or speaks no TLS
            await self._loop.connect_accepted_socket(self._protocol_factory, connection, ssl=self._tls)

    def _count_free_descriptors(self) -> int:
        """Return how many descriptors are free at least: those from the lowest free one up to the limit."""
        try:
            lowest = os.dup(self._sockets[0].fileno())
        except OSError:
            return 0
        os.close(lowest)
        return _descriptor_limit() - lowest


def _descriptor_limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
