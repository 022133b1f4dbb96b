"""The questions that a draft leaves open, each at the place in the pack where its answer belongs."""

from collections.abc import Mapping
from typing import Final

Path = tuple[str, ...]
"""The keys that lead to a place of the pack."""
MAX_QUESTIONS_PER_PLACE: Final = 5


class Questions:
    """Collects questions and remarks by their places."""

    def __init__(self) -> None:
        self._lines: dict[Path, list[str]] = {}
        self.count = 0
        """How many questions are open."""

    def ask(self, *path: str, question: str) -> None:
        """Ask a question at a place; the same question at the same place is asked once."""
        self._add(path, f"OPEN: {question}")

    def remark(self, *path: str, text: str) -> None:
        """Say at a place where something is from."""
        self._add(path, text)

    def _add(self, path: Path, line: str) -> None:
        lines = self._lines.setdefault(path, [])
        if line in lines or len(lines) >= MAX_QUESTIONS_PER_PLACE:
            return
        lines.append(" ".join(line.split()))
        self.count += line.startswith("OPEN:")

    def comments(self) -> Mapping[Path, list[str]]:
        """Return the lines of comments by place."""
        return self._lines
