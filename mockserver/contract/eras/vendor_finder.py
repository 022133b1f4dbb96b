"""Attributes the exchanges of a recording or of live traffic to vendors.

Theory of operation. The host decides first: a vendor's own host is that vendor's, whatever the path, and no other
vendor's. On a stand-in for a vendor (this machine, a name without a dot, no host) the prefix `/v/NAME` decides. A path
alone proves little, because APIs resemble each other (`/v1/videos`). So it counts only where nothing else can decide,
and then for all calls of a group together:

- a host that no contract names (a gateway, a staging server) is one group;
- so is what a stand-in serves below one first part of the path: a mock server has several vendors on one port.

A group belongs to the vendor that explains most of it: whose contract has the call, and documents its status. Of
vendors that explain as much, it belongs to the one whose paths have fewer parameters, then to the one by whose schemas
more of its first answers are valid, then to the bundled one. Beside calls of a vendor's own host, a host that no
contract names is foreign.

The contracts of bundled packs, and the tables of vendors without a contract, are looked at when a recording has calls
that no other vendor explains (see `pack_contest`): such a vendor gets all calls of a host if it explains more of them
than the others together.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.contract.documents.derived import derivable_vendors
from mockserver.contract.documents.places import captured_vendors, is_bundled, waiting_vendors
from mockserver.contract.eras.pack_contest import PackContest
from mockserver.contract.eras.vendor_calls import VendorCalls, load_vendor_calls
from mockserver.contract.judge.hosts import host_owner, is_local_host, request_host
from mockserver.contract.judge.vendor_paths import named_vendor, vendor_path
from mockserver.core.wire import Exchange

MAX_SAMPLES: Final = 5
"""Answers that decide between vendors which explain as much of a group: the first ones."""
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
        self._contested: dict[_Group, list[Exchange]] = {}
        """The first answers of groups that several vendors explain."""
        self._owners: dict[str, str | None] = {}
        """The vendors of the hosts that were met."""
        self._best: dict[_Group, str] = {}
        """The vendors of groups that several explain equally."""
        self._packs = PackContest(root)

    def survey(self, exchanges: Iterable[Exchange]) -> None:
        """Take note of all exchanges before the first is attributed; `exchanges` may be read twice."""
        for exchange in exchanges:
            self._note(exchange)
            if self._vendor is not None and self._has_own_host:
                # Nothing else is asked of a survey for one vendor.
                return
        self._decide_packs(exchanges)

    def survey_calls(self, exchanges: Iterable[Exchange]) -> Iterator[tuple[str, Exchange]]:
        """Survey exchanges, and yield each one of a vendor with it: at once if the host or the path names the vendor.

        The others come last: `exchanges` are read again if there are any.
        """
        unnamed: set[bool] = set()
        for exchange in exchanges:
            owner = self._note(exchange)
            if owner is None:
                unnamed.add(_is_stand_in(exchange))
            elif self._vendor in (None, owner):
                yield owner, exchange
        self._decide_packs(exchanges)
        if True in unnamed or (unnamed and not self._has_own_host):
            for exchange in exchanges:
                if self.owner_of(exchange) is None and (vendor := self.vendor_of(exchange)):
                    yield vendor, exchange

    def _note(self, exchange: Exchange) -> str | None:
        """Take note of an exchange; return its owner."""
        owner = self.owner_of(exchange)
        if owner is None and self._vendor is None:
            self._add_scores(exchange, surveyed=True)
        self._has_own_host |= owner is not None and not _is_stand_in(exchange) and self._vendor in (None, owner)
        return owner

    def _decide_packs(self, exchanges: Iterable[Exchange]) -> None:
        if self._vendor is None and not self._has_own_host:
            self._packs.decide(each for each in exchanges if self.owner_of(each) is None)

    def vendor_of(self, exchange: Exchange) -> str | None:
        """Return the vendor of an exchange; None for a foreign one."""
        owner = self.owner_of(exchange)
        if owner is not None:
            return owner if self._vendor in (None, owner) else None
        if self._has_own_host and not _is_stand_in(exchange):
            return None
        if self._vendor is not None:
            return self._vendor
        pack = self._packs.winner(exchange)
        if pack is not None:
            return pack
        group = _group_of(exchange)
        scores = self._scores.get(group) or self._add_scores(exchange)
        best = [name for name, score in scores.items() if score == max(scores.values())]
        return self._best_of(group, best) if len(best) > 1 else next(iter(best), None)

    def reason(self, vendor: str) -> str | None:
        """Return the reason why a recording is a bundled pack's; None for other vendors, which come first."""
        return self._packs.reasons.get(vendor)

    @cached_property
    def _calls(self) -> dict[str, VendorCalls]:
        """The calls of the vendors that come first."""
        waiting = waiting_vendors(self._root)
        return load_vendor_calls([name for name in captured_vendors(self._root) if name not in waiting], self._root)

    def owner_of(self, exchange: Exchange) -> str | None:
        """Return the vendor whose own host an exchange names, or whose prefix it has on a stand-in."""
        host = request_host(exchange) or ""
        if host not in self._owners:
            self._owners[host] = host_owner(host, self._root)
        owner = self._owners[host]
        if owner is None and _is_stand_in(exchange):
            named = named_vendor(exchange.request.path)
            return named if named in self._judgeable else None
        return owner

    @cached_property
    def _judgeable(self) -> frozenset[str]:
        return derivable_vendors(self._root).union(captured_vendors(self._root))

    def _add_scores(self, exchange: Exchange, *, surveyed: bool = False) -> dict[str, int]:
        """Add what the vendors explain of an exchange to the scores of its group, and return those."""
        group = _group_of(exchange)
        scores = self._scores.get(group, {})
        if not scores and len(self._scores) >= self._max_groups:
            return {}
        points = {name: found for name, calls in self._calls.items() if (found := calls.points(exchange))}
        for vendor, found in points.items():
            scores[vendor] = scores.get(vendor, 0) + found
        if scores:
            self._scores[group] = scores
        if surveyed:
            best = max(points, key=points.__getitem__, default="")
            self._packs.note(exchange, points.get(best, 0), self._calls.get(best))
        if len(points) > 1:
            samples = self._contested.setdefault(group, [])
            if len(samples) < MAX_SAMPLES:
                samples.append(exchange)
        return scores

    def _best_of(self, group: _Group, vendors: list[str]) -> str:
        """Return the vendor whose paths have the fewest parameters in a group's first calls, and find them valid.

        Of equals it is a bundled one, then the first by name.
        """
        if group not in self._best:
            samples = self._contested.get(group, [])
            loose = {name: sum(map(self._calls[name].parameters, samples)) for name in vendors}
            valid = {name: sum(map(self._calls[name].is_valid, samples)) for name in vendors}
            bundled = {name: is_bundled(name, self._root) for name in vendors}
            self._best[group] = min(vendors, key=lambda name: (loose[name], -valid[name], not bundled[name], name))
        return self._best[group]


def _is_stand_in(exchange: Exchange) -> bool:
    host = request_host(exchange)
    return host is None or is_local_host(host)


def _group_of(exchange: Exchange) -> _Group:
    host = request_host(exchange) or ""
    if _is_stand_in(exchange):
        return _Group(host, vendor_path(exchange.request.path).split("/")[1])
    return _Group(host, "")
