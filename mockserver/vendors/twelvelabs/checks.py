"""Checks of JSON values as values: small ones, and two that combine them.

A check takes a value and its path and returns the first flaw, or None. Wrong types are flaws like any other, so that
no body can trip what comes after.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple


class ParameterError(NamedTuple):
    """Why a request is answered 400."""

    code: str
    """`parameter_not_provided` or `parameter_invalid`, of the documented general codes."""
    message: str


ParameterValidator = Callable[[Any, str], ParameterError | None]

MISSING: Final = "parameter_not_provided"
INVALID: Final = "parameter_invalid"


def missing_parameter(path: str) -> ParameterError:
    """A required parameter is not there."""
    return ParameterError(MISSING, f"The {path} parameter is required.")


def invalid_parameter(path: str, allowed: str) -> ParameterError:
    """A parameter has a value that it may not have."""
    return ParameterError(INVALID, f"The {path} parameter is invalid: {allowed}.")


def any_value(value: Any, path: str) -> ParameterError | None:
    """No check at all."""
    return None


def string(regex: str = "", allowed: str = "it must be a string") -> ParameterValidator:
    """A string; with `shape`, one that full-matches it."""
    pattern = re.compile(regex or r"[\s\S]*", re.ASCII)

    def check(value: Any, path: str) -> ParameterError | None:
        return None if isinstance(value, str) and pattern.fullmatch(value) else invalid_parameter(path, allowed)

    return check


def one_of(*options: str) -> ParameterValidator:
    """One of some words."""

    def check(value: Any, path: str) -> ParameterError | None:
        known = isinstance(value, str) and value in options
        return None if known else invalid_parameter(path, f"it must be one of {', '.join(options)}")

    return check


def number_between(low: float | None = None, high: float | None = None, *, whole: bool = False) -> ParameterValidator:
    """A number in a range; a boolean is none."""
    kinds = int if whole else int | float
    noun = "an integer" if whole else "a number"
    bounds = [f"{word} {bound:g}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    allowed = f"it must be {noun} {' and '.join(bounds)}".rstrip()

    def check(value: Any, path: str) -> ParameterError | None:
        if not isinstance(value, kinds) or isinstance(value, bool):
            return invalid_parameter(path, allowed)
        fits = (low is None or value >= low) and (high is None or value <= high)
        return None if fits else invalid_parameter(path, allowed)

    return check


def any_of(first: ParameterValidator, second: ParameterValidator) -> ParameterValidator:
    """Fine with one of two checks; the flaw is the second's."""

    def check(value: Any, path: str) -> ParameterError | None:
        return None if first(value, path) is None else second(value, path)

    return check


def array_of(of: ParameterValidator, low: int = 0, high: int | None = None) -> ParameterValidator:
    """A list of so many values that all pass one check."""
    most = f" and at most {high}" if high is not None else ""
    allowed = f"it must be an array of at least {low}{most} elements"

    def check(value: Any, path: str) -> ParameterError | None:
        if not isinstance(value, list) or len(value) < low or (high is not None and len(value) > high):
            return invalid_parameter(path, allowed)
        flaws = (of(inner, f"{path}[{place}]") for place, inner in enumerate(value))
        return next((flaw for flaw in flaws if flaw is not None), None)

    return check


def object_with(
    required: Mapping[str, ParameterValidator], optional: Mapping[str, ParameterValidator]
) -> ParameterValidator:
    """An object; members that nobody names are let through."""
    members = {**required, **optional}

    def check(value: Any, path: str) -> ParameterError | None:
        if not isinstance(value, dict):
            return invalid_parameter(path, "it must be an object")
        prefix = f"{path}." if path else ""
        absent = next((name for name in required if name not in value), None)
        if absent is not None:
            return missing_parameter(prefix + absent)
        flaws = (one(value[name], prefix + name) for name, one in members.items() if name in value)
        return next((flaw for flaw in flaws if flaw is not None), None)

    return check
