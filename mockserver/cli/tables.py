"""Aligned columns for a terminal, for a pipe, and for lines that come one after another.

Nothing is cut off: where a row is wider than the terminal, its last columns continue on indented lines below it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mockserver.cli.styles import Line, Span
from mockserver.errors import escape_unprintable

Cell = str | Span
_TITLE_STYLE: Final = "dim"
_GAP: Final = "  "
_INDENT: Final = "    "


class Table:
    """Columns that are as wide as the widest cell so far: a later batch of rows can only widen them."""

    def __init__(self, titles: Sequence[str], width: int | None, min_widths: Sequence[int] = ()) -> None:
        """`width`: characters of a line on the terminal; None if there is no limit. `min_widths`: of the columns."""
        self._titles = titles
        self._width = width
        self._widths = [len(title) for title in titles]
        for column, min_width in enumerate(min_widths):
            self._widths[column] = max(self._widths[column], min_width)

    def title_lines(self) -> list[Line]:
        """Return the line of titles, for the widths so far."""
        return list(self._row_lines([Span(title, _TITLE_STYLE) for title in self._titles]))

    def lines(self, rows: Iterable[Sequence[Cell]]) -> list[Line]:
        """Return the lines of some rows; each row has a cell for each title."""
        batch = [[printed_cell(cell) for cell in row] for row in rows]
        for row in batch:
            self._widths = [max(width, len(cell.text)) for width, cell in zip(self._widths, row, strict=True)]
        return [line for row in batch for line in self._row_lines(row)]

    def _row_lines(self, row: Sequence[Span]) -> Iterator[Line]:
        for first, end in self._folds():
            cells = list(row[first:end])
            # Nothing stands behind the last text of a line.
            while cells and not cells[-1].text:
                cells.pop()
            spans = [Span(_INDENT)] if first else []
            for cell, width in zip(cells[:-1], self._widths[first:], strict=False):
                spans += [cell, Span(" " * (width - len(cell.text)) + _GAP)]
            # A continued row without anything in its last columns needs no line for them.
            if cells or not first:
                yield (*spans, *cells[-1:])

    def _folds(self) -> Iterator[tuple[int, int]]:
        """Yield the columns of each line of a row, as the first one and the one behind the last."""
        first, used = 0, 0
        for column, width in enumerate(self._widths):
            needed = used + len(_GAP) + width
            if self._width is not None and column > first and needed > self._width:
                yield first, column
                first, used = column, len(_INDENT) + width
            else:
                used = needed if column else width
        yield first, len(self._widths)


def printed_cell(cell: Cell) -> Span:
    """Return a cell as it is printed, so that its width is known."""
    text, style = cell if isinstance(cell, Span) else Span(cell)
    return Span(escape_unprintable(text), style)


def table_lines(titles: Sequence[str], rows: Iterable[Sequence[Cell]], width: int | None) -> list[Line]:
    """Return a whole table with its titles; nothing if there is no row. `width` as for `Table`."""
    table = Table(titles, width)
    body = table.lines(rows)
    if not body:
        return []
    return [*table.title_lines(), *body]
