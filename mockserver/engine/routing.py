"""From a method and a path to an operation, and, where there is none, to the nearest one and what differs.

A path is split before it is percent-decoded, so an id may hold an encoded slash. A literal segment wins over a
parameter among the templates that have the method: DELETE /videos/models deletes the video called models.
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
        self._methods = sorted({operation.method for operation in self._operations})
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
        return self._find("GET" if method == "HEAD" else method, path) or self._miss(method, path)

    def polls(self, path: str) -> bool:
        """Whether a GET of the path asks one job's status."""
        found = self._find("GET", path)
        return found is not None and found.operation.polls

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods a path has, in alphabetical order."""
        return tuple(method for method in self._methods if self._find(method, path) is not None)

    def _find(self, method: str, path: str) -> Match | None:
        segments = path.split("/")[1:]
        return _walk(self._root, method, list(map(unquote, segments)) if "%" in path else segments, ())

    def _miss(self, method: str, path: str) -> Miss:
        allowed = self.allowed(path)
        ranked = sorted(
            (
                (_likeness(method, path, operation, template), operation, template)
                for operation in self._operations
                for template in (operation.path, *operation.aliases)
            ),
            key=lambda entry: -entry[0],
        )
        if not ranked:
            return Miss(allowed, None, "this era has no operations")
        _, operation, template = ranked[0]
        return Miss(allowed, operation, _difference(method, path, operation, template))


def _walk(node: _Node, method: str, segments: list[str], values: tuple[str, ...]) -> Match | None:
    if not segments:
        found = node.operations.get(method)
        return Match(found[0], dict(zip(found[1], values, strict=True))) if found is not None else None
    head, rest = segments[0], segments[1:]
    if head in node.literal:
        match = _walk(node.literal[head], method, rest, values)
        if match is not None:
            return match
    if node.wild is not None and head:
        return _walk(node.wild, method, rest, (*values, head))
    return None


def _likeness(method: str, path: str, operation: Operation, template: str) -> float:
    """How alike they are, read from their starts or from their ends, whichever is more; the method breaks a tie."""
    mine, theirs = path.split("/")[1:], template.split("/")[1:]
    same = max(
        sum(map(_alike, mine, theirs)),
        sum(map(_alike, reversed(mine), reversed(theirs))),
    )
    return same / max(len(mine), len(theirs), 1) + (0.01 if operation.method == method else 0.0)


def _alike(mine: str, theirs: str) -> float:
    """A parameter takes anything, which proves less than a literal that is the same."""
    if theirs.startswith("{"):
        return 0.5 if mine else 0.0
    return 1.0 if mine == theirs else SequenceMatcher(None, mine[:80], theirs).ratio()


def _difference(method: str, path: str, operation: Operation, template: str) -> str:
    wanted, given = template.split("/")[1:], path.split("/")[1:]
    more = len(given) - len(wanted)
    if more < 0 and _fits(wanted[-more:], given):
        return f"the path lacks {_joined(wanted[:-more])} at its start"
    if more > 0 and _fits(wanted, given[more:]):
        return f"the path has {_joined(given[:more])} too much at its start"
    if more == 1 and not given[-1]:
        return "the path has a slash at its end"
    if more:
        return f"the path has {len(given)} segments, not {len(wanted)}"
    for place, (part, asked) in enumerate(zip(wanted, given, strict=True), 1):
        if not part.startswith("{") and part != asked:
            return f"segment {place} of the path is {asked[:60]!r}, not {part!r}"
    return f"the method is {method}, not {operation.method}" if _fits(wanted, given) else "the id in the path is empty"


def _fits(wanted: list[str], given: list[str]) -> bool:
    return all(
        asked != "" if part.startswith("{") else part == asked for part, asked in zip(wanted, given, strict=True)
    )


def _joined(segments: list[str]) -> str:
    return repr("/" + "/".join(segments)[:60])
