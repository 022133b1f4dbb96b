"""Ends a server together with the process that started it, so that a test run that crashes leaves no server behind.

Two signs are watched. Standard input, if it is a pipe or a socket: its end comes when the other process closes it or
ends, on every system. And, where processes have a parent, the parent's id: an orphan gets another one. A terminal, a
file or `/dev/null` as standard input say nothing.
"""

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

CHECK_SECONDS: Final = 0.25
"""Seconds between two looks at the parent's id."""
STDIN_DESCRIPTOR: Final = 0
_READ_BYTES: Final = 65_536


@asynccontextmanager
async def parent_watched(
    stop: Callable[[], None], parent: int, descriptor: int = STDIN_DESCRIPTOR
) -> AsyncIterator[None]:
    """Call `stop` once within the block if `parent`, which started this process, has ended, or has closed its pipe."""
    loop = asyncio.get_running_loop()
    if is_pipe(descriptor):

        def read_to_end() -> None:
            # What is read means nothing. An error means that the pipe is closed on this side too.
            with suppress(OSError):
                while os.read(descriptor, _READ_BYTES):
                    pass
            with suppress(RuntimeError):  # the server has ended first, and its loop is closed
                loop.call_soon_threadsafe(stop)

        # A thread, because not every system can wait for a pipe otherwise; it ends with the process.
        threading.Thread(target=read_to_end, name="parent", daemon=True).start()
    watch = loop.create_task(wait_for_orphanage(stop, parent))
    try:
        yield
    finally:
        watch.cancel()


async def wait_for_orphanage(stop: Callable[[], None], parent: int) -> None:
    """Call `stop` once this process has another parent than the given one, which may have ended already."""
    while os.getppid() == parent:
        await asyncio.sleep(CHECK_SECONDS)
    stop()


def is_pipe(descriptor: int) -> bool:
    """Return True for a pipe or a socket: they end when no process holds the other side."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
