"""The fields that a schema declares, wherever in it, and which of them a value has: `/outputs/*/status`.

A star stands for every item of an array. A field of a map, whose names nobody declares, is none of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.capture import Capture
from mockserver.contract.shape import Place, Shape, shape
from mockserver.core.pointer import escaped

MOST: Final = 2_000
"""Places of one schema; of a larger one the outer ones."""


def declared(capture: Capture, pointer: str) -> Mapping[str, str]:
    """Where each declared field is, and the pointer of its schema; computed once."""
    key = f"declared {pointer}"
    if key not in capture._found:
        capture._found[key] = _declared(capture, pointer)
    known: Mapping[str, str] = capture._found[key]
    return known


def _declared(capture: Capture, pointer: str) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting: list[tuple[str, Place, frozenset[Place]]] = [("", (pointer,), frozenset())]
    for where, place, within in waiting:
        for name, inner in _inner(capture, place):
            if inner and inner not in within and len(waiting) < MOST:
                found.setdefault(f"{where}{name}", inner[0])
                waiting.append((f"{where}{name}", inner, within | {place}))
    return {where: at for where, at in found.items() if where and not where.endswith("*")}


def _inner(capture: Capture, place: Place) -> Iterator[tuple[str, Place]]:
    """What a value of that shape has inside: fields, items, and what each of its alternatives has."""
    said: Shape = shape(capture, place)
    for name, inner in said.fields.items():
        yield f"/{escaped(name)}", inner
    yield "/*", said.items
    for option in said.options:
        yield "", (option,)


def met_in(value: Any, known: Mapping[str, str]) -> Iterator[str]:
    """The declared fields that a value has, and every place that has fields: `""` for the value itself."""
    waiting = [("", value)]
    while waiting:
        where, inner = waiting.pop()
        if isinstance(inner, list):
            waiting.extend((f"{where}/*", each) for each in inner)
        elif isinstance(inner, dict):
            yield f"{where} has fields"
            fields = ((f"{where}/{escaped(name)}", each) for name, each in inner.items())
            held = [(place, each) for place, each in fields if place in known]
            yield from (place for place, _ in held)
            waiting.extend(held)


def parent(where: str) -> str:
    """The mark that `met_in` leaves where the object of a field was seen."""
    return f"{where.rpartition('/')[0]} has fields"
