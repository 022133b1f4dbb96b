"""Markdown that generated pages are made of."""

from collections.abc import Iterable, Sequence

HEADER = "<!-- Made by `python -m docs._ext.reference`. Do not edit. -->\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Render a table; a bar or a line break in a cell is escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return [*lines, ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
