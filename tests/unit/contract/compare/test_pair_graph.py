"""The ways from a pair out to the bodies that it is met in: the shortest, at a cost that the shared schemas set."""

from collections.abc import Callable

from mockserver.contract.compare import pair_graph
from mockserver.contract.compare.changes import ChangePlace
from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.compare.pair_graph import PairGraph
from tests.support.contract_diffs import contract

Ways = list[tuple[str, str]]


def ways(graph: PairGraph, pair: str) -> Ways:
    return [(place.operation, way) for place, way in graph.trace(pair)]


def body(name: str) -> ChangePlace:
    return ChangePlace(name, "")


def test_the_shortest_way_is_found_and_of_equal_ones_the_first_by_its_text() -> None:
    graph = PairGraph()
    graph.add_use("root", body("get"))
    graph.add_inner("root", [("b", "/b"), ("a", "/a"), ("deep", "/deep")])
    graph.add_inner("b", [("changed", "/x")])
    graph.add_inner("a", [("changed", "/y")])
    graph.add_inner("deep", [("deeper", "/er")])
    graph.add_inner("deeper", [("changed", "/x")])
    assert ways(graph, "changed") == [("get", "/a/y")]


def test_a_step_through_a_pair_that_is_nowhere_else_counts() -> None:
    graph = PairGraph()
    graph.add_use("root", body("get"))
    graph.add_inner("root", [("between", "/0"), ("changed", "/z")])
    graph.add_inner("between", [("changed", "/x")])
    assert ways(graph, "changed") == [("get", "/z")]


def test_an_alternative_is_no_step() -> None:
    graph = PairGraph()
    graph.add_use("root", body("get"))
    graph.add_inner("root", [("long", ""), ("changed", "/zz")])
    graph.add_inner("long", [("longer", "")])
    graph.add_inner("longer", [("changed", "/a")])
    assert ways(graph, "changed") == [("get", "/a")]


def test_every_body_on_the_way_is_a_place() -> None:
    graph = PairGraph()
    for name in ("outer", "middle", "changed"):
        graph.add_use(name, body(name))
    graph.add_inner("outer", [("middle", "/m")])
    graph.add_inner("middle", [("changed", "/c")])
    assert ways(graph, "changed") == [("changed", ""), ("middle", "/c"), ("outer", "/m/c")]


def test_a_circle_is_left_by_its_shortest_way() -> None:
    graph = PairGraph()
    graph.add_use("root", body("get"))
    graph.add_inner("root", [("one", "/one")])
    graph.add_inner("one", [("two", "/two"), ("changed", "/c")])
    graph.add_inner("two", [("one", "/back")])
    assert ways(graph, "changed") == [("get", "/one/c")]
    assert ways(graph, "two") == [("get", "/one/two")]


def test_pairs_with_the_same_inside_are_all_met() -> None:
    graph = PairGraph()
    for name in ("one", "two"):
        graph.add_use(name, body(name))
        graph.add_inner(name, [("changed", "/c"), ("other", "/o")])
    assert ways(graph, "changed") == [("one", "/c"), ("two", "/c")]


def test_a_change_without_a_place_yet_goes_on_beyond_the_last_step(monkeypatch) -> None:
    monkeypatch.setattr(pair_graph, "MAX_TRACED_STEPS", 0)
    graph = PairGraph()
    graph.add_use("outer", body("outer"))
    graph.add_use("inner", body("inner"))
    graph.add_inner("outer", [("inner", "/i")])
    graph.add_inner("inner", [("changed", "/c")])
    assert ways(graph, "changed") == [("inner", "/c")]


COUNT = 12


def tangled(limit: int, nullable: Callable[[str], dict]) -> dict:
    """Return schemas that all refer to all others by nullable references, with a field of their own each."""
    refs = {f"to{number}": nullable(f"#/components/schemas/S{number}") for number in range(COUNT)}
    own = {"type": "string", "maxLength": limit}
    return {f"S{number}": {"type": "object", "properties": {**refs, "own": own}} for number in range(COUNT)}


def test_nullable_references_cost_what_the_schemas_cost_that_they_refer_to(monkeypatch) -> None:
    # Each change is met in each answer: a step for each schema, and its hub, and little more.
    monkeypatch.setattr(pair_graph, "MAX_TRACED_STEPS", 3 * COUNT * COUNT)
    answers = {
        str(200 + number): {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/S{number}"}}}}
        for number in range(COUNT)
    }
    for nullable in (
        lambda ref: {"$ref": ref, "nullable": True},
        lambda ref: {"anyOf": [{"$ref": ref}, {"type": "null"}]},
    ):
        old, new = (contract(responses=answers, components={"schemas": tangled(limit, nullable)}) for limit in (9, 8))
        found = list(diff_captures(old, new))
        assert [len(change.places) for change in found] == [COUNT] * COUNT
