"""Reads a contract's YAML (or JSON) as plain values, distrusting it: bounded, and with YAML 1.2's few scalar types.

PyYAML's own constructor turns `no` into false, `1:30` into 90 and a date into an object JSON cannot carry, keeps the
last of two equal keys without a word, and lets ten lines of aliases grow into gigabytes. So only its parser is used;
the values are built here, and whatever is not plain data is refused with its line.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.strict_json import read_json
from mockserver.errors import Location, MockError, refuse

MAX_DOCUMENT_BYTES: Final = 4_000_000
"""Bytes of one document."""
MAX_DOCUMENT_DEPTH: Final = 80
"""Levels of nesting; the deepest bundled capture has 20."""

_SCALAR_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = re.compile(r"[-+]?[0-9]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,400}|[0-9]{1,400}(\.[0-9]{0,400})?)([eE][-+]?[0-9]{1,3})?")


def read_yaml_file(path: Path) -> Any:
    """The document in a file: mappings, lists, text, numbers, booleans, None. Raises `MockError`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise refuse("CON002", f"{path}: {error.strerror or error}") from None
    return read_yaml(data, str(path))


def read_yaml(data: bytes, file: str = "") -> Any:
    """The document in `data`; see `read_file`. `file` names it in problems.

    JSON is nearly YAML: clean JSON is read as such (tabs and surrogate pairs are no YAML), all else tells its line.
    """
    import yaml

    if len(data) > MAX_DOCUMENT_BYTES:
        raise _yaml_error(f"the document has more than {MAX_DOCUMENT_BYTES} bytes", file, None)
    if data.lstrip()[:1] == b"{":
        body = read_json(data)
        if body.is_readable and not body.problems:
            return body.value
    try:
        return _YamlBuilder(yaml.parse(data, Loader=yaml.CSafeLoader), file).build_document()
    except yaml.YAMLError as error:
        what = getattr(error, "stop_reason", None) or str(error).splitlines()[0]
        raise _yaml_error(f"this is not YAML: {what}", file, getattr(error, "problem_mark", None)) from None


def _yaml_error(message: str, file: str, mark: Any) -> MockError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return refuse("CON002", message, "", Location(file or "contract", line, column))


class _YamlBuilder:
    """Builds values from the parser's events, so that nothing is built of a document that goes too deep.

    PyYAML's composer recurses in C: 100,000 brackets, a file of 200 kB, end the process without an exception.
    """

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self.events = events
        self.file = file

    def build_document(self) -> Any:
        """The only document of the stream; None where there is none."""
        next(self.events)  # the stream's start
        if self.advance() == "StreamEnd":
            return None
        self.advance()
        value = self.build_value(0)
        self.advance()  # the document's end
        if self.advance() != "StreamEnd":
            raise self.error("a file holds one document, and here a second begins")
        return value

    def advance(self) -> str:
        """Step to the next event; its kind."""
        self.event = next(self.events)
        return type(self.event).__name__.removesuffix("Event")

    def error(self, message: str) -> MockError:
        return _yaml_error(message, self.file, self.event.start_mark)

    def build_value(self, depth: int) -> Any:
        """The value whose first event is the present one; ends at its last."""
        if depth > MAX_DOCUMENT_DEPTH:
            raise self.error(f"the document is nested deeper than {MAX_DOCUMENT_DEPTH} levels")
        match type(self.event).__name__:
            case "MappingStartEvent":
                return self.build_mapping(depth)
            case "SequenceStartEvent":
                return self.build_sequence(depth)
            case "ScalarEvent":
                return _parse_scalar(self.event)
        raise self.error("an alias (`*name`) is not allowed here: write the value out")

    def build_sequence(self, depth: int) -> list[Any]:
        built = []
        while self.advance() != "SequenceEnd":
            built.append(self.build_value(depth + 1))
        return built

    def build_mapping(self, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        while (kind := self.advance()) != "MappingEnd":
            if kind != "Scalar":
                raise self.error("a key must be plain text")
            key = self.event.value
            if key in built:
                raise self.error(f"the key {key!r} is given twice")
            self.advance()
            built[key] = self.build_value(depth + 1)
        return built


def _parse_scalar(event: Any) -> Any:
    text: str = event.value
    if event.style or event.tag:
        return text
    if text in _SCALAR_WORDS:
        return _SCALAR_WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
