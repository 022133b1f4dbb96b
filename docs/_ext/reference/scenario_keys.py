"""The page of all keys of a scenario file, from the JSON Schema that the language's tables make."""

from collections.abc import Iterator, Mapping
from typing import Any

from docs._ext.reference.tables import HEADER, table
from mockserver.scenario.schema import json_schema

_INTRODUCTION = """# Keys of a scenario file

Every key of the language with the form of its value, from the tables that the checker uses. [The scenario
language](../scenario-language.md) explains them with examples; `mockserver schema` writes the JSON Schema for editors.
"""
_MAX_SHOWN_CHOICES = 12
Schema = Mapping[str, Any]


def scenario_key_page() -> str:
    """Render the page."""
    schema = json_schema()
    lines = [HEADER, _INTRODUCTION, "## The file", ""]
    lines += _key_table(schema)
    for name, mapping in _mappings(schema):
        lines += [f"## {name}", "", *_key_table(mapping, name)]
    for name, definition in sorted(schema["$defs"].items()):
        keys = _mapping_of(definition)
        if keys is not None:
            lines += [f"## {name}", "", *_key_table(keys, name)]
            for inner, mapping in _mappings(keys, f"{name}."):
                lines += [f"### {inner}", "", *_key_table(mapping, inner)]
    lines += ["## Forms", "", *table(("form", "is"), _forms(schema["$defs"]))]
    return "\n".join(lines).rstrip() + "\n"


def _key_table(mapping: Schema, place: str = "") -> list[str]:
    required = mapping.get("required", ())
    rows = []
    for key, value in mapping["properties"].items():
        text = value.get("description", "")
        form = _form(value)
        if place.count(".") == 0 and _mapping_of(value) is not None:
            # The section below is named by the way to it: `clock`, `play.deliveries`.
            form = form.replace("mapping", f"[mapping](#{place}{key})")
        rows.append((f"`{key}`", form, f"{text} Required." if key in required else text))
    return table(("key", "value", "meaning"), rows)


def _mappings(mapping: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield the mappings below a mapping that have keys of their own and no name."""
    for key, value in mapping["properties"].items():
        inner = _mapping_of(value)
        if inner is not None:
            yield f"{prefix}{key}", inner
            if not prefix:
                yield from _mappings(inner, f"{key}.")


def _mapping_of(schema: Schema) -> Schema | None:
    """Return the mapping with known keys in a schema: itself, an alternative, or the entries of a list."""
    if "properties" in schema:
        return schema
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        found = _mapping_of(inner)
        if found is not None:
            return found
    return None


def _form(schema: Schema) -> str:
    """Describe a schema in a few words; a name is a link to its section or to the list of forms."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{_anchor(name)})"
    if "enum" in schema:
        shown = schema["enum"][:_MAX_SHOWN_CHOICES]
        return ", ".join(f"`{choice}`" for choice in shown)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_form(inner) for inner in schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_form(schema['items'])}"
    if kind == "object":
        return "mapping"
    if kind == "integer":
        return _bounds(schema)
    if kind == "boolean":
        return "`true` or `false`"
    return "text" if kind else "any value"


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"`{low}`" if low == high and low is not None else f"number ({low:,} to {high:,})"


def _anchor(name: str) -> str:
    return name if _mapping_of(json_schema()["$defs"][name]) is not None else "forms"


def _forms(definitions: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    for name, definition in sorted(definitions.items()):
        if _mapping_of(definition) is None:
            pattern = definition.get("pattern", "").removeprefix("^").removesuffix("$(?!\\n)")
            yield name, f"text like `{pattern}`" if pattern else _form(definition)
