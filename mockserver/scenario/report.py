"""What is wrong with one scenario file, collected: all of it in one run, each with its place, line and caret.

A problem makes its node *bad* (nothing more is said about it) and the nodes around it *unsound*: later checks look
only at sound parts, so that one mistake is told once and the rest of the file is still judged.
"""

import re
from typing import Final

from mockserver.errors import Location, MockError, Problem
from mockserver.scenario.nodes import Node

MOST: Final = 100
"""Problems listed for one file; the rest are counted."""
_WIDEST: Final = 160
"""Columns of an excerpt; a longer line is cut, and left out where the caret would lie beyond."""
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Report:
    """The problems of one file, in the order they were found."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file: Final = file
        self.text = text
        self._lines: list[str] | None = None
        self._problems: list[Problem] = []
        self._unlisted = 0
        self._bad: set[Node] = set()
        self._unsound: set[Node] = set()

    def add(self, code: str, message: str, at: Node, hint: str = "", *, on_key: bool = False) -> None:
        """Note a problem at a node, or at its key; the node is bad from now on."""
        place = at.key if on_key and at.key is not None else at
        self._bad.add(at)
        node: Node | None = at
        while node is not None and node not in self._unsound:
            self._unsound.add(node)
            node = node.parent
        if len(self._problems) < MOST:
            self._problems.append(self._problem(code, message, place.line, place.column, hint, at.pointer))
        else:
            self._unlisted += 1

    def bad(self, node: Node) -> bool:
        """Whether a problem was found at this very node."""
        return node in self._bad

    def sound(self, node: Node) -> bool:
        """Whether no problem was found at the node or anywhere in it."""
        return node not in self._unsound

    def fatal(self, code: str, message: str, line: int = 0, column: int = 0, hint: str = "") -> MockError:
        """The error to raise where reading cannot go on; it carries what was found before."""
        self._problems.append(self._problem(code, message, line, column, hint))
        return self.error()

    def error(self) -> MockError:
        """All problems, in the order of the file."""
        listed = sorted(self._problems, key=lambda problem: (problem.location.line, problem.location.column))
        if self._unlisted:
            listed.append(Problem("SCN012", f"{self._unlisted} more problems are not listed", "", Location(self.file)))
        return MockError(*listed)

    def finish(self) -> None:
        """Raise what was found, if anything was."""
        if self._problems:
            raise self.error()

    def _problem(self, code: str, message: str, line: int, column: int, hint: str, pointer: str = "") -> Problem:
        location = Location(self.file, line, column, pointer)
        return Problem(code, message, hint, location, self._excerpt(line, column))

    def _excerpt(self, line: int, column: int) -> str:
        if self._lines is None:
            self._lines = _BREAK.split(self.text)
        if not 0 < line <= len(self._lines) or column > _WIDEST:
            return ""
        return self._lines[line - 1][:_WIDEST]
