"""Small validators in the manner of zod: a value and its path in, the issues as the gateway words them out.

Written by hand, so that serving needs no validation library.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Path = tuple[str | int, ...]
Issue = dict[str, Any]
Check = Callable[[Any, Path], Iterator[Issue]]

_NAMES: Final = {bool: "boolean", str: "string", list: "array", dict: "object", type(None): "null"}


def issue(message: str, path: Path, keyword: str, **params: Any) -> Issue:
    """One entry of `details`."""
    return {"message": message, "path": list(path), "keyword": keyword, "params": params}


def mistyped(expected: str, value: Any, path: Path) -> Issue:
    """A value of the wrong type."""
    received = _NAMES.get(type(value), "number")
    return issue(
        f"Expected {expected}, received {received}", path, "invalid_type", expected=expected, received=received
    )


def missing(path: Path) -> Issue:
    """A value that is not there."""
    return issue("Required", path, "invalid_type", expected="unknown", received="undefined")


def text(most: int = 0) -> Check:
    """A string of at most `most` characters (0: of any length)."""

    def check(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, str):
            yield mistyped("string", value, path)
        elif most and len(value) > most:
            words = f"String must contain at most {most} character(s)"
            yield issue(words, path, "too_big", maximum=most, type="string", inclusive=True)

    return check


def flag(value: Any, path: Path) -> Iterator[Issue]:
    """A boolean."""
    if not isinstance(value, bool):
        yield mistyped("boolean", value, path)


def number(low: float | None = None, high: float | None = None, *, whole: bool = False, above: bool = False) -> Check:
    """A number within its bounds, both included unless `above` leaves out the lower one."""

    def check(value: Any, path: Path) -> Iterator[Issue]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield mistyped("number", value, path)
        elif whole and not float(value).is_integer():
            words = "Expected integer, received float"
            yield issue(words, path, "invalid_type", expected="integer", received="float")
        elif low is not None and (value < low or (above and value == low)):
            words = f"Number must be greater than {'' if above else 'or equal to '}{low}"
            yield issue(words, path, "too_small", minimum=low, type="number", inclusive=not above)
        elif high is not None and value > high:
            words = f"Number must be less than or equal to {high}"
            yield issue(words, path, "too_big", maximum=high, type="number", inclusive=True)

    return check


def one_of(*options: str) -> Check:
    """One of a few strings."""

    def check(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, str):
            yield mistyped("string", value, path)
        elif value not in options:
            words = f"Invalid enum value. Expected {' | '.join(map(repr, options))}"
            yield issue(words, path, "invalid_enum_value", options=list(options), received=value)

    return check


def table(value: Any, path: Path) -> Iterator[Issue]:
    """Any object."""
    if not isinstance(value, dict):
        yield mistyped("object", value, path)


def anything(value: Any, path: Path) -> Iterator[Issue]:
    """Any value at all."""
    yield from ()


_PLAIN: Final = re.compile(r"https://[^\s/?#]+\S*|http://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]\S*)?")


def url(*, local: bool = False) -> Check:
    """An https address; `local` also allows plain http to the machine itself."""

    def check(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, str):
            yield mistyped("string", value, path)
        elif not _PLAIN.fullmatch(value) or (not local and not value.startswith("https:")):
            yield issue("Invalid url", path, "invalid_string", validation="url")

    return check


def each(check: Check) -> Check:
    """An array whose items all pass."""

    def check_all(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, list):
            yield mistyped("array", value, path)
            return
        for index, item in enumerate(value):
            yield from check(item, (*path, index))

    return check_all


def record(fields: Mapping[str, Check], *required: str, strict: bool = True) -> Check:
    """An object with these fields; `strict` refuses others."""

    def check(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, dict):
            yield mistyped("object", value, path)
            return
        yield from (missing((*path, name)) for name in required if name not in value)
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, (*path, name))
        strangers = [name for name in value if name not in fields]
        if strict and strangers:
            words = f"Unrecognized key(s) in object: {', '.join(map(repr, strangers))}"
            yield issue(words, path, "unrecognized_keys", keys=strangers)

    return check
