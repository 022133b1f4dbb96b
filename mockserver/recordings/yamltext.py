"""One YAML document, taken apart as it is read: the elements of one list, one at a time, bounded and without magic.

Only PyYAML's parser is used, and the values are built here: text stays text (a cassette needs the types of two or
three scalars, and its reader knows which), `!!binary` becomes bytes, other tags are ignored and nothing is ever
constructed. Aliases are followed within bounds, because PyYAML writes them where a list of headers occurs twice.
"""

from base64 import b64decode
from collections.abc import Generator, Iterator
from typing import Any, Final

from mockserver.core.wire import Spot
from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.source import Stream

DEEPEST: Final = 60
"""Levels of nesting."""
LARGEST: Final = 32_000_000
"""Bytes read without a value coming to its end: one value is larger than that, or the file is no YAML."""
ANCHORS: Final = 10_000
"""Anchored values remembered at a time; those of the latest calls."""
_NULLS: Final = ("", "~", "null", "Null", "NULL")


class YamlText:
    """A cursor in the events of a YAML text."""

    def __init__(self, stream: Stream, largest: int = LARGEST) -> None:
        self._meter = _Meter(stream, largest)
        self._name = stream.name
        self._anchors: dict[str, Any] = {}
        self._event: Any = None
        self.pointer = ""

    def array(self, names: tuple[str, ...]) -> Iterator[tuple[Spot, Any]]:
        """The elements of the list under the first of the top-level keys `names` that is there, each with its place.

        Raises `MockError`: REC003, REC004 (nothing but the list is there, so the last element may not be whole; it is
        kept back), REC005 (no such list), REC007.
        """
        import yaml

        try:
            self._events = yaml.parse(self._meter, Loader=yaml.CSafeLoader)
            yield from self._array(names)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise self._refuse("REC003", f"this is not YAML: {what}", mark) from None

    def _array(self, names: tuple[str, ...]) -> Iterator[tuple[Spot, Any]]:
        for _ in range(3):  # the stream's start, the document's, and its first value's
            self._step()
        missing = f"there is no `{names[0]}`"
        if self._kind != "MappingStart":
            raise self._refuse("REC005", missing)
        last: list[tuple[Spot, Any]] = []
        found = sealed = False
        while self._step() != "MappingEnd":
            key = self._value(0)
            self._step()
            if key in names and not found:
                last, found = (yield from self._elements(key)), True
            else:
                self._value(0)
                sealed = True
        if not found:
            raise self._refuse("REC005", missing)
        if not sealed:
            raise self._refuse("REC004", "the file ends after a list of calls and lacks its `version`: it was cut off")
        yield from last

    def _elements(self, key: str) -> Generator[tuple[Spot, Any], None, list[tuple[Spot, Any]]]:
        """All elements but the last, which is returned: where the file was cut off, the last is not whole."""
        if self._kind != "SequenceStart":
            raise self._refuse("REC005", f"`{key}` is no list")
        held: list[tuple[Spot, Any]] = []
        index = 0
        while self._step() != "SequenceEnd":
            yield from held
            self.pointer = f"/{key}/{index}"
            spot = Spot(*_place(self._event.start_mark), self.pointer)
            held = [(spot, self._value(0))]
            index += 1
            while len(self._anchors) > ANCHORS:
                del self._anchors[next(iter(self._anchors))]
        return held

    def _step(self) -> str:
        """Go to the next event; its kind."""
        self._meter.quiet = 0
        self._event = next(self._events, None)
        self._kind = type(self._event).__name__.removesuffix("Event")
        return self._kind

    def _value(self, depth: int) -> Any:
        """The value whose first event is the present one; ends at its last."""
        if depth > DEEPEST:
            raise self._refuse("REC007", f"the nesting goes further here than any call needs, {DEEPEST} levels")
        event = self._event
        value = _BUILDERS[self._kind](self, depth)
        if event.anchor and self._kind != "Alias":
            self._anchors[event.anchor] = value
        return value

    def _mapping(self, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        while self._step() != "MappingEnd":
            key = self._value(depth + 1)
            self._step()
            built[key if isinstance(key, str) else ""] = self._value(depth + 1)
        return built

    def _sequence(self, depth: int) -> list[Any]:
        built = []
        while self._step() != "SequenceEnd":
            built.append(self._value(depth + 1))
        return built

    def _scalar(self, _depth: int) -> Any:
        event = self._event
        if event.tag and event.tag.endswith(":binary"):
            try:
                return b64decode("".join(event.value.split()), validate=True)
            except ValueError:
                raise self._refuse("REC003", "this is marked as binary, and is not base64") from None
        return None if not event.style and not event.tag and event.value in _NULLS else event.value

    def _alias(self, _depth: int) -> Any:
        if self._event.anchor not in self._anchors:
            raise self._refuse("REC003", f"the value `&{self._event.anchor}` stands too far back, or nowhere")
        return self._anchors[self._event.anchor]

    def _refuse(self, code: str, message: str, mark: Any = None) -> MockError:
        place = mark or getattr(self._event, "start_mark", None)
        line, column = _place(place) if place else (0, 0)
        return refuse(code, message, "", Location(self._name, line, column, self.pointer))


def _place(mark: Any) -> tuple[int, int]:
    """Line and column of a mark, from 1."""
    return mark.line + 1, mark.column + 1


_BUILDERS: Final = {
    "MappingStart": YamlText._mapping,
    "SequenceStart": YamlText._sequence,
    "Scalar": YamlText._scalar,
    "Alias": YamlText._alias,
}


class _Meter:
    """The stream, as the parser reads it; refuses to go on where one value swallows too much."""

    def __init__(self, stream: Stream, largest: int) -> None:
        self.quiet = 0
        """Bytes since the last event."""
        self._stream = stream
        self._largest = largest

    def read(self, size: int = 1 << 14, /) -> bytes:
        data = self._stream.read(size)
        self.quiet += len(data)
        if self.quiet > self._largest:
            what = f"one value has more than {self._largest} bytes"
            raise refuse("REC007", what, "Record without the body of downloads.", Location(self._stream.name))
        return data
