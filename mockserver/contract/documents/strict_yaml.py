"""Reads a contract's YAML or JSON as plain values, within bounds (see `yamlio`).

Aliases (`*name`) and merge keys (`<<`) are read, because OpenAPI documents use them. An alias is the same object as its
anchor, and what all aliases together repeat is bounded: ten lines of aliases can stand for gigabytes.
"""

from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.strict_json import MAX_BODY_DEPTH, read_json
from mockserver.errors import Location, MockError, refuse
from mockserver.yamlio import ValueBuilder, YamlCursor, YamlReadError

MAX_DOCUMENT_BYTES: Final = 20_000_000
"""Bytes of one document."""
MAX_DOCUMENT_DEPTH: Final = MAX_BODY_DEPTH
"""Levels of nesting; the deepest bundled capture has 20."""
MAX_REPEATED_VALUES: Final = 1_000_000
"""Values that the aliases of a document repeat, together."""
_MERGE_KEY: Final = "<<"


def read_yaml_file(path: Path) -> Any:
    """Read the document in a file; see `read_yaml`. Raises `MockError` CON002."""
    try:
        with path.open("rb") as file:
            # One byte more than allowed, so that an endless file is refused without reading it to its end.
            data = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        is_url = path.parts[:1] in (("http:",), ("https:",))
        hint = "Only files are read: download the document first." if is_url else ""
        raise refuse("CON002", f"{path}: {error.strerror or error}", hint) from None
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
        value = _DocumentBuilder(cursor).build()
        cursor.advance()  # raises where a second document follows
    except YamlReadError as error:
        raise _refuse_document(error.message, file, error.line, error.column) from None
    return value


class _DocumentBuilder(ValueBuilder):
    """Builds plain JSON values, aliases and merge keys included."""

    def __init__(self, cursor: YamlCursor) -> None:
        super().__init__(cursor)
        self._anchors: dict[str, Any] = {}
        self._sizes: dict[int, int] = {}
        """The number of values in a mapping or list, by its identity."""
        self._repeated = 0

    def build(self) -> Any:
        """Build the value that begins here: its merge keys applied, and known by its anchor from then on."""
        event, kind = self.cursor.event, self.cursor.kind
        value = super().build()
        if isinstance(value, dict) and _MERGE_KEY in value and kind != "Alias":
            value = _merge(value)
        # Only a complete value gets its name, so that no cycle can arise.
        if event.anchor is not None and kind != "Alias":
            self._anchors[event.anchor] = value
        return value

    def resolve_alias(self) -> Any:
        """Return the value of the alias. Raises for an unknown one, and beyond MAX_REPEATED_VALUES in all."""
        name = self.cursor.event.anchor
        if name not in self._anchors:
            raise self.cursor.error("data", f"the alias *{name} has no anchor before it")
        value = self._anchors[name]
        self._repeated += self._size_of(value)
        if self._repeated > MAX_REPEATED_VALUES:
            raise self.cursor.error("count", f"the aliases up to here repeat more than {MAX_REPEATED_VALUES} values")
        return value

    def _size_of(self, value: Any) -> int:
        if not isinstance(value, (dict, list)):
            return 1
        if id(value) not in self._sizes:
            inner = value.values() if isinstance(value, dict) else value
            self._sizes[id(value)] = 1 + sum(map(self._size_of, inner))
        return self._sizes[id(value)]


def _merge(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with what its merge key names; its own keys win, then the mapping that is named first."""
    named = mapping[_MERGE_KEY]
    defaults = named if isinstance(named, list) else [named]
    if not all(isinstance(each, dict) for each in defaults):
        return mapping
    merged: dict[str, Any] = {}
    for each in (*reversed(defaults), mapping):
        merged |= each
    del merged[_MERGE_KEY]
    return merged


def _refuse_document(message: str, file: str, line: int = 0, column: int = 0) -> MockError:
    return refuse("CON002", message, "", Location(file, line, column))
