"""The shape of a schema: everything that a document states about one value, in a form that two contracts share.

References are followed and the parts of an `allOf` are folded together, whether the document writes them in one place
or in five. `null` is a type like the others, in whatever way it is spelt. What remains of `anyOf` and `oneOf` are real
alternatives: each is a shape of its own.

A place in a document is a tuple of JSON pointers: several parts may describe the same field.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.allowed_values import (
    NULL_TYPE,
    Pointers,
    allowed_at,
    branch_groups,
    intersect_types,
    intersect_values,
    same_value_pointers,
)
from mockserver.contract.schema.json_values import canonical_json
from mockserver.contract.schema.verbatim import verbatim_text
from mockserver.core.pointer import escape_token

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
_REMARKS: Final = frozenset(("description", "example", "examples", "$comment"))
_SHAPE_EXTENSIONS: Final = ("x-basis", "x-always-present")
_INNER_KEYWORDS: Final = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "properties", "items", "additionalProperties", "discriminator"}
).union(VERBATIM_KEYWORDS)
"""Keywords by which the shape of a schema depends on other places."""
_LIMITS: Final = frozenset(LIMIT_KEYWORDS)
_VERBATIM: Final = frozenset(VERBATIM_KEYWORDS)
CLOSING_KEYWORDS: Final = ("additionalProperties", "unevaluatedProperties")


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

    @property
    def only_lists_alternatives(self) -> bool:
        """True if the alternatives are all that it states: they can stand in its place."""
        stated = (self.fields, self.limits, self.verbatim, self.items, self.additional)
        return bool(self.alternatives) and not self.is_closed and not any(stated)


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
    known: dict[Pointers, Pointers] = capture.cache("places")
    place = known.get(pointers)
    if place is None:
        place = known[pointers] = tuple(dict.fromkeys(_follow_mere_ref(capture, pointer) for pointer in pointers))
    return place


def _follow_mere_ref(capture: Capture, pointer: str) -> str:
    visited = set()
    while pointer not in visited:
        visited.add(pointer)
        schema = capture.at(pointer)
        if isinstance(schema, dict) and "$ref" in schema and all(key == "$ref" or _is_remark(key) for key in schema):
            pointer = schema["$ref"]
    return pointer


def _is_remark(key: str) -> bool:
    """Return True for a keyword that is no part of a shape, and no name either."""
    return key in _REMARKS or (key.startswith("x-") and not key.startswith(_SHAPE_EXTENSIONS))


def _compute_shape(capture: Capture, pointers: Pointers) -> SchemaShape:
    """Fold all parts of the schemas into one shape: what any of them states holds of the value."""
    parts = list({part[0]: part for pointer in pointers for part in schema_parts(capture, pointer)}.values())
    bodies = [body for _, body in parts]
    required = frozenset(name for body in bodies for name in body.get("required", ()))
    always_present = frozenset(name for body in bodies for name in body.get("x-always-present", ()))
    allowed = [allowed_at(capture, pointer) for pointer in pointers]
    values = intersect_values(each.values for each in allowed)
    # Alternatives that only list values are in `values` already; an only one is part of the schema itself.
    groups = [group for part in parts if not values for group in _non_null_branch_groups(capture, *part)]
    # An empty schema allows every field, as no schema does.
    with_additional = [at for at, body in parts if body.get("additionalProperties") not in (None, True, False, {})]
    verbatim = {key: body[key] for body in bodies for key in _VERBATIM & body.keys()}
    return SchemaShape(
        types=intersect_types(each.types for each in allowed),
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
            key: verbatim_text(capture, value)
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


def schema_parts(capture: Capture, pointer: str) -> list[SchemaPart]:
    """Return the schema at a pointer and all that describe the same value: `$ref`, `allOf`, an only alternative."""
    found: dict[str, Mapping[str, Any]] = {}
    pending = [pointer]
    while pending:
        at = pending.pop()
        schema = capture.at(at)
        if at in found or not isinstance(schema, dict):
            continue
        found[at] = schema
        inner = same_value_pointers(schema, at)
        for branches in _non_null_branch_groups(capture, at, schema):
            if len(branches) == 1:
                inner = (*inner, *branches)
        pending += reversed(inner)
    return list(found.items())


def _non_null_branch_groups(capture: Capture, pointer: str, schema: Mapping[str, Any]) -> list[Pointers]:
    return [
        tuple(branch for branch in branches if allowed_at(capture, branch).types != NULL_TYPE)
        for branches in branch_groups(schema, pointer)
    ]


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
        limits = [body[key] for body in bodies if key in body]
        if key == "default":
            # A default may be any value: as text, `true` and 1 differ, and 1 and 1.0 do not.
            found[key] = _join_limits(limits)
            continue
        # `uniqueItems: false` and the like are no limits.
        limits = [limit for limit in limits if limit is not False]
        if not limits:
            continue
        if key in UPPER_BOUNDS:
            found[key] = min(limits)
        elif key in LOWER_BOUNDS:
            found[key] = max(limits)
        elif all(limit == limits[0] for limit in limits):
            found[key] = limits[0]
        else:
            found[key] = _join_limits(limits)
    return found


def _join_limits(limits: list[Any]) -> str:
    return " and ".join(sorted({canonical_json(each) for each in limits}))


def _basis_text(body: Mapping[str, Any]) -> str:
    """Return the basis of a value, and those of single values or types of it."""
    basis = str(body.get("x-basis", ""))
    if "x-basis-of" not in body:
        return basis
    of = ", ".join(f"{name}: {each}" for name, each in sorted(body["x-basis-of"].items()))
    return "; ".join(filter(None, (basis, of)))
