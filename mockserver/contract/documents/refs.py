"""Pointers and references in a document: what is at a JSON pointer, and which `$ref`s cannot be followed."""

from collections.abc import Callable, Iterator
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


def find_refs(value: Any, pointer: str = "#") -> Iterator[tuple[str, str]]:
    """Yield every `$ref` at any depth: the pointer of the object that has it, and its target."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield pointer, value["$ref"]
        for key, inner in value.items():
            yield from find_refs(inner, f"{pointer}/{escape_token(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from find_refs(inner, f"{pointer}/{index}")


def ref_errors(document: Any, file: str) -> Iterator[MockError]:
    """Yield an error (CON004) for every `$ref` that leaves the document or leads nowhere: nothing is ever fetched."""
    for pointer, target in find_refs(document):
        location = Location(file, pointer=pointer)
        if target != "#" and not target.startswith("#/"):
            hint = "Copy what it refers to into `components` and refer to it as '#/components/...'."
            yield refuse("CON004", f"{pointer}: the $ref {target!r} leaves the document", hint, location)
            continue
        try:
            value_at_pointer(document, target)
        except (LookupError, TypeError, ValueError):
            yield refuse("CON004", f"{pointer}: the $ref {target!r} leads nowhere", location=location)


def without_keys(value: Any, is_dropped: Callable[[str, Any], bool], verbatim: tuple[str, ...] = ()) -> Any:
    """Return a JSON value without the keys that `is_dropped(key, value)`, at any depth but under `verbatim` keys."""
    if isinstance(value, list):
        return [without_keys(inner, is_dropped, verbatim) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {key: inner for key, inner in value.items() if not is_dropped(key, inner)}
    return kept | {key: without_keys(kept[key], is_dropped, verbatim) for key in kept if key not in verbatim}
