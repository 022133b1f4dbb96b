"""A recording: exchanges from a file or a stream, one at a time, and the counts of what could not be had.

recording = read("calls.har")
for exchange in recording:
    ...
recording.read, recording.unanswered, recording.skipped, recording.incomplete
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from mockserver.core.wire import Exchange, Spot
from mockserver.recordings import har, journal
from mockserver.recordings.cassette import LISTS, Tape
from mockserver.recordings.jsontext import JsonText
from mockserver.recordings.kinds import Form, Kind, form_of
from mockserver.recordings.order import in_order
from mockserver.recordings.redact import Redactor
from mockserver.recordings.source import Source, Stream, Text, opened
from mockserver.recordings.tally import Tally
from mockserver.recordings.yamltext import YamlText


class Recording:
    """Iterate over it for its exchanges, in the order of their sending (as far as `order.WINDOW` reaches).

    Of a path (and of `-`) every iteration reads anew and counts anew; of a stream there is one. While it runs it may
    raise `MockError` with the place in the file; the exchanges before that place have been given out then.
    """

    def __init__(self, source: Source, form: Form) -> None:
        self._source = source
        self._form: Form = form
        self._tally = Tally()

    @property
    def name(self) -> str:
        """The file's path, or the stream's name."""
        return self._source.name

    @property
    def kind(self) -> Kind:
        """What it was read as."""
        return _KINDS[self._form]

    @property
    def measured(self) -> bool:
        """Whether the times of the exchanges were measured; a cassette has an order and no times."""
        return self.kind != "cassette"

    @property
    def read(self) -> int:
        """Exchanges given out so far."""
        return self._tally.read

    @property
    def unanswered(self) -> int:
        """How many of them have no answer, or one whose body is not known."""
        return self._tally.unanswered

    @property
    def skipped(self) -> Counter[str]:
        """Entries that are no calls of a server or cannot be read, by reason."""
        return self._tally.skipped

    @property
    def incomplete(self) -> Counter[str]:
        """What the recorder did not keep of the exchanges given out, by reason."""
        return self._tally.incomplete

    def __iter__(self) -> Iterator[Exchange]:
        self._tally = tally = Tally()
        with self._source.open() as stream:
            for exchange in in_order(_READERS[self._form](stream, tally)):
                tally.read += 1
                tally.unanswered += exchange.response is None
                yield exchange


def read(origin: str | Path | IO[bytes] | Source, *, kind: str = "auto") -> Recording:
    """A recording from a path or a binary stream, plain or gzipped; `kind` is `auto`, `har`, `cassette` or `journal`.

    The text `-` is standard input. What a path leads to that is no file (a pipe) is kept while it is read. Only the
    first bytes are looked at here. Raises `MockError`: REC001 where the file cannot be opened, REC002 where it is no
    recording, or no such kind; while iterating REC003 to REC008, and REC010.
    """
    source = origin if isinstance(origin, Source) else Source(origin)
    return Recording(source, form_of(source.head(), source.name, kind))


def write_journal(
    exchanges: Iterable[Exchange], target: str | Path | IO[bytes], redactor: Redactor | None = None
) -> int:
    """Write exchanges as journal lines, each redacted and checked before it is written; how many there were.

    Without a `redactor` a fresh one is used; `redact.Verbatim` writes all as it is. A path is written anew; a stream
    is written to and left open. Raises `MockError`: REC009 where a secret is left (that line and all after it are
    not written), REC001 where the path cannot be written.
    """
    redactor = redactor or Redactor()
    if not isinstance(target, (str, Path)):
        return _write(exchanges, target, redactor)
    with opened(Path(target), "wb") as file:
        return _write(exchanges, file, redactor)


def _write(exchanges: Iterable[Exchange], file: IO[bytes], redactor: Redactor) -> int:
    count = 0
    for exchange in exchanges:
        data = journal.line(redactor.exchange(exchange))
        redactor.check(data)
        file.write(data)
        count += 1
    return count


def _har(stream: Stream, tally: Tally) -> Iterator[Exchange]:
    for spot, entry in JsonText(Text(stream)).array(har.PATH):
        exchange = har.exchange(entry, tally, spot)
        if exchange:
            yield exchange


def _tape(interactions: Iterable[tuple[Spot, object]], tally: Tally) -> Iterator[Exchange]:
    tape = Tape(tally)
    for spot, interaction in interactions:
        exchange = tape.exchange(interaction, spot)
        if exchange:
            yield exchange


def _cassette_json(stream: Stream, tally: Tally) -> Iterator[Exchange]:
    return _tape(JsonText(Text(stream)).array(LISTS), tally)


def _cassette_yaml(stream: Stream, tally: Tally) -> Iterator[Exchange]:
    return _tape(YamlText(stream).array(LISTS), tally)


_READERS: Final[dict[Form, Callable[[Stream, Tally], Iterator[Exchange]]]] = {
    "har": _har,
    "cassette-json": _cassette_json,
    "cassette-yaml": _cassette_yaml,
    "journal": journal.exchanges,
}
_KINDS: Final[dict[Form, Kind]] = {
    "har": "har",
    "cassette-json": "cassette",
    "cassette-yaml": "cassette",
    "journal": "journal",
}
