"""The timelines of the jobs in a recording: which calls were made, when, and what they showed.

The recording is read a second time, now that its contract and its findings are known. Jobs with findings are drawn
first, then those with several calls, as many as fit; all others are counted, and listed with what was seen of them. Of
a run of equal reads the first two and the last are kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

from mockserver.contract.judge.contract import load_contract
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.rules.conditions import value_at
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.instants import Instant
from mockserver.core.wire import NO_POSITION, Exchange, SourcePosition
from mockserver.recordings.readable import ReadableExchanges
from mockserver.runner.reports.checks.call_bodies import NO_BODIES, CallBodies, call_bodies
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.results import CheckReport

MAX_JOBS: Final = 40
"""Jobs of a recording that are drawn."""
MAX_LISTED_JOBS: Final = 1_000
"""Other jobs of a recording that are listed; a job beyond them is not even counted, which the page says."""
MAX_LISTED_STATES: Final = 8
"""States of a listed job that are named."""
MAX_MARKS: Final = 300
"""Calls of a job that are drawn."""
FOLD_AFTER: Final = 100
"""Number of calls from which on equal reads are folded."""

_JobKey = tuple[str, str]
"""A vendor, and a job as findings name it: `batch b1`."""


@dataclass(slots=True, kw_only=True)
class CallMark:
    """A call, or several equal ones in a row."""

    sent: Instant
    answered: Instant | None
    call: str
    """`GET /v1/videos/G-1`."""
    status: int | None
    """The HTTP status; None without an answer."""
    status_word: str | None
    """The job's status in the body."""
    may_change_job: bool
    spot: SourcePosition = NO_POSITION
    """The place in the recording; of several calls that of the last."""
    bodies: CallBodies = NO_BODIES
    repeat_count: int = 1
    proves_finding: bool = False
    """True if a finding's story has the call."""

    @property
    def answer(self) -> str:
        """The answer as a story shows it: `200 processing`."""
        if self.status is None:
            return "no answer"
        return f"{self.status} {self.status_word or ''}".rstrip()

    def is_same_call(self, other: "CallMark") -> bool:
        """Return True if the other call differs in its time only."""
        return (self.call, self.status, self.status_word) == (other.call, other.status, other.status_word)


@dataclass(slots=True, kw_only=True)
class ListedJob:
    """A job without a timeline: it has no finding, and one call or no place on the page."""

    vendor: str
    kind: str
    job_id: str
    call_count: int = 0
    status_words: list[str] = field(default_factory=list)
    """The states in which it was seen, each once."""
    batch: str = ""
    """The job whose items it is one of, as findings name it: `batch b1`; empty if no answer has shown that."""
    first: tuple[JobMention, Exchange] | None = None
    """Its only call so far, while there is room to draw it."""

    def add(self, word: str | None) -> None:
        """Count a call, and note the state that it showed."""
        self.call_count += 1
        if word and word not in self.status_words and len(self.status_words) < MAX_LISTED_STATES:
            self.status_words.append(word)


class StateBand(NamedTuple):
    """The time in which a job was seen in a state: from the first sight to the last."""

    status_word: str
    since: Instant
    until: Instant


@dataclass(slots=True, kw_only=True)
class JobTrack:
    """The timeline of one job."""

    file: str
    vendor: str
    era: str
    kind: str
    job_id: str
    terminal_words: frozenset[str]
    """The status words of terminal states."""
    marks: list[CallMark] = field(default_factory=list)
    omitted_count: int = 0
    groups: list[FindingGroup] = field(default_factory=list)
    """The findings about the job."""

    @property
    def name(self) -> str:
        """The job as findings name it: `batch b1`."""
        return f"{self.kind} {self.job_id}"

    @property
    def start(self) -> Instant:
        """The instant of the first call."""
        return min(mark.sent for mark in self.marks)

    @property
    def end(self) -> Instant:
        """The instant of the last call or answer."""
        return max(max(mark.sent, mark.answered or mark.sent) for mark in self.marks)

    def add(self, mark: CallMark) -> None:
        """Add a call; fold it into the last mark if it is the third equal read in a row, omit it beyond the limit."""
        marks = self.marks
        if marks and marks[-1].bodies == mark.bodies:
            # Equal bodies are kept once.
            mark.bodies = marks[-1].bodies
        may_fold = len(marks) >= FOLD_AFTER and not mark.may_change_job
        if may_fold and marks[-1].is_same_call(mark) and marks[-2].is_same_call(mark):
            mark.repeat_count += marks.pop().repeat_count
        elif len(marks) >= MAX_MARKS:
            self.omitted_count += 1
            return
        marks.append(mark)

    def mark_evidence(self) -> None:
        """Mark the calls that the stories of the job's findings have."""
        about_service = [group for group in self.groups if not group.is_conduct]
        for finding in chain.from_iterable(group.findings for group in about_service):
            if finding.resource == self.name:
                evidence = {finding.spot, *finding.story_spots} - {NO_POSITION}
                for mark in self.marks:
                    mark.proves_finding |= mark.spot in evidence

    def bands(self) -> list[StateBand]:
        """Return the states in the order in which they were seen; bands do not overlap."""
        bands: list[StateBand] = []
        for mark in self.marks:
            if not mark.status_word:
                continue
            seen = mark.sent
            if mark.answered is not None:
                seen = mark.answered
            # Calls overlap: an answer may come later than that of a call sent after it.
            if bands:
                seen = max(seen, bands[-1].until)
            if bands and bands[-1].status_word == mark.status_word:
                bands[-1] = bands[-1]._replace(until=seen)
            else:
                bands.append(StateBand(mark.status_word, seen, seen))
        return bands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingJobs:
    """What the page shows of the jobs of one recording."""

    recording: CheckedRecording
    tracks: Sequence[JobTrack]
    """The drawn jobs, those with findings first."""
    listed: Sequence[ListedJob]
    has_more: bool
    """True if there are jobs that are neither drawn nor listed."""
    bodies: Mapping[SourcePosition, CallBodies]
    """The bodies of the calls that findings show, by their places."""


def recording_jobs(results: CheckReport, progress: Callable[[str], None]) -> Iterator[RecordingJobs]:
    """Read every recording that could be judged once more, and yield its jobs."""
    for recording in results.recordings:
        if not recording.report.judgements or not recording.kind:
            continue
        groups_by_job: dict[_JobKey, list[FindingGroup]] = {}
        spots: set[SourcePosition] = set()
        # Jobs with failing findings first.
        for group in sorted(results.groups, key=lambda each: not each.is_failing):
            if group.file == recording.file:
                spots.update((group.finding.spot, *group.finding.story_spots))
                for resource in group.resources:
                    groups_by_job.setdefault((group.vendor, resource), []).append(group)
        collector = _JobCollector(recording, list(groups_by_job)[:MAX_JOBS], spots - {NO_POSITION})
        collector.read(progress)
        tracks = collector.tracks
        ordered = [tracks.pop(key) for key in groups_by_job if key in tracks]
        for track in ordered:
            track.groups = groups_by_job[track.vendor, track.name]
            track.mark_evidence()
        yield RecordingJobs(
            recording=recording,
            tracks=(*ordered, *tracks.values()),
            listed=tuple(collector.listed.values()),
            has_more=collector.has_more,
            bodies=collector.bodies,
        )


class _JobCollector:
    """Reads a recording and sorts its jobs: the wanted ones are drawn, others as there is room, the rest is listed."""

    def __init__(self, recording: CheckedRecording, wanted: Sequence[_JobKey], spots: Set[SourcePosition]) -> None:
        self.tracks: dict[_JobKey, JobTrack] = {}
        self.listed: dict[_JobKey, ListedJob] = {}
        self.has_more = False
        self.bodies: dict[SourcePosition, CallBodies] = {}
        self._recording = recording
        self._wanted = frozenset(wanted)
        self._room = MAX_JOBS - len(self._wanted)
        """Jobs that can be drawn beside the wanted ones."""
        self._spots = spots

    def read(self, progress: Callable[[str], None]) -> None:
        """Read the recording as far as it can be read."""
        recording = self._recording
        contracts = [load_contract(judgement.vendor, judgement.era) for judgement in recording.report.judgements]

        def show(number: int) -> None:
            progress(f"{recording.file}: draws {number:,} of {recording.report.exchanges:,} calls")

        # The check has reported what cannot be read.
        for exchange in ReadableExchanges(recording.exchanges, show):
            if exchange.position in self._spots:
                self.bodies[exchange.position] = self._bodies_of(exchange)
            host = request_host(exchange)
            if host in recording.report.foreign_calls:
                # Another service may have the same path, and its jobs were not judged.
                continue
            # Vendors may share a path, so the contract of the host comes first.
            by_host = sorted(contracts, key=lambda contract: host not in contract.rule_set.hosts)
            contract = next((each for each in by_host if each.find_operation(exchange.request)), None)
            if contract is not None:
                mentions = list(contract.find_jobs(exchange))
                for mention in mentions:
                    self._add(mention, exchange, contract.rule_set)
                    self._note_batch(mention, mentions, contract.rule_set.vendor)

    def _note_batch(self, mention: JobMention, mentions: Sequence[JobMention], vendor: str) -> None:
        """Note that a listed job is an item of the one job that a call names, if its answer lists it."""
        owner = next((each for each in mentions if not is_listed(each)), None)
        listed = self.listed.get((vendor, f"{mention.resource.kind} {self._recording.redact(mention.job_id)}"))
        if owner is not None and is_listed(mention) and listed is not None:
            listed.batch = f"{owner.resource.kind} {self._recording.redact(owner.job_id)}"

    def _add(self, mention: JobMention, exchange: Exchange, rule_set: RuleSet) -> None:
        resource = mention.resource
        job_id = self._recording.redact(mention.job_id)
        key = (rule_set.vendor, f"{resource.kind} {job_id}")
        calls = [(mention, exchange)]
        if key not in self.tracks:
            if key not in self._wanted:
                # A job is drawn from its second call on: one call is no course.
                listed = self._list_job(key, resource.kind, job_id, mention, exchange)
                if listed is None or listed.first is None or listed.call_count == 1 or not self._room:
                    return
                self._room -= 1
                del self.listed[key]
                calls.insert(0, listed.first)
            self.tracks[key] = JobTrack(
                file=self._recording.file,
                vendor=rule_set.vendor,
                era=rule_set.era,
                kind=resource.kind,
                job_id=job_id,
                terminal_words=frozenset(resource.states.names_of(resource.states.terminal)),
            )
        for call in calls:
            self.tracks[key].add(self._make_mark(*call))

    def _list_job(
        self, key: _JobKey, kind: str, job_id: str, mention: JobMention, exchange: Exchange
    ) -> ListedJob | None:
        """Count a call of a job that is not drawn so far; None if no more jobs are listed."""
        listed = self.listed.get(key)
        if listed is None:
            if len(self.listed) >= MAX_LISTED_JOBS:
                self.has_more = True
                return None
            listed = self.listed[key] = ListedJob(vendor=key[0], kind=kind, job_id=job_id)
            if self._room:
                listed.first = (mention, exchange)
        listed.add(self._status_word(mention))
        return listed

    def _make_mark(self, mention: JobMention, exchange: Exchange) -> CallMark:
        return CallMark(
            sent=exchange.sent_at,
            answered=exchange.answered_at,
            call=self._recording.redact(f"{exchange.request.method} {exchange.request.path}"),
            status=exchange.response and exchange.response.status,
            status_word=self._status_word(mention),
            may_change_job=mention.binding.changes_job,
            spot=exchange.position,
            bodies=self._bodies_of(exchange),
        )

    def _status_word(self, mention: JobMention) -> str | None:
        word = None
        if mention.body is not None:
            word = value_at(mention.body, mention.resource.status_path)
        return self._recording.redact(word) if isinstance(word, str) else None

    def _bodies_of(self, exchange: Exchange) -> CallBodies:
        return call_bodies(self._recording.redact_exchange(exchange))


def is_listed(mention: JobMention) -> bool:
    """Return True if the answer lists the job among others, and the call does not name it."""
    return mention.binding.shows_many


class StoryLine(NamedTuple):
    """The parts of a line of a story."""

    when: str
    """`2026-08-05T10:00:00Z`, or `+2s` since the first."""
    duration: str
    """`answered +120ms`, or empty."""
    call: str
    answer: str


def parse_story_line(line: str) -> StoryLine:
    """Parse a line of a story: `2. +5s (answered +5.2s)  GET /a -> 200 done`."""
    time, _, exchange = line.partition(". ")[2].partition("  ")
    when, _, duration = time.partition(" (")
    call, _, answer = exchange.rpartition(" -> ")
    return StoryLine(when, duration.removesuffix(")"), call, answer)
