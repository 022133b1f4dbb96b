"""The signals that stop a command, kept away while its report is written."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def block_stop_signals() -> None:
    """Block SIGINT and SIGTERM until `stop_signals_blocked` ends: the loop's own handlers go when it closes."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


@contextmanager
def stop_signals_blocked() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM within the block: an impatient second one must not cost a report."""
    block_stop_signals()
    try:
        yield
    finally:
        # Ignoring a signal discards the pending one, which would be delivered when it is unblocked.
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        for number, handler in handlers.items():
            signal.signal(number, handler)
