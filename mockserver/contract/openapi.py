"""Which OpenAPI documents can be read: 3.1 as it is, 3.0 written in 3.1's terms, and nothing that would be a bomb.

3.0 has its own words for null and for exclusive bounds; they are replaced once, so that nobody else knows of them.
A bomb is a schema of a few lines that a validator would judge one value by for hours: `allOf` of twice the same
reference, forty times over.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.errors import Location, refuse

HEAVIEST: Final = 10_000
"""Schemas that may speak about one and the same value, each counted as often as it is reached."""
FARTHEST: Final = 100
"""Steps from one of them to the next."""
_DATA: Final = ("example", "examples", "default", "enum", "const")
"""What is under these keys is no schema."""
_SAME: Final = ("allOf", "anyOf", "oneOf", "dependentSchemas")
_SINGLE: Final = ("not", "if", "then", "else")


def plain(document: Mapping[str, Any], file: str = "") -> Mapping[str, Any]:
    """The document in the terms of 3.1. Raises `MockError` (CON009) where it is of a version that is not understood.

    A document that names no version is taken for 3.1.
    """
    version = str(document.get("openapi", document.get("swagger", "3.1")))
    if version.startswith("3.1"):
        return document
    if version.startswith("3.0"):
        modern: Mapping[str, Any] = _modern(document)
        return modern
    known = "Contracts are OpenAPI 3.1, or 3.0."
    raise refuse("CON009", f"this is an OpenAPI document of version {version}", known, Location(file))


def _modern(value: Any) -> Any:
    if isinstance(value, list):
        return [_modern(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    built = {key: inner if key in _DATA else _modern(inner) for key, inner in value.items()}
    if built.get("nullable") is True and "type" in built:
        _allow_null(built)
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(built.get(key), bool):
            exclusive = built.pop(key)
            if exclusive and bound in built:
                built[key] = built.pop(bound)
    return built


def _allow_null(schema: dict[str, Any]) -> None:
    schema["type"] = [schema["type"], "null"]
    del schema["nullable"]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


Find = Callable[[str], Any]
"""What a `$ref` refers to."""


def bomb(document: Mapping[str, Any], find: Find) -> tuple[str, ...] | None:
    """The way to the document's worst schema: one that reaches more than it may; None where there is none such.

    What a schema says about a value's own fields and items is not counted: of those there are as many as the value has.
    """
    weights: dict[int, tuple[int, int]] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while waiting:
        way, value = waiting.pop()
        weight, steps = _weight(value, find, weights, 0)
        if weight > HEAVIEST or steps > FARTHEST:
            return way
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting.extend(((*way, str(key)), each) for key, each in inner)
    return None


def _weight(schema: Any, find: Find, weights: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many schemas speak where this one does, and in how many steps the farthest of them is reached.

    Each object is weighed once, and a circle ends where it began.
    """
    if not isinstance(schema, dict) or depth > FARTHEST:
        return 1, 1
    if id(schema) not in weights:
        weights[id(schema)] = 1, 1
        said = [_weight(each, find, weights, depth + 1) for each in _speaking(schema, find)]
        total, steps = sum(weight for weight, _ in said), max((steps for _, steps in said), default=0)
        weights[id(schema)] = 1 + total, 1 + steps
    return weights[id(schema)]


def _speaking(schema: Mapping[str, Any], find: Find) -> list[Any]:
    """The schemas that this one hands the value on to."""
    found = [schema[key] for key in _SINGLE if key in schema]
    for key in _SAME:
        parts = schema.get(key, ())
        found += parts.values() if isinstance(parts, dict) else parts if isinstance(parts, list) else ()
    if isinstance(schema.get("$ref"), str):
        found.append(find(schema["$ref"]))
    return found
