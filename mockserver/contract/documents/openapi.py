"""The versions of OpenAPI: brings schemas of 3.0 to 3.1, and finds schemas that would be a bomb.

OpenAPI 3.0 has keywords of its own for null and for exclusive bounds; they are replaced here, so that no other module
knows them. A bomb is a schema of a few lines by which a validator would work for hours on one value: `allOf` of twice
the same reference, forty times over.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.text import truncate
from mockserver.errors import Location, refuse

MAX_SCHEMAS_PER_VALUE: Final = 10_000
"""Schemas that may describe one value, each counted as often as it is reached."""
MAX_SCHEMA_CHAIN: Final = 100
"""Schemas of which each extends the next one (`allOf: [{$ref: ...}, ...]`), or has it as an alternative."""
_MAX_STEPS: Final = 2 * MAX_SCHEMA_CHAIN + 1
"""The same in steps, from a schema to the `$ref` in it and on to the next: more would exhaust a validator's stack."""
_COLLECTION_KEYS: Final = ("allOf", "anyOf", "oneOf", "dependentSchemas")
_SINGLE_SCHEMA_KEYS: Final = ("not", "if", "then", "else")
_OTHER_CONSTRAINT_KEYS: Final = ("$ref", "allOf", "anyOf", "oneOf")
"""Keys that constrain the type, too."""
_ANNOTATION_KEYS: Final = (
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
)


def check_version(document: Mapping[str, Any], file: str = "") -> None:
    """Raise `MockError` CON009 for any version of OpenAPI but 3.0 and 3.1; a document without one counts as 3.1."""
    version = str(document.get("openapi", document.get("swagger", "3.1")))
    if not version.startswith(("3.0", "3.1")):
        hint = "OpenAPI 3.1 and 3.0 are read: convert an older document first."
        raise refuse("CON009", f"this is an OpenAPI document of version {truncate(version, 40)}", hint, Location(file))


def upgrade_schema(schema: dict[str, Any]) -> None:
    """Replace what only OpenAPI 3.0 has in a schema, in place: `nullable`, and exclusive bounds that are flags.

    Documents of 3.1 have these by mistake, and mean the same.
    """
    if schema.get("nullable") is True:
        _allow_null(schema)
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(key), bool):
            # 3.0: a flag beside the bound; 3.1: the bound itself.
            is_exclusive = schema.pop(key)
            if is_exclusive and bound in schema:
                schema[key] = schema.pop(bound)


def _allow_null(schema: dict[str, Any]) -> None:
    del schema["nullable"]
    if "type" not in schema or any(key in schema for key in _OTHER_CONSTRAINT_KEYS):
        # Beside `nullable`, a `$ref` or an `allOf` would still exclude null: it becomes an alternative.
        inner = {key: each for key, each in schema.items() if key not in _ANNOTATION_KEYS and key[:2] != "x-"}
        if inner:
            for key in inner:
                del schema[key]
            schema["anyOf"] = [inner, {"type": "null"}]
        return
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "null" not in types:
        schema["type"] = [*types, "null"]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


class DocumentBomb(NamedTuple):
    """A schema by which one value would be validated for too long."""

    pointer: str
    message: str


RefLookup = Callable[[str], Any]
"""Returns the schema that a `$ref` refers to."""


def find_schema_bomb(schemas: Iterable[tuple[str, Mapping[str, Any]]], look_up: RefLookup) -> DocumentBomb | None:
    """Return the first schema that reaches more schemas than allowed; None if there is none.

    Schemas of fields and items are not counted: they describe other values, of which there are as many as a body has.
    """
    weights: dict[int, tuple[int, int]] = {}
    for pointer, schema in schemas:
        weight, steps = _schema_weight(schema, look_up, weights, 0)
        if weight > MAX_SCHEMAS_PER_VALUE:
            return DocumentBomb(pointer, f"more than {MAX_SCHEMAS_PER_VALUE} schemas would validate one value")
        if steps > _MAX_STEPS:
            return DocumentBomb(pointer, f"more than {MAX_SCHEMA_CHAIN} schemas extend one another")
    return None


def _schema_weight(schema: Any, look_up: RefLookup, weights: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """Return the number of schemas that describe the same value, and the steps to the farthest of them."""
    if not isinstance(schema, dict) or depth > _MAX_STEPS:
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
