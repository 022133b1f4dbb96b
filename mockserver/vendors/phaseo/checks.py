"""Small validators in the manner of zod: a value and its path in, the issues as the gateway words them out.

Written by hand, so that serving needs no validation library.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

FieldPath = tuple[str | int, ...]
ValidationIssue = dict[str, Any]
IssueValidator = Callable[[Any, FieldPath], Iterator[ValidationIssue]]

_TYPE_NAMES: Final = {bool: "boolean", str: "string", list: "array", dict: "object", type(None): "null"}


def make_issue(message: str, path: FieldPath, keyword: str, **params: Any) -> ValidationIssue:
    """One entry of `details`."""
    return {"message": message, "path": list(path), "keyword": keyword, "params": params}


def wrong_type_issue(expected: str, value: Any, path: FieldPath) -> ValidationIssue:
    """A value of the wrong type."""
    received = _TYPE_NAMES.get(type(value), "number")
    return make_issue(
        f"Expected {expected}, received {received}", path, "invalid_type", expected=expected, received=received
    )


def missing_issue(path: FieldPath) -> ValidationIssue:
    """A value that is not there."""
    return make_issue("Required", path, "invalid_type", expected="unknown", received="undefined")


def string(max_length: int = 0) -> IssueValidator:
    """A string of at most `most` characters (0: of any length)."""

    def check(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
        if not isinstance(value, str):
            yield wrong_type_issue("string", value, path)
        elif max_length and len(value) > max_length:
            words = f"String must contain at most {max_length} character(s)"
            yield make_issue(words, path, "too_big", maximum=max_length, type="string", inclusive=True)

    return check


def boolean(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
    """A boolean."""
    if not isinstance(value, bool):
        yield wrong_type_issue("boolean", value, path)


def number_between(
    low: float | None = None, high: float | None = None, *, whole: bool = False, exclusive_low: bool = False
) -> IssueValidator:
    """A number within its bounds, both included unless `above` leaves out the lower one."""

    def check(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield wrong_type_issue("number", value, path)
        elif whole and not float(value).is_integer():
            words = "Expected integer, received float"
            yield make_issue(words, path, "invalid_type", expected="integer", received="float")
        elif low is not None and (value < low or (exclusive_low and value == low)):
            words = f"Number must be greater than {'' if exclusive_low else 'or equal to '}{low}"
            yield make_issue(words, path, "too_small", minimum=low, type="number", inclusive=not exclusive_low)
        elif high is not None and value > high:
            words = f"Number must be less than or equal to {high}"
            yield make_issue(words, path, "too_big", maximum=high, type="number", inclusive=True)

    return check


def one_of(*options: str) -> IssueValidator:
    """One of a few strings."""

    def check(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
        if not isinstance(value, str):
            yield wrong_type_issue("string", value, path)
        elif value not in options:
            words = f"Invalid enum value. Expected {' | '.join(map(repr, options))}"
            yield make_issue(words, path, "invalid_enum_value", options=list(options), received=value)

    return check


def any_object(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
    """Any object."""
    if not isinstance(value, dict):
        yield wrong_type_issue("object", value, path)


def any_value(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
    """Any value at all."""
    yield from ()


_URL: Final = re.compile(r"https://[^\s/?#]+\S*|http://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]\S*)?")


def url(*, local: bool = False) -> IssueValidator:
    """An https address; `local` also allows plain http to the machine itself."""

    def check(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
        if not isinstance(value, str):
            yield wrong_type_issue("string", value, path)
        elif not _URL.fullmatch(value) or (not local and not value.startswith("https:")):
            yield make_issue("Invalid url", path, "invalid_string", validation="url")

    return check


def array_of(check: IssueValidator) -> IssueValidator:
    """An array whose items all pass."""

    def check_all(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
        if not isinstance(value, list):
            yield wrong_type_issue("array", value, path)
            return
        for index, item in enumerate(value):
            yield from check(item, (*path, index))

    return check_all


def object_with(fields: Mapping[str, IssueValidator], *required: str, strict: bool = True) -> IssueValidator:
    """An object with these fields; `strict` refuses others."""

    def check(value: Any, path: FieldPath) -> Iterator[ValidationIssue]:
        if not isinstance(value, dict):
            yield wrong_type_issue("object", value, path)
            return
        yield from (missing_issue((*path, name)) for name in required if name not in value)
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, (*path, name))
        strangers = [name for name in value if name not in fields]
        if strict and strangers:
            words = f"Unrecognized key(s) in object: {', '.join(map(repr, strangers))}"
            yield make_issue(words, path, "unrecognized_keys", keys=strangers)

    return check
