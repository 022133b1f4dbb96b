"""Tables on a terminal: aligned, folded where it is narrow, styled."""

import pytest

from mockserver.cli.styles import Line, Span
from mockserver.cli.tables import Table, table_lines

TITLES = ("name", "state", "note")


def texts(lines: list[Line]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_trails():
    rows = [("a", "completed", ""), ("longer", "queued", "late")]
    assert texts(table_lines(TITLES, rows, None)) == [
        "name    state      note",
        "a       completed",
        "longer  queued     late",
    ]


def test_without_rows_there_are_no_titles():
    assert table_lines(TITLES, [], 80) == []


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (17, ["name  state", "    note", "a     queued", "    late", "b     queued"]),
        (12, ["name  state", "    note", "a     queued", "    late", "b     queued"]),
        (11, ["name", "    state", "    note", "a", "    queued", "    late", "b", "    queued"]),
        (1, ["name", "    state", "    note", "a", "    queued", "    late", "b", "    queued"]),
        (18, ["name  state   note", "a     queued  late", "b     queued"]),
    ],
)
def test_what_does_not_fit_continues_below_and_nothing_is_cut_off(width, lines):
    rows = [("a", "queued", "late"), ("b", "queued", "")]
    assert texts(table_lines(TITLES, rows, width)) == lines


def test_a_later_batch_can_only_widen_columns():
    table = Table(TITLES, None, (6,))
    assert texts(table.lines([("a", "b", "c")])) == ["a       b      c"]
    assert texts(table.lines([("a", "completed", "c")])) == ["a       completed  c"]
    assert texts(table.lines([("a", "b", "c")])) == ["a       b          c"]


def test_cells_are_styled_without_their_padding():
    assert table_lines(("state", "note"), [(Span("ok", "green"), "x")], None)[1] == (
        Span("ok", "green"),
        Span("     "),
        Span("x"),
    )


def test_control_codes_count_as_they_are_printed():
    assert texts(table_lines(("name", "note"), [("a\x1b", "x"), ("b", "y")], None))[1:] == ["a\\x1b  x", "b      y"]
