"""The JSON Schema of a pack's requests."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.packs.node_access import entries_of
from mockserver.scenario import values
from mockserver.scenario.nodes import Node, node_to_json

_SCHEMA_BY_TYPE: Final[Mapping[str, Mapping[str, Any]]] = {
    "any": {},
    "url": {"type": "string", "format": "uri"},
    "date-time": {"type": "string", "format": "date-time"},
    "file": {},
}
"""Of the types that are none of JSON Schema."""
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
"""What `min` and `max` are of a type."""


def describe_request(request: Node, named: Mapping[str, Node]) -> dict[str, Any]:
    """Return the schema of an entry of `requests`: the fields of all variants, of which only the common are required.

    `named` are the entries of the section `fields`.
    """
    schema = describe_fields(request.get("fields"), named)
    selector = values.as_text(request.get("by"))
    if not selector:
        return schema
    variants = entries_of(request.get("variants"))
    for _, fields in variants:
        for name, each in describe_fields(fields, named)["properties"].items():
            known = schema["properties"].setdefault(name, each)
            # Fields of one name may differ from variant to variant.
            schema["properties"][name] = known if known == each else {}
    schema["properties"][selector] = {"enum": [name for key, _ in variants for name in key.text.split("|")]}
    schema["required"].append(selector)
    return schema


def describe_fields(table: Node | None, named: Mapping[str, Node]) -> dict[str, Any]:
    """Return the schema of an object with these fields."""
    fields = entries_of(table)
    required = [key.text for key, field in fields if field.node_type == "mapping" and field.get("required") is not None]
    properties = {key.text: _describe_field(field, named) for key, field in fields}
    return {"type": "object", "properties": properties, "required": required}


def _describe_field(field: Node, named: Mapping[str, Node]) -> Mapping[str, Any]:
    if field.node_type == "scalar":
        return _SCHEMA_BY_TYPE.get(field.text, {"type": field.text})
    reference = field.get("is")
    if reference is not None:
        # A field that contains itself is refused when the pack is loaded.
        return _describe_field(named[reference.text], named)
    alternatives = values.items_of(field.get("any_of"))
    if alternatives:
        return {"anyOf": [_describe_field(item, named) for item in alternatives]}
    options = values.items_of(field.get("options"))
    if options:
        return {"enum": [node_to_json(item) for item in options]}
    return _describe_typed(field, named)


def _describe_typed(field: Node, named: Mapping[str, Node]) -> Mapping[str, Any]:
    pattern, fields, of = field.get("pattern"), field.get("fields"), field.get("of")
    name = values.as_text(field.get("type"), "any" if pattern is None else "string")
    if fields is not None:
        return describe_fields(fields, named)
    schema: dict[str, Any] = dict(_SCHEMA_BY_TYPE.get(name, {"type": name}))
    if pattern is not None:
        schema["pattern"] = f"^(?:{pattern.text})$"
    if of is not None:
        schema["items" if name == "array" else "additionalProperties"] = _describe_field(of, named)
    for key, bound in zip(("min", "max"), _BOUNDS.get(name, ()), strict=False):
        limit = field.get(key)
        if limit is not None:
            schema[bound] = limit.value
    return schema
