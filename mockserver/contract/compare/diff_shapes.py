"""The changes between two schemas, and whether each breaks a client: one way round in requests, the other in answers.

Theory of operation. Pairs of places wait in a queue. Each is compared once in a body, so that a schema which contains
itself ends, and a change of a schema which is used twice is reported once. Alternatives (`oneOf`, `anyOf`) have no
names: they are paired by what they have most in common, and what is left over is gone or new.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ContractChange
from mockserver.contract.compare.shape_changes import CapturePair, ChangeSite, ShapeChange
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import (
    LIMIT_KEYWORDS,
    LOWER_BOUNDS,
    NULL_TYPE,
    UPPER_BOUNDS,
    VERBATIM_KEYWORDS,
    Pointers,
    SchemaShape,
    canonical_json,
    shape_of,
    types_within,
)
from mockserver.core.pointer import escape_token

_ANY_VALUE: Final = "any value"
MAX_ALTERNATIVE_PAIRS: Final = 2_500
"""Pairs of alternatives that are scored; with more, alternatives are paired in their order."""


class ShapePair(NamedTuple):
    """Two shapes side by side, each with the pointers that it was made from."""

    captures: CapturePair
    old: Pointers
    new: Pointers
    before: SchemaShape
    after: SchemaShape
    site: ChangeSite

    def change(
        self, kind: ShapeChange, before: str = "", after: str = "", name: object = ""
    ) -> Iterator[ContractChange]:
        return self.captures.change(kind, self.site, before, after, name)

    @property
    def is_comparable(self) -> bool:
        """True if some value could be of both types; otherwise nothing further can be compared."""
        old, new = self.before.types, self.after.types
        return old is None or new is None or old == new or bool(_common_types(old, new))

    @property
    def is_one_sided(self) -> bool:
        """True if one side has alternatives and the other has none."""
        return bool(self.before.alternatives) != bool(self.after.alternatives)

    @property
    def may_match_alternative(self) -> bool:
        """True if the side without alternatives can be one of the other side's."""
        if not self.is_one_sided:
            return False
        return not self.before.fields if self.before.alternatives else not self.after.fields

    def alternatives(self) -> tuple[Pointers, Pointers]:
        """Return the alternatives of both sides that can be paired."""
        if self.may_match_alternative:
            return self.before.alternatives or self.old[:1], self.after.alternatives or self.new[:1]
        if self.is_one_sided:
            return (), ()
        return self.before.alternatives, self.after.alternatives


def diff_schemas(captures: CapturePair, old: Pointers, new: Pointers) -> Iterator[ContractChange]:
    """Yield every change of a schema, from the outermost place inwards; places are within it, and of no operation."""
    pending = deque([(old, new, "")])
    compared = set()
    while pending:
        before, after, where = pending.popleft()
        if (before, after) in compared:
            continue
        compared.add((before, after))
        site = ChangeSite(where, (after or before)[0])
        pair = ShapePair(
            captures=captures,
            old=before,
            new=after,
            before=shape_of(captures.old, before),
            after=shape_of(captures.new, after),
            site=site,
        )
        yield from diff_types(pair)
        if not pair.is_comparable:
            continue
        matched = match_alternatives(captures, *pair.alternatives())
        yield from diff_values(pair)
        yield from diff_limits(pair)
        yield from diff_verbatim(pair)
        yield from diff_provenance(pair)
        # The fields of a one-sided pair are compared in its alternatives; here all of them would seem new or gone.
        if not pair.is_one_sided:
            yield from diff_fields(pair)
        yield from diff_alternatives(pair, matched)
        pending.extend(inner_pairs(pair, matched))


def diff_types(pair: ShapePair) -> Iterator[ContractChange]:
    """Yield the change of `null`, and that of the other types."""
    old, new = pair.before.types, pair.after.types
    if old == new:
        return
    names = _type_names(old), _type_names(new)
    if old is None:
        yield from pair.change(ShapeChange.TYPE_DOCUMENTED, *names)
        return
    if new is None:
        yield from pair.change(ShapeChange.TYPE_UNDOCUMENTED, *names)
        return
    if "null" in new - old and old | new != NULL_TYPE:
        yield from pair.change(ShapeChange.NULL_NEW, *names)
    elif "null" in old - new and old | new != NULL_TYPE:
        yield from pair.change(ShapeChange.NULL_GONE, *names)
    gained = new - types_within(new, old) - NULL_TYPE
    lost = old - types_within(old, new) - NULL_TYPE
    if gained and lost:
        yield from pair.change(ShapeChange.TYPE_CHANGED, *names)
    elif gained:
        yield from pair.change(ShapeChange.TYPE_WIDER, *names)
    elif lost:
        yield from pair.change(ShapeChange.TYPE_NARROWER, *names)


def diff_values(pair: ShapePair) -> Iterator[ContractChange]:
    """Yield the changes of the listed values (`enum`, `const`)."""
    old, new = pair.before.values, pair.after.values
    if old is None or new is None:
        if new is not None:
            yield from pair.change(ShapeChange.VALUES_LISTED, _ANY_VALUE, ", ".join(new))
        elif old is not None:
            yield from pair.change(ShapeChange.VALUES_UNLISTED, ", ".join(old), _ANY_VALUE)
        return
    for value in (each for each in old if each not in new):
        yield from pair.change(ShapeChange.VALUE_GONE, before=value, name=value)
    for value in (each for each in new if each not in old):
        yield from pair.change(ShapeChange.VALUE_NEW, after=value, name=value)


def diff_limits(pair: ShapePair) -> Iterator[ContractChange]:
    """Yield the changes of bounds, formats, patterns and defaults, and of whether undeclared fields are allowed."""
    for key in LIMIT_KEYWORDS:
        old, new = pair.before.limits.get(key), pair.after.limits.get(key)
        kind = _limit_change(key, old, new)
        # A format that is new in a request mostly documents what was always meant: no tightening.
        if key == "format" and kind is ShapeChange.LIMIT_TIGHTER and not pair.captures.is_answer:
            kind = ShapeChange.LIMIT_CHANGED
        # A default matters to clients that leave the field out, once it replaces another one.
        if kind is None or (key == "default" and (pair.captures.is_answer or old is None)):
            continue
        yield from pair.change(kind, _limit_text(old), _limit_text(new), key)
    accepted, refused = "undeclared fields accepted", "undeclared fields refused"
    if pair.after.is_closed and not pair.before.is_closed:
        yield from pair.change(ShapeChange.LIMIT_TIGHTER, accepted, refused, "additionalProperties")
    elif pair.before.is_closed and not pair.after.is_closed:
        yield from pair.change(ShapeChange.LIMIT_LOOSER, refused, accepted, "additionalProperties")


def _limit_change(key: str, old: Any, new: Any) -> ShapeChange | None:
    if old == new:
        return None
    if key == "default":
        return ShapeChange.LIMIT_CHANGED
    if old is None:
        return ShapeChange.LIMIT_TIGHTER
    if new is None:
        return ShapeChange.LIMIT_LOOSER
    if (key in UPPER_BOUNDS and new < old) or (key in LOWER_BOUNDS and new > old):
        return ShapeChange.LIMIT_TIGHTER
    if key in UPPER_BOUNDS or key in LOWER_BOUNDS:
        return ShapeChange.LIMIT_LOOSER
    return ShapeChange.LIMIT_CHANGED


def diff_verbatim(pair: ShapePair) -> Iterator[ContractChange]:
    """Yield the keywords that can only be compared as they are written."""
    for key in VERBATIM_KEYWORDS:
        old, new = pair.before.verbatim.get(key, ""), pair.after.verbatim.get(key, "")
        if old != new:
            yield from pair.change(ShapeChange.KEYWORD_CHANGED, old, new, key)
    if bool(pair.before.additional) != bool(pair.after.additional):
        yield from pair.change(ShapeChange.KEYWORD_CHANGED, name="additionalProperties")
    if pair.is_one_sided and not pair.may_match_alternative:
        yield from pair.change(ShapeChange.KEYWORD_CHANGED, name="oneOf")


def diff_provenance(pair: ShapePair) -> Iterator[ContractChange]:
    """Yield a change of the basis, and a new deprecation."""
    if pair.before.basis != pair.after.basis:
        yield from pair.change(ShapeChange.BASIS_CHANGED, pair.before.basis, pair.after.basis)
    if pair.after.deprecated and not pair.before.deprecated:
        yield from pair.change(ShapeChange.DEPRECATED)


def diff_fields(pair: ShapePair) -> Iterator[ContractChange]:
    """Yield the fields that are gone, new, or that have become more or less certain."""
    before, after = pair.before, pair.after
    for name, pointers in before.fields.items():
        if name in after.fields:
            yield from _diff_presence(pair, name)
            continue
        kind = ShapeChange.FIELD_GONE
        if pair.captures.is_answer:
            # A client relies on a field that was always sent.
            if _presence_rank(before, name) > 0:
                kind = ShapeChange.CERTAIN_FIELD_GONE
        elif after.is_closed:
            # A server that refuses undeclared fields refuses the old one.
            kind = ShapeChange.CERTAIN_FIELD_GONE
        yield from pair.captures.change(kind, _field_site(pair, name, pointers or pair.old), name=name)
    for name, pointers in after.fields.items():
        if name not in before.fields:
            kind = ShapeChange.REQUIRED_FIELD_NEW if name in after.required else ShapeChange.FIELD_NEW
            yield from pair.captures.change(kind, _field_site(pair, name, pointers or pair.new), name=name)


_REQUIRED_RANK: Final = 2


def _presence_rank(side: SchemaShape, name: str) -> int:
    """Return 2 for a required field, 1 for one that the service always sends, else 0."""
    if name in side.required:
        return _REQUIRED_RANK
    return int(name in side.always_present)


def _diff_presence(pair: ShapePair, name: str) -> Iterator[ContractChange]:
    old, new = _presence_rank(pair.before, name), _presence_rank(pair.after, name)
    if old == new:
        return
    if new == _REQUIRED_RANK:
        kind = ShapeChange.FIELD_REQUIRED
    elif old == _REQUIRED_RANK:
        kind = ShapeChange.FIELD_OPTIONAL
    elif new:
        kind = ShapeChange.FIELD_ALWAYS_SENT
    else:
        kind = ShapeChange.FIELD_NOT_ALWAYS_SENT
    yield from pair.captures.change(kind, _field_site(pair, name, pair.after.fields[name] or pair.new), name=name)


def _field_site(pair: ShapePair, name: str, pointers: Pointers) -> ChangeSite:
    return ChangeSite(f"{pair.site.where}/{escape_token(name)}", (pointers or (pair.site.pointer,))[0])


class MatchedAlternatives(NamedTuple):
    """Alternatives in pairs, and those that are left over."""

    pairs: list[tuple[Pointers, Pointers]]
    gone: list[str]
    new: list[str]


def diff_alternatives(pair: ShapePair, matched: MatchedAlternatives) -> Iterator[ContractChange]:
    """Yield the alternatives that are gone or new, unless the change of type says so already."""
    old_capture, new_capture = pair.captures.old, pair.captures.new
    for pointer in matched.gone:
        if _may_share_type(shape_of(old_capture, (pointer,)), pair.after):
            name = _alternative_name(old_capture, pointer)
            yield from pair.change(ShapeChange.ALTERNATIVE_GONE, name=name)
    for pointer in matched.new:
        if _may_share_type(shape_of(new_capture, (pointer,)), pair.before):
            name = _alternative_name(new_capture, pointer)
            yield from pair.change(ShapeChange.ALTERNATIVE_NEW, name=name)


def inner_pairs(pair: ShapePair, matched: MatchedAlternatives) -> Iterator[tuple[Pointers, Pointers, str]]:
    """Yield the pairs inside a comparable pair, with their places: items, other fields, fields, alternatives."""
    before, after, where = pair.before, pair.after, pair.site.where
    if before.items or after.items:
        yield before.items, after.items, f"{where}/*"
    if before.additional and after.additional:
        yield before.additional, after.additional, f"{where}/*"
    if not pair.is_one_sided:
        for name, old in before.fields.items():
            new = after.fields.get(name, ())
            if name in after.fields and (old or new):
                yield old, new, f"{where}/{escape_token(name)}"
    for alternatives in matched.pairs:
        yield *alternatives, where


def match_alternatives(captures: CapturePair, old: Pointers, new: Pointers) -> MatchedAlternatives:
    """Pair the alternatives that have most in common, greedily: the most similar pair first."""
    if len(old) * len(new) > MAX_ALTERNATIVE_PAIRS:
        likely = [(0.0, index, index) for index in range(min(len(old), len(new)))]
    else:
        likely = sorted(_unlikeness_scores(captures, old, new))
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: list[tuple[Pointers, Pointers]] = []
    for _, i, j in likely:
        if i in left and j in right:
            pairs.append(((left.pop(i),), (right.pop(j),)))
    return MatchedAlternatives(pairs, list(left.values()), list(right.values()))


def _unlikeness_scores(captures: CapturePair, old: Pointers, new: Pointers) -> Iterator[tuple[float, int, int]]:
    """Yield a score (the lower, the more alike) and the two indexes, for alternatives that can be the same."""
    befores = [shape_of(captures.old, (pointer,)) for pointer in old]
    afters = [shape_of(captures.new, (pointer,)) for pointer in new]
    for i, before in enumerate(befores):
        for j, after in enumerate(afters):
            similarity = _shape_similarity(before, after)
            if similarity and not _are_distinguished(captures, before, after):
                same_name = _alternative_name(captures.old, old[i]) == _alternative_name(captures.new, new[j])
                yield -similarity - 2 * same_name, i, j


def _shape_similarity(before: SchemaShape, after: SchemaShape) -> float:
    """Return how much two alternatives have in common; 0 if no value can be both."""
    if not _may_share_type(before, after):
        return 0.0
    values = _overlap(set(before.values or ()), set(after.values or ()))
    return 1.0 + (before.types == after.types) + 2 * _overlap(set(before.fields), set(after.fields)) + 2 * values


def _overlap(old: set[str], new: set[str]) -> float:
    return len(old & new) / max(len(old | new), 1)


def _are_distinguished(captures: CapturePair, before: SchemaShape, after: SchemaShape) -> bool:
    """Return True if a constant distinguishes two alternatives (`type: completed` and `type: failed`)."""
    for name in before.fields.keys() & after.fields.keys():
        old = shape_of(captures.old, before.fields[name]).values
        new = shape_of(captures.new, after.fields[name]).values
        if old and new and len(old) == len(new) == 1 and old != new:
            return True
    return False


def _alternative_name(capture: Capture, pointer: str) -> str:
    """Return an alternative's title, the name of its schema, or its type."""
    schema = capture.at(pointer)
    name = isinstance(schema, dict) and (schema.get("title") or str(schema.get("$ref", "")).rpartition("/")[2])
    if name:
        return repr(name)
    return _type_names(shape_of(capture, (pointer,)).types)


def _may_share_type(one: SchemaShape, other: SchemaShape) -> bool:
    return one.types is None or other.types is None or bool(_common_types(one.types, other.types))


def _common_types(old: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    return (types_within(old, new) | types_within(new, old)) - NULL_TYPE


def _type_names(types: frozenset[str] | None) -> str:
    if types is None:
        return "any type"
    return " or ".join(sorted(types)) or "nothing"


def _limit_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return canonical_json(value)
