"""Checks of JSON values as values: small ones, and two that combine them.

A check takes a value and its path and returns the first flaw, or None. Wrong types are flaws like any other, so that
no body can trip what comes after.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple


class Flaw(NamedTuple):
    """Why a request is answered 400."""

    code: str
    """`parameter_not_provided` or `parameter_invalid`, of the documented general codes."""
    message: str


Check = Callable[[Any, str], Flaw | None]

MISSING: Final = "parameter_not_provided"
INVALID: Final = "parameter_invalid"


def missing(path: str) -> Flaw:
    """A required parameter is not there."""
    return Flaw(MISSING, f"The {path} parameter is required.")


def invalid(path: str, allowed: str) -> Flaw:
    """A parameter has a value that it may not have."""
    return Flaw(INVALID, f"The {path} parameter is invalid: {allowed}.")


def anything(value: Any, path: str) -> Flaw | None:
    """No check at all."""
    return None


def text(shape: str = "", allowed: str = "it must be a string") -> Check:
    """A string; with `shape`, one that full-matches it."""
    pattern = re.compile(shape or r"[\s\S]*", re.ASCII)

    def check(value: Any, path: str) -> Flaw | None:
        return None if isinstance(value, str) and pattern.fullmatch(value) else invalid(path, allowed)

    return check


def one_of(*words: str) -> Check:
    """One of some words."""

    def check(value: Any, path: str) -> Flaw | None:
        known = isinstance(value, str) and value in words
        return None if known else invalid(path, f"it must be one of {', '.join(words)}")

    return check


def number(low: float | None = None, high: float | None = None, *, whole: bool = False) -> Check:
    """A number in a range; a boolean is none."""
    kinds = int if whole else int | float
    noun = "an integer" if whole else "a number"
    bounds = [f"{word} {bound:g}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    allowed = f"it must be {noun} {' and '.join(bounds)}".rstrip()

    def check(value: Any, path: str) -> Flaw | None:
        if not isinstance(value, kinds) or isinstance(value, bool):
            return invalid(path, allowed)
        fits = (low is None or value >= low) and (high is None or value <= high)
        return None if fits else invalid(path, allowed)

    return check


def either(first: Check, second: Check) -> Check:
    """Fine with one of two checks; the flaw is the second's."""

    def check(value: Any, path: str) -> Flaw | None:
        return None if first(value, path) is None else second(value, path)

    return check


def array(of: Check, low: int = 0, high: int | None = None) -> Check:
    """A list of so many values that all pass one check."""
    most = f" and at most {high}" if high is not None else ""
    allowed = f"it must be an array of at least {low}{most} elements"

    def check(value: Any, path: str) -> Flaw | None:
        if not isinstance(value, list) or len(value) < low or (high is not None and len(value) > high):
            return invalid(path, allowed)
        flaws = (of(inner, f"{path}[{place}]") for place, inner in enumerate(value))
        return next((flaw for flaw in flaws if flaw is not None), None)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object; members that nobody names are let through."""
    members = {**required, **optional}

    def check(value: Any, path: str) -> Flaw | None:
        if not isinstance(value, dict):
            return invalid(path, "it must be an object")
        prefix = f"{path}." if path else ""
        absent = next((name for name in required if name not in value), None)
        if absent is not None:
            return missing(prefix + absent)
        flaws = (one(value[name], prefix + name) for name, one in members.items() if name in value)
        return next((flaw for flaw in flaws if flaw is not None), None)

    return check
