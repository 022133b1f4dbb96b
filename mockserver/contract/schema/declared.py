"""The fields that a schema declares at any depth (`/outputs/*/status`), and those of them that a value has.

A star stands for every item of an array. The fields of a map, whose names are not declared, do not count.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.allowed_values import Pointers
from mockserver.contract.schema.shape import shape_of
from mockserver.core.pointer import escape_token

MAX_SCHEMA_PLACES: Final = 2_000
"""Places that are searched in one schema, the outermost first."""


def declared_fields(capture: Capture, pointer: str) -> Mapping[str, str]:
    """Return the place of each declared field with the pointer of its schema; computed once a capture."""
    cache: dict[str, Mapping[str, str]] = capture.cache("declared fields")
    if pointer in cache:
        return cache[pointer]
    found: dict[str, str] = {}
    pending: list[tuple[str, Pointers, frozenset[Pointers]]] = [("", (pointer,), frozenset())]
    for where, place, outer in pending:  # the list grows while it is walked
        shape = shape_of(capture, place)
        inner_places = [(f"{where}/{escape_token(name)}", inner) for name, inner in shape.fields.items()]
        inner_places += [(f"{where}/*", shape.items), *((where, (branch,)) for branch in shape.alternatives)]
        for inner_where, inner in inner_places:
            # A schema that contains itself ends where it meets itself.
            if inner and inner not in outer and len(pending) < MAX_SCHEMA_PLACES:
                found.setdefault(inner_where, inner[0])
                pending.append((inner_where, inner, outer | {place}))
    cache[pointer] = {where: at for where, at in found.items() if where and not where.endswith("*")}
    return cache[pointer]


def fields_present(value: Any, declared: Mapping[str, str]) -> Iterator[str]:
    """Yield the declared fields that a value has, and a marker (see `parent_marker`) for each object in it."""
    pending = [("", value)]
    while pending:
        where, inner = pending.pop()
        if isinstance(inner, list):
            pending.extend((f"{where}/*", each) for each in inner)
        elif isinstance(inner, dict):
            yield f"{where}{_OBJECT_MARKER}"
            for name, each in inner.items():
                place = f"{where}/{escape_token(name)}"
                if place in declared:
                    yield place
                    pending.append((place, each))


_OBJECT_MARKER: Final = " has fields"


def parent_marker(where: str) -> str:
    """Return the marker that `fields_present` yields for the object around a field."""
    return f"{where.rpartition('/')[0]}{_OBJECT_MARKER}"
