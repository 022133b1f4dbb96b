"""Jobs by state, without a timer: one byte a job, and a heap of the instants at which something is due.

Theory of operation. `states` holds one byte for each job, in the order of creation; finding the next job of a state
is a search for a byte. The heap holds, for each job that time will move, when. Catching up to an instant pops what
has fallen due, settles those jobs and nothing else. The index is built at its first use and caught up at each; both
can be done in slices, so that a million jobs delay nobody's poll.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Final

from mockserver.core.instants import Instant

GONE: Final = 0
"""The byte of a deleted job."""
_SHIFT: Final = 40
"""A heap entry is one integer, instant and number: half the size of a pair."""

Settled = tuple[str, Instant | None]
"""A job's state, and when time next changes it."""


class StateIndex:
    """The states of the jobs 0 .. n-1 of one kind; `settle(number, now)` is how it learns them (None: deleted)."""

    def __init__(self, settle: Callable[[int, Instant], Settled | None], total: Callable[[], int]) -> None:
        self._settle = settle
        self._total = total
        self._states = bytearray()
        self._codes: dict[str, int] = {}
        self._due: list[int] = []

    def catch_up(self, now: Instant, most: int | None = None) -> bool:
        """Know every job's state at `now`, looking at no more than `most` jobs; whether that was enough."""
        left = self._total() + len(self._due) + 1 if most is None else most
        while left > 0 and len(self._states) < self._total():
            number = len(self._states)
            self._states.append(GONE)
            self._learn(number, now)
            left -= 1
        while left > 0 and self._due and self._due[0] >> _SHIFT <= now:
            self._learn(heapq.heappop(self._due) & (1 << _SHIFT) - 1, now)
            left -= 1
        caught = not self._due or self._due[0] >> _SHIFT > now
        return caught and len(self._states) == self._total()

    def touch(self, number: int, now: Instant) -> None:
        """A job has changed otherwise than by time: learn it anew, if it is known at all."""
        if number < len(self._states):
            self._learn(number, now)

    def _learn(self, number: int, now: Instant) -> None:
        settled = self._settle(number, now)
        if settled is None:
            self._states[number] = GONE
            return
        state, due = settled
        self._states[number] = self._codes.setdefault(state, len(self._codes) + 1)
        if due is not None:
            heapq.heappush(self._due, due << _SHIFT | number)

    def numbers(self, states: frozenset[str], start: int, *, oldest_first: bool) -> Iterator[int]:
        """Numbers of the jobs in one of `states`, from `start` (excluded) on; the index must have caught up."""
        codes = [code for state, code in self._codes.items() if state in states]
        find = self._states.find if oldest_first else self._states.rfind
        nearest = min if oldest_first else max
        at = start
        while codes:
            span = (at + 1, len(self._states)) if oldest_first else (0, max(at, 0))
            found = {code: place for code in codes if (place := find(code, *span)) >= 0}
            if not found:
                return
            codes = list(found)
            at = nearest(found.values())
            yield at

    def count(self, states: frozenset[str]) -> int:
        """How many jobs are in one of `states`; the index must have caught up."""
        return sum(self._states.count(code) for state, code in self._codes.items() if state in states)
