"""Reads a scenario file into nodes, within bounds and without recursion beyond them (see `yamlio`).

Anchors, aliases and tags are reported, each at its place; a byte order mark at the start of the file is dropped.
Decoded JSON becomes the same nodes.
"""

import re
from pathlib import Path
from typing import Any, Final

import orjson

from mockserver.scenario.diagnostics import LINE_BREAK, Diagnostics
from mockserver.scenario.nodes import Node, NodeType, truncate_value
from mockserver.scenario.syntax_errors import advise
from mockserver.yamlio import ReadErrorCause, YamlCursor, YamlReadError

MAX_BYTES: Final = 1_000_000
"""Bytes of a file."""
MAX_DEPTH: Final = 50
"""Levels of nesting."""
MAX_NODES: Final = 50_000

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NODE_TYPES: Final[dict[str, NodeType]] = {"MappingStart": "mapping", "SequenceStart": "sequence"}
_CODES: Final[dict[ReadErrorCause, str]] = {
    "syntax": "SCN004", "document": "SCN005", "depth": "SCN003", "count": "SCN003",
}  # fmt: skip


def read_yaml(source: Path | str | bytes, file: str = "") -> tuple[Node, Diagnostics]:
    """Return the root node of a file, a text or bytes, and the diagnostics with the problems that did not stop it.

    `file` names a text in messages. Raises `MockError` SCN001 to SCN006 where reading cannot go on.
    """
    diagnostics = Diagnostics(file or (str(source) if isinstance(source, Path) else "scenario"))
    if isinstance(source, Path):
        try:
            with source.open("rb") as stream:
                # One byte too many shows that the file is too large, without reading all of it.
                source = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise diagnostics.fatal("SCN001", f"the file cannot be read: {error.strerror or error}") from None
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(data) > MAX_BYTES:
        raise diagnostics.fatal("SCN003", f"the file has more than {MAX_BYTES} bytes")
    try:
        text = source if isinstance(source, str) else source.decode()
    except UnicodeDecodeError as error:
        diagnostics.text = data[: error.start].decode().removeprefix("\ufeff")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        line, column = _line_and_column(diagnostics.text, len(diagnostics.text))
        raise diagnostics.fatal("SCN002", message, line, column, "Save the file as UTF-8.") from None
    diagnostics.text = text.removeprefix("\ufeff")
    match = _FORBIDDEN.search(diagnostics.text)
    if match:
        line, column = _line_and_column(diagnostics.text, match.start())
        raise diagnostics.fatal("SCN002", f"YAML does not allow the character U+{ord(match[0]):04X}", line, column)
    cursor = YamlCursor(diagnostics.text, MAX_DEPTH, MAX_NODES)
    try:
        root = _NodeBuilder(cursor, diagnostics).build_document()
    except YamlReadError as error:
        lines = LINE_BREAK.split(diagnostics.text)[error.line - 1 : error.line]
        message, hint = advise(error.message, "".join(lines)[: error.column - 1])
        raise diagnostics.fatal(_CODES[error.cause], message, error.line, error.column, hint) from None
    return root, diagnostics


def refuse_other_file(root: Node, diagnostics: Diagnostics, own: str, other: str) -> None:
    """Raise `MockError` SCN022 for a file that begins as another kind of file does: with the key of its name."""
    found = root.get(other)
    if found is not None and root.get(own) is None:
        command = {"pack": "mockserver pack lint", "scenario": "mockserver lint"}[other]
        message = f"found a {other}, expected a {own}"
        raise diagnostics.fatal("SCN022", message, found.line, 1, f"`{command} FILE` checks a {other}.")


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    before = LINE_BREAK.split(text[:at])
    return len(before), len(before[-1]) + 1


class _NodeBuilder:
    """Builds the tree of nodes; what is more than plain data is reported, and the rest of the file is still read."""

    def __init__(self, cursor: YamlCursor, diagnostics: Diagnostics) -> None:
        self.cursor = cursor
        self.diagnostics = diagnostics

    def build_document(self) -> Node:
        """Build the one document of the stream. Raises MockError: SCN006 for an empty one, SCN005 for a second one."""
        root = None
        if self.cursor.advance() != "StreamEnd":
            root = self._node()
            self._complete(root)
            self.cursor.advance()  # raises where a second document follows
        if root is None or (root.is_null and not self.diagnostics.has_error(root)):
            hint = "A scenario begins with `scenario: NAME` and `vendor: NAME`, a pack with `pack: 1`."
            raise self.diagnostics.fatal("SCN006", "the file is empty", 1, 1, hint)
        return root

    def _node(self, parent: Node | None = None, path_segment: str | int = "", key: Node | None = None) -> Node:
        """Build the node at the current event, without what is in it."""
        kind, event = self.cursor.kind, self.cursor.event
        line, column = self.cursor.position
        node = Node(_NODE_TYPES.get(kind, "scalar"), line, column, parent=parent, path_segment=path_segment, key=key)
        if kind == "Scalar":
            node.text = event.value
            node.is_plain = event.implicit[0]
        elif kind == "Alias":
            node.text = f"*{event.anchor}"
        return node

    def _complete(self, node: Node) -> None:
        """Check a node, and build what is in it. The recursion is bounded by the cursor's depth."""
        self._check_plain_data(node)
        if node.node_type == "sequence":
            while self.cursor.advance() != "SequenceEnd":
                item = self._node(node, len(node.items))
                node.items.append(item)
                self._complete(item)
        elif node.node_type == "mapping":
            names: set[str] = set()
            while self.cursor.advance() != "MappingEnd":
                key = self._node(node)
                key.path_segment = key.text
                if key.node_type != "scalar" or (key.is_plain and not key.text):
                    self.diagnostics.add("SCN010", "a key must be plain text", key, "Write `name: value`.")
                self._complete(key)
                self.cursor.advance()
                value = self._node(node, key.text, key)
                # The value of a bad or second key is built and checked too, but does not enter the mapping.
                if key.text in names and not self.diagnostics.has_error(key):
                    message = f"the key {truncate_value(key.text)!r} is given twice in this mapping"
                    self.diagnostics.add("SCN009", message, value, "Keep one of the two.", on_key=True)
                elif not self.diagnostics.has_error(key):
                    names.add(key.text)
                    node.entries.append((key, value))
                self._complete(value)

    def _check_plain_data(self, node: Node) -> None:
        """Report what is more than data, and what no JSON text can carry."""
        event = self.cursor.event
        hint = "Write the value out where it is needed."
        tag = getattr(event, "tag", None)  # an alias has none
        if self.cursor.kind == "Alias":
            self.diagnostics.add("SCN007", f"aliases such as `{truncate_value(node.text)}` are not allowed", node, hint)
        elif event.anchor:
            message = f"anchors such as `&{truncate_value(event.anchor)}` are not allowed"
            self.diagnostics.add("SCN007", message, node, hint)
        if tag:
            message = f"tags such as `{truncate_value(tag)}` are not allowed"
            self.diagnostics.add("SCN008", message, node, "Leave the tag out.")
        if _SURROGATE.search(node.text):
            self.diagnostics.add("SCN002", "half of a surrogate pair is not a character", node)


def node_from_json(value: Any, name: str) -> tuple[Node, Diagnostics]:
    """Build the nodes of a decoded JSON value, so that the shapes can check it; `name` stands for the file in messages.

    The nodes have no line, and their column only counts them: problems keep the order of the document.
    Raises `MockError` SCN003 where the value is deeper or larger than a file may be.
    """
    diagnostics = Diagnostics(name)
    return _JsonNodeBuilder(diagnostics).build(value, 1), diagnostics


class _JsonNodeBuilder:
    """Builds the tree from decoded JSON, within the bounds of a file."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.nodes = 0
        self.characters = 0

    def build(self, value: Any, depth: int) -> Node:
        """Build one value and what is in it; `depth` is 1 for the root. Recursion ends at `MAX_DEPTH`."""
        if isinstance(value, dict):
            node = self._node("mapping", depth)
            for name, member in value.items():
                key = self._node("scalar", depth, name)
                child = self.build(member, depth + 1)
                child.parent, child.path_segment, child.key = node, name, key
                key.parent, key.path_segment = node, name
                node.entries.append((key, child))
            return node
        if isinstance(value, list):
            node = self._node("sequence", depth)
            for index, item in enumerate(value):
                child = self.build(item, depth + 1)
                child.parent, child.path_segment = node, index
                node.items.append(child)
            return node
        if isinstance(value, str):
            return self._node("scalar", depth, value)
        return self._node("scalar", depth, orjson.dumps(value).decode(), is_plain=True)

    def _node(self, node_type: NodeType, depth: int, text: str = "", *, is_plain: bool = False) -> Node:
        self.nodes += 1
        self.characters += len(text)
        if node_type != "scalar" and depth > MAX_DEPTH:
            raise self.diagnostics.fatal("SCN003", f"more than {MAX_DEPTH} levels of nesting")
        if self.nodes > MAX_NODES:
            raise self.diagnostics.fatal("SCN003", f"more than {MAX_NODES} values")
        if self.characters > MAX_BYTES:
            raise self.diagnostics.fatal("SCN003", f"more than {MAX_BYTES} bytes")
        return Node(node_type, 0, self.nodes, text, is_plain)
