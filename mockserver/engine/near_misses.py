"""The operations that a request nearly matches, and the differences: each criterion with a tick or a cross.

Theory of operation. A path is turned into a template segment by segment: a segment may be kept, changed, left out or
inserted. Each step has a cost (the less two literals are alike, the dearer the change), the cheapest alignment gives
the distance, and its steps are the differences. The method is one more criterion with a cost. A match has distance 0.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from mockserver.core.path_templates import parse_segment

MAX_NEAR_MISSES: Final = 3
_METHOD_COST: Final = 0.5
_SEGMENT_COST: Final = 1.0
_SLASH_COST: Final = 0.3
"""An extra empty segment: a slash doubled, or at the end."""
_WRONG_VALUE_COST: Final = 0.6
"""A parameter that is empty, or that does not match its pattern."""
_PARAMETER_COST: Final = 0.01
"""A parameter fits anything, which proves less than an equal literal."""
_MAX_SEGMENT: Final = 40
"""Characters of a segment that are compared and shown; also the segments of a path that are compared."""


class NamedPath(Protocol):
    """A call that a request may be meant for."""

    @property
    def name(self) -> str:
        """The name that a person knows it by."""

    @property
    def method(self) -> str:
        """The HTTP method, in upper case."""

    @property
    def path(self) -> str:
        """The path, with its parameters in braces."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other paths of the same call."""

    @property
    def path_patterns(self) -> Mapping[str, str]:
        """Regular expressions that parameters full-match."""


PathT = TypeVar("PathT", bound=NamedPath)


class Criterion(NamedTuple):
    """One criterion, with a text of what the request has and should have."""

    code: str
    """METHOD, PATH, SEGMENT, MISSING, EXTRA, SLASH or EMPTY_ID; `verification` has others."""
    matches: bool
    text: str

    def line(self) -> str:
        """Return the text after a tick or a cross."""
        mark = "✓" if self.matches else "✗"
        return f"{mark} {self.text}"

    def json(self) -> dict[str, Any]:
        """Return {reason, text} for the admin API."""
        return {"reason": self.code, "text": self.text}


class OperationNearMiss(NamedTuple, Generic[PathT]):
    """An operation that a request nearly matches, by one of its templates."""

    operation: PathT
    template: str
    criteria: tuple[Criterion, ...]
    distance: float

    @property
    def difference(self) -> str:
        """The differences in words."""
        return "; ".join(criterion.text for criterion in self.criteria if not criterion.matches)

    def json(self) -> dict[str, Any]:
        """Return {operation, method, path, reason, differs}; `reason` is that of the first difference."""
        differs = [criterion.json() for criterion in self.criteria if not criterion.matches]
        return {
            "operation": self.operation.name,
            "method": self.operation.method,
            "path": self.template,
            "reason": differs[0]["reason"] if differs else "",
            "differs": differs,
        }

    def lines(self) -> Iterator[str]:
        """Yield the operation, and each criterion below it, for people."""
        yield f"{self.operation.name}: {self.operation.method} {self.template}"
        for criterion in self.criteria:
            yield f"    {criterion.line()}"


def nearest_operations(
    method: str, path: str, operations: Iterable[PathT], limit: int = MAX_NEAR_MISSES
) -> tuple[OperationNearMiss[PathT], ...]:
    """Return the operations nearest to a request, the nearest first, each by its nearest template."""
    segments = tuple(segment[: _MAX_SEGMENT + 1] for segment in path.split("/")[1 : _MAX_SEGMENT + 1])
    nearest: list[OperationNearMiss[PathT]] = []
    for operation in operations:
        by_method = Criterion("METHOD", True, f"the method is {method}")
        method_cost = 0.0
        if operation.method != method:
            by_method = Criterion("METHOD", False, f"the method must be {operation.method}, not {method}")
            method_cost = _METHOD_COST
        misses: list[OperationNearMiss[PathT]] = []
        for template in (operation.path, *operation.aliases):
            distance, edits = _align_path(segments, tuple(template.split("/")[1:]), operation.path_patterns)
            differences = [Criterion(code, False, text) for code, text in _describe_edits(edits, len(segments))]
            criteria = differences or [Criterion("PATH", True, f"the path is {template}")]
            misses.append(OperationNearMiss(operation, template, (by_method, *criteria), distance + method_cost))
        nearest.append(min(misses, key=lambda miss: miss.distance))
    return tuple(sorted(nearest, key=lambda miss: miss.distance)[:limit])


class _PathEdit(NamedTuple):
    """One step from a path to a template; the position counts the path's segments from 1."""

    position: int
    actual: str | None
    """None: the path lacks this segment."""
    expected: str | None
    """None: the path has this segment in addition."""
    pattern: str = ""
    """What the value of the expected parameter full-matches; empty: anything."""

    @property
    def kind(self) -> str:
        """MISSING, EXTRA or CHANGED."""
        if self.actual is None:
            return "MISSING"
        if self.expected is None:
            return "EXTRA"
        return "CHANGED"


class _Alignment(NamedTuple):
    """A way from a part of the path to a part of the template."""

    cost: float
    edits: tuple[_PathEdit, ...]
    """The steps that change something."""

    def extended(self, cost: float, edit: _PathEdit) -> "_Alignment":
        # A parameter that fits has a cost, so that a literal wins, but it is no difference.
        if cost <= _PARAMETER_COST:
            return _Alignment(self.cost + cost, self.edits)
        return _Alignment(self.cost + cost, (*self.edits, edit))


def _align_path(actual: tuple[str, ...], expected: tuple[str, ...], patterns: Mapping[str, str]) -> _Alignment:
    """Return the cheapest alignment of a path with a template."""
    # The edit distance of the textbook, row by row: after each segment of the path, `row[n]` is the cheapest way from
    # the segments so far to the first n of the template.
    row = [_Alignment(0.0, ())]
    for segment in expected:
        row.append(row[-1].extended(_SEGMENT_COST, _PathEdit(1, None, segment)))
    for position, given in enumerate(actual, 1):
        above = row
        extra_cost = _SEGMENT_COST if given else _SLASH_COST
        row = [above[0].extended(extra_cost, _PathEdit(position, given, None))]
        for column, segment in enumerate(expected):
            parameter = parse_segment(segment)
            pattern = "" if parameter is None else patterns.get(parameter.name, "")
            ways = (
                above[column + 1].extended(extra_cost, _PathEdit(position, given, None)),
                above[column].extended(
                    _substitution_cost(given, segment, pattern), _PathEdit(position, given, segment, pattern)
                ),
                row[column].extended(_SEGMENT_COST, _PathEdit(position + 1, None, segment)),
            )
            row.append(min(ways, key=lambda way: way.cost))
    return row[-1]


@lru_cache(maxsize=4096)
def _substitution_cost(actual: str, expected: str, pattern: str) -> float:
    """Return the cost of taking one segment for another; `pattern` is that of the parameter, if it has one."""
    parameter = parse_segment(expected)
    if parameter is not None and (not actual or parameter.value_in(actual) is not None):
        return _PARAMETER_COST if parameter.value_in(actual, pattern) is not None else _WRONG_VALUE_COST
    if actual == expected:
        return 0.0
    # Imported late: most servers get no request that nearly matches.
    from difflib import SequenceMatcher

    return max(0.05, 1.0 - SequenceMatcher(None, actual, expected).ratio())


def _describe_edits(edits: tuple[_PathEdit, ...], total: int) -> Iterator[tuple[str, str]]:
    """Yield (code, text) of each difference; missing or extra segments side by side are one difference."""
    groups: list[list[_PathEdit]] = []
    for edit in edits:
        last = groups[-1][-1] if groups else None
        if last is None or edit.kind == "CHANGED" or edit.kind != last.kind or edit.position - last.position > 1:
            groups.append([edit])
        else:
            groups[-1].append(edit)
    for group in groups:
        yield _describe_group(group, total)


def _describe_group(group: list[_PathEdit], total: int) -> tuple[str, str]:
    first, last = group[0], group[-1]
    if first.actual is None:
        segments = _join_segments(edit.expected for edit in group)
        return "MISSING", f"the path lacks {segments} {_describe_position(first.position - 1, total)}"
    if first.expected is None:
        at_end = last.position == total
        if not any(edit.actual for edit in group):
            return ("SLASH", "the path has a slash at its end") if at_end else ("SLASH", "the path has a double slash")
        where = _describe_position(total if at_end else first.position - 1, total)
        return "EXTRA", f"the path has an extra {_join_segments(edit.actual for edit in group)} {where}"
    if not first.actual and parse_segment(first.expected) is not None:
        return "EMPTY_ID", f"the id in the path is empty ({first.expected})"
    shown = repr(first.actual[:_MAX_SEGMENT])
    if len(first.actual) > _MAX_SEGMENT:
        shown += "..."
    fitting = f", which matches {first.pattern}" if first.pattern else ""
    return "SEGMENT", f"segment {first.position} of the path is {shown}, not {first.expected!r}{fitting}"


def _describe_position(before: int, total: int) -> str:
    """Return where something is that has so many of the path's segments before it."""
    if not before:
        return "at its start"
    if before == total:
        return "at its end"
    return f"after segment {before}"


def _join_segments(segments: Iterable[str | None]) -> str:
    return repr("/" + "/".join(segment or "" for segment in segments))
