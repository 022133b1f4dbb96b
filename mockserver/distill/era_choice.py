"""Which vendor and which eras a recording is distilled for.

The evidence of the answers leaves several eras where their contracts do not differ in what was called. Each is tried:
one era may explain by its own rules what another one explains only by a line of the scenario.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mockserver.contract.documents.capture import captured_eras
from mockserver.contract.eras.evidence import EraEvidence
from mockserver.contract.eras.vendor_finder import VendorFinder
from mockserver.core.wire import Exchange
from mockserver.errors import refuse
from mockserver.vendors.api import Era, Vendor


class OwnCalls(NamedTuple):
    """The calls of one vendor in a recording."""

    vendor: str
    exchanges: list[Exchange]
    numbers: list[int]
    """The place of each in the recording."""
    foreign: list[Exchange]
    """Exchanges of other hosts, webhooks among them."""


class CandidateEra(NamedTuple):
    """An era to try."""

    era: Era
    is_likely: bool
    """False if the evidence is against it: it is tried only where no likely one explains everything."""


def calls_of_one_vendor(exchanges: Sequence[Exchange], name: str | None) -> OwnCalls:
    """Return the calls of the vendor of that name, or (None) of the only one in the recording.

    Raises `MockError`: DST001 without such a call, DST002 for several vendors.
    """
    finder = VendorFinder(vendor=name)
    finder.survey(exchanges)
    by_vendor: dict[str, list[int]] = {}
    foreign: list[Exchange] = []
    for number, exchange in enumerate(exchanges):
        owner = finder.vendor_of(exchange)
        if owner is None:
            foreign.append(exchange)
        else:
            by_vendor.setdefault(owner, []).append(number)
    if not by_vendor:
        hint = "Name the vendor with --vendor NAME[@DATE] if the calls went to another host."
        raise refuse("DST001", "the recording has no call of a known vendor", hint)
    if len(by_vendor) > 1:
        counts = ", ".join(f"{len(each)} of {vendor}" for vendor, each in sorted(by_vendor.items()))
        hint = "Choose one with --vendor NAME[@DATE]."
        raise refuse("DST002", f"the recording has calls of several vendors: {counts}", hint)
    ((vendor, numbers),) = by_vendor.items()
    return OwnCalls(vendor, [exchanges[number] for number in numbers], numbers, foreign)


def candidate_eras(vendor: Vendor, exchanges: Iterable[Exchange], date: str | None) -> list[CandidateEra]:
    """Return the eras to try: that of the date, else the likely ones, the newest first, and then all others."""
    if date:
        era = vendor.era(date)
        return [] if era is None else [CandidateEra(era, is_likely=True)]
    dates = captured_eras(vendor.name)
    evidence = EraEvidence(vendor.name, dates)
    if len(dates) > 1:
        for exchange in exchanges:
            evidence.observe(exchange)
    likeliest = evidence.likeliest_eras()
    newest_first = {date: place for place, date in enumerate(sorted(dates, reverse=True))}
    eras: Mapping[str, Era] = {era.date: era for era in vendor.eras}
    order = sorted(dates, key=lambda each: (each not in likeliest, evidence.hint_count(each), newest_first[each]))
    return [CandidateEra(eras[each], each in likeliest) for each in order if each in eras]
