"""Explains rules: one at a time for a terminal, and all of them as a page of the documentation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mockserver.contract.capture import vendors
from mockserver.contract.findings import Level
from mockserver.contract.rules.book import Rule, every_rule
from mockserver.errors import nearest, refuse

MARKER: Final = "<!-- Made from contracts/ by mockserver.contract.explain. Do not edit. -->"
_WORDS: Final[dict[Level, str]] = {
    "error": "error: documented",
    "warning": "warning: inferred, or ambiguous on the page",
    "info": "information",
}
_TITLES: Final = {"": "Every vendor"}


def explain(rule_id: str, root: Path | None = None) -> str:
    """What a rule says, on whose word, what breaks it, and how it is judged.

    Raises `MockError` (`CLI003`) for an id that no rule has, naming the nearest.
    """
    rules = {rule.id: (vendor, rule) for vendor, rule in every_rule(root)}
    wanted = rule_id.strip()
    found = rules.get(wanted) or rules.get(wanted[:1].upper() + wanted[1:].lower())
    if found is None:
        raise refuse("CLI003", f"no rule is called {rule_id[:40]!r}{nearest(wanted, rules)}")
    vendor, rule = found
    rows = (
        ("level", _WORDS[rule.level]),
        ("vendor", vendor or "every one"),
        ("eras", ", ".join(rule.eras) or "all"),
        ("job", rule.on),
        ("source", rule.source),
        ("example", rule.example),
        ("judged", rule.how),
        ("rule", rule.place),
    )
    return "\n".join([f"{rule.id}: {rule.says}", *(f"    {name:<8} {value}" for name, value in rows if value)])


def rule_ids(root: Path | None = None) -> tuple[str, ...]:
    """Every rule's id, the vendors' first."""
    return tuple(rule.id for _, rule in every_rule(root))


def page(root: Path | None = None) -> str:
    """docs/rules.md: every rule of every vendor."""
    return "\n".join(_page(root)) + "\n"


def _page(root: Path | None) -> Iterator[str]:
    yield from (MARKER, "", "# Rules", "")
    yield "What the contracts hold servers to, beyond the schemas of the captures: an error (E) is documented, a"
    yield "warning (W) inferred or ambiguous, information (I) held against nobody. `mockserver explain T13` prints one."
    everything = list(every_rule(root))
    for vendor in (*vendors(root), ""):
        yield from ("", f"## {_TITLES.get(vendor, vendor)}", "", "| rule | | must hold | source | breaks it | eras |")
        yield "|---|---|---|---|---|---|"
        yield from (_row(rule) for whose, rule in everything if whose == vendor)
    yield from ("", "## How they are judged", "", "| how | rules |", "|---|---|")
    ways: dict[str, list[str]] = {}
    for _, rule in everything:
        ways.setdefault(rule.how, []).append(rule.id)
    yield from (f"| {_cell(how)} | {', '.join(ids)} |" for how, ids in ways.items())


def _row(rule: Rule) -> str:
    cells = (rule.id, rule.level[0].upper(), rule.says, rule.source, rule.example, ", ".join(rule.eras) or "all")
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
