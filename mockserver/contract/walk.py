"""Walks a value along its schema: what nobody declared, what the vendor's page does not know, what is not there.

A vendor adds fields without notice, so a response schema is open and a validator keeps silent about them; here they
are found. An object is free-form where its schema says `additionalProperties: true` or names no property at all.
Where a schema offers alternatives, only those that the value conforms to count. `x-always-present` lists fields that
no page requires and the service always sends.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from mockserver.contract.capture import Capture, escape
from mockserver.contract.schemas import conforms

OFF_PAGE: Final = ("runtime", "inferred")
"""Bases that are no promise of the vendor's: seen in its service, or concluded."""


class Stray(NamedTuple):
    """A field, or a value, for which the page and the answer differ though the schema allows it."""

    kind: Literal["undeclared", "off-page", "absent"]
    pointer: str
    """Where in the value; for absent fields, the object that lacks them."""
    value: Any = None
    siblings: tuple[str, ...] = ()
    """The declared fields of the object, for an undeclared one; the absent fields."""
    basis: str = ""
    """runtime or inferred, for an off-page one."""


def strays(capture: Capture, pointer: str, value: Any) -> Iterator[Stray]:
    """Every stray of a value, in the value's order."""
    return _walk(capture, [pointer], value, "")


def _walk(capture: Capture, pointers: list[str], value: Any, where: str) -> Iterator[Stray]:
    schemas = [pair for pointer in pointers for pair in _applying(capture, pointer, value, set())]
    basis = next(filter(None, (_basis(schema, value) for _, schema in schemas)), "")
    if basis:
        yield Stray("off-page", where, value, basis=basis)
    if isinstance(value, dict):
        yield from _fields(capture, schemas, value, where)
    elif isinstance(value, list):
        inner = [f"{pointer}/items" for pointer, schema in schemas if "items" in schema]
        for index, item in enumerate(value):
            yield from _walk(capture, inner, item, f"{where}/{index}")


def _fields(capture: Capture, schemas: list[tuple[str, Any]], value: Any, where: str) -> Iterator[Stray]:
    declared = tuple(dict.fromkeys(name for _, schema in schemas for name in schema.get("properties", ())))
    always = dict.fromkeys(name for _, schema in schemas for name in schema.get("x-always-present", ()))
    absent = tuple(name for name in always if name not in value)
    if absent:
        yield Stray("absent", where, siblings=absent)
    free = not declared or any(schema.get("additionalProperties") is True for _, schema in schemas)
    rest = [
        f"{at}/additionalProperties" for at, schema in schemas if isinstance(schema.get("additionalProperties"), dict)
    ]
    for name, inner in value.items():
        place = f"{where}/{escape(name)}"
        own = [f"{at}/properties/{escape(name)}" for at, schema in schemas if name in schema.get("properties", ())]
        if own or rest:
            yield from _walk(capture, own or rest, inner, place)
        elif not free:
            yield Stray("undeclared", place, inner, declared)


def _applying(capture: Capture, pointer: str, value: Any, met: set[str]) -> Iterator[tuple[str, Any]]:
    """The schema at a pointer and all that speak about the same value: references, parts, fitting alternatives."""
    schema = capture.at(pointer)
    if pointer in met or not isinstance(schema, dict):
        return
    met.add(pointer)
    yield pointer, schema
    if isinstance(schema.get("$ref"), str):
        yield from _applying(capture, schema["$ref"], value, met)
    for index in range(len(schema.get("allOf", ()))):
        yield from _applying(capture, f"{pointer}/allOf/{index}", value, met)
    for keyword in ("anyOf", "oneOf"):
        branches = [f"{pointer}/{keyword}/{index}" for index in range(len(schema.get(keyword, ())))]
        for branch in [each for each in branches if conforms(capture, each, value)] or branches:
            yield from _applying(capture, branch, value, met)


def _basis(schema: Any, value: Any) -> str:
    """The basis where it is no promise: of the field (`x-basis`), or of this value or its type (`x-basis-of`)."""
    of = schema.get("x-basis-of", {})
    said = schema.get("x-basis") or of.get(str(value) if isinstance(value, str) else "") or of.get(_type(value), "")
    return said if said in OFF_PAGE else ""


_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def _type(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")
