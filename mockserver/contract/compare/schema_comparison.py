"""Compares the schemas of two contracts: each pair of schemas once, wherever and however often it is used.

    comparison = SchemaComparison(old, new)
    comparison.add("#/components/schemas/Job", "#/components/schemas/Job", place, is_answer=True)
    changes = comparison.changes()

Theory of operation. Pairs of schemas are the nodes of a graph, and the pairs inside them (fields, items, alternatives)
are its edges. It is explored once, from the outside in; a change is then followed from the inside out, to every body in
which a client meets it. An example: the answers of `getJob` and `listJobs`, and a state that has got a new value.

    getJob    response 200:  Job                            Job   {state: State, parent: Job}
    listJobs  response 200:  {items: [Job]}                 State old: queued, done   new: queued, done, failed

    explored                  its own changes               it is inside of
    (Job, Job)                none                          (Job, Job) by /parent, (inline, inline) by /items/*
    (State, State)            DIF082 "failed" is new        (Job, Job) by /state
    (inline, inline)          none                          nothing: it is the body of listJobs

From (State, State) two bodies can be reached, and the change is reported at both: `getJob response 200 /state` and
`listJobs response 200 /items/*/state`. That `/parent/state` leads to it as well is not reported: of all ways from a
body to a change, a client needs only the shortest.

So equal documents cost one comparison for each schema, whatever refers to it, and a schema that contains itself ends.
Named schemas that are written alike with all that they refer to are not even explored (`unchanged`).
ADR 19 has the alternatives.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from mockserver.contract.compare.alternatives import Alternative
from mockserver.contract.compare.changes import ChangePlace, ContractChange
from mockserver.contract.compare.diff_shapes import diff_pair
from mockserver.contract.compare.pair_graph import PairGraph
from mockserver.contract.compare.shape_pairs import CapturePair, PlacePair, pair_shapes
from mockserver.contract.compare.unchanged import unchanged_schemas
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import canonical_place

MAX_COMPARED_PAIRS: Final = 300_000
"""Pairs of schemas that are compared: a 20 MB document has fewer, unless it is made to hurt."""


class ComparedPair(NamedTuple):
    """A node of the graph: a pair of places, and the direction in which it is sent.

    A schema that is used in requests and in answers is two nodes: the same difference breaks another side.
    """

    places: PlacePair
    is_answer: bool


class SchemaComparison:
    """The comparison of all schemas of two contracts."""

    def __init__(self, old: Capture, new: Capture) -> None:
        self.is_complete = True
        """False if there were too many pairs."""
        self._captures = {is_answer: CapturePair(old, new, is_answer) for is_answer in (False, True)}
        self._unchanged = unchanged_schemas(old, new)
        self._own_changes: dict[ComparedPair, list[ContractChange]] = {}
        """The changes of each explored pair, without those of the pairs inside it; the place of each is relative."""
        self._graph = PairGraph()

    def add(self, old: str, new: str, place: ChangePlace, *, is_answer: bool) -> None:
        """Compare the schemas at two pointers, which a client meets at a place."""
        captures = self._captures[is_answer]
        # One schema has one name, whatever refers to it: else it would be several nodes, and a circle might not close.
        sides = ((captures.old, old), (captures.new, new))
        places = PlacePair(*(Alternative(canonical_place(capture, (pointer,))) for capture, pointer in sides))
        root = ComparedPair(places, is_answer)
        self._graph.add_use(root, place)
        self._explore(root)

    def _explore(self, root: ComparedPair) -> None:
        """Compare a pair and all pairs inside it.

        Invariant: a pair in `_own_changes` has been compared, and every pair inside it is there or pending. So each is
        compared once, and the number of pairs bounds the loop.
        """
        pending = [root]
        while pending:
            pair = pending.pop()
            if pair in self._own_changes or self._is_unchanged(pair.places):
                continue
            if len(self._own_changes) >= MAX_COMPARED_PAIRS:
                self.is_complete = False
                return
            self._own_changes[pair], inner = diff_pair(pair_shapes(self._captures[pair.is_answer], pair.places))
            pairs_inside = [(ComparedPair(places, pair.is_answer), way) for places, way in inner]
            # The edges are kept even where an inner pair is known: another way leads to its changes.
            self._graph.add_inner(pair, pairs_inside)
            pending += (inner_pair for inner_pair, _ in pairs_inside)

    def _is_unchanged(self, places: PlacePair) -> bool:
        old, new = places
        # Several pointers are one value described in several parts, which may stand elsewhere in the other document.
        return old == new and len(old.place) == 1 and old.place[0] in self._unchanged

    def changes(self) -> Iterator[ContractChange]:
        """Yield every change with all its places."""
        for pair, own_changes in self._own_changes.items():
            if not own_changes:
                continue
            uses = list(self._graph.trace(pair))
            for change in own_changes:
                [own_place] = change.places
                ways = ((place, f"{place.where} {way}{own_place.where}".rstrip()) for place, way in uses)
                yield change._replace(places=tuple(place._replace(where=where) for place, where in ways))
