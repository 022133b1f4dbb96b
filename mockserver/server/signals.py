"""The signals that stop a command: awaited while it serves, and ignored while its report is written."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from mockserver.server.system import STOP_SIGNALS, block_stop_signals, unblock_stop_signals

Listening = TypeVar("Listening")


def run_until_signal(serving: AbstractAsyncContextManager[Listening], ready: Callable[[Listening], None]) -> None:
    """Serve until SIGINT or SIGTERM, and ignore both from then on; call `ready` once the port answers.

    Raises what `serving` raises.
    """

    async def run() -> None:
        async with serving as listening:
            stopped = stop_signal()
            ready(listening)
            await stopped
            # The loop's handlers go when it closes.
            block_stop_signals()

    asyncio.run(run())
    ignore_stop_signals()


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


def ignore_stop_signals() -> None:
    """Ignore SIGINT and SIGTERM until the process ends: a second one must cost neither the report nor the exit code."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    # Ignoring a blocked signal has discarded it, if it had come.
    unblock_stop_signals()
