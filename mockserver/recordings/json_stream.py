"""One JSON document, taken apart as it is read: the elements of one array, one at a time.

Theory of operation. The standard library's scanner, written in C, reads a value from the middle of a text and says
where it ended. So the text is held in a buffer that always begins before the value at hand; where the scanner meets
the end of the buffer, the buffer is doubled and it tries again. A value that outgrows `LARGEST` is walked instead,
string by string: strings longer than `LONGEST` (the body of a download) are replaced by `CUT` as they pass and
never held, and what is left is read as usual. Every element and every problem has its line and column.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mockserver.core.wire import SourcePosition
from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.source import TextStream

CHUNK_CHARACTERS: Final = 1 << 17
"""Characters read at a time."""
MAX_VALUE_CHARACTERS: Final = 16_000_000
"""Characters of one value that are held at once."""
MAX_STRING_CHARACTERS: Final = 14_000_000
"""Characters of one string in a value beyond `LARGEST`: 10 MB in base64."""
OMITTED: Final = "\0longer than a recording needs\0"
"""Stands for a string, or a whole value, that was too long."""

_MAX_PARTIAL_TOKEN: Final = 12
"""An error this close to the end of the buffer may be a token that is not all there."""
_SPACE = re.compile(r"[ \t\r\n]*")
_PARTIAL_TOKEN = re.compile(r"[-+.\w\\]*\Z")
_OUTSIDE_STRING = re.compile(r'[^"{}\[\]]*+')
_INSIDE_STRING = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCAN = json.JSONDecoder(strict=False).raw_decode
_OMITTED_JSON: Final = json.dumps(OMITTED)


class JsonStream:
    """A cursor in a JSON text."""

    def __init__(
        self, text: TextStream, max_value: int = MAX_VALUE_CHARACTERS, max_string: int = MAX_STRING_CHARACTERS
    ) -> None:
        self.pointer = ""
        """Where in the document the cursor is, for problems."""
        self._text = text
        self._max_value = max_value
        self._max_string = max_string
        self._buffer = ""
        self._cursor = 0
        self._counted_to = 0
        """The place of the buffer that `_line` and `_column` are of; never behind the cursor's."""
        self._line, self._column = 1, 1

    def elements(self, path: Sequence[str]) -> Iterator[tuple[SourcePosition, Any]]:
        """The elements of the array at `path`, each with its place; a value beyond all bounds is `CUT`.

        What follows the array is not read. Raises `MockError`: REC003, REC004 (the text ends too early), REC005 (no
        such array), REC007.
        """
        for depth, name in enumerate(path):
            self._enter_key(name, "/" + "/".join(path[: depth + 1]))
        self._expect_bracket("[", f"`{'.'.join(path)}` is no list")
        base, index, end = self.pointer, 0, self._peek() == "]"
        while not end:
            self.pointer = f"{base}/{index}"
            self._peek()
            self._update_position(self._cursor)
            yield SourcePosition(self._line, self._column, self.pointer), self._scan_value()
            index += 1
            end = self._comma_or_end("]")

    def _enter_key(self, name: str, pointer: str) -> None:
        """Go to the value of a key of the object that begins here."""
        missing = f"there is no `{pointer[1:].replace('/', '.')}`"
        self._expect_bracket("{", f"{missing}: this is no object")
        end = self._peek() == "}"
        while not end:
            key = self._next_value()
            self._expect_colon()
            if key == name:
                self.pointer = pointer
                return
            self._next_value()
            end = self._comma_or_end("}")
        raise self._error_at("REC005", missing, self._cursor)

    def _expect_bracket(self, bracket: str, error_message: str) -> None:
        char = self._peek()
        if not char:
            raise self._malformed_error("", self._cursor, cut=True)
        if char != bracket:
            raise self._error_at("REC005", error_message, self._cursor)
        self._cursor += 1

    def _expect_colon(self) -> None:
        if self._peek() != ":":
            raise self._malformed_error("Expecting ':' delimiter", self._cursor)
        self._cursor += 1

    def _comma_or_end(self, close: str) -> bool:
        """Step over a comma, or stop before the closing bracket and say so."""
        char = self._peek()
        if char == close:
            return True
        if char != ",":
            raise self._malformed_error("Expecting ',' delimiter", self._cursor)
        self._cursor += 1
        return False

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self._cursor = self._skip(_SPACE)
            if self._cursor < len(self._buffer):
                return self._buffer[self._cursor]
            if not self._read_more():
                return ""

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._buffer, self._cursor)
        return found.end() if found else self._cursor

    def _read_more(self) -> bool:
        """Drop what was read, double what is left; at the end of the text change nothing and be False."""
        more = self._text.read(max(CHUNK_CHARACTERS, len(self._buffer) - self._cursor))
        if not more:
            return False
        self._update_position(self._cursor)
        self._buffer = self._buffer[self._cursor :] + more
        self._cursor = self._counted_to = 0
        return True

    def _update_position(self, at: int) -> None:
        """Bring line and column up to a place of the buffer."""
        lines = self._buffer.count("\n", self._counted_to, at)
        self._line += lines
        self._column = at - self._buffer.rindex("\n", 0, at) if lines else self._column + at - self._counted_to
        self._counted_to = at

    def _next_value(self) -> Any:
        """The next value."""
        self._peek()
        return self._scan_value()

    def _scan_value(self) -> Any:
        """The value that begins here."""
        while True:
            try:
                value, end = _SCAN(self._buffer, self._cursor)
            except json.JSONDecodeError as error:
                self._read_on_or_raise(error)
            except (RecursionError, ValueError) as error:
                what = "nesting" if isinstance(error, RecursionError) else "a number"
                raise self._error_at("REC007", f"{what} goes further here than any call needs", self._cursor) from None
            else:
                # A number that ends with the buffer, or two characters before it (`1` of `1e+`), may go on after it.
                if end + 2 < len(self._buffer) or not isinstance(value, (int, float)) or not self._read_more():
                    self._cursor = end
                    return value
            if len(self._buffer) - self._cursor > self._max_value:
                return self._scan_large_value()

    def _read_on_or_raise(self, error: json.JSONDecodeError) -> None:
        """Read on where the error may come from the end of the buffer; else raise it."""
        unended = error.msg.startswith("Unterminated string")
        if not (unended or error.pos >= len(self._buffer) - _MAX_PARTIAL_TOKEN):
            raise self._malformed_error(error.msg, error.pos)
        if not self._read_more():
            cut = unended or bool(_PARTIAL_TOKEN.match(self._buffer, error.pos))
            raise self._malformed_error(error.msg, error.pos, cut=cut)

    def _scan_large_value(self) -> Any:
        """The value that begins here without its longest strings; `CUT` where it is too large even so."""
        start = self._location(self._cursor)
        kept: list[str] = []
        room = self._max_value
        for piece in self._pieces():
            room -= len(piece)
            if room < 0:
                kept.clear()
            else:
                kept.append(piece)
        try:
            return json.loads("".join(kept), strict=False) if room >= 0 else OMITTED
        except (ValueError, RecursionError) as error:
            raise refuse("REC003", f"this is not JSON: {error}", "", start) from None

    def _pieces(self) -> Iterator[str]:
        """The text of the value that begins here, piece by piece."""
        depth = 0
        while True:
            yield from self._take_while(_OUTSIDE_STRING)
            char = self._buffer[self._cursor]
            self._cursor += 1
            if char == '"':
                yield self._large_string()
            else:
                depth += 1 if char in "{[" else -1
                yield char
            if depth <= 0:
                return

    def _large_string(self) -> str:
        kept: list[str] = []
        room = self._max_string
        for piece in self._take_while(_INSIDE_STRING):
            room -= len(piece)
            if room < 0:
                kept.clear()
            else:
                kept.append(piece)
        self._cursor += 1
        return f'"{"".join(kept)}"' if room >= 0 else _OMITTED_JSON

    def _take_while(self, pattern: re.Pattern[str]) -> Iterator[str]:
        """All that fits a pattern, chunk by chunk, up to a character that does not."""
        while True:
            end = self._skip(pattern)
            yield self._buffer[self._cursor : end]
            self._cursor = end
            if end < len(self._buffer) and self._buffer[end] != "\\":
                return
            if not self._read_more():
                raise self._malformed_error("", self._cursor, cut=True)

    def _malformed_error(self, message: str, at: int, *, cut: bool = False) -> MockError:
        if cut or at >= len(self._buffer):
            hint = "Save it again; what stands before this place was read."
            return self._error_at("REC004", "the file ends here, in the middle of a value", len(self._buffer), hint)
        return self._error_at("REC003", f"this is not JSON: {message[:1].lower()}{message[1:]}", at)

    def _error_at(self, code: str, message: str, at: int, hint: str = "") -> MockError:
        return refuse(code, message, hint, self._location(at))

    def _location(self, at: int) -> Location:
        self._update_position(at)
        return Location(self._text.name, self._line, self._column, self.pointer)
