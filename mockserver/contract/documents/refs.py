"""Pointers and references in a document: what is at a JSON pointer, and which `$ref`s cannot be followed."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from mockserver.core.pointer import escape_token, unescape_token
from mockserver.errors import Location, MockError, refuse


def value_at_pointer(document: Any, pointer: str) -> Any:
    """Return the value at a pointer (`#/components/...`), `$ref`s on the way not followed.

    Raises LookupError if it is absent, TypeError or ValueError if the way leads through a scalar.
    """
    value = document
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[unescape_token(unquote(part))]
    return value


def follow_refs(document: Any, pointer: str) -> tuple[str, Any]:
    """Return the pointer and the value that a pointer leads to after every `$ref` there; a circle ends it."""
    visited = set()
    value = value_at_pointer(document, pointer)
    while isinstance(value, dict) and isinstance(value.get("$ref"), str) and pointer not in visited:
        visited.add(pointer)
        pointer = value["$ref"]
        value = value_at_pointer(document, pointer)
    return pointer, value


def ref_errors(document: Any, value: Any, pointer: str, file: str) -> Iterator[MockError]:
    """Yield an error (CON004) for every `$ref` that leaves the document or leads nowhere: nothing is ever fetched."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield from _ref_error(document, value["$ref"], Location(file, pointer=pointer))
        for key, inner in value.items():
            yield from ref_errors(document, inner, f"{pointer}/{escape_token(key)}", file)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from ref_errors(document, inner, f"{pointer}/{index}", file)


def _ref_error(document: Any, target: str, location: Location) -> Iterator[MockError]:
    if target != "#" and not target.startswith("#/"):
        hint = "Copy what it refers to into `components` and refer to it as '#/components/...'."
        yield refuse("CON004", f"{location.pointer}: the $ref {target!r} leaves the document", hint, location)
        return
    try:
        value_at_pointer(document, target)
    except (LookupError, TypeError, ValueError):
        yield refuse("CON004", f"{location.pointer}: the $ref {target!r} leads nowhere", location=location)
