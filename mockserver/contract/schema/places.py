"""Where a JSON pointer leads in a schema: to a declared field, to a place that is left open, or nowhere."""

from collections.abc import Iterable, Iterator, Sequence

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.allowed_values import Pointers
from mockserver.contract.schema.shape import SchemaShape, schema_parts, shape_of
from mockserver.errors import did_you_mean


class NoSuchFieldError(LookupError):
    """A schema declares fields, and not this one."""


def schemas_at(capture: Capture, schemas: Iterable[Pointers], path: Sequence[str]) -> list[Pointers]:
    """Return the schemas of the values at a path; none where the document leaves open what is there.

    Raises NoSuchFieldError, with the field that was meant, if none of the schemas has such a place.
    """
    found = list(schemas)
    for key in path:
        places = list(_applying_places(capture, found))
        shapes = [shape_of(capture, place) for place in places]
        found = [inner for shape in shapes for inner in _inner_schemas(shape, key)]
        if not found and any(_is_open(capture, place) for place in places):
            return []
        if not found and shapes:
            names = [name for shape in shapes for name in shape.fields]
            raise NoSuchFieldError(f"the capture has no field {key!r} there{did_you_mean(key, names)}")
    return found


def _applying_places(capture: Capture, schemas: Iterable[Pointers]) -> Iterator[Pointers]:
    """Yield some schemas, each once, with their alternatives and extensions."""
    pending, known = list(schemas), set()
    for place in pending:  # the list grows while it is walked
        if place in known:
            continue
        known.add(place)
        yield place
        shape = shape_of(capture, place)
        pending += [(branch,) for branch in shape.alternatives]
        if shape.discriminator is not None:
            pending += shape.discriminator.targets.values()


def _inner_schemas(shape: SchemaShape, key: str) -> Iterator[Pointers]:
    if key in shape.fields:
        yield shape.fields[key]
    elif shape.additional:
        yield shape.additional
    if key.isdigit() and shape.items:
        yield shape.items


def _is_open(capture: Capture, place: Pointers) -> bool:
    """Return True for a schema that does not list its fields, or says that there are more."""
    shape = shape_of(capture, place)
    if shape.types is not None and shape.types.isdisjoint(("object", "array")):
        return False
    bodies = [body for pointer in place for _, body in schema_parts(capture, pointer)]
    if any(body.get("additionalProperties") in (True, {}) for body in bodies):
        return True
    return bool(shape.verbatim) or not (shape.fields or shape.alternatives or shape.is_closed)
