"""A command that serves until Ctrl-C, run in this process: traffic comes from another thread, and then the signal."""

import os
import signal
from collections.abc import Callable
from threading import Thread
from typing import Any


def interrupted_after(traffic: Callable[[str], object], forever: Callable[..., None]) -> Callable[..., None]:
    """Return `forever`, which then sends traffic to its URL once it listens, and ends with SIGINT after it."""

    def until(served: Any, host: str, port: int, ready: Callable[[Any], None]) -> None:
        def go(url: str) -> None:
            try:
                traffic(url)
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        def begin(address: Any) -> None:
            ready(address)
            Thread(target=go, args=(address.url,)).start()

        forever(served, host, port, begin)

    return until
