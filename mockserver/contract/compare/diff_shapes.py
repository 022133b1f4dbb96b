"""The changes between two schemas, and whether each breaks a client: one way round in requests, the other in answers.

Here is one pair of shapes, for its own changes and for the pairs inside it; `schema_comparison` follows those. Fields
that are `readOnly` are not part of requests, `writeOnly` ones not of answers.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum, unique
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.alternatives import (
    Alternative,
    MatchedAlternatives,
    alternative_title,
    alternatives_of,
    match_alternatives,
    may_share_type,
)
from mockserver.contract.compare.changes import ChangePlace, Changes, ContractChange, change_at
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import (
    LIMIT_KEYWORDS,
    LOWER_BOUNDS,
    NO_TYPES,
    NULL_TYPE,
    UPPER_BOUNDS,
    Pointers,
    SchemaShape,
    canonical_json,
    canonical_place,
    json_type,
    shape_of,
    types_within,
)
from mockserver.core.pointer import escape_token

_ANY_VALUE: Final = "any value"


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
    DISCRIMINATOR_CHANGED = ("DIF094", "DIF094", "the discriminator is another field")
    DISCRIMINATOR_MEANING = ("DIF094", "DIF094", "the value {!r} of the discriminator means another schema")
    KEYWORD_CHANGED = ("DIF093", "DIF093", "the keyword {!r} has changed")
    BASIS_CHANGED = ("DIF090", "DIF090", "the basis has changed")
    DEPRECATED = ("DIF004", "DIF004", "it is now deprecated")


_TYPES_OF_LIMIT: Final = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "contentEncoding"), ("string",)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), ("number", "integer")),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems"), ("array",)),
    **dict.fromkeys(("minProperties", "maxProperties"), ("object",)),
    "multipleOf": ("number", "integer"),
}
"""The types whose values a limit is about; one that is not listed is about those of any."""
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
    """True for what the service sends: an answer, or the body of a webhook."""


class PlacePair(NamedTuple):
    """The places of two schemas that are compared with each other, each as a whole or for one type."""

    old: Alternative
    new: Alternative


InnerPair = tuple[PlacePair, str]
"""A pair inside another one, and the way to it: `/name`, `/*`, or nothing for an alternative."""


class ShapePair(NamedTuple):
    """Two shapes side by side, each with the place that it was made from."""

    captures: CapturePair
    places: PlacePair
    before: SchemaShape
    after: SchemaShape

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
        pointer = (field or self.places.new.place or self.places.old.place)[0]
        where = "" if field is None else f"/{escape_token(name)}"
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


def pair_shapes(captures: CapturePair, places: PlacePair) -> ShapePair:
    """Return the shapes of two places, without the fields that are not sent in their direction."""
    before, after = (
        _in_direction(capture, _of_one_type(shape_of(capture, each.place), each.only), is_answer=captures.is_answer)
        for capture, each in zip(captures[:2], places, strict=True)
    )
    return ShapePair(captures, places, before, after)


def _in_direction(capture: Capture, shape: SchemaShape, *, is_answer: bool) -> SchemaShape:
    hidden = set()
    for name, place in shape.fields.items():
        field = shape_of(capture, place)
        if (is_answer and field.write_only) or (not is_answer and field.read_only):
            hidden.add(name)
    if not hidden:
        return shape
    return replace(
        shape,
        fields={name: place for name, place in shape.fields.items() if name not in hidden},
        required=shape.required - hidden,
        always_present=shape.always_present - hidden,
    )


def _of_one_type(shape: SchemaShape, only: str | None) -> SchemaShape:
    """Return the part of a shape that is about the values of one type."""
    if only is None:
        return shape
    limits = {key: limit for key, limit in shape.limits.items() if only in _TYPES_OF_LIMIT.get(key, (only,))}
    values = shape.values
    if values is not None:
        values = tuple(value for value in values if json_type(json.loads(value)) == only)
    shape = replace(shape, types=frozenset([only]), limits=limits, values=values)
    if only != "object":
        shape = replace(shape, fields={}, required=NO_TYPES, always_present=NO_TYPES, is_closed=False, additional=())
    return shape if only == "array" else replace(shape, items=())


def diff_pair(pair: ShapePair) -> tuple[list[ContractChange], list[InnerPair]]:
    """Return the changes of a pair that are not those of a pair inside it, and the pairs inside it."""
    if pair.before == pair.after and not pair.before.alternatives:
        return [], list(inner_pairs(pair, MatchedAlternatives([], [], [])))
    found = [*diff_types(pair)]
    # If no value can be of both types, nothing further can be compared.
    if pair.before.types != pair.after.types and not may_share_type(pair.before.types, pair.after.types):
        return found, []
    matched = _match_alternatives(pair)
    # What one side states beside no alternatives, the other states in each: it is compared there.
    if not pair.may_match_alternative:
        found += [*diff_values(pair), *diff_limits(pair), *diff_fields(pair), *diff_keywords(pair)]
    found += [*diff_alternatives(pair, matched), *diff_discriminators(pair, matched)]
    return found, list(inner_pairs(pair, matched))


def _match_alternatives(pair: ShapePair) -> MatchedAlternatives:
    has_any = pair.before.alternatives or pair.after.alternatives
    if not has_any or (pair.is_one_sided and not pair.may_match_alternative):
        return MatchedAlternatives([], [], [])
    old, new, _ = pair.captures
    before = alternatives_of(old, pair.places.old.place, pair.before)
    after = alternatives_of(new, pair.places.new.place, pair.after)
    return match_alternatives(old, new, before, after)


def diff_types(pair: ShapePair) -> Changes:
    """Yield the change of `null`, and that of the other types."""
    old, new = pair.before.types, pair.after.types
    # The types of alternatives are those of the value around them, where their change is reported.
    if old == new or (pair.places.old.only and pair.places.new.only):
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


def diff_alternatives(pair: ShapePair, matched: MatchedAlternatives) -> Changes:
    """Yield the alternatives that are gone or new, unless the change of type says so already."""
    old, new, _ = pair.captures
    for kind, capture, alternatives, other in (
        (ShapeChange.ALTERNATIVE_GONE, old, matched.gone, pair.after),
        (ShapeChange.ALTERNATIVE_NEW, new, matched.new, pair.before),
    ):
        for each in alternatives:
            if may_share_type(_alternative_types(capture, each), other.types):
                yield from pair.change(kind, name=_alternative_name(capture, each))


def diff_discriminators(pair: ShapePair, matched: MatchedAlternatives) -> Changes:
    """Yield the changes of the field that says which alternative a value is, and of what its values mean."""
    before, after = pair.before.discriminator, pair.after.discriminator
    if before is None or after is None:
        if before is not after:
            old, new = (each.field if each else "" for each in (before, after))
            yield from pair.change(ShapeChange.KEYWORD_CHANGED, old, new, "discriminator")
        return
    if before.field != after.field:
        yield from pair.change(ShapeChange.DISCRIMINATOR_CHANGED, before.field, after.field)
        return
    partners = {old.place: new.place for old, new in matched.pairs}
    left_over = {alternative.place for alternative in (*matched.gone, *matched.new)}
    for value in sorted(before.targets.keys() | after.targets.keys()):
        old_target, new_target = before.targets.get(value), after.targets.get(value)
        # The value of an alternative that is gone or new is gone or new with it.
        if old_target in left_over or new_target in left_over:
            continue
        text = canonical_json(value)
        if new_target is None:
            yield from pair.change(ShapeChange.VALUE_GONE, before=text, name=text)
        elif old_target is None:
            yield from pair.change(ShapeChange.VALUE_NEW, after=text, name=text)
        elif partners.get(old_target, old_target) != new_target:
            old, new = (each[0].rpartition("/")[2] for each in (old_target, new_target))
            yield from pair.change(ShapeChange.DISCRIMINATOR_MEANING, old, new, value)


def inner_pairs(pair: ShapePair, matched: MatchedAlternatives) -> Iterator[InnerPair]:
    """Yield the pairs inside a pair: items, other fields, fields, alternatives, extensions by discriminator."""
    before, after = pair.before, pair.after
    if not pair.may_match_alternative:
        if before.items or after.items:
            yield _place_pair(pair, before.items, after.items), "/*"
        if before.additional and after.additional:
            yield _place_pair(pair, before.additional, after.additional), "/*"
        for name, old in before.fields.items():
            new = after.fields.get(name, ())
            if name in after.fields and (old or new):
                yield _place_pair(pair, old, new), f"/{escape_token(name)}"
    for alternatives in matched.pairs:
        yield PlacePair(*alternatives), ""
    if before.discriminator and after.discriminator and not (before.alternatives or after.alternatives):
        for value, target in before.discriminator.targets.items():
            if value in after.discriminator.targets:
                yield _place_pair(pair, target, after.discriminator.targets[value]), ""


def _place_pair(pair: ShapePair, old: Pointers, new: Pointers) -> PlacePair:
    captures = pair.captures
    places = (canonical_place(captures.old, old), canonical_place(captures.new, new))
    return PlacePair(*map(Alternative, places))


def _alternative_types(capture: Capture, alternative: Alternative) -> frozenset[str] | None:
    if alternative.only is not None:
        return frozenset([alternative.only])
    return shape_of(capture, alternative.place).types


def _alternative_name(capture: Capture, alternative: Alternative) -> str:
    """Return an alternative's title, the name of its schema, or its type."""
    title = alternative_title(capture, alternative)
    return repr(title) if title else _type_names(_alternative_types(capture, alternative))


def _type_names(types: frozenset[str] | None) -> str:
    if types is None:
        return "any type"
    return " or ".join(sorted(types)) or "nothing"
