"""What is due in a session, and when: a heap that the shell works off. Nothing here happens by itself.

A state needs no entry: it is computed when it is read. The schedule holds only what must be sent unrequested: a
webhook's next attempt, a websocket's next tick, a response that is held back. Each of these has one entry at a time, so
the heap grows with what is open, never with what has happened.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush, nsmallest
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant

MAX_CANCELLED: Final = 64
"""Cancelled entries that may stay in a heap, whatever its size."""


class ScheduleEntry(NamedTuple):
    """Something due: ordered by instant, then by `order` (a job's creation, an effect's index), then by insertion."""

    at: Instant
    order: tuple[int, ...]
    seq: int
    item: Any
    """A value that describes the work; its type selects the handler."""


class Schedule:
    """The entries of one session.

    A cancelled entry stays in the heap until it reaches the top, or until cancelled entries are the majority: thousands
    of clients may disconnect at once, and a search of the heap for each would take long.
    """

    def __init__(self) -> None:
        self.active: set[int] = set()
        """The numbers of the entries that are neither done nor cancelled."""
        self._heap: list[ScheduleEntry] = []
        self._seq = 0

    def __len__(self) -> int:
        return len(self.active)

    def add(self, at: Instant, item: Any, order: tuple[int, ...] = ()) -> ScheduleEntry:
        """Add an entry, and return it for `cancel`; an instant in the past is due at once."""
        self._seq += 1
        entry = ScheduleEntry(at, order, self._seq, item)
        heappush(self._heap, entry)
        self.active.add(entry.seq)
        return entry

    @property
    def next_due(self) -> Instant | None:
        """The instant of the first entry; None for an empty schedule."""
        while self._heap and self._heap[0].seq not in self.active:
            heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def pop_due(self, until: Instant) -> ScheduleEntry | None:
        """Remove and return the first entry, if it is due at `until` or before; else None."""
        first = self.next_due
        if first is None or first > until:
            return None
        entry = heappop(self._heap)
        self.active.remove(entry.seq)
        return entry

    def count_due(self, until: Instant) -> int:
        """Return how many entries are due at `until` or before."""
        return sum(entry.at <= until and entry.seq in self.active for entry in self._heap)

    def first_due(self, until: Instant, limit: int) -> list[ScheduleEntry]:
        """Return the first entries, at most `limit`, that are due at `until` or before, in their order."""
        due = (entry for entry in self._heap if entry.at <= until and entry.seq in self.active)
        return nsmallest(limit, due, key=lambda entry: entry[:3])

    def cancel(self, entry: ScheduleEntry) -> None:
        """Remove an entry; does nothing if it is not there any more."""
        self.active.discard(entry.seq)
        if len(self._heap) > 2 * len(self.active) + MAX_CANCELLED:
            self.retain(lambda item: True)

    def retain(self, wanted: Callable[[Any], bool]) -> None:
        """Remove the cancelled entries, and those whose item is not wanted."""
        self._heap = [entry for entry in self._heap if entry.seq in self.active and wanted(entry.item)]
        heapify(self._heap)
        self.active = {entry.seq for entry in self._heap}
