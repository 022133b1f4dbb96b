"""A recording as far as it can be read: a command says what it has read, and then why it read no further."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mockserver.core.wire import Exchange
from mockserver.errors import MockError, Problem

PROGRESS_EVERY: Final = 2_000
"""Exchanges between two reports of progress."""


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

    def __iter__(self) -> Iterator[Exchange]:
        try:
            for number, exchange in enumerate(self._exchanges):
                if number % PROGRESS_EVERY == 0:
                    self._progress(number)
                if self._note is not None:
                    self._note(exchange)
                yield exchange
        except MockError as error:
            self.problems = error.problems
