"""Reads a contract's YAML or JSON as plain values, within bounds (see `yamlio`)."""

from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.strict_json import read_json
from mockserver.errors import Location, MockError, refuse
from mockserver.yamlio import ValueBuilder, YamlCursor, YamlReadError

MAX_DOCUMENT_BYTES: Final = 4_000_000
"""Bytes of one document."""
MAX_DOCUMENT_DEPTH: Final = 80
"""Levels of nesting; the deepest bundled capture has 20."""


def read_yaml_file(path: Path) -> Any:
    """Read the document in a file; see `read_yaml`. Raises `MockError` CON002."""
    try:
        with path.open("rb") as file:
            # One byte more than allowed, so that an endless file is refused without reading it to its end.
            data = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise refuse("CON002", f"{path}: {error.strerror or error}") from None
    return read_yaml(data, str(path))


def read_yaml(data: bytes, file: str = "contract") -> Any:
    """Read the document in `data` as mappings, lists, text, numbers, booleans and None; None where there is none.

    `file` names it in problems. Raises `MockError` CON002.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise _refuse_document(f"the document has more than {MAX_DOCUMENT_BYTES} bytes", file)
    # JSON is nearly YAML, but tabs and surrogate pairs are not. Clean JSON is read as JSON; where anything is wrong
    # with it, the YAML parser knows the line.
    if data.lstrip()[:1] == b"{":
        body = read_json(data)
        if body.is_readable and not body.problems:
            return body.value
    try:
        cursor = YamlCursor(data, MAX_DOCUMENT_DEPTH)
        if cursor.advance() == "StreamEnd":
            return None
        value = ValueBuilder(cursor).build()
        cursor.advance()  # raises where a second document follows
    except YamlReadError as error:
        raise _refuse_document(error.message, file, error.line, error.column) from None
    return value


def _refuse_document(message: str, file: str, line: int = 0, column: int = 0) -> MockError:
    return refuse("CON002", message, "", Location(file, line, column))
