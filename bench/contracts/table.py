"""The score as a table of the documentation, between two marks."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from bench.contracts.corpus import VENDORS
from bench.contracts.rival import Failed
from bench.contracts.score import Score

PAGE: Final = Path(__file__).parents[2] / "docs" / "judging.md"
BEGIN: Final = "<!-- score: made by `make bench-contracts` -->"
END: Final = "<!-- end of score -->"


class Row(NamedTuple):
    """One kind, and who has found it."""

    ours: Score
    same: tuple[Failed, ...]
    """What Schemathesis' checks of a response find on the same answers."""
    own: tuple[Failed, ...]
    """What it finds in a run of its own."""


def line(row: Row) -> str:
    """One row of the table."""
    ours, kind = row.ours, row.ours.kind
    found = ours.rule or "not found"
    return f"| {kind.id} | {kind.says} | {found} | {ours.calls or ''} | {_names(row.same)} | {_names(row.own)} |"


def _names(failed: tuple[Failed, ...]) -> str:
    return ", ".join(dict.fromkeys(name for name, _ in failed))


HEAD: Final = (
    "| kind | what the vendor does wrong | found by | calls | Schemathesis, same answers | Schemathesis, own run |\n"
    "|---|---|---|---|---|---|"
)


def summary(rows: Iterable[Row]) -> Iterator[str]:
    """Found k of n, for each vendor and for all."""
    rows = list(rows)
    yield "| | kinds | found, by the right rule | Schemathesis, same answers | Schemathesis, own run |"
    yield "|---|---|---|---|---|"
    for vendor in (*VENDORS, "all"):
        mine = [row for row in rows if vendor in (row.ours.kind.vendor, "all")]
        found = (sum(bool(row.ours.rule) for row in mine), sum(map(bool, (row.same for row in mine))))
        yield f"| {vendor} | {len(mine)} | {found[0]} | {found[1]} | {sum(bool(row.own) for row in mine)} |"


def write(text: str) -> None:
    """Put it between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def written() -> dict[str, tuple[str, str]]:
    """What the page says: by kind, the rule and the number of calls."""
    page = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in page.splitlines() if line.count("|") == 7]
    return {row[1]: (row[3], row[4]) for row in rows if "/" in row[1]}
