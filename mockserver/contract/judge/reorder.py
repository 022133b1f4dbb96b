"""Puts exchanges in the order of their sending, and says up to when nothing can come any more.

Sources write an exchange down when it is answered; a judge over time has to see it where it was sent. Either every
sending is announced (`opened`), or a window of exchanges is held back.
"""

import heapq
from collections.abc import Iterator

from mockserver.contract.oracle.possible_states import SequencePoint
from mockserver.core.instants import MILLISECOND
from mockserver.core.wire import Exchange


class ReorderBuffer:
    """Takes exchanges as they come, and gives them out as they were sent."""

    def __init__(self, window: int) -> None:
        self.is_late = False
        """Whether the exchange being given out should have come before one that was given out already."""
        self.settled_before: SequencePoint = 0
        """Before this moment, every sending is known."""
        self._window = window
        self._open_sendings: set[SequencePoint] = set()
        self._has_announcements = False
        self._heap: list[tuple[SequencePoint, int, Exchange]] = []
        self._counter = 0
        self._last_begin: SequencePoint = 0
        self._last_end: SequencePoint = 0

    def announce(self, sent_seq: int) -> None:
        """A request has gone out with that number; its exchange will be added when it ends."""
        self._has_announcements = True
        self._open_sendings.add(2 * sent_seq)

    def add(self, exchange: Exchange) -> Iterator[Exchange]:
        """Take an exchange; those whose turn has come by it."""
        begin, end = sequence_points(exchange)
        self._open_sendings.discard(begin)
        self._counter += 1
        self._last_end = max(self._last_end, begin if end is None else end)
        heapq.heappush(self._heap, (begin, self._counter, exchange))
        if self._has_announcements:
            horizon = min(self._open_sendings, default=self._last_end + 1)
            while self._heap and self._heap[0][0] < horizon:
                yield self._pop(horizon)
        while not self._has_announcements and len(self._heap) > self._window:
            yield self._pop()

    def drain(self) -> Iterator[Exchange]:
        """Everything that is held back still."""
        while self._heap:
            yield self._pop()

    def _pop(self, horizon: SequencePoint = 0) -> Exchange:
        """The exchange sent first; no two share a sequence number, so with those the next one is sent after it."""
        begin, _, exchange = heapq.heappop(self._heap)
        self.is_late = begin < self._last_begin
        self._last_begin = max(self._last_begin, begin)
        if horizon:
            known = min(horizon, self._heap[0][0] if self._heap else horizon)
        else:
            known = self._last_begin + 2 if exchange.sent_seq else self._last_begin
        self.settled_before = max(self.settled_before, known)
        return exchange


def sequence_points(exchange: Exchange) -> tuple[SequencePoint, SequencePoint | None]:
    """An exchange's sending and answer in the order of all: by sequence where it has one, else by time.

    Times are trusted to a millisecond: where an answer and a sending are closer, they may have crossed.
    """
    if exchange.sent_seq:
        return 2 * exchange.sent_seq, 2 * exchange.answered_seq + 1 if exchange.response is not None else None
    answered = exchange.answered_at
    if exchange.response is None or answered is None:
        return 2 * exchange.sent_at, None
    return 2 * exchange.sent_at, 2 * (answered + MILLISECOND) + 1
