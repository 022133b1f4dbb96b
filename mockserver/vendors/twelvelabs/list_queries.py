"""The queries of lists: pages and filters.

Sources: the OpenAPI description of 2026-07-30 and the SDK 1.3.6. Pages count from 1, with 10 entries by default and 50
at most, newest first; the SDK's pager asks until a page is empty, so a page past the end is an empty 200.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from mockserver.vendors import http
from mockserver.vendors.api import Call, Source, VendorRule
from mockserver.vendors.twelvelabs.errors import ParameterError, invalid_parameter
from mockserver.vendors.twelvelabs.option_rules import MODES
from mockserver.vendors.twelvelabs.states import CAPTURED, OPENAPI

EntryT = TypeVar("EntryT")

_PAGE_NUMBER: Final = r"(?a)0*[1-9]\d{0,8}"
_PAGE_LIMIT: Final = r"(?a)0*(?:[1-9]|[1-4]\d|50)"


class ListQuery(NamedTuple):
    """The query of a list."""

    page: http.Page
    states: frozenset[str] | None
    """None: the filter is not used."""
    modes: frozenset[str] | None

    def body(self, entries: Sequence[EntryT], render: Callable[[EntryT], dict[str, Any]]) -> dict[str, Any]:
        """Render the page of all entries that were found."""
        page = self.page
        info = {
            "limit_per_page": page.size,
            "page": page.number,
            "total_page": page.count(len(entries)),
            "total_results": len(entries),
        }
        return {"data": [render(entry) for entry in entries[page.start : page.start + page.size]], "page_info": info}


def parse_list_query(call: Call, states: Iterable[str]) -> ListQuery | ParameterError:
    """Parse the query of a list, or return its first mistake; filters may be repeated."""
    number_text, limit_text = call.query("page", "1"), call.query("page_limit", "10")
    if not re.fullmatch(_PAGE_NUMBER, number_text):
        return invalid_parameter("page", "it must be an integer of at least 1")
    if not re.fullmatch(_PAGE_LIMIT, limit_text):
        return invalid_parameter("page_limit", "it must be an integer from 1 to 50")
    filters: list[frozenset[str] | None] = []
    for name, allowed in (("status", tuple(states)), ("analysis_mode", MODES)):
        values = frozenset(call.query_all(name))
        if not values <= set(allowed):
            return invalid_parameter(name, f"it must be one of {', '.join(allowed)}")
        filters.append(values or None)
    return ListQuery(http.Page(int(number_text), int(limit_text)), *filters)


RULES: Final = (
    VendorRule("requests", "list, list_tasks",
               "pages from 1, 10 entries by default, 50 at most; an empty page past the end",
               Source(OPENAPI, CAPTURED, "The parameters page and page_limit; the SDK's pager ends at an empty page.")),
)  # fmt: skip
