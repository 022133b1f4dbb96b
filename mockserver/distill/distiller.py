"""Runs the steps from a recording to a scenario that is proved, and collects what the report says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mockserver.contract.documents.capture import captured_eras
from mockserver.contract.eras.evidence import EraEvidence
from mockserver.contract.eras.vendor_finder import VendorFinder
from mockserver.core.instants import Duration
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.distill.calls import CallReader, RecordedCall
from mockserver.distill.draft import ScenarioDraft
from mockserver.distill.first_draft import compose_draft, group_jobs
from mockserver.distill.play_proof import PlayProof
from mockserver.distill.recorded_jobs import find_jobs, name_jobs
from mockserver.distill.repairs import RepairContext
from mockserver.distill.replay import KEY_NAME, SPECIAL_KEYS, CallMismatch, RecordingReplay
from mockserver.distill.search import DraftSearch, handling_orders
from mockserver.distill.steps import PlayStyle, PlayWriter
from mockserver.distill.titles import describe_calls
from mockserver.distill.vocabulary import Vocabulary
from mockserver.engine.store import Store
from mockserver.errors import refuse
from mockserver.redaction.redactor import Redactor
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor

MAX_CALLS_FOR_ALL_ERAS: Final = 500
"""Calls of a recording for which every likely era is tried; of a longer one, the first that explains it is taken."""


@dataclass(frozen=True)
class DistillOptions:
    """What the caller decides."""

    name: str
    """The scenario's name."""
    pin: str | None = None
    """The vendor, or its era; None: detected."""
    per_job: bool = False
    """A timeline for each job, though one would explain several."""
    has_measured_times: bool = True


@dataclass(frozen=True)
class Distilled:
    """A distilled scenario, and how much of the recording it explains."""

    text: str
    era: Era
    calls: tuple[RecordedCall, ...]
    mismatches: tuple[CallMismatch, ...]
    """Calls that the scenario answers differently."""
    unknown_calls: tuple[RecordedCall, ...]
    """Calls that the era does not have."""
    foreign_count: int
    """Exchanges of other hosts, which were left out."""
    line_count: int
    bounds: tuple[Duration, ...]
    """How far apart the bounds of each change of state are."""
    play_failures: tuple[str, ...]
    """What the scenario's own play misses."""
    is_plain: bool
    """True if the vendor's own rules explain everything but the timelines."""

    @property
    def unexplained(self) -> tuple[RecordedCall, ...]:
        """The calls that are not explained, in order."""
        numbers = {each.call.number for each in self.mismatches} | {call.number for call in self.unknown_calls}
        return tuple(call for call in self.calls if call.number in numbers)

    @property
    def cost(self) -> tuple[int, int, int]:
        """How far the scenario is from an ideal one: unexplained calls, failures of its play, length."""
        return len(self.unexplained), len(self.play_failures), len(self.text)

    @property
    def is_whole(self) -> bool:
        """True if the scenario explains every call."""
        return not self.unexplained and not self.play_failures


class Distiller:
    """Distills recordings, with the installed vendors and a store for the replays."""

    def __init__(self, vendors: Mapping[str, Vendor], make_store: Callable[[Era], Store]) -> None:
        self._vendors = vendors
        self._make_store = make_store

    def distill(self, exchanges: Sequence[Exchange], options: DistillOptions, redactor: Redactor) -> Distilled:
        """Return the scenario of a recording.

        Raises `MockError`: DST001 without a call of a vendor, DST002 for several vendors, REC009 if a secret is left.
        """
        vendor, own, foreign = self._calls_of_one_vendor(exchanges, options)
        for exchange in own:
            learn_secrets(exchange, redactor)
        best: Distilled | None = None
        for era in self._candidate_eras(vendor, own, options):
            found = self._distill_era(era, own, options, foreign)
            if best is None or found.cost < best.cost:
                best = found
            # Another era may explain by its own rules what this one explains by a line.
            if best.is_whole and (best.is_plain or len(own) > MAX_CALLS_FOR_ALL_ERAS):
                break
        assert best is not None  # noqa: S101 -- every vendor has an era
        redactor.check(best.text.encode())
        return best

    def _calls_of_one_vendor(
        self, exchanges: Sequence[Exchange], options: DistillOptions
    ) -> tuple[str, list[Exchange], int]:
        name = None if options.pin is None else options.pin.partition("@")[0]
        finder = VendorFinder(vendor=name)
        finder.survey(exchanges)
        by_vendor: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            owner = finder.vendor_of(exchange)
            if owner is not None:
                by_vendor.setdefault(owner, []).append(exchange)
        if not by_vendor:
            hint = "Name the vendor with --vendor NAME[@DATE] if the calls went to another host."
            raise refuse("DST001", "the recording has no call of a known vendor", hint)
        if len(by_vendor) > 1:
            counts = ", ".join(f"{len(each)} of {vendor}" for vendor, each in sorted(by_vendor.items()))
            hint = "Choose one with --vendor NAME[@DATE]."
            raise refuse("DST002", f"the recording has calls of several vendors: {counts}", hint)
        ((vendor, own),) = by_vendor.items()
        return vendor, own, len(exchanges) - len(own)

    def _candidate_eras(self, vendor: str, exchanges: Iterable[Exchange], options: DistillOptions) -> list[Era]:
        """Return the eras to try: the pinned one, else the likeliest, the newest first."""
        known = self._vendors[vendor]
        date = None if options.pin is None else options.pin.partition("@")[2]
        if date:
            era = known.era(date)
            return [era] if era is not None else []
        dates = captured_eras(vendor)
        if len(dates) > 1:
            evidence = EraEvidence(vendor, dates)
            for exchange in exchanges:
                evidence.observe(exchange)
            dates = tuple(sorted(evidence.likeliest_eras(), key=lambda each: (evidence.hint_count(each), _later(each))))
        return [era for each in dates for era in known.eras if era.date == each]

    def _distill_era(self, era: Era, exchanges: Sequence[Exchange], options: DistillOptions, foreign: int) -> Distilled:
        reader = CallReader(era)
        start = min(exchange.sent_at for exchange in exchanges)
        calls = [reader.read_call(number, exchange, start) for number, exchange in enumerate(exchanges)]
        jobs = find_jobs(calls, era)
        names = name_jobs(jobs, era)
        vocabulary = Vocabulary(era)
        writer = PlayWriter(era, names, vocabulary, {job.job_id: job.kind for job in jobs})
        replay = RecordingReplay(era, reader, calls, self._make_store)
        title = describe_calls(calls, {job.job_id: job for job in jobs})
        groups = group_jobs(jobs, era, counts_polls=not options.has_measured_times, per_job=options.per_job)
        best: tuple[ScenarioDraft, list[CallMismatch], DraftSearch] | None = None
        for order in handling_orders(calls):
            empty = ScenarioDraft(options.name, era.pin, title).with_lines("play", *writer.lines(order, PlayStyle(1)))
            first = compose_draft(empty, groups, names, era)
            context = RepairContext(era, order, {job.job_id: job for job in jobs}, names, vocabulary)
            search = DraftSearch(replay, self._load, context)
            draft, mismatches = search.improve(first)
            draft = search.shorten(draft, mismatches)
            if best is None or len(mismatches) < len(best[1]):
                best = draft, mismatches, search
            if not mismatches:
                break
        assert best is not None  # noqa: S101 -- there is always an order
        draft, mismatches, search = best
        proved = PlayProof(era, search, writer, self._make_store).prove(draft, mismatches)
        unknown = tuple(call for call in calls if call.operation is None and call.is_accepted)
        missed = {each.call.number for each in mismatches} | {call.number for call in unknown}
        share = "all" if not missed else f"{len(calls) - len(missed)}"
        note = f"Distilled from {pluralize(len(calls), 'recorded call')}, {share} of them explained."
        proved = replace(proved, draft=replace(proved.draft, notes=(note,)))
        bounds = [step.ends_by - step.ends_above for group in groups for step in group.course if step.stay]
        return Distilled(
            text=proved.draft.text(),
            era=era,
            calls=tuple(calls),
            mismatches=tuple(mismatches),
            unknown_calls=unknown,
            foreign_count=foreign,
            line_count=proved.draft.line_count,
            bounds=tuple(bounds),
            play_failures=proved.failures,
            is_plain=not any(proved.draft.lines(section) for section in ("cancel", "limits", "faults")),
        )

    def _load(self, text: str) -> Scenario:
        return load_scenario(text, self._vendors, file="distilled")


def learn_secrets(exchange: Exchange, redactor: Redactor) -> None:
    """Search for the keys of a request from now on, unless they are words of the fake's own clients."""
    headers = {
        name: value
        for name, value in exchange.request.headers.items()
        if value.rpartition(" ")[2] not in (*SPECIAL_KEYS, KEY_NAME)
    }
    redactor.learn_keys(replace(exchange.request, headers=headers))


def _later(date: str) -> tuple[int, ...]:
    """Return a key that sorts later dates first."""
    return tuple(-int(part) for part in date.split("-"))
