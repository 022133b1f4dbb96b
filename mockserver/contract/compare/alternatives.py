"""Pairs the alternatives (`anyOf`, `oneOf`) of two schemas by what they have most in common.

Alternatives have no names that a client sees. They are brought to one form first: an alternative that only lists
further alternatives is replaced by those, and one of several types is taken apart by type, so that `type: [string,
integer]` and `anyOf` of both are the same. Equal ones are pairs; the others are scored, and the most alike are taken
first. The order in which a document lists alternatives does not count.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.allowed_values import NULL_TYPE, Pointers, types_within
from mockserver.contract.schema.json_values import canonical_json
from mockserver.contract.schema.shape import SchemaShape, canonical_place, shape_of

MAX_SCORED_PAIRS: Final = 250_000
"""Pairs of alternatives that are all scored; of more, only those that share a feature are."""
_MAX_SHARING: Final = 20
"""Alternatives that may share a feature by which pairs are sought."""


class Alternative(NamedTuple):
    """One alternative, or its part of one type."""

    place: Pointers
    only: str | None = None
    """The type to which it is restricted; None if it has any type."""


class MatchedAlternatives(NamedTuple):
    """Alternatives in pairs, and those that are left over."""

    pairs: list[tuple[Alternative, Alternative]]
    gone: list[Alternative]
    new: list[Alternative]


@dataclass(frozen=True, slots=True)
class _Features:
    """What an alternative is compared by."""

    types: frozenset[str] | None
    name: str | None
    """Its title, or the name of its schema."""
    fields: frozenset[str]
    typed_fields: frozenset[str]
    """Names of fields with their types."""
    values: frozenset[str]
    constants: Mapping[str, str]
    """The fields that can have one value only, with that value."""
    text: str
    """Its schema as JSON: equal alternatives have equal texts."""

    def search_keys(self) -> Iterator[str]:
        """Yield the texts by which similar alternatives are sought."""
        yield f"text {self.text}"
        yield f"name {self.name}"
        yield from (f"field {name}" for name in self.fields)
        yield from (f"constant {each}" for each in self.constants.items())
        yield from (f"value {value}" for value in self.values)


def alternatives_of(capture: Capture, place: Pointers, shape: SchemaShape) -> tuple[Alternative, ...]:
    """Return the alternatives of a schema in their common form; of one without, the schema itself.

    They are found once for a capture.
    """
    known: dict[Pointers, tuple[Alternative, ...]] = capture.cache("alternatives by place")
    if place not in known:
        known[place] = _find_alternatives(capture, place, shape)
    return known[place]


def _find_alternatives(capture: Capture, place: Pointers, shape: SchemaShape) -> tuple[Alternative, ...]:
    """Return the alternatives in the order of the document: a stack, on which the next one lies on top."""
    found: dict[Alternative, None] = {}
    pending = _stack_of(capture, shape) or [place]
    visited: set[Pointers] = set()
    while pending:
        inner = pending.pop()
        if inner in visited:
            continue
        visited.add(inner)
        inner_shape = shape_of(capture, inner)
        if inner != place and inner_shape.only_lists_alternatives:
            pending += _stack_of(capture, inner_shape)
        elif inner_shape.types is None:
            found[Alternative(inner)] = None
        else:
            # An alternative that no value fits, or null alone, has no types here, and does not count.
            found |= dict.fromkeys(Alternative(inner, only) for only in sorted(inner_shape.types - NULL_TYPE))
    return tuple(found)


def _stack_of(capture: Capture, shape: SchemaShape) -> list[Pointers]:
    return [canonical_place(capture, (pointer,)) for pointer in reversed(shape.alternatives)]


def match_alternatives(
    old: Capture, new: Capture, before: Sequence[Alternative], after: Sequence[Alternative]
) -> MatchedAlternatives:
    """Pair the alternatives that have most in common, the most similar pair first."""
    pairs: AlternativePairs = []
    left, right = list(before), list(after)
    # Most alternatives have not changed. Of several equal ones, those of one name belong together.
    for with_name in (True, False):
        equal, left, right = _take_equal(
            [(_match_key(old, each, with_name=with_name), each) for each in left],
            [(_match_key(new, each, with_name=with_name), each) for each in right],
        )
        pairs += equal
    gone, fresh = dict(enumerate(left)), dict(enumerate(right))
    for i, j in _pairs_by_likeness(
        [_features_of(old, each) for each in left], [_features_of(new, each) for each in right]
    ):
        if i in gone and j in fresh:
            pairs.append((gone.pop(i), fresh.pop(j)))
    return MatchedAlternatives(pairs, list(gone.values()), list(fresh.values()))


def _pairs_by_likeness(olds: Sequence[_Features], news: Sequence[_Features]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of indexes that may belong together, the most similar first, of equally similar ones by text."""
    scored = [
        (-likeness_of(olds[i], news[j]), olds[i].text, news[j].text, i, j)
        for i, j in likely_pairs(olds, news)
        if _may_be_same(olds[i], news[j])
    ]
    for *_, i, j in sorted(scored):
        yield i, j


def _may_be_same(one: _Features, other: _Features) -> bool:
    """Return False for two alternatives of different types, or of different constants of one field.

    `type: completed` and `type: failed` are two alternatives, however much else they share.
    """
    if any(other.constants.get(name, value) != value for name, value in one.constants.items()):
        return False
    return may_share_type(one.types, other.types)


AlternativePairs = list[tuple[Alternative, Alternative]]


def _take_equal(
    before: Sequence[tuple[Hashable, Alternative]], after: Sequence[tuple[Hashable, Alternative]]
) -> tuple[AlternativePairs, list[Alternative], list[Alternative]]:
    """Return the pairs with equal keys, and the alternatives of both sides that are left over."""
    by_key: dict[Hashable, list[Alternative]] = {}
    for key, each in reversed(before):
        by_key.setdefault(key, []).append(each)
    pairs: AlternativePairs = []
    left_over = []
    for key, each in after:
        equal = by_key.get(key)
        if equal:
            pairs.append((equal.pop(), each))
        else:
            left_over.append(each)
    return pairs, [each for equal in by_key.values() for each in reversed(equal)], left_over


def _match_key(capture: Capture, alternative: Alternative, *, with_name: bool) -> Hashable:
    """Return what two equal alternatives share: their schema, and their title `with_name`."""
    text = _text_of(capture, alternative)
    return (alternative_title(capture, alternative), text) if with_name else text


def _text_of(capture: Capture, alternative: Alternative) -> str:
    """Return an alternative's schema as JSON; it is rendered once for a capture."""
    known: dict[Alternative, str] = capture.cache("texts of alternatives")
    if alternative not in known:
        known[alternative] = canonical_json([alternative.only, *(capture.at(each) for each in alternative.place)])
    return known[alternative]


def _features_of(capture: Capture, alternative: Alternative) -> _Features:
    shape = shape_of(capture, alternative.place)
    fields = {name: shape_of(capture, place) for name, place in shape.fields.items()}
    types = shape.types
    if alternative.only is not None:
        types = frozenset([alternative.only])
    return _Features(
        types=types,
        name=alternative_title(capture, alternative),
        fields=frozenset(fields),
        typed_fields=frozenset(f"{name} {sorted(each.types or ())}" for name, each in fields.items()),
        values=frozenset(shape.values or ()),
        constants={name: each.values[0] for name, each in fields.items() if each.values and len(each.values) == 1},
        text=_text_of(capture, alternative),
    )


def likely_pairs(olds: Sequence[_Features], news: Sequence[_Features]) -> Iterable[tuple[int, int]]:
    """Return the pairs of indexes that are worth scoring: all of them, unless there are very many."""
    if len(olds) * len(news) <= MAX_SCORED_PAIRS:
        return ((i, j) for i in range(len(olds)) for j in range(len(news)))
    sharing: dict[str, list[int]] = {}
    for j, each in enumerate(news):
        for key in each.search_keys():
            sharing.setdefault(key, []).append(j)
    return dict.fromkeys(
        (i, j)
        for i, each in enumerate(olds)
        for key in each.search_keys()
        for j in sharing.get(key, ())
        if len(sharing[key]) <= _MAX_SHARING
    )


def likeness_of(before: _Features, after: _Features) -> float:
    """Return a score: the higher, the more alike."""
    likeness = 2.0 * (before.name is not None and before.name == after.name)
    likeness += (before.types == after.types) + 2 * bool(before.constants.items() & after.constants.items())
    for old, new in ((before.fields, after.fields), (before.values, after.values)):
        likeness += 2 * _overlap(old, new)
    return likeness + _overlap(before.typed_fields, after.typed_fields)


def _overlap(old: frozenset[str], new: frozenset[str]) -> float:
    return len(old & new) / max(len(old | new), 1)


def may_share_type(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    """Return True if a value that is not null can be of both types."""
    if one is None or other is None:
        return True
    return bool((types_within(one, other) | types_within(other, one)) - NULL_TYPE)


def alternative_title(capture: Capture, alternative: Alternative) -> str | None:
    """Return an alternative's title, or the name of its schema; None if it has neither."""
    if not alternative.place:
        return None  # what one of the documents does not describe
    pointer = alternative.place[0]
    schema = capture.at(pointer)
    if isinstance(schema, dict) and isinstance(schema.get("title"), str):
        return str(schema["title"])
    if isinstance(schema, dict) and "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if pointer.startswith("#/components/schemas/") and pointer.count("/") == 3:
        return pointer.rpartition("/")[2]
    return None
