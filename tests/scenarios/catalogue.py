"""Writes the page of all bundled scenarios: `python -m tests.scenarios.catalogue`.

First those that say which mistake of a client they catch, by what goes wrong in them, so that a person finds their own
failure; then all of them, vendor by vendor, with their sources.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from mockserver.scenario.model import PlayStep, Scenario
from mockserver.scenario.steps import EVERY_JOB
from tests.support.bundled_scenarios import FILES, scenario
from tests.support.fake_world import VENDORS
from tests.support.paths import ROOT

PAGE: Final = ROOT / "docs" / "scenarios.md"
BEGIN: Final = "<!-- scenarios: begin, written by `python -m tests.scenarios.catalogue` -->"
END: Final = "<!-- scenarios: end -->"


def _goes_wrong(*words: str) -> Callable[[Scenario], bool]:
    """Whether one of these faults is in a scenario."""
    return lambda found: any(effect.word in words for fault in found.script.faults for effect in fault.effects)


def _steps(found: Scenario) -> Iterator[PlayStep]:
    for step in found.play:
        yield from (step, *step.together)


def _raced(found: Scenario) -> bool:
    raced = found.script.cancel is not None and found.script.cancel.race
    return raced or any(step.together or step.moment for step in found.play)


def _refused(found: Scenario) -> bool:
    return bool(found.script.limits) or any(step.expect.status in (401, 429) for step in _steps(found))


def _paid_twice(found: Scenario) -> bool:
    """Whether more than one job is made, and the bookings of more than one are counted."""
    booked = [step for step in found.play if step.ledger]
    made = sum(step.operation.startswith("create") for step in found.play)
    return made > 1 and (any(step.job == EVERY_JOB for step in booked) or len({step.job for step in booked}) > 1)


GROUPS: Final[Mapping[str, Callable[[Scenario], bool]]] = {
    "Webhooks": lambda found: found.script.webhooks is not None,
    "It is paid for twice": _paid_twice,
    "An answer is lost, late or cut": _goes_wrong(
        "drop", "unheard", "silence", "truncate", "length", "delay", "drip", "frames"
    ),
    "What is read is old": _goes_wrong("stale", "unwritten"),
    "The answer cannot be read": _goes_wrong("malformed", "content_type", "charset", "corrupt"),
    "Errors, keys and limits": lambda found: _goes_wrong("status")(found) or _refused(found),
    "Who comes first": _raced,
    "A cancel is refused, or changes nothing": lambda found: any(
        step.operation.startswith("cancel") for step in _steps(found)
    ),
    "Anything else": lambda found: True,
}
"""What goes wrong; a scenario belongs to the first that is true of it."""


def table() -> str:
    """Every bundled scenario: by what goes wrong, then vendor by vendor."""
    return "\n".join([*_failures(), *(line for name in VENDORS for line in _section(name))])


def _failures() -> Iterator[str]:
    yield "## By what goes wrong\n"
    telling = sorted((found for found in map(scenario, FILES) if found.catches), key=lambda row: row.name)
    for title in GROUPS:
        rows = [found for found in telling if group(found) == title]
        if rows:
            yield f"### {title}\n\n| scenario | what happens | what it catches |\n|---|---|---|"
            yield from (_line(_link(row), row.title, row.catches) for row in rows)
            yield ""


def group(found: Scenario) -> str:
    """What goes wrong in a scenario, as the page puts it."""
    return next(title for title, holds in GROUPS.items() if holds(found))


def _section(vendor: str) -> Iterator[str]:
    rows = [found for found in map(scenario, FILES) if found.vendor == vendor]
    yield f"## {VENDORS[vendor].title}\n"
    yield "| scenario | as of | what happens | where it comes from |"
    yield "|---|---|---|---|"
    for row in sorted(rows, key=lambda row: row.name):
        yield _line(_link(row), f"`{row.vendor}@{row.date}`", row.title, row.source)
    yield ""


def _link(found: Scenario) -> str:
    return f"[`{found.name}`](../scenarios/{found.vendor}/{Path(found.path).name})"


def _line(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def page() -> str:
    """The page with its table as it should be."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"{PAGE} has lost its markers"
    assert end, f"{PAGE} has lost its markers"
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
