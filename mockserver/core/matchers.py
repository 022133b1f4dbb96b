"""Matchers, which may stand in place of an expected value: `{"$above": 3}`, `{"$like": "vid_*"}`.

A mapping all of whose keys are such names compares; all of them must hold. No vendor's key begins with a dollar sign.
There are no regular expressions: what comes from a file must not be able to keep the machine busy.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

ContainsFunction = Callable[[Any, Any], bool]
"""(whole, part) -> whether part is in whole: `core.subset.contains`, passed in because it uses the matchers too."""


class Matcher(NamedTuple):
    """One way to compare a value with an operand."""

    predicate: Callable[[Any, Any, ContainsFunction], bool]
    accepts: Callable[[Any], bool]
    """Return whether an operand has the right type."""
    operand: str
    """A noun phrase for the operand, for messages."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _number_matcher(predicate: Callable[[Any, Any], bool]) -> Matcher:
    """Build a matcher for numbers; nothing else has an order."""
    return Matcher(lambda whole, operand, _: _is_number(whole) and predicate(whole, operand), _is_number, "a number")


def _matches_glob(whole: Any, pattern: Any, _: ContainsFunction) -> bool:
    return isinstance(whole, str) and fnmatchcase(whole, pattern.replace("[", "[[]"))


def _contains_all(whole: Any, parts: Any, contains: ContainsFunction) -> bool:
    """Return whether a text contains another, or a list contains each of several values, in any order."""
    if isinstance(parts, str):
        return isinstance(whole, str) and parts in whole
    return _is_list(whole) and all(any(contains(one, part) for one in whole) for part in parts)


MATCHERS: Final[Mapping[str, Matcher]] = {
    "$above": _number_matcher(lambda whole, operand: whole > operand),
    "$below": _number_matcher(lambda whole, operand: whole < operand),
    "$at_least": _number_matcher(lambda whole, operand: whole >= operand),
    "$at_most": _number_matcher(lambda whole, operand: whole <= operand),
    "$like": Matcher(_matches_glob, _is_text, "a text in which `*` stands for anything and `?` for one character"),
    "$contains": Matcher(_contains_all, lambda operand: _is_text(operand) or _is_list(operand), "a text, or a list"),
    "$not": Matcher(lambda whole, operand, contains: not contains(whole, operand), lambda _: True, "any value"),
    "$one_of": Matcher(
        lambda whole, operand, contains: any(contains(whole, one) for one in operand), _is_list, "a list"
    ),
}


def is_matcher(value: Any) -> bool:
    """Return whether an expected value is a matcher, rather than a literal."""
    return isinstance(value, Mapping) and bool(value) and all(key in MATCHERS for key in value)


def matches(name: str, whole: Any, operand: Any, contains: ContainsFunction) -> bool:
    """Return whether a matcher accepts a value; one with an operand of the wrong type accepts nothing."""
    matcher = MATCHERS[name]
    return matcher.accepts(operand) and matcher.predicate(whole, operand, contains)
