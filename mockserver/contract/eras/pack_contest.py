"""Decides whether the calls of a host are those of a bundled pack, or of a vendor without a contract.

Theory of operation. The other vendors come first: while they explain every call of a host that has any, no pack is
looked at. Else each pack is asked for all calls of the host. One of them gets all, if it explains more than the other
vendors together, or as much with more valid answers, and has at least half of the calls. A pack may have paths of
parameters alone (`/{owner}/{model}`), which any call fits: it needs one call with a part of its own in the path, or one
valid answer.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mockserver.contract.documents.derived import derivable_vendors
from mockserver.contract.documents.places import waiting_vendors
from mockserver.contract.eras.vendor_calls import EXPLAINED, VendorCalls, load_vendor_calls
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judge.vendor_paths import vendor_path
from mockserver.core.wire import Exchange

MAX_HOSTS: Final = 1_000
"""Hosts that are counted; the calls of further ones are no pack's."""
MAX_SAMPLES: Final = 5
"""Answers of a host that are judged by the schemas: the first ones."""


class _HostCount:
    """The calls of one host, and what is explained of them: by one pack, or by all other vendors."""

    def __init__(self) -> None:
        self.calls = 0
        self.explained = 0
        self.samples = 0
        self.valid = 0
        self.parameters = 0
        self.has_own_path = False
        """True once a call has a part of the vendor's own in its path."""

    @property
    def rank(self) -> tuple[int, int, int]:
        """The rank of a pack for this host: the highest one explains the calls best."""
        return self.explained, -self.parameters, self.valid

    def add(self, exchange: Exchange, points: int, calls: VendorCalls | None) -> None:
        """Count an exchange with the points that the calls of a vendor give it, None for no vendor."""
        self.calls += 1
        self.explained += points
        if exchange.response is not None and self.samples < MAX_SAMPLES:
            self.samples += 1
            self.valid += calls is not None and calls.is_valid(exchange)

    def add_path(self, path: str, parameters: int) -> None:
        """Count the parameters of a call's path."""
        self.parameters += parameters
        self.has_own_path |= parameters < path.strip("/").count("/") + 1


class PackContest:
    """Counts the calls of hosts that are no vendor's own, and looks for a pack that explains them better."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._counts: dict[str, _HostCount] = {}
        self._winners: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        """The reason of each pack that has won a host."""

    def note(self, exchange: Exchange, points: int, calls: VendorCalls | None) -> None:
        """Count a call with the most points that a vendor gives it, and the calls of that vendor, None for none."""
        host = request_host(exchange) or ""
        if host in self._counts or len(self._counts) < MAX_HOSTS:
            self._counts.setdefault(host, _HostCount()).add(exchange, points, calls)

    def decide(self, exchanges: Iterable[Exchange]) -> None:
        """Read the exchanges again if a host has calls that are not explained, and find the packs that explain them."""
        open_hosts = {
            host
            for host, count in self._counts.items()
            if count.explained < count.calls * EXPLAINED or count.valid == 0 < count.samples
        }
        packs: dict[str, VendorCalls] = {}
        if open_hosts:
            names = waiting_vendors(self._root) | derivable_vendors(self._root)
            packs = load_vendor_calls(sorted(names), self._root)
        if not packs:
            return
        counts = {(host, name): _HostCount() for host in open_hosts for name in packs}
        for exchange in exchanges:
            host = request_host(exchange) or ""
            if host in open_hosts:
                for name, calls in packs.items():
                    if points := calls.points(exchange):
                        counts[host, name].add(exchange, points, calls)
                        counts[host, name].add_path(vendor_path(exchange.request.path), calls.parameters(exchange))
        for host in sorted(open_hosts):
            count = self._counts[host]
            best = max(packs, key=lambda name: counts[host, name].rank)
            found = counts[host, best]
            explains_more = (found.explained, found.valid) > (count.explained, count.valid)
            is_proven = found.has_own_path or found.valid > 0
            if explains_more and is_proven and found.calls * 2 >= count.calls:
                self._winners[host] = best
                where = f" of {host}" if host else ""
                self.reasons[best] = f"vendor detected: it has {found.calls} of {count.calls} calls{where}"

    def winner(self, exchange: Exchange) -> str | None:
        """Return the pack that has all calls of the exchange's host, None if there is none."""
        return self._winners.get(request_host(exchange) or "") if self._winners else None
