"""Sample values of schemas: what the document shows where that fits, else the smallest value that does.

SampleMaker(reader).value(view)  # {"prompt": "text"}
"""

import re
from itertools import islice
from typing import Any, Final

from mockserver.pack_draft.entries import list_or_empty
from mockserver.pack_draft.schemas import FlatSchema, SchemaReader

_FILE: Final = {"filename": "sample.mp4", "bytes": 1_000}
"""A file of a form, as plays send it."""
MAX_DEPTH: Final = 6
"""Levels of a sample."""
MAX_VALUES: Final = 500
"""Values of one sample; what is behind is left out."""
_MAX_TEXT: Final = 300
_MAX_REPEATED: Final = 10_000
_MAX_ITEMS: Final = 10
_TEXT_BY_FORMAT: Final = {
    "date-time": "2026-01-15T12:00:00Z",
    "date": "2026-01-15",
    "time": "12:00:00Z",
    "uri": "https://files.example.com/sample",
    "url": "https://files.example.com/sample",
    "uri-reference": "https://files.example.com/sample",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "3f2b8c1e-5a64-4d0f-9b7e-2c8a1d6e4f90",
    "byte": "c2FtcGxl",
    "duration": "PT30S",
}
_TEXTS_FOR_PATTERNS: Final = (
    "text", "Text", "TEXT", "a", "A", "1", "12", "123", "1234", "12345678", "abc", "abc-123", "abc_123", "en", "en-US",
    "1.0", "1.0.0", "v1", "720p", "1280x720", "1280:720", "16:9", "#ffffff", "00:00:10", "10s", "2026-01-15",
    "https://files.example.com/sample", "https://files.example.com/sample.mp4", "s3://bucket/key", "gs://bucket/key",
    "data:image/png;base64,AAAA", "+12025550123", "someone@example.com", "x" * 24, "0" * 24, "0" * 32,
    "0" * 40, "0" * 64, "sample.mp4", "", *_TEXT_BY_FORMAT.values(),
)  # fmt: skip


class SampleMaker:
    """Makes samples of the schemas of one document."""

    def __init__(self, reader: SchemaReader, *, only_required: bool) -> None:
        self._reader = reader
        self._only_required = only_required
        """True for objects with only the members that they must have."""
        self._left = MAX_VALUES

    def value(self, view: FlatSchema, depth: int = 0) -> Any:
        """Return a sample; None where nothing but null is known to fit, or the sample has become too large."""
        if depth == 0:
            self._left = MAX_VALUES
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            return None
        if view.type == "object" or (view.members and not view.type):
            return self._object(view, depth)
        if view.type == "array":
            return self._array(view, depth)
        if view.keyword("format") == "binary":
            return dict(_FILE)
        shown = shown_value(view)
        if shown is not None:
            return shown
        if view.alternatives:
            return self.value(view.alternatives[0], depth + 1)
        return _SCALARS.get(view.type, sample_text)(view)

    def _object(self, view: FlatSchema, depth: int) -> dict[str, Any]:
        # Of alternatives the first is whole; a mixture of several might fit none.
        whole = next(iter(view.alternatives), view)
        required = view.required | whole.required
        built = {}
        for name, schema in islice(whole.members.items(), MAX_VALUES):
            if self._only_required and name not in required:
                continue
            member = self.value(self._reader.flat(schema), depth + 1)
            if member is not None or name in required:
                built[name] = member
        return built

    def _array(self, view: FlatSchema, depth: int) -> list[Any]:
        low = bound(view, "minItems") or 0
        count = min(max(low, int(not self._only_required)), _MAX_ITEMS)
        items = self._reader.flat(view.keyword("items"))
        entries = (self.value(items, depth + 1) for _ in range(count))
        return [entry for entry in entries if entry is not None]


def shown_value(view: FlatSchema) -> Any:
    """Return the scalar that the document shows for a schema, and that fits it; None without one."""
    listed = list_or_empty(view.keyword("examples"))
    for value in (view.keyword("example"), *listed[:5], view.keyword("default"), *view.options[:1]):
        if isinstance(value, str | int | float) and fits(view, value):
            return value
    return None


def fits(view: FlatSchema, value: str | float) -> bool:
    """Return True if a scalar keeps the type, options, bounds and pattern of a schema."""
    if view.options:
        return value in view.options
    if isinstance(value, str):
        return view.type in ("string", "") and _fits_as_text(view, value)
    if isinstance(value, bool) or view.type == "boolean":
        return isinstance(value, bool) and view.type in ("boolean", "")
    low, high = number_bounds(view)
    return (
        (view.type in ("number", "") or (view.type == "integer" and isinstance(value, int)))
        and (low is None or value >= low)
        and (high is None or value <= high)
    )


def _fits_as_text(view: FlatSchema, value: str) -> bool:
    pattern = python_pattern(view)
    low, high = bound(view, "minLength") or 0, bound(view, "maxLength")
    length = len(value)
    if length > max(_MAX_TEXT, low) or length < low or (high is not None and length > high):
        return False
    return pattern is None or re.fullmatch(pattern, value) is not None


def python_pattern(view: FlatSchema) -> str | None:
    """Return the pattern of a text so that the whole text must match; None without one, or one that Python cannot read.

    A pattern that could take very long on some text is not used.
    """
    pattern = view.keyword("pattern")
    if not isinstance(pattern, str) or len(pattern) > _MAX_TEXT or _NESTED_REPEAT.search(pattern):
        return None
    starts, ends = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
    core = pattern[int(starts) : len(pattern) - int(ends)]
    whole = f".*(?:{pattern}).*"
    if not _has_bar(core):
        whole = ".*" * (not starts) + core + ".*" * (not ends)
    try:
        re.compile(whole)
    except (re.error, OverflowError):
        return None
    return whole


_NESTED_REPEAT: Final = re.compile(r"[*+}][^()|]*\)[*+{]|[*+]\)[*+{]")


def _has_bar(pattern: str) -> bool:
    """Return True for a pattern with alternatives outside of its groups."""
    depth = 0
    for character in _ESCAPED.sub("", pattern):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            return True
    return False


_ESCAPED: Final = re.compile(r"\\.|\[[^\]]*\]")
"""What stands for itself: escaped characters, and sets of characters."""


def bound(view: FlatSchema, name: str) -> int | None:
    """Return a bound of a length; None without one, or one that no value keeps."""
    value = view.keyword(name)
    if isinstance(value, int | float) and 0 <= value <= _MAX_REPEATED:
        return int(value)
    return None


def number_bounds(view: FlatSchema) -> tuple[float | None, float | None]:
    """Return the least and the largest number, exclusive bounds of whole numbers moved by one."""
    low, high = view.keyword("minimum"), view.keyword("maximum")
    over, under = view.keyword("exclusiveMinimum"), view.keyword("exclusiveMaximum")
    step = int(view.type == "integer")
    if over is not None:
        low = over + step
    if under is not None:
        high = under - step
    return low, high


def sample_text(view: FlatSchema) -> str:
    """Return a text that fits; where no text is known that has the pattern, one of a length that does."""
    low = bound(view, "minLength") or 0
    usual = _TEXT_BY_FORMAT.get(str(view.keyword("format")), "text")
    pattern = view.keyword("pattern")
    candidates = [usual.ljust(low, "x")]
    if pattern is not None:
        candidates += [*_TEXTS_FOR_PATTERNS, "a" * low, "1" * low]
    high = bound(view, "maxLength")
    if high is not None:
        candidates.append("x" * high)
    return next((text for text in candidates if _fits_as_text(view, text)), candidates[0][:high])


def _sample_number(view: FlatSchema) -> float:
    low, high = number_bounds(view)
    value: float = 1
    if low is not None and value < low:
        value = low
    if high is not None and value > high:
        value = high
    step = view.keyword("multipleOf")
    if isinstance(step, int | float) and step > 0 and value % step:
        value = (value // step + 1) * step
    if view.type == "integer":
        return int(value)
    return value


_SCALARS: Final = {
    "boolean": lambda view: True,
    "integer": _sample_number,
    "number": _sample_number,
    "string": sample_text,
}
