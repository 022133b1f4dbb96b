"""Every code and rule that a message of ours can carry, collected from the rooms: what `mockserver show CODE` prints.

`errors.CODES` has those that have no home of their own, a room with many has a table `codes.py`, and
`contract.findings` the rules that answers are judged by. docs/errors.md is made of them, by
`python -m mockserver.cli.catalogue docs/errors.md`.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from mockserver.contract.findings import RULES
from mockserver.errors import CODES

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

BEGIN: Final = "<!-- catalogue -->\n"
END: Final = "<!-- /catalogue -->"


def meaning(name: str) -> str | None:
    """What a code (`SCN012`, in any case) or a rule (`S5`) means, or None."""
    wanted = name.upper()
    if wanted in CATALOGUE:
        return f"{wanted} ({AREAS[wanted[:3]]}): {CATALOGUE[wanted]}"
    return f"{wanted} (a rule of every contract): {RULES[wanted]}." if wanted in RULES else None


def names() -> list[str]:
    """Everything that `meaning` knows."""
    return [*CATALOGUE, *RULES]


def tables() -> str:
    """The catalogue as Markdown: a table for each area, and one of the rules."""
    return "\n".join(_tables())


def _tables() -> Iterator[str]:
    for area, title in AREAS.items():
        yield f"## {area}: {title}\n\n| code | means |\n|---|---|"
        yield from (f"| `{code}` | {text} |" for code, text in CATALOGUE.items() if code[:3] == area)
        yield ""
    yield "## Rules: what an answer is judged by\n\n| rule | holds when |\n|---|---|"
    yield from (f"| `{rule}` | {text} |" for rule, text in RULES.items())
    yield ""


def renewed(page: str) -> str:
    """The page with its generated part made anew."""
    head, _, rest = page.partition(BEGIN)
    return head + BEGIN + tables() + END + rest.partition(END)[2]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(renewed(place.read_text(encoding="utf-8")), encoding="utf-8")
