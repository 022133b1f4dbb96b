"""Makes a list of parts, or a JSON value of a draft, smaller for as long as something holds: delta debugging.

Theory of operation. `drop_in_halves` leaves out ever smaller runs of parts, and at last each part by itself until none
can go: what is left is 1-minimal. `shrink_value` does the same with the elements of lists and the members of mappings,
goes into what is left, and replaces a duration by a rounder one. It knows nothing of scenarios: what is no scenario
does not hold.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from mockserver.core.instants import format_duration, parse_duration
from mockserver.distill.round_duration import rounder_durations

_POLLS: Final = re.compile(r"(\d{1,6}) polls", re.ASCII)
_COUNT: Final = "count"
"""The member that says how many items a line stands for."""
Part = TypeVar("Part")


def drop_in_halves(parts: Sequence[Part], holds: Callable[[list[Part]], bool]) -> list[Part]:
    """Return the parts without those that can go while `holds`: no single one of them can be left out any more."""
    left = list(parts)
    size = len(left)
    while size:
        before = len(left)
        at = before
        # From the end: what comes later depends on what comes before it.
        while at > 0:
            start = max(0, at - size)
            shorter = [*left[:start], *left[at:]]
            if holds(shorter):
                left = shorter
            at = start
        if size > 1:
            size //= 2
        elif len(left) == before:
            break
    return left


def shrink_value(value: Any, holds: Callable[[Any], bool]) -> Any:
    """Return the value without the parts that can go while `holds`, and with the roundest durations."""
    if isinstance(value, list):
        return shrink_list(value, holds)
    if isinstance(value, dict):
        return shrink_mapping(value, holds)
    return next(filter(holds, simpler_scalars(value)), value)


def shrink_list(value: list[Any], holds: Callable[[Any], bool]) -> list[Any]:
    """Return the list without the elements that can go, and with smaller ones."""
    left = drop_in_halves(value, holds)
    for index in range(len(left)):

        def holds_with(inner: Any, at: int = index) -> bool:
            return holds([*left[:at], inner, *left[at + 1 :]])

        left[index] = shrink_value(left[index], holds_with)
    return left


def shrink_mapping(value: Mapping[str, Any], holds: Callable[[Any], bool]) -> dict[str, Any]:
    """Return the mapping without the members that can go, and with smaller ones."""
    left = dict(drop_in_halves(list(value.items()), lambda pairs: holds(dict(pairs))))
    for name in left:

        def holds_with(inner: Any, key: str = name) -> bool:
            return holds({**left, key: inner})

        if name == _COUNT:
            left[name] = next(filter(holds_with, smaller_counts(left[name])), left[name])
        else:
            left[name] = shrink_value(left[name], holds_with)
    return left


def simpler_scalars(value: Any) -> Iterator[str]:
    """Yield what is simpler than a duration or a number of polls, the simplest first; nothing for another value."""
    if not isinstance(value, str):
        return
    if _POLLS.fullmatch(value):
        yield "1 poll"
        return
    duration = parse_duration(value)
    if duration is not None:
        yield from map(format_duration, rounder_durations(duration))


def smaller_counts(count: Any) -> Iterator[int]:
    """Yield the powers of two below a count; without the member it is 1."""
    smaller = 2
    while isinstance(count, int) and smaller < count:
        yield smaller
        smaller *= 2
