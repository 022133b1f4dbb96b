"""Which operations a request nearly was, and what differs: each criterion with a tick or a cross.

Theory of operation. A path is turned into a template segment by segment: a segment may be kept, changed, left out or
put in. Each has a price (the less two literals are alike, the dearer the change), the cheapest way is the distance, and
what it changes are the differences. The method is one more criterion with a price. A match is distance nothing.
"""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mockserver.vendors.api import Operation

MOST: Final = 3
_METHOD: Final = 0.5
_SEGMENT: Final = 1.0
_SLASH: Final = 0.3
"""An empty segment too much: a slash doubled, or at the end."""
_NO_ID: Final = 0.6
_ANY_ID: Final = 0.01
"""A parameter takes anything, which proves less than a literal that is the same."""
_LONGEST: Final = 40
"""Characters of a segment that are compared, and shown; a path has so many segments compared, too."""


class Check(NamedTuple):
    """One criterion: whether the request fits, and in words what it has and should have."""

    reason: str
    """METHOD, PATH, SEGMENT, MISSING, EXTRA, SLASH or EMPTY_ID; the same words for criteria of other matchers."""
    fits: bool
    text: str

    def line(self) -> str:
        """With a tick or a cross."""
        return f"{'✓' if self.fits else '✗'} {self.text}"

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {"reason": self.reason, "text": self.text}


class Near(NamedTuple):
    """An operation that was nearly meant."""

    operation: Operation
    template: str
    checks: tuple[Check, ...]
    distance: float

    @property
    def differs(self) -> str:
        """What keeps the request from being this operation."""
        return "; ".join(check.text for check in self.checks if not check.fits)

    def json(self) -> dict[str, Any]:
        """For a program: `reason` is the first difference's."""
        differs = [check.json() for check in self.checks if not check.fits]
        return {
            "operation": self.operation.name,
            "method": self.operation.method,
            "path": self.template,
            "reason": differs[0]["reason"] if differs else "",
            "differs": differs,
        }

    def lines(self) -> Iterator[str]:
        """For people: the operation, and each criterion below it."""
        yield f"{self.operation.name}: {self.operation.method} {self.template}"
        yield from (f"    {check.line()}" for check in self.checks)


def near(method: str, path: str, operations: Iterable[Operation], most: int = MOST) -> tuple[Near, ...]:
    """The operations that a request is nearest to, the nearest first; each by its nearest template."""
    given = tuple(segment[: _LONGEST + 1] for segment in path.split("/")[1 : _LONGEST + 1])
    best = (_nearest(method, given, operation) for operation in operations)
    return tuple(sorted(best, key=lambda found: found.distance)[:most])


def _nearest(method: str, given: tuple[str, ...], operation: Operation) -> Near:
    found = (_compared(method, given, operation, template) for template in (operation.path, *operation.aliases))
    return min(found, key=lambda each: each.distance)


def _compared(method: str, given: tuple[str, ...], operation: Operation, template: str) -> Near:
    price, edits = _align(given, tuple(template.split("/")[1:]))
    right = operation.method == method
    said = f"the method is {method}" + ("" if right else f", not {operation.method}")
    differences = tuple(Check(reason, False, text) for reason, text in _texts(edits, len(given)))
    path = differences or (Check("PATH", True, f"the path is {template}"),)
    return Near(operation, template, (Check("METHOD", right, said), *path), price + (0 if right else _METHOD))


class _Edit(NamedTuple):
    """One step from a path to a template; the place counts the path's segments from 1."""

    place: int
    given: str | None
    """None: the path lacks this segment."""
    wanted: str | None
    """None: the path has this segment too much."""


def _align(given: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[float, tuple[_Edit, ...]]:
    """The cheapest way from one to the other: its price, and each step that changes something."""
    row: list[tuple[float, tuple[_Edit, ...]]] = [(0.0, ())]
    for part in wanted:
        row.append(_step(row[-1], _SEGMENT, _Edit(1, None, part)))
    for place, asked in enumerate(given, 1):
        above, extra = row, _SEGMENT if asked else _SLASH
        row = [_step(above[0], extra, _Edit(place, asked, None))]
        for column, part in enumerate(wanted):
            price = _change(asked, part)
            ways = (
                _step(above[column + 1], extra, _Edit(place, asked, None)),
                _step(above[column], price, _Edit(place, asked, part)),
                _step(row[column], _SEGMENT, _Edit(place + 1, None, part)),
            )
            row.append(min(ways, key=lambda way: way[0]))
    return row[-1]


def _step(before: tuple[float, tuple[_Edit, ...]], price: float, edit: _Edit) -> tuple[float, tuple[_Edit, ...]]:
    return before[0] + price, (*before[1], edit) if price > _ANY_ID else before[1]


@lru_cache(maxsize=4096)
def _change(given: str, wanted: str) -> float:
    """What it costs to let one segment pass for another."""
    if wanted.startswith("{"):
        return _ANY_ID if given else _NO_ID
    return 0.0 if given == wanted else max(0.05, 1.0 - SequenceMatcher(None, given, wanted).ratio())


def _texts(edits: tuple[_Edit, ...], total: int) -> Iterator[tuple[str, str]]:
    """Each difference with its reason; segments that lack, or are too much, side by side are told together."""
    groups: list[list[_Edit]] = []
    for edit in edits:
        if groups and _kind(groups[-1][-1]) == _kind(edit) != "CHANGED" and edit.place - groups[-1][-1].place < 2:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    for group in groups:
        yield _text(group, total)


def _kind(edit: _Edit) -> str:
    return "MISSING" if edit.given is None else "EXTRA" if edit.wanted is None else "CHANGED"


def _text(group: list[_Edit], total: int) -> tuple[str, str]:
    first, last = group[0], group[-1]
    if first.given is None:
        return "MISSING", f"the path lacks {_joined(edit.wanted for edit in group)} {_where(first.place - 1, total)}"
    if first.wanted is None and not any(edit.given for edit in group):
        return "SLASH", "the path has a slash at its end" if last.place == total else "the path has a double slash"
    if first.wanted is None:
        where = _where(first.place - 1, total) if last.place < total else "at its end"
        return "EXTRA", f"the path has {_joined(edit.given for edit in group)} too much {where}"
    if first.wanted.startswith("{"):
        return "EMPTY_ID", f"the id in the path is empty ({first.wanted})"
    return "SEGMENT", f"segment {first.place} of the path is {_shown(first.given)}, not {first.wanted!r}"


def _where(before: int, total: int) -> str:
    return "at its start" if not before else "at its end" if before == total else f"behind segment {before}"


def _joined(segments: Iterable[str | None]) -> str:
    return repr("/" + "/".join(segment or "" for segment in segments))


def _shown(segment: str) -> str:
    return repr(segment) if len(segment) <= _LONGEST else repr(segment[:_LONGEST]) + "..."
