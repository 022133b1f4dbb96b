"""From a method and a path to an operation, and, where there is none, to the nearest ones (`nearness`).

A path is split before it is percent-decoded, so an id may hold an encoded slash. A literal segment wins over a
parameter among the templates that have the method: DELETE /videos/models deletes the video called models.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from mockserver.engine.near_misses import OperationNearMiss, nearest_operations
from mockserver.vendors.api import Operation


class RouteMatch(NamedTuple):
    """An operation, and the path parameters it was called with (percent-decoded)."""

    operation: Operation
    params: Mapping[str, str]


class NoMatch(NamedTuple):
    """No operation: the methods the path does have (none: the path is unknown), and the nearest operations."""

    allowed: tuple[str, ...]
    near_misses: tuple[OperationNearMiss, ...] = ()
    """The nearest first, three at most."""

    @property
    def nearest(self) -> Operation | None:
        """The nearest operation; None where the era has none."""
        return self.near_misses[0].operation if self.near_misses else None

    @property
    def difference(self) -> str:
        """What keeps the request from being the nearest operation."""
        return self.near_misses[0].difference if self.near_misses else "this era has no operations"


@dataclass(slots=True)
class _RouteNode:
    """One segment deep in the tree of templates."""

    literal: dict[str, "_RouteNode"] = field(default_factory=dict)
    parameter: "_RouteNode | None" = None
    operations: dict[str, tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """The templates of one era as a tree; literal segments win over parameters."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _RouteNode()
        self._operations = tuple(operations)
        self._methods = sorted({operation.method for operation in self._operations})
        for operation in self._operations:
            for template in (operation.path, *operation.aliases):
                self._add(template, operation)

    def _add(self, template: str, operation: Operation) -> None:
        node, names = self._root, []
        for segment in template.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _RouteNode()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _RouteNode())
        node.operations[operation.method] = (operation, tuple(names))

    def match(self, method: str, path: str) -> RouteMatch | NoMatch:
        """The operation of a request; HEAD asks what GET would answer."""
        return self._find("GET" if method == "HEAD" else method, path) or self._no_match(method, path)

    def polls(self, path: str) -> bool:
        """Whether a GET of the path asks one job's status."""
        found = self._find("GET", path)
        return found is not None and found.operation.polls

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods a path has, in alphabetical order."""
        return tuple(method for method in self._methods if self._find(method, path) is not None)

    def _find(self, method: str, path: str) -> RouteMatch | None:
        segments = path.split("/")[1:]
        return _match_segments(self._root, method, list(map(unquote, segments)) if "%" in path else segments, ())

    def _no_match(self, method: str, path: str) -> NoMatch:
        return NoMatch(self.allowed(path), nearest_operations(method, path, self._operations))


def _match_segments(node: _RouteNode, method: str, segments: list[str], values: tuple[str, ...]) -> RouteMatch | None:
    if not segments:
        found = node.operations.get(method)
        return RouteMatch(found[0], dict(zip(found[1], values, strict=True))) if found is not None else None
    head, rest = segments[0], segments[1:]
    if head in node.literal:
        match = _match_segments(node.literal[head], method, rest, values)
        if match is not None:
            return match
    if node.parameter is not None and head:
        return _match_segments(node.parameter, method, rest, (*values, head))
    return None
