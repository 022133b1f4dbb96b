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
from mockserver.core.pointer import steps

MISSING: Final = object()
"""What a pointer that leads nowhere finds."""

Path = tuple[str, ...]
Get = Callable[[Any], Any]
"""Reads one place of a value, or `MISSING`."""
Ask = Callable[[Any, Any], bool | None]
"""Asked of a field's value and the whole: True, False, or None where it cannot be said."""

WORDS: Final = ("in", "out", "equals", "same", "present", "null", "least", "most", "contains")


class Condition(NamedTuple):
    """One condition, compiled."""

    get: Get
    pointer: str
    asks: tuple[Ask, ...]
    text: str
    """What it demands, for a finding's `allowed`."""

    def holds(self, whole: Any) -> bool | None:
        """Whether it holds of a value; None where it cannot be said."""
        value = self.get(whole)
        said: bool | None = None
        for ask in self.asks:
            answer = ask(value, whole)
            if answer is False:
                return False
            said = said or answer
        return said


def at(value: Any, path: Path) -> Any:
    """What is at a path, or `MISSING`."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def getter(pointer: str) -> Get:
    """Reads the place of a pointer; a field of an object, which is what most are, without a detour."""
    path = steps(pointer)
    if len(path) != 1:
        return lambda value: at(value, path)
    key = path[0]
    return lambda value: value.get(key, MISSING) if type(value) is dict else at(value, path)


def number(value: Any) -> float | None:
    """A number, or the Unix seconds of a time in RFC 3339; None for anything else."""
    kind = type(value)
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]
    return _seconds(value) if kind is str else None


@lru_cache(maxsize=4096)
def _seconds(text: str) -> float | None:
    instant = parse_instant(text)
    return None if instant is None else instant / SECOND


def compile_conditions(written: Any) -> tuple[Condition, ...]:
    """The conditions of a list (or of one mapping). ValueError or TypeError says what is wrong with it."""
    entries = written if isinstance(written, list) else [written]
    return tuple(map(_condition, entries))


def _condition(written: Any) -> Condition:
    if not isinstance(written, dict) or not isinstance(written.get("field"), str):
        raise TypeError(f"a condition is a mapping with a `field`, not {written!r}")
    words = {word: wanted for word, wanted in written.items() if word != "field"}
    unknown = [word for word in words if word not in WORDS]
    if unknown or not words:
        raise ValueError(f"a condition on {written['field']} asks for none of {', '.join(WORDS)}: {unknown}")
    asks = tuple(_ask(word, wanted) for word, wanted in words.items())
    text = ", ".join(_told(word, wanted) for word, wanted in words.items())
    return Condition(getter(written["field"]), written["field"], asks, text)


def _told(word: str, wanted: Any) -> str:
    if word == "in":
        return " or ".join(map(str, wanted))
    if word in ("present", "null"):
        return word if wanted else f"not {word}"
    if word == "out":
        return f"none of {', '.join(map(str, wanted))}"
    words = {"least": "at least ", "most": "at most ", "contains": "containing ", "same": "as "}.get(word, "")
    return f"{words}{wanted if isinstance(wanted, str) else json.dumps(wanted)}"


def _ask(word: str, wanted: Any) -> Ask:
    if word == "present":
        return lambda value, whole: (value is not MISSING) is wanted
    if word == "null":
        return lambda value, whole: None if value is MISSING else (value is None) is wanted
    if word == "contains":
        return lambda value, whole: wanted in value if isinstance(value, str) else None
    if word == "same":
        return _same_as(getter(wanted))
    if word == "out":
        return lambda value, whole: not _among(value, wanted)
    if word in ("least", "most"):
        return _bound(word == "least", wanted)
    values = wanted if word == "in" else [wanted]
    return lambda value, whole: None if value is MISSING else _among(value, values)


def _among(value: Any, values: list[Any]) -> bool:
    return any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in values)


def _same_as(get: Get) -> Ask:
    def ask(value: Any, whole: Any) -> bool | None:
        other = get(whole)
        return None if MISSING in (value, other) else value == other

    return ask


def _bound(least: bool, wanted: Any) -> Ask:
    """Not below, or not above: a number, another field, or that and so much (`/progress + 5`)."""
    pointer, _, more = wanted.partition(" + ") if isinstance(wanted, str) else ("", "", "")
    get, slack = getter(pointer) if pointer else None, float(more or 0)

    def ask(value: Any, whole: Any) -> bool | None:
        mine = number(value)
        limit = number(wanted if get is None else get(whole))
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


def broken(conditions: tuple[Condition, ...], whole: Any) -> list[Condition]:
    """The conditions that surely do not hold: how a demand is read."""
    return [condition for condition in conditions if condition.holds(whole) is False]


def told(value: Any) -> str:
    """A value as JSON text, cut; `missing` for none."""
    if value is MISSING:
        return "missing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."
