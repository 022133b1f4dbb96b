"""The catalogue of error codes and rules that `mockserver show CODE` and docs/errors.md print.

The codes come from `errors.CODES` and from the table `codes.py` of each package, the rules from `contracts/`.
`python -m mockserver.cli.catalogue docs/errors.md` regenerates that page.
"""

import importlib
import sys
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mockserver.documentation import code_address, rule_address
from mockserver.errors import CODES

if TYPE_CHECKING:
    from mockserver.contract.rules.contract_rule import ContractRule

_PACKAGE: Final = Path(__file__).parents[1]
CODE_MODULES: Final = tuple(f"mockserver.{path.parent.name}.codes" for path in sorted(_PACKAGE.glob("*/codes.py")))
"""The modules with a package's own table, each named `CODES`."""
_TABLES: Final = (CODES, *(importlib.import_module(name).CODES for name in CODE_MODULES))

CATALOGUE: Final[Mapping[str, str]] = dict(sorted((code, text) for table in _TABLES for code, text in table.items()))
"""Every error code with its meaning, one sentence."""

AREAS: Final[Mapping[str, str]] = {
    "ADM": "the admin API",
    "BAS": "accepted findings",
    "CLI": "the command line",
    "CON": "contracts",
    "DAT": "the installation",
    "DST": "distilled recordings",
    "LIB": "scenarios by name",
    "MCP": "tools for coding agents",
    "PCK": "packs",
    "PDR": "drafts of packs",
    "REC": "recordings",
    "RPL": "served recordings",
    "RUN": "playing on a server",
    "SCN": "scenario files",
    "SES": "sessions",
    "SRV": "the server",
    "TRI": "the trial of a client",
    "TST": "tests in pytest",
    "VEN": "vendors and eras",
}
"""The areas that the first three letters of a code stand for."""

CHANGE_PREFIX: Final = "DIF"
"""Prefix of the ids of contract changes, which are no errors and not in the catalogue."""

BEGIN_MARKER: Final = "<!-- catalogue -->\n"
END_MARKER: Final = "<!-- /catalogue -->"


def describe_code(name: str) -> str | None:
    """Return the meaning of a code (`SCN012`), a change (`DIF106`) or a rule (`S5`), in any case; None if unknown.

    Vendors number their rules independently, so one id may stand for several rules: all are described, and `reap:R3`
    is the one of a vendor.
    """
    wanted = name.upper()
    if wanted in CATALOGUE:
        area = AREAS.get(wanted[:3], wanted[:3])
        return f"{wanted} ({area}): {CATALOGUE[wanted]}\n    page    {code_address(wanted)}"
    if wanted.startswith(CHANGE_PREFIX):
        from mockserver.contract.compare.changes import CHANGE_TYPES

        change = CHANGE_TYPES.get(wanted)
        if change is None:
            return None
        return f"{wanted} (mockserver diff, {change.level}): {change.meaning}."
    if not 2 <= len(wanted.rpartition(":")[2]) <= 4:
        return None
    from mockserver.contract.explain import rules_named

    found = rules_named(name)
    descriptions = []
    for vendor, rule in found:
        label = rule.id if len(found) == 1 else f"{vendor}:{rule.id}"
        rows = {
            "source": rule.source,
            "breaks": rule.example,
            "how": rule.method,
            "eras": ", ".join(rule.eras),
            "page": rule_address(rule.id),
        }
        lines = [f"    {key:<7} {text}" for key, text in rows.items() if text]
        descriptions.append("\n".join([f"{label} ({rule.level}): {rule.statement}.", *lines]))
    return "\n\n".join(descriptions) or None


def all_rules() -> "list[ContractRule]":
    """Return every rule of every contract once, those of all vendors first, then in the order of the files."""
    from mockserver.contract.rules import rule_set

    # The sort is stable: the rules of a vendor keep the order of its file.
    return [rule for _, rule in sorted(rule_set.all_rules(), key=itemgetter(0))]


def all_names() -> list[str]:
    """Return every code and rule id that `describe_code` knows."""
    return [*CATALOGUE, *dict.fromkeys(rule.id for rule in all_rules())]


def markdown_tables() -> str:
    """Render the catalogue as Markdown: one table per area, and one of the rules."""
    lines: list[str] = []
    for area, title in AREAS.items():
        lines.append(f"## {area}: {title}\n\n| code | means |\n|---|---|")
        lines += [f"| `{code}` | {text} |" for code, text in CATALOGUE.items() if code[:3] == area]
        lines.append("")
    lines.append("## Rules of answers and jobs\n\n| rule | of | level | what must hold |\n|---|---|---|---|")
    for rule in all_rules():
        # `contracts/VENDOR/FILE:LINE`, without a vendor for the rules of all.
        vendor = rule.location.removeprefix("contracts/").rpartition("/")[0] or "all"
        lines.append(f"| `{rule.id}` | {vendor} | {rule.level} | {rule.statement} |")
    lines.append("")
    return "\n".join(lines)


def regenerate_page(page: str) -> str:
    """Return the page with the text between the two markers regenerated."""
    head, _, rest = page.partition(BEGIN_MARKER)
    return head + BEGIN_MARKER + markdown_tables() + END_MARKER + rest.partition(END_MARKER)[2]


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(regenerate_page(target.read_text(encoding="utf-8")), encoding="utf-8")
