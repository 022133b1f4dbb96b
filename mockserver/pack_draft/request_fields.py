"""The section `requests`: fields with their types, limits and options, from the schema of a request's body."""

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from mockserver.pack_draft.entries import Entry, given, mapping_or_empty
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.samples_of_schemas import (
    SampleMaker,
    bound,
    fits,
    number_bounds,
    python_pattern,
    sample_text,
    shown_value,
)
from mockserver.pack_draft.schemas import MAX_MEMBERS, FlatSchema, SchemaReader

MAX_DEPTH: Final = 4
"""Levels of fields; deeper objects are any objects."""
MAX_FIELDS: Final = 1_000
"""Fields of one draft; what is behind is any value."""
_URL_FORMATS: Final = ("uri", "url")
_LENGTHS: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_NOT_IN_A_GROUP: Final = frozenset("| \t\n")
"""Characters that a key of several values cannot have."""
_MAX_BOUND: Final = 10**15
_NULL: Final = {"options": [None]}


class FieldWriter:
    """Writes the fields of the requests of one document."""

    def __init__(self, reader: SchemaReader, questions: Questions) -> None:
        self._reader = reader
        self._questions = questions
        self._count = 0

    def request(self, view: FlatSchema, path: tuple[str, ...]) -> Entry:
        """Return an entry of `requests`; `path` is its place in the pack."""
        selector = selecting_member(self._reader, view)
        if selector is None:
            return {"fields": self.fields(view, (*path, "fields"))}
        variants: Entry = {}
        for option, alternative in variants_by(self._reader, view, selector).items():
            fields = self.fields(alternative, (*path, "variants", option))
            fields.pop(selector, None)
            variants[option] = fields
        return {"by": selector, "variants": variants}

    def fields(self, view: FlatSchema, path: tuple[str, ...], depth: int = 0) -> Entry:
        """Return the fields of an object."""
        found = {}
        for name in islice(view.members, MAX_MEMBERS):
            member = self._reader.member(view, name)
            if not name or member.keyword("readOnly") is True:
                continue
            field = self.field(member, (*path, name), depth)
            if name in view.required:
                field = {**_as_mapping(field), "required": True}
            found[name] = field
        return found

    def field(self, view: FlatSchema, path: tuple[str, ...], depth: int = 0) -> Any:
        """Return one field: the name of a type where that is all, else a mapping."""
        self._count += 1
        if self._count > MAX_FIELDS:
            self._questions.ask(path[0], question="The document has more fields than a draft: which others matter?")
            return "any"
        field = self._plain_field(view, path, depth)
        if view.nullable and field not in ("any", {"type": "any"}):
            field = {"any_of": [field, dict(_NULL)]}
        default = view.keyword("default")
        if isinstance(default, str | int | float) and not view.alternatives:
            field = {**_as_mapping(field), "default": default}
        return field

    def _plain_field(self, view: FlatSchema, path: tuple[str, ...], depth: int) -> Any:
        if view.options and all(isinstance(option, str | int | float) for option in view.options):
            return {"options": list(view.options)}
        if view.alternatives and view.type != "object" and depth < MAX_DEPTH:
            fields = [self._plain_field(each, path, depth + 1) for each in view.alternatives]
            if "any" in fields:
                return "any"
            return {"any_of": fields}
        writers = {
            "array": self._array,
            "object": self._object,
            "integer": self._number,
            "number": self._number,
            "string": self._text,
        }
        writer = writers.get(view.type)
        if writer is not None:
            return writer(view, path, depth)
        if view.type == "boolean":
            return "boolean"
        return "any"

    def _array(self, view: FlatSchema, path: tuple[str, ...], depth: int) -> Any:
        entry = {"type": "array", **_lengths(view)}
        if depth < MAX_DEPTH:
            of = self.field(self._reader.flat(view.keyword("items")), path, depth + 1)
            if of != "any":
                entry["of"] = of
        return _compact(entry)

    def _object(self, view: FlatSchema, path: tuple[str, ...], depth: int) -> Any:
        entry = {"type": "object", **_lengths(view)}
        if depth < MAX_DEPTH:
            entry |= given(fields=self.fields(view, (*path, "fields"), depth + 1))
        return _compact(entry)

    def _number(self, view: FlatSchema, path: tuple[str, ...], depth: int) -> Any:
        low, high = map(_usable_bound, number_bounds(view))
        if any(each is not None and each != int(each) for each in (low, high)):
            bounds = " to ".join(str(each).replace("None", "any") for each in (low, high))
            self._questions.remark(*path, text=f"The document has {bounds}; a pack has whole bounds.")
        entry: Entry = {"type": view.type}
        if low is not None:
            entry["min"] = math.floor(low)
        if high is not None:
            entry["max"] = math.ceil(high)
        return _compact(entry)

    def _text(self, view: FlatSchema, path: tuple[str, ...], depth: int) -> Any:
        if view.keyword("format") == "binary":
            return "file"
        if view.keyword("format") == "date-time" and view.keyword("pattern") is None:
            return "date-time"
        entry: Entry = {"type": "string"}
        pattern = python_pattern(view)
        if pattern is not None and (shown_value(view) is not None or fits(view, sample_text(view))):
            entry["pattern"] = pattern
        elif view.keyword("pattern") is not None:
            self._questions.ask(*path, question="A pattern of the document is left out: which texts are accepted?")
        elif view.keyword("format") in _URL_FORMATS and not _lengths(view):
            return "url"
        return _compact({**entry, **_lengths(view)})


def selecting_member(reader: SchemaReader, view: FlatSchema) -> str | None:
    """Return the member by whose value the alternatives of an object differ; None where there is none."""
    if len(view.alternatives) < 2 or not all(each.members for each in view.alternatives):
        return None
    names = list(view.alternatives[0].members)
    named = mapping_or_empty(view.keyword("discriminator")).get("propertyName")
    if named:
        names = [named]
    for name in islice(names, MAX_MEMBERS):
        options = [reader.member(each, name).options for each in view.alternatives]
        texts = [option for found in options for option in found if isinstance(option, str)]
        can_be_keys = not any(_NOT_IN_A_GROUP & set(text) for text in texts)
        if all(options) and can_be_keys and len(set(texts)) == sum(map(len, options)):
            return str(name)
    return None


def variants_by(reader: SchemaReader, view: FlatSchema, selector: str) -> dict[str, FlatSchema]:
    """Return the alternatives by the values of the member that selects one; several values are joined by `|`."""
    return {"|".join(reader.member(each, selector).options): each for each in view.alternatives}


def request_sample(reader: SchemaReader, view: FlatSchema) -> Entry:
    """Return a body that the fields accept: the members that it must have."""
    return mapping_or_empty(SampleMaker(reader, only_required=True).value(view))


def _as_mapping(field: Any) -> Entry:
    if isinstance(field, dict):
        return field
    return {"type": field}


def _compact(entry: Entry) -> Any:
    if len(entry) == 1:
        return entry["type"]
    return entry


def _lengths(view: FlatSchema) -> Entry:
    low, high = (bound(view, name) for name in _LENGTHS[view.type])
    lengths = given(min=low)
    if high is not None:
        lengths["max"] = high
    return lengths


def _usable_bound(value: float | None) -> float | None:
    if value is None or abs(value) > _MAX_BOUND:
        return None
    return value
