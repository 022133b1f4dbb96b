"""Reads a contract's YAML (or JSON) as plain values, distrusting it: bounded, and with YAML 1.2's few scalar types.

PyYAML's own constructor turns `no` into false, `1:30` into 90 and a date into an object JSON cannot carry, keeps the
last of two equal keys without a word, and lets ten lines of aliases grow into gigabytes. So only its parser is used;
the values are built here, and whatever is not plain data is refused with its line.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mockserver.contract.body import read_json
from mockserver.errors import Location, MockError, refuse

LARGEST: Final = 4_000_000
"""Bytes of one document."""
DEEPEST: Final = 80
"""Levels of nesting; the deepest bundled capture has 20."""

_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = re.compile(r"[-+]?[0-9]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,400}|[0-9]{1,400}(\.[0-9]{0,400})?)([eE][-+]?[0-9]{1,3})?")


def read_file(path: Path) -> Any:
    """The document in a file: mappings, lists, text, numbers, booleans, None. Raises `MockError`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise refuse("CON002", f"{path}: {error.strerror or error}") from None
    return read(data, str(path))


def read(data: bytes, file: str = "") -> Any:
    """The document in `data`; see `read_file`. `file` names it in problems.

    JSON is nearly YAML: clean JSON is read as such (tabs and surrogate pairs are no YAML), all else tells its line.
    """
    import yaml

    if len(data) > LARGEST:
        raise _refused(f"the document has more than {LARGEST} bytes", file, None)
    if data.lstrip()[:1] == b"{":
        body = read_json(data)
        if body.readable and not body.problems:
            return body.value
    try:
        return _Builder(yaml.parse(data, Loader=yaml.CSafeLoader), file).document()
    except yaml.YAMLError as error:
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _refused(f"this is not YAML: {what}", file, getattr(error, "problem_mark", None)) from None


def _refused(message: str, file: str, mark: Any) -> MockError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return refuse("CON002", message, "", Location(file or "contract", line, column))


class _Builder:
    """Builds values from the parser's events, so that nothing is built of a document that goes too deep.

    PyYAML's composer recurses in C: 100,000 brackets, a file of 200 kB, end the process without an exception.
    """

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self.events = events
        self.file = file

    def document(self) -> Any:
        """The only document of the stream; None where there is none."""
        next(self.events)  # the stream's start
        if self.next() == "StreamEnd":
            return None
        self.next()
        value = self.value(0)
        self.next()  # the document's end
        if self.next() != "StreamEnd":
            raise self.refused("a file holds one document, and here a second begins")
        return value

    def next(self) -> str:
        """Step to the next event; its kind."""
        self.event = next(self.events)
        return type(self.event).__name__.removesuffix("Event")

    def refused(self, message: str) -> MockError:
        return _refused(message, self.file, self.event.start_mark)

    def value(self, depth: int) -> Any:
        """The value whose first event is the present one; ends at its last."""
        if depth > DEEPEST:
            raise self.refused(f"the document is nested deeper than {DEEPEST} levels")
        match type(self.event).__name__:
            case "MappingStartEvent":
                return self.mapping(depth)
            case "SequenceStartEvent":
                return self.sequence(depth)
            case "ScalarEvent":
                return _scalar(self.event)
        raise self.refused("an alias (`*name`) is not allowed here: write the value out")

    def sequence(self, depth: int) -> list[Any]:
        built = []
        while self.next() != "SequenceEnd":
            built.append(self.value(depth + 1))
        return built

    def mapping(self, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        while (kind := self.next()) != "MappingEnd":
            if kind != "Scalar":
                raise self.refused("a key must be plain text")
            key = self.event.value
            if key in built:
                raise self.refused(f"the key {key!r} is given twice")
            self.next()
            built[key] = self.value(depth + 1)
        return built


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style or event.tag:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
