"""The types and the listed values that the schemas at a pointer allow, whatever they refer to and combine.

    allowed_at(capture, "#/components/schemas/State") == AllowedValues(types={"string"}, values=('"queued"', '"done"'))

Theory of operation. What a schema allows depends on its `$ref`, its `allOf` and its alternatives. Those that are not
known yet are put in order, the innermost first, and computed once each. In a circle there is no innermost one: all of
its schemas begin with "any value", and are computed again until nothing changes. What is allowed can only shrink, and
there are few types, so that this ends. The result does not depend on where the circle was entered.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.json_values import canonical_json, json_type, normalize_numbers

Pointers = tuple[str, ...]

ALTERNATIVE_KEYWORDS: Final = ("anyOf", "oneOf")
NULL_TYPE: Final = frozenset(["null"])
NO_TYPES: Final[frozenset[str]] = frozenset()


class AllowedValues(NamedTuple):
    """The values that a schema allows."""

    types: frozenset[str] | None
    """None for any type; empty if no value is valid. `integer` is left out beside `number`."""
    values: tuple[str, ...] | None
    """The listed values as JSON text, without null; None if any value will do."""


_ANY: Final = AllowedValues(None, None)
_NOTHING: Final = AllowedValues(NO_TYPES, None)


def allowed_at(capture: Capture, pointer: str) -> AllowedValues:
    """Return what the schema at a pointer allows; it is computed once for a capture."""
    known: dict[str, AllowedValues] = capture.cache("allowed values")
    if pointer not in known:
        _compute_allowed(capture, pointer, known)
    return known[pointer]


def _compute_allowed(capture: Capture, pointer: str, known: dict[str, AllowedValues]) -> None:
    dependencies = _Dependencies(capture, known)
    dependencies.collect(pointer)
    order = dependencies.order
    known.update(dict.fromkeys(order, _ANY))
    is_settled = False
    while not is_settled:
        is_settled = True
        for each in order:
            before, known[each] = known[each], _allowed_by_parts(capture, each, known)
            if dependencies.has_circle and _as_sets(before) != _as_sets(known[each]):
                is_settled = False


def _as_sets(allowed: AllowedValues) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return types and values without their order: around a circle, the order need not settle."""
    if allowed.values is None:
        return allowed.types, None
    return allowed.types, frozenset(allowed.values)


class _Dependencies:
    """The pointers on which a pointer depends and that are not known yet, the innermost first."""

    def __init__(self, capture: Capture, known: Mapping[str, AllowedValues]) -> None:
        self.order: list[str] = []
        self.has_circle = False
        self._capture = capture
        self._known = known
        self._is_collected: dict[str, bool] = {}
        """False for a pointer whose dependencies are being collected: to meet it again is a circle."""

    def collect(self, pointer: str) -> None:
        """Add the dependencies of a pointer, then the pointer itself."""
        if pointer in self._known:
            return
        if pointer in self._is_collected:
            self.has_circle |= not self._is_collected[pointer]
            return
        self._is_collected[pointer] = False
        schema = self._capture.at(pointer)
        if isinstance(schema, dict):
            for inner in same_value_pointers(schema, pointer):
                self.collect(inner)
            for group in branch_groups(schema, pointer):
                for inner in group:
                    self.collect(inner)
        self._is_collected[pointer] = True
        self.order.append(pointer)


def _allowed_by_parts(capture: Capture, pointer: str, known: Mapping[str, AllowedValues]) -> AllowedValues:
    schema = capture.at(pointer)
    if schema is False:
        return _NOTHING
    if not isinstance(schema, dict):
        return _ANY
    # All keywords of a schema hold at once, so what they allow is intersected; what alternatives allow is united.
    types: list[frozenset[str] | None] = []
    values: list[tuple[str, ...] | None] = []
    if isinstance(schema.get("type"), str):
        types.append(frozenset([schema["type"]]))
    elif schema.get("type") is not None:
        types.append(frozenset(schema["type"]))
    listed = _listed_values(schema)
    if listed is not None:
        types.append(frozenset(json_type(normalize_numbers(value)) for value in listed))
        # The order of the schema's own list comes first: the intersection keeps the order of its first list.
        values.append(tuple(canonical_json(value) for value in listed if value is not None))
    for inner in same_value_pointers(schema, pointer):
        types.append(known[inner].types)
        values.append(known[inner].values)
    for group in branch_groups(schema, pointer):
        branches = [known[branch] for branch in group]
        branch_types = [each.types for each in branches]
        if None not in branch_types:
            types.append(NO_TYPES.union(*filter(None, branch_types)))
        lists = [each.values for each in branches if each.types != NULL_TYPE]
        if lists and None not in lists:
            values.append(tuple(value for each in lists for value in each or ()))
    return AllowedValues(intersect_types(types), intersect_values(values))


def _listed_values(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def same_value_pointers(schema: Mapping[str, Any], pointer: str) -> Pointers:
    """Return the pointers of a schema's `$ref` and of the parts of its `allOf`."""
    parts: Pointers = ()
    if "allOf" in schema:
        parts = tuple(f"{pointer}/allOf/{index}" for index in range(len(schema["allOf"])))
    if "$ref" in schema:
        return schema["$ref"], *parts
    return parts


def branch_groups(schema: Mapping[str, Any], pointer: str) -> list[Pointers]:
    """Return the alternatives of `anyOf`, then those of `oneOf`, null among them; no empty groups."""
    keys = [key for key in ALTERNATIVE_KEYWORDS if schema.get(key)]
    return [tuple(f"{pointer}/{key}/{index}" for index in range(len(schema[key]))) for key in keys]


def types_within(types: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return those of `types` that `other` allows, too: an integer is a number."""
    return frozenset(kind for kind in types if kind in other or (kind == "integer" and "number" in other))


def intersect_types(each_allowed: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
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


def intersect_values(each_listed: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return the values that are in every list, each once, in the order of the first; None lists any."""
    lists = [each for each in each_listed if each is not None]
    if not lists:
        return None
    # An enum may list 100,000 values: sets, and no search for each one.
    others = [frozenset(each) for each in lists[1:]]
    return tuple(dict.fromkeys(value for value in lists[0] if all(value in each for each in others)))
