"""Whether one JSON value is part of another, and where it is not: the finder of differences is the matcher."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.core.comparing import compared, is_comparison
from mockserver.core.counting import count
from mockserver.core.pointer import escaped

MISSING: Final = object()
_SHORT: Final = 120


def differences(whole: Any, part: Any, pointer: str = "") -> Iterator[str]:
    """Every place where `part` is not in `whole`: mappings by key, lists by place, the rest by equality.

    Numbers are equal across int and float; true is not 1. A mapping such as `{"$above": 3}` compares instead
    (`core.comparing`). Each difference is a sentence that begins with an RFC 6901 pointer.
    """
    here = pointer or "/"
    if is_comparison(part):
        yield from (f"{here} is {_told(whole)}; expected {wanted}" for wanted in _missed(whole, part))
    elif whole is MISSING:
        yield f"{here} is missing; expected {_text(part)}"
    elif isinstance(part, Mapping) and isinstance(whole, Mapping):
        for key, wanted in part.items():
            yield from differences(whole.get(key, MISSING), wanted, f"{pointer}/{escaped(str(key))}")
    elif isinstance(part, list | tuple) and isinstance(whole, list | tuple):
        if len(part) != len(whole):
            yield f"{here} has {count(len(whole), 'entry')}; expected {len(part)}"
        for place, (mine, wanted) in enumerate(zip(whole, part, strict=False)):
            yield from differences(mine, wanted, f"{pointer}/{place}")
    elif not _equal(whole, part):
        yield f"{here} is {_text(whole)}; expected {_text(part)}"


def contains(whole: Any, part: Any) -> bool:
    """Whether `part` is in `whole`: no difference is found."""
    return next(differences(whole, part), None) is None


def _missed(whole: Any, comparisons: Mapping[str, Any]) -> Iterator[str]:
    """What does not hold of a value, each as `above 3`; nothing holds of a value that is not there."""
    for name, operand in comparisons.items():
        if whole is MISSING or not compared(name, whole, operand, contains):
            yield f"{name[1:].replace('_', ' ')} {_text(operand)}"


def _told(value: Any) -> str:
    return "missing" if value is MISSING else _text(value)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return bool(one == other) and (numbers or type(one) is type(other))


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHORT else text[:_SHORT] + "..."
