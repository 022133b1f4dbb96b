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

from mockserver.contract.capture import Capture
from mockserver.core.pointer import escaped

Place = tuple[str, ...]
Part = tuple[str, Mapping[str, Any]]

UPPER: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
LIMITS: Final = (*UPPER, *LOWER, "format", "pattern", "multipleOf", "uniqueItems", "contentEncoding", "default")
RULES: Final = (
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
CLOSING: Final = ("additionalProperties", "unevaluatedProperties")
ONE_OF: Final = ("anyOf", "oneOf")
NULL: Final = frozenset(["null"])
NEVER: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """What is said about one value."""

    types: frozenset[str] | None
    """None for any; empty where nothing fits."""
    values: tuple[str, ...] | None
    """The listed values as JSON text, without null; None where any will do."""
    fields: Mapping[str, Place]
    """The declared fields, and those that are only required."""
    required: frozenset[str]
    always: frozenset[str]
    """Fields that the service always sends, though nothing requires them."""
    closed: bool
    """Whether an undeclared field is refused."""
    items: Place
    rest: Place
    """What undeclared fields must be."""
    options: Place
    """The alternatives without null; empty where there are less than two, or where all values are listed."""
    limits: Mapping[str, Any]
    rules: Mapping[str, str]
    basis: str
    deprecated: bool


def shape(capture: Capture, place: Place) -> Shape:
    """The shape of what these pointers say together; of no pointers, that anything goes."""
    parts = [part for pointer in place for part in _parts(capture, pointer, set())]
    bodies = [body for _, body in parts]
    required = frozenset(name for body in bodies for name in body.get("required", ()))
    always = frozenset(name for body in bodies for name in body.get("x-always-present", ()))
    values = _every(_values(capture, pointer, frozenset()) for pointer in place)
    return Shape(
        types=_all(_types(capture, pointer, frozenset()) for pointer in place),
        values=values,
        fields=_fields(parts, sorted(required | always)),
        required=required,
        always=always,
        closed=any(body.get(key) is False for body in bodies for key in CLOSING),
        items=tuple(f"{pointer}/items" for pointer, body in parts if "items" in body),
        rest=tuple(f"{at}/additionalProperties" for at, body in parts if _is_schema(body.get("additionalProperties"))),
        options=() if values else tuple(each for at, body in parts for each in _options(capture, at, body)),
        limits=_limits(bodies),
        rules={key: text(body[key]) for key in RULES for body in bodies if key in body},
        basis=next(filter(None, map(_basis, bodies)), ""),
        deprecated=any(body.get("deprecated") is True for body in bodies),
    )


def text(value: Any) -> str:
    """A value as JSON text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def narrow(types: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Those of `types` that `other` allows, too: an integer is a number."""
    return frozenset(kind for kind in types if kind in other or (kind == "integer" and "number" in other))


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict)


def _parts(capture: Capture, pointer: str, met: set[str]) -> Iterator[Part]:
    """The schema at a pointer, and all that speak of the same value: references, parts, an only alternative."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return
    met.add(pointer)
    yield pointer, schema
    for inner in _same(schema, pointer):
        yield from _parts(capture, inner, met)
    for branches in _groups(capture, pointer, schema):
        if len(branches) == 1:
            yield from _parts(capture, branches[0], met)


def _same(schema: Mapping[str, Any], pointer: str) -> Place:
    """What a schema says by reference or in parts."""
    target = schema.get("$ref")
    parts = tuple(f"{pointer}/allOf/{index}" for index in range(len(schema.get("allOf", ()))))
    return (target, *parts) if isinstance(target, str) else parts


def _branches(schema: Mapping[str, Any], pointer: str) -> list[Place]:
    """The alternatives of `anyOf` and of `oneOf`, null among them."""
    found = (tuple(f"{pointer}/{key}/{index}" for index in range(len(schema.get(key, ())))) for key in ONE_OF)
    return [branches for branches in found if branches]


def _groups(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> list[Place]:
    """The alternatives, null left out."""
    return [
        tuple(branch for branch in branches if _types(capture, branch, frozenset()) != NULL)
        for branches in _branches(schema, pointer)
    ]


def _options(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> Place:
    return tuple(branch for group in _groups(capture, pointer, schema) if len(group) > 1 for branch in group)


def _types(capture: Capture, pointer: str, met: frozenset[str]) -> frozenset[str] | None:
    """The types that are allowed at a pointer; None for any."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return NEVER if schema is False else None
    met |= {pointer}
    said = [_own_types(schema), _listed_types(schema)]
    said += [_types(capture, inner, met) for inner in _same(schema, pointer)]
    for branches in _branches(schema, pointer):
        kinds = [_types(capture, branch, met) for branch in branches]
        said.append(None if None in kinds else NEVER.union(*filter(None, kinds)))
    return _all(said)


def _own_types(schema: Mapping[str, Any]) -> frozenset[str] | None:
    kinds = schema.get("type")
    if kinds is None:
        return None
    return frozenset([kinds] if isinstance(kinds, str) else kinds)


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _listed_types(schema: Mapping[str, Any]) -> frozenset[str] | None:
    values = _listed(schema)
    return None if values is None else frozenset(map(type_of, values))


def _values(capture: Capture, pointer: str, met: frozenset[str]) -> tuple[str, ...] | None:
    """The values that are listed at a pointer, as JSON text; None where none are."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return None
    met |= {pointer}
    listed = _listed(schema)
    own = None if listed is None else tuple(text(value) for value in listed if value is not None)
    said = [own, *(_values(capture, inner, met) for inner in _same(schema, pointer))]
    for group in _groups(capture, pointer, schema):
        lists = [_values(capture, branch, met) for branch in group]
        said.append(None if None in lists or not lists else tuple(value for each in lists for value in each or ()))
    return _every(said)


def _all(said: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """What all allow."""
    allowed: frozenset[str] | None = None
    for kinds in said:
        if kinds is not None:
            allowed = kinds if allowed is None else narrow(allowed, kinds) | narrow(kinds, allowed)
    return None if allowed is None else frozenset(allowed - {"integer"} if "number" in allowed else allowed)


def _every(said: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """The values that are in every list, each once, in the order of the first."""
    lists = [each for each in said if each is not None]
    if not lists:
        return None
    return tuple(dict.fromkeys(value for value in lists[0] if all(value in each for each in lists[1:])))


def _fields(parts: list[Part], named: list[str]) -> dict[str, Place]:
    found: dict[str, list[str]] = {}
    for pointer, body in parts:
        for name in body.get("properties", ()):
            found.setdefault(name, []).append(f"{pointer}/properties/{escaped(name)}")
    places = {name: tuple(pointers) for name, pointers in found.items()}
    return {**dict.fromkeys(named, ()), **places}


def _limits(bodies: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The tightest of each bound, and the rest as it is said."""
    found = {}
    for key in LIMITS:
        said = [body[key] for body in bodies if key in body and (body[key] is not False or key == "default")]
        if said:
            found[key] = min(said) if key in UPPER else max(said) if key in LOWER else _joined(said)
    return found


def _joined(said: list[Any]) -> Any:
    return said[0] if len(said) == 1 else " and ".join(sorted({text(each) for each in said}))


def _basis(body: Mapping[str, Any]) -> str:
    """How the value is known, and how single values or types of it are."""
    of = ", ".join(f"{name}: {basis}" for name, basis in sorted(body.get("x-basis-of", {}).items()))
    return "; ".join(filter(None, (str(body.get("x-basis", "")), of)))


_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")
