"""Stable anchors: `errors.html#SCN012`, `rules.html#T12`.

A row of a table on these pages that begins with an error code or a rule has it as its anchor. Messages of the program
print these addresses, so a row must not lose them. Vendors number their rules independently; the first rule of an id
has the plain anchor, and every rule has one with its section (`reap-T1`).
"""

import re
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx

PAGES: Final = frozenset({"errors", "rules"})
_ID: Final = re.compile(r"[A-Z]{1,3}\d+[a-z]?")


def add_anchors(document: nodes.document) -> None:
    """Give each row that begins with a code or a rule its id."""
    taken: set[str] = set()
    for row in document.findall(nodes.row):
        name = row[0].astext().strip()
        if not _ID.fullmatch(name):
            continue
        section = row.parent
        while not isinstance(section, nodes.section):
            section = section.parent
        for anchor in (name, f"{section['ids'][0]}-{name}"):
            if anchor not in taken:
                row["ids"].append(anchor)
                taken.add(anchor)


def _doctree_read(app: Sphinx, document: nodes.document) -> None:
    if app.env.docname in PAGES:
        add_anchors(document)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", _doctree_read)
    return {"parallel_read_safe": True}
