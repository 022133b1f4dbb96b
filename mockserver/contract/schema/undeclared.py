"""Finds what a schema allows and does not document: undeclared fields, absent fields, values that are not on the page.

Vendors add fields without notice, so response schemas are open and a validator accepts such fields; here they are
found. An object is free-form if its schema has `additionalProperties: true` or names no property at all. Of a
schema's alternatives, only those that the value conforms to count. `x-always-present` lists fields that no page
requires and the service always sends.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.contract.documents.capture import OFF_PAGE_BASES, Capture
from mockserver.contract.schema.allowed_values import ALTERNATIVE_KEYWORDS, Pointers
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.json_values import json_type
from mockserver.contract.schema.shape import SchemaPart, field_pointers
from mockserver.contract.schema.validate import conforms
from mockserver.core.pointer import escape_token


def find_undocumented(capture: Capture, pointer: str, value: Any) -> Iterator[Difference]:
    """Yield every undeclared field, absent field and off-page value of a JSON value, in the value's order."""
    return _walk_value(capture, (pointer,), value, "")


def _walk_value(capture: Capture, place: Pointers, value: Any, where: str) -> Iterator[Difference]:
    merged = _merged_schema_at(capture, place, value)
    for schema in merged.with_basis:
        # The basis of the field, else that of the value, else that of its type.
        of_values = schema.get("x-basis-of", {})
        basis = schema.get("x-basis") or (isinstance(value, str) and of_values.get(value))
        basis = basis or of_values.get(json_type(value))
        if basis in OFF_PAGE_BASES:
            yield Difference(DifferenceKind.OFF_PAGE, where, value, basis=basis)
            break
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk_value(capture, merged.items, item, f"{where}/{index}")
    if not isinstance(value, dict):
        return
    absent = tuple(name for name in merged.always_present if name not in value)
    if absent:
        yield Difference(DifferenceKind.ABSENT, where, names=absent)
    for name, inner in value.items():
        inner_place = merged.fields.get(name, merged.additional)
        if inner_place:
            # Most values are scalars at places where none can be off the page: those are not walked.
            known = capture.merged_schemas.get(inner_place)
            if known is None or known.with_basis or isinstance(inner, (dict, list)):
                yield from _walk_value(capture, inner_place, inner, f"{where}/{escape_token(name)}")
        elif not merged.is_free_form:
            inner_where = f"{where}/{escape_token(name)}"
            yield Difference(DifferenceKind.UNDECLARED, inner_where, inner, names=tuple(merged.fields))


class _MergedSchema(NamedTuple):
    """All schemas that describe one value, merged."""

    fields: Mapping[str, Pointers]
    """The declared fields, and the schemas of each."""
    additional: Pointers
    """The schemas of undeclared fields."""
    is_free_form: bool
    """True if undeclared fields may be anything."""
    always_present: tuple[str, ...]
    items: Pointers
    with_basis: tuple[Mapping[str, Any], ...]
    """The schemas with `x-basis` or `x-basis-of`."""


def _merged_schema_at(capture: Capture, place: Pointers, value: Any) -> _MergedSchema:
    """Return the merged schema of a value; cached unless it has alternatives, which depend on the value."""
    known: _MergedSchema | None = capture.merged_schemas.get(place)
    if known is not None:
        return known
    schemas = [part for pointer in place for part in _applying_schemas(capture, pointer, value, set())]
    fields = field_pointers(schemas)
    others = [(at, schema["additionalProperties"]) for at, schema in schemas if "additionalProperties" in schema]
    always_present = dict.fromkeys(name for _, schema in schemas for name in schema.get("x-always-present", ()))
    merged = _MergedSchema(
        fields=fields,
        additional=tuple(f"{at}/additionalProperties" for at, schema in others if isinstance(schema, dict)),
        is_free_form=not fields or any(schema is True for _, schema in others),
        always_present=tuple(always_present),
        items=tuple(f"{at}/items" for at, schema in schemas if "items" in schema),
        with_basis=tuple(schema for _, schema in schemas if "x-basis" in schema or "x-basis-of" in schema),
    )
    if not any(keyword in schema for _, schema in schemas for keyword in ALTERNATIVE_KEYWORDS):
        capture.merged_schemas[place] = merged
    return merged


def _applying_schemas(capture: Capture, pointer: str, value: Any, visited: set[str]) -> Iterator[SchemaPart]:
    """Yield the schema at a pointer and all that describe the same value: `$ref`, `allOf`, fitting alternatives."""
    schema = capture.at(pointer)
    if pointer in visited or not isinstance(schema, dict):
        return
    visited.add(pointer)
    yield pointer, schema
    if isinstance(schema.get("$ref"), str):
        yield from _applying_schemas(capture, schema["$ref"], value, visited)
    for index in range(len(schema.get("allOf", ()))):
        yield from _applying_schemas(capture, f"{pointer}/allOf/{index}", value, visited)
    for keyword in ALTERNATIVE_KEYWORDS:
        branches = [f"{pointer}/{keyword}/{index}" for index in range(len(schema.get(keyword, ())))]
        # If the value conforms to none, it is not known which was meant: then all alternatives declare its fields.
        for branch in [each for each in branches if conforms(capture, each, value)] or branches:
            yield from _applying_schemas(capture, branch, value, visited)
