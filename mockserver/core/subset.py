"""Differences between a JSON value and an expected part of it. A value matches if there are none.

A matcher may stand in place of an expected value: `{"$above": 3}`, `{"$like": "vid_*"}`. A mapping all of whose keys
are such names compares; all of them must hold. No vendor's key begins with a dollar sign. There are no regular
expressions: what comes from a file must not be able to keep the machine busy.
"""

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from mockserver.core.pointer import escape_token
from mockserver.core.text import json_text, pluralize, truncate

MISSING: Final = object()
_MAX_SHOWN: Final = 123


def differences(whole: Any, part: Any, pointer: str = "") -> Iterator[str]:
    """Yield every place where `part` is not in `whole`: mappings by key, lists by index, the rest by equality.

    Numbers are equal across int and float; true is not 1. A mapping such as `{"$above": 3}` is a matcher. Each
    difference is a sentence that begins with an RFC 6901 pointer.
    """
    place = pointer or "/"
    if is_matcher(part):
        actual = "missing" if whole is MISSING else _short_json(whole)
        for name, operand in part.items():
            matcher = MATCHERS[name]
            # A matcher with an operand of the wrong type accepts nothing.
            comparable = matcher.accepts(operand) and (matcher.takes_missing or whole is not MISSING)
            if not comparable or not matcher.predicate(whole, operand):
                yield f"{place} is {actual}; expected {name[1:].replace('_', ' ')} {_short_json(operand)}"
    elif whole is MISSING:
        yield f"{place} is missing; expected {_short_json(part)}"
    elif isinstance(part, Mapping) and isinstance(whole, Mapping):
        for key, expected in part.items():
            yield from differences(whole.get(key, MISSING), expected, f"{pointer}/{escape_token(str(key))}")
    elif isinstance(part, list | tuple) and isinstance(whole, list | tuple):
        if len(part) != len(whole):
            yield f"{place} has {pluralize(len(whole), 'entry')}; expected {len(part)}"
        for index, (actual, expected) in enumerate(zip(whole, part, strict=False)):
            yield from differences(actual, expected, f"{pointer}/{index}")
    elif not _json_equal(whole, part):
        yield f"{place} is {_short_json(whole)}; expected {_short_json(part)}"


def contains(whole: Any, part: Any) -> bool:
    """Return whether `part` is in `whole`."""
    return next(differences(whole, part), None) is None


def _json_equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return bool(one == other) and (numbers or type(one) is type(other))


def _short_json(value: Any) -> str:
    return truncate(json_text(value), _MAX_SHOWN)


class Matcher(NamedTuple):
    """One way to compare a value with an operand."""

    predicate: Callable[[Any, Any], bool]
    """(value, operand) -> whether the value matches."""
    accepts: Callable[[Any], bool]
    """Return whether an operand has the right type."""
    operand: str
    """A noun phrase for the operand, for messages."""
    takes_missing: bool = False
    """True if a missing value may match."""


def is_number(value: Any) -> bool:
    """Return True for an integer or a float; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _number_matcher(predicate: Callable[[Any, Any], bool]) -> Matcher:
    """Build a matcher for numbers; nothing else has an order."""
    return Matcher(lambda whole, operand: is_number(whole) and predicate(whole, operand), is_number, "a number")


def _contains_all(whole: Any, parts: Any) -> bool:
    """Return whether a text contains another, or a list contains each of several values, in any order."""
    if isinstance(parts, str):
        return isinstance(whole, str) and parts in whole
    return _is_list(whole) and all(any(contains(one, part) for one in whole) for part in parts)


MATCHERS: Final[Mapping[str, Matcher]] = {
    "$above": _number_matcher(lambda whole, operand: whole > operand),
    "$below": _number_matcher(lambda whole, operand: whole < operand),
    "$at_least": _number_matcher(lambda whole, operand: whole >= operand),
    "$at_most": _number_matcher(lambda whole, operand: whole <= operand),
    "$like": Matcher(
        lambda whole, pattern: _is_text(whole) and fnmatchcase(whole, pattern.replace("[", "[[]")),
        _is_text,
        "a text in which `*` stands for anything and `?` for one character",
    ),
    "$contains": Matcher(_contains_all, lambda operand: _is_text(operand) or _is_list(operand), "a text, or a list"),
    "$not": Matcher(lambda whole, operand: not contains(whole, operand), lambda _: True, "any value"),
    "$absent": Matcher(
        lambda whole, operand: (whole is MISSING) is operand,
        lambda operand: isinstance(operand, bool),
        "`true` or `false`",
        takes_missing=True,
    ),
    "$one_of": Matcher(lambda whole, operand: any(contains(whole, one) for one in operand), _is_list, "a list"),
}


def is_matcher(value: Any) -> bool:
    """Return whether an expected value is a matcher, rather than a literal."""
    return isinstance(value, Mapping) and bool(value) and all(key in MATCHERS for key in value)
