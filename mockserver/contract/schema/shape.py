"""The shape of a schema: everything that a document states about one value, in a form that two contracts share.

References are followed and the parts of an `allOf` are folded together, whether the document writes them in one place
or in five. `null` is a type like the others, in whatever way it is spelt. What remains of `anyOf` and `oneOf` are real
alternatives: each is a shape of its own.

A place in a document is a tuple of JSON pointers: several parts may describe the same field.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.core.pointer import escape_token

Pointers = tuple[str, ...]
SchemaPart = tuple[str, Mapping[str, Any]]
"""A pointer and the schema there."""

UPPER_BOUNDS: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER_BOUNDS: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
LIMIT_KEYWORDS: Final[tuple[str, ...]] = (
    *(*UPPER_BOUNDS, *LOWER_BOUNDS),
    *("format", "pattern", "multipleOf", "uniqueItems", "contentEncoding", "default"),
)
VERBATIM_KEYWORDS: Final = (
    *("not", "if", "then", "else", "contains", "minContains", "maxContains", "patternProperties", "propertyNames"),
    *("prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"),
)
"""Keywords that are compared as they are written, what they refer to included."""
_ANNOTATIONS: Final = frozenset(("title", "description", "example", "examples", "default", "$comment"))
_NAMED_SCHEMAS: Final = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"))
_MAX_VERBATIM_VALUES: Final = 500
"""Values of a keyword that is compared as it is written; more are left out."""
_INNER_KEYWORDS: Final = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "properties", "items", "additionalProperties", "discriminator"}
).union(VERBATIM_KEYWORDS)
"""Keywords by which the shape of a schema depends on other places."""
_LIMITS: Final = frozenset(LIMIT_KEYWORDS)
_VERBATIM: Final = frozenset(VERBATIM_KEYWORDS)
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
    read_only: bool
    """True if it is not part of requests."""
    write_only: bool
    """True if it is not part of answers."""
    discriminator: "Discriminator | None"


class Discriminator(NamedTuple):
    """The field that says which alternative, or which extension of a schema, a value is."""

    field: str
    targets: Mapping[str, Pointers]
    """The place of the schema that a value of the field means, as the document lists them."""


def shape_of(capture: Capture, pointers: Pointers) -> SchemaShape:
    """Return the shape of the schemas at all these pointers together; without pointers, that of any value.

    It is computed once for a capture.
    """
    known: SchemaShape | None = capture.shapes.get(pointers)
    if known is not None:
        return known
    key: Any = canonical_place(capture, pointers)
    if len(key) == 1:
        # Most schemas state a type, and little else: equal ones share their shape.
        schema = capture.at(key[0])
        if isinstance(schema, dict) and _INNER_KEYWORDS.isdisjoint(schema):
            key = repr(schema)
    known = capture.shapes.get(key)
    if known is None:
        known = capture.shapes[key] = _compute_shape(capture, pointers)
    capture.shapes[pointers] = known
    return known


def canonical_place(capture: Capture, pointers: Pointers) -> Pointers:
    """Return the pointers with those of mere references followed, each once: one place has one name.

    So a schema that contains itself by way of an `allOf` meets itself again.
    """
    return tuple(dict.fromkeys(_follow_mere_ref(capture, pointer) for pointer in pointers))


def _follow_mere_ref(capture: Capture, pointer: str) -> str:
    visited = set()
    while pointer not in visited:
        visited.add(pointer)
        schema = capture.at(pointer)
        if isinstance(schema, dict) and len(schema) == 1 and "$ref" in schema:
            pointer = schema["$ref"]
    return pointer


def _compute_shape(capture: Capture, pointers: Pointers) -> SchemaShape:
    parts = list({part[0]: part for pointer in pointers for part in schema_parts(capture, pointer)}.values())
    bodies = [body for _, body in parts]
    required, always_present = (
        frozenset(name for body in bodies for name in body.get(key, ())) for key in ("required", "x-always-present")
    )
    values = _intersect_values(_allowed_values(capture, pointer, frozenset()) for pointer in pointers)
    # Alternatives that only list values are in `values` already; an only one is part of the schema itself.
    groups = [group for part in parts if not values for group in _non_null_branch_groups(capture, *part)]
    # An empty schema allows every field, as no schema does.
    with_additional = [at for at, body in parts if body.get("additionalProperties") not in (None, True, False, {})]
    verbatim = {key: body[key] for body in bodies for key in _VERBATIM & body.keys()}
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
        verbatim={
            key: canonical_json(_Expansion(capture).expand(value))
            for key, value in verbatim.items()
            if key not in CLOSING_KEYWORDS or isinstance(value, dict)
        },
        basis=next(filter(None, map(_basis_text, bodies)), ""),
        deprecated=any(body.get("deprecated") is True for body in bodies),
        read_only=any(body.get("readOnly") is True for body in bodies),
        write_only=any(body.get("writeOnly") is True for body in bodies),
        discriminator=next((_read_discriminator(capture, body) for body in bodies if "discriminator" in body), None),
    )


def _read_discriminator(capture: Capture, schema: Mapping[str, Any]) -> Discriminator:
    body, targets = schema["discriminator"], {}
    for value, target in body.get("mapping", {}).items():
        # A name is short for the schema of that name; a schema in another document is not known.
        pointer = target if target.startswith("#/") else f"#/components/schemas/{escape_token(target)}"
        with suppress(LookupError, TypeError, ValueError):
            targets[value] = canonical_place(capture, (pointer,))
    return Discriminator(body.get("propertyName", ""), targets)


class _Expansion:
    """Writes out a keyword's value: what it refers to in its place, annotations left out, no more than the bound."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.values_left = _MAX_VERBATIM_VALUES

    def expand(self, value: Any, *, are_names: bool = False) -> Any:
        """Return the value written out; `are_names` if its keys are names of fields."""
        self.values_left -= 1
        if self.values_left < 0:
            return None
        if isinstance(value, list):
            return [self.expand(each) for each in value]
        if not isinstance(value, dict):
            return value
        if not are_names and len(value) == 1 and isinstance(value.get("$ref"), str):
            return self.expand(self.capture.at(value["$ref"]))
        return {
            key: self.expand(each, are_names=key in _NAMED_SCHEMAS and not are_names)
            for key, each in sorted(value.items())
            if are_names or key not in _ANNOTATIONS
        }


def canonical_json(value: Any) -> str:
    """Render a value as JSON text that is the same for equal values of one spelling: 1 and 1.0 are two texts."""
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
    parts: Pointers = ()
    if "allOf" in schema:
        parts = tuple(f"{pointer}/allOf/{index}" for index in range(len(schema["allOf"])))
    if "$ref" in schema:
        return schema["$ref"], *parts
    return parts


def _branch_groups(schema: Mapping[str, Any], pointer: str) -> list[Pointers]:
    """Return the alternatives of `anyOf`, then those of `oneOf`, null among them; no empty groups."""
    keys = [key for key in ALTERNATIVE_KEYWORDS if schema.get(key)]
    return [tuple(f"{pointer}/{key}/{index}" for index in range(len(schema[key]))) for key in keys]


def _non_null_branch_groups(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> list[Pointers]:
    return [
        tuple(branch for branch in branches if _allowed_types(capture, branch, frozenset()) != NULL_TYPE)
        for branches in _branch_groups(schema, pointer)
    ]


def _allowed_types(capture: Capture, pointer: str, visited: frozenset[str]) -> frozenset[str] | None:
    """Return the types that are allowed at a pointer; None for any."""
    # Within a circle the result depends on where it was entered: only a search that begins here is remembered.
    if visited:
        return _find_allowed_types(capture, pointer, visited)
    if pointer not in capture.shapes:
        capture.shapes[pointer] = _find_allowed_types(capture, pointer, visited)
    types: frozenset[str] | None = capture.shapes[pointer]
    return types


def _find_allowed_types(capture: Capture, pointer: str, visited: frozenset[str]) -> frozenset[str] | None:
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
    stated = {key for body in bodies for key in _LIMITS & body.keys()}
    for key in sorted(stated, key=LIMIT_KEYWORDS.index):
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
    basis = str(body.get("x-basis", ""))
    if "x-basis-of" not in body:
        return basis
    of = ", ".join(f"{name}: {each}" for name, each in sorted(body["x-basis-of"].items()))
    return "; ".join(filter(None, (basis, of)))


_JSON_TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def json_type(value: Any) -> str:
    """Return the JSON type of a parsed value."""
    return _JSON_TYPES.get(type(value), "null")
