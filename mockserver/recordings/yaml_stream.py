"""One YAML document, taken apart as it is read: the elements of one list, one at a time, bounded and without magic.

Only PyYAML's parser is used, and the values are built here: text stays text (a cassette needs the types of two or
three scalars, and its reader knows which), `!!binary` becomes bytes, other tags are ignored and nothing is ever
constructed. Aliases are followed within bounds, because PyYAML writes them where a list of headers occurs twice.
"""

from base64 import b64decode
from collections.abc import Generator, Iterator
from typing import Any, Final

from mockserver.core.wire import SourcePosition
from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.source import ByteStream

MAX_DEPTH: Final = 60
"""Levels of nesting."""
MAX_VALUE_BYTES: Final = 32_000_000
"""Bytes read without a value coming to its end: one value is larger than that, or the file is no YAML."""
MAX_ANCHORS: Final = 10_000
"""Anchored values remembered at a time; those of the latest calls."""
_NULL_WORDS: Final = ("", "~", "null", "Null", "NULL")


class YamlStream:
    """A cursor in the events of a YAML text."""

    def __init__(self, stream: ByteStream, max_value: int = MAX_VALUE_BYTES) -> None:
        self._reader = _BoundedReader(stream, max_value)
        self._name = stream.name
        self._anchors: dict[str, Any] = {}
        self._event: Any = None
        self.pointer = ""

    def elements(self, names: tuple[str, ...]) -> Iterator[tuple[SourcePosition, Any]]:
        """The elements of the list under the first of the top-level keys `names` that is there, each with its place.

        Raises `MockError`: REC003, REC004 (nothing but the list is there, so the last element may not be whole; it is
        kept back), REC005 (no such list), REC007.
        """
        import yaml

        try:
            self._events = yaml.parse(self._reader, Loader=yaml.CSafeLoader)
            yield from self._find_list(names)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "stop_reason", None) or str(error).splitlines()[0]
            raise self._error_at("REC003", f"this is not YAML: {what}", mark) from None

    def _find_list(self, names: tuple[str, ...]) -> Iterator[tuple[SourcePosition, Any]]:
        for _ in range(3):  # the stream's start, the document's, and its first value's
            self._next_event()
        missing = f"there is no `{names[0]}`"
        if self._event_kind != "MappingStart":
            raise self._error_at("REC005", missing)
        last: list[tuple[SourcePosition, Any]] = []
        found = sealed = False
        while self._next_event() != "MappingEnd":
            key = self._build_value(0)
            self._next_event()
            if key in names and not found:
                last, found = (yield from self._list_elements(key)), True
            else:
                self._build_value(0)
                sealed = True
        if not found:
            raise self._error_at("REC005", missing)
        if not sealed:
            raise self._error_at(
                "REC004", "the file ends after a list of calls and lacks its `version`: it was cut off"
            )
        yield from last

    def _list_elements(self, key: str) -> Generator[tuple[SourcePosition, Any], None, list[tuple[SourcePosition, Any]]]:
        """All elements but the last, which is returned: where the file was cut off, the last is not whole."""
        if self._event_kind != "SequenceStart":
            raise self._error_at("REC005", f"`{key}` is no list")
        held: list[tuple[SourcePosition, Any]] = []
        index = 0
        while self._next_event() != "SequenceEnd":
            yield from held
            self.pointer = f"/{key}/{index}"
            spot = SourcePosition(*_line_and_column(self._event.start_mark), self.pointer)
            held = [(spot, self._build_value(0))]
            index += 1
            while len(self._anchors) > MAX_ANCHORS:
                del self._anchors[next(iter(self._anchors))]
        return held

    def _next_event(self) -> str:
        """Go to the next event; its kind."""
        self._reader.bytes_since_event = 0
        self._event = next(self._events, None)
        self._event_kind = type(self._event).__name__.removesuffix("Event")
        return self._event_kind

    def _build_value(self, depth: int) -> Any:
        """The value whose first event is the present one; ends at its last."""
        if depth > MAX_DEPTH:
            raise self._error_at("REC007", f"the nesting goes further here than any call needs, {MAX_DEPTH} levels")
        event = self._event
        value = _BUILDERS[self._event_kind](self, depth)
        if event.anchor and self._event_kind != "Alias":
            self._anchors[event.anchor] = value
        return value

    def _build_mapping(self, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        while self._next_event() != "MappingEnd":
            key = self._build_value(depth + 1)
            self._next_event()
            built[key if isinstance(key, str) else ""] = self._build_value(depth + 1)
        return built

    def _build_sequence(self, depth: int) -> list[Any]:
        built = []
        while self._next_event() != "SequenceEnd":
            built.append(self._build_value(depth + 1))
        return built

    def _build_scalar(self, _depth: int) -> Any:
        event = self._event
        if event.tag and event.tag.endswith(":binary"):
            try:
                return b64decode("".join(event.value.split()), validate=True)
            except ValueError:
                raise self._error_at("REC003", "this is marked as binary, and is not base64") from None
        return None if not event.style and not event.tag and event.value in _NULL_WORDS else event.value

    def _resolve_alias(self, _depth: int) -> Any:
        if self._event.anchor not in self._anchors:
            raise self._error_at("REC003", f"the value `&{self._event.anchor}` stands too far back, or nowhere")
        return self._anchors[self._event.anchor]

    def _error_at(self, code: str, message: str, mark: Any = None) -> MockError:
        place = mark or getattr(self._event, "start_mark", None)
        line, column = _line_and_column(place) if place else (0, 0)
        return refuse(code, message, "", Location(self._name, line, column, self.pointer))


def _line_and_column(mark: Any) -> tuple[int, int]:
    """Line and column of a mark, from 1."""
    return mark.line + 1, mark.column + 1


_BUILDERS: Final = {
    "MappingStart": YamlStream._build_mapping,
    "SequenceStart": YamlStream._build_sequence,
    "Scalar": YamlStream._build_scalar,
    "Alias": YamlStream._resolve_alias,
}


class _BoundedReader:
    """The stream, as the parser reads it; refuses to go on where one value swallows too much."""

    def __init__(self, stream: ByteStream, max_value: int) -> None:
        self.bytes_since_event = 0
        """Bytes since the last event."""
        self._stream = stream
        self._max_value = max_value

    def read(self, size: int = 1 << 14, /) -> bytes:
        data = self._stream.read(size)
        self.bytes_since_event += len(data)
        if self.bytes_since_event > self._max_value:
            what = f"one value has more than {self._max_value} bytes"
            raise refuse("REC007", what, "Record without the body of downloads.", Location(self._stream.name))
        return data
