"""Reads a contract's YAML (or JSON) as plain values, distrusting it: bounded, and with YAML 1.2's few scalar types.

PyYAML's own constructor turns `no` into false, `1:30` into 90 and a date into an object JSON cannot carry, keeps the
last of two equal keys without a word, and lets ten lines of aliases grow into gigabytes. So only its parser is used;
the values are built here, from the node tree, and whatever is not plain data is refused with its line.
"""

import re
from pathlib import Path
from typing import Any, Final

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
        data = path.read_bytes()
    except OSError as error:
        raise refuse("contract-unreadable", f"{path}: {error.strerror or error}") from None
    return read(data, str(path))


def read(data: bytes, file: str = "") -> Any:
    """The document in `data`; see `read_file`. `file` names it in problems."""
    import yaml

    if len(data) > LARGEST:
        raise _refused(f"the document has {len(data)} bytes, more than {LARGEST}", file, None)
    try:
        node = yaml.compose(data, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _refused(f"this is not YAML: {what}", file, getattr(error, "problem_mark", None)) from None
    except RecursionError:
        raise _refused(f"the document is nested deeper than {DEEPEST} levels", file, None) from None
    return None if node is None else _Builder(file).value(node, 0)


def _refused(message: str, file: str, mark: Any) -> MockError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return refuse("contract-unreadable", message, "", Location(file or "contract", line, column))


class _Builder:
    """Builds values from nodes; remembers which nodes it met, because meeting one twice is an alias."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.met: set[int] = set()

    def value(self, node: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise _refused(f"the document is nested deeper than {DEEPEST} levels", self.file, node.start_mark)
        if id(node) in self.met:
            raise _refused("an alias (`*name`) is not allowed here: write the value out", self.file, node.start_mark)
        self.met.add(id(node))
        if node.id == "mapping":
            return self.mapping(node, depth)
        if node.id == "sequence":
            return [self.value(item, depth + 1) for item in node.value]
        return self.scalar(node)

    def mapping(self, node: Any, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                raise _refused("a key must be plain text", self.file, key_node.start_mark)
            if key_node.value in built:
                raise _refused(f"the key {key_node.value!r} is given twice", self.file, key_node.start_mark)
            built[key_node.value] = self.value(value_node, depth + 1)
        return built

    def scalar(self, node: Any) -> Any:
        text: str = node.value
        if node.style or not node.tag.startswith("tag:yaml.org,2002:"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text
