"""The basis of a place in a body: how each schema on the way to it is known (`x-basis`)."""

from collections.abc import Iterator

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.allowed_values import Pointers
from mockserver.contract.schema.shape import schema_parts, shape_of
from mockserver.core.pointer import parse_pointer


def bases_on_the_way(capture: Capture, schema: str, pointer: str) -> Iterator[str]:
    """Yield the bases from the schema of a body (its pointer in the capture) down to a JSON pointer into the body.

    Where the schema does not declare the next step, or has alternatives, the way ends.
    """
    place: Pointers = (schema,)
    yield from _bases_at(capture, place)
    for token in parse_pointer(pointer):
        shape = shape_of(capture, place)
        place = shape.fields.get(token) or shape.items or shape.additional
        if not place:
            return
        yield from _bases_at(capture, place)


def _bases_at(capture: Capture, place: Pointers) -> Iterator[str]:
    parts = (body for pointer in place for _, body in schema_parts(capture, pointer))
    return (body["x-basis"] for body in parts if "x-basis" in body)
