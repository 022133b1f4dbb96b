"""A thread for what takes long of one request and depends on nothing that changes meanwhile.

Python switches between threads every few milliseconds, so the event loop answers other requests in between. There is
one thread: a second one would only make the others wait twice as long.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Value = TypeVar("Value")


class WorkThread:
    """One piece of work after the other, in a thread that is started by the first."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="mockserver-work")

    async def run(self, work: Callable[[], Value]) -> Value:
        """Return what `work` returns; it must be pure. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def shut_down(self) -> None:
        """Begin no more work; what has begun ends by itself."""
        self._executor.shutdown(wait=False, cancel_futures=True)
