"""HTTP statuses can be searched for: Sphinx leaves every number out of its index and out of a query.

`_static/search_statuses.js` is the other half, in the browser.
"""

import re
from typing import Final

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

_STATUS: Final = re.compile(r"[1-5]\d\d")


class SearchWithStatuses(SearchEnglish):
    """English, in which a number of three digits that can be a status is a word."""

    def word_filter(self, word: str) -> bool:
        """Return True for a word that belongs into the index."""
        return _STATUS.fullmatch(word) is not None or super().word_filter(word)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, in the place of its own English."""
    app.add_search_language(SearchWithStatuses)
    app.add_js_file("search_statuses.js", loading_method="defer")
    return {"parallel_read_safe": True}
