"""Words in braces: `{base}`, `{job}`, and what a play has kept of its answers. `{{word}}` is `{word}` itself.

A text that is nothing but one word becomes the value with its type, so that a kept number stays a number.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mockserver.scenario.words import STATE_FORM

BASE: Final = "base"
"""Where the vendor's URLs begin on the server that is played on."""
JOB: Final = "job"
"""The id of the step's job."""
OWN: Final = (BASE, JOB)

_WORD: Final = re.compile(rf"\{{\{{({STATE_FORM})\}}\}}|\{{({STATE_FORM})\}}")
_ONLY: Final = re.compile(rf"\{{({STATE_FORM})\}}")

Words = Callable[[str], Any]
"""What a word stands for; raises for one that stands for nothing."""


def mentioned(value: Any) -> Iterator[str]:
    """The words that a JSON value names in its texts, in their order."""
    if isinstance(value, str):
        yield from (found[2] for found in _WORD.finditer(value) if found[2])
    elif isinstance(value, Mapping):
        yield from (word for inner in value.values() for word in mentioned(inner))
    elif isinstance(value, list | tuple):
        yield from (word for inner in value for word in mentioned(inner))


def filled(value: Any, words: Words) -> Any:
    """The value with every word in its texts put in."""
    if isinstance(value, str):
        only = _ONLY.fullmatch(value)
        return words(only[1]) if only else woven(value, words)
    if isinstance(value, Mapping):
        return {key: filled(inner, words) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [filled(inner, words) for inner in value]
    return value


def woven(text: str, words: Words, made: Callable[[str], str] = str) -> str:
    """A text with its words put in; `made` turns what a word stands for into what may stand there."""
    return _WORD.sub(lambda found: f"{{{found[1]}}}" if found[1] else made(str(words(found[2]))), text)
