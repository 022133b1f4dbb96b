"""Mermaid diagrams as SVG, drawn while the site is built: no script, no other host, and the colours of the theme.

The pages use two forms of Mermaid, and this module reads these and no other: state diagrams whose lines are
`A --> B: trigger`, and flowcharts whose lines are `a[text] --> b[text] & c --> d` (`-.->` is dashed). A line that it
cannot read is an error of the build, not a diagram that lacks something.
"""

import re
from collections import defaultdict
from html import escape
from typing import Final, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from docs._ext.layered_layout import Edge, Layout, Path, Point, lay_out

_CHARACTER: Final = 7.3
_LINE: Final = 17.0
_PADDING: Final = 11.0
_WRAP: Final = 30
_STATE_LINE: Final = re.compile(r"(\[\*\]|\w+) --> (\[\*\]|\w+)(?:: (.+))?")
_ARROW: Final = re.compile(r" (-->|-\.->) ")
_FLOW_NODE: Final = re.compile(r"(\w+)(?:\[(.+)\])?")


class Node(NamedTuple):
    """A box: its lines of text, and whether it is a start or an end."""

    lines: tuple[str, ...]
    kind: str = ""

    @property
    def width(self) -> float:
        """Width in pixels."""
        return 2 * _PADDING + _CHARACTER * max(map(len, self.lines))

    @property
    def height(self) -> float:
        """Height in pixels."""
        return _PADDING + _LINE * len(self.lines)


class Diagram(NamedTuple):
    """The boxes by their names, and the arrows between them."""

    boxes: dict[str, Node]
    edges: tuple[Edge, ...]


def parse(text: str) -> Diagram:
    """Read a diagram. Raises `ExtensionError` for a line that is in neither form."""
    head, *lines = [line.strip() for line in text.strip().splitlines()]
    if head == "stateDiagram-v2":
        return _state_diagram(lines)
    if head == "flowchart TD":
        return _flowchart(lines)
    raise _unreadable(head)


def _unreadable(line: str) -> ExtensionError:
    return ExtensionError(
        f"docs/_ext/diagrams.py reads no Mermaid like {line!r}: extend it, or write the line otherwise"
    )


def _state_diagram(lines: list[str]) -> Diagram:
    edges, starts, ends = [], set(), set()
    for line in lines:
        found = _STATE_LINE.fullmatch(line)
        if found is None:
            raise _unreadable(line)
        source, target, trigger = found[1], found[2], found[3] or ""
        if source == "[*]":
            starts.add(target)
        elif target == "[*]":
            ends.add(source)
        else:
            edges.append(Edge(source, target, trigger))
    return _alike_joined(edges, starts, ends)


def _alike_joined(edges: list[Edge], starts: set[str], ends: set[str]) -> Diagram:
    """Put states with the same arrows into one box: eleven states of a lifecycle have then six boxes."""
    arrows: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for edge in edges:
        arrows[edge.source].add(("to", edge.target, edge.label))
        arrows[edge.target].add(("from", edge.source, edge.label))
    groups: dict[frozenset[tuple[str, ...]], list[str]] = defaultdict(list)
    for state in dict.fromkeys(name for edge in edges for name in (edge.source, edge.target)):
        groups[frozenset(arrows[state])].append(state)
    box_of = {state: members[0] for members in groups.values() for state in members}
    boxes = {}
    for members in groups.values():
        kind = "end" if members[0] in ends else ""
        boxes[members[0]] = Node(tuple(members), "start" if members[0] in starts else kind)
    joined = dict.fromkeys(Edge(box_of[edge.source], box_of[edge.target], edge.label) for edge in edges)
    return Diagram(boxes, tuple(joined))


def _flowchart(lines: list[str]) -> Diagram:
    boxes: dict[str, Node] = {}
    edges = []
    for line in lines:
        # Boxes and arrows in turn: `a --> b & c -.-> d`.
        parts = _ARROW.split(line)
        if len(parts) == 1:
            raise _unreadable(line)
        stops = [_flow_nodes(part, boxes) for part in parts[::2]]
        for sources, arrow, targets in zip(stops, parts[1::2], stops[1:], strict=False):
            edges += [Edge(source, target, "", arrow == "-.->") for source in sources for target in targets]
    return Diagram(boxes, tuple(edges))


def _flow_nodes(text: str, boxes: dict[str, Node]) -> list[str]:
    names = []
    for part in text.split(" & "):
        found = _FLOW_NODE.fullmatch(part.strip())
        if found is None:
            raise _unreadable(text)
        name = found[1]
        if found[2] or name not in boxes:
            boxes[name] = Node(_wrapped(found[2] or name))
        names.append(name)
    return names


def _wrapped(text: str) -> tuple[str, ...]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _WRAP:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(lines)


def svg(diagram: Diagram) -> str:
    """Draw a diagram as an SVG element that can stand in HTML."""
    layout = lay_out({name: (box.width, box.height) for name, box in diagram.boxes.items()}, diagram.edges)
    width, height = round(layout.width), round(layout.height)
    parts = [f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" xmlns="http://www.w3.org/2000/svg">']
    parts.append(f"<title>{escape(_description(diagram))}</title>")
    parts += _arrows(layout)
    for name, box in diagram.boxes.items():
        parts += _box(box, layout.centres[name])
    parts.append("</svg>")
    return f'<div class="diagram">{"".join(parts)}</div>'


def _description(diagram: Diagram) -> str:
    def words(name: str) -> str:
        return " / ".join(diagram.boxes[name].lines)

    return "; ".join(
        f"{words(edge.source)} to {words(edge.target)}" + (f" by {edge.label}" if edge.label else "")
        for edge in diagram.edges
    )


def _arrows(layout: Layout) -> list[str]:
    parts = []
    for path in layout.paths:
        style = f"edge {path.label.split(',')[-1].strip()}".strip() + (" dashed" if path.dashed else "")
        parts.append(f'<path class="{style}" d="{_curve(path)}"/>')
        if path.is_last:
            parts.append(f'<path class="head {style}" d="{_arrow_head(path.end)}"/>')
    return [*parts, *_labels(layout)]


def _curve(path: Path) -> str:
    (x1, y1), (x2, y2) = path.start, path.end
    middle = (y1 + y2) / 2
    return f"M{x1:.1f} {y1:.1f}C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"


def _arrow_head(tip: Point) -> str:
    return f"M{tip.x - 4:.1f} {tip.y - 7:.1f}L{tip.x:.1f} {tip.y:.1f}L{tip.x + 4:.1f} {tip.y - 7:.1f}z"


def _labels(layout: Layout) -> list[str]:
    """Draw a label once where arrows of one trigger meet; it comes after all lines, so that its halo covers them."""
    meeting: dict[tuple[Point, str], list[float]] = defaultdict(list)
    for path in layout.paths:
        if path.is_last and path.label:
            meeting[path.end, path.label].append((path.start.x + path.end.x * 3) / 4)
    return [
        f'<text class="label" x="{sum(xs) / len(xs):.1f}" y="{end.y - 13:.1f}">{escape(label)}</text>'
        for (end, label), xs in meeting.items()
    ]


def _box(box: Node, centre: Point) -> list[str]:
    left, top = centre.x - box.width / 2, centre.y - box.height / 2
    shape = f'x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="6"'
    parts = [f'<rect class="box {box.kind}" {shape}/>']
    for number, line in enumerate(box.lines):
        baseline = top + _PADDING / 2 + _LINE * number + 12.5
        parts.append(f'<text x="{centre.x:.1f}" y="{baseline:.1f}">{escape(line)}</text>')
    return parts


def _doctree_read(app: Sphinx, document: nodes.document) -> None:
    for block in list(document.findall(nodes.literal_block)):
        if block.get("language") == "mermaid":
            try:
                drawn = svg(parse(block.astext()))
            except ExtensionError as error:
                raise ExtensionError(f"{app.env.docname}: {error.message}") from None
            block.replace_self(nodes.raw("", drawn, format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", _doctree_read)
    return {"parallel_read_safe": True}
