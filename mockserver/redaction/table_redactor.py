"""Replaces the secrets in a table (CSV, tabs, semicolons): the cells of the columns whose heading names a secret."""

import re
from functools import cache, partial
from typing import Final

from mockserver.redaction import secret_names
from mockserver.redaction.hider import SecretHider, hide_named, replace_stripped

_DELIMITERS: Final = (",", ";", "\t", "|")
_MAX_HEADINGS: Final = 10_000
"""Characters of a first line that may be headings."""
_HEADING: Final = re.compile(r"[A-Za-z_][\w .()-]{0,80}")
_ONLY_HEADING: Final = re.compile(r"[A-Za-z_][\w.]{0,80}")
"""A heading without others beside it, which is not the first line of a text."""


def headings_of(text: str) -> tuple[str, list[str]] | None:
    """Return the delimiter and the headings of a table with a column of secrets; None for any other text."""
    first, newline, _ = text.partition("\n")
    if not newline or len(first) > _MAX_HEADINGS:
        return None
    line = first.rstrip("\r")
    delimiter = max(_DELIMITERS, key=line.count)
    headings = [cell.strip().removeprefix('"').removesuffix('"').strip() for cell in line.split(delimiter)]
    pattern = _HEADING if len(headings) > 1 else _ONLY_HEADING
    if all(map(pattern.fullmatch, headings)) and any(map(secret_names.is_secret_field, headings)):
        return delimiter, headings
    return None


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    """Return the pattern of a cell, quoted or not (it may be quoted and broken), and of its end."""
    bare = rf"[^{re.escape(delimiter)}\r\n]*+"
    return re.compile(rf'("(?:[^"]|"")*+"?+{bare}|{bare})({re.escape(delimiter)}|\r?\n|\r|\Z)')


def redact_table(hider: SecretHider, text: str, delimiter: str, headings: list[str]) -> str:
    """Return the table with placeholders in its columns of secrets; the other cells are not looked at."""
    out: list[str] = []
    row, column = 0, 0
    for match in _cell_pattern(delimiter).finditer(text):
        cell, end = match.groups()
        if row and column < len(headings):
            cell = replace_stripped(cell, partial(_redact_cell, hider, headings[column]))
        out += (cell, end)
        column += 1
        if end != delimiter:
            row, column = row + 1, 0
    return "".join(out)


def _redact_cell(hider: SecretHider, heading: str, cell: str) -> str:
    if cell[:1] != '"':
        return hide_named(hider, heading, cell)
    quoted = cell.removeprefix('"').removesuffix('"')
    return f'"{hide_named(hider, heading, quoted)}"'
