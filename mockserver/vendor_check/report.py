"""Renders what the check of a vendor found, as text and as JSON."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.core.text import pluralize
from mockserver.vendor_check.duty import BROKEN, HOLDS, INCONCLUSIVE, CheckedDuties, Duty, DutyCase
from mockserver.vendor_check.pack_fixes import PACK_FIXES

FORMAT_VERSION: Final = 1
"""Version of the JSON report."""
NEED_KEY: Final = frozenset(
    {"examples-accepted", "cancels-by-table", "cancels-by-scenario", "jobs-listed", "deleted-jobs-gone"}
)
"""Duties that break where the key is refused."""
MAX_CASES: Final = 4
"""Cases of a broken duty that the text shows; the JSON has them all."""


def report_text(name: str, checked: Sequence[CheckedDuties], pack: Path | None = None) -> str:
    """Render a line for each era, then each broken duty once, with its first cases and how to fix it.

    `pack` is the file of a vendor that is a pack: the advice is in its words.
    """
    lines = [_era_line(era) for era in checked]
    broken = dict.fromkeys(result.duty for era in checked for result in era.results if result.broken)
    for duty in broken:
        lines += ["", f"error {duty.id}: {duty.sentence}", *_case_lines(duty, checked)]
        rows = [("fix", fix_of(duty, checked, pack)), ("rerun", f"mockserver vendor check {name}")]
        if pack is not None:
            rows.insert(0, ("pack", str(pack)))
        lines += [_row(*row) for row in rows]
    return "\n".join(lines)


def fix_of(duty: Duty, checked: Sequence[CheckedDuties], pack: Path | None) -> str:
    """Return how to keep a duty, in the words of a pack if the vendor is one; first of all, how its key is accepted."""
    broken = [era for era in checked if any(each.duty is duty and each.broken for each in era.results)]
    if duty.id in NEED_KEY and broken and all(era.refused_key for era in broken):
        place = "`Era.parse_api_key` or `Era.auth_headers`" if pack is None else "`key`"
        return f"The key is refused: correct {place}. Sent: `{broken[0].refused_key}`."
    return duty.fix if pack is None else PACK_FIXES.get(duty.id, duty.fix)


def _era_line(era: CheckedDuties) -> str:
    cases = sum(result.cases for result in era.results)
    broken = era.count(BROKEN)
    word = "error" if broken else "ok"
    line = f"{word} {era.pin}: {era.count(HOLDS)} of {pluralize(len(era.results), 'duty')} hold, in {cases:,} cases"
    if broken:
        line += f", {broken} broken"
    untried = [result.duty.id for result in era.results if result.outcome == INCONCLUSIVE]
    if untried:
        line += f"; nothing to try for {', '.join(untried)}"
    return line


def _case_lines(duty: Duty, checked: Sequence[CheckedDuties]) -> Iterator[str]:
    """Yield the lines of a duty's broken cases, each case once with the eras that have it."""
    pins: dict[DutyCase, list[str]] = {}
    for era in checked:
        for result in era.results:
            if result.duty is duty:
                for case in result.broken:
                    pins.setdefault(case, []).append(era.pin)
    for case in list(pins)[:MAX_CASES]:
        yield _row("where", f"{', '.join(pins[case])}: {case.where}")
        yield _row("found", case.found)
    if len(pins) > MAX_CASES:
        yield _row("more", f"{pluralize(len(pins) - MAX_CASES, 'case')}, which --json prints")


def _row(name: str, value: str) -> str:
    return f"    {name:<9} {value}"


def report_object(name: str, checked: Sequence[CheckedDuties], pack: Path | None = None) -> dict[str, Any]:
    """Return the report as JSON: `{version, vendor, duties: [...], eras: [{pin, results: [...]}]}`.

    `pack` is that of `report_text`.
    """
    duties = dict.fromkeys(result.duty for era in checked for result in era.results)
    return {
        "version": FORMAT_VERSION,
        "vendor": name,
        "duties": [{"id": duty.id, "sentence": duty.sentence, "fix": fix_of(duty, checked, pack)} for duty in duties],
        "eras": [
            {
                "pin": era.pin,
                "results": [
                    {
                        "duty": result.duty.id,
                        "outcome": result.outcome,
                        "cases": result.cases,
                        "broken": [case._asdict() for case in result.broken],
                    }
                    for result in era.results
                ],
            }
            for era in checked
        ],
    }
