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

from mockserver.contract.capture import eras, load, vendors
from mockserver.contract.contest import Contest
from mockserver.contract.evidence import Evidence
from mockserver.contract.findings import Finding
from mockserver.contract.history import NAMES, host_of
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.book import load_book
from mockserver.contract.sights import Routes, bare_path
from mockserver.core.wire import Exchange

Whose = Callable[[Exchange], str]
"""The vendor of an exchange; empty for none."""


class Report(NamedTuple):
    """A recording, judged."""

    judgements: tuple[Judgement, ...]
    """One for each vendor that the recording has calls of, by name."""
    exchanges: int
    strangers: dict[str, int]
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
) -> Report:
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
    whose: Whose = Finder(root).vendor if vendor is None else lambda _: vendor
    evidence = {} if era is not None else _evidence(exchanges, vendor, whose, root)
    return _heard(exchanges, whose, lambda name: Contest(name, era, evidence.get(name), options))


def _heard(exchanges: Iterable[Exchange], whose: Whose, contest: Callable[[str], Contest]) -> Report:
    """Every exchange given to its vendor's contest, again as long as one is undecided."""
    strangers: dict[str, int] = {}
    contests: dict[str, Contest] = {}
    count = 0
    for count, exchange in enumerate(exchanges, 1):  # noqa: B007 -- told in the end
        name = whose(exchange)
        if not name:
            _count_stranger(strangers, exchange)
            continue
        if name not in contests:
            contests[name] = contest(name)
        contests[name].add(exchange)
    undecided = contests
    while undecided := {name: each for name, each in undecided.items() if not each.decided()}:
        for exchange in exchanges:
            name = whose(exchange)
            if name in undecided:
                undecided[name].add(exchange)
    return Report(tuple(contests[name].judgement() for name in sorted(contests)), count, strangers)


def _count_stranger(strangers: dict[str, int], exchange: Exchange) -> None:
    name = host_of(exchange) or f"{exchange.request.method} {exchange.request.path}"[:200]
    name = name if name in strangers or len(strangers) < NAMES else "others"
    strangers[name] = strangers.get(name, 0) + 1


def _evidence(
    exchanges: Iterable[Exchange], vendor: str | None, whose: Whose, root: Path | None
) -> dict[str, Evidence]:
    """For each vendor with several eras, what its answers say of them."""
    known = {each: eras(each, root) for each in ([vendor] if vendor else vendors(root))}
    evidence = {each: Evidence(each, known[each], root) for each in known if len(known[each]) > 1}
    if not evidence:
        return {}
    if iter(exchanges) is exchanges:
        raise TypeError("an iterator cannot be read twice: give what can, or name the era")
    for exchange in exchanges:
        found = evidence.get(whose(exchange))
        if found is not None:
            found.take(exchange)
    return evidence


class Finder:
    """Tells whose an exchange is."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    @cached_property
    def _hosts(self) -> Mapping[str, str]:
        return {host: vendor for vendor in vendors(self._root) for host in load_book(vendor, None, self._root).hosts}

    @cached_property
    def _routes(self) -> list[tuple[str, Routes]]:
        root = self._root
        known = [(vendor, era) for vendor in vendors(root) for era in reversed(eras(vendor, root))]
        return [(vendor, Routes(load(vendor, era, root))) for vendor, era in known]

    def vendor(self, exchange: Exchange) -> str:
        """The vendor of an exchange: that of its host, else the first that has such a call; empty for none."""
        known = self._hosts.get(host_of(exchange))
        if known is not None:
            return known
        method, path = exchange.request.method.upper(), bare_path(exchange.request.path)
        return next((vendor for vendor, routes in self._routes if routes.find(method, path) is not None), "")
