"""The navigation of the site: the lists of links that the repository shows are its table of contents.

Each section of the index becomes a group of pages, in the order of its links. So the index, which a person reads, and
the navigation cannot disagree, and a page that no list has is a warning of Sphinx.
"""

from typing import Final

from sphinx.application import Sphinx

from docs._ext.markdown import linked_pages, sections

INDEX: Final = "README"
PARENTS: Final = {"architecture": "adr/"}
"""Pages that have pages below them: those that they link to in this folder."""


def toctrees(page: str, text: str) -> str:
    """Render the tables of contents that a page contributes, as MyST directives; empty for most pages."""
    if page == INDEX:
        return "".join(_toctree(section.pages, section.title) for section in sections(text))
    if page in PARENTS:
        return _toctree(tuple(sorted(found for found in linked_pages(text) if found.startswith(PARENTS[page]))))
    return ""


def _toctree(pages: tuple[str, ...], caption: str = "") -> str:
    lines = [
        "",
        "",
        "```{toctree}",
        ":hidden:",
        f":caption: {caption}" if caption else ":maxdepth: 1",
        "",
        *pages,
        "```",
    ]
    return "\n".join(lines)


def _read(_app: Sphinx, page: str, source: list[str]) -> None:
    source[0] += toctrees(page, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, behind the extension that rewrites links."""
    app.connect("source-read", _read, priority=200)
    return {"parallel_read_safe": True}
