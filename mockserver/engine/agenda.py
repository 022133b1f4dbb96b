"""What is due in a session, and when: a heap that the shell works off. Nothing here happens by itself.

A state needs no entry: whoever looks computes it. Only what must reach somebody unasked is here, such as a webhook's
next attempt, a websocket's next tick, an answer that is held back. Each has one entry at a time, so that the heap
grows with what is open, never with what has happened.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

from mockserver.core.instants import Instant


class Due(NamedTuple):
    """Something due: ordered by instant, then by `order` (a job's creation, an effect's index), then as it came."""

    at: Instant
    order: tuple[int, ...]
    seq: int
    what: Any
    """A value that says what to do; its type picks the one who does it."""


class Agenda:
    """The things due in one session."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._seq = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, at: Instant, what: Any, order: tuple[int, ...] = ()) -> None:
        """Put something on the agenda; an instant in the past is due at once."""
        self._seq += 1
        heappush(self._heap, Due(at, order, self._seq, what))

    @property
    def next(self) -> Instant | None:
        """When something is due next; None for never."""
        return self._heap[0].at if self._heap else None

    def take(self, until: Instant) -> Due | None:
        """Take off what is due first, at `until` or before; None where nothing is."""
        return heappop(self._heap) if self._heap and self._heap[0].at <= until else None

    def drop(self, what: Any) -> None:
        """Take off every entry that is this very value."""
        self.keep(lambda due: due is not what)

    def keep(self, fits: Callable[[Any], bool]) -> None:
        """Take off everything else."""
        self._heap = [due for due in self._heap if fits(due.what)]
        heapify(self._heap)
