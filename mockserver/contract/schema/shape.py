"""The shape of a schema: everything that a document states about one value, in a form that two contracts share.

References are followed and the parts of an `allOf` are folded together, whether the document writes them in one place
or in five. `null` is a type like the others, in whatever way it is spelt. What remains of `anyOf` and `oneOf` are real
alternatives: each is a shape of its own.

A place in a document is a tuple of JSON pointers: several parts may describe the same field.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.core.pointer import escape_token

Pointers = tuple[str, ...]
SchemaPart = tuple[str, Mapping[str, Any]]
"""A pointer and the schema there."""

UPPER_BOUNDS: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER_BOUNDS: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
LIMIT_KEYWORDS: Final = (
    *(*UPPER_BOUNDS, *LOWER_BOUNDS),
    *("format", "pattern", "multipleOf", "uniqueItems", "contentEncoding", "default"),
)
VERBATIM_KEYWORDS: Final = (
    *("not", "if", "then", "else", "contains", "minContains", "maxContains", "patternProperties", "propertyNames"),
    *("prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"),
    *("readOnly", "writeOnly"),
)
"""Keywords that are compared as they are written."""
CLOSING_KEYWORDS: Final = ("additionalProperties", "unevaluatedProperties")
ALTERNATIVE_KEYWORDS: Final = ("anyOf", "oneOf")
NULL_TYPE: Final = frozenset(["null"])
NO_TYPES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class SchemaShape:
    """Everything that a document states about one value."""

    types: frozenset[str] | None
    """None for any type; empty if no value is valid."""
    values: tuple[str, ...] | None
    """The listed values as JSON text, without null; None if any value will do."""
    fields: Mapping[str, Pointers]
    """The schemas of the declared fields; none for a field that is only required."""
    required: frozenset[str]
    always_present: frozenset[str]
    """Fields that the service always sends, though nothing requires them."""
    is_closed: bool
    """True if undeclared fields are refused."""
    items: Pointers
    additional: Pointers
    """The schemas of undeclared fields."""
    alternatives: Pointers
    """The alternatives without null; empty if there are fewer than two, or if all values are listed."""
    limits: Mapping[str, Any]
    verbatim: Mapping[str, str]
    basis: str
    deprecated: bool


def shape_of(capture: Capture, pointers: Pointers) -> SchemaShape:
    """Return the shape of the schemas at all these pointers together; without pointers, that of any value."""
    parts = [part for pointer in pointers for part in schema_parts(capture, pointer)]
    bodies = [body for _, body in parts]
    required, always_present = (
        frozenset(name for body in bodies for name in body.get(key, ())) for key in ("required", "x-always-present")
    )
    values = _intersect_values(_allowed_values(capture, pointer, frozenset()) for pointer in pointers)
    # Alternatives that only list values are in `values` already; an only one is part of the schema itself.
    groups = [group for part in parts if not values for group in _non_null_branch_groups(capture, *part)]
    with_additional = [at for at, body in parts if isinstance(body.get("additionalProperties"), dict)]
    return SchemaShape(
        types=_intersect_types(_allowed_types(capture, pointer, frozenset()) for pointer in pointers),
        values=values,
        fields=field_pointers(parts, sorted(required | always_present)),
        required=required,
        always_present=always_present,
        is_closed=any(body.get(key) is False for body in bodies for key in CLOSING_KEYWORDS),
        items=tuple(f"{at}/items" for at, body in parts if "items" in body),
        additional=tuple(f"{at}/additionalProperties" for at in with_additional),
        alternatives=tuple(branch for group in groups if len(group) > 1 for branch in group),
        limits=_tightest_limits(bodies),
        verbatim={key: canonical_json(body[key]) for key in VERBATIM_KEYWORDS for body in bodies if key in body},
        basis=next(filter(None, map(_basis_text, bodies)), ""),
        deprecated=any(body.get("deprecated") is True for body in bodies),
    )


def canonical_json(value: Any) -> str:
    """Render a value as JSON text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def types_within(types: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return those of `types` that `other` allows, too: an integer is a number."""
    return frozenset(kind for kind in types if kind in other or (kind == "integer" and "number" in other))


def schema_parts(capture: Capture, pointer: str) -> Iterator[SchemaPart]:
    """Yield the schema at a pointer and all that describe the same value: `$ref`, `allOf`, an only alternative."""
    return _unvisited_parts(capture, pointer, set())


def _unvisited_parts(capture: Capture, pointer: str, visited: set[str]) -> Iterator[SchemaPart]:
    schema = capture.at(pointer)
    if pointer in visited or not isinstance(schema, dict):
        return
    visited.add(pointer)
    yield pointer, schema
    for inner in _same_value_pointers(schema, pointer):
        yield from _unvisited_parts(capture, inner, visited)
    for branches in _non_null_branch_groups(capture, pointer, schema):
        if len(branches) == 1:
            yield from _unvisited_parts(capture, branches[0], visited)


def _same_value_pointers(schema: Mapping[str, Any], pointer: str) -> Pointers:
    """Return the pointers of a schema's `$ref` and of the parts of its `allOf`."""
    parts = tuple(f"{pointer}/allOf/{index}" for index in range(len(schema.get("allOf", ()))))
    if isinstance(schema.get("$ref"), str):
        return schema["$ref"], *parts
    return parts


def _branch_groups(schema: Mapping[str, Any], pointer: str) -> list[Pointers]:
    """Return the alternatives of `anyOf`, then those of `oneOf`, null among them; no empty groups."""
    return [
        tuple(f"{pointer}/{key}/{index}" for index in range(len(schema[key])))
        for key in ALTERNATIVE_KEYWORDS
        if schema.get(key)
    ]


def _non_null_branch_groups(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> list[Pointers]:
    return [
        tuple(branch for branch in branches if _allowed_types(capture, branch, frozenset()) != NULL_TYPE)
        for branches in _branch_groups(schema, pointer)
    ]


def _allowed_types(capture: Capture, pointer: str, visited: frozenset[str]) -> frozenset[str] | None:
    """Return the types that are allowed at a pointer; None for any."""
    schema = capture.at(pointer)
    if schema is False:
        return NO_TYPES
    if pointer in visited or not isinstance(schema, dict):
        return None
    visited |= {pointer}
    # All keywords of a schema hold at once, so their types are intersected; those of alternatives are united.
    constraints: list[frozenset[str] | None] = []
    if isinstance(schema.get("type"), str):
        constraints.append(frozenset([schema["type"]]))
    elif schema.get("type") is not None:
        constraints.append(frozenset(schema["type"]))
    listed = _listed_values(schema)
    if listed is not None:
        constraints.append(frozenset(map(json_type, listed)))
    constraints += [_allowed_types(capture, inner, visited) for inner in _same_value_pointers(schema, pointer)]
    for branches in _branch_groups(schema, pointer):
        each_allowed = [_allowed_types(capture, branch, visited) for branch in branches]
        if None not in each_allowed:
            constraints.append(NO_TYPES.union(*filter(None, each_allowed)))
    return _intersect_types(constraints)


def _listed_values(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _allowed_values(capture: Capture, pointer: str, visited: frozenset[str]) -> tuple[str, ...] | None:
    """Return the values that are listed at a pointer, as JSON text without null; None if any value will do."""
    schema = capture.at(pointer)
    if pointer in visited or not isinstance(schema, dict):
        return None
    visited |= {pointer}
    constraints = [_allowed_values(capture, inner, visited) for inner in _same_value_pointers(schema, pointer)]
    listed = _listed_values(schema)
    if listed is not None:
        # The order of the schema's own list comes first: the intersection keeps the order of its first list.
        constraints.insert(0, tuple(canonical_json(value) for value in listed if value is not None))
    for group in _non_null_branch_groups(capture, pointer, schema):
        lists = [_allowed_values(capture, branch, visited) for branch in group]
        if lists and None not in lists:
            constraints.append(tuple(value for values in lists for value in values or ()))
    return _intersect_values(constraints)


def _intersect_types(each_allowed: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the types that all allow; None allows any. `integer` is left out beside `number`."""
    allowed: frozenset[str] | None = None
    for types in each_allowed:
        if allowed is None:
            allowed = types
        elif types is not None:
            allowed = types_within(allowed, types) | types_within(types, allowed)
    if allowed is not None and "number" in allowed:
        return allowed - {"integer"}
    return allowed


def _intersect_values(each_listed: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return the values that are in every list, each once, in the order of the first; None lists any."""
    lists = [each for each in each_listed if each is not None]
    if not lists:
        return None
    return tuple(dict.fromkeys(value for value in lists[0] if all(value in each for each in lists[1:])))


def field_pointers(parts: list[SchemaPart], names: Iterable[str] = ()) -> dict[str, Pointers]:
    """Return the pointers of each field's schemas; `names` are fields that may have none."""
    found: dict[str, Pointers] = dict.fromkeys(names, ())
    for pointer, body in parts:
        for name in body.get("properties", ()):
            found[name] = (*found.get(name, ()), f"{pointer}/properties/{escape_token(name)}")
    return found


def _tightest_limits(bodies: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the tightest of each bound, and all of each other limit."""
    found: dict[str, Any] = {}
    for key in LIMIT_KEYWORDS:
        # `uniqueItems: false` and the like are no limits; `default: false` is a default.
        limits = [body[key] for body in bodies if key in body and (body[key] is not False or key == "default")]
        if not limits:
            continue
        if key in UPPER_BOUNDS:
            found[key] = min(limits)
        elif key in LOWER_BOUNDS:
            found[key] = max(limits)
        elif len(limits) == 1:
            found[key] = limits[0]
        else:
            found[key] = " and ".join(sorted({canonical_json(each) for each in limits}))
    return found


def _basis_text(body: Mapping[str, Any]) -> str:
    """Return the basis of a value, and those of single values or types of it."""
    of = ", ".join(f"{name}: {basis}" for name, basis in sorted(body.get("x-basis-of", {}).items()))
    return "; ".join(filter(None, (str(body.get("x-basis", "")), of)))


_JSON_TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def json_type(value: Any) -> str:
    """Return the JSON type of a parsed value."""
    return _JSON_TYPES.get(type(value), "null")
