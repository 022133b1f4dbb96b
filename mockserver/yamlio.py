"""Reads YAML as data, within bounds: a cursor in the parser's events, and plain values built from them.

PyYAML's constructors follow YAML 1.1, where `no` is false, `10:30` is 630 and a date is an object; they keep the last
of two equal keys silently and let ten lines of aliases grow into gigabytes. Its composer recurses in C: 100,000
brackets, a file of 200 kB, end the process without an exception. So only its parser is used. The cursor bounds depth
and number of values, so that what is built from it may recurse; scalars are those of YAML 1.2's core schema.

Nothing here knows a file format or an error code: the callers turn a `YamlReadError` into theirs.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, Literal

ReadErrorCause = Literal["syntax", "document", "depth", "count", "size", "data"]

_KEYWORD_VALUES: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INF_OR_NAN = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAX_DIGITS: Final = 400
"""Characters of an integer; a longer one becomes a float, because parsing it takes the square of its length."""
_EVENTS: Final[dict[str, tuple[str, int | None]]] = {
    "ScalarEvent": ("Scalar", 0),
    "AliasEvent": ("Alias", 0),
    "MappingStartEvent": ("MappingStart", 1),
    "MappingEndEvent": ("MappingEnd", -1),
    "SequenceStartEvent": ("SequenceStart", 1),
    "SequenceEndEvent": ("SequenceEnd", -1),
    "StreamStartEvent": ("StreamStart", None),
    "StreamEndEvent": ("StreamEnd", None),
    "DocumentStartEvent": ("DocumentStart", None),
    "DocumentEndEvent": ("DocumentEnd", None),
}
"""By the parser's class: the kind of an event, and how it changes the depth (None: it belongs to no value)."""


class YamlReadError(Exception):
    """The text is not YAML, exceeds a bound, or is not plain data.

    `line` and `column` count from 1; both are 0 where the parser does not know the place.
    """

    def __init__(self, cause: ReadErrorCause, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.cause: Final = cause
        self.message: Final = message
        self.line: Final = line
        self.column: Final = column


class YamlCursor:
    """A position in the events of a YAML text: before the first one until `advance` is called."""

    def __init__(self, source: Any, max_depth: int, max_values: int | None = None) -> None:
        """`source` is text, bytes, or an object with `read(size) -> bytes`."""
        import yaml  # takes 20 ms, which a command that reads no YAML need not pay

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[Any] = yaml.parse(source, Loader=loader)
        self._yaml_error: Final = yaml.YAMLError
        self._max_depth = max_depth
        self._max_values = max_values
        self._depth = 0
        self._values = 0
        self._documents = 0
        self.bytes_since_event = 0
        """For a stream that counts what it gives: what the parser has read since the last event."""
        self.event: Any = None
        self.kind = ""
        """`MappingStart`, `MappingEnd`, `SequenceStart`, `SequenceEnd`, `Scalar`, `Alias` or `StreamEnd`."""

    @property
    def position(self) -> tuple[int, int]:
        """Line and column at which the current event begins, from 1; (0, 0) before the first."""
        if self.event is None:
            return 0, 0
        return self.event.start_mark.line + 1, self.event.start_mark.column + 1

    def advance(self) -> str:
        """Go to the next event that belongs to a value, or to the end of the stream, and return its kind.

        Raises `YamlReadError`: syntax, document (a second one begins), depth, count.
        """
        # This runs once for every event of a recording: one table look-up, and no further call for a scalar.
        self.bytes_since_event = 0
        try:
            event = next(self._events)
        except (ValueError, OverflowError):
            # Only the parser without libyaml: an escape of a code point that does not exist.
            raise self.error("syntax", "this is not YAML: an escape names no character") from None
        except self._yaml_error as error:
            # A parser's error has a context, a problem and their marks; an error of the decoder has only a reason.
            parts = [getattr(error, name, None) for name in ("context", "problem", "reason")]
            failure = self.error("syntax", "this is not YAML: " + ", ".join(filter(None, parts)))
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            # A quotation mark that is not closed is missed at the end of the text; its place is the beginning.
            if "unexpected end of stream" in failure.message:
                mark = getattr(error, "context_mark", None) or mark
            if mark is not None:
                failure = YamlReadError("syntax", failure.message, mark.line + 1, mark.column + 1)
            raise failure from None
        kind, depth_change = _EVENTS[type(event).__name__]
        self.event = event
        self.kind = kind
        if depth_change:
            self._depth += depth_change
            if self._depth > self._max_depth:
                raise self.error("depth", f"more than {self._max_depth} levels of nesting")
        elif depth_change is None:
            # The event only frames the stream or its document.
            if kind == "StreamEnd":
                return kind
            self._documents += kind == "DocumentStart"
            if self._documents > 1:
                raise self.error("document", "a second document begins here; a file holds one")
            return self.advance()
        if self._max_values is not None and depth_change >= 0:
            self._values += 1
            if self._values > self._max_values:
                raise self.error("count", f"more than {self._max_values} values")
        return kind

    def error(self, cause: ReadErrorCause, message: str) -> YamlReadError:
        """Return the error to raise at the current event."""
        return YamlReadError(cause, message, *self.position)


class ValueBuilder:
    """Builds plain JSON values; refuses aliases, keys that are no text, and equal keys. A subclass may allow them."""

    def __init__(self, cursor: YamlCursor) -> None:
        self.cursor = cursor

    def build(self) -> Any:
        """Build the value that begins at the current event, and leave the cursor at its last event.

        Raises `YamlReadError`. It recurses no deeper than the cursor's `max_depth`.
        """
        cursor = self.cursor
        if cursor.kind == "Scalar":
            return self.build_scalar()
        if cursor.kind == "Alias":
            return self.resolve_alias()
        if cursor.kind == "SequenceStart":
            sequence = []
            while cursor.advance() != "SequenceEnd":
                sequence.append(self.build())
            return sequence
        mapping: dict[str, Any] = {}
        while cursor.advance() != "MappingEnd":
            key = self.build_key(mapping)
            cursor.advance()
            mapping[key] = self.build()
        return mapping

    def build_key(self, mapping: dict[str, Any]) -> str:
        """Build the key at the current event; `mapping` has the keys before it."""
        if self.cursor.kind != "Scalar":
            raise self.cursor.error("data", "a key must be plain text")
        key: str = self.cursor.event.value
        if key in mapping:
            raise self.cursor.error("data", f"the key {key!r} is given twice")
        return key

    def build_scalar(self) -> Any:
        """Build a scalar: a quoted or tagged one is text, and so is a number that JSON does not have."""
        # A quoted `"12"` is text: only a plain scalar is resolved.
        event = self.cursor.event
        if event.style or event.tag:
            return event.value
        value = resolve_scalar(event.value)
        if isinstance(value, float) and not math.isfinite(value):
            return event.value
        return value

    def resolve_alias(self) -> Any:
        """Return the value that an alias stands for."""
        raise self.cursor.error("data", "an alias (`*name`) is not allowed here: write the value out")


def resolve_scalar(text: str) -> Any:
    """Return what a plain scalar means: text, an int, a float (`.inf` and `.nan` too), True, False or None."""
    if text in _KEYWORD_VALUES:
        return _KEYWORD_VALUES[text]
    if _DECIMAL.fullmatch(text):
        return int(text) if len(text) <= _MAX_DIGITS else float(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INF_OR_NAN.fullmatch(text):
        return float(text.replace(".", ""))
    return text


_PLAIN_TEXT: Final = re.compile(r"[A-Za-z0-9/$][A-Za-z0-9_./%-]*\??(?: [A-Za-z0-9_./-]+)*", re.ASCII)
_OTHER_TYPE: Final = re.compile(r"(?:null|true|false|[-+0-9.]+(?:e[-+]?[0-9]+)?|0x[0-9a-f]+|0o[0-7]+)", re.IGNORECASE)
"""Texts that YAML reads as another type."""


def yaml_scalar(value: str | float | None) -> str:
    """Return a scalar as YAML, on one line: a text without quotes if it is read as that text without them."""
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value) and not _OTHER_TYPE.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
