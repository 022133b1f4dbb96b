"""Keeps what can be read of a pack whose form has problems, so that its names are checked in the same run.

A part with a problem is left out, and then each part that cannot be without it, until the grammar accepts the rest. A
name that stands in what is left out may be defined there: nothing is said about it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from mockserver.errors import Problem
from mockserver.packs.grammar import PACK
from mockserver.packs.node_access import split_group
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node

_ABOUT_NAMES: Final = frozenset({"PCK001", "PCK002", "PCK003", "PCK004", "PCK026", "SCN043"})
"""Codes of what a left out part does not cause, except where it defines the name itself."""
_NAME: Final = re.compile(r"'([^']*)'|`\$\w+\.([^`]*)`")


class ReadablePart:
    """What can be read of the eras of a pack."""

    def __init__(self, roots: Iterable[tuple[str, Node]], diagnostics: Diagnostics) -> None:
        self._left_out: set[str] = set()
        kept = ((date, self._keep(root, diagnostics)) for date, root in roots)
        self.roots: Final = {date: root for date, root in kept if root is not None}

    def certain(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems about names that are wrong whatever the parts that are left out should say."""
        codes = set(_ABOUT_NAMES)
        if "operations" in self._left_out:
            # A call that is left out may be a create with fields of its own.
            codes.remove("PCK026")
        return [each for each in problems if each.code in codes and self._left_out.isdisjoint(_named(each))]

    def _keep(self, kept: Node | None, found: Diagnostics) -> Node | None:
        """Return what the grammar accepts of an era; None where nothing is left."""
        while kept is not None and found.error().problems:
            kept = self._without_errors(kept, found)
            if kept is not None:
                found = Diagnostics(found.file)
                PACK.check(kept, found)
        return kept

    def _without_errors(self, node: Node, found: Diagnostics) -> Node | None:
        """Return a copy of a node without the parts that have a problem; None where the node has one itself."""
        if found.has_error(node):
            self._left_out.update(_texts(node), node.pointer.split("/"))
            return None
        entries = ((key, self._without_errors(value, found)) for key, value in node.entries)
        items = (self._without_errors(item, found) for item in node.items)
        return replace(
            node,
            entries=[(key, value) for key, value in entries if value is not None],
            items=[item for item in items if item is not None],
        )


def _named(problem: Problem) -> Iterator[str]:
    """Yield the names that a problem is about."""
    for quoted, of_a_value in _NAME.findall(problem.message.partition(" (did you mean ")[0]):
        yield quoted or of_a_value


def _texts(node: Node) -> Iterator[str]:
    """Yield all keys and texts in a node, and its own key."""
    for each in node.walk():
        yield from (*split_group(str(each.path_segment)), each.text)
