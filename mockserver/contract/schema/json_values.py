"""JSON values as JSON Schema compares them: 1, 1.0 and 1e0 are one number, `true` and 1 are two values."""

import json
import re
from typing import Any, Final

_JSON_TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
_FLOAT: Final = re.compile(r"\d(?:\.|e[+-]?)\d")
"""Found wherever a whole number is written as a float (and in some texts): most values have none."""


def json_type(value: Any) -> str:
    """Return the JSON type of a parsed value, by its spelling: 1.0 is a number."""
    return _JSON_TYPES.get(type(value), "null")


def canonical_json(value: Any) -> str:
    """Render a value as JSON text; equal values have equal texts, whatever the spelling of their numbers."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if _FLOAT.search(text) is None:
        return text
    return json.dumps(normalize_numbers(value), sort_keys=True, ensure_ascii=False)


def normalize_numbers(value: Any) -> Any:
    """Return a JSON value with each whole number as an integer: 1.0 as 1, -0.0 as 0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [normalize_numbers(each) for each in value]
    if isinstance(value, dict):
        return {key: normalize_numbers(each) for key, each in value.items()}
    return value
