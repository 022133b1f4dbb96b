"""What is due in a session, and when: a heap that the shell works off. Nothing here happens by itself.

A state needs no entry: whoever looks computes it. Only what must reach somebody unasked is here, such as a webhook's
next attempt, a websocket's next tick, an answer that is held back. Each has one entry at a time, so that the heap
grows with what is open, never with what has happened.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant


class ScheduleEntry(NamedTuple):
    """Something due: ordered by instant, then by `order` (a job's creation, an effect's index), then as it came."""

    at: Instant
    order: tuple[int, ...]
    seq: int
    item: Any
    """A value that says what to do; its type picks the one who does it."""


MAX_DROPPED: Final = 64
"""Dropped entries that may lie in a heap, whatever its size."""


class Schedule:
    """The things due in one session.

    An entry that is dropped lies in the heap until it comes to the top, or until such entries are the more: thousands
    of clients may go at once, and a search of the heap for each would be a long time.
    """

    def __init__(self) -> None:
        self._heap: list[ScheduleEntry] = []
        self._active: set[int] = set()
        self._seq = 0

    def __len__(self) -> int:
        return len(self._active)

    def add(self, at: Instant, item: Any, order: tuple[int, ...] = ()) -> ScheduleEntry:
        """Put something on the agenda; an instant in the past is due at once. The entry, to be dropped by."""
        self._seq += 1
        due = ScheduleEntry(at, order, self._seq, item)
        heappush(self._heap, due)
        self._active.add(due.seq)
        return due

    @property
    def next_due(self) -> Instant | None:
        """When something is due next; None for never."""
        while self._heap and self._heap[0].seq not in self._active:
            heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def pop_due(self, until: Instant) -> ScheduleEntry | None:
        """Take off what is due first, at `until` or before; None where nothing is."""
        first = self.next_due
        if first is None or first > until:
            return None
        due = heappop(self._heap)
        self._active.remove(due.seq)
        return due

    def cancel(self, entry: ScheduleEntry) -> None:
        """Take off an entry, if it is there yet."""
        self._active.discard(entry.seq)
        if len(self._heap) > 2 * len(self._active) + MAX_DROPPED:
            self.retain(lambda what: True)

    def retain(self, wanted: Callable[[Any], bool]) -> None:
        """Take off everything else."""
        self._heap = [due for due in self._heap if due.seq in self._active and wanted(due.item)]
        heapify(self._heap)
        self._active = {due.seq for due in self._heap}
