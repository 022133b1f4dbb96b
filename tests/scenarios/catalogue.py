"""Writes the page of all bundled scenarios: `python -m tests.scenarios.catalogue`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mockserver.scenario.model import Scenario
from tests.judging import VENDORS
from tests.scenarios.bundled import FILES, scenario

PAGE: Final = Path(__file__).parents[2] / "docs" / "scenarios.md"
BEGIN: Final = "<!-- scenarios: begin, written by `python -m tests.scenarios.catalogue` -->"
END: Final = "<!-- scenarios: end -->"


def table() -> str:
    """Every bundled scenario, vendor by vendor."""
    return "\n".join(line for name in VENDORS for line in _section(name))


def _section(vendor: str) -> Iterator[str]:
    rows = [found for found in map(scenario, FILES) if found.vendor == vendor]
    yield f"## {VENDORS[vendor].title}\n"
    yield "| scenario | as of | what happens | where it comes from |"
    yield "|---|---|---|---|"
    yield from map(_row, sorted(rows, key=lambda row: row.name))
    yield ""


def _row(found: Scenario) -> str:
    link = f"[`{found.name}`](../scenarios/{found.vendor}/{Path(found.path).name})"
    cells = (link, f"`{found.vendor}@{found.date}`", _cell(found.title), _cell(found.source))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page() -> str:
    """The page with its table as it should be."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"{PAGE} has lost its markers"
    assert end, f"{PAGE} has lost its markers"
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
