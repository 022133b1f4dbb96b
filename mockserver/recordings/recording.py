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

from mockserver.core.wire import Exchange, SourcePosition
from mockserver.recordings import har, journal
from mockserver.recordings.cassette import CALL_LISTS, CassetteReader
from mockserver.recordings.detect import FileFormat, FileVariant, detect_variant
from mockserver.recordings.json_stream import JsonStream
from mockserver.recordings.read_stats import ReadStats
from mockserver.recordings.redact import Redactor
from mockserver.recordings.reorder import in_sent_order
from mockserver.recordings.source import ByteStream, RecordingSource, TextStream, open_file
from mockserver.recordings.yaml_stream import YamlStream


class Recording:
    """Iterate over it for its exchanges, in the order of their sending (as far as `order.WINDOW` reaches).

    Of a path (and of `-`) every iteration reads anew and counts anew; of a stream there is one. While it runs it may
    raise `MockError` with the place in the file; the exchanges before that place have been given out then.
    """

    def __init__(self, source: RecordingSource, variant: FileVariant) -> None:
        self._source = source
        self._variant: FileVariant = variant
        self._stats = ReadStats()

    @property
    def name(self) -> str:
        """The file's path, or the stream's name."""
        return self._source.name

    @property
    def format(self) -> FileFormat:
        """What it was read as."""
        return _FORMATS[self._variant]

    @property
    def has_measured_times(self) -> bool:
        """Whether the times of the exchanges were measured; a cassette has an order and no times."""
        return self.format != "cassette"

    @property
    def read_count(self) -> int:
        """Exchanges given out so far."""
        return self._stats.read_count

    @property
    def unanswered_count(self) -> int:
        """How many of them have no answer, or one whose body is not known."""
        return self._stats.unanswered_count

    @property
    def skipped(self) -> Counter[str]:
        """Entries that are no calls of a server or cannot be read, by reason."""
        return self._stats.skipped

    @property
    def incomplete(self) -> Counter[str]:
        """What the recorder did not keep of the exchanges given out, by reason."""
        return self._stats.incomplete

    def __iter__(self) -> Iterator[Exchange]:
        self._stats = tally = ReadStats()
        with self._source.open() as stream:
            for exchange in in_sent_order(_READERS[self._variant](stream, tally)):
                tally.read_count += 1
                tally.unanswered_count += exchange.response is None
                yield exchange


def read_recording(origin: str | Path | IO[bytes] | RecordingSource, *, kind: str = "auto") -> Recording:
    """A recording from a path or a binary stream, plain or gzipped; `kind` is `auto`, `har`, `cassette` or `journal`.

    The text `-` is standard input. What a path leads to that is no file (a pipe) is kept while it is read. Only the
    first bytes are looked at here. Raises `MockError`: REC001 where the file cannot be opened, REC002 where it is no
    recording, or no such kind; while iterating REC003 to REC008, and REC010.
    """
    source = origin if isinstance(origin, RecordingSource) else RecordingSource(origin)
    return Recording(source, detect_variant(source.head(), source.name, kind))


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
        return _write_lines(exchanges, target, redactor)
    with open_file(Path(target), "wb") as file:
        return _write_lines(exchanges, file, redactor)


def _write_lines(exchanges: Iterable[Exchange], file: IO[bytes], redactor: Redactor) -> int:
    count = 0
    for exchange in exchanges:
        data = journal.encode_line(redactor.redact_exchange(exchange))
        redactor.check(data)
        file.write(data)
        count += 1
    return count


def _read_har(stream: ByteStream, stats: ReadStats) -> Iterator[Exchange]:
    for spot, entry in JsonStream(TextStream(stream)).elements(har.ENTRIES_PATH):
        exchange = har.parse_entry(entry, stats, spot)
        if exchange:
            yield exchange


def _read_cassette(interactions: Iterable[tuple[SourcePosition, object]], stats: ReadStats) -> Iterator[Exchange]:
    tape = CassetteReader(stats)
    for spot, interaction in interactions:
        exchange = tape.read_interaction(interaction, spot)
        if exchange:
            yield exchange


def _read_json_cassette(stream: ByteStream, stats: ReadStats) -> Iterator[Exchange]:
    return _read_cassette(JsonStream(TextStream(stream)).elements(CALL_LISTS), stats)


def _read_yaml_cassette(stream: ByteStream, stats: ReadStats) -> Iterator[Exchange]:
    return _read_cassette(YamlStream(stream).elements(CALL_LISTS), stats)


_READERS: Final[dict[FileVariant, Callable[[ByteStream, ReadStats], Iterator[Exchange]]]] = {
    "har": _read_har,
    "cassette-json": _read_json_cassette,
    "cassette-yaml": _read_yaml_cassette,
    "journal": journal.read_lines,
}
_FORMATS: Final[dict[FileVariant, FileFormat]] = {
    "har": "har",
    "cassette-json": "cassette",
    "cassette-yaml": "cassette",
    "journal": "journal",
}
