"""Whether one JSON value is part of another, and where it is not: the finder of differences is the matcher."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.core.matchers import is_matcher, matches
from mockserver.core.pointer import escape_token
from mockserver.core.text import pluralize

MISSING: Final = object()
_MAX_REPR: Final = 120


def differences(whole: Any, part: Any, pointer: str = "") -> Iterator[str]:
    """Every place where `part` is not in `whole`: mappings by key, lists by place, the rest by equality.

    Numbers are equal across int and float; true is not 1. A mapping such as `{"$above": 3}` compares instead
    (`core.comparing`). Each difference is a sentence that begins with an RFC 6901 pointer.
    """
    here = pointer or "/"
    if is_matcher(part):
        yield from (
            f"{here} is {_describe_actual(whole)}; expected {wanted}" for wanted in _failed_matchers(whole, part)
        )
    elif whole is MISSING:
        yield f"{here} is missing; expected {_short_repr(part)}"
    elif isinstance(part, Mapping) and isinstance(whole, Mapping):
        for key, wanted in part.items():
            yield from differences(whole.get(key, MISSING), wanted, f"{pointer}/{escape_token(str(key))}")
    elif isinstance(part, list | tuple) and isinstance(whole, list | tuple):
        if len(part) != len(whole):
            yield f"{here} has {pluralize(len(whole), 'entry')}; expected {len(part)}"
        for place, (mine, wanted) in enumerate(zip(whole, part, strict=False)):
            yield from differences(mine, wanted, f"{pointer}/{place}")
    elif not _json_equal(whole, part):
        yield f"{here} is {_short_repr(whole)}; expected {_short_repr(part)}"


def contains(whole: Any, part: Any) -> bool:
    """Whether `part` is in `whole`: no difference is found."""
    return next(differences(whole, part), None) is None


def _failed_matchers(whole: Any, comparisons: Mapping[str, Any]) -> Iterator[str]:
    """What does not hold of a value, each as `above 3`; nothing holds of a value that is not there."""
    for name, operand in comparisons.items():
        if whole is MISSING or not matches(name, whole, operand, contains):
            yield f"{name[1:].replace('_', ' ')} {_short_repr(operand)}"


def _describe_actual(value: Any) -> str:
    return "missing" if value is MISSING else _short_repr(value)


def _json_equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return bool(one == other) and (numbers or type(one) is type(other))


def _short_repr(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_REPR else text[:_MAX_REPR] + "..."
