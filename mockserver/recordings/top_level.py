"""The names at the top level of a JSON or YAML text, read from its beginning: a format is recognized by those alone.

A name further down says nothing: an OpenAPI document may describe a field `log`.
"""

import re
from typing import Final

_JSON_TOKEN: Final = re.compile(r'"(?P<text>(?:[^"\\]++|\\.)*+)"(?P<colon>\s*+:\s*+)?|[{}\[\]]|"', re.DOTALL)
"""A string, perhaps a name; a bracket; the beginning of a string that is cut off."""
_YAML_NAME: Final = re.compile(r"(?m)^([\"']?)([A-Za-z_$][\w.$-]{0,100})\1[ \t]*:(?:[ \t]+(.{0,40})|[ \t]*$)")
_VALUE_LENGTH: Final = 40
"""Characters of a value that are returned."""

TopLevel = dict[str, str]
"""By name, the beginning of the value."""


def json_names(text: str) -> TopLevel:
    """Return the names of the object that begins the text, or of the first object in the list that does."""
    names: TopLevel = {}
    level = 2 if text[:1] == "[" else 1
    depth = 0
    for token in _JSON_TOKEN.finditer(text):
        if token[0] in ("{", "["):
            depth += 1
        elif token[0] in ("}", "]"):
            depth -= 1
            if depth < level:
                break
        elif token["text"] is None:
            break
        elif depth == level and token["colon"] is not None:
            names.setdefault(token["text"], text[token.end() : token.end() + _VALUE_LENGTH])
    return names


def yaml_names(text: str) -> TopLevel:
    """Return the names of the block mapping that the text is."""
    names: TopLevel = {}
    for match in _YAML_NAME.finditer(text):
        names.setdefault(match[2], (match[3] or "").strip())
    return names
