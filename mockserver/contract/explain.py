"""Explains rules: one at a time for a terminal, and all of them as a page of the documentation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mockserver.contract.documents.capture import captured_vendors
from mockserver.contract.findings import Level
from mockserver.contract.rules.rule_set import ContractRule, all_rules
from mockserver.errors import did_you_mean, refuse

MARKER: Final = "<!-- Made from contracts/ by mockserver.contract.explain. Do not edit. -->"
_LEVEL_MEANINGS: Final[dict[Level, str]] = {
    "error": "error: documented",
    "warning": "warning: inferred, or ambiguous on the page",
    "info": "information",
}
_TITLES: Final = {"": "Every vendor"}


def explain_rule(rule_id: str, root: Path | None = None) -> str:
    """What a rule says, on whose word, what breaks it, and how it is judged.

    Raises `MockError` (`CLI003`) for an id that no rule has, naming the nearest.
    """
    rules = {rule.id: (vendor, rule) for vendor, rule in all_rules(root)}
    wanted = rule_id.strip()
    found = rules.get(wanted) or rules.get(wanted[:1].upper() + wanted[1:].lower())
    if found is None:
        raise refuse("CLI003", f"no rule is called {rule_id[:40]!r}{did_you_mean(wanted, rules)}")
    vendor, rule = found
    rows = (
        ("level", _LEVEL_MEANINGS[rule.level]),
        ("vendor", vendor or "every one"),
        ("eras", ", ".join(rule.eras) or "all"),
        ("job", rule.resource_kind),
        ("source", rule.source),
        ("example", rule.example),
        ("judged", rule.method),
        ("rule", rule.location),
    )
    return "\n".join([f"{rule.id}: {rule.statement}", *(f"    {name:<8} {value}" for name, value in rows if value)])


def rule_ids(root: Path | None = None) -> tuple[str, ...]:
    """Every rule's id, the vendors' first."""
    return tuple(rule.id for _, rule in all_rules(root))


def rules_page(root: Path | None = None) -> str:
    """docs/rules.md: every rule of every vendor."""
    return "\n".join(_rules_page_lines(root)) + "\n"


def _rules_page_lines(root: Path | None) -> Iterator[str]:
    yield from (MARKER, "", "# Rules", "")
    yield "What the contracts hold servers to, beyond the schemas of the captures: an error (E) is documented, a"
    yield "warning (W) inferred or ambiguous, information (I) held against nobody. `mockserver explain T13` prints one."
    everything = list(all_rules(root))
    for vendor in (*captured_vendors(root), ""):
        yield from ("", f"## {_TITLES.get(vendor, vendor)}", "", "| rule | | must hold | source | breaks it | eras |")
        yield "|---|---|---|---|---|---|"
        yield from (_rule_row(rule) for whose, rule in everything if whose == vendor)
    yield from ("", "## How they are judged", "", "| how | rules |", "|---|---|")
    ways: dict[str, list[str]] = {}
    for _, rule in everything:
        ways.setdefault(rule.method, []).append(rule.id)
    yield from (f"| {_escape_cell(how)} | {', '.join(ids)} |" for how, ids in ways.items())


def _rule_row(rule: ContractRule) -> str:
    cells = (rule.id, rule.level[0].upper(), rule.statement, rule.source, rule.example, ", ".join(rule.eras) or "all")
    return f"| {' | '.join(map(_escape_cell, cells))} |"


def _escape_cell(text: str) -> str:
    return text.replace("|", "\\|")
