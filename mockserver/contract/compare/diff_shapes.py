"""The changes between two schemas, and whether each breaks a client: one way round in requests, the other in answers.

Theory of operation. Pairs of places wait in a queue. Each is compared once in a body, so that a schema which contains
itself ends, and a change of a schema which is used twice is reported once. Alternatives (`oneOf`, `anyOf`) have no
names: they are paired by what they have most in common, and what is left over is gone or new.
"""

from collections import deque
from collections.abc import Iterator
from enum import Enum, unique
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, Changes, change_at
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


@unique
class ShapeChange(Enum):
    """A kind of change: its check in a request, its check in an answer (None: no change there), its sentence."""

    FIELD_NEW = ("DIF031", "DIF072", "the field {!r} is new")
    REQUIRED_FIELD_NEW = ("DIF030", "DIF072", "the field {!r} is new and required")
    FIELD_GONE = ("DIF035", "DIF071", "the field {!r} is gone")
    CERTAIN_FIELD_GONE = ("DIF034", "DIF070", "the field {!r} is gone")
    FIELD_REQUIRED = ("DIF032", "DIF075", "the field {!r} has become required")
    FIELD_OPTIONAL = ("DIF033", "DIF073", "the field {!r} has become optional")
    FIELD_ALWAYS_SENT = (None, "DIF075", "the service now always sends {!r}")
    FIELD_NOT_ALWAYS_SENT = (None, "DIF074", "the service no longer always sends {!r}")
    VALUE_NEW = ("DIF037", "DIF082", "{} is a new value")
    VALUE_GONE = ("DIF036", "DIF083", "{} is no longer a value")
    VALUES_LISTED = ("DIF038", "DIF085", "only listed values are possible now")
    VALUES_UNLISTED = ("DIF039", "DIF084", "the values are no longer listed")
    TYPE_CHANGED = ("DIF040", "DIF078", "the type has changed")
    TYPE_NARROWER = ("DIF040", "DIF079", "the type is narrower")
    TYPE_WIDER = ("DIF041", "DIF078", "the type is wider")
    TYPE_DOCUMENTED = ("DIF042", "DIF081", "the type is documented now")
    TYPE_UNDOCUMENTED = ("DIF041", "DIF080", "the type is no longer documented")
    NULL_GONE = ("DIF043", "DIF077", "it can no longer be null")
    NULL_NEW = ("DIF044", "DIF076", "it can now be null")
    LIMIT_TIGHTER = ("DIF045", "DIF087", "{} is tighter")
    LIMIT_LOOSER = ("DIF046", "DIF086", "{} is looser")
    LIMIT_CHANGED = ("DIF047", "DIF086", "{} has changed")
    ALTERNATIVE_GONE = ("DIF048", "DIF089", "the alternative {} is gone")
    ALTERNATIVE_NEW = ("DIF049", "DIF088", "the alternative {} is new")
    KEYWORD_CHANGED = ("DIF093", "DIF093", "the keyword {!r} has changed")
    BASIS_CHANGED = ("DIF090", "DIF090", "the basis has changed")
    DEPRECATED = ("DIF004", "DIF004", "it is now deprecated")


_NOT_SENT, _ALWAYS_SENT, _REQUIRED = range(3)
_PRESENCE_CHANGES: Final = {
    (_NOT_SENT, _ALWAYS_SENT): ShapeChange.FIELD_ALWAYS_SENT,
    (_ALWAYS_SENT, _NOT_SENT): ShapeChange.FIELD_NOT_ALWAYS_SENT,
    (_NOT_SENT, _REQUIRED): ShapeChange.FIELD_REQUIRED,
    (_ALWAYS_SENT, _REQUIRED): ShapeChange.FIELD_REQUIRED,
    (_REQUIRED, _NOT_SENT): ShapeChange.FIELD_OPTIONAL,
    (_REQUIRED, _ALWAYS_SENT): ShapeChange.FIELD_OPTIONAL,
}
"""The change of a field, by how certain it was and how certain it is now."""


class CapturePair(NamedTuple):
    """The two contracts, and whether answers or requests are compared."""

    old: Capture
    new: Capture
    is_answer: bool


class ShapePair(NamedTuple):
    """Two shapes side by side, each with the pointers that it was made from, and their place."""

    captures: CapturePair
    old: Pointers
    new: Pointers
    before: SchemaShape
    after: SchemaShape
    where: str

    def change(
        self, kind: ShapeChange, before: str = "", after: str = "", name: str = "", field: Pointers | None = None
    ) -> Changes:
        """Yield the change, unless it means nothing in a request; `name` is filled into its sentence.

        `field`: the pointers of the field `name`, if the change is its own and not that of the value around it.
        """
        in_request, in_answer, sentence = kind.value
        check = in_answer if self.captures.is_answer else in_request
        if check is None:
            return
        where, pointer = self.where, (field or self.new or self.old)[0]
        if field is not None:
            where = f"{where}/{escape_token(name)}"
        yield change_at(check, sentence.format(name), ChangePlace("", where), pointer, before=before, after=after)

    @property
    def is_one_sided(self) -> bool:
        """True if one side has alternatives and the other has none."""
        return bool(self.before.alternatives) != bool(self.after.alternatives)

    @property
    def may_match_alternative(self) -> bool:
        """True if the side without alternatives can be one of the other side's, which has no fields beside them."""
        branching = self.before if self.before.alternatives else self.after
        return self.is_one_sided and not branching.fields


def diff_schemas(captures: CapturePair, old: Pointers, new: Pointers) -> Changes:
    """Yield every change of a schema, from the outermost place inwards; places are within it, and of no operation."""
    pending = deque([(old, new, "")])
    compared = set()
    while pending:
        old, new, where = pending.popleft()
        if (old, new) in compared:
            continue
        compared.add((old, new))
        before, after = shape_of(captures.old, old), shape_of(captures.new, new)
        pair = ShapePair(captures=captures, old=old, new=new, before=before, after=after, where=where)
        yield from diff_types(pair)
        # If no value can be of both types, nothing further can be compared.
        if before.types != after.types and not _may_share_type(before, after):
            continue
        yield from diff_values(pair)
        yield from diff_limits(pair)
        yield from diff_keywords(pair)
        alternatives = before.alternatives, after.alternatives
        if pair.may_match_alternative:
            alternatives = before.alternatives or old[:1], after.alternatives or new[:1]
        elif pair.is_one_sided:
            alternatives = (), ()
        # The fields of a one-sided pair are compared in its alternatives; here all of them would seem new or gone.
        if not pair.is_one_sided:
            yield from diff_fields(pair)
        matched = match_alternatives(captures, *alternatives)
        yield from diff_alternatives(pair, matched)
        pending.extend(inner_pairs(pair, matched))


def diff_types(pair: ShapePair) -> Changes:
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
    if old ^ new >= NULL_TYPE and old | new != NULL_TYPE:
        kind = ShapeChange.NULL_NEW if "null" in new else ShapeChange.NULL_GONE
        yield from pair.change(kind, *names)
    gained = new - types_within(new, old) - NULL_TYPE
    lost = old - types_within(old, new) - NULL_TYPE
    if gained and lost:
        yield from pair.change(ShapeChange.TYPE_CHANGED, *names)
    elif gained:
        yield from pair.change(ShapeChange.TYPE_WIDER, *names)
    elif lost:
        yield from pair.change(ShapeChange.TYPE_NARROWER, *names)


def diff_values(pair: ShapePair) -> Changes:
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


def diff_limits(pair: ShapePair) -> Changes:
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
    if key not in UPPER_BOUNDS + LOWER_BOUNDS:
        return ShapeChange.LIMIT_CHANGED
    if (new < old) == (key in UPPER_BOUNDS):
        return ShapeChange.LIMIT_TIGHTER
    return ShapeChange.LIMIT_LOOSER


def _limit_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return canonical_json(value)


def diff_keywords(pair: ShapePair) -> Changes:
    """Yield keywords that can only be compared as they are written, a change of the basis, and a new deprecation."""
    for key in VERBATIM_KEYWORDS:
        old, new = pair.before.verbatim.get(key, ""), pair.after.verbatim.get(key, "")
        if old != new:
            yield from pair.change(ShapeChange.KEYWORD_CHANGED, old, new, key)
    if bool(pair.before.additional) != bool(pair.after.additional):
        yield from pair.change(ShapeChange.KEYWORD_CHANGED, name="additionalProperties")
    if pair.is_one_sided and not pair.may_match_alternative:
        yield from pair.change(ShapeChange.KEYWORD_CHANGED, name="oneOf")
    if pair.before.basis != pair.after.basis:
        yield from pair.change(ShapeChange.BASIS_CHANGED, pair.before.basis, pair.after.basis)
    if pair.after.deprecated and not pair.before.deprecated:
        yield from pair.change(ShapeChange.DEPRECATED)


def diff_fields(pair: ShapePair) -> Changes:
    """Yield the fields that are gone, new, or that have become more or less certain."""
    before, after = pair.before, pair.after
    for name, pointers in before.fields.items():
        if name in after.fields:
            kind = _PRESENCE_CHANGES.get((_presence(before, name), _presence(after, name)))
            if kind is not None:
                yield from pair.change(kind, name=name, field=after.fields[name])
            continue
        # A client relies on a field that was always sent; a server that refuses undeclared fields refuses the old one.
        is_missed = after.is_closed
        if pair.captures.is_answer:
            is_missed = _presence(before, name) != _NOT_SENT
        kind = ShapeChange.FIELD_GONE
        if is_missed:
            kind = ShapeChange.CERTAIN_FIELD_GONE
        yield from pair.change(kind, name=name, field=pointers or pair.old)
    for name, pointers in after.fields.items():
        if name not in before.fields:
            kind = ShapeChange.REQUIRED_FIELD_NEW if name in after.required else ShapeChange.FIELD_NEW
            yield from pair.change(kind, name=name, field=pointers)


def _presence(side: SchemaShape, name: str) -> int:
    if name in side.required:
        return _REQUIRED
    if name in side.always_present:
        return _ALWAYS_SENT
    return _NOT_SENT


class MatchedAlternatives(NamedTuple):
    """Alternatives in pairs, and those that are left over."""

    pairs: list[tuple[Pointers, Pointers]]
    gone: list[str]
    new: list[str]


def diff_alternatives(pair: ShapePair, matched: MatchedAlternatives) -> Changes:
    """Yield the alternatives that are gone or new, unless the change of type says so already."""
    old, new, _ = pair.captures
    for kind, capture, pointers, other in (
        (ShapeChange.ALTERNATIVE_GONE, old, matched.gone, pair.after),
        (ShapeChange.ALTERNATIVE_NEW, new, matched.new, pair.before),
    ):
        for pointer in pointers:
            if _may_share_type(shape_of(capture, (pointer,)), other):
                yield from pair.change(kind, name=_alternative_name(capture, pointer))


def inner_pairs(pair: ShapePair, matched: MatchedAlternatives) -> Iterator[tuple[Pointers, Pointers, str]]:
    """Yield the pairs inside a comparable pair, with their places: items, other fields, fields, alternatives."""
    before, after, where = pair.before, pair.after, pair.where
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
        likely = sorted(unlikeness_scores(captures, old, new))
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: list[tuple[Pointers, Pointers]] = []
    for _, i, j in likely:
        if i in left and j in right:
            pairs.append(((left.pop(i),), (right.pop(j),)))
    return MatchedAlternatives(pairs, list(left.values()), list(right.values()))


def unlikeness_scores(captures: CapturePair, old: Pointers, new: Pointers) -> Iterator[tuple[float, int, int]]:
    """Yield a score (the lower, the more alike) and the two indexes, for alternatives that can be the same."""
    befores = [shape_of(captures.old, (pointer,)) for pointer in old]
    afters = [shape_of(captures.new, (pointer,)) for pointer in new]
    for i, before in enumerate(befores):
        for j, after in enumerate(afters):
            if not _may_share_type(before, after) or are_distinguished(captures, before, after):
                continue
            likeness = 1.0 + (before.types == after.types) + 2 * _overlap(set(before.fields), set(after.fields))
            likeness += 2 * _overlap(set(before.values or ()), set(after.values or ()))
            likeness += 2 * (_alternative_name(captures.old, old[i]) == _alternative_name(captures.new, new[j]))
            yield -likeness, i, j


def _overlap(old: set[str], new: set[str]) -> float:
    return len(old & new) / max(len(old | new), 1)


def are_distinguished(captures: CapturePair, before: SchemaShape, after: SchemaShape) -> bool:
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
    if one.types is None or other.types is None:
        return True
    return bool((types_within(one.types, other.types) | types_within(other.types, one.types)) - NULL_TYPE)


def _type_names(types: frozenset[str] | None) -> str:
    if types is None:
        return "any type"
    return " or ".join(sorted(types)) or "nothing"
