"""Differences between a JSON value and an expected part of it. A value matches if there are none."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.core.matchers import is_matcher, matches
from mockserver.core.pointer import escape_token
from mockserver.core.text import ELLIPSIS, pluralize, truncate

MISSING: Final = object()
_MAX_REPR: Final = 120


def differences(whole: Any, part: Any, pointer: str = "") -> Iterator[str]:
    """Yield every place where `part` is not in `whole`: mappings by key, lists by index, the rest by equality.

    Numbers are equal across int and float; true is not 1. A mapping such as `{"$above": 3}` is a matcher
    (`core.matchers`). Each difference is a sentence that begins with an RFC 6901 pointer.
    """
    place = pointer or "/"
    if is_matcher(part):
        actual = "missing" if whole is MISSING else _short_repr(whole)
        for name, operand in part.items():
            # No matcher accepts a missing value.
            if whole is MISSING or not matches(name, whole, operand, contains):
                yield f"{place} is {actual}; expected {name[1:].replace('_', ' ')} {_short_repr(operand)}"
    elif whole is MISSING:
        yield f"{place} is missing; expected {_short_repr(part)}"
    elif isinstance(part, Mapping) and isinstance(whole, Mapping):
        for key, expected in part.items():
            yield from differences(whole.get(key, MISSING), expected, f"{pointer}/{escape_token(str(key))}")
    elif isinstance(part, list | tuple) and isinstance(whole, list | tuple):
        if len(part) != len(whole):
            yield f"{place} has {pluralize(len(whole), 'entry')}; expected {len(part)}"
        for index, (actual, expected) in enumerate(zip(whole, part, strict=False)):
            yield from differences(actual, expected, f"{pointer}/{index}")
    elif not _json_equal(whole, part):
        yield f"{place} is {_short_repr(whole)}; expected {_short_repr(part)}"


def contains(whole: Any, part: Any) -> bool:
    """Return whether `part` is in `whole`."""
    return next(differences(whole, part), None) is None


def _json_equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return bool(one == other) and (numbers or type(one) is type(other))


def _short_repr(value: Any) -> str:
    return truncate(repr(value), _MAX_REPR + len(ELLIPSIS))
