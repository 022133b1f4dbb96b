"""Comparisons that may stand where a value is expected: `{"$above": 3}`, `{"$like": "vid_*"}`.

A mapping all of whose keys are such names compares; all of them must hold. No vendor's key begins with a dollar sign.
There are no regular expressions: what comes from a file must not be able to keep the machine busy.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

Contains = Callable[[Any, Any], bool]
"""(whole, part): `core.subset.contains`, which comparisons are made of and which is made of them."""


class Comparison(NamedTuple):
    """One way to compare a value with an operand."""

    holds: Callable[[Any, Any, Contains], bool]
    takes: Callable[[Any], bool]
    """Whether an operand is of the right type."""
    wants: str
    """What the operand is, for messages."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _ordered(holds: Callable[[Any, Any], bool]) -> Comparison:
    """A comparison of numbers; nothing else has an order."""
    return Comparison(lambda whole, operand, _: _is_number(whole) and holds(whole, operand), _is_number, "a number")


def _like(whole: Any, pattern: Any, _: Contains) -> bool:
    return isinstance(whole, str) and fnmatchcase(whole, pattern.replace("[", "[[]"))


def _has(whole: Any, parts: Any, contains: Contains) -> bool:
    """Whether a text has another in it, or a list has each of several values among its own, wherever."""
    if isinstance(parts, str):
        return isinstance(whole, str) and parts in whole
    return _is_list(whole) and all(any(contains(one, part) for one in whole) for part in parts)


COMPARISONS: Final[Mapping[str, Comparison]] = {
    "$above": _ordered(lambda whole, operand: whole > operand),
    "$below": _ordered(lambda whole, operand: whole < operand),
    "$at_least": _ordered(lambda whole, operand: whole >= operand),
    "$at_most": _ordered(lambda whole, operand: whole <= operand),
    "$like": Comparison(_like, _is_text, "a text in which `*` stands for anything and `?` for one character"),
    "$contains": Comparison(_has, lambda operand: _is_text(operand) or _is_list(operand), "a text, or a list"),
    "$not": Comparison(lambda whole, operand, contains: not contains(whole, operand), lambda _: True, "any value"),
    "$one_of": Comparison(
        lambda whole, operand, contains: any(contains(whole, one) for one in operand), _is_list, "a list"
    ),
}


def is_comparison(value: Any) -> bool:
    """Whether a value compares, rather than being part of what is expected."""
    return isinstance(value, Mapping) and bool(value) and all(key in COMPARISONS for key in value)


def compared(name: str, whole: Any, operand: Any, contains: Contains) -> bool:
    """Whether one comparison holds of a value; an operand of the wrong type holds of nothing."""
    comparison = COMPARISONS[name]
    return comparison.takes(operand) and comparison.holds(whole, operand, contains)
