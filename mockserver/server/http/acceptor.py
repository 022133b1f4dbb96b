"""Accepts connections on listening sockets, and stops for a while when the process runs out of file descriptors.

asyncio's own servers log a traceback for each connection that they cannot accept, a hundred at a time, and use the very
last descriptor, so that nothing else can open a file or a socket. Here some are left over, the log gets one line, and
clients wait in the kernel's queue until connections have been closed.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Final

from mockserver.server.system import descriptors_left

LOG: Final = logging.getLogger("mockserver")
BACKLOG: Final = 1_024
"""Connections that the kernel keeps until they are accepted."""
SPARE_DESCRIPTORS: Final = 32
"""File descriptors that no connection takes: for webhooks, files and modules."""
RETRY_SECONDS: Final = 0.25
"""Seconds between two looks at the file descriptors while there are too few."""
LOG_SECONDS: Final = 60.0
"""Seconds between two lines in the log about missing file descriptors."""
ACCEPTED_AT_ONCE: Final = 100
"""Connections that are accepted before others get a turn."""


class Acceptor:
    """Accepts the connections of some listening sockets until it is closed; it closes them too."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        spare_descriptors: int = SPARE_DESCRIPTORS,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._protocol_factory = protocol_factory
        self._spare_descriptors = spare_descriptors
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        """One for each socket where the event loop cannot tell that a socket is readable."""
        self._retry: asyncio.TimerHandle | None = None
        """The next look at the descriptors; None while connections are accepted."""
        self._logged_at = -LOG_SECONDS
        """The loop's time of the latest line about missing descriptors in the log."""
        self._resume()

    def close(self) -> None:
        """Accept no more; connections that were accepted stay."""
        self._stop_reading()
        if self._retry is not None:
            self._retry.cancel()
        for listening in self._sockets:
            listening.close()

    def _resume(self) -> None:
        """Accept connections, if there are enough descriptors."""
        self._retry = None
        if self._lacks_descriptors():
            self._pause()
            return
        for listening in self._sockets:
            self._watch(listening)

    def _watch(self, listening: socket.socket) -> None:
        """Accept the connections of one socket from now on."""
        try:
            self._loop.add_reader(listening.fileno(), self._accept, listening)
        except NotImplementedError:
            # The loop of Windows completes operations, and does not say when a socket is readable.
            self._loops.append(self._loop.create_task(self._accept_each(listening)))

    def _pause(self) -> None:
        """Accept no connections for a moment."""
        self._stop_reading()
        self._retry = self._loop.call_later(RETRY_SECONDS, self._resume)
        if self._loop.time() - self._logged_at >= LOG_SECONDS:
            self._logged_at = self._loop.time()
            LOG.warning("no more connections are accepted until some are closed: too many open files (ulimit -n)")

    def _stop_reading(self) -> None:
        for listening in self._sockets:
            with contextlib.suppress(NotImplementedError):
                self._loop.remove_reader(listening.fileno())
        for loop in self._loops:
            loop.cancel()
        self._loops.clear()

    def _lacks_descriptors(self) -> bool:
        return descriptors_left(self._sockets[0]) < self._spare_descriptors

    def _accept(self, listening: socket.socket) -> None:
        """Accept the connections that wait on a socket."""
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, _ = listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError:  # no descriptor, no memory: later
                self._pause()
                return
            connection.setblocking(False)
            self._start(connection)
            if self._lacks_descriptors():
                self._pause()
                return

    async def _accept_each(self, listening: socket.socket) -> None:
        """Accept the connections of a socket one by one."""
        while True:
            try:
                connection, _ = await self._loop.sock_accept(listening)
            except ConnectionError:
                continue
            except OSError:
                self._pause()
                return
            self._start(connection)

    def _start(self, connection: socket.socket) -> None:
        task = self._loop.create_task(self._begin(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, connection: socket.socket) -> None:
        """Connect an accepted socket with a new protocol."""
        with contextlib.suppress(OSError):  # the client has gone again
            await self._loop.connect_accepted_socket(self._protocol_factory, connection)
