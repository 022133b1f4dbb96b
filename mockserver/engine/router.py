"""Finds the operation of a method and a path, and the nearest ones where there is none (`near_misses`).

A path is split before it is percent-decoded, so an id may contain an encoded slash. A literal segment wins over a
parameter among the templates that have the method: DELETE /videos/models deletes the video called models.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from mockserver.core.path_templates import ParameterSegment, parse_segment
from mockserver.engine.near_misses import OperationNearMiss, nearest_operations
from mockserver.vendors.api import Operation

MAX_REMEMBERED: Final = 1_000
"""Matches that a router remembers: clients poll the same path again and again."""


class RouteMatch(NamedTuple):
    """An operation, and the path parameters of the request (percent-decoded)."""

    operation: Operation
    params: Mapping[str, str]


class NoMatch(NamedTuple):
    """No operation: the methods that the path has (none: the path is unknown), and the nearest operations."""

    allowed: tuple[str, ...]
    near_misses: tuple[OperationNearMiss[Operation], ...] = ()
    """The nearest first, three at most."""

    @property
    def nearest(self) -> Operation | None:
        """The nearest operation; None where the era has none."""
        return self.near_misses[0].operation if self.near_misses else None

    @property
    def difference(self) -> str:
        """The differences between the request and the nearest operation."""
        return self.near_misses[0].difference if self.near_misses else "this era has no operations"


class _RouteNode(NamedTuple):
    """One segment deep in the tree of templates."""

    literal: dict[str, "_RouteNode"]
    parameters: list[tuple[ParameterSegment, "_RouteNode"]]
    """Those with the most text around the parameter first: `{id}:cancel` before `{id}`."""
    operations: dict[str, tuple[Operation, tuple[str, ...]]]
    """By method: the operation, and the names of its template's parameters."""


class Router:
    """The templates of one era as a tree."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _RouteNode({}, [], {})
        self._operations = tuple(operations)
        self._methods = sorted({operation.method for operation in self._operations})
        self._remembered: dict[tuple[str, str], RouteMatch] = {}
        for operation in self._operations:
            for template in (operation.path, *operation.aliases):
                self._add(template, operation)

    def _add(self, template: str, operation: Operation) -> None:
        node = self._root
        names: list[str] = []
        for segment in template.split("/")[1:]:
            parameter = parse_segment(segment)
            if parameter is None:
                node = node.literal.setdefault(segment, _RouteNode({}, [], {}))
            else:
                names.append(parameter.name)
                node = _parameter_node(node, parameter._replace(name=""))
        node.operations[operation.method] = (operation, tuple(names))

    def match(self, method: str, path: str) -> RouteMatch | NoMatch:
        """Find the operation of a request, or what comes near it; HEAD finds what GET would."""
        found = self.find(method, path)
        return found or NoMatch(self.allowed(path), nearest_operations(method, path, self._operations))

    def find(self, method: str, path: str) -> RouteMatch | None:
        """Find the operation of a request."""
        remembered = self._remembered.get((method, path))
        if remembered is not None:
            return remembered
        found = self._find("GET" if method == "HEAD" else method, path)
        if found is not None:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[method, path] = found
        return found

    def allowed(self, path: str) -> tuple[str, ...]:
        """Return the methods that a path has, in alphabetical order."""
        return tuple(method for method in self._methods if self._find(method, path) is not None)

    def _find(self, method: str, path: str) -> RouteMatch | None:
        segments = path.split("/")[1:]
        if "%" in path:
            segments = [unquote(segment) for segment in segments]
        return _match_segments(self._root, method, segments, ())


def _parameter_node(node: _RouteNode, parameter: ParameterSegment) -> _RouteNode:
    """Return the node behind a parameter, which is added if it is new; its name does not matter."""
    for known, below in node.parameters:
        if known == parameter:
            return below
    added = _RouteNode({}, [], {})
    node.parameters.append((parameter, added))
    node.parameters.sort(key=lambda each: -each[0].literal_length)
    return added


def _match_segments(node: _RouteNode, method: str, segments: list[str], values: tuple[str, ...]) -> RouteMatch | None:
    """Match the rest of a path below a node; `values` are those of the parameters passed on the way."""
    if not segments:
        found = node.operations.get(method)
        if found is None:
            return None
        operation, names = found
        params = dict(zip(names, values, strict=True))
        fits = all(re.fullmatch(operation.path_patterns.get(name, ".*"), params[name], re.DOTALL) for name in names)
        return RouteMatch(operation, params) if fits else None
    head, rest = segments[0], segments[1:]
    if head in node.literal:
        match = _match_segments(node.literal[head], method, rest, values)
        if match is not None:
            return match
        # The literal branch has the path but not the method, or ends too early: a parameter may still fit.
    for parameter, below in node.parameters:
        value = parameter.value_in(head)
        if value is not None:
            match = _match_segments(below, method, rest, (*values, value))
            if match is not None:
                return match
    return None
