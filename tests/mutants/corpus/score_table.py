"""The score as a table of the documentation, between two marks."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tests.mutants.corpus.mutants import VENDORS
from tests.mutants.corpus.score import Score
from tests.support.paths import ROOT

PAGE: Final = ROOT / "docs" / "judging.md"
BEGIN: Final = "<!-- score: made by `make bench-contracts` -->"
END: Final = "<!-- end of score -->"
HEAD: Final = (
    "| kind | what the vendor does wrong | found by | calls | Schemathesis, same answers | Schemathesis, own run |\n"
    "|---|---|---|---|---|---|"
)


class Row(NamedTuple):
    """The results of all tools for one mutant."""

    ours: Score
    same: str
    """The findings of Schemathesis' checks of a response on the same answers; empty for none."""
    own: str
    """Its findings in a run of its own."""


def line(row: Row) -> str:
    """Render one row of the table."""
    ours, mutant = row.ours, row.ours.mutant
    found = f"{ours.rule} | {ours.calls}" if ours.rule else "not found |"
    return f"| {mutant.id} | {mutant.description} | {found} | {row.same} | {row.own} |".replace("  ", " ")


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table of totals, by vendor and for all."""
    yield "| | kinds | found, by the right rule | Schemathesis, same answers | Schemathesis, own run |"
    yield "|---|---|---|---|---|"
    for vendor in (*VENDORS, "all"):
        mine = [row for row in rows if vendor in (row.ours.mutant.vendor, "all")]
        found = [sum(map(bool, column)) for column in zip(*((r.ours.rule, r.same, r.own) for r in mine), strict=True)]
        yield f"| {vendor} | {len(mine)} | {' | '.join(map(str, found or (0, 0, 0)))} |"


def write(measured: str, rows: Sequence[Row]) -> None:
    """Write both tables between the marks of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    text = "\n".join([measured, "", *summary(rows), "", HEAD, *map(line, rows)])
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def written() -> tuple[str, dict[str, list[str]]]:
    """Read the page: the sentence on the measurement, and the cells rule, calls, same answers, own run by mutant."""
    page = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    measured = page.strip().partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in page.splitlines() if row.count("|") == 7]
    return measured, {row[1]: row[3:7] for row in rows if "/" in row[1]}
