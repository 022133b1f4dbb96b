"""The language of conditions: each is a mapping of a field of a JSON value and what must hold of it.

    {field: /status, in: [completed, failed]}     {field: /queued_items, equals: 0}
    {field: /download_url, null: false}           {field: /content_url, present: true}
    {field: /progress, least: 0, most: 100}       {field: /delivered, most: /total}
    {field: /reason, out: [deleted]}              {field: /status_code, same: /http}
    {field: /url, contains: secret}               {field: /reported, most: /progress + 5}

A field is a JSON pointer. Logic has three values: a condition on a missing field, or an order of something that is no
number, is *unknown* (None). As a premise an unknown condition does not hold; as a demand it is not broken. The language
has no code and no loops.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import ge, itemgetter, le
from typing import Any, Final, NamedTuple

from mockserver.core.instants import SECOND, parse_instant
from mockserver.core.pointer import parse_pointer
from mockserver.core.text import truncate

MISSING: Final = object()
"""The value of a pointer that leads nowhere."""

PointerPath = tuple[str, ...]
ValueReader = Callable[[Any], Any]
"""Reads one place of a value; `MISSING` if there is no such place."""
ConditionTest = Callable[[Any, Any], bool | None]
"""Tests a field's value, given the whole value too: True, False, or None for unknown."""

OPERATORS: Final = ("in", "out", "equals", "same", "present", "null", "least", "most", "contains")

_MAX_JSON_LENGTH: Final = 200


class Condition(NamedTuple):
    """One condition, compiled."""

    read: ValueReader
    pointer: str
    test: ConditionTest
    text: str
    """The demand in words, for a finding's `allowed`."""

    def holds(self, whole: Any) -> bool | None:
        """Return True or False; None for unknown."""
        return self.test(self.read(whole), whole)


def value_at(value: Any, path: PointerPath) -> Any:
    """Return the value at a path, or `MISSING`."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def pointer_reader(pointer: str) -> ValueReader:
    """Build a reader of a pointer's place. Raises ValueError for a text that is no pointer."""
    path = parse_pointer(pointer)
    # Most pointers name a field of an object, or of an object in it: one lookup each, without the loop of value_at.
    if len(path) == 1:
        key = path[0]
        return lambda value: value.get(key, MISSING) if type(value) is dict else value_at(value, path)
    if len(path) == 2:
        outer, inner = path

        def read_inner(value: Any) -> Any:
            found = value.get(outer) if type(value) is dict else None
            return found.get(inner, MISSING) if type(found) is dict else value_at(value, path)

        return read_inner
    return lambda value: value_at(value, path)


def sum_reader(pointers: str) -> ValueReader:
    """Build a reader of a pointer's place, or of the sum of several: `/ready_items + /failed_items`.

    A sum is `MISSING` if one of its places holds no number. Raises ValueError for a text that is no pointer.
    """
    terms = pointers.split(" + ")
    if len(terms) == 1:
        return pointer_reader(pointers)
    read_numbers = numbers_reader(terms)

    def read_sum(value: Any) -> Any:
        numbers = read_numbers(value)
        return MISSING if numbers is None else sum(numbers)

    return read_sum


def numbers_reader(pointers: Sequence[str]) -> Callable[[Any], Sequence[float] | None]:
    """Build a reader of several numbers, None if a place holds none. Raises ValueError for a text that is none."""
    read_all = values_reader(pointers)

    def read_numbers(value: Any) -> Sequence[float] | None:
        values = read_all(value)
        # Counters are whole numbers: anything else is rare.
        if set(map(type, values)) == _WHOLE:
            return values
        numbers = [number for each in values if (number := as_number(each)) is not None]
        return numbers if len(numbers) == len(values) else None

    return read_numbers


_WHOLE: Final = {int}


def values_reader(pointers: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """Build a reader of several places, `MISSING` for each that is not there.

    Raises ValueError for a text that is no pointer.
    """
    readers = [pointer_reader(pointer) for pointer in pointers]
    paths = [parse_pointer(pointer) for pointer in pointers]
    if len(paths) < 2 or any(len(path) != 1 for path in paths):
        return lambda value: [read(value) for read in readers]
    # Most bodies have all of them at the top: one step instead of one for each.
    read_fields = itemgetter(*(path[0] for path in paths))

    def read_values(value: Any) -> Sequence[Any]:
        try:
            found: tuple[Any, ...] = read_fields(value)
        except (KeyError, TypeError):
            return [read(value) for read in readers]
        return found

    return read_values


def as_number(value: Any) -> float | None:
    """Return a number, or the Unix seconds of an RFC 3339 text; None for anything else."""
    kind = type(value)
    if kind is int or kind is float:
        number: float = value
        return number
    if kind is str:
        return _unix_seconds(value)
    return None


@lru_cache(maxsize=4096)
def _unix_seconds(text: str) -> float | None:
    instant = parse_instant(text)
    return instant and instant / SECOND


def as_list(written: Any) -> list[Any]:
    """Return a list as it is, and any other value as a list of one."""
    if isinstance(written, list):
        return written
    return [written]


def compile_conditions(written: Any) -> tuple[Condition, ...]:
    """Compile a list of conditions, or a single one. Raises ValueError or TypeError for what is no condition."""
    conditions = []
    for entry in as_list(written):
        if not isinstance(entry, dict) or not isinstance(entry.get("field"), str):
            raise TypeError(f"a condition must be a mapping with a `field`, not {entry!r}")
        pointer = entry["field"]
        operands = {operator: operand for operator, operand in entry.items() if operator != "field"}
        unknown = [operator for operator in operands if operator not in OPERATORS]
        if unknown:
            raise ValueError(f"a condition on {pointer} has no {unknown[0]!r}, only {', '.join(OPERATORS)}")
        if not operands:
            raise ValueError(f"a condition on {pointer} needs one of {', '.join(OPERATORS)}")
        test = _join_tests([_compile_operator(*each) for each in operands.items()])
        text = ", ".join(_describe_operator(*each) for each in operands.items())
        conditions.append(Condition(pointer_reader(pointer), pointer, test, text))
    return tuple(conditions)


def _join_tests(tests: Sequence[ConditionTest]) -> ConditionTest:
    """Return the test that passes what all tests pass, of which some may be unknown."""
    if len(tests) == 1:
        return tests[0]

    def test_all(value: Any, whole: Any) -> bool | None:
        answers = [test(value, whole) for test in tests]
        return False not in answers and (True in answers or None)

    return test_all


_OPERATOR_WORDS: Final = {"least": "at least ", "most": "at most ", "contains": "containing ", "same": "as "}


def _describe_operator(operator: str, operand: Any) -> str:
    if operator == "in":
        return " or ".join(map(str, operand))
    if operator == "out":
        return f"none of {', '.join(map(str, operand))}"
    if operator in ("present", "null"):
        return operator if operand else f"not {operator}"
    if not isinstance(operand, str):
        operand = json.dumps(operand)
    return f"{_OPERATOR_WORDS.get(operator, '')}{operand}"


def _compile_operator(operator: str, operand: Any) -> ConditionTest:
    match operator:
        case "present":
            return lambda value, whole: (value is not MISSING) is operand
        case "null":
            return lambda value, whole: None if value is MISSING else (value is None) is operand
        case "contains":
            return lambda value, whole: operand in value if isinstance(value, str) else None
        case "same":
            read = pointer_reader(operand)
            return lambda value, whole: None if MISSING in (value, read(whole)) else bool(value == read(whole))
        case "out":
            # Unlike `in`, it holds of a missing field: what is not there is none of the values.
            return lambda value, whole: not _is_among(value, operand)
        case "least" | "most":
            return _compile_bound(ge if operator == "least" else le, operand)
        case "equals":
            operand = [operand]
    values = list(operand)
    if all(isinstance(each, str) for each in values):
        # Nothing but a text equals a text.
        return lambda value, whole: None if value is MISSING else value in values
    return lambda value, whole: None if value is MISSING else _is_among(value, values)


def _is_among(value: Any, values: list[Any]) -> bool:
    # In Python True == 1; in JSON they differ.
    return any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in values)


def _compile_bound(keeps: Callable[[float, float], bool], operand: Any) -> ConditionTest:
    """Compile a bound: a number, another field, or a field and a number (`/progress + 5`)."""
    if not isinstance(operand, str):
        limit = as_number(operand)
        return lambda value, whole: _keeps_bound(keeps, as_number(value), limit)
    pointer, _, slack = operand.partition(" + ")
    read, offset = pointer_reader(pointer), float(slack or 0)
    return lambda value, whole: _keeps_bound(keeps, as_number(value), as_number(read(whole)), offset)


def _keeps_bound(
    keeps: Callable[[float, float], bool], number: float | None, limit: float | None, offset: float = 0
) -> bool | None:
    if number is None or limit is None:
        return None
    return keeps(number, limit + offset)


def all_hold(conditions: tuple[Condition, ...], whole: Any) -> bool:
    """Return True if every condition holds and none is unknown: the reading of a premise."""
    for condition in conditions:  # noqa: SIM110 -- twice as fast as all(), and called for every body
        if not condition.test(condition.read(whole), whole):
            return False
    return True


def broken_conditions(conditions: tuple[Condition, ...], whole: Any) -> list[Condition]:
    """Return the conditions that are false, not unknown: the reading of a demand."""
    return [condition for condition in conditions if condition.holds(whole) is False]


def short_json(value: Any) -> str:
    """Return a value as JSON text of at most 200 characters; `missing` for `MISSING`."""
    if value is MISSING:
        return "missing"
    return truncate(json.dumps(value, ensure_ascii=False), _MAX_JSON_LENGTH)
