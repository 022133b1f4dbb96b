"""The little language of rules: conditions on a JSON value, each a mapping of a field and what must hold of it.

    {field: /status, in: [completed, failed]}     {field: /queued_items, equals: 0}
    {field: /download_url, null: false}           {field: /content_url, present: true}
    {field: /progress, least: 0, most: 100}       {field: /delivered, most: /total}
    {field: /reason, out: [deleted]}              {field: /status_code, same: /http}
    {field: /url, contains: secret}               {field: /told, most: /progress + 5}

A field is a JSON pointer. What a condition cannot be asked of (the field is missing, or null where an order is asked
for) it does not judge: as a premise it does not hold, as a demand it is not broken. There is no code in it and no loop.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mockserver.core.instants import SECOND, parse_instant
from mockserver.core.pointer import parse_pointer

MISSING: Final = object()
"""What a pointer that leads nowhere finds."""

PointerPath = tuple[str, ...]
ValueReader = Callable[[Any], Any]
"""Reads one place of a value, or `MISSING`."""
ConditionTest = Callable[[Any, Any], bool | None]
"""Asked of a field's value and the whole: True, False, or None where it cannot be said."""

OPERATORS: Final = ("in", "out", "equals", "same", "present", "null", "least", "most", "contains")


class Condition(NamedTuple):
    """One condition, compiled."""

    read: ValueReader
    pointer: str
    tests: tuple[ConditionTest, ...]
    text: str
    """What it demands, for a finding's `allowed`."""

    def holds(self, whole: Any) -> bool | None:
        """Whether it holds of a value; None where it cannot be said."""
        value = self.read(whole)
        said: bool | None = None
        for ask in self.tests:
            answer = ask(value, whole)
            if answer is False:
                return False
            said = said or answer
        return said


def value_at(value: Any, path: PointerPath) -> Any:
    """What is at a path, or `MISSING`."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def pointer_reader(pointer: str) -> ValueReader:
    """Reads the place of a pointer; a field of an object, which is what most are, without a detour."""
    path = parse_pointer(pointer)
    if len(path) != 1:
        return lambda value: value_at(value, path)
    key = path[0]
    return lambda value: value.get(key, MISSING) if type(value) is dict else value_at(value, path)


def as_number(value: Any) -> float | None:
    """A number, or the Unix seconds of a time in RFC 3339; None for anything else."""
    kind = type(value)
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]
    return _unix_seconds(value) if kind is str else None


@lru_cache(maxsize=4096)
def _unix_seconds(text: str) -> float | None:
    instant = parse_instant(text)
    return None if instant is None else instant / SECOND


def compile_conditions(written: Any) -> tuple[Condition, ...]:
    """The conditions of a list (or of one mapping). ValueError or TypeError says what is wrong with it."""
    entries = written if isinstance(written, list) else [written]
    return tuple(map(_compile_condition, entries))


def _compile_condition(written: Any) -> Condition:
    if not isinstance(written, dict) or not isinstance(written.get("field"), str):
        raise TypeError(f"a condition is a mapping with a `field`, not {written!r}")
    words = {word: wanted for word, wanted in written.items() if word != "field"}
    unknown = [word for word in words if word not in OPERATORS]
    if unknown or not words:
        raise ValueError(f"a condition on {written['field']} asks for none of {', '.join(OPERATORS)}: {unknown}")
    asks = tuple(_compile_operator(word, wanted) for word, wanted in words.items())
    text = ", ".join(_describe_operator(word, wanted) for word, wanted in words.items())
    return Condition(pointer_reader(written["field"]), written["field"], asks, text)


def _describe_operator(operator: str, operand: Any) -> str:
    if operator == "in":
        return " or ".join(map(str, operand))
    if operator in ("present", "null"):
        return operator if operand else f"not {operator}"
    if operator == "out":
        return f"none of {', '.join(map(str, operand))}"
    words = {"least": "at least ", "most": "at most ", "contains": "containing ", "same": "as "}.get(operator, "")
    return f"{words}{operand if isinstance(operand, str) else json.dumps(operand)}"


def _compile_operator(operator: str, operand: Any) -> ConditionTest:
    if operator == "present":
        return lambda value, whole: (value is not MISSING) is operand
    if operator == "null":
        return lambda value, whole: None if value is MISSING else (value is None) is operand
    if operator == "contains":
        return lambda value, whole: operand in value if isinstance(value, str) else None
    if operator == "same":
        return _equals_field(pointer_reader(operand))
    if operator == "out":
        return lambda value, whole: not _is_among(value, operand)
    if operator in ("least", "most"):
        return _compile_bound(operator == "least", operand)
    values = operand if operator == "in" else [operand]
    return lambda value, whole: None if value is MISSING else _is_among(value, values)


def _is_among(value: Any, values: list[Any]) -> bool:
    return any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in values)


def _equals_field(get: ValueReader) -> ConditionTest:
    def ask(value: Any, whole: Any) -> bool | None:
        other = get(whole)
        return None if MISSING in (value, other) else value == other

    return ask


def _compile_bound(least: bool, operand: Any) -> ConditionTest:
    """Not below, or not above: a number, another field, or that and so much (`/progress + 5`)."""
    pointer, _, more = operand.partition(" + ") if isinstance(operand, str) else ("", "", "")
    get, slack = pointer_reader(pointer) if pointer else None, float(more or 0)

    def ask(value: Any, whole: Any) -> bool | None:
        mine = as_number(value)
        limit = as_number(operand if get is None else get(whole))
        if mine is None or limit is None:
            return None
        return mine >= limit + slack if least else mine <= limit + slack

    return ask


def all_hold(conditions: tuple[Condition, ...], whole: Any) -> bool:
    """Whether every condition surely holds: how a premise is read."""
    for condition in conditions:  # noqa: SIM110 -- twice as fast as all(), and asked of every body
        if not condition.holds(whole):
            return False
    return True


def broken_conditions(conditions: tuple[Condition, ...], whole: Any) -> list[Condition]:
    """The conditions that surely do not hold: how a demand is read."""
    return [condition for condition in conditions if condition.holds(whole) is False]


def short_json(value: Any) -> str:
    """A value as JSON text, cut; `missing` for none."""
    if value is MISSING:
        return "missing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."
