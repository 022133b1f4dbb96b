"""Pages from outside of this folder, and links that lead there.

The repository shows `CHANGELOG.md` at its root; the site needs a page of its own for it. A page named in
`OUTSIDE_PAGES` is a stub in the repository, and has the text of the file on the site. A link to another file of the
repository, which the site does not have, becomes plain text.
"""

import os.path
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sphinx.application import Sphinx

from docs._ext.markdown import outside_of_code

DOCS: Final = Path(__file__).parents[1]
ROOT: Final = DOCS.parent
OUTSIDE_PAGES: Final = {
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "contracts": "contracts/README.md",
}
"""The page of the site, and the file whose text it has."""
_PAGE_OF_FILE: Final = {ROOT / file: DOCS / f"{page}.md" for page, file in OUTSIDE_PAGES.items()}
_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def site_text(page: str, text: str) -> str:
    """Return the text that the site shows for a page: the outside file's for a stub, with links that lead somewhere."""
    file = DOCS / f"{page}.md"
    written_in = file.parent
    if page in OUTSIDE_PAGES:
        outside = ROOT / OUTSIDE_PAGES[page]
        text = outside.read_text(encoding="utf-8")
        written_in = outside.parent
    return outside_of_code(text, lambda prose: _LINK.sub(lambda link: _rebased(link, written_in, file.parent), prose))


def _rebased(link: re.Match[str], written_in: Path, shown_in: Path) -> str:
    target = urlsplit(link[2])
    if target.scheme or not target.path:
        return link[0]
    path = (written_in / target.path).resolve()
    if path == ROOT / "README.md":
        path = DOCS / "README.md"
    path = _PAGE_OF_FILE.get(path, path)
    if not path.is_relative_to(DOCS) or path.is_dir():
        return link[1]
    fragment = f"#{target.fragment}" if target.fragment else ""
    relative = os.path.relpath(path, shown_in).replace(os.sep, "/")
    return f"[{link[1]}]({relative}{fragment})"


def _read(_app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = site_text(page, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", _read, priority=100)
    return {"parallel_read_safe": True}
