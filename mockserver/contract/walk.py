"""Walks a value along its schema: what nobody declared, what the vendor's page does not know, what is not there.

A vendor adds fields without notice, so a response schema is open and a validator keeps silent about them; here they
are found. An object is free-form where its schema says `additionalProperties: true` or names no property at all.
Where a schema offers alternatives, only those that the value conforms to count. `x-always-present` lists fields that
no page requires and the service always sends.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from mockserver.contract.capture import Capture
from mockserver.contract.schemas import conforms
from mockserver.contract.shape import Place, type_of
from mockserver.core.pointer import escaped

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


_ALTERNATIVES: Final = ("anyOf", "oneOf")


def strays(capture: Capture, pointer: str, value: Any) -> Iterator[Stray]:
    """Every stray of a value, in the value's order."""
    return _walk(capture, (pointer,), value, "")


def _walk(capture: Capture, place: Place, value: Any, where: str) -> Iterator[Stray]:
    view = _view(capture, place, value)
    basis = next(filter(None, (_basis(schema, value) for schema in view.based)), "")
    if basis:
        yield Stray("off-page", where, value, basis=basis)
    if isinstance(value, dict):
        yield from _fields(capture, view, value, where)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(capture, view.items, item, f"{where}/{index}")


def _fields(capture: Capture, view: "_View", value: Mapping[str, Any], where: str) -> Iterator[Stray]:
    absent = tuple(name for name in view.always if name not in value)
    if absent:
        yield Stray("absent", where, siblings=absent)
    for name, inner in value.items():
        place = view.fields.get(name, view.rest)
        if place:
            if isinstance(inner, (dict, list)) or _tells(capture, place):
                yield from _walk(capture, place, inner, f"{where}/{escaped(name)}")
        elif not view.free:
            yield Stray("undeclared", f"{where}/{escaped(name)}", inner, tuple(view.fields))


class _View(NamedTuple):
    """What all schemas that speak about one value say together."""

    fields: Mapping[str, Place]
    """The declared fields, and the schemas of each."""
    rest: Place
    """The schemas of undeclared ones."""
    free: bool
    """Whether those may be anything."""
    always: tuple[str, ...]
    items: Place
    based: tuple[Mapping[str, Any], ...]
    """The schemas that some value, or every one, has no promise of the page in."""


def _view(capture: Capture, place: Place, value: Any) -> _View:
    """The view of a value; computed once where no alternative depends on the value."""
    known: _View | None = capture.views.get(place)
    if known is not None:
        return known
    schemas = [pair for pointer in place for pair in _applying(capture, pointer, value, set())]
    view = _viewed(schemas)
    if not any(keyword in schema for _, schema in schemas for keyword in _ALTERNATIVES):
        capture.views[place] = view
    return view


def _viewed(schemas: list[tuple[str, Any]]) -> _View:
    fields: dict[str, Place] = {}
    for at, schema in schemas:
        for name in schema.get("properties", ()):
            fields[name] = (*fields.get(name, ()), f"{at}/properties/{escaped(name)}")
    more = [(at, schema["additionalProperties"]) for at, schema in schemas if "additionalProperties" in schema]
    return _View(
        fields,
        tuple(f"{at}/additionalProperties" for at, said in more if isinstance(said, dict)),
        not fields or any(said is True for _, said in more),
        tuple(dict.fromkeys(name for _, schema in schemas for name in schema.get("x-always-present", ()))),
        tuple(f"{at}/items" for at, schema in schemas if "items" in schema),
        tuple(schema for _, schema in schemas if "x-basis" in schema or "x-basis-of" in schema),
    )


def _tells(capture: Capture, place: Place) -> bool:
    """Whether a value with nothing inside may be a stray there: most may not, and most values are such."""
    view = capture.views.get(place)
    return view is None or bool(view.based)


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
    for keyword in _ALTERNATIVES:
        branches = [f"{pointer}/{keyword}/{index}" for index in range(len(schema.get(keyword, ())))]
        for branch in [each for each in branches if conforms(capture, each, value)] or branches:
            yield from _applying(capture, branch, value, met)


def _basis(schema: Any, value: Any) -> str:
    """The basis where it is no promise: of the field (`x-basis`), or of this value or its type (`x-basis-of`)."""
    of = schema.get("x-basis-of", {})
    said = schema.get("x-basis") or of.get(str(value) if isinstance(value, str) else "") or of.get(type_of(value), "")
    return said if said in OFF_PAGE else ""
