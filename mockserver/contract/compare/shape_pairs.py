"""Two schemas side by side, each as the shape of what is sent in one direction.

Fields that are `readOnly` are not part of requests, `writeOnly` ones not of answers. An alternative of several types is
compared type by type: then its shape is restricted to what it states about one of them.
"""

import json
from dataclasses import replace
from typing import Final, NamedTuple

from mockserver.contract.compare.alternatives import Alternative
from mockserver.contract.compare.changes import ChangePlace, Changes, change_at
from mockserver.contract.compare.shape_changes import ShapeChange
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.allowed_values import NO_TYPES, Pointers, types_within
from mockserver.contract.schema.json_values import json_type
from mockserver.contract.schema.shape import SchemaShape, canonical_place, shape_of
from mockserver.core.pointer import escape_token

_TYPES_OF_LIMIT: Final = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "contentEncoding"), ("string",)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), ("number", "integer")),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems"), ("array",)),
    **dict.fromkeys(("minProperties", "maxProperties"), ("object",)),
    "multipleOf": ("number", "integer"),
}
"""The types whose values a limit is about; one that is not listed is about those of any."""


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

    def inner(self, old: Pointers, new: Pointers) -> PlacePair:
        """Return the places of two schemas inside the two."""
        places = (canonical_place(self.captures.old, old), canonical_place(self.captures.new, new))
        return PlacePair(*map(Alternative, places))

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
        sent_shape(capture, each, is_answer=captures.is_answer)
        for capture, each in zip(captures[:2], places, strict=True)
    )
    return ShapePair(captures, places, before, after)


def sent_shape(capture: Capture, alternative: Alternative, *, is_answer: bool) -> SchemaShape:
    """Return the shape of what is sent in one direction; it is computed once for a capture."""
    known: dict[tuple[Alternative, bool], SchemaShape] = capture.cache("sent shapes")
    shape = known.get((alternative, is_answer))
    if shape is None:
        shape = _of_one_type(shape_of(capture, alternative.place), alternative.only)
        shape = known[alternative, is_answer] = _in_direction(capture, shape, is_answer=is_answer)
    return shape


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
    only_types = frozenset() if only is None else frozenset([only])
    has_parts = shape.fields or shape.is_closed or shape.additional or shape.items
    if only is None or (shape.types == only_types and not (shape.limits or shape.values or has_parts)):
        return shape
    values = shape.values
    if values is not None:
        values = tuple(value for value in values if types_within(frozenset([json_type(json.loads(value))]), only_types))
    restricted = replace(
        shape,
        types=only_types,
        limits={key: limit for key, limit in shape.limits.items() if only in _TYPES_OF_LIMIT.get(key, (only,))},
        values=values,
    )
    if only != "array":
        restricted = replace(restricted, items=())
    if only == "object":
        return restricted
    return replace(restricted, fields={}, required=NO_TYPES, always_present=NO_TYPES, is_closed=False, additional=())
