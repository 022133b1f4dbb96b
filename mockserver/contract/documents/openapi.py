"""Reads OpenAPI 3.1, upgrades 3.0 to it, and finds schemas that would be a bomb.

OpenAPI 3.0 has keywords of its own for null and for exclusive bounds; they are replaced here, so that no other module
knows them. A bomb is a schema of a few lines by which a validator would work for hours on one value: `allOf` of twice
the same reference, forty times over.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.errors import Location, refuse

MAX_SCHEMAS_PER_VALUE: Final = 10_000
"""Schemas that may describe one value, each counted as often as it is reached."""
MAX_SCHEMA_STEPS: Final = 100
"""Steps from one of them to the next."""
_DATA_KEYS: Final = ("example", "examples", "default", "enum", "const")
"""Keys of data: there are no schemas under them."""
_COLLECTION_KEYS: Final = ("allOf", "anyOf", "oneOf", "dependentSchemas")
_SINGLE_SCHEMA_KEYS: Final = ("not", "if", "then", "else")


def to_openapi_31(document: Mapping[str, Any], file: str = "") -> Mapping[str, Any]:
    """Return the document as OpenAPI 3.1. Raises `MockError` CON009 for any version but 3.0 and 3.1.

    A document without a version counts as 3.1.
    """
    version = str(document.get("openapi", document.get("swagger", "3.1")))
    if version.startswith("3.0"):
        upgraded: Mapping[str, Any] = _upgrade_from_30(document)
        return upgraded
    if not version.startswith("3.1"):
        hint = "Contracts are OpenAPI 3.1, or 3.0."
        raise refuse("CON009", f"this is an OpenAPI document of version {version}", hint, Location(file))
    return document


def _upgrade_from_30(value: Any) -> Any:
    if isinstance(value, list):
        return [_upgrade_from_30(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    built = {key: _upgrade_from_30(inner) for key, inner in value.items() if key not in _DATA_KEYS}
    built |= {key: inner for key, inner in value.items() if key in _DATA_KEYS}
    if built.get("nullable") is True and "type" in built:
        del built["nullable"]
        built["type"] = [built["type"], "null"]
        if isinstance(built.get("enum"), list) and None not in built["enum"]:
            built["enum"] = [*built["enum"], None]
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(built.get(key), bool):
            # 3.0: a flag beside the bound; 3.1: the bound itself.
            exclusive = built.pop(key)
            if exclusive and bound in built:
                built[key] = built.pop(bound)
    return built


RefLookup = Callable[[str], Any]
"""Returns the schema that a `$ref` refers to."""


def find_schema_bomb(document: Mapping[str, Any], look_up: RefLookup) -> tuple[str, ...] | None:
    """Return the path (keys and indexes) of a schema that reaches more schemas than allowed; None if there is none.

    Schemas of fields and items are not counted: they describe other values, of which there are as many as a body has.
    """
    weights: dict[int, tuple[int, int]] = {}
    pending: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while pending:
        path, value = pending.pop()
        weight, steps = _schema_weight(value, look_up, weights, 0)
        if weight > MAX_SCHEMAS_PER_VALUE or steps > MAX_SCHEMA_STEPS:
            return path
        if isinstance(value, dict):
            pending.extend(((*path, str(key)), inner) for key, inner in value.items())
        elif isinstance(value, list):
            pending.extend(((*path, str(index)), inner) for index, inner in enumerate(value))
    return None


def _schema_weight(schema: Any, look_up: RefLookup, weights: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """Return the number of schemas that describe the same value, and the steps to the farthest of them."""
    if not isinstance(schema, dict) or depth > MAX_SCHEMA_STEPS:
        return 1, 1
    if id(schema) not in weights:
        # Set before its parts are weighed: a circle ends where it began. Each object is weighed once.
        weights[id(schema)] = 1, 1
        total, farthest = 0, 0
        parts = [schema[key] for key in _SINGLE_SCHEMA_KEYS if key in schema]
        for key in _COLLECTION_KEYS:
            collection = schema.get(key)
            if isinstance(collection, dict):
                parts += collection.values()
            elif isinstance(collection, list):
                parts += collection
        if isinstance(schema.get("$ref"), str):
            parts.append(look_up(schema["$ref"]))
        for part in parts:
            weight, steps = _schema_weight(part, look_up, weights, depth + 1)
            total += weight
            farthest = max(farthest, steps)
        weights[id(schema)] = 1 + total, 1 + farthest
    return weights[id(schema)]
