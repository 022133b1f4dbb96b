"""The structure of an OpenAPI document: which of its values are schemas, responses, servers ..., and which are data.

    structure = read_structure(document)
    structure.refs, structure.flaws

Theory of operation. A table names the fields of each kind of object that this package reads, and the kind of what is in
them. Whatever the table does not name (examples, defaults, values of enumerations, extensions) is data: it may have any
form, and a `$ref` in it is a field like others. The target of a `$ref` is of the kind of the place that refers to it.
Each object is read once for each kind, so that neither circles nor YAML aliases cost time.

Two repairs are made on the way, in place: schemas are brought to JSON Schema 2020-12 (`openapi.upgrade_schema`), and a
key with nothing behind it, as YAML permits, is left out or becomes an empty object.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.openapi import upgrade_schema
from mockserver.contract.documents.refs import value_at_pointer
from mockserver.core.pointer import escape_token
from mockserver.core.text import truncate

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAX_FLAWS: Final = 20
"""Flaws of one document that are reported."""

Container = str
ONE: Final = "one"
LIST: Final = "list"
MAP: Final = "map"
EXTENSIBLE_MAP: Final = "extensible map"
"""A mapping by names, among which `x-...` are extensions."""


class ObjectField(NamedTuple):
    """What is in a field: one object of a kind, a list of them, or a mapping of names to them."""

    container: Container
    kind: str
    """A key of `OBJECT_FIELDS` or of `LEAF_TYPES`."""


_ONE_SCHEMA: Final = ObjectField(ONE, "schema")
_SCHEMA_LIST: Final = ObjectField(LIST, "schema")
_SCHEMA_MAP: Final = ObjectField(MAP, "schema")
_NUMBER: Final = ObjectField(ONE, "number")
_TEXT: Final = ObjectField(ONE, "text")
_TEXTS: Final = ObjectField(LIST, "text")
_SCALAR: Final = ObjectField(ONE, "scalar")
_SERVERS: Final = ObjectField(LIST, "server")
_CONTENT: Final = ObjectField(MAP, "media type")
_SECURITY: Final = ObjectField(LIST, "security requirement")
_PARAMETERS: Final = ObjectField(LIST, "parameter")
_OTHER_FIELDS: Final = "*"

OBJECT_FIELDS: Final[Mapping[str, Mapping[str, ObjectField]]] = {
    "document": {
        "servers": _SERVERS,
        "paths": ObjectField(EXTENSIBLE_MAP, "path item"),
        "webhooks": ObjectField(MAP, "path item"),
        "components": ObjectField(ONE, "components"),
        "security": _SECURITY,
    },
    "components": {
        "schemas": _SCHEMA_MAP,
        "responses": ObjectField(MAP, "response"),
        "parameters": ObjectField(MAP, "parameter"),
        "requestBodies": ObjectField(MAP, "request body"),
        "headers": ObjectField(MAP, "header"),
        "callbacks": ObjectField(MAP, "callback"),
        "pathItems": ObjectField(MAP, "path item"),
        "securitySchemes": ObjectField(MAP, "security scheme"),
    },
    "path item": {
        "servers": _SERVERS,
        "parameters": _PARAMETERS,
        **{method: ObjectField(ONE, "operation") for method in METHODS},
    },
    "operation": {
        "operationId": _SCALAR,
        "servers": _SERVERS,
        "parameters": _PARAMETERS,
        "requestBody": ObjectField(ONE, "request body"),
        "responses": ObjectField(EXTENSIBLE_MAP, "response"),
        "callbacks": ObjectField(MAP, "callback"),
        "security": _SECURITY,
    },
    "callback": {_OTHER_FIELDS: ObjectField(ONE, "path item")},
    "parameter": {"name": _SCALAR, "in": _SCALAR, "schema": _ONE_SCHEMA, "content": _CONTENT},
    "header": {"schema": _ONE_SCHEMA, "content": _CONTENT},
    "request body": {"content": _CONTENT},
    "response": {
        "content": _CONTENT,
        "headers": ObjectField(MAP, "header"),
        "x-known-values": ObjectField(MAP, "list"),
    },
    "media type": {"schema": _ONE_SCHEMA},
    "server": {"url": _TEXT, "variables": ObjectField(MAP, "server variable")},
    "server variable": {"default": _SCALAR, "enum": ObjectField(LIST, "scalar")},
    "security requirement": {_OTHER_FIELDS: ObjectField(ONE, "list")},
    "security scheme": {},
    "discriminator": {"propertyName": _TEXT, "mapping": ObjectField(MAP, "text")},
    "schema": {
        **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"), _SCHEMA_MAP),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _SCHEMA_LIST),
        **dict.fromkeys(("items", "contains", "unevaluatedItems", "contentSchema"), _ONE_SCHEMA),
        **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "propertyNames"), _ONE_SCHEMA),
        **dict.fromkeys(("not", "if", "then", "else"), _ONE_SCHEMA),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _NUMBER),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _NUMBER),
        "type": ObjectField(ONE, "type name"),
        "required": _TEXTS,
        "enum": ObjectField(ONE, "list"),
        "pattern": _TEXT,
        "format": _TEXT,
        "discriminator": ObjectField(ONE, "discriminator"),
        "x-always-present": _TEXTS,
        "x-basis-of": ObjectField(MAP, "scalar"),
    },
}
"""The fields of each kind of object that this package reads."""


def _is_type_name(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


LEAF_TYPES: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "text": ("a text", lambda value: isinstance(value, str)),
    "number": ("a number", lambda value: isinstance(value, (int, float))),
    "scalar": ("a text", lambda value: not isinstance(value, (dict, list))),
    "list": ("a list", lambda value: isinstance(value, list)),
    "type name": ("the name of a type, or a list of names,", _is_type_name),
}
"""For each kind of value without fields: what belongs there, and the test of it."""


class DocumentRef(NamedTuple):
    """A `$ref`."""

    pointer: str
    """The pointer of the object that has it."""
    target: str
    kind: str
    """The kind of object that it must lead to."""


class DocumentFlaw(NamedTuple):
    """A value of a type that does not belong at its place."""

    pointer: str
    message: str


class DocumentStructure(NamedTuple):
    """What a document consists of."""

    schemas: list[tuple[str, Mapping[str, Any]]]
    """Every schema with its pointer."""
    refs: list[DocumentRef]
    flaws: list[DocumentFlaw]


_Place = tuple[str, str, Any]
"""A pointer, a kind, and the value there."""


def read_structure(root: Any, kind: str = "document") -> DocumentStructure:
    """Read an object of a kind and everything in it; of a document, also what its `$ref`s lead to.

    A `$ref` that leads nowhere is only listed. The value is repaired in place.
    """
    structure = DocumentStructure([], [], [])
    visited: set[tuple[int | str, str]] = set()
    pending: list[_Place] = [("#", kind, root)]
    while pending:
        place = pending.pop()
        pointer, kind, value = place
        identity = id(value) if isinstance(value, (dict, list)) else pointer
        if (identity, kind) in visited:
            continue
        visited.add((identity, kind))
        if kind == "schema" and isinstance(value, dict):
            upgrade_schema(value)
            structure.schemas.append((pointer, value))
        inner = _inner_places(place, structure)
        # A document is never a reference; if it is used as a schema, its `$ref` is read then.
        if kind != "document" and isinstance(value, dict) and isinstance(value.get("$ref"), str):
            target = value["$ref"]
            structure.refs.append(DocumentRef(pointer, target, kind))
            if target.startswith("#"):
                with suppress(LookupError, TypeError, ValueError):
                    inner.append((target, kind, value_at_pointer(root, target)))
        pending += reversed(inner)
    return structure


def _inner_places(place: _Place, structure: DocumentStructure) -> list[_Place]:
    """Return the objects in the fields of an object, and add the flaws of the object to the structure."""
    pointer, kind, value = place
    if not isinstance(value, dict):
        if kind != "schema" or not isinstance(value, bool):
            _add_flaw(structure, pointer, "a mapping", value)
        return []
    fields = OBJECT_FIELDS[kind]
    for key in [key for key, inner in value.items() if inner is None and key in fields]:
        del value[key]  # YAML's `content:` with nothing behind it
    if "$ref" in value and not isinstance(value["$ref"], str):
        _add_flaw(structure, f"{pointer}/$ref", "a text", value["$ref"])
    others = fields.get(_OTHER_FIELDS)
    found: list[_Place] = []
    for key, inner in value.items():
        field = fields.get(key)
        if field is None:
            if others is None or key == "$ref" or key.startswith("x-"):
                continue
            field = others
        at = f"{pointer}/{escape_token(key)}"
        for inner_pointer, each in _contained(structure, at, field, inner):
            if field.kind not in LEAF_TYPES:
                found.append((inner_pointer, field.kind, each))
                continue
            expected, belongs = LEAF_TYPES[field.kind]
            if not belongs(each):
                _add_flaw(structure, inner_pointer, expected, each)
    return found


def _contained(structure: DocumentStructure, pointer: str, field: ObjectField, value: Any) -> list[tuple[str, Any]]:
    """Return the values in a container with their pointers; add a flaw if the value is another container."""
    if field.container == ONE:
        return [(pointer, value)]
    if field.container == LIST:
        if isinstance(value, list):
            return [(f"{pointer}/{index}", each) for index, each in enumerate(value)]
        _add_flaw(structure, pointer, "a list", value)
        return []
    if not isinstance(value, dict):
        _add_flaw(structure, pointer, "a mapping", value)
        return []
    if field.kind not in LEAF_TYPES:
        value.update({key: {} for key, each in value.items() if each is None})
    return [
        (f"{pointer}/{escape_token(key)}", each)
        for key, each in value.items()
        if field.container == MAP or not key.startswith("x-")
    ]


def _add_flaw(structure: DocumentStructure, pointer: str, expected: str, value: Any) -> None:
    if len(structure.flaws) < MAX_FLAWS:
        message = f"{pointer}: {expected} belongs here, not {_describe_value(value)}"
        structure.flaws.append(DocumentFlaw(pointer, message))


def _describe_value(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {truncate(value, 40)!r}"
    return truncate(str(value), 40)
