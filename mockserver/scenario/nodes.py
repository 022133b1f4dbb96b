"""The tree a scenario file is read into: every value with its place in the file, and YAML 1.2's few scalar types.

A node keeps the text its author wrote, so that whoever needs text gets `651212e2` and not a number; what a plain
scalar means as a JSON value is worked out only where a JSON value belongs. Nothing here knows a word of the
scenario language.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from mockserver.core.pointer import escape_token

NodeType = Literal["mapping", "sequence", "scalar"]

_KEYWORD_VALUES: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INF_OR_NAN = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**64 - 1
_MAX_DIGITS: Final = 17
"""What a double keeps of a number's digits; an identifier of digits with an `e` in it has more."""
_MAX_SHOWN: Final = 40
"""Characters of a value that a message repeats."""


@dataclass(slots=True, eq=False)
class Node:
    """A mapping, a sequence or a scalar, and where it begins (`line` and `column` count from 1)."""

    node_type: NodeType
    line: int
    column: int
    text: str = ""
    """A scalar's text, as written."""
    is_plain: bool = False
    """Whether a scalar stands without quotes, and so may be a number, true, false or null."""
    parent: "Node | None" = None
    path_segment: str | int = ""
    """The key or the place (from 0) in the parent."""
    key: "Node | None" = None
    """The node of the key, for a value in a mapping."""
    entries: list[tuple["Node", "Node"]] = field(default_factory=list)
    items: list["Node"] = field(default_factory=list)

    def get(self, name: str) -> "Node | None":
        """The value of a mapping's key, or None."""
        return next((value for key, value in self.entries if key.text == name), None)

    @property
    def value(self) -> Any:
        """What a scalar means: text, an int, a float, True, False or None."""
        return _resolve_scalar(self.text) if self.is_plain else self.text

    @property
    def is_null(self) -> bool:
        """Whether nothing is written here, or a word for nothing."""
        return self.node_type == "scalar" and self.value is None

    @property
    def pointer(self) -> str:
        """RFC 6901."""
        parts: list[str] = []
        node = self
        while node.parent is not None:
            parts.append(escape_token(str(node.path_segment)))
            node = node.parent
        return "".join(f"/{part}" for part in reversed(parts))


def _resolve_scalar(text: str) -> Any:
    if text in _KEYWORD_VALUES:
        return _KEYWORD_VALUES[text]
    if _DECIMAL.fullmatch(text):
        return int(text) if len(text) <= len(str(_MAX_INTEGER)) else float(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _INF_OR_NAN.fullmatch(text) else text


def number_error(node: Node) -> str:
    """Why a scalar cannot stand for a JSON number although it looks like one; empty where nothing is wrong."""
    text = node.text
    if not node.is_plain or not isinstance(value := node.value, int | float):
        return ""
    if _INF_OR_NAN.fullmatch(text):
        return f"`{text}` is no number that JSON has"
    if _LEADING_ZERO.fullmatch(text):
        return f"`{truncate_value(text)}` is decimal to one YAML reader and octal to another"
    if isinstance(value, int):
        return "" if _MIN_INTEGER <= value <= _MAX_INTEGER else f"`{truncate_value(text)}` does not fit in 64 bits"
    digits = re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0")
    if len(digits) > _MAX_DIGITS or value in (float("inf"), float("-inf")):
        return f"`{truncate_value(text)}` is larger or longer than a number can be"
    return ""


def node_to_json(node: Node) -> Any:
    """The node as a JSON value."""
    if node.node_type == "mapping":
        return {key.text: node_to_json(value) for key, value in node.entries}
    if node.node_type == "sequence":
        return [node_to_json(item) for item in node.items]
    return node.value


def truncate_value(text: str) -> str:
    """The text, cut to what a message can carry."""
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def describe_node(node: Node) -> str:
    """What was found, for a message: `the number 30`, `the text 'abc'`, `a list`, `nothing`."""
    if node.node_type != "scalar":
        return "a mapping" if node.node_type == "mapping" else "a list"
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {truncate_value(value)!r}"
    return truncate_value(node.text) if isinstance(value, bool) else f"the number {truncate_value(node.text)}"
