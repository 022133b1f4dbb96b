"""Place the boxes of an acyclic graph in layers from top to bottom, after Sugiyama.

1. A box lies one layer below the lowest box that leads to it; a box that leads nowhere lies in the last layer.
2. An arrow over several layers passes through a bend in each. Arrows with one target and one label share their bends:
   twenty arrows to one end are one trunk.
3. The order in a layer follows the mean position of the neighbours, downwards and upwards in turn.
4. Each box moves as near to the mean of its neighbours as the others of its layer let it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

_GAP: Final = 26.0
_LAYER_GAP: Final = 46.0
_MARGIN: Final = 6.0
_SWEEPS: Final = 12


class Edge(NamedTuple):
    """An arrow between two boxes."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False


class Point(NamedTuple):
    """A place in pixels, from the upper left."""

    x: float
    y: float


class Path(NamedTuple):
    """A piece of an arrow, from one layer to the next; the last one has the head and the label."""

    start: Point
    end: Point
    label: str
    dashed: bool
    is_last: bool


class Layout(NamedTuple):
    """The centres of the boxes, the pieces of the arrows, and the size of it all."""

    centres: Mapping[str, Point]
    paths: Sequence[Path]
    width: float
    height: float


Bend = tuple[str, str, int]
"""The target, the label and the layer of a bend."""
Place = str | Bend
Piece = tuple[Place, Place, Edge]


def lay_out(sizes: Mapping[str, tuple[float, float]], edges: Sequence[Edge]) -> Layout:
    """Place boxes of these sizes (width, height)."""
    layer_of = _layers(sizes, edges)
    pieces = _pieces(edges, layer_of)
    layers = _ordered(layer_of, pieces)
    widths = {place: sizes[place][0] if isinstance(place, str) else 8.0 for layer in layers for place in layer}
    xs = _positions(layers, widths, pieces)
    tops, heights = [_MARGIN], []
    for layer in layers:
        heights.append(max((sizes[place][1] for place in layer if isinstance(place, str)), default=20.0))
        tops.append(tops[-1] + heights[-1] + _LAYER_GAP)
    left = min(xs[place] - widths[place] / 2 for place in xs) - _MARGIN
    centres = {
        place: Point(xs[place] - left, tops[number] + heights[number] / 2)
        for number, layer in enumerate(layers)
        for place in layer
    }
    paths = []
    for source, target, edge in pieces:
        start, end = centres[source], centres[target]
        if isinstance(source, str):
            start = Point(start.x, start.y + sizes[source][1] / 2)
        if isinstance(target, str):
            end = Point(end.x, end.y - sizes[target][1] / 2)
        paths.append(Path(start, end, edge.label, edge.dashed, isinstance(target, str)))
    right = max(xs[place] + widths[place] / 2 for place in xs) - left + _MARGIN
    boxes = {place: centre for place, centre in centres.items() if isinstance(place, str)}
    return Layout(boxes, paths, right, tops[-1] - _LAYER_GAP + _MARGIN)


def _layers(names: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    layer_of = dict.fromkeys(names, 0)
    for _ in layer_of:
        for edge in edges:
            layer_of[edge.target] = max(layer_of[edge.target], layer_of[edge.source] + 1)
    last = max(layer_of.values())
    sources = {edge.source for edge in edges}
    return {name: number if name in sources else last for name, number in layer_of.items()}


def _pieces(edges: Sequence[Edge], layer_of: Mapping[str, int]) -> list[Piece]:
    pieces: dict[tuple[Place, Place], Piece] = {}
    for edge in edges:
        here: Place = edge.source
        for layer in range(layer_of[edge.source] + 1, layer_of[edge.target]):
            bend = (edge.target, edge.label, layer)
            pieces.setdefault((here, bend), (here, bend, edge))
            here = bend
        pieces.setdefault((here, edge.target), (here, edge.target, edge))
    return list(pieces.values())


def _ordered(layer_of: Mapping[str, int], pieces: Sequence[Piece]) -> list[list[Place]]:
    layers: list[list[Place]] = [[] for _ in range(max(layer_of.values()) + 1)]
    for name, number in layer_of.items():
        layers[number].append(name)
    for place in dict.fromkeys(end for piece in pieces for end in piece[:2]):
        if not isinstance(place, str):
            layers[place[2]].append(place)
    neighbours = _neighbours(pieces)
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for number in range(len(layers))[::step][1:]:
            before = {place: index for index, place in enumerate(layers[number - step])}
            layers[number].sort(key=lambda place: _mean([before[near] for near in neighbours[place] if near in before]))
    return layers


def _neighbours(pieces: Sequence[Piece]) -> Mapping[Place, list[Place]]:
    found: dict[Place, list[Place]] = defaultdict(list)
    for source, target, _ in pieces:
        found[source].append(target)
        found[target].append(source)
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _positions(
    layers: Sequence[Sequence[Place]], widths: Mapping[Place, float], pieces: Sequence[Piece]
) -> dict[Place, float]:
    xs: dict[Place, float] = {}
    for layer in layers:
        _spread(layer, widths, [0.0] * len(layer), xs)
    neighbours = _neighbours(pieces)
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for layer in layers[::step]:
            _spread(
                layer, widths, [_mean([xs[near] for near in neighbours[place]] or [xs[place]]) for place in layer], xs
            )
    return xs


def _spread(
    layer: Sequence[Place], widths: Mapping[Place, float], wished: Sequence[float], xs: dict[Place, float]
) -> None:
    """Place a layer from left to right without overlaps, then shift it as a whole to the mean of its wishes."""
    right = None
    for place, wish in zip(layer, wished, strict=True):
        half = widths[place] / 2
        xs[place] = wish if right is None else max(wish, right + _GAP + half)
        right = xs[place] + half
    shift = _mean([wish - xs[place] for place, wish in zip(layer, wished, strict=True)])
    for place in layer:
        xs[place] += shift
