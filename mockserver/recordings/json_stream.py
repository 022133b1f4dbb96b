"""One JSON document, read as a stream: the elements of one array, one at a time.

Theory of operation. The standard library's scanner, written in C, scans a value from the middle of a text and returns
where it ended. The stream keeps a buffer and a cursor:

1. `_buffer[:_cursor]` is consumed, `_buffer[_cursor:]` is not; the text behind the buffer has not been read.
2. The cursor is never inside a string or a number, except while a large value is walked.
3. A read drops the consumed part and at least doubles the rest, so a value that is scanned again after every read
   costs no more than twice its length in all.
4. `_line` and `_column` are the position of `_counted_to`, which is never behind the cursor.

If the scanner fails near the end of the buffer, the value may simply not be complete: more is read and the scan is
repeated. A value that outgrows `max_value` is walked instead, string by string: strings longer than `max_string` (the
body of a download) are replaced by `OMITTED` as they pass and never held, and the rest is parsed as usual.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from mockserver.core.wire import SourcePosition
from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.source import TextStream

CHUNK_CHARACTERS: Final = 1 << 17
"""Characters read at a time."""
MAX_VALUE_CHARACTERS: Final = 16_000_000
"""Characters of one value that are held at once."""
MAX_STRING_CHARACTERS: Final = 14_000_000
"""Characters of one string in a value beyond `MAX_VALUE_CHARACTERS`: 10 MB in base64."""
OMITTED: Final = "\0longer than a recording needs\0"
"""Replaces a string, or a whole value, that is too long."""
JsonPath = Sequence[tuple[str, ...]]
"""The keys that lead to a value, each with its alternatives; none for the value at the top."""

_MAX_PARTIAL_TOKEN: Final = 12
"""An error this close to the end of the buffer may be an incomplete token: `\\ud83d\\ude0` is eleven characters."""
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
        """The cursor's place in the document, for error messages."""
        self._text = text
        self._max_value = max_value
        self._max_string = max_string
        self._buffer = ""
        self._cursor = 0
        self._counted_to = 0
        self._line = 1
        self._column = 1

    def elements(self, path: JsonPath) -> Iterator[tuple[SourcePosition, Any]]:
        """Yield the elements of the array at `path` with their positions; one that is too large is `OMITTED`.

        What follows the array is not read. Raises `MockError`: REC003 (not JSON), REC004 (the text ends too early),
        REC005 (no such array), REC007 (nested too deeply, or a number too long).
        """
        for names in path:
            self._enter_key(names)
        self._expect_bracket("[", f"`{self.pointer[1:].replace('/', '.')}` is not a list")
        base = self.pointer
        index = 0
        is_end = self._peek() == "]"
        while not is_end:
            self.pointer = f"{base}/{index}"
            self._peek()
            self._update_position(self._cursor)
            yield SourcePosition(self._line, self._column, self.pointer), self._scan_value()
            index += 1
            is_end = self._comma_or_end("]")

    def _enter_key(self, names: tuple[str, ...]) -> None:
        """Move to the value of the first of these keys in the object that begins here; what precedes it is skipped."""
        missing = f"there is no `{f'{self.pointer}/{names[0]}'[1:].replace('/', '.')}`"
        self._expect_bracket("{", f"{missing}: this is not an object")
        is_end = self._peek() == "}"
        while not is_end:
            self._peek()
            key = self._scan_value()
            if self._peek() != ":":
                raise self._malformed_error("Expecting ':' delimiter", self._cursor)
            self._cursor += 1
            self._peek()
            if key in names:
                self.pointer += f"/{key}"
                return
            self._scan_value()
            is_end = self._comma_or_end("}")
        raise self._error_at("REC005", missing, self._cursor)

    def _expect_bracket(self, bracket: str, error_message: str) -> None:
        char = self._peek()
        if not char:
            raise self._truncated_error()
        if char != bracket:
            raise self._error_at("REC005", error_message, self._cursor)
        self._cursor += 1

    def _comma_or_end(self, close: str) -> bool:
        """Consume a comma and return False, or stop before the closing bracket and return True."""
        char = self._peek()
        if char == close:
            return True
        if char != ",":
            raise self._malformed_error("Expecting ',' delimiter", self._cursor)
        self._cursor += 1
        return False

    def _peek(self) -> str:
        """Consume space and return the next character; empty at the end of the text."""
        while True:
            self._cursor = self._match_end(_SPACE)
            if self._cursor < len(self._buffer):
                return self._buffer[self._cursor]
            if not self._read_more():
                return ""

    def _match_end(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self._buffer, self._cursor)
        return match.end() if match else self._cursor

    def _read_more(self) -> bool:
        """Drop what is consumed and double the rest; at the end of the text, change nothing and return False."""
        more = self._text.read(max(CHUNK_CHARACTERS, len(self._buffer) - self._cursor))
        if not more:
            return False
        # The dropped part must be counted before it is gone.
        self._update_position(self._cursor)
        self._buffer = self._buffer[self._cursor :] + more
        self._cursor = 0
        self._counted_to = 0
        return True

    def _update_position(self, at: int) -> None:
        """Count lines and columns up to a place of the buffer."""
        lines = self._buffer.count("\n", self._counted_to, at)
        if lines:
            self._line += lines
            self._column = at - self._buffer.rindex("\n", 0, at)
        else:
            self._column += at - self._counted_to
        self._counted_to = at

    def _scan_value(self) -> Any:
        """Return the value at the cursor and move behind it."""
        while True:
            try:
                value, end = _SCAN(self._buffer, self._cursor)
            except json.JSONDecodeError as error:
                self._read_on_or_raise(error)
            except RecursionError:
                raise self._error_at("REC007", "the nesting is deeper than any call needs", self._cursor) from None
            except ValueError:
                # Python refuses to convert integers of more than 4,300 digits.
                raise self._error_at("REC007", "a number is longer than any call needs", self._cursor) from None
            else:
                # Only a number can go on behind the buffer: `1` of `12`, or of `1e+` two characters before its end.
                may_go_on = isinstance(value, (int, float)) and end + 2 >= len(self._buffer)
                if not may_go_on or not self._read_more():
                    self._cursor = end
                    return value
            if len(self._buffer) - self._cursor > self._max_value:
                return self._scan_large_value()

    def _read_on_or_raise(self, error: json.JSONDecodeError) -> None:
        """Read more if the error may come from the end of the buffer; else raise it as REC003 or REC004."""
        # The scanner reports an unterminated string at its start, however far that is from the end.
        is_unterminated = error.msg.startswith("Unterminated string")
        if not is_unterminated and error.pos < len(self._buffer) - _MAX_PARTIAL_TOKEN:
            raise self._malformed_error(error.msg, error.pos)
        if self._read_more():
            return
        if is_unterminated or _PARTIAL_TOKEN.match(self._buffer, error.pos):
            raise self._truncated_error()
        raise self._malformed_error(error.msg, error.pos)

    def _scan_large_value(self) -> Any:
        """Return the value at the cursor without its longest strings; `OMITTED` if it is still too large."""
        start = self._location(self._cursor)
        text = _join_within(self._pieces(), self._max_value)
        if text is None:
            return OMITTED
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError) as error:
            raise refuse("REC003", f"this is not JSON: {error}", "", start) from None

    def _pieces(self) -> Iterator[str]:
        """Yield the text of the value at the cursor, a large array or object, in pieces.

        The walk only counts brackets outside of strings; whether the value is well formed is found by parsing what is
        kept. It ends when every bracket is closed, or with a string at the top.
        """
        depth = 0
        while True:
            yield from self._take_while(_OUTSIDE_STRING)
            char = self._buffer[self._cursor]
            self._cursor += 1
            if char == '"':
                string = _join_within(self._take_while(_INSIDE_STRING), self._max_string)
                self._cursor += 1  # the closing quote
                yield _OMITTED_JSON if string is None else f'"{string}"'
            else:
                depth += 1 if char in "{[" else -1
                yield char
            if depth <= 0:
                return

    def _take_while(self, pattern: re.Pattern[str]) -> Iterator[str]:
        """Yield all that matches a pattern, chunk by chunk, up to a character that does not. Raises REC004."""
        while True:
            end = self._match_end(pattern)
            yield self._buffer[self._cursor : end]
            self._cursor = end
            # A backslash that does not match is the last character of the buffer: its escape is incomplete.
            if end < len(self._buffer) and self._buffer[end] != "\\":
                return
            if not self._read_more():
                raise self._truncated_error()

    def _truncated_error(self) -> MockError:
        hint = "Save it again; what comes before this place was read."
        return self._error_at("REC004", "the file ends here, in the middle of a value", len(self._buffer), hint)

    def _malformed_error(self, message: str, at: int) -> MockError:
        if at >= len(self._buffer):
            return self._truncated_error()
        return self._error_at("REC003", f"this is not JSON: {message[:1].lower()}{message[1:]}", at)

    def _error_at(self, code: str, message: str, at: int, hint: str = "") -> MockError:
        return refuse(code, message, hint, self._location(at))

    def _location(self, at: int) -> Location:
        self._update_position(at)
        return Location(self._text.name, self._line, self._column, self.pointer)


def _join_within(pieces: Iterable[str], limit: int) -> str | None:
    """Join pieces of at most `limit` characters in all; None for more, of which nothing is held."""
    kept: list[str] = []
    left = limit
    # The pieces are consumed to the end in any case: the cursor moves with them.
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            kept.clear()
        else:
            kept.append(piece)
    return "".join(kept) if left >= 0 else None
