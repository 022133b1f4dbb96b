"""Pages and filters of the two lists.

Source: the OpenAPI description of 2026-07-30 and the Python SDK 1.3.6: pages count from 1, 10 on a page unless asked,
at most 50, newest first; its pager asks until a page is empty, so a page past the end is an empty 200.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from mockserver.vendors.api import Call
from mockserver.vendors.twelvelabs.checks import ParameterError, invalid_parameter
from mockserver.vendors.twelvelabs.spec import MODES

EntryT = TypeVar("EntryT")

_PAGE_NUMBER: Final = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)
_PAGE_LIMIT: Final = re.compile(r"0*(?:[1-9]|[1-4]\d|50)", re.ASCII)


class PageRequest(NamedTuple):
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


def parse_page(call: Call) -> PageRequest | ParameterError:
    """The page that a request asks for."""
    number, limit = call.query("page", "1"), call.query("page_limit", "10")
    if not _PAGE_NUMBER.fullmatch(number):
        return invalid_parameter("page", "it must be an integer of at least 1")
    if not _PAGE_LIMIT.fullmatch(limit):
        return invalid_parameter("page_limit", "it must be an integer from 1 to 50")
    return PageRequest(int(number), int(limit))


class ListQuery(NamedTuple):
    """What both lists can be asked for."""

    page: PageRequest
    states: frozenset[str] | None
    modes: frozenset[str] | None
    """None where the filter is not used."""

    def body(self, found: Sequence[EntryT], show: Callable[[EntryT], dict[str, Any]]) -> dict[str, Any]:
        """The body of the list: the page of all that was found."""
        rows = found[self.page.start : self.page.start + self.page.limit]
        return {"data": [show(row) for row in rows], "page_info": self.page.info(len(found))}


def parse_list_query(call: Call, states: Iterable[str]) -> ListQuery | ParameterError:
    """What a request for a list asks, or the first flaw of it; filters may be repeated."""
    page, wanted, modes = (
        parse_page(call),
        parse_filter(call, "status", states),
        parse_filter(call, "analysis_mode", MODES),
    )
    if isinstance(page, ParameterError):
        return page
    if isinstance(wanted, ParameterError):
        return wanted
    return modes if isinstance(modes, ParameterError) else ListQuery(page, wanted, modes)


def parse_filter(call: Call, name: str, allowed: Iterable[str]) -> frozenset[str] | ParameterError | None:
    """A repeated filter's words; None where it is not used."""
    known = tuple(allowed)
    words = frozenset(call.query_all(name))
    if words - set(known):
        return invalid_parameter(name, f"it must be one of {', '.join(known)}")
    return words or None
