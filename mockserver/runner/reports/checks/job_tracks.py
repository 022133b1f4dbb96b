"""The timelines of the jobs in a recording: which calls were made, when, and what they showed.

The recording is read a second time, now that its contract is known; so nothing is kept of jobs that are not drawn.
Jobs with findings come first. Of a run of equal reads the first two and the last are kept.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.judge.contract import load_contract
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.rules.conditions import value_at
from mockserver.core.instants import Instant
from mockserver.core.wire import NO_POSITION, Exchange, SourcePosition
from mockserver.errors import MockError
from mockserver.runner.reports.checks.results import CheckedRecording, CheckReport, FindingGroup

MAX_JOBS: Final = 40
"""Jobs of a recording that are drawn."""
MAX_MARKS: Final = 300
"""Calls of a job that are drawn."""
FOLD_AFTER: Final = 100
"""Number of calls from which on equal reads are folded."""
PROGRESS_EVERY: Final = 2_000
"""Exchanges between two progress messages."""

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

    def add(self, mark: CallMark) -> None:
        """Add a call; fold it into the last mark if it is the third equal read in a row, omit it beyond the limit."""
        marks = self.marks
        may_fold = len(marks) >= FOLD_AFTER and not mark.may_change_job
        if may_fold and marks[-1].is_same_call(mark) and marks[-2].is_same_call(mark):
            mark.repeat_count += marks.pop().repeat_count
        elif len(marks) >= MAX_MARKS:
            self.omitted_count += 1
            return
        marks.append(mark)

    def mark_evidence(self) -> None:
        """Mark the calls that the stories of the job's findings have."""
        for group in self.groups:
            if group.finding.resource == self.name and not group.is_conduct:
                evidence = {group.finding.spot, *group.finding.story_spots} - {NO_POSITION}
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


_Tracks = dict[_JobKey, JobTrack]


def job_tracks(results: CheckReport, progress: Callable[[str], None]) -> Iterator[JobTrack]:
    """Yield the timelines of every recording that could be judged; in each recording jobs with findings first."""
    for recording in results.recordings:
        if not recording.report.judgements or not recording.kind:
            continue
        groups_by_job: dict[_JobKey, list[FindingGroup]] = {}
        # Jobs with failing findings first.
        for group in sorted(results.groups, key=lambda each: not each.is_failing):
            if group.file == recording.file:
                for resource in group.resources:
                    groups_by_job.setdefault((group.vendor, resource), []).append(group)
        tracks = _collect_tracks(recording, list(groups_by_job)[:MAX_JOBS], progress)
        ordered = [tracks.pop(key) for key in groups_by_job if key in tracks]
        for track in [*ordered, *tracks.values()]:
            track.groups = groups_by_job.get((track.vendor, track.name), [])
            track.mark_evidence()
            yield track


def _collect_tracks(recording: CheckedRecording, wanted: list[_JobKey], progress: Callable[[str], None]) -> _Tracks:
    """Read the recording and return the tracks of the wanted jobs, and of others as they come, `MAX_JOBS` in all."""
    drawn = set(wanted)
    tracks: _Tracks = {}
    contracts = [load_contract(judgement.vendor, judgement.era) for judgement in recording.report.judgements]
    for number, exchange in enumerate(_until_unreadable(recording.exchanges)):
        if number % PROGRESS_EVERY == 0:
            progress(f"{recording.file}: draws {number:,} of {recording.report.exchanges:,} calls")
        host = request_host(exchange)
        # Vendors may share a path, so the contract of the host comes first.
        by_host = sorted(contracts, key=lambda contract: host not in contract.rule_set.hosts)
        contract = next((each for each in by_host if each.find_operation(exchange.request)), None)
        if contract is None:
            continue
        rule_set = contract.rule_set
        for mention in contract.find_jobs(exchange):
            resource = mention.resource
            job_id = recording.redact(mention.job_id)
            key = (rule_set.vendor, f"{resource.kind} {job_id}")
            if len(drawn) < MAX_JOBS:
                drawn.add(key)
            if key not in drawn:
                continue
            if key not in tracks:
                tracks[key] = JobTrack(
                    file=recording.file,
                    vendor=rule_set.vendor,
                    era=rule_set.era,
                    kind=resource.kind,
                    job_id=job_id,
                    terminal_words=frozenset(resource.states.names_of(resource.states.terminal)),
                )
            tracks[key].add(_make_mark(mention, exchange, recording.redact))
    return tracks


def _until_unreadable(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """Yield the exchanges as far as they can be read; the check has reported the problem."""
    try:
        yield from exchanges
    except MockError:
        return


def _make_mark(mention: JobMention, exchange: Exchange, redact: Callable[[str], str]) -> CallMark:
    word = None
    if mention.body is not None:
        word = value_at(mention.body, mention.resource.status_path)
    return CallMark(
        sent=exchange.sent_at,
        answered=exchange.answered_at,
        call=redact(f"{exchange.request.method} {exchange.request.path}"),
        status=exchange.response and exchange.response.status,
        status_word=redact(word) if isinstance(word, str) else None,
        may_change_job=mention.binding.changes_job,
        spot=exchange.position,
    )


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
