"""Which alternatives of two schemas belong together: what a name, a type, a field and its type count for."""

import pytest

from mockserver.contract.compare.alternatives import Alternative, alternatives_of, match_alternatives
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import shape_of
from tests.support.contract_diffs import contract_answering

PLACE = ("#/paths/~1pets~1{id}/get/responses/200/content/application~1json/schema",)


def found(capture: Capture) -> tuple[Alternative, ...]:
    return alternatives_of(capture, PLACE, shape_of(capture, PLACE))


def number(alternative: Alternative) -> int:
    return int(alternative.place[0].rpartition("/")[2])


def pairs(before: list, after: list) -> set[tuple[int, int]]:
    """Match the alternatives of two schemas; return the pairs by their numbers."""
    # Alternatives are at least two; the last ones are a pair, and are left out.
    old, new = (contract_answering({"anyOf": [*sides, {"type": "boolean"}]}) for sides in (before, after))
    matched = match_alternatives(old, new, found(old), found(new))
    numbers = {(number(one), number(other)) for one, other in matched.pairs}
    return numbers - {(len(before), len(after))}


def field(schema: dict) -> dict:
    return {"type": "object", "properties": {"a": schema}}


# In each case the first of the new ones comes first by its text, so that nothing but the likeness chooses the second.
CASES = {
    "the same type": (
        {"type": "number", "minimum": 1},
        [{"type": "integer", "minimum": 2}, {"type": "number", "minimum": 2}],
    ),
    "the same name": (
        {"type": "string", "maxLength": 1, "title": "Z"},
        [{"type": "string", "maxLength": 2, "title": "A"}, {"type": "string", "maxLength": 2, "title": "Z"}],
    ),
    "the same type of a field": (
        field({"type": "string", "minLength": 1}),
        [field({"type": "integer"}), field({"type": "string"})],
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_the_more_alike_are_a_pair(before: dict, after: list) -> None:
    assert pairs([before], after) == {(0, 1)}
    assert pairs([before], after[::-1]) == {(0, 0)}


def test_no_name_is_not_a_name_in_common() -> None:
    unnamed = {"type": "string", "minLength": 1, "enum": ["a", "b"]}
    after = [{"type": "string", "minLength": 2}, {"type": "string", "title": "X", "enum": ["a", "c"]}]
    assert pairs([unnamed], after) == {(0, 1)}


def test_null_is_no_alternative() -> None:
    capture = contract_answering({"anyOf": [{"type": ["string", "null"]}, {"type": "null"}, {"type": "integer"}]})
    assert [(number(each), each.only) for each in found(capture)] == [(0, "string"), (2, "integer")]
