"""Checks of request bodies: values against constraints, as neutral mistakes.

A check takes a value and its path and yields a `Mistake` for each violation, in a fixed order; a value of the wrong
type is a mistake like any other, so no body can trip a later check. A mistake says nothing in a vendor's words: each
vendor's `requests.py` has one table that words them (`Mistake.kind`, `Mistake.params`).

`params` of each kind:

- `MISSING`: none
- `WRONG_TYPE`: `expected` (string, boolean, number, integer, array, object, option), `value`, and the constraint's own
- `PATTERN`: `allowed`
- `TOO_SHORT`, `TOO_LONG`: `limit`, in characters
- `TOO_SMALL`, `TOO_LARGE`: `low`, `high`, `whole`, `exclusive`
- `NOT_AN_OPTION`: `options`, `value`
- `ITEM_COUNT`: `low`, `high`, `count`
- `UNKNOWN_FIELDS`: `names`
- `CUSTOM`: `message`
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, auto
from typing import Any, Final, NamedTuple

FieldPath = tuple[str | int, ...]


class MistakeKind(Enum):
    """The kinds of mistakes."""

    MISSING = auto()
    WRONG_TYPE = auto()
    PATTERN = auto()
    TOO_SHORT = auto()
    TOO_LONG = auto()
    TOO_SMALL = auto()
    TOO_LARGE = auto()
    NOT_AN_OPTION = auto()
    ITEM_COUNT = auto()
    UNKNOWN_FIELDS = auto()
    CUSTOM = auto()


class Mistake(NamedTuple):
    """One violation of a constraint."""

    path: FieldPath
    kind: MistakeKind
    params: Mapping[str, Any]


Check = Callable[[Any, FieldPath], Iterator[Mistake]]


class FieldSpec(NamedTuple):
    """One field of a body or a query."""

    check: Check
    default: Any = None
    required: bool = False


FieldTable = Mapping[str, FieldSpec]


def find_mistakes(location: str, values: Mapping[str, Any], fields: FieldTable) -> list[Mistake]:
    """Return the mistakes of a body or a query (`location`), in the order of the table.

    An optional field may be null.
    """
    mistakes: list[Mistake] = []
    for name, field in fields.items():
        path = (location, name)
        if name not in values:
            if field.required:
                mistakes.append(missing(path))
        elif values[name] is not None or field.required:
            mistakes += field.check(values[name], path)
    return mistakes


def missing(path: FieldPath) -> Mistake:
    """Build the mistake of a required value that is absent."""
    return Mistake(path, MistakeKind.MISSING, {})


def custom(path: FieldPath, message: str) -> Mistake:
    """Build the mistake of a rule between fields."""
    return Mistake(path, MistakeKind.CUSTOM, {"message": message})


def _wrong_type(expected: str, value: Any, path: FieldPath, **params: Any) -> Mistake:
    return Mistake(path, MistakeKind.WRONG_TYPE, {"expected": expected, "value": value, **params})


def any_value(value: Any, path: FieldPath) -> Iterator[Mistake]:
    """Accept every value."""
    yield from ()


def any_object(value: Any, path: FieldPath) -> Iterator[Mistake]:
    """Accept every object."""
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)


def boolean(value: Any, path: FieldPath) -> Iterator[Mistake]:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield _wrong_type("boolean", value, path)


def string(
    pattern: str | None = None, *, allowed: str | None = None, min_length: int = 0, max_length: int | None = None
) -> Check:
    """Accept a string that full-matches `pattern`, which `allowed` describes; None: any string."""

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if not isinstance(value, str):
            yield _wrong_type("string", value, path, allowed=allowed)
        elif pattern is not None and not re.fullmatch(pattern, value):
            yield Mistake(path, MistakeKind.PATTERN, {"allowed": allowed})
        elif len(value) < min_length:
            yield Mistake(path, MistakeKind.TOO_SHORT, {"limit": min_length})
        elif max_length is not None and len(value) > max_length:
            yield Mistake(path, MistakeKind.TOO_LONG, {"limit": max_length})

    return check


def number(
    low: float | None = None,
    high: float | None = None,
    *,
    whole: bool = False,
    exclusive: bool = False,
    floats: bool = True,
) -> Check:
    """Accept a number from `low` to `high`; `exclusive` leaves out `low` itself.

    `whole` accepts only integers; 5.0 is one, as in JSON Schema, unless `floats` is false. Booleans are no numbers.
    """
    params = {"low": low, "high": high, "whole": whole, "exclusive": exclusive}

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield _wrong_type("number", value, path, **params)
        elif whole and isinstance(value, float) and not (floats and value.is_integer()):
            yield _wrong_type("integer", value, path, **params)
        # Negated comparisons, so that not-a-number is out of every range.
        elif low is not None and (not value >= low or (exclusive and value == low)):
            yield Mistake(path, MistakeKind.TOO_SMALL, params)
        elif high is not None and not value <= high:
            yield Mistake(path, MistakeKind.TOO_LARGE, params)

    return check


def integer_text(low: int, high: int) -> Check:
    """Accept the decimal text of an integer from `low` to `high`: query parameters are always text."""
    digits = re.compile(r"[+-]?\d{1,9}", re.ASCII)
    in_range = number(low, high, whole=True)

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if digits.fullmatch(value):
            yield from in_range(int(value), path)
        else:
            yield _wrong_type("integer text", value, path)

    return check


def one_of(*options: str | int) -> Check:
    """Accept one of the options, which are all strings or all numbers; true is not 1."""
    types = str if isinstance(options[0], str) else int | float

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if not isinstance(value, types) or isinstance(value, bool):
            yield _wrong_type("option", value, path, options=options)
        elif value not in options:
            yield Mistake(path, MistakeKind.NOT_AN_OPTION, {"options": options, "value": value})

    return check


def any_of(first: Check, second: Check) -> Check:
    """Accept what one of two checks accepts; yield the second's mistakes otherwise."""

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if any(first(value, path)):
            yield from second(value, path)

    return check


def array_of(check_item: Check, low: int = 0, high: int | None = None) -> Check:
    """Accept a list of `low` to `high` items that the check accepts."""

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        # Tuples are the lists of scenario files.
        if not isinstance(value, list | tuple):
            yield _wrong_type("array", value, path, low=low, high=high)
        elif len(value) < low or (high is not None and len(value) > high):
            yield Mistake(path, MistakeKind.ITEM_COUNT, {"low": low, "high": high, "count": len(value)})
        else:
            for index, item in enumerate(value):
                yield from check_item(item, (*path, index))

    return check


def object_with(fields: Mapping[str, Check], *required: str, others: bool = True, in_table_order: bool = True) -> Check:
    """Accept an object whose members pass the checks of their names; `others` allows members without a check.

    The required members that are absent come first, in the order of `required`. The mistakes of the others follow in
    the order of `fields`, or of the body.
    """

    def check(value: Any, path: FieldPath) -> Iterator[Mistake]:
        if not isinstance(value, dict):
            yield _wrong_type("object", value, path)
            return
        for name in required:
            if name not in value:
                yield missing((*path, name))
        for name in fields if in_table_order else value:
            if name in value and name in fields:
                yield from fields[name](value[name], (*path, name))
        if not others and not value.keys() <= fields.keys():
            unknown = [name for name in value if name not in fields]
            yield Mistake(path, MistakeKind.UNKNOWN_FIELDS, {"names": unknown})

    return check


JSON_TYPE_NAMES: Final[Mapping[type, str]] = {
    bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object", type(None): "null",
}  # fmt: skip
"""The JSON type of a decoded value."""
