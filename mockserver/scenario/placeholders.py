"""Words in braces: `{base}`, `{job}`, and what a play has kept of its answers. `{{word}}` is `{word}` itself.

A text that is nothing but one word becomes the value with its type, so that a kept number stays a number.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mockserver.scenario.common_shapes import NAME_PATTERN

BASE: Final = "base"
"""Where the vendor's URLs begin on the server that is played on."""
JOB: Final = "job"
"""The id of the step's job."""
BUILTIN_NAMES: Final = (BASE, JOB)

_PLACEHOLDER: Final = re.compile(rf"\{{\{{({NAME_PATTERN})\}}\}}|\{{({NAME_PATTERN})\}}")
_WHOLE_PLACEHOLDER: Final = re.compile(rf"\{{({NAME_PATTERN})\}}")

PlaceholderLookup = Callable[[str], Any]
"""What a word stands for; raises for one that stands for nothing."""


def names_in(value: Any) -> Iterator[str]:
    """The words that a JSON value names in its texts, in their order."""
    if isinstance(value, str):
        yield from (found[2] for found in _PLACEHOLDER.finditer(value) if found[2])
    elif isinstance(value, Mapping):
        yield from (word for inner in value.values() for word in names_in(inner))
    elif isinstance(value, list | tuple):
        yield from (word for inner in value for word in names_in(inner))


def substitute(value: Any, lookup: PlaceholderLookup) -> Any:
    """The value with every word in its texts put in."""
    if isinstance(value, str):
        only = _WHOLE_PLACEHOLDER.fullmatch(value)
        return lookup(only[1]) if only else interpolate(value, lookup)
    if isinstance(value, Mapping):
        return {key: substitute(inner, lookup) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(inner, lookup) for inner in value]
    return value


def interpolate(text: str, lookup: PlaceholderLookup, encode: Callable[[str], str] = str) -> str:
    """A text with its words put in; `made` turns what a word stands for into what may stand there."""
    return _PLACEHOLDER.sub(lambda found: f"{{{found[1]}}}" if found[1] else encode(str(lookup(found[2]))), text)
