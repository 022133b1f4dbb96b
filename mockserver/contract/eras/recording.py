"""Judges a recording of which nobody has said whose it is: finds the vendor, and the era that explains it best.

    report = judge_recording(exchanges)
    for judgement in report.judgements:
        print(judgement.chosen)

Theory of operation. Each exchange goes to its vendor, by its host, else by its path. Where nobody has named the era,
the exchanges are read more than once: first for the evidence of single answers (see `evidence`), then by each era that
is in question (see `contest`), which mostly is one.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from mockserver.contract.documents.capture import captured_eras, captured_vendors, load_capture
from mockserver.contract.eras.evidence import EraEvidence
from mockserver.contract.eras.selection import EraSelection
from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import MAX_COUNTED_NAMES
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judge.operation_router import OperationRouter, vendor_path
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import Exchange

VendorLookup = Callable[[Exchange], str]
"""The vendor of an exchange; empty for none."""


class RecordingReport(NamedTuple):
    """A recording, judged."""

    judgements: tuple[Judgement, ...]
    """One for each vendor that the recording has calls of, by name."""
    exchanges: int
    foreign_calls: dict[str, int]
    """Exchanges of no known vendor, by host (or `GET /path` where no host is known)."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all judgements."""
        return tuple(finding for judgement in self.judgements for finding in judgement.findings)


def judge_recording(
    exchanges: Iterable[Exchange],
    vendor: str | None = None,
    era: str | None = None,
    *,
    window: int = 256,
    schemas: bool = True,
    rules: bool = True,
    alone: bool = True,
    strict: bool = False,
    rerun: str = "",
    root: Path | None = None,
) -> RecordingReport:
    """Judge exchanges from anywhere, in nearly the order of their sending (`window` may be out of place).

    `vendor` None: by each exchange's host, else by its path. `era` None: the era that explains them best, said in
    `Judgement.chosen`; the exchanges are read again and again then, and for an iterator TypeError is raised.
    The host is the request's `host` header (`:authority` for HTTP/2). The other options are those of `History`.
    """
    options = {
        "window": window,
        "schemas": schemas,
        "rules": rules,
        "alone": alone,
        "strict": strict,
        "rerun": rerun,
        "root": root,
    }
    whose: VendorLookup = VendorFinder(root).vendor_of if vendor is None else lambda _: vendor
    evidence = {} if era is not None else _collect_evidence(exchanges, vendor, whose, root)
    return _judge_by_selection(exchanges, whose, lambda name: EraSelection(name, era, evidence.get(name), options))


def _judge_by_selection(
    exchanges: Iterable[Exchange], vendor_of: VendorLookup, select_era: Callable[[str], EraSelection]
) -> RecordingReport:
    """Every exchange given to its vendor's contest, again as long as one is undecided."""
    strangers: dict[str, int] = {}
    contests: dict[str, EraSelection] = {}
    count = 0
    for count, exchange in enumerate(exchanges, 1):  # noqa: B007 -- told in the end
        name = vendor_of(exchange)
        if not name:
            _count_foreign_call(strangers, exchange)
            continue
        if name not in contests:
            contests[name] = select_era(name)
        contests[name].add(exchange)
    undecided = contests
    while undecided := {name: each for name, each in undecided.items() if not each.finish_era()}:
        for exchange in exchanges:
            name = vendor_of(exchange)
            if name in undecided:
                undecided[name].add(exchange)
    return RecordingReport(tuple(contests[name].best_judgement() for name in sorted(contests)), count, strangers)


def _count_foreign_call(counts: dict[str, int], exchange: Exchange) -> None:
    name = request_host(exchange) or f"{exchange.request.method} {exchange.request.path}"[:200]
    name = name if name in counts or len(counts) < MAX_COUNTED_NAMES else "others"
    counts[name] = counts.get(name, 0) + 1


def _collect_evidence(
    exchanges: Iterable[Exchange], vendor: str | None, vendor_of: VendorLookup, root: Path | None
) -> dict[str, EraEvidence]:
    """For each vendor with several eras, what its answers say of them."""
    known = {each: captured_eras(each, root) for each in ([vendor] if vendor else captured_vendors(root))}
    evidence = {each: EraEvidence(each, known[each], root) for each in known if len(known[each]) > 1}
    if not evidence:
        return {}
    if iter(exchanges) is exchanges:
        raise TypeError("an iterator cannot be read twice: give what can, or name the era")
    for exchange in exchanges:
        found = evidence.get(vendor_of(exchange))
        if found is not None:
            found.observe(exchange)
    return evidence


class VendorFinder:
    """Tells whose an exchange is."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    @cached_property
    def _vendor_by_host(self) -> Mapping[str, str]:
        return {
            host: vendor
            for vendor in captured_vendors(self._root)
            for host in load_rule_set(vendor, None, self._root).hosts
        }

    @cached_property
    def _routers(self) -> list[tuple[str, OperationRouter]]:
        root = self._root
        known = [(vendor, era) for vendor in captured_vendors(root) for era in reversed(captured_eras(vendor, root))]
        return [(vendor, OperationRouter(load_capture(vendor, era, root))) for vendor, era in known]

    def vendor_of(self, exchange: Exchange) -> str:
        """The vendor of an exchange: that of its host, else the first that has such a call; empty for none."""
        known = self._vendor_by_host.get(request_host(exchange) or "")
        if known is not None:
            return known
        method, path = exchange.request.method.upper(), vendor_path(exchange.request.path)
        return next((vendor for vendor, routes in self._routers if routes.find(method, path) is not None), "")
