"""Puts exchanges in the order of their sending, and knows the point before which no other exchange can follow.

Theory of operation. Sources report an exchange when it is answered; a judge over time must see it at the place of its
sending. Either the source announces every sending (`announce`), and an exchange is released once no earlier sending is
open; or a window of exchanges is held back.
"""

import heapq
from collections.abc import Iterable, Iterator

from mockserver.contract.judge.placed_exchange import sequence_points
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.core.wire import Exchange

SentExchange = tuple[Exchange, SequencePoint, SequencePoint | None]
"""An exchange with the places of its sending and of its answer."""


class ReorderBuffer:
    """Accepts exchanges in the order of their answers and releases them in the order of their sending."""

    def __init__(self, window: int) -> None:
        self.is_late = False
        """True if the exchange just released should have come before one that was released earlier."""
        self.settled_before: SequencePoint = 0
        """Every exchange sent before this point has been released. It never falls."""
        self._window = window
        self._open_sendings: set[SequencePoint] = set()
        self._has_announcements = False
        self._heap: list[tuple[SequencePoint, int, SentExchange]] = []
        """By sending; the number of arrival keeps exchanges with one sending in their order."""
        self._arrivals = 0
        self._last_begin: SequencePoint = 0
        """The latest sending among the released exchanges."""
        self._last_end: SequencePoint = 0
        """The latest answer among all exchanges."""

    def announce(self, sent_seq: int) -> None:
        """Announce a request that was sent with this number; its exchange is added when it ends."""
        self._has_announcements = True
        self._open_sendings.add(2 * sent_seq)

    def add(self, exchange: Exchange) -> Iterable[SentExchange]:
        """Add an exchange; return those that may be released now, one after the other."""
        begin, end = sequence_points(exchange)
        sent = exchange, begin, end
        if not (self._window or self._has_announcements):
            self._release(begin, exchange)
            return (sent,)
        self._open_sendings.discard(begin)
        self._arrivals += 1
        self._last_end = max(self._last_end, end or begin)
        heapq.heappush(self._heap, (begin, self._arrivals, sent))
        return self._release_certain()

    def _release_certain(self) -> Iterator[SentExchange]:
        if not self._has_announcements:
            while len(self._heap) > self._window:
                yield self._pop()
            return
        # Nothing can still arrive that was sent before the first open sending, or before now if none is open.
        horizon = min(self._open_sendings, default=self._last_end + 1)
        while self._heap and self._heap[0][0] < horizon:
            yield self._pop(horizon)

    def drain(self) -> Iterator[SentExchange]:
        """Yield all exchanges that are held back."""
        while self._heap:
            yield self._pop()

    def _pop(self, horizon: SequencePoint | None = None) -> SentExchange:
        """Release the exchange that was sent first, and move `settled_before` forward."""
        begin, _, sent = heapq.heappop(self._heap)
        if horizon is not None and self._heap:
            horizon = min(horizon, self._heap[0][0])
        self._release(begin, sent[0], horizon)
        return sent

    def _release(self, begin: SequencePoint, exchange: Exchange, horizon: SequencePoint | None = None) -> None:
        self.is_late = begin < self._last_begin
        if not self.is_late:
            self._last_begin = begin
        settled = horizon
        if settled is None:
            # No two exchanges share a sequence number, so the next one was sent at the next even point or later.
            settled = self._last_begin + 2 if exchange.sent_seq else self._last_begin
        if settled > self.settled_before:
            self.settled_before = settled
