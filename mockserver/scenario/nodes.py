"""The tree that a scenario file is read into: every value with its position in the file.

A node keeps the text of the file, so that an id such as `651212e2` stays text; a plain scalar becomes a JSON value only
where a JSON value belongs. Nothing here knows the scenario language.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Literal

from mockserver.core.pointer import escape_token
from mockserver.core.text import truncate
from mockserver.yamlio import resolve_scalar

NodeType = Literal["mapping", "sequence", "scalar"]

_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**64 - 1
_MAX_DIGITS: Final = 17
"""Digits that a double keeps; an identifier of digits with an `e` in it has more."""
_MAX_SHOWN: Final = 40
"""Characters of a value that a message quotes."""


@dataclass(slots=True, eq=False)
class Node:
    """A mapping, a sequence or a scalar, and where it begins.

    `line` and `column` count from 1. A node of decoded JSON has line 0, and its column is its number in the document.
    The `repr` of a node has its place and text only: with its parents and children it would have the whole document
    many times over, and so would that of each vendor and era that was made from a document.
    """

    node_type: NodeType
    line: int
    column: int
    text: str = ""
    """The text of a scalar, as written."""
    is_plain: bool = False
    """True if a scalar has no quotes, and so may be a number, true, false or null."""
    parent: "Node | None" = field(default=None, repr=False)
    path_segment: str | int = ""
    """The key or the index in the parent."""
    key: "Node | None" = field(default=None, repr=False)
    """The node of the key, for a value in a mapping."""
    entries: list[tuple["Node", "Node"]] = field(default_factory=list, repr=False)
    items: list["Node"] = field(default_factory=list, repr=False)

    def get(self, name: str) -> "Node | None":
        """Return the value of a mapping's key, or None."""
        return next((value for key, value in self.entries if key.text == name), None)

    @property
    def inner(self) -> Iterator["Node"]:
        """The items of a sequence, or the values of a mapping."""
        return chain(self.items, (value for _, value in self.entries))

    def walk(self) -> Iterator["Node"]:
        """Yield the node and everything in it, in no particular order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.inner

    @property
    def value(self) -> Any:
        """The value of a scalar: text, an int, a float, True, False or None."""
        if not self.is_plain:
            return self.text
        return resolve_scalar(self.text)

    @property
    def is_null(self) -> bool:
        """True if nothing is written here, or null."""
        return self.node_type == "scalar" and self.value is None

    @property
    def pointer(self) -> str:
        """The JSON pointer of the node (RFC 6901)."""
        parts: list[str] = []
        node = self
        while node.parent is not None:
            parts.append(escape_token(str(node.path_segment)))
            node = node.parent
        return "".join(f"/{part}" for part in reversed(parts))


def number_error(node: Node) -> str | None:
    """Return why a scalar that looks like a number is not a JSON number; None where nothing is wrong with it."""
    value = node.value
    if not node.is_plain or not isinstance(value, int | float):
        return None
    shown = truncate_value(node.text)
    if _LEADING_ZERO.fullmatch(node.text):
        return f"some YAML readers take `{shown}` for a decimal number, others for an octal one"
    if isinstance(value, int):
        if _MIN_INTEGER <= value <= _MAX_INTEGER:
            return None
        return f"`{shown}` does not fit in 64 bits"
    digits = re.sub(r"[eE].*|[^0-9]", "", node.text).lstrip("0")
    if math.isfinite(value) and len(digits) <= _MAX_DIGITS:
        return None
    # Infinity and NaN are words: `.inf`, `.nan`. Anything else that is not finite is a number beyond a double.
    if not any(character.isdigit() for character in node.text):
        return f"JSON has no number `{shown}`"
    return f"`{shown}` is too large, or has more digits than a number keeps"


def node_to_json(node: Node) -> Any:
    """Convert the node to a JSON value."""
    if node.node_type == "mapping":
        return {key.text: node_to_json(value) for key, value in node.entries}
    if node.node_type == "sequence":
        return [node_to_json(item) for item in node.items]
    return node.value


def truncate_value(text: str) -> str:
    """Shorten a text to what a message can carry."""
    return truncate(text, _MAX_SHOWN)


def describe_node(node: Node) -> str:
    """Describe the node for a message: `the number 30`, `the text 'abc'`, `a list`, `nothing`."""
    if node.node_type == "mapping":
        return "a mapping"
    if node.node_type == "sequence":
        return "a list"
    value = node.value
    if value is None:
        return "nothing"
    if value == "":
        return "an empty text"
    if isinstance(value, str):
        return f"the text {truncate_value(value)!r}"
    if isinstance(value, bool):
        return node.text
    return f"the number {truncate_value(node.text)}"
