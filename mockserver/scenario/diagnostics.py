"""Collects the problems of one scenario file: all of them in one run, each with its place, line and caret.

A node with a problem has an *error*, and the nodes around it are no longer *clean*: later checks look only at clean
parts, so that one mistake is reported once and the rest of the file is still checked.
"""

import re
from typing import Final

from mockserver.errors import Location, MockError, Problem
from mockserver.scenario.nodes import Node

MAX_LISTED: Final = 100
"""Problems listed for one file; the rest are counted."""
_MAX_EXCERPT: Final = 160
"""Columns of an excerpt; a longer line is truncated, and left out where the caret would lie beyond."""
LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Diagnostics:
    """The problems of one file, in the order they were found."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file: Final = file
        self.text = text
        self._lines: list[str] | None = None
        self._problems: list[tuple[int, int, Problem]] = []
        """Line, column (of decoded JSON: 0, and the number of the node) and the problem."""
        self._nodes: list[Node | None] = []
        """The node of each problem; None for one that ended the reading."""
        self._unlisted = 0
        self._with_error: set[Node] = set()
        self._not_clean: set[Node] = set()

    def add(self, code: str, message: str, at: Node, hint: str = "", *, on_key: bool = False) -> None:
        """Add a problem at a node, or at its key."""
        place = at
        if on_key and at.key is not None:
            place = at.key
        self._with_error.add(at)
        # A node that is not clean has ancestors that are not clean: the walk upwards can stop there.
        node: Node | None = at
        while node is not None and node not in self._not_clean:
            self._not_clean.add(node)
            node = node.parent
        if len(self._problems) < MAX_LISTED:
            self._append(code, message, place.line, place.column, hint=hint, pointer=at.pointer, node=at)
        else:
            self._unlisted += 1

    def has_error(self, node: Node) -> bool:
        """Return whether this very node has a problem."""
        return node in self._with_error

    def codes_at(self, node: Node) -> set[str]:
        """Return the codes of the problems of this very node."""
        return {found[-1].code for found, each in zip(self._problems, self._nodes, strict=True) if each is node}

    def forget(self, node: Node) -> None:
        """Drop the problems of a node and of everything in it: they follow from one that is about to be reported."""
        dropped = set(node.walk())
        kept = [place for place, each in enumerate(self._nodes) if each not in dropped]
        self._problems = [self._problems[place] for place in kept]
        self._nodes = [self._nodes[place] for place in kept]

    def is_clean(self, node: Node) -> bool:
        """Return whether neither the node nor anything in it has a problem."""
        return node not in self._not_clean

    def fatal(self, code: str, message: str, line: int = 0, column: int = 0, hint: str = "") -> MockError:
        """Return the error to raise where reading cannot go on; it includes the problems found before."""
        self._append(code, message, line, column, hint=hint)
        return self.error()

    def error(self) -> MockError:
        """Return an error with all problems, in the order of the file."""
        # The phases of the compiler find problems out of order.
        listed = [problem for *_, problem in sorted(self._problems, key=lambda found: found[:2])]
        if self._unlisted:
            listed.append(Problem("SCN012", f"{self._unlisted} more problems are not listed", "", Location(self.file)))
        return MockError(*listed)

    def raise_if_any(self) -> None:
        """Raise `MockError` with all problems, if there are any."""
        if self._problems:
            raise self.error()

    def _append(
        self, code: str, message: str, line: int, column: int, *, hint: str, pointer: str = "", node: Node | None = None
    ) -> None:
        location = Location(self.file, line, column if line else 0, pointer)
        if self._lines is None:
            self._lines = LINE_BREAK.split(self.text)
        excerpt = ""
        if 0 < line <= len(self._lines) and column <= _MAX_EXCERPT:
            excerpt = self._lines[line - 1][:_MAX_EXCERPT]
        self._problems.append((line, column, Problem(code, message, hint, location, excerpt)))
        self._nodes.append(node)
