"""Waivers: the places where a vendor's page contradicts itself or its own service, written down one by one.

The capture keeps what the page says; a waiver names the deviation, the reason and the page's own words. A finding it
fits is kept as information or dropped, so that nobody is called wrong for doing what the same page asks elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.contract.findings import EXCHANGE_RULES, Finding
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
    """Why the deviation is right, in our words."""
    page: str
    """The page that contradicts itself."""
    quote: str
    """The page's own words, short."""
    date: str
    """When it was seen: `2026-07-07`."""
    value: str | None = None
    """The JSON text of the value it is for; None for any."""
    eras: tuple[str, ...] = ()
    """The eras it holds in; empty for all."""
    effect: Literal["info", "drop"] = "info"

    def holds_in(self, era: str) -> bool:
        """Whether it is for that era."""
        return not self.eras or era in self.eras

    def matches(self, finding: Finding) -> bool:
        """Whether the finding is this very deviation."""
        return (
            self.rule == finding.rule
            and self.operation in ("*", finding.operation)
            and (self.where == finding.where or _place_matches(self.where, finding.pointer))
            and self.value in (None, finding.value)
        )

    def downgrade(self, finding: Finding) -> Finding:
        """The finding as information that carries the reason."""
        hint = f"waived since {self.date}: {self.reason} ({self.page}: {self.quote!r})"
        return replace(finding, level="info", hint=hint)


def apply_waivers(findings: Iterable[Finding], waivers: tuple[Waiver, ...]) -> list[Finding]:
    """The findings with every waived one turned into information, or left out."""
    kept = []
    for finding in findings:
        waiver = next((each for each in waivers if each.matches(finding)), None)
        if waiver is None:
            kept.append(finding)
        elif waiver.effect == "info":
            kept.append(waiver.downgrade(finding))
    return kept


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file: `waivers:` with a list of mappings. Raises `MockError` (`CON007`)."""
    document = read_yaml_file(path)
    entries = document.get("waivers") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise refuse("CON007", "the file has no list `waivers`", "", Location(str(path)))
    return tuple(_parse_waiver(entry, f"/waivers/{index}", str(path)) for index, entry in enumerate(entries))


def _parse_waiver(entry: Any, pointer: str, file: str) -> Waiver:
    wrong = _waiver_problem(entry)
    if wrong:
        raise refuse("CON007", f"{pointer}: {wrong}", "", Location(file, pointer=pointer))
    return Waiver(**{**entry, "eras": tuple(entry.get("eras", ()))})


def _waiver_problem(entry: Any) -> str:
    """What is wrong with one entry, or nothing."""
    import json

    if not isinstance(entry, dict):
        return "a waiver is a mapping"
    missing = [name for name in _REQUIRED_KEYS if not isinstance(entry.get(name), str)]
    if missing:
        return f"these must be texts: {', '.join(missing)}"
    unknown = [name for name in entry if name not in _REQUIRED_KEYS + _OPTIONAL_KEYS]
    if unknown:
        return f"unknown keys: {', '.join(unknown)}"
    if entry["rule"] not in EXCHANGE_RULES:
        return f"there is no rule {entry['rule']!r}"
    if entry.get("effect", "info") not in ("info", "drop"):
        return "`effect` is info or drop"
    try:
        json.loads(entry.get("value", "null"))
    except (TypeError, ValueError):
        return "`value` is the JSON text of a value: '\"cancelled\"'"
    return ""


def _place_matches(pattern: str, pointer: str) -> bool:
    wanted, given = pattern.split("/"), pointer.split("/")
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))
