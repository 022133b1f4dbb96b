"""The courses of the jobs in a recording, for a person to look at: which calls, when, and what they showed.

Read from the recording a second time, when it is known by which contract; so nothing is kept of jobs that nobody will
look at. Those with findings come first. Of a run of equal reads the first and the last are kept.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.judge.contract import load_contract
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judgement import Judgement
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
"""Calls from which on equal reads are folded."""
PROGRESS_EVERY: Final = 2_000
"""Exchanges between two words of progress."""


_JobKey = tuple[str, str]
"""A vendor, and a job of its as a finding has it: `batch b1`."""


@dataclass(slots=True)
class CallMark:
    """A call, or several equal ones in a row."""

    sent: Instant
    answered: Instant | None
    call: str
    """`GET /v1/videos/G-1`."""
    status: int
    """0 without an answer."""
    status_word: str
    """The status in the body; empty where it has none."""
    may_change_job: bool
    """Whether the call may change the job."""
    spot: SourcePosition = NO_POSITION
    """Where it stands in the recording; of several the last."""
    repeat_count: int = 1
    proves_finding: bool = False
    """Whether a finding's story has it."""

    @property
    def answer(self) -> str:
        """What was answered, as a story has it."""
        return f"{self.status} {self.status_word}".rstrip() if self.status else "no answer"

    def is_same_call(self, other: "CallMark") -> bool:
        """Whether it says the same, some other time."""
        return (self.call, self.status, self.status_word) == (other.call, other.status, other.status_word)


class StateBand(NamedTuple):
    """A state as it was seen: from its first sight to its last."""

    status_word: str
    since: Instant
    until: Instant


@dataclass(slots=True)
class JobTrack:
    """One job."""

    file: str
    vendor: str
    era: str
    kind: str
    job_id: str
    terminal_words: frozenset[str]
    """The status words of an end."""
    marks: list[CallMark] = field(default_factory=list)
    omitted_count: int = 0
    groups: list[FindingGroup] = field(default_factory=list)
    """What was found about it."""

    @property
    def name(self) -> str:
        """As a finding has it."""
        return f"{self.kind} {self.job_id}"

    def add(self, mark: CallMark) -> None:
        """One more call."""
        marks = self.marks
        if (
            len(marks) >= FOLD_AFTER
            and not mark.may_change_job
            and marks[-1].is_same_call(mark)
            and marks[-2].is_same_call(mark)
        ):
            mark.repeat_count += marks.pop().repeat_count
        elif len(marks) >= MAX_MARKS:
            self.omitted_count += 1
            return
        marks.append(mark)

    def bands(self) -> list[StateBand]:
        """The states in the order they were seen."""
        bands: list[StateBand] = []
        for mark in self.marks:
            seen = mark.answered if mark.answered is not None else mark.sent
            if mark.status_word and bands and bands[-1].status_word == mark.status_word:
                bands[-1] = bands[-1]._replace(until=max(seen, bands[-1].until))
            elif mark.status_word:
                since = max(seen, bands[-1].until) if bands else seen
                bands.append(StateBand(mark.status_word, since, since))
        return bands


class _TrackReader:
    """One vendor's contract, for finding its jobs."""

    def __init__(self, judgement: Judgement) -> None:
        self.contract = load_contract(judgement.vendor, judgement.era)
        self.rule_set = self.contract.rule_set
        self.terminal_words = {
            kind: frozenset(resource.states.names_of(resource.states.terminal))
            for kind, resource in self.rule_set.resources.items()
        }


def job_tracks(results: CheckReport, progress: Callable[[str], None]) -> Iterator[JobTrack]:
    """The jobs of every recording that could be judged, those with findings first."""
    for checked in results.recordings:
        if checked.report.judgements and checked.kind:
            yield from _recording_tracks(
                checked, [each for each in results.groups if each.file == checked.file], progress
            )


def _recording_tracks(
    recording: CheckedRecording, groups: list[FindingGroup], progress: Callable[[str], None]
) -> list[JobTrack]:
    wanted = _groups_by_job(groups)
    found = _collect_tracks(recording, list(wanted)[:MAX_JOBS], progress)
    for name, course in found.items():
        course.groups = wanted.get(name, [])
        _mark_evidence(course)
    ranks = {name: rank for rank, name in enumerate(wanted)}
    return [found[name] for name in sorted(found, key=lambda name: ranks.get(name, len(ranks)))]


def _groups_by_job(groups: list[FindingGroup]) -> dict[_JobKey, list[FindingGroup]]:
    """What was found about each job; those first of which something counts."""
    wanted: dict[_JobKey, list[FindingGroup]] = {}
    for group in sorted(groups, key=lambda each: not each.is_failing):
        for resource in group.resources:
            wanted.setdefault((group.vendor, resource), []).append(group)
    return wanted


def _collect_tracks(
    recording: CheckedRecording, wanted_jobs: list[_JobKey], progress: Callable[[str], None]
) -> dict[_JobKey, JobTrack]:
    """The courses of the jobs that are wanted, and of others in the order they come, `JOBS` in all."""
    drawn, found = set(wanted_jobs), dict[_JobKey, JobTrack]()
    readings = [_TrackReader(judgement) for judgement in recording.report.judgements]
    for number, exchange in enumerate(_until_unreadable(recording.exchanges)):
        if number % PROGRESS_EVERY == 0:
            progress(f"{recording.file}: draws {number:,} of {recording.report.exchanges:,} calls")
        for course, mark in _marks_in(recording, readings, exchange):
            name = (course.vendor, course.name)
            if len(drawn) < MAX_JOBS:
                drawn.add(name)
            if name in drawn:
                found.setdefault(name, course).add(mark)
    return found


def _until_unreadable(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """The exchanges, as far as they can be read: what is wrong was told before."""
    try:
        yield from exchanges
    except MockError:
        return


def _marks_in(
    recording: CheckedRecording, readers: Iterable[_TrackReader], exchange: Exchange
) -> Iterator[tuple[JobTrack, CallMark]]:
    """The jobs in an exchange, by the contract that it is of."""
    host = request_host(exchange)
    for reading in sorted(readers, key=lambda each: host not in each.rule_set.hosts):
        if reading.contract.find_operation(exchange.request) is None:
            continue
        for sight in reading.contract.find_jobs(exchange):
            kind, book = sight.resource.kind, reading.rule_set
            job_id = recording.redact(sight.job_id)
            course = JobTrack(recording.file, book.vendor, book.era, kind, job_id, reading.terminal_words[kind])
            yield course, _make_mark(sight, exchange, recording.redact)
        return


def _make_mark(mention: JobMention, exchange: Exchange, redact: Callable[[str], str]) -> CallMark:
    request, response = exchange.request, exchange.response
    word = "" if mention.body is None else value_at(mention.body, mention.resource.status_path)
    return CallMark(
        exchange.sent_at,
        exchange.answered_at,
        redact(f"{request.method} {request.path}"),
        0 if response is None else response.status,
        redact(word) if isinstance(word, str) else "",
        mention.binding.changes_job,
        exchange.position,
    )


# The calls of a story


def _mark_evidence(track: JobTrack) -> None:
    """Note which calls the stories of the job's findings have."""
    for group in track.groups:
        if group.finding.resource == track.name and not group.is_conduct:
            proving = {group.finding.spot, *group.finding.story_spots} - {NO_POSITION}
            for mark in track.marks:
                mark.proves_finding = mark.proves_finding or mark.spot in proving


class StoryLine(NamedTuple):
    """A line of a story, taken apart."""

    when: str
    """`2026-08-05T10:00:00Z`, or `+2s` since the first."""
    duration: str
    """`answered +120ms`, or nothing."""
    call: str
    answer: str


def parse_story_line(line: str) -> StoryLine:
    """Take a line of a story apart."""
    when, _, call = line.partition(". ")[2].partition("  ")
    when, _, took = when.partition(" (")
    what, _, answer = call.rpartition(" -> ")
    return StoryLine(when, took.removesuffix(")"), what, answer)
