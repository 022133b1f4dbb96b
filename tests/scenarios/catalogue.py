"""Generate the tables in `docs/scenarios.md`: `python -m tests.scenarios.catalogue`.

The first tables list the scenarios with a `catches` text by kind of failure, so that a reader finds their own failure.
The tables after them list every scenario of each vendor with its source.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import PlayStep
from mockserver.scenario.steps import EVERY_JOB
from tests.support.bundled_scenarios import FILES, scenario
from tests.support.fake_world import VENDORS
from tests.support.paths import ROOT

PAGE: Final = ROOT / "docs" / "scenarios.md"
BEGIN: Final = "<!-- scenarios: begin, written by `python -m tests.scenarios.catalogue` -->"
END: Final = "<!-- scenarios: end -->"


def _has_fault(*words: str) -> Callable[[Scenario], bool]:
    """Return a predicate: the scenario injects at least one of the fault types `words`."""
    return lambda found: any(effect.keyword in words for fault in found.script.faults for effect in fault.effects)


def _steps(found: Scenario) -> Iterator[PlayStep]:
    for step in found.play:
        yield from (step, *step.together)


def _raced(found: Scenario) -> bool:
    raced = any(cancel.race for cancel in found.script.cancels.values())
    return raced or any(step.together or step.relative_time for step in found.play)


def _refused(found: Scenario) -> bool:
    return bool(found.script.limits) or any(step.expect.status in (401, 429) for step in _steps(found))


def _paid_twice(found: Scenario) -> bool:
    """Return True if the play creates several jobs and checks the ledger of more than one of them."""
    booked = [step for step in found.play if step.ledger]
    made = sum((step.operation or "").startswith("create") for step in found.play)
    return made > 1 and (any(step.job == EVERY_JOB for step in booked) or len({step.job for step in booked}) > 1)


GROUPS: Final[Mapping[str, Callable[[Scenario], bool]]] = {
    "Webhooks": lambda found: found.script.webhook_endpoint is not None,
    "Duplicate charges": _paid_twice,
    "Lost, late or truncated responses": _has_fault(
        "drop", "unheard", "silence", "truncate", "length", "delay", "drip", "frames"
    ),
    "Stale reads": _has_fault("stale", "unwritten"),
    "Unreadable responses": _has_fault("malformed", "content_type", "charset", "corrupt"),
    "Errors, keys and limits": lambda found: _has_fault("status")(found) or _refused(found),
    "Races": _raced,
    "Refused or ineffective cancels": lambda found: any(
        (step.operation or "").startswith("cancel") for step in _steps(found)
    ),
    "Other failures": lambda found: True,
}
"""Heading of each failure group and its predicate; a scenario belongs to the first group whose predicate holds."""


def table() -> str:
    """Return the tables as Markdown: by kind of failure, then by vendor."""
    return "\n".join([*_failures(), *(line for name in VENDORS for line in _section(name))])


def _failures() -> Iterator[str]:
    yield "## By failure\n"
    catching = sorted((found for found in map(scenario, FILES) if found.catches), key=lambda row: row.name)
    for title in GROUPS:
        rows = [found for found in catching if group(found) == title]
        if rows:
            yield f"### {title}\n\n| scenario | what happens | catches |\n|---|---|---|"
            yield from (_line(_link(row), row.title, row.catches) for row in rows)
            yield ""


def group(found: Scenario) -> str:
    """Return the heading of the failure group of a scenario."""
    return next(title for title, holds in GROUPS.items() if holds(found))


def _section(vendor: str) -> Iterator[str]:
    rows = [found for found in map(scenario, FILES) if found.vendor == vendor]
    yield f"## {VENDORS[vendor].title}\n"
    yield "| scenario | era | what happens | source |"
    yield "|---|---|---|---|"
    for row in sorted(rows, key=lambda row: row.name):
        yield _line(_link(row), f"`{row.vendor}@{row.date}`", row.title, row.source)
    yield ""


def _link(found: Scenario) -> str:
    return f"[`{found.name}`](../scenarios/{found.vendor}/{Path(found.path).name})"


def _line(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def page() -> str:
    """Return the current page with its tables generated again; the text outside the markers stays."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"{PAGE} has lost its markers"
    assert end, f"{PAGE} has lost its markers"
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
