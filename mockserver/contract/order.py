"""Puts exchanges in the order of their sending, and says up to when nothing can come any more.

Sources write an exchange down when it is answered; a judge over time has to see it where it was sent. Either every
sending is announced (`opened`), or a window of exchanges is held back.
"""

import heapq
from collections.abc import Iterator

from mockserver.contract.oracle import Moment
from mockserver.core.instants import MILLISECOND
from mockserver.core.wire import Exchange


class Order:
    """Takes exchanges as they come, and gives them out as they were sent."""

    def __init__(self, window: int) -> None:
        self.late = False
        """Whether the exchange being given out should have come before one that was given out already."""
        self.settled: Moment = 0
        """Before this moment, every sending is known."""
        self._window = window
        self._open: set[Moment] = set()
        self._announces = False
        self._held: list[tuple[Moment, int, Exchange]] = []
        self._number = 0
        self._begun: Moment = 0
        self._ended: Moment = 0

    def opened(self, sent_seq: int) -> None:
        """A request has gone out with that number; its exchange will be added when it ends."""
        self._announces = True
        self._open.add(2 * sent_seq)

    def add(self, exchange: Exchange) -> Iterator[Exchange]:
        """Take an exchange; those whose turn has come by it."""
        begin, end = moments(exchange)
        self._open.discard(begin)
        self._number += 1
        self._ended = max(self._ended, begin if end is None else end)
        heapq.heappush(self._held, (begin, self._number, exchange))
        if self._announces:
            horizon = min(self._open, default=self._ended + 1)
            while self._held and self._held[0][0] < horizon:
                yield self._next(horizon)
        while not self._announces and len(self._held) > self._window:
            yield self._next()

    def rest(self) -> Iterator[Exchange]:
        """Everything that is held back still."""
        while self._held:
            yield self._next()

    def _next(self, horizon: Moment = 0) -> Exchange:
        """The exchange sent first; no two share a sequence number, so with those the next one is sent after it."""
        begin, _, exchange = heapq.heappop(self._held)
        self.late = begin < self._begun
        self._begun = max(self._begun, begin)
        if horizon:
            known = min(horizon, self._held[0][0] if self._held else horizon)
        else:
            known = self._begun + 2 if exchange.sent_seq else self._begun
        self.settled = max(self.settled, known)
        return exchange


def moments(exchange: Exchange) -> tuple[Moment, Moment | None]:
    """An exchange's sending and answer in the order of all: by sequence where it has one, else by time.

    Times are trusted to a millisecond: where an answer and a sending are closer, they may have crossed.
    """
    if exchange.sent_seq:
        return 2 * exchange.sent_seq, 2 * exchange.answered_seq + 1 if exchange.response is not None else None
    answered = exchange.answered
    if exchange.response is None or answered is None:
        return 2 * exchange.sent, None
    return 2 * exchange.sent, 2 * (answered + MILLISECOND) + 1
