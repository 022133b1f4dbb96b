"""Attributes the exchanges of a recording or of live traffic to vendors.

Theory of operation. The host decides first: a vendor's own host is that vendor's, whatever the path, and no other
vendor's. A path alone proves little, because APIs resemble each other (`/v1/videos`). So it counts only where no host
can decide, and then for all calls of a group together:

- a host that no contract names (a gateway, a staging server) is one group;
- so is what a stand-in for a vendor (this machine, a name without a dot, no host) serves below one first part of the
  path: a mock server has several vendors on one port.

A group belongs to the vendor that explains most of it: whose contract has the call, and documents its status. Beside
calls of a vendor's own host, a host that no contract names is foreign.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.contract.documents.capture import captured_eras, load_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.judge.hosts import is_local_host, request_host, vendors_by_host
from mockserver.contract.judge.operation_router import OperationRouter, vendor_path
from mockserver.core.wire import Exchange

MAX_GROUPS: Final = 1_000
"""Groups with calls of a vendor that are kept; the calls of further ones are foreign."""


class _Group(NamedTuple):
    """Calls that have one vendor."""

    host: str
    """Empty if no header names one."""
    path_root: str
    """The first part of the path, for a stand-in; else empty."""


class VendorFinder:
    """Finds the vendor of exchanges; `vendor` is the only one that is looked for, if it is known.

    A recording is surveyed first, exchange by exchange. Without a survey, as for live traffic, a group gets the vendor
    of its first call that any vendor has.
    """

    def __init__(self, root: Path | None = None, vendor: str | None = None, *, max_groups: int = MAX_GROUPS) -> None:
        self._root = root
        self._max_groups = max_groups
        self._vendor = vendor
        self._has_own_host = False
        """True once a call has a host of a vendor that is looked for."""
        self._scores: dict[_Group, dict[str, int]] = {}
        """How much of each group the vendors explain, for groups of which one explains anything."""

    def survey(self, exchanges: Iterable[Exchange]) -> None:
        """Take note of all exchanges before the first is attributed."""
        for exchange in exchanges:
            owner = self._owner_of(exchange)
            if owner is None and self._vendor is None:
                self._add_scores(exchange)
            self._has_own_host |= owner is not None and self._vendor in (None, owner)

    def vendor_of(self, exchange: Exchange) -> str | None:
        """Return the vendor of an exchange; None for a foreign one."""
        owner = self._owner_of(exchange)
        if owner is not None:
            return owner if self._vendor in (None, owner) else None
        if self._has_own_host and not _is_stand_in(exchange):
            return None
        if self._vendor is not None:
            return self._vendor
        scores = self._scores.get(_group_of(exchange)) or self._add_scores(exchange)
        # Of equal vendors the first by name.
        return max(sorted(scores), key=scores.__getitem__, default=None)

    @cached_property
    def _vendors_by_host(self) -> Mapping[str, str]:
        return vendors_by_host(self._root)

    @cached_property
    def _routers(self) -> dict[str, list[OperationRouter]]:
        """The routers of each vendor's eras."""
        return {
            vendor: [
                OperationRouter(load_capture(vendor, era, self._root)) for era in captured_eras(vendor, self._root)
            ]
            for vendor in captured_vendors(self._root)
        }

    def _owner_of(self, exchange: Exchange) -> str | None:
        """Return the vendor whose own host an exchange names."""
        return self._vendors_by_host.get(request_host(exchange) or "")

    def _add_scores(self, exchange: Exchange) -> dict[str, int]:
        """Add what the vendors explain of an exchange to the scores of its group, and return those.

        A vendor that has the call gets 1 point, and 2 if it documents the status, too.
        """
        group = _group_of(exchange)
        scores = self._scores.get(group, {})
        if not scores and len(self._scores) >= self._max_groups:
            return {}
        method, path = exchange.request.method.upper(), vendor_path(exchange.request.path)
        response = exchange.response
        for vendor, routers in self._routers.items():
            operations = [match.operation for router in routers if (match := router.find(method, path))]
            if operations:
                is_documented = response is not None and any(each.answer(response.status) for each in operations)
                scores[vendor] = scores.get(vendor, 0) + 1 + is_documented
        if scores:
            self._scores[group] = scores
        return scores


def _is_stand_in(exchange: Exchange) -> bool:
    host = request_host(exchange)
    return host is None or is_local_host(host)


def _group_of(exchange: Exchange) -> _Group:
    host = request_host(exchange) or ""
    if _is_stand_in(exchange):
        return _Group(host, vendor_path(exchange.request.path).split("/")[1])
    return _Group(host, "")
