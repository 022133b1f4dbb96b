"""A recording: exchanges from a file or a stream, one at a time, with counts of what could not be read.

recording = read_recording("calls.har")
for exchange in recording:
    ...
recording.read_count, recording.unanswered_count, recording.skipped, recording.incomplete
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from mockserver.core.wire import Exchange, SourcePosition
from mockserver.errors import MockError
from mockserver.recordings import har, journal, session_journal
from mockserver.recordings.cassette import CALL_LISTS, CassetteReader
from mockserver.recordings.detect import Dialect, FileFormat, FileVariant, detect_recording
from mockserver.recordings.json_stream import JsonPath, JsonStream
from mockserver.recordings.nock import NockReader
from mockserver.recordings.read_stats import ReadStats
from mockserver.recordings.received_deliveries import parse_delivery
from mockserver.recordings.reorder import in_sent_order
from mockserver.recordings.source import ByteStream, RecordingSource, TextStream, open_file
from mockserver.recordings.yaml_stream import YamlStream
from mockserver.redaction.redactor import Redactor

_FORMATS: Final[dict[FileVariant, FileFormat]] = {
    "har": "har",
    "cassette-json": "cassette",
    "cassette-yaml": "cassette",
    "nock": "cassette",
    "journal": "journal",
    "deliveries": "journal",
    "session-journal": "journal",
    "session-journal-lines": "journal",
}


class Recording:
    """An iterable of exchanges in the order in which they were sent, as far as `reorder.WINDOW` reaches.

    Each iteration over a path (or `-`) reads and counts from the start; a stream can be iterated once. An iteration
    may raise `MockError` REC003 to REC008 with the place in the file, after the exchanges before that place; REC012 or
    REC004 after all exchanges, if there are entries that cannot be read; and REC010 for a stream that was read before.
    """

    def __init__(self, source: RecordingSource, dialect: Dialect, path_prefix: str = "") -> None:
        self.recorder = dialect.recorder
        """The program whose dialect of the format the file is in, such as `go-vcr`; None for the format's own."""
        self._path_prefix = path_prefix
        self._source = source
        self._variant = dialect.variant
        self._stats = ReadStats()

    @property
    def name(self) -> str:
        """The file's path, or the stream's name; `<stdin>` for standard input."""
        return self._source.name

    @property
    def format(self) -> FileFormat:
        """The format it is read as."""
        return _FORMATS[self._variant]

    @property
    def has_measured_times(self) -> bool:
        """True if the times of the exchanges were measured; a cassette has an order and no times."""
        return self.format != "cassette"

    @property
    def read_count(self) -> int:
        """Exchanges yielded so far."""
        return self._stats.read_count

    @property
    def unanswered_count(self) -> int:
        """The number of them that have no answer, or one whose body is not known."""
        return self._stats.unanswered_count

    @property
    def skipped(self) -> Counter[str]:
        """Entries that are no calls of a server or cannot be read, by reason."""
        return self._stats.skipped

    @property
    def incomplete(self) -> Counter[str]:
        """Parts of the exchanges yielded that the recorder did not keep, by reason."""
        return self._stats.incomplete

    def __iter__(self) -> Iterator[Exchange]:
        # A new object each time: an earlier iteration that is still running keeps its own counts.
        stats = ReadStats()
        self._stats = stats
        with self._source.open() as stream:
            for exchange in in_sent_order(self._read(stream, stats)):
                stats.read_count += 1
                stats.unanswered_count += exchange.response is None
                yield without_path_prefix(exchange, self._path_prefix)
        if stats.unread:
            raise MockError(*stats.problems(self.name))

    def _read(self, stream: ByteStream, stats: ReadStats) -> Iterator[Exchange]:
        """Yield the exchanges in the order of the file."""
        if self._variant == "journal":
            yield from journal.read_lines(stream, stats, partial(journal.parse_line, stream.name))
            return
        if self._variant == "deliveries":
            yield from journal.read_lines(stream, stats, parse_delivery)
            return
        if self._variant == "session-journal-lines":
            yield from journal.read_lines(stream, stats, partial(session_journal.parse_entry_line, stats))
            return
        read_interaction = CassetteReader(stats).read_interaction
        if self._variant == "cassette-yaml":
            cassette = YamlStream(stream)
            calls = (
                read_interaction(each, at, may_be_cut=cassette.may_be_cut) for at, each in cassette.elements(CALL_LISTS)
            )
            yield from filter(None, calls)
            return
        parse: Callable[[Any, SourcePosition], Exchange | None] = read_interaction
        path: JsonPath = (CALL_LISTS,)
        if self._variant == "nock":
            path, parse = (), NockReader(stats).read_call
        elif self._variant == "har":
            path, parse = har.ENTRIES_PATH, partial(har.parse_entry, stats)
        elif self._variant == "session-journal":
            path, parse = session_journal.ENTRIES_PATH, partial(session_journal.parse_entry, stats)
        elements = JsonStream(TextStream(stream)).elements(path)
        yield from filter(None, (parse(element, position) for position, element in elements))


def without_path_prefix(exchange: Exchange, prefix: str) -> Exchange:
    """Return an exchange whose path begins behind a prefix; one that lacks the prefix stays as it is."""
    request = exchange.request
    if not prefix or not request.path.startswith(f"{prefix}/"):
        return exchange
    return exchange._replace(request=request._replace(path=request.path.removeprefix(prefix)))


def read_recording(origin: str | Path | IO[bytes] | RecordingSource, *, path_prefix: str = "") -> Recording:
    """Open a recording at a path or in a binary stream, plain or gzipped.

    `path_prefix` is cut off the paths that begin with it. The text `-` is standard input; a pipe is kept while it is
    read. Only the first bytes are read here. Raises `MockError`: REC001 if the file cannot be opened, REC002 if it is
    no recording.
    """
    if not isinstance(origin, RecordingSource):
        origin = RecordingSource(origin)
    return Recording(origin, detect_recording(origin), path_prefix)


def write_journal(calls: Iterable[Exchange], target: str | Path | IO[bytes], redactor: Redactor | None = None) -> int:
    """Write exchanges as journal lines, each redacted and checked before it is written; return their number.

    Without a `redactor` a new one is used. A file at a path is replaced; a stream is left open. Raises `MockError`:
    REC009 if a secret is left (that line and all after it are not written), REC001 if the path cannot be written.
    """
    redactor = redactor or Redactor()
    if isinstance(target, (str, Path)):
        with open_file(Path(target), "wb") as file:
            return write_journal(calls, file, redactor)
    count = 0
    for exchange in calls:
        data = journal.encode_line(redactor.redact_exchange(exchange))
        redactor.check(data)
        target.write(data)
        count += 1
    return count
