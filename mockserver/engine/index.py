"""Jobs by state, without a timer: one byte a job, and a heap of the instants at which something is due.

Theory of operation. `states` holds one byte for each job, in the order of creation; finding the next job of a state
is a search for a byte. The heap holds the instant of each job that time will move; `next_due` holds the same by job,
so that an outdated entry is recognized when it falls due, and polling a job adds no entries. Catching up to an instant
folds the jobs that were changed, the new ones and those that have fallen due, and nothing else. It can be done in
slices, so that a million jobs delay no poll.
"""

import heapq
import math
from array import array
from collections.abc import Callable, Iterator
from typing import Final

from mockserver.core.instants import Instant

DELETED: Final = 0
"""The byte of a deleted job."""
_NEVER: Final = -1 << 62
_SHIFT: Final = 40
"""A heap entry is one integer, instant and number: half the size of a pair."""

IndexedState = tuple[str, Instant | None]
"""A job's state, and when time next changes it."""


class StateIndex:
    """The states of the jobs 0 .. n-1 of one kind, as `state_of(number, now)` returns them (None: deleted).

    `numbers` and `count` are about the instant of the last `catch_up`; it never goes back.
    """

    def __init__(self, state_of: Callable[[int, Instant], IndexedState | None], job_count: Callable[[], int]) -> None:
        self._state_of = state_of
        self._job_count = job_count
        self._states = bytearray()
        self._codes: dict[str, int] = {}
        self._due_heap: list[int] = []
        self._next_due = array("q")
        self._dirty: set[int] = set()

    def catch_up(self, now: Instant, limit: float = math.inf) -> bool:
        """Bring every job's state up to `now`, folding at most `limit` jobs; returns True if that was enough."""
        left = limit
        while left > 0 and self._dirty:
            self._refresh(self._dirty.pop(), now)
            left -= 1
        while left > 0 and len(self._states) < self._job_count():
            self._states.append(DELETED)
            self._next_due.append(_NEVER)
            self._refresh(len(self._states) - 1, now)
            left -= 1
        while left > 0 and self._has_due(now):
            due, number = divmod(heapq.heappop(self._due_heap), 1 << _SHIFT)
            # Another instant means that the job has changed since: that change made an entry of its own.
            if due == self._next_due[number]:
                self._refresh(number, now)
                left -= 1
        return not self._dirty and len(self._states) == self._job_count() and not self._has_due(now)

    def _has_due(self, now: Instant) -> bool:
        return bool(self._due_heap) and self._due_heap[0] >> _SHIFT <= now

    def invalidate(self, number: int) -> None:
        """Fold a job at the next `catch_up`: something other than time has changed it."""
        if number < len(self._states):
            self._dirty.add(number)

    def _refresh(self, number: int, now: Instant) -> None:
        found = self._state_of(number, now)
        known = self._next_due[number]
        if found is None:
            self._states[number] = DELETED
            self._next_due[number] = _NEVER
            return
        state, due = found
        self._states[number] = self._codes.setdefault(state, len(self._codes) + 1)
        if due is None:
            self._next_due[number] = _NEVER
            return
        self._next_due[number] = due
        if due != known:  # else the entry is in the heap already
            heapq.heappush(self._due_heap, due << _SHIFT | number)

    def numbers(self, states: frozenset[str], start: int, *, oldest_first: bool) -> Iterator[int]:
        """Yield the numbers of the jobs in one of `states`, from `start` (excluded) on, in order."""
        # One search per state, merged: of the next job of each state, the nearest comes first.
        nearest = min if oldest_first else max
        codes = [code for state, code in self._codes.items() if state in states]
        found = {self._next_number(start, code, oldest_first=oldest_first): code for code in codes}
        found.pop(-1, None)
        while found:
            at = nearest(found)
            yield at
            code = found.pop(at)
            after = self._next_number(at, code, oldest_first=oldest_first)
            if after >= 0:
                found[after] = code

    def _next_number(self, position: int, code: int, *, oldest_first: bool) -> int:
        """Return the next number of that code from `position` (excluded) on; -1 for none."""
        if oldest_first:
            return self._states.find(code, position + 1)
        return self._states.rfind(code, 0, max(position, 0))

    def count(self, states: frozenset[str]) -> int:
        """Return the number of jobs in one of `states`."""
        return sum(self._states.count(code) for state, code in self._codes.items() if state in states)
