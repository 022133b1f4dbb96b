"""The changes between two schemas, and whether each breaks a client: one way round in requests, the other in answers.

Here is one pair of shapes, for its own changes and for the pairs inside it; `schema_comparison` follows those.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.compare.alternatives import MatchedAlternatives, may_share_type
from mockserver.contract.compare.changes import Changes, ContractChange
from mockserver.contract.compare.diff_alternatives import (
    diff_alternatives,
    diff_discriminators,
    match_pair_alternatives,
)
from mockserver.contract.compare.shape_changes import ShapeChange, type_names
from mockserver.contract.compare.shape_pairs import PlacePair, ShapePair
from mockserver.contract.schema.allowed_values import NULL_TYPE, types_within
from mockserver.contract.schema.json_values import canonical_json
from mockserver.contract.schema.shape import LIMIT_KEYWORDS, LOWER_BOUNDS, UPPER_BOUNDS, SchemaShape
from mockserver.core.pointer import escape_token

_ANY_VALUE: Final = "any value"
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

InnerPair = tuple[PlacePair, str]
"""A pair inside another one, and the way to it: `/name`, `/*`, or nothing for an alternative."""


def diff_pair(pair: ShapePair) -> tuple[list[ContractChange], list[InnerPair]]:
    """Return the changes of a pair that are not those of a pair inside it, and the pairs inside it."""
    if pair.before == pair.after and not pair.before.alternatives:
        return [], list(inner_pairs(pair, MatchedAlternatives([], [], [])))
    found = [*diff_types(pair)]
    # If no value can be of both types, nothing further can be compared.
    if pair.before.types != pair.after.types and not may_share_type(pair.before.types, pair.after.types):
        return found, []
    matched = match_pair_alternatives(pair)
    # What one side states beside no alternatives, the other states in each: it is compared there.
    if not pair.may_match_alternative:
        found += [*diff_values(pair), *diff_limits(pair), *diff_fields(pair), *diff_keywords(pair)]
    found += [*diff_alternatives(pair, matched), *diff_discriminators(pair, matched)]
    return found, list(inner_pairs(pair, matched))


def diff_types(pair: ShapePair) -> Changes:
    """Yield the change of `null`, and that of the other types."""
    old, new = pair.before.types, pair.after.types
    # The types of alternatives are those of the value around them, where their change is reported.
    if old == new or (pair.places.old.only and pair.places.new.only):
        return
    names = type_names(old), type_names(new)
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
    # An enum may list 100,000 values: sets, and no search for each one.
    known, kept = frozenset(old), frozenset(new)
    for value in (each for each in old if each not in kept):
        yield from pair.change(ShapeChange.VALUE_GONE, before=value, name=value)
    for value in (each for each in new if each not in known):
        yield from pair.change(ShapeChange.VALUE_NEW, after=value, name=value)


def diff_limits(pair: ShapePair) -> Changes:
    """Yield the changes of bounds, formats, patterns and defaults, and of whether undeclared fields are allowed."""
    stated = pair.before.limits.keys() | pair.after.limits.keys()
    for key in sorted(stated, key=LIMIT_KEYWORDS.index):
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
    for key in sorted(pair.before.verbatim.keys() | pair.after.verbatim.keys()):
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
    """Yield the fields that are gone, new, or that have become more or less certain.

    If one side alone has alternatives, a field that is missing on a side may be in one of them.
    """
    before, after = pair.before, pair.after
    for name, pointers in before.fields.items():
        if name in after.fields:
            kind = _PRESENCE_CHANGES.get((_presence(before, name), _presence(after, name)))
            if kind is not None:
                yield from pair.change(kind, name=name, field=after.fields[name])
            continue
        if pair.is_one_sided:
            continue
        # A client relies on a field that was always sent; a server that refuses undeclared fields refuses the old one.
        is_missed = after.is_closed
        if pair.captures.is_answer:
            is_missed = _presence(before, name) != _NOT_SENT
        kind = ShapeChange.FIELD_GONE
        if is_missed:
            kind = ShapeChange.CERTAIN_FIELD_GONE
        yield from pair.change(kind, name=name, field=pointers or pair.places.old.place)
    for name, pointers in after.fields.items():
        if name not in before.fields and not pair.is_one_sided:
            kind = ShapeChange.REQUIRED_FIELD_NEW if name in after.required else ShapeChange.FIELD_NEW
            yield from pair.change(kind, name=name, field=pointers)


def _presence(side: SchemaShape, name: str) -> int:
    if name in side.required:
        return _REQUIRED
    if name in side.always_present:
        return _ALWAYS_SENT
    return _NOT_SENT


def inner_pairs(pair: ShapePair, matched: MatchedAlternatives) -> Iterator[InnerPair]:
    """Yield the pairs inside a pair: items, other fields, fields, alternatives, extensions by discriminator."""
    before, after = pair.before, pair.after
    if not pair.may_match_alternative:
        if before.items or after.items:
            yield pair.inner(before.items, after.items), "/*"
        if before.additional and after.additional:
            yield pair.inner(before.additional, after.additional), "/*"
        for name, old in before.fields.items():
            new = after.fields.get(name, ())
            if name in after.fields and (old or new):
                yield pair.inner(old, new), f"/{escape_token(name)}"
    for alternatives in matched.pairs:
        yield PlacePair(*alternatives), ""
    if before.discriminator and after.discriminator and not (before.alternatives or after.alternatives):
        for value, target in before.discriminator.targets.items():
            if value in after.discriminator.targets:
                yield pair.inner(target, after.discriminator.targets[value]), ""
