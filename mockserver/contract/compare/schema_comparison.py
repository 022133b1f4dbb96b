"""Compares the schemas of two contracts: each pair of schemas once, wherever and however often it is used.

    comparison = SchemaComparison(old, new)
    comparison.add("#/components/schemas/Job", "#/components/schemas/Job", place, is_answer=True)
    changes = comparison.changes()

Theory of operation. Pairs are the nodes of a graph, the pairs inside them (fields, items, alternatives) its edges; it
is explored once. A pair that has changes of its own is followed backwards to every body from which it can be reached,
on the shortest way: that is where a client meets the change. So equal documents cost one comparison for each schema,
whatever refers to it, and a schema that contains itself ends. A change is reported once in a body.
"""

import heapq
from collections.abc import Iterator
from typing import Final, NamedTuple

from mockserver.contract.compare.alternatives import Alternative
from mockserver.contract.compare.changes import ChangePlace, ContractChange
from mockserver.contract.compare.diff_shapes import CapturePair, PlacePair, diff_pair, pair_shapes
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import canonical_place

MAX_COMPARED_PAIRS: Final = 300_000
"""Pairs of schemas that are compared: a 20 MB document has fewer, unless it is made to hurt."""
MAX_TRACED_STEPS: Final = 2_000_000
"""Steps backwards to find every place of every change; beyond them, a change is reported at one place."""


class ComparedPair(NamedTuple):
    """A pair of places, and the direction in which it is sent."""

    places: PlacePair
    is_answer: bool


class SchemaComparison:
    """The comparison of all schemas of two contracts."""

    def __init__(self, old: Capture, new: Capture) -> None:
        self.is_complete = True
        """False if there were too many pairs."""
        self._captures = {is_answer: CapturePair(old, new, is_answer) for is_answer in (False, True)}
        self._own_changes: dict[ComparedPair, list[ContractChange]] = {}
        self._outer_pairs: dict[ComparedPair, list[tuple[ComparedPair, str]]] = {}
        """The pairs that a pair is inside of, each with the way from there."""
        self._uses: dict[ComparedPair, list[ChangePlace]] = {}
        """The bodies, parameters and headers that a pair is the schema of."""
        self._steps_left = MAX_TRACED_STEPS

    def add(self, old: str, new: str, place: ChangePlace, *, is_answer: bool) -> None:
        """Compare the schemas at two pointers, which a client meets at a place."""
        captures = self._captures[is_answer]
        sides = ((captures.old, old), (captures.new, new))
        places = PlacePair(*(Alternative(canonical_place(capture, (pointer,))) for capture, pointer in sides))
        root = ComparedPair(places, is_answer)
        self._uses.setdefault(root, []).append(place)
        self._explore(root)

    def _explore(self, root: ComparedPair) -> None:
        pending = [root]
        while pending:
            pair = pending.pop()
            if pair in self._own_changes:
                continue
            if len(self._own_changes) >= MAX_COMPARED_PAIRS:
                self.is_complete = False
                return
            self._own_changes[pair], inner = diff_pair(pair_shapes(self._captures[pair.is_answer], pair.places))
            for places, way in inner:
                inner_pair = ComparedPair(places, pair.is_answer)
                self._outer_pairs.setdefault(inner_pair, []).append((pair, way))
                pending.append(inner_pair)

    def changes(self) -> Iterator[ContractChange]:
        """Yield every change with all its places."""
        for pair, own_changes in self._own_changes.items():
            if not own_changes:
                continue
            uses = list(self._trace(pair))
            for change in own_changes:
                [own_place] = change.places
                ways = ((place, f"{place.where} {way}{own_place.where}".rstrip()) for place, way in uses)
                yield change._replace(places=tuple(place._replace(where=where) for place, where in ways))

    def _trace(self, pair: ComparedPair) -> Iterator[tuple[ChangePlace, str]]:
        """Yield every place from which a pair can be reached, with the shortest way (of equal ones, the first)."""
        found: set[ComparedPair] = set()
        entries = 0
        pending: list[tuple[int, str, int, ComparedPair]] = [(0, "", entries, pair)]
        has_place = False
        while pending:
            length, way, _, inner = heapq.heappop(pending)
            if inner in found:
                continue
            found.add(inner)
            for place in self._uses.get(inner, ()):
                yield place, way
                has_place = True
            self._steps_left -= 1
            if self._steps_left < 0 and has_place:
                return
            for outer, step in self._outer_pairs.get(inner, ()):
                if outer not in found:
                    entries += 1
                    heapq.heappush(pending, (length + bool(step), step + way, entries, outer))
