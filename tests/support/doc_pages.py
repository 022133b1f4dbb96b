"""The documentation as blocks that can be run.

The blocks of a page are run from top to bottom, in a folder of the page's own, against one server.

    ```console      `$ COMMAND` lines with their output; `...` is anything, `[exit N]` a code that is not 0
    ```sh, ```bash  commands with any output; they must succeed
    ```python       a program; a ```text block right below it is its output
    ```yaml         a scenario (`scenario:`) is loaded, played, and must be ok
    <!-- file: NAME -->  above a block: it is written to that file first, and not run

`mockserver serve` starts the server for what follows; a page that needs one and starts none gets the default one.
127.0.0.1:4810 in a page is replaced by the address of the test's server, redis://127.0.0.1:6379/0 by one of its own.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from tests.support.paths import ROOT

CONTRACTS_PAGE: Final = ROOT / "contracts" / "README.md"
SKILL: Final = ROOT / "mockserver" / "mcp" / "SKILL.md"
PAGES: Final = {
    str(path.relative_to(ROOT)): path
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), CONTRACTS_PAGE, SKILL)
}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"<!-- file: (\S+) -->\n\Z")


class Block(NamedTuple):
    """One fenced block."""

    language: str
    text: str
    line: int
    file: str = ""
    """The file to which it is written."""
    prints: str | None = None
    """The output of a program."""


def blocks(page: str) -> Iterator[Block]:
    """Yield every block of a page's text, in order."""
    found = list(_FENCE.finditer(page))
    for number, match in enumerate(found):
        file = _FILE.search(page[: match.start()])
        after = found[number + 1] if number + 1 < len(found) else None
        has_output = after is not None and after[1] == "text" and not page[match.end() : after.start()].strip()
        line = page.count("\n", 0, match.start()) + 1
        prints = after[2] if after is not None and has_output and match[1] == "python" else None
        yield Block(match[1], match[2], line, file[1] if file else "", prints)


class Command(NamedTuple):
    """One command and its output (None: any)."""

    line: str
    prints: str | None


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a console or shell block."""
    if block.language != "console":
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.strip() and not line.strip().startswith("#"):
                yield Command(line.strip(), None)
        return
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line.strip(), output)


def like(printed: str, pattern: str) -> bool:
    """Return True if a text matches a pattern, in which `...` is anything; spaces at the ends of lines do not count."""
    parts = [re.escape(part) for part in _trimmed(pattern).strip().split("...")]
    return re.fullmatch(".*?".join(parts), _trimmed(printed).strip(), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


@cache
def anchors(page: str) -> set[str]:
    """Collect the anchors of a page's headings, as GitHub builds them."""
    prose = _FENCE.sub("", page)
    titles = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def links(page: str) -> Iterator[str]:
    """Yield the targets of a page's links."""
    prose = _FENCE.sub("", page)
    yield from re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose)
