"""Simultaneous calls, each in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def run_together(task: Callable[[int], T], count: int) -> list[T]:
    """Call `task(0)` to `task(count - 1)` at once and return the results in that order; raises what a task raises."""
    barrier = Barrier(count)

    def start(index: int) -> T:
        # No task begins before every thread is running: requests of a group must overlap.
        barrier.wait()
        return task(index)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(start, range(count)))
