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
    from mockserver.contract.rules.book import Rule

_PACKAGE: Final = Path(__file__).parents[1]
TABLES: Final = tuple(f"mockserver.{path.parent.name}.codes" for path in sorted(_PACKAGE.glob("*/codes.py")))
"""The rooms' own tables, each a `CODES`."""


def _collected() -> Mapping[str, str]:
    tables = [CODES, *(importlib.import_module(name).CODES for name in TABLES)]
    return dict(sorted((code, text) for table in tables for code, text in table.items()))


CATALOGUE: Final = _collected()
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

CHANGE: Final = "DIF"
"""How the ids of changes between contracts begin: no mistakes, so not in the catalogue."""

BEGIN: Final = "<!-- catalogue -->\n"
END: Final = "<!-- /catalogue -->"


def meaning(name: str) -> str | None:
    """What a code (`SCN012`, in any case) or a rule (`S5`, `T12`) means, or None."""
    wanted = name.upper()
    if wanted in CATALOGUE:
        return f"{wanted} ({AREAS.get(wanted[:3], wanted[:3])}): {CATALOGUE[wanted]}"
    if wanted.startswith(CHANGE):
        return _change(wanted)
    if not 2 <= len(wanted) <= 4:
        return None
    return "\n\n".join(_told(rule) for rule in rules() if rule.id.upper() == wanted) or None


def _change(name: str) -> str | None:
    """A kind of change that `mockserver diff` tells, or None."""
    from mockserver.contract.changes import CHECKS

    found = CHECKS.get(name)
    return f"{name} (mockserver diff, {found.level}): {found.meaning}." if found is not None else None


def _told(rule: "Rule") -> str:
    """A rule, at length."""
    rows = {"source": rule.source, "breaks": rule.example, "how": rule.how, "eras": ", ".join(rule.eras)}
    lines = [f"{rule.id} ({rule.level}): {rule.says}."]
    return "\n".join([*lines, *(f"    {key:<7} {text}" for key, text in (rows | {"in": rule.place}).items() if text)])


def rules() -> "list[Rule]":
    """Every rule of every contract, once: those of all vendors first."""
    from mockserver.contract.capture import eras, vendors
    from mockserver.contract.rules.book import load_book

    books = [load_book(vendor, era) for vendor in vendors() for era in eras(vendor)]
    found = {rule.place: rule for book in books for rule in book.rules}
    return sorted(found.values(), key=lambda rule: (_vendor(rule), int(rule.place.rpartition(":")[2])))


def _vendor(rule: "Rule") -> str:
    """Whose rule it is: empty for one of all vendors."""
    return rule.place.removeprefix("contracts/").rpartition("/")[0]


def names() -> list[str]:
    """Everything that `meaning` knows."""
    return [*CATALOGUE, *dict.fromkeys(rule.id for rule in rules())]


def tables() -> str:
    """The catalogue as Markdown: a table for each area, and one of the rules."""
    return "\n".join(_tables())


def _tables() -> Iterator[str]:
    for area, title in AREAS.items():
        yield f"## {area}: {title}\n\n| code | means |\n|---|---|"
        yield from (f"| `{code}` | {text} |" for code, text in CATALOGUE.items() if code[:3] == area)
        yield ""
    yield "## Rules: what answers and jobs are judged by\n\n| rule | of | level | what must hold |\n|---|---|---|---|"
    yield from (f"| `{rule.id}` | {_vendor(rule) or 'all'} | {rule.level} | {rule.says} |" for rule in rules())
    yield ""


def renewed(page: str) -> str:
    """The page with its generated part made anew."""
    head, _, rest = page.partition(BEGIN)
    return head + BEGIN + tables() + END + rest.partition(END)[2]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(renewed(place.read_text(encoding="utf-8")), encoding="utf-8")
