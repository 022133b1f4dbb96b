"""One YAML document, taken apart as it is read: the elements of one list, one at a time, within bounds.

Text stays text (a cassette needs the types of two or three scalars, and its reader knows which), `!!binary` becomes
bytes, other tags are ignored. Aliases are followed within bounds, because PyYAML writes them where a list of headers
occurs twice.
"""

from base64 import b64decode
from collections.abc import Generator, Iterator
from typing import Any, Final

from mockserver.core.wire import SourcePosition
from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.source import ByteStream
from mockserver.yamlio import ReadErrorCause, ValueBuilder, YamlCursor, YamlReadError

MAX_DEPTH: Final = 62
"""Levels of nesting, with the document's mapping and its list."""
MAX_VALUE_BYTES: Final = 32_000_000
"""Bytes read without a value coming to its end: one value is larger than that, or the file is no YAML."""
MAX_ANCHORS: Final = 10_000
"""Anchored values remembered at a time; those of the latest calls."""
_NULL_WORDS: Final = ("", "~", "null", "Null", "NULL")
_CODES: Final[dict[ReadErrorCause, str]] = {"depth": "REC007", "size": "REC007"}
_CUT_HINT: Final = "Record it again; add a last line `version: 1` if it is whole."
_HINTS: Final[dict[ReadErrorCause, str]] = {"size": "Record without the body of downloads."}


class PlainText(str):
    """A text that stands in the file without quotes: where a value of a type is meant, `resolve_scalar` has it."""

    __slots__ = ()


Element = tuple[SourcePosition, Any]


class YamlStream:
    """A reader of the elements of one list in a YAML document."""

    def __init__(self, stream: ByteStream, max_value: int = MAX_VALUE_BYTES) -> None:
        self._cursor = _StreamCursor(stream, max_value)
        self._builder = _ElementBuilder(self._cursor)
        self._name = stream.name
        self.pointer = ""
        self.may_be_cut = False
        """True once the last element is yielded, if nothing shows that the file has its end."""

    def elements(self, names: tuple[str, ...]) -> Iterator[Element]:
        """Yield the elements of the list under the first of the top-level keys `names`, each with its position.

        If nothing stands behind the list, it may have been cut off: then `may_be_cut` is True for the last element,
        which may not be whole. Raises `MockError`: REC003 (not YAML), REC004 (nothing before the list either), REC005
        (no such list), REC007 (a bound).
        """
        cursor = self._cursor
        last: list[Element] = []
        found = False
        headed = sealed = False
        try:
            if cursor.advance() != "MappingStart":
                raise self._error("REC005", f"there is no `{names[0]}`")
            while cursor.advance() != "MappingEnd":
                key = self._builder.build()
                cursor.advance()
                if key in names and not found:
                    found = True
                    last = yield from self._list_elements(key)
                else:
                    # VCR writes a key behind the list, which shows that it is whole; go-vcr one before it.
                    self._builder.build()
                    headed, sealed = True, found
        except YamlReadError as error:
            code = _CODES.get(error.cause, "REC003")
            location = Location(self._name, error.line, error.column, self.pointer)
            raise refuse(code, error.message, _HINTS.get(error.cause, ""), location) from None
        if not found:
            raise self._error("REC005", f"there is no `{names[0]}`")
        self.may_be_cut = not sealed
        yield from last
        if not headed:
            raise self._error("REC004", "the cassette has nothing but calls, so its end is missing", _CUT_HINT)

    def _list_elements(self, key: str) -> Generator[Element, None, list[Element]]:
        """Yield all elements but the last, and return the last: it is not whole where the file was cut off."""
        cursor = self._cursor
        if cursor.kind != "SequenceStart":
            raise self._error("REC005", f"`{key}` is not a list")
        held: list[Element] = []
        index = 0
        while cursor.advance() != "SequenceEnd":
            yield from held
            self.pointer = f"/{key}/{index}"
            position = SourcePosition(*cursor.position, self.pointer)
            held = [(position, self._builder.build())]
            index += 1
            self._builder.forget_old_anchors()
        return held

    def _error(self, code: str, message: str, hint: str = "") -> MockError:
        return refuse(code, message, hint, Location(self._name, *self._cursor.position, self.pointer))


class _StreamCursor(YamlCursor):
    """A cursor that refuses to go on where the parser reads too much without coming to an event's end."""

    def __init__(self, stream: ByteStream, max_value: int) -> None:
        self._stream = stream
        self._max_value = max_value
        super().__init__(self, MAX_DEPTH)

    def read(self, size: int = 1 << 14, /) -> bytes:
        """Read for the parser."""
        data = self._stream.read(size)
        self.bytes_since_event += len(data)
        if self.bytes_since_event > self._max_value:
            raise YamlReadError("size", f"one value has more than {self._max_value} bytes")
        return data


class _ElementBuilder(ValueBuilder):
    """Builds values as a recorder means them: text and bytes, any key, aliases of what stands not too far back."""

    def __init__(self, cursor: YamlCursor) -> None:
        super().__init__(cursor)
        self._anchors: dict[str, Any] = {}

    def build(self) -> Any:
        """Build the value at the cursor, and remember it if it has an anchor."""
        event, kind = self.cursor.event, self.cursor.kind
        value = self.build_scalar() if kind == "Scalar" else super().build()
        # Only a value that is complete gets its name: an alias inside of its own value finds nothing, and no cycle
        # can arise.
        if event.anchor and kind != "Alias":
            self._anchors[event.anchor] = value
        return value

    def build_key(self, mapping: dict[str, Any]) -> str:
        """Build a key; one that is no text becomes empty."""
        key = self.build()
        if isinstance(key, str):
            return key
        return ""

    def build_scalar(self) -> Any:
        """Build text, bytes or None. Raises `YamlReadError` for a `!!binary` that is no base64."""
        event = self.cursor.event
        if event.tag and event.tag.endswith(":binary"):
            try:
                return b64decode("".join(event.value.split()), validate=True)
            except ValueError:
                raise self.cursor.error("data", "this is marked as binary, and is not base64") from None
        if event.style or event.tag:
            return event.value
        return None if event.value in _NULL_WORDS else PlainText(event.value)

    def resolve_alias(self) -> Any:
        """Return the value of an alias. Raises `YamlReadError` if it is not, or no longer, remembered."""
        name = self.cursor.event.anchor
        if name not in self._anchors:
            raise self.cursor.error("data", f"the value `&{name}` stands too far back, or nowhere")
        return self._anchors[name]

    def forget_old_anchors(self) -> None:
        """Keep only the latest anchors (a dict keeps the order of insertion)."""
        while len(self._anchors) > MAX_ANCHORS:
            del self._anchors[next(iter(self._anchors))]
