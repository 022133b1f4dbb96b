"""Reads YAML into nodes, distrusting it: bounded, without recursion, and only what a data file needs.

PyYAML's constructors follow YAML 1.1, where `no` is false, `10:30` is 630 and `012` is 10; they keep the last of two
equal keys without a word and let ten lines of aliases grow into gigabytes. So only its parser is used. Anchors,
aliases, tags and second documents are refused outright; a byte order mark at the start of the file is dropped.
"""

import re
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, NodeType, truncate_value

MAX_BYTES: Final = 1_000_000
"""Bytes of a file."""
MAX_DEPTH: Final = 50
"""Levels of nesting."""
MAX_NODES: Final = 50_000

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAB_HINT: Final = "Indent with spaces, never with tabs; a text that begins with `@`, `%` or a backtick needs quotes."
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(source: Path | str | bytes, file: str = "") -> tuple[Node, Diagnostics]:
    """The root node of a file, a text or bytes, and the report with what is wrong but did not stop the reading.

    `file` names a text in messages. Raises `MockError` where there is nothing to go on with.
    """
    report = Diagnostics(file or (str(source) if isinstance(source, Path) else "scenario"))
    report.text = _decode_source(_read_source(source, report), report)
    _check_characters(report)
    builder = _NodeBuilder(report)
    try:
        for event in yaml.parse(report.text, Loader=_LOADER):
            builder.handle(event)
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        said = ", ".join(filter(None, (error.context, error.problem)))
        hint = _TAB_HINT if "cannot start any token" in said else ""
        raise report.fatal("SCN004", f"this is not YAML: {said}", mark.line + 1, mark.column + 1, hint) from None
    return builder.finish(), report


def _read_source(source: Path | str | bytes, diagnostics: Diagnostics) -> str | bytes:
    if not isinstance(source, Path):
        return source
    try:
        with source.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise diagnostics.fatal("SCN001", f"the file cannot be read: {error.strerror or error}") from None


def _decode_source(source: str | bytes, diagnostics: Diagnostics) -> str:
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(data) > MAX_BYTES:
        raise diagnostics.fatal("SCN003", f"the file has more than {MAX_BYTES} bytes")
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        diagnostics.text = data[: error.start].decode()
        line, column = _line_and_column(diagnostics.text, len(diagnostics.text))
        raise diagnostics.fatal(
            "SCN002", f"byte 0x{data[error.start]:02x} is not UTF-8", line, column, "Save the file as UTF-8."
        ) from None


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    before = re.split("\r\n|[\r\n\x85\u2028\u2029]", text[:at])
    return len(before), len(before[-1]) + 1


def _check_characters(diagnostics: Diagnostics) -> None:
    found = _FORBIDDEN.search(diagnostics.text)
    if found:
        line, column = _line_and_column(diagnostics.text, found.start())
        raise diagnostics.fatal("SCN002", f"the character U+{ord(found[0]):04X} cannot stand in YAML", line, column)


class _NodeBuilder:
    """Builds the tree from events; `open` holds the containers not yet closed, innermost last."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.root: Node | None = None
        self.open_containers: list[Node] = []
        self.pending_keys: list[Node | None] = []
        self.keys_seen: list[set[str]] = []
        self.nodes = 0
        self.documents = 0

    def handle(self, event: yaml.Event) -> None:
        """One event of the parser."""
        mark: Any = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise self.diagnostics.fatal(
                        "SCN005", "a second document begins here: a scenario is one", line, column
                    )
            case yaml.MappingStartEvent():
                self._enter(Node("mapping", line, column), event)
            case yaml.SequenceStartEvent():
                self._enter(Node("sequence", line, column), event)
            case yaml.ScalarEvent():
                self._attach(Node("scalar", line, column, event.value, is_plain=event.implicit[0]), event)
            case yaml.AliasEvent():
                self._attach(Node("scalar", line, column, f"*{event.anchor}"), event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open_containers.pop()
                self.pending_keys.pop()
                self.keys_seen.pop()

    def _enter(self, node: Node, event: yaml.Event) -> None:
        self._attach(node, event)
        self.open_containers.append(node)
        self.pending_keys.append(None)
        self.keys_seen.append(set())
        if len(self.open_containers) > MAX_DEPTH:
            raise self.diagnostics.fatal("SCN003", f"more than {MAX_DEPTH} levels of nesting", node.line, node.column)

    def _attach(self, node: Node, event: yaml.Event) -> None:
        """Hang a node into the tree: as the root, an item, a key or a value."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.diagnostics.fatal("SCN003", f"more than {MAX_NODES} values", node.line, node.column)
        parent = self.open_containers[-1] if self.open_containers else None
        node.parent = parent
        if parent is None:
            self.root = node
        elif parent.node_type == "sequence":
            node.path_segment = len(parent.items)
            parent.items.append(node)
        elif self.pending_keys[-1] is None:
            self._attach_key(node)
        else:
            self._attach_value(parent, node, self.pending_keys[-1])
        self._check_plain_data(node, event)

    def _attach_key(self, node: Node) -> None:
        self.pending_keys[-1] = node
        node.path_segment = node.text
        if node.node_type != "scalar" or (node.is_plain and not node.text):
            self.diagnostics.add("SCN010", "a key must be plain text", node, "Write `name: value`.")

    def _attach_value(self, parent: Node, node: Node, key: Node) -> None:
        self.pending_keys[-1] = None
        node.path_segment, node.key = key.text, key
        if self.diagnostics.has_error(key):
            return
        if key.text in self.keys_seen[-1]:
            message = f"the key {truncate_value(key.text)!r} is given twice in this mapping"
            self.diagnostics.add("SCN009", message, node, "Keep one of the two.", on_key=True)
            return
        self.keys_seen[-1].add(key.text)
        parent.entries.append((key, node))

    def _check_plain_data(self, node: Node, event: yaml.Event) -> None:
        """Refuse what is more than data, and what no JSON text can carry."""
        hint = "Write the value out where it is needed."
        if isinstance(event, yaml.AliasEvent):
            self.diagnostics.add("SCN007", f"the alias `{truncate_value(node.text)}` is not read here", node, hint)
        elif getattr(event, "anchor", None):
            self.diagnostics.add(
                "SCN007", f"the anchor `&{truncate_value(str(getattr(event, 'anchor', '')))}` has no use", node, hint
            )
        tag = getattr(event, "tag", None)
        if tag:
            self.diagnostics.add(
                "SCN008", f"the tag `{truncate_value(tag)}` is not read here", node, "Leave the tag out."
            )
        if _SURROGATE.search(node.text):
            self.diagnostics.add("SCN002", "half of a surrogate pair is no character", node)

    def finish(self) -> Node:
        """The root, once all events were taken."""
        if self.root is None or (self.root.is_null and not self.diagnostics.has_error(self.root)):
            raise self.diagnostics.fatal(
                "SCN006", "the file is empty", 1, 1, "A scenario begins with `scenario: NAME` and `vendor: NAME`."
            )
        return self.root


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
