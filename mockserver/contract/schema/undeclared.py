"""Walks a value along its schema: what nobody declared, what the vendor's page does not know, what is not there.

A vendor adds fields without notice, so a response schema is open and a validator keeps silent about them; here they
are found. An object is free-form where its schema says `additionalProperties: true` or names no property at all.
Where a schema offers alternatives, only those that the value conforms to count. `x-always-present` lists fields that
no page requires and the service always sends.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import OFF_PAGE_BASES, Capture
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.shape import Pointers, json_type
from mockserver.contract.schema.validate import conforms
from mockserver.core.pointer import escape_token

_ALTERNATIVES: Final = ("anyOf", "oneOf")


def find_undocumented(capture: Capture, pointer: str, value: Any) -> Iterator[Difference]:
    """Every stray of a value, in the value's order."""
    return _walk_value(capture, (pointer,), value, "")


def _walk_value(capture: Capture, place: Pointers, value: Any, where: str) -> Iterator[Difference]:
    view = _merged_schema_at(capture, place, value)
    basis = next(filter(None, (_off_page_basis(schema, value) for schema in view.with_basis)), "")
    if basis:
        yield Difference(DifferenceKind.OFF_PAGE, where, value, basis=basis)
    if isinstance(value, dict):
        yield from _walk_fields(capture, view, value, where)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk_value(capture, view.items, item, f"{where}/{index}")


def _walk_fields(
    capture: Capture, merged: "_MergedSchema", value: Mapping[str, Any], where: str
) -> Iterator[Difference]:
    absent = tuple(name for name in merged.always_present if name not in value)
    if absent:
        yield Difference(DifferenceKind.ABSENT, where, names=absent)
    for name, inner in value.items():
        place = merged.fields.get(name, merged.additional)
        if place:
            if isinstance(inner, (dict, list)) or _may_be_off_page(capture, place):
                yield from _walk_value(capture, place, inner, f"{where}/{escape_token(name)}")
        elif not merged.is_free_form:
            pointer = f"{where}/{escape_token(name)}"
            yield Difference(DifferenceKind.UNDECLARED, pointer, inner, names=tuple(merged.fields))


class _MergedSchema(NamedTuple):
    """What all schemas that speak about one value say together."""

    fields: Mapping[str, Pointers]
    """The declared fields, and the schemas of each."""
    additional: Pointers
    """The schemas of undeclared ones."""
    is_free_form: bool
    """Whether those may be anything."""
    always_present: tuple[str, ...]
    items: Pointers
    with_basis: tuple[Mapping[str, Any], ...]
    """The schemas that some value, or every one, has no promise of the page in."""


def _merged_schema_at(capture: Capture, place: Pointers, value: Any) -> _MergedSchema:
    """The view of a value; computed once where no alternative depends on the value."""
    known: _MergedSchema | None = capture.merged_schemas.get(place)
    if known is not None:
        return known
    schemas = [pair for pointer in place for pair in _applying_schemas(capture, pointer, value, set())]
    view = _merge_schemas(schemas)
    if not any(keyword in schema for _, schema in schemas for keyword in _ALTERNATIVES):
        capture.merged_schemas[place] = view
    return view


def _merge_schemas(schemas: list[tuple[str, Any]]) -> _MergedSchema:
    fields: dict[str, Pointers] = {}
    for at, schema in schemas:
        for name in schema.get("properties", ()):
            fields[name] = (*fields.get(name, ()), f"{at}/properties/{escape_token(name)}")
    more = [(at, schema["additionalProperties"]) for at, schema in schemas if "additionalProperties" in schema]
    return _MergedSchema(
        fields,
        tuple(f"{at}/additionalProperties" for at, said in more if isinstance(said, dict)),
        not fields or any(said is True for _, said in more),
        tuple(dict.fromkeys(name for _, schema in schemas for name in schema.get("x-always-present", ()))),
        tuple(f"{at}/items" for at, schema in schemas if "items" in schema),
        tuple(schema for _, schema in schemas if "x-basis" in schema or "x-basis-of" in schema),
    )


def _may_be_off_page(capture: Capture, place: Pointers) -> bool:
    """Whether a value with nothing inside may be a stray there: most may not, and most values are such."""
    view = capture.merged_schemas.get(place)
    return view is None or bool(view.with_basis)


def _applying_schemas(capture: Capture, pointer: str, value: Any, met: set[str]) -> Iterator[tuple[str, Any]]:
    """The schema at a pointer and all that speak about the same value: references, parts, fitting alternatives."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return
    met.add(pointer)
    yield pointer, schema
    if isinstance(schema.get("$ref"), str):
        yield from _applying_schemas(capture, schema["$ref"], value, met)
    for index in range(len(schema.get("allOf", ()))):
        yield from _applying_schemas(capture, f"{pointer}/allOf/{index}", value, met)
    for keyword in _ALTERNATIVES:
        branches = [f"{pointer}/{keyword}/{index}" for index in range(len(schema.get(keyword, ())))]
        for branch in [each for each in branches if conforms(capture, each, value)] or branches:
            yield from _applying_schemas(capture, branch, value, met)


def _off_page_basis(schema: Any, value: Any) -> str:
    """The basis where it is no promise: of the field (`x-basis`), or of this value or its type (`x-basis-of`)."""
    of = schema.get("x-basis-of", {})
    said = schema.get("x-basis") or of.get(str(value) if isinstance(value, str) else "") or of.get(json_type(value), "")
    return said if said in OFF_PAGE_BASES else ""
