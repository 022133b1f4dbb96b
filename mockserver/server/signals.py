"""The signals that stop a command: awaited while it serves, and blocked while its report is written."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

from mockserver.server.system import STOP_SIGNALS, block_stop_signals, unblock_stop_signals

Listening = TypeVar("Listening")


def run_until_signal(serving: AbstractAsyncContextManager[Listening], ready: Callable[[Listening], None]) -> None:
    """Serve until SIGINT or SIGTERM; call `ready` once the port answers.

    Both signals are blocked from then on; a `stop_signals_blocked` around the report unblocks them. Raises what
    `serving` raises.
    """

    async def run() -> None:
        async with serving as listening:
            stopped = stop_signal()
            ready(listening)
            await stopped
            block_stop_signals()

    asyncio.run(run())


def stop_signal() -> "asyncio.Future[signal.Signals]":
    """Return a future of the first SIGINT or SIGTERM of this process."""
    loop = asyncio.get_running_loop()
    received: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if not received.done():
            received.set_result(number)

    for number in STOP_SIGNALS:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:
            # The loop of Windows has no handlers of its own, but wakes up for those of the process.
            signal.signal(number, lambda number, _: loop.call_soon_threadsafe(stop, signal.Signals(number)))
    return received


@contextmanager
def stop_signals_blocked() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM within the block: an impatient second one must not cost a report.

    A caller may have blocked them earlier: an event loop's own handlers go when it closes.
    """
    block_stop_signals()
    try:
        yield
    finally:
        # Ignoring a signal discards the pending one, which would be delivered when it is unblocked.
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
        unblock_stop_signals()
        for number, handler in handlers.items():
            signal.signal(number, handler)
