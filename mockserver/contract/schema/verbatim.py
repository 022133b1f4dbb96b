"""The text of a keyword that is compared as it is written (`not`, `if`, ...), with what it refers to in its place.

What has no meaning is left out: annotations, extensions, and the order of lists that have none. A schema that contains
itself is written up to where it begins again.
"""

from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.json_values import canonical_json

_MAX_VALUES: Final = 500
"""Values of a keyword that is written out; with more, the names of what it refers to are compared."""
_MAX_DEPTH: Final = 100
"""Levels of such a value."""
_ANNOTATIONS: Final = frozenset(("title", "description", "example", "examples", "default", "$comment"))
_NAMED_SCHEMAS: Final = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"))
_UNORDERED_LISTS: Final = frozenset(("enum", "required", "type", "allOf", "anyOf", "oneOf"))


def verbatim_text(capture: Capture, value: Any) -> str:
    """Return the value of a keyword as canonical JSON."""
    expansion = _Expansion(capture, follows_refs=True)
    expanded = expansion.expand(value, 0)
    if expansion.is_too_large:
        expanded = _Expansion(capture, follows_refs=False).expand(value, 0)
    return canonical_json(expanded)


class _Expansion:
    def __init__(self, capture: Capture, *, follows_refs: bool) -> None:
        self.is_too_large = False
        self._capture = capture
        self._follows_refs = follows_refs
        self._values_left = _MAX_VALUES
        self._open_refs: list[str] = []
        """The references inside of which the present value is."""

    def expand(self, value: Any, depth: int, *, are_names: bool = False) -> Any:
        """Return a value written out; `depth` is its own, `are_names` says that its keys are names of fields."""
        self._values_left -= 1
        if self._follows_refs and (self._values_left < 0 or depth > _MAX_DEPTH):
            self.is_too_large = True
            return None
        if isinstance(value, list):
            return [self.expand(each, depth + 1) for each in value]
        if not isinstance(value, dict):
            return value
        if are_names:
            return {name: self.expand(each, depth + 1) for name, each in value.items()}
        stated = {key: each for key, each in value.items() if key not in _ANNOTATIONS and key[:2] != "x-"}
        if self._follows_refs and len(stated) == 1 and isinstance(stated.get("$ref"), str):
            return self._expand_ref(stated["$ref"], depth + 1)
        return {key: self._expand_keyword(key, each, depth + 1) for key, each in stated.items()}

    def _expand_ref(self, target: str, depth: int) -> Any:
        if target in self._open_refs:
            # The name of a schema has no meaning, but how far outside it begins has.
            return {"$ref": len(self._open_refs) - self._open_refs.index(target)}
        self._open_refs.append(target)
        expanded = self.expand(self._capture.at(target), depth)
        self._open_refs.pop()
        return expanded

    def _expand_keyword(self, key: str, value: Any, depth: int) -> Any:
        expanded = self.expand(value, depth, are_names=key in _NAMED_SCHEMAS)
        if key in _UNORDERED_LISTS and isinstance(expanded, list):
            return sorted(expanded, key=canonical_json)
        return expanded
