"""Every code and rule that a message of ours can carry, collected from the rooms: what `mockserver show CODE` prints.

`errors.CODES` has those that have no home of their own, a room with many has a table `codes.py`; the rules that answers
are judged by are in `contracts/`. docs/errors.md is made of them: `python -m mockserver.cli.catalogue docs/errors.md`.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mockserver.errors import CODES

if TYPE_CHECKING:
    from mockserver.contract.rules.rule_set import ContractRule

_PACKAGE: Final = Path(__file__).parents[1]
CODE_MODULES: Final = tuple(f"mockserver.{path.parent.name}.codes" for path in sorted(_PACKAGE.glob("*/codes.py")))
"""The rooms' own tables, each a `CODES`."""


def _collect_codes() -> Mapping[str, str]:
    tables = [CODES, *(importlib.import_module(name).CODES for name in CODE_MODULES)]
    return dict(sorted((code, text) for table in tables for code, text in table.items()))


CATALOGUE: Final = _collect_codes()
"""Every code that a problem can carry, with a sentence."""

AREAS: Final[Mapping[str, str]] = {
    "ADM": "the admin API",
    "BAS": "findings accepted for now",
    "CLI": "the command",
    "CON": "contracts",
    "DAT": "the installation",
    "LIB": "scenarios by name",
    "REC": "recordings",
    "RUN": "playing on a server",
    "SCN": "scenario files",
    "SES": "sessions",
    "SRV": "the server",
    "VEN": "vendors and eras",
}
"""What the first three letters of a code stand for."""

CHANGE_PREFIX: Final = "DIF"
"""How the ids of changes between contracts begin: no mistakes, so not in the catalogue."""

BEGIN_MARKER: Final = "<!-- catalogue -->\n"
END_MARKER: Final = "<!-- /catalogue -->"


def describe_code(name: str) -> str | None:
    """What a code (`SCN012`, in any case) or a rule (`S5`, `T12`) means, or None."""
    wanted = name.upper()
    if wanted in CATALOGUE:
        return f"{wanted} ({AREAS.get(wanted[:3], wanted[:3])}): {CATALOGUE[wanted]}"
    if wanted.startswith(CHANGE_PREFIX):
        return _describe_change(wanted)
    if not 2 <= len(wanted) <= 4:
        return None
    return "\n\n".join(_describe_rule(rule) for rule in all_rules() if rule.id.upper() == wanted) or None


def _describe_change(name: str) -> str | None:
    """A kind of change that `mockserver diff` tells, or None."""
    from mockserver.contract.compare.changes import CHANGE_TYPES

    found = CHANGE_TYPES.get(name)
    return f"{name} (mockserver diff, {found.level}): {found.meaning}." if found is not None else None


def _describe_rule(rule: "ContractRule") -> str:
    """A rule, at length."""
    rows = {"source": rule.source, "breaks": rule.example, "how": rule.method, "eras": ", ".join(rule.eras)}
    lines = [f"{rule.id} ({rule.level}): {rule.statement}."]
    return "\n".join(
        [*lines, *(f"    {key:<7} {text}" for key, text in (rows | {"in": rule.location}).items() if text)]
    )


def all_rules() -> "list[ContractRule]":
    """Every rule of every contract, once: those of all vendors first."""
    from mockserver.contract.documents.capture import captured_eras, captured_vendors
    from mockserver.contract.rules.rule_set import load_rule_set

    books = [load_rule_set(vendor, era) for vendor in captured_vendors() for era in captured_eras(vendor)]
    found = {rule.location: rule for book in books for rule in book.rules}
    return sorted(found.values(), key=lambda rule: (_vendor_of_rule(rule), int(rule.location.rpartition(":")[2])))


def _vendor_of_rule(rule: "ContractRule") -> str:
    """Whose rule it is: empty for one of all vendors."""
    return rule.location.removeprefix("contracts/").rpartition("/")[0]


def all_names() -> list[str]:
    """Everything that `meaning` knows."""
    return [*CATALOGUE, *dict.fromkeys(rule.id for rule in all_rules())]


def markdown_tables() -> str:
    """The catalogue as Markdown: a table for each area, and one of the rules."""
    return "\n".join(_markdown_lines())


def _markdown_lines() -> Iterator[str]:
    for area, title in AREAS.items():
        yield f"## {area}: {title}\n\n| code | means |\n|---|---|"
        yield from (f"| `{code}` | {text} |" for code, text in CATALOGUE.items() if code[:3] == area)
        yield ""
    yield "## Rules: what answers and jobs are judged by\n\n| rule | of | level | what must hold |\n|---|---|---|---|"
    yield from (
        f"| `{rule.id}` | {_vendor_of_rule(rule) or 'all'} | {rule.level} | {rule.statement} |" for rule in all_rules()
    )
    yield ""


def regenerate_page(page: str) -> str:
    """The page with its generated part made anew."""
    head, _, rest = page.partition(BEGIN_MARKER)
    return head + BEGIN_MARKER + markdown_tables() + END_MARKER + rest.partition(END_MARKER)[2]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(regenerate_page(place.read_text(encoding="utf-8")), encoding="utf-8")
