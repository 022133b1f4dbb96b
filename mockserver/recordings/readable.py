"""A recording as far as it can be read: a command says what it has read, and then why it read no further.

A judge reads a recording several times. One that is small is read once, and then kept.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mockserver.core.wire import Exchange
from mockserver.errors import MockError, Problem

PROGRESS_EVERY: Final = 2_000
"""Exchanges between two reports of progress."""
MAX_KEPT_BYTES: Final = 1_000_000
"""Bytes of the bodies in a recording that is kept."""
_EXCHANGE_BYTES: Final = 2_000
"""What an exchange takes besides its bodies, as bytes."""


class ReadableExchanges:
    """The exchanges of a recording up to the first that cannot be read; then `problems` says why."""

    def __init__(
        self,
        exchanges: Iterable[Exchange],
        progress: Callable[[int], None],
        note: Callable[[Exchange], None] | None = None,
    ) -> None:
        """Take the exchanges of a file; `progress` gets their number now and then, `note` each before it is yielded."""
        self.problems: tuple[Problem, ...] = ()
        self._exchanges = exchanges
        self._progress = progress
        self._note = note
        self._kept: list[Exchange] | None = None
        """All exchanges, once a small recording was read."""

    def __iter__(self) -> Iterator[Exchange]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Exchange] = []
        room = MAX_KEPT_BYTES
        try:
            for number, exchange in enumerate(self._exchanges):
                if number % PROGRESS_EVERY == 0:
                    self._progress(number)
                if self._note is not None:
                    self._note(exchange)
                if room > 0:
                    room -= exchange.body_bytes + _EXCHANGE_BYTES
                    kept.append(exchange)
                yield exchange
        except MockError as error:
            self.problems = error.problems
        if room > 0:
            self._kept = kept
