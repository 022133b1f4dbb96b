"""Puts calls into the order in which they were sent, as far as a bounded window reaches.

Browsers list calls by their start, proxies by their end; either way a call is out of place by no more than the calls
that overlapped it. The sequence numbers are right in any order; a judge of a stream needs it nearly right.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Final

from mockserver.core.wire import Exchange
from mockserver.errors import MockError

WINDOW: Final = 1_000
"""Exchanges held back at most."""
WINDOW_BYTES: Final = 8_000_000
"""Bytes of their bodies held back at most."""


def in_sent_order(
    exchanges: Iterable[Exchange], window: int = WINDOW, window_bytes: int = WINDOW_BYTES
) -> Iterator[Exchange]:
    """Yield the same exchanges by `sent_seq`; those of equal number, and those beyond the window, as they came.

    Raises the `MockError` of a recording that breaks off, after the exchanges that were held back.
    """
    # `place` breaks ties, so that equal numbers keep their order and exchanges are never compared.
    held: list[tuple[int, int, Exchange]] = []
    broken_off: MockError | None = None
    try:
        for place, exchange in enumerate(exchanges):
            heappush(held, (exchange.sent_seq, place, exchange))
            window_bytes -= exchange.body_bytes
            while len(held) > window or (window_bytes < 0 and len(held) > 1):
                first = heappop(held)[2]
                window_bytes += first.body_bytes
                yield first
    except MockError as error:
        broken_off = error
    while held:
        yield heappop(held)[2]
    if broken_off is not None:
        raise broken_off
