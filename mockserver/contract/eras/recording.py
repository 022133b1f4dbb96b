"""Judges a recording of unknown origin: detects the vendor, and the era that fits it best.

    report = judge_recording(exchanges)
    for judgement in report.judgements:
        print(judgement.chosen)

Theory of operation. The exchanges are read more than once: first to find the vendor of each (see `vendor_finder`) and,
without a pinned era, for the evidence of single answers (see `evidence`), then by each candidate era (see `selection`),
mostly one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import captured_eras
from mockserver.contract.documents.derived import derived_contract
from mockserver.contract.eras.answers_ahead import NOTHING_AHEAD, AnswersAhead
from mockserver.contract.eras.evidence import EraEvidence, evidence_of
from mockserver.contract.eras.selection import EraSelection
from mockserver.contract.eras.vendor_finder import VendorFinder
from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import MAX_COUNTED_NAMES
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judgement import Judgement, count_name
from mockserver.core.wire import Exchange

_MAX_CALL_LENGTH: Final = 200
"""Characters of a call by which a foreign exchange is counted."""
_MOCK_HEADER: Final = "X-Mock-Request-Id"
"""A header of every answer of a mock server."""
BY_TABLES: Final = "it has no contract: its own tables judge it"
BY_TABLES_ALONE: Final = f"{BY_TABLES}, and a mock server gave these answers: that only checks them against themselves"
"""The remarks on a vendor without a contract."""
VendorLookup = Callable[[Exchange], str | None]
"""Returns the vendor of an exchange; None for a foreign one."""


class RecordingReport(NamedTuple):
    """The judgements of a recording."""

    judgements: tuple[Judgement, ...]
    """One for each vendor that the recording has calls of, by name."""
    exchanges: int
    foreign_calls: dict[str, int]
    """Exchanges of no vendor that was looked for, by host (or `GET /path` if the host is not known)."""
    other_vendors: dict[str, int]
    """Those of them that are of known vendors, by host."""

    @property
    def unknown_calls(self) -> dict[str, int]:
        """The exchanges of no known vendor, by host."""
        rest = {name: count - self.other_vendors.get(name, 0) for name, count in self.foreign_calls.items()}
        return {name: count for name, count in rest.items() if count}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all judgements."""
        return tuple(finding for judgement in self.judgements for finding in judgement.findings)


def judge_recording(
    exchanges: Iterable[Exchange],
    vendor: str | None = None,
    era: str | None = None,
    *,
    window: int = 256,
    schemas: bool = True,
    rules: bool = True,
    alone: bool | None = True,
    strict: bool = False,
    rerun: str = "",
    root: Path | None = None,
    ahead: AnswersAhead = NOTHING_AHEAD,
) -> RecordingReport:
    """Judge exchanges that are nearly in the order of their sending (up to `window` places off).

    `vendor` None: detected, for each host. `era` None: the era that fits them best; `Judgement.chosen` has the reason.
    Then the exchanges are read several times, and an iterator raises TypeError; with both pinned, an iterator is read
    once, without a survey of its hosts. The host is the `host` header of the request (`:authority` in HTTP/2). `ahead`
    has what was found in single answers before. All other options are those of `HistoryJudge`.
    """
    options: dict[str, Any] = {"window": window, "schemas": schemas, "rules": rules, "alone": alone, "strict": strict}
    options |= {"rerun": rerun, "root": root, "ahead": ahead.take}
    finder = VendorFinder(root, vendor)
    evidence: Mapping[str, EraEvidence | None] = {}
    if era is None:
        evidence = _collect_evidence(exchanges, vendor, finder, root, ahead)
    elif iter(exchanges) is not exchanges:
        finder.survey(exchanges)
    vendor_of = finder.vendor_of
    selections = {name: EraSelection(name, era, found, options) for name, found in evidence.items()}
    ahead.begin({name: each.era for name, each in selections.items()})
    first = _judge_by_first_eras(
        exchanges, finder, lambda name: selections.get(name) or EraSelection(name, era, None, options)
    )
    _decide_eras(exchanges, vendor_of, first.selections, ahead)
    judgements = []
    for name, selection in sorted(first.selections.items()):
        judgement = selection.best_judgement()
        reasons = [finder.reason(name), judgement.chosen]
        if derived_contract(name, root) is not None:
            reasons.append(BY_TABLES_ALONE if name in first.served_by_mock else BY_TABLES)
        judgements.append(replace(judgement, chosen="; ".join(filter(None, reasons))))
    return RecordingReport(tuple(judgements), first.exchange_count, first.foreign_calls, first.other_vendors)


class _FirstPass(NamedTuple):
    """The exchanges as judged by the first candidate of each vendor."""

    selections: dict[str, EraSelection]
    """By vendor."""
    exchange_count: int
    foreign_calls: dict[str, int]
    other_vendors: dict[str, int]
    served_by_mock: frozenset[str]
    """The vendors of which a mock server gave an answer."""


def _judge_by_first_eras(
    exchanges: Iterable[Exchange], finder: VendorFinder, new_selection: Callable[[str], EraSelection]
) -> _FirstPass:
    """Read the exchanges, and judge those of each vendor by the first candidate of its selection."""
    count = 0
    foreign_calls: dict[str, int] = {}
    other_vendors: dict[str, int] = {}
    selections: dict[str, EraSelection] = {}
    served_by_mock: set[str] = set()
    for exchange in exchanges:
        count += 1
        name = finder.vendor_of(exchange)
        if name is None:
            call = f"{exchange.request.method} {exchange.request.path}"[:_MAX_CALL_LENGTH]
            for counts in (foreign_calls, other_vendors) if finder.owner_of(exchange) else (foreign_calls,):
                count_name(counts, request_host(exchange) or call, MAX_COUNTED_NAMES)
            continue
        if name not in selections:
            selections[name] = new_selection(name)
        selections[name].add(exchange)
        if exchange.response is not None and exchange.response.header(_MOCK_HEADER) is not None:
            served_by_mock.add(name)
    return _FirstPass(selections, count, foreign_calls, other_vendors, frozenset(served_by_mock))


def _decide_eras(
    exchanges: Iterable[Exchange], vendor_of: VendorLookup, selections: Mapping[str, EraSelection], ahead: AnswersAhead
) -> None:
    """End the present pass, and read the exchanges again for the vendors that are still undecided, until none is."""
    undecided = selections
    while undecided := {name: each for name, each in undecided.items() if not each.finish_era()}:
        ahead.begin({name: each.era for name, each in undecided.items()})
        for exchange in exchanges:
            name = vendor_of(exchange)
            if name in undecided:
                undecided[name].add(exchange)


def _collect_evidence(
    exchanges: Iterable[Exchange], vendor: str | None, finder: VendorFinder, root: Path | None, ahead: AnswersAhead
) -> dict[str, EraEvidence | None]:
    """Survey exchanges; return the evidence for the eras of each vendor in them, None for one that has a single era.

    Raises TypeError for an iterator.
    """
    if iter(exchanges) is exchanges:
        if vendor is not None and len(captured_eras(vendor, root)) == 1:
            return {}
        raise TypeError("an iterator cannot be read twice: pass a list or a recording, or name the era")
    evidence: dict[str, EraEvidence | None] = {}
    ahead.begin(None)
    for name, exchange in finder.survey_calls(exchanges):
        if name not in evidence:
            evidence[name] = evidence_of(name, root)
        collected = evidence[name]
        if collected is not None:
            collected.observe(exchange, ahead.take(exchange))
    return evidence
