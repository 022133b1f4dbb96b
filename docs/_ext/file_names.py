"""The name of the file that a block of a page is written to, as a line above the block.

The pages have it in a comment (`<!-- file: NAME -->`), which the tests read and the repository does not show.
"""

import re
from html import escape
from typing import Final

from sphinx.application import Sphinx

_COMMENT: Final = re.compile(r"^<!-- file: (\S+) -->$(?=\n```)", re.MULTILINE)


def show_file_names(text: str) -> str:
    """Replace each comment above a block by a line that can be seen."""
    return _COMMENT.sub(lambda found: f'<div class="file-name">{escape(found[1])}</div>\n', text)


def _read(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = show_file_names(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", _read, priority=300)
    return {"parallel_read_safe": True}
