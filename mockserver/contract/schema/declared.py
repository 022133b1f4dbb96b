"""The fields that a schema declares, wherever in it, and which of them a value has: `/outputs/*/status`.

A star stands for every item of an array. A field of a map, whose names nobody declares, is none of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import Pointers, SchemaShape, shape_of
from mockserver.core.pointer import escape_token

MAX_SCHEMA_PLACES: Final = 2_000
"""Places of one schema; of a larger one the outer ones."""


def declared_fields(capture: Capture, pointer: str) -> Mapping[str, str]:
    """Where each declared field is, and the pointer of its schema; computed once."""
    key = f"declared {pointer}"
    if key not in capture._values_by_pointer:
        capture._values_by_pointer[key] = _collect_declared_fields(capture, pointer)
    known: Mapping[str, str] = capture._values_by_pointer[key]
    return known


def _collect_declared_fields(capture: Capture, pointer: str) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting: list[tuple[str, Pointers, frozenset[Pointers]]] = [("", (pointer,), frozenset())]
    for where, place, within in waiting:
        for name, inner in _inner_pointers(capture, place):
            if inner and inner not in within and len(waiting) < MAX_SCHEMA_PLACES:
                found.setdefault(f"{where}{name}", inner[0])
                waiting.append((f"{where}{name}", inner, within | {place}))
    return {where: at for where, at in found.items() if where and not where.endswith("*")}


def _inner_pointers(capture: Capture, place: Pointers) -> Iterator[tuple[str, Pointers]]:
    """What a value of that shape has inside: fields, items, and what each of its alternatives has."""
    said: SchemaShape = shape_of(capture, place)
    for name, inner in said.fields.items():
        yield f"/{escape_token(name)}", inner
    yield "/*", said.items
    for option in said.alternatives:
        yield "", (option,)


def fields_present(value: Any, declared: Mapping[str, str]) -> Iterator[str]:
    """The declared fields that a value has, and every place that has fields: `""` for the value itself."""
    waiting = [("", value)]
    while waiting:
        where, inner = waiting.pop()
        if isinstance(inner, list):
            waiting.extend((f"{where}/*", each) for each in inner)
        elif isinstance(inner, dict):
            yield f"{where} has fields"
            fields = ((f"{where}/{escape_token(name)}", each) for name, each in inner.items())
            held = [(place, each) for place, each in fields if place in declared]
            yield from (place for place, _ in held)
            waiting.extend(held)


def parent_marker(where: str) -> str:
    """The mark that `met_in` leaves where the object of a field was seen."""
    return f"{where.rpartition('/')[0]} has fields"
