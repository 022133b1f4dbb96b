"""Pointers and references in a document: the value at a JSON pointer, and at the end of a chain of `$ref`s."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from mockserver.core.pointer import unescape_token


def value_at_pointer(document: Any, pointer: str) -> Any:
    """Return the value at a pointer (`#/components/...`), `$ref`s on the way not followed.

    Raises LookupError if it is absent, TypeError or ValueError if the way leads through a scalar.
    """
    value = document
    for token in pointer.split("/")[1:]:
        value = value_at_token(value, token)
    return value


def value_at_token(value: Any, token: str) -> Any:
    """Return what is in a mapping or list under one part of a pointer.

    Raises LookupError if it is absent, TypeError or ValueError if the value is a scalar.
    """
    if not isinstance(value, list):
        if "%" in token or "~" in token:
            token = unescape_token(unquote(token))
        return value[token]
    if not token.isdecimal():
        raise LookupError(token)
    return value[int(token)]


def follow_refs(document: Any, pointer: str) -> tuple[str, Any]:
    """Return the pointer and the value that a pointer leads to after every `$ref` there; a circle ends it."""
    visited = set()
    value = value_at_pointer(document, pointer)
    while isinstance(value, dict) and isinstance(value.get("$ref"), str) and pointer not in visited:
        visited.add(pointer)
        pointer = value["$ref"]
        value = value_at_pointer(document, pointer)
    return pointer, value


def without_keys(value: Any, is_dropped: Callable[[str, Any], bool], verbatim: tuple[str, ...] = ()) -> Any:
    """Return a JSON value without the keys that `is_dropped(key, value)`, at any depth but under `verbatim` keys."""
    if isinstance(value, list):
        return [without_keys(inner, is_dropped, verbatim) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {key: inner for key, inner in value.items() if not is_dropped(key, inner)}
    return kept | {key: without_keys(kept[key], is_dropped, verbatim) for key in kept if key not in verbatim}
