"""Waivers: the known places where a vendor's page contradicts itself or its own service.

The capture states what the page states; a waiver names the deviation, the reason and the page's own words. A finding
that a waiver matches becomes information or is dropped, so that a server is not called wrong for doing what the same
page documents elsewhere.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.contract.findings import EXCHANGE_RULES, Finding
from mockserver.core.pointer import fits_pattern
from mockserver.errors import Location, refuse

_REQUIRED_KEYS: Final = ("rule", "operation", "where", "reason", "page", "quote", "date")
_OPTIONAL_KEYS: Final = ("value", "eras", "effect")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One known deviation."""

    rule: str
    operation: str
    """An operationId, or `*` for all."""
    where: str
    """A JSON pointer into the body, `*` standing for one segment, or a finding's whole `where`."""
    reason: str
    """The reason why the deviation is right."""
    page: str
    """The page that contradicts itself."""
    quote: str
    """The page's own words, short."""
    date: str
    """The date on which it was seen: `2026-07-07`."""
    value: str | None = None
    """The JSON text of the value that is waived; None for any."""
    eras: tuple[str, ...] = ()
    """The eras of which it holds; empty for all."""
    effect: Literal["info", "drop"] = "info"

    def holds_in(self, era: str) -> bool:
        """Return True if the waiver is for that era."""
        return not self.eras or era in self.eras

    def matches(self, finding: Finding) -> bool:
        """Return True if the finding is this deviation."""
        if self.rule != finding.rule or self.operation not in ("*", finding.operation):
            return False
        if self.value not in (None, finding.value):
            return False
        return self.where == finding.where or fits_pattern(finding.pointer, self.where)

    def downgrade(self, finding: Finding) -> Finding:
        """Return the finding as information with the reason as its hint."""
        hint = f"waived since {self.date}: {self.reason} ({self.page}: {self.quote!r})"
        return replace(finding, level="info", hint=hint)


def apply_waivers(findings: Iterable[Finding], waivers: tuple[Waiver, ...]) -> list[Finding]:
    """Return the findings, every waived one as information or left out."""
    kept = []
    for finding in findings:
        # The first waiver that matches decides: the order in the file is the precedence.
        waiver = next((each for each in waivers if each.matches(finding)), None)
        if waiver is None:
            kept.append(finding)
        elif waiver.effect == "info":
            kept.append(waiver.downgrade(finding))
    return kept


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read a file of `waivers:` with a list of mappings. Raises `MockError` CON002, or CON007 for a bad waiver."""
    document = read_yaml_file(path)
    if not isinstance(document, dict) or not isinstance(document.get("waivers"), list):
        raise refuse("CON007", "the file has no list `waivers`", location=Location(str(path)))
    waivers = []
    for index, entry in enumerate(document["waivers"]):
        problem = _waiver_problem(entry)
        if problem is not None:
            pointer = f"/waivers/{index}"
            raise refuse("CON007", f"{pointer}: {problem}", location=Location(str(path), pointer=pointer))
        waivers.append(Waiver(**{**entry, "eras": tuple(entry.get("eras", ()))}))
    return tuple(waivers)


def _waiver_problem(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return "a waiver is a mapping"
    missing = [name for name in _REQUIRED_KEYS if not isinstance(entry.get(name), str)]
    if missing:
        return f"these keys must be texts: {', '.join(missing)}"
    unknown = [name for name in entry if name not in _REQUIRED_KEYS + _OPTIONAL_KEYS]
    if unknown:
        return f"unknown keys: {', '.join(unknown)}"
    if entry["rule"] not in EXCHANGE_RULES:
        return f"there is no rule {entry['rule']!r}"
    if entry.get("effect", "info") not in ("info", "drop"):
        return "`effect` must be info or drop"
    try:
        json.loads(entry.get("value", "null"))
    except (TypeError, ValueError):
        return "`value` must be the JSON text of a value: '\"cancelled\"'"
    return None
