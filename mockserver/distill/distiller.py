"""Runs the steps from a recording to a scenario that is proved, and collects what the report says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mockserver.core.instants import Duration
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.distill.calls import CallReader, RecordedCall, telling_calls
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.era_choice import OwnCalls, calls_of_one_vendor, candidate_eras
from mockserver.distill.fault_lines import RepairContext
from mockserver.distill.first_draft import JobGroup, compose_draft, group_jobs
from mockserver.distill.play_proof import PlayProof
from mockserver.distill.playback import CallMismatch, RecordingPlayback
from mockserver.distill.recorded_deliveries import RecordedDelivery, endpoint_value, note_deliveries, read_delivery
from mockserver.distill.recorded_jobs import RecordedJob, find_jobs, name_jobs
from mockserver.distill.search import DraftSearch, handling_orders
from mockserver.distill.steps import PlayStyle, PlayWriter
from mockserver.distill.titles import describe_calls
from mockserver.distill.translation import SPECIAL_KEYS, RecordedJobNames
from mockserver.distill.vocabulary import Vocabulary
from mockserver.engine.store import Store
from mockserver.redaction.redactor import Redactor
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.http import USUAL_KEY

MAX_CALLS_FOR_ALL_ERAS: Final = 500
"""Calls of a recording for which every era is tried; of a longer one, the first that explains it is taken."""
MAX_LONG_ERAS: Final = 3
"""Eras that are tried for a longer one."""
MAX_SEARCHED_CALLS: Final = 1_000
"""Calls that are searched as they are; of a longer recording, rows of equal polls are left out of the search."""
SCRIPTED_SECTIONS: Final = ("cancel", "limits", "faults")
"""The sections in which a scenario departs from the vendor's own rules."""


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
    """False for a recording whose calls have an order and no times."""


@dataclass(frozen=True)
class Distilled:
    """A distilled scenario, and how much of the recording it explains."""

    draft: ScenarioDraft
    era: Era
    calls: tuple[RecordedCall, ...] = field(repr=False)
    numbers: tuple[int, ...] = field(repr=False)
    """The place of each call in the recording."""
    mismatches: tuple[CallMismatch, ...]
    """Calls that the scenario answers differently."""
    unknown_calls: tuple[RecordedCall, ...]
    """Calls that the era does not have."""
    foreign_count: int
    """Exchanges of other hosts, which were left out."""
    delivery_count: int
    """Webhooks that were recorded."""
    bounds: tuple[Duration, ...]
    """How far apart the bounds of each change of state are."""
    play_failures: tuple[str, ...]
    """What the scenario's own play misses."""
    is_plain: bool
    """True if the vendor's own rules explain everything but the timelines."""
    missing_jobs: str | None
    """Why no job was followed; None if the vendor's contract describes jobs."""
    missing_answers: str | None
    """Why there is nothing to explain; None if an answer belongs to an operation."""

    @property
    def text(self) -> str:
        """The scenario as YAML."""
        return self.draft.text()

    @property
    def unexplained(self) -> tuple[RecordedCall, ...]:
        """The calls that are not explained, in order."""
        numbers = {each.call.number for each in self.mismatches} | {call.number for call in self.unknown_calls}
        return tuple(call for call in self.calls if call.number in numbers)

    @property
    def explained_count(self) -> int:
        """The number of calls that are explained; none where there is nothing to explain."""
        return 0 if self.missing_answers is not None else len(self.calls) - len(self.unexplained)

    @property
    def cost(self) -> tuple[int, int, int]:
        """The distance from an ideal scenario: unexplained calls, failures of its play, length."""
        return len(self.unexplained), len(self.play_failures), len(self.text)

    @property
    def is_whole(self) -> bool:
        """True if the scenario explains every call."""
        return not self.unexplained and not self.play_failures

    @property
    def is_proved(self) -> bool:
        """True if the scenario explains every call, there was one to explain, and jobs were followed."""
        return self.is_whole and self.missing_answers is None and self.missing_jobs is None


class Distiller:
    """Distills recordings, with the installed vendors and a store for the playbacks."""

    def __init__(self, vendors: Mapping[str, Vendor], make_store: Callable[[Era], Store]) -> None:
        self._vendors = vendors
        self._make_store = make_store

    def distill(self, exchanges: Sequence[Exchange], options: DistillOptions, redactor: Redactor) -> Distilled:
        """Return the scenario of a recording.

        Raises `MockError`: DST001 without a call of a vendor, DST002 for several vendors, REC009 if a secret is left.
        """
        name, _, date = (options.pin or "").partition("@")
        own = calls_of_one_vendor(exchanges, name or None)
        for exchange in own.exchanges:
            learn_secrets(exchange, redactor)
        is_long = len(own.exchanges) > MAX_CALLS_FOR_ALL_ERAS
        candidates = candidate_eras(self._vendors[own.vendor], own.exchanges, date or None)
        best: Distilled | None = None
        for candidate in candidates[: MAX_LONG_ERAS if is_long else None]:
            if best is not None and best.is_whole and (best.is_plain or is_long or not candidate.is_likely):
                break
            found = _EraDistiller(candidate.era, self._vendors, self._make_store, options).distill(own)
            if best is None or found.cost < best.cost:
                best = found
        assert best is not None  # noqa: S101 -- a pinned era is checked before, and every vendor has one
        redactor.check(best.text.encode())
        return best


class _SearchResult(NamedTuple):
    """The best draft of a search, what it does not explain, the search, and the jobs by their courses."""

    draft: ScenarioDraft
    mismatches: list[CallMismatch]
    search: DraftSearch
    groups: list[JobGroup]


class _Reading(NamedTuple):
    """What is read from the calls before anything is searched."""

    calls: list[RecordedCall]
    names: RecordedJobNames
    writer: PlayWriter
    playback: RecordingPlayback
    numbers: tuple[int, ...]
    """The place of each call in the recording."""
    deliveries: tuple[RecordedDelivery, ...]
    foreign_count: int
    missing_jobs: str | None


class _EraDistiller:
    """Distills a recording for one era."""

    def __init__(
        self, era: Era, vendors: Mapping[str, Vendor], make_store: Callable[[Era], Store], options: DistillOptions
    ) -> None:
        self._era = era
        self._vendors = vendors
        self._make_store = make_store
        self._options = options
        self._vocabulary = Vocabulary(era)

    def distill(self, own: OwnCalls) -> Distilled:
        """Return the scenario of a vendor's calls."""
        reading = self._read(own)
        calls = reading.calls
        found = self._search(reading)
        proof = PlayProof(self._era, found.search, reading.writer, self._make_store)
        proved = proof.prove(found.draft, found.mismatches)
        unknown = tuple(call for call in calls if call.operation is None and call.is_accepted)
        missed = {each.call.number for each in found.mismatches} | {call.number for call in unknown}
        missing_answers = missing_evidence(calls)
        share = len(calls) - len(missed) if missed else "all"
        if missing_answers is not None:
            share = "none"
        note = f"Distilled from {pluralize(len(calls), 'recorded call')}, {share} of them explained."
        draft = replace(proved.draft, notes=(note,))
        steps = [step for group in found.groups for step in group.course if step.stay is not None]
        return Distilled(
            draft=draft,
            era=self._era,
            calls=tuple(calls),
            numbers=reading.numbers,
            mismatches=tuple(found.mismatches),
            unknown_calls=unknown,
            foreign_count=reading.foreign_count,
            delivery_count=len(reading.deliveries),
            bounds=tuple(step.ends_by - step.ends_above for step in steps),
            play_failures=proved.failures,
            is_plain=not scripted(draft),
            missing_jobs=reading.missing_jobs,
            missing_answers=missing_answers,
        )

    def _read(self, own: OwnCalls) -> _Reading:
        reader = CallReader(self._era)
        start = min(exchange.sent_at for exchange in own.exchanges)
        calls = [reader.read_call(number, exchange, start) for number, exchange in enumerate(own.exchanges)]
        kinds = {job.job_id: job.kind for job in find_jobs(calls, self._era)}
        deliveries: list[RecordedDelivery] = []
        foreign_count = len(own.foreign)
        if self._options.has_measured_times:
            # A receiver on the same machine as a stand-in for the vendor looks like the vendor.
            odd = {call.number: call.exchange for call in calls if call.operation is None}
            received = {number: read_delivery(exchange, self._era, kinds, start) for number, exchange in odd.items()}
            calls = [call for call in calls if received.get(call.number) is None]
            sent = [read_delivery(exchange, self._era, kinds, start) for exchange in own.foreign]
            deliveries = sorted(filter(None, (*received.values(), *sent)), key=lambda delivery: delivery.at)
            foreign_count = sent.count(None)
        jobs = find_jobs(calls, self._era)
        names = name_jobs(jobs, self._era)
        playback = RecordingPlayback(self._era, reader, calls, self._make_store)
        writer = PlayWriter(
            era=self._era,
            names=names,
            vocabulary=self._vocabulary,
            kinds=kinds,
            key_names=playback.key_names,
            deliveries=deliveries,
        )
        return _Reading(
            calls=calls,
            names=names,
            writer=writer,
            playback=playback,
            numbers=tuple(own.numbers),
            deliveries=tuple(deliveries),
            foreign_count=foreign_count,
            missing_jobs=reader.missing_jobs,
        )

    def _search(self, reading: _Reading) -> _SearchResult:
        """Return the draft that explains the calls: of a long recording, found by the telling ones, tried on all."""
        calls = reading.calls
        if len(calls) <= MAX_SEARCHED_CALLS or not self._options.has_measured_times:
            return self._search_in(calls, reading)
        found = self._search_in(telling_calls(calls), reading)
        scenario = self._load(found.draft.text())
        orders = handling_orders(calls)
        if any(not reading.playback.mismatches(scenario, reading.names, order) for order in orders):
            return found
        return self._search_in(calls, reading)

    def _search_in(self, searched: Sequence[RecordedCall], reading: _Reading) -> _SearchResult:
        """Search the draft that explains these calls, in each order of handling."""
        has_all_reads = len(searched) == len(reading.calls)
        results: list[_SearchResult] = []
        for order in handling_orders(searched):
            jobs = find_jobs(order, self._era)
            endpoint = endpoint_value(reading.deliveries, jobs, self._era)
            note_deliveries(jobs, reading.deliveries, self._era)
            groups = self._group(jobs)
            jobs_by_id = {job.job_id: job for job in jobs}
            empty = ScenarioDraft(self._options.name, self._era.pin, describe_calls(reading.calls, jobs_by_id))
            played = empty.with_lines("play", *reading.writer.lines(order, PlayStyle(1)))
            if reading.deliveries:
                played = played.with_lines("webhooks", DraftLine(endpoint))
            first = compose_draft(played, groups, reading.names, self._era)
            context = RepairContext(
                era=self._era,
                calls=order,
                jobs=jobs_by_id,
                names=reading.names,
                vocabulary=self._vocabulary,
                has_all_reads=has_all_reads,
            )
            search = DraftSearch(reading.playback, self._load, context)
            draft, mismatches = search.improve(first)
            draft = search.shorten(draft, mismatches)
            results.append(_SearchResult(draft, mismatches, search, groups))
            if not mismatches and not scripted(draft):
                break
        return min(results, key=lambda result: (len(result.mismatches), len(result.draft.text())))

    def _group(self, jobs: Sequence[RecordedJob]) -> list[JobGroup]:
        counts_polls = not self._options.has_measured_times
        return group_jobs(jobs, self._era, counts_polls=counts_polls, per_job=self._options.per_job)

    def _load(self, text: str) -> Scenario:
        return load_scenario(text, self._vendors, file="distilled")


def missing_evidence(calls: Sequence[RecordedCall]) -> str | None:
    """Return why the calls have nothing to explain, in the words of `check`; None if an answer is an operation's."""
    answered = [call for call in calls if call.view is not None]
    if not answered:
        return "no call has an answer"
    if all(call.operation is None for call in answered):
        return "no answer belongs to an operation of the contract"
    return None


def scripted(draft: ScenarioDraft) -> bool:
    """Return True if a draft departs from the vendor's own rules."""
    return any(draft.lines(section) for section in SCRIPTED_SECTIONS)


def learn_secrets(exchange: Exchange, redactor: Redactor) -> None:
    """Search for the keys of a request from now on, unless they are words of the fake's own clients."""
    headers = {
        name: value
        for name, value in exchange.request.headers.items()
        if value.rpartition(" ")[2] not in (*SPECIAL_KEYS, USUAL_KEY)
    }
    redactor.learn_keys(exchange.request._replace(headers=headers))
