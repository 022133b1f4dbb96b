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

MAX_NEAR_MISSES: Final = 3
_METHOD_COST: Final = 0.5
_SEGMENT_COST: Final = 1.0
_SLASH_COST: Final = 0.3
"""An empty segment too much: a slash doubled, or at the end."""
_EMPTY_ID_COST: Final = 0.6
_PARAMETER_COST: Final = 0.01
"""A parameter takes anything, which proves less than a literal that is the same."""
_MAX_SEGMENT: Final = 40
"""Characters of a segment that are compared, and shown; a path has so many segments compared, too."""


class Criterion(NamedTuple):
    """One criterion: whether the request fits, and in words what it has and should have."""

    code: str
    """METHOD, PATH, SEGMENT, MISSING, EXTRA, SLASH or EMPTY_ID; the same words for criteria of other matchers."""
    matches: bool
    text: str

    def line(self) -> str:
        """With a tick or a cross."""
        return f"{'✓' if self.matches else '✗'} {self.text}"

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {"reason": self.code, "text": self.text}


class OperationNearMiss(NamedTuple):
    """An operation that was nearly meant."""

    operation: Operation
    template: str
    criteria: tuple[Criterion, ...]
    distance: float

    @property
    def difference(self) -> str:
        """What keeps the request from being this operation."""
        return "; ".join(check.text for check in self.criteria if not check.matches)

    def json(self) -> dict[str, Any]:
        """For a program: `reason` is the first difference's."""
        differs = [check.json() for check in self.criteria if not check.matches]
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
        yield from (f"    {check.line()}" for check in self.criteria)


def nearest_operations(
    method: str, path: str, operations: Iterable[Operation], limit: int = MAX_NEAR_MISSES
) -> tuple[OperationNearMiss, ...]:
    """The operations that a request is nearest to, the nearest first; each by its nearest template."""
    given = tuple(segment[: _MAX_SEGMENT + 1] for segment in path.split("/")[1 : _MAX_SEGMENT + 1])
    best = (_nearest_template(method, given, operation) for operation in operations)
    return tuple(sorted(best, key=lambda found: found.distance)[:limit])


def _nearest_template(method: str, segments: tuple[str, ...], operation: Operation) -> OperationNearMiss:
    found = (
        _compare_template(method, segments, operation, template) for template in (operation.path, *operation.aliases)
    )
    return min(found, key=lambda each: each.distance)


def _compare_template(method: str, segments: tuple[str, ...], operation: Operation, template: str) -> OperationNearMiss:
    price, edits = _align_path(segments, tuple(template.split("/")[1:]))
    right = operation.method == method
    said = f"the method is {method}" + ("" if right else f", not {operation.method}")
    differences = tuple(Criterion(reason, False, text) for reason, text in _describe_edits(edits, len(segments)))
    path = differences or (Criterion("PATH", True, f"the path is {template}"),)
    return OperationNearMiss(
        operation, template, (Criterion("METHOD", right, said), *path), price + (0 if right else _METHOD_COST)
    )


class _PathEdit(NamedTuple):
    """One step from a path to a template; the place counts the path's segments from 1."""

    position: int
    actual: str | None
    """None: the path lacks this segment."""
    expected: str | None
    """None: the path has this segment too much."""


def _align_path(actual: tuple[str, ...], expected: tuple[str, ...]) -> tuple[float, tuple[_PathEdit, ...]]:
    """The cheapest way from one to the other: its price, and each step that changes something."""
    row: list[tuple[float, tuple[_PathEdit, ...]]] = [(0.0, ())]
    for part in expected:
        row.append(_extend_alignment(row[-1], _SEGMENT_COST, _PathEdit(1, None, part)))
    for place, asked in enumerate(actual, 1):
        above, extra = row, _SEGMENT_COST if asked else _SLASH_COST
        row = [_extend_alignment(above[0], extra, _PathEdit(place, asked, None))]
        for column, part in enumerate(expected):
            price = _substitution_cost(asked, part)
            ways = (
                _extend_alignment(above[column + 1], extra, _PathEdit(place, asked, None)),
                _extend_alignment(above[column], price, _PathEdit(place, asked, part)),
                _extend_alignment(row[column], _SEGMENT_COST, _PathEdit(place + 1, None, part)),
            )
            row.append(min(ways, key=lambda way: way[0]))
    return row[-1]


def _extend_alignment(
    before: tuple[float, tuple[_PathEdit, ...]], price: float, edit: _PathEdit
) -> tuple[float, tuple[_PathEdit, ...]]:
    return before[0] + price, (*before[1], edit) if price > _PARAMETER_COST else before[1]


@lru_cache(maxsize=4096)
def _substitution_cost(actual: str, expected: str) -> float:
    """What it costs to let one segment pass for another."""
    if expected.startswith("{"):
        return _PARAMETER_COST if actual else _EMPTY_ID_COST
    return 0.0 if actual == expected else max(0.05, 1.0 - SequenceMatcher(None, actual, expected).ratio())


def _describe_edits(edits: tuple[_PathEdit, ...], total: int) -> Iterator[tuple[str, str]]:
    """Each difference with its reason; segments that lack, or are too much, side by side are told together."""
    groups: list[list[_PathEdit]] = []
    for edit in edits:
        if (
            groups
            and _edit_reason(groups[-1][-1]) == _edit_reason(edit) != "CHANGED"
            and edit.position - groups[-1][-1].position < 2
        ):
            groups[-1].append(edit)
        else:
            groups.append([edit])
    for group in groups:
        yield _describe_group(group, total)


def _edit_reason(edit: _PathEdit) -> str:
    return "MISSING" if edit.actual is None else "EXTRA" if edit.expected is None else "CHANGED"


def _describe_group(group: list[_PathEdit], total: int) -> tuple[str, str]:
    first, last = group[0], group[-1]
    if first.actual is None:
        return (
            "MISSING",
            f"the path lacks {_join_segments(edit.expected for edit in group)} {_describe_position(first.position - 1, total)}",
        )
    if first.expected is None and not any(edit.actual for edit in group):
        return "SLASH", "the path has a slash at its end" if last.position == total else "the path has a double slash"
    if first.expected is None:
        where = _describe_position(first.position - 1, total) if last.position < total else "at its end"
        return "EXTRA", f"the path has {_join_segments(edit.actual for edit in group)} too much {where}"
    if first.expected.startswith("{"):
        return "EMPTY_ID", f"the id in the path is empty ({first.expected})"
    return "SEGMENT", f"segment {first.position} of the path is {_quote_segment(first.actual)}, not {first.expected!r}"


def _describe_position(before: int, total: int) -> str:
    return "at its start" if not before else "at its end" if before == total else f"behind segment {before}"


def _join_segments(segments: Iterable[str | None]) -> str:
    return repr("/" + "/".join(segment or "" for segment in segments))


def _quote_segment(segment: str) -> str:
    return repr(segment) if len(segment) <= _MAX_SEGMENT else repr(segment[:_MAX_SEGMENT]) + "..."
