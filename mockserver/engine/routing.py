"""From a method and a path to an operation, and, where there is none, to the nearest one and what differs.

A match is the absence of a difference: the finder of near misses walks the same templates as the matcher.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple
from urllib.parse import unquote

from mockserver.vendors.api import Operation


class Match(NamedTuple):
    """An operation, and the path parameters it was called with (percent-decoded)."""

    operation: Operation
    params: Mapping[str, str]


class Miss(NamedTuple):
    """No operation: the methods the path does have (none: the path is unknown), and the nearest operation."""

    allowed: tuple[str, ...]
    nearest: Operation | None
    differs: str
    """What keeps the request from being that operation, one sentence."""


@dataclass(slots=True)
class _Node:
    """One segment deep in the tree of templates."""

    literal: dict[str, "_Node"] = field(default_factory=dict)
    wild: "_Node | None" = None
    operations: dict[str, tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """The templates of one era as a tree; literal segments win over parameters."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        self._operations = tuple(operations)
        for operation in self._operations:
            for template in (operation.path, *operation.aliases):
                self._add(template, operation)

    def _add(self, template: str, operation: Operation) -> None:
        node, names = self._root, []
        for segment in template.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.wild = node.wild or _Node()
                node = node.wild
            else:
                node = node.literal.setdefault(segment, _Node())
        node.operations[operation.method] = (operation, tuple(names))

    def match(self, method: str, path: str) -> Match | Miss:
        """The operation of a request; HEAD asks what GET would answer."""
        found = self._find(self._root, path.split("/")[1:], ())
        method = "GET" if method == "HEAD" else method
        if found is not None:
            node, values = found
            if method in node.operations:
                operation, names = node.operations[method]
                return Match(operation, dict(zip(names, map(unquote, values), strict=True)))
        return self._miss(method, path, tuple(sorted(found[0].operations)) if found else ())

    def polls(self, path: str) -> bool:
        """Whether a GET of the path asks one job's status."""
        found = self._find(self._root, path.split("/")[1:], ())
        return found is not None and "GET" in found[0].operations and found[0].operations["GET"][0].polls

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods a path has."""
        found = self._find(self._root, path.split("/")[1:], ())
        return tuple(sorted(found[0].operations)) if found else ()

    def _find(self, node: _Node, segments: list[str], values: tuple[str, ...]) -> tuple[_Node, tuple[str, ...]] | None:
        if not segments:
            return (node, values) if node.operations else None
        head, rest = segments[0], segments[1:]
        if head in node.literal:
            found = self._find(node.literal[head], rest, values)
            if found is not None:
                return found
        if node.wild is not None and head:
            return self._find(node.wild, rest, (*values, head))
        return None

    def _miss(self, method: str, path: str, allowed: tuple[str, ...]) -> Miss:
        ranked = sorted(
            (
                (_likeness(method, path[:400], operation, template), operation, template)
                for operation in self._operations
                for template in (operation.path, *operation.aliases)
            ),
            key=lambda entry: -entry[0],
        )
        if not ranked:
            return Miss(allowed, None, "this era has no operations")
        _, operation, template = ranked[0]
        return Miss(allowed, operation, _difference(method, path, operation, template))


def _likeness(method: str, path: str, operation: Operation, template: str) -> float:
    mine, theirs = path.split("/"), template.split("/")
    same = sum(
        1.0 if theirs_part.startswith("{") else SequenceMatcher(None, part, theirs_part).ratio()
        for part, theirs_part in zip(mine, theirs, strict=False)
    )
    return same / max(len(mine), len(theirs)) + (0.1 if operation.method == method else 0.0)


def _difference(method: str, path: str, operation: Operation, template: str) -> str:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) == len(given):
        for place, (part, asked) in enumerate(zip(wanted, given, strict=True)):
            if not part.startswith("{") and part != asked:
                return f"segment {place} of the path is {asked[:60]!r}, not {part!r}"
        if all(asked or not part.startswith("{") for part, asked in zip(wanted, given, strict=True)):
            return f"the method is {method}, not {operation.method}"
        return "the id in the path is empty"
    if path.rstrip("/") != path and len(path.rstrip("/").split("/")) == len(wanted):
        return "the path has a slash at its end"
    return f"the path has {len(given) - 1} segments, not {len(wanted) - 1}"
