"""Several things at once, each in a thread of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def run_together(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all tasks, in their order; none begins before every thread is there. What one raises is raised."""
    ready = Barrier(len(tasks))

    def begin(task: Callable[[], T]) -> T:
        ready.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(begin, tasks))
