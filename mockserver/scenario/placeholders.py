"""Placeholders: `{base}`, `{job}`, and values that a play has kept of its answers. `{{name}}` is the text `{name}`.

A text that is only one placeholder becomes the value with its type, so that a kept number stays a number.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mockserver.scenario.common_shapes import NAME_PATTERN

BASE: Final = "base"
"""The base of the vendor's URLs on the server under test."""
JOB: Final = "job"
"""The id of the step's job."""
BUILTIN_NAMES: Final = (BASE, JOB)

_PLACEHOLDER: Final = re.compile(rf"\{{\{{({NAME_PATTERN})\}}\}}|\{{({NAME_PATTERN})\}}")
_WHOLE_PLACEHOLDER: Final = re.compile(rf"\{{({NAME_PATTERN})\}}")

PlaceholderLookup = Callable[[str], Any]
"""Returns the value of a placeholder; raises for an unknown one."""


def names_in(value: Any) -> Iterator[str]:
    """Yield the placeholders in the texts of a JSON value, in order."""
    if isinstance(value, str):
        yield from (match[2] for match in _PLACEHOLDER.finditer(value) if match[2])
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from names_in(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names_in(item)


def substitute(value: Any, lookup: PlaceholderLookup) -> Any:
    """Return a JSON value with every placeholder in its texts replaced. Raises what `lookup` raises."""
    if isinstance(value, str):
        whole = _WHOLE_PLACEHOLDER.fullmatch(value)
        if whole:
            return lookup(whole[1])
        return interpolate(value, lookup)
    if isinstance(value, Mapping):
        return {key: substitute(member, lookup) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(item, lookup) for item in value]
    return value


def interpolate(text: str, lookup: PlaceholderLookup, encode: Callable[[str], str] = str) -> str:
    """Return a text with its placeholders replaced; `encode` escapes a value for its context, such as a URL."""

    def replacement(match: re.Match[str]) -> str:
        if match[1]:
            return f"{{{match[1]}}}"  # doubled braces
        return encode(str(lookup(match[2])))

    return _PLACEHOLDER.sub(replacement, text)
