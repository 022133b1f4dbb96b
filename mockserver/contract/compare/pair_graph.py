"""The graph of compared pairs, and the ways in it from a pair out to every body in which a client meets it.

Theory of operation. The cost of a search is that of the edges that it takes, and there are three ways to have fewer:

- Pairs with the same inside share a node for it, a hub: a hundred nullable references to a schema of ten fields have a
  hundred edges to the hub, and the hub has ten, instead of a thousand together.
- Most nodes are inside of one other node and used nowhere else. A search does not stop at those: the edges through them
  are taken as one.
- Nodes are numbered, since a pair is long to hash.
"""

import heapq
from collections.abc import Hashable, Iterable, Iterator
from typing import Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace

MAX_TRACED_STEPS: Final = 1_000_000
"""Steps backwards to find every place of every change; beyond them, a change is reported at one place."""


class _OuterEdge(NamedTuple):
    """A way out of a pair into one that it is inside of."""

    outer: int
    way: str
    """The text from there down to the pair: `/state`; empty for an alternative, which a client does not see."""
    length: int
    """The steps that a client sees in it."""


class PairGraph:
    """Pairs, the pairs that they are inside of, and the places that they are used at."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._edges: list[list[_OuterEdge]] = []
        """The edges out of each pair and each hub, by its number."""
        self._uses: dict[int, list[ChangePlace]] = {}
        """The bodies, parameters and headers that a pair is the schema of: there every way from a change ends."""
        self._short_edges: dict[int, list[_OuterEdge]] = {}
        """The edges out of a pair, past all that is only a place on the way; of the pairs that were searched."""
        self._steps_left = MAX_TRACED_STEPS

    def add_use(self, pair: Hashable, place: ChangePlace) -> None:
        """Add a place that a pair is used at; a pair with a place is never passed."""
        self._uses.setdefault(self._number(pair), []).append(place)

    def add_inner(self, outer: Hashable, inner: Iterable[tuple[Hashable, str]]) -> None:
        """Add the pairs inside a pair, once, each with the way to it from there."""
        contents = tuple(inner)
        is_new = contents not in self._numbers
        hub = self._number(contents)
        if is_new:
            for pair, way in contents:
                self._edges[self._number(pair)].append(_OuterEdge(hub, way, int(bool(way))))
        self._edges[hub].append(_OuterEdge(self._number(outer), "", 0))

    def _number(self, pair: Hashable) -> int:
        number = self._numbers.setdefault(pair, len(self._edges))
        if number == len(self._edges):
            self._edges.append([])
        return number

    def trace(self, pair: Hashable) -> Iterator[tuple[ChangePlace, str]]:
        """Yield every place from which a pair can be reached, with the shortest way (of equal ones, the first).

        This is Dijkstra's search, from the change outwards; the graph must be complete. Invariant: `found` are the
        pairs whose shortest way is known, and none in `pending` has a shorter one. `way` is the text from that pair
        down to the change.
        """
        start = self._numbers[pair]
        found: set[int] = set()
        best: dict[int, tuple[int, str]] = {start: (0, "")}
        # The number of the entry decides between ways of one length and text, in the order of the document.
        entries = 0
        pending = [(0, "", entries, start)]
        has_place = False
        while pending:
            length, way, _, inner = heapq.heappop(pending)
            if inner in found:
                continue
            found.add(inner)
            for place in self._uses.get(inner, ()):
                yield place, way
                has_place = True
            # The steps are those of all changes together. A change without any place would be lost: it gets one.
            self._steps_left -= 1
            if self._steps_left < 0 and has_place:
                return
            for outer, step, more in self._edges_past_places(inner):
                known = best.get(outer)
                # The text of a longer way is not even built.
                if known is not None and known[0] < length + more:
                    continue
                reached = (length + more, step + way)
                if known is None or reached < known:
                    best[outer] = reached
                    entries += 1
                    heapq.heappush(pending, (*reached, entries, outer))

    def _edges_past_places(self, inner: int) -> list[_OuterEdge]:
        if inner not in self._short_edges:
            self._short_edges[inner] = list(map(self._lengthen, self._edges[inner]))
        return self._short_edges[inner]

    def _lengthen(self, edge: _OuterEdge) -> _OuterEdge:
        """Return the edge that goes on until a pair that is used itself, or is inside of several others.

        It ends: a pair that is used nowhere itself was first met from another one, so that its only edge leads there.
        """
        outer, way, length = edge
        while outer not in self._uses and len(self._edges[outer]) == 1:
            outer, step, more = self._edges[outer][0]
            way = step + way
            length += more
        return _OuterEdge(outer, way, length)
