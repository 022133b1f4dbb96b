"""Our own mistakes, and our users': one exception, one value a problem, and the catalogue of codes.

A vendor's error is a rendered answer and a broken rule is a finding; neither is ever raised. What is raised is a
`MockError`: one or more `Problem`s, each saying what was found, where, what is allowed and how to mend it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file (`line` and `column` count from 1) or in a document (`pointer`, RFC 6901)."""

    file: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return place or self.pointer or "-"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    code: str
    message: str
    hint: str = ""
    """How to mend it, one sentence."""
    location: Location = Location()
    excerpt: str = ""
    """The offending source line."""

    def text(self) -> str:
        """For a terminal: the place, the message, the line with a caret, the hint."""
        lines = [f"{self.location}: {self.code} {self.message}"]
        if self.excerpt:
            tab_safe = "".join("\t" if c == "\t" else " " for c in self.excerpt[: self.location.column - 1])
            lines += [f"    {self.excerpt}", f"    {tab_safe}^"]
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        """For a program: `{code, message, hint, file, line, column, pointer}`."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "pointer": self.location.pointer,
        }


class MockError(Exception):
    """One or more problems; the command prints them all and exits 2."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(problem.text() for problem in problems))
        self.problems: Final = problems


def refuse(code: str, message: str, hint: str = "", location: Location | None = None) -> MockError:
    """A `MockError` of one problem."""
    return MockError(Problem(code, message, hint, location or Location()))


def nearest(word: str, candidates: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the closest candidate, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


CODES: Final[dict[str, str]] = {}
"""Every code a `Problem` can carry, with a sentence: `docs/errors.md` is generated from it."""
