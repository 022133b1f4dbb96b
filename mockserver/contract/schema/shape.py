"""The shape of a schema: all that is said about one value, in one view that two contracts can be compared by.

References are followed and the parts of an `allOf` are folded together, whether the document writes them in one place
or in five. `null` is a type like the others, however it is spelt. What remains of `anyOf` and `oneOf` are real
alternatives: each is a shape of its own.

A place in a document is a tuple of JSON pointers: the same field may be described by several parts at once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.core.pointer import escape_token

Pointers = tuple[str, ...]
SchemaPart = tuple[str, Mapping[str, Any]]

UPPER_BOUNDS: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER_BOUNDS: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
LIMIT_KEYWORDS: Final = (
    *UPPER_BOUNDS,
    *LOWER_BOUNDS,
    "format",
    "pattern",
    "multipleOf",
    "uniqueItems",
    "contentEncoding",
    "default",
)
VERBATIM_KEYWORDS: Final = (
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "patternProperties",
    "propertyNames",
    "prefixItems",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
    "readOnly",
    "writeOnly",
)
"""Compared as they are written."""
CLOSING_KEYWORDS: Final = ("additionalProperties", "unevaluatedProperties")
ALTERNATIVE_KEYWORDS: Final = ("anyOf", "oneOf")
NULL_TYPE: Final = frozenset(["null"])
NO_TYPES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class SchemaShape:
    """What is said about one value."""

    types: frozenset[str] | None
    """None for any; empty where nothing fits."""
    values: tuple[str, ...] | None
    """The listed values as JSON text, without null; None where any will do."""
    fields: Mapping[str, Pointers]
    """The declared fields, and those that are only required."""
    required: frozenset[str]
    always_present: frozenset[str]
    """Fields that the service always sends, though nothing requires them."""
    is_closed: bool
    """Whether an undeclared field is refused."""
    items: Pointers
    additional: Pointers
    """What undeclared fields must be."""
    alternatives: Pointers
    """The alternatives without null; empty where there are less than two, or where all values are listed."""
    limits: Mapping[str, Any]
    verbatim: Mapping[str, str]
    basis: str
    deprecated: bool


def shape_of(capture: Capture, pointers: Pointers) -> SchemaShape:
    """The shape of what these pointers say together; of no pointers, that anything goes."""
    parts = [part for pointer in pointers for part in _schema_parts(capture, pointer, set())]
    bodies = [body for _, body in parts]
    required = frozenset(name for body in bodies for name in body.get("required", ()))
    always = frozenset(name for body in bodies for name in body.get("x-always-present", ()))
    values = _intersect_values(_allowed_values(capture, pointer, frozenset()) for pointer in pointers)
    return SchemaShape(
        types=_intersect_types(_allowed_types(capture, pointer, frozenset()) for pointer in pointers),
        values=values,
        fields=_field_pointers(parts, sorted(required | always)),
        required=required,
        always_present=always,
        is_closed=any(body.get(key) is False for body in bodies for key in CLOSING_KEYWORDS),
        items=tuple(f"{pointer}/items" for pointer, body in parts if "items" in body),
        additional=tuple(
            f"{at}/additionalProperties" for at, body in parts if _is_schema(body.get("additionalProperties"))
        ),
        alternatives=() if values else tuple(each for at, body in parts for each in _alternatives(capture, at, body)),
        limits=_tightest_limits(bodies),
        verbatim={key: canonical_json(body[key]) for key in VERBATIM_KEYWORDS for body in bodies if key in body},
        basis=next(filter(None, map(_basis_text, bodies)), ""),
        deprecated=any(body.get("deprecated") is True for body in bodies),
    )


def canonical_json(value: Any) -> str:
    """A value as JSON text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def types_within(types: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Those of `types` that `other` allows, too: an integer is a number."""
    return frozenset(kind for kind in types if kind in other or (kind == "integer" and "number" in other))


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict)


def _schema_parts(capture: Capture, pointer: str, met: set[str]) -> Iterator[SchemaPart]:
    """The schema at a pointer, and all that speak of the same value: references, parts, an only alternative."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return
    met.add(pointer)
    yield pointer, schema
    for inner in _same_value_pointers(schema, pointer):
        yield from _schema_parts(capture, inner, met)
    for branches in _non_null_branch_groups(capture, pointer, schema):
        if len(branches) == 1:
            yield from _schema_parts(capture, branches[0], met)


def _same_value_pointers(schema: Mapping[str, Any], pointer: str) -> Pointers:
    """What a schema says by reference or in parts."""
    target = schema.get("$ref")
    parts = tuple(f"{pointer}/allOf/{index}" for index in range(len(schema.get("allOf", ()))))
    return (target, *parts) if isinstance(target, str) else parts


def _branch_groups(schema: Mapping[str, Any], pointer: str) -> list[Pointers]:
    """The alternatives of `anyOf` and of `oneOf`, null among them."""
    found = (
        tuple(f"{pointer}/{key}/{index}" for index in range(len(schema.get(key, ())))) for key in ALTERNATIVE_KEYWORDS
    )
    return [branches for branches in found if branches]


def _non_null_branch_groups(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> list[Pointers]:
    """The alternatives, null left out."""
    return [
        tuple(branch for branch in branches if _allowed_types(capture, branch, frozenset()) != NULL_TYPE)
        for branches in _branch_groups(schema, pointer)
    ]


def _alternatives(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> Pointers:
    return tuple(
        branch for group in _non_null_branch_groups(capture, pointer, schema) if len(group) > 1 for branch in group
    )


def _allowed_types(capture: Capture, pointer: str, met: frozenset[str]) -> frozenset[str] | None:
    """The types that are allowed at a pointer; None for any."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return NO_TYPES if schema is False else None
    met |= {pointer}
    said = [_type_keyword_types(schema), _listed_types(schema)]
    said += [_allowed_types(capture, inner, met) for inner in _same_value_pointers(schema, pointer)]
    for branches in _branch_groups(schema, pointer):
        kinds = [_allowed_types(capture, branch, met) for branch in branches]
        said.append(None if None in kinds else NO_TYPES.union(*filter(None, kinds)))
    return _intersect_types(said)


def _type_keyword_types(schema: Mapping[str, Any]) -> frozenset[str] | None:
    kinds = schema.get("type")
    if kinds is None:
        return None
    return frozenset([kinds] if isinstance(kinds, str) else kinds)


def _listed_values(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _listed_types(schema: Mapping[str, Any]) -> frozenset[str] | None:
    values = _listed_values(schema)
    return None if values is None else frozenset(map(json_type, values))


def _allowed_values(capture: Capture, pointer: str, met: frozenset[str]) -> tuple[str, ...] | None:
    """The values that are listed at a pointer, as JSON text; None where none are."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return None
    met |= {pointer}
    listed = _listed_values(schema)
    own = None if listed is None else tuple(canonical_json(value) for value in listed if value is not None)
    said = [own, *(_allowed_values(capture, inner, met) for inner in _same_value_pointers(schema, pointer))]
    for group in _non_null_branch_groups(capture, pointer, schema):
        lists = [_allowed_values(capture, branch, met) for branch in group]
        said.append(None if None in lists or not lists else tuple(value for each in lists for value in each or ()))
    return _intersect_values(said)


def _intersect_types(each_allowed: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """What all allow."""
    allowed: frozenset[str] | None = None
    for kinds in each_allowed:
        if kinds is not None:
            allowed = kinds if allowed is None else types_within(allowed, kinds) | types_within(kinds, allowed)
    return None if allowed is None else frozenset(allowed - {"integer"} if "number" in allowed else allowed)


def _intersect_values(each_listed: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """The values that are in every list, each once, in the order of the first."""
    lists = [each for each in each_listed if each is not None]
    if not lists:
        return None
    return tuple(dict.fromkeys(value for value in lists[0] if all(value in each for each in lists[1:])))


def _field_pointers(parts: list[SchemaPart], required: list[str]) -> dict[str, Pointers]:
    found: dict[str, list[str]] = {}
    for pointer, body in parts:
        for name in body.get("properties", ()):
            found.setdefault(name, []).append(f"{pointer}/properties/{escape_token(name)}")
    places = {name: tuple(pointers) for name, pointers in found.items()}
    return {**dict.fromkeys(required, ()), **places}


def _tightest_limits(bodies: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The tightest of each bound, and the rest as it is said."""
    found = {}
    for key in LIMIT_KEYWORDS:
        said = [body[key] for body in bodies if key in body and (body[key] is not False or key == "default")]
        if said:
            found[key] = (
                min(said) if key in UPPER_BOUNDS else max(said) if key in LOWER_BOUNDS else _combine_limits(said)
            )
    return found


def _combine_limits(limits: list[Any]) -> Any:
    return limits[0] if len(limits) == 1 else " and ".join(sorted({canonical_json(each) for each in limits}))


def _basis_text(body: Mapping[str, Any]) -> str:
    """How the value is known, and how single values or types of it are."""
    of = ", ".join(f"{name}: {basis}" for name, basis in sorted(body.get("x-basis-of", {}).items()))
    return "; ".join(filter(None, (str(body.get("x-basis", "")), of)))


_JSON_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def json_type(value: Any) -> str:
    """The JSON type of a value."""
    return next((name for kind, name in _JSON_TYPES if isinstance(value, kind)), "null")
