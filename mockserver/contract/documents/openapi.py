"""Which OpenAPI documents can be read: 3.1 as it is, 3.0 written in 3.1's terms, and nothing that would be a bomb.

3.0 has its own words for null and for exclusive bounds; they are replaced once, so that nobody else knows of them.
A bomb is a schema of a few lines that a validator would judge one value by for hours: `allOf` of twice the same
reference, forty times over.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.errors import Location, refuse

MAX_SCHEMAS_PER_VALUE: Final = 10_000
"""Schemas that may speak about one and the same value, each counted as often as it is reached."""
MAX_SCHEMA_STEPS: Final = 100
"""Steps from one of them to the next."""
_DATA_KEYS: Final = ("example", "examples", "default", "enum", "const")
"""What is under these keys is no schema."""
_COLLECTION_KEYS: Final = ("allOf", "anyOf", "oneOf", "dependentSchemas")
_SINGLE_SCHEMA_KEYS: Final = ("not", "if", "then", "else")


def to_openapi_31(document: Mapping[str, Any], file: str = "") -> Mapping[str, Any]:
    """The document in the terms of 3.1. Raises `MockError` (CON009) where it is of a version that is not understood.

    A document that names no version is taken for 3.1.
    """
    version = str(document.get("openapi", document.get("swagger", "3.1")))
    if version.startswith("3.1"):
        return document
    if version.startswith("3.0"):
        modern: Mapping[str, Any] = _upgrade_from_30(document)
        return modern
    known = "Contracts are OpenAPI 3.1, or 3.0."
    raise refuse("CON009", f"this is an OpenAPI document of version {version}", known, Location(file))


def _upgrade_from_30(value: Any) -> Any:
    if isinstance(value, list):
        return [_upgrade_from_30(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    built = {key: inner if key in _DATA_KEYS else _upgrade_from_30(inner) for key, inner in value.items()}
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


RefLookup = Callable[[str], Any]
"""What a `$ref` refers to."""


def find_schema_bomb(document: Mapping[str, Any], look_up: RefLookup) -> tuple[str, ...] | None:
    """The way to the document's worst schema: one that reaches more than it may; None where there is none such.

    What a schema says about a value's own fields and items is not counted: of those there are as many as the value has.
    """
    weights: dict[int, tuple[int, int]] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while waiting:
        way, value = waiting.pop()
        weight, steps = _schema_weight(value, look_up, weights, 0)
        if weight > MAX_SCHEMAS_PER_VALUE or steps > MAX_SCHEMA_STEPS:
            return way
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting.extend(((*way, str(key)), each) for key, each in inner)
    return None


def _schema_weight(schema: Any, look_up: RefLookup, weights: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many schemas speak where this one does, and in how many steps the farthest of them is reached.

    Each object is weighed once, and a circle ends where it began.
    """
    if not isinstance(schema, dict) or depth > MAX_SCHEMA_STEPS:
        return 1, 1
    if id(schema) not in weights:
        weights[id(schema)] = 1, 1
        said = [_schema_weight(each, look_up, weights, depth + 1) for each in _same_value_schemas(schema, look_up)]
        total, steps = sum(weight for weight, _ in said), max((steps for _, steps in said), default=0)
        weights[id(schema)] = 1 + total, 1 + steps
    return weights[id(schema)]


def _same_value_schemas(schema: Mapping[str, Any], look_up: RefLookup) -> list[Any]:
    """The schemas that this one hands the value on to."""
    found = [schema[key] for key in _SINGLE_SCHEMA_KEYS if key in schema]
    for key in _COLLECTION_KEYS:
        parts = schema.get(key, ())
        found += parts.values() if isinstance(parts, dict) else parts if isinstance(parts, list) else ()
    if isinstance(schema.get("$ref"), str):
        found.append(look_up(schema["$ref"]))
    return found
