"""Pages and filters of the two lists.

Source: the OpenAPI description of 2026-07-30 and the Python SDK 1.3.6: pages count from 1, 10 on a page unless asked,
at most 50, newest first; its pager asks until a page is empty, so a page past the end is an empty 200.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from mockserver.vendors.api import Call
from mockserver.vendors.twelvelabs.checks import Flaw, invalid
from mockserver.vendors.twelvelabs.spec import MODES

Thing = TypeVar("Thing")

_PAGE: Final = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)
_LIMIT: Final = re.compile(r"0*(?:[1-9]|[1-4]\d|50)", re.ASCII)


class Page(NamedTuple):
    """Which part of a list was asked for."""

    number: int
    limit: int

    @property
    def start(self) -> int:
        """How many entries come before it."""
        return (self.number - 1) * self.limit

    def info(self, total: int) -> dict[str, int]:
        """The `page_info` of an answer."""
        return {
            "limit_per_page": self.limit,
            "page": self.number,
            "total_page": -(-total // self.limit),
            "total_results": total,
        }


def page_of(call: Call) -> Page | Flaw:
    """The page that a request asks for."""
    number, limit = call.query("page", "1"), call.query("page_limit", "10")
    if not _PAGE.fullmatch(number):
        return invalid("page", "it must be an integer of at least 1")
    if not _LIMIT.fullmatch(limit):
        return invalid("page_limit", "it must be an integer from 1 to 50")
    return Page(int(number), int(limit))


class Asked(NamedTuple):
    """What both lists can be asked for."""

    page: Page
    states: frozenset[str] | None
    modes: frozenset[str] | None
    """None where the filter is not used."""

    def body(self, found: Sequence[Thing], show: Callable[[Thing], dict[str, Any]]) -> dict[str, Any]:
        """The body of the list: the page of all that was found."""
        rows = found[self.page.start : self.page.start + self.page.limit]
        return {"data": [show(row) for row in rows], "page_info": self.page.info(len(found))}


def asked_of(call: Call, states: Iterable[str]) -> Asked | Flaw:
    """What a request for a list asks, or the first flaw of it; filters may be repeated."""
    page, wanted, modes = page_of(call), words_of(call, "status", states), words_of(call, "analysis_mode", MODES)
    if isinstance(page, Flaw):
        return page
    if isinstance(wanted, Flaw):
        return wanted
    return modes if isinstance(modes, Flaw) else Asked(page, wanted, modes)


def words_of(call: Call, name: str, allowed: Iterable[str]) -> frozenset[str] | Flaw | None:
    """A repeated filter's words; None where it is not used."""
    known = tuple(allowed)
    words = frozenset(call.query_all(name))
    if words - set(known):
        return invalid(name, f"it must be one of {', '.join(known)}")
    return words or None
