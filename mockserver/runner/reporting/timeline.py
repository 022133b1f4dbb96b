"""The courses of the jobs in a recording, for a person to look at: which calls, when, and what they showed.

Read from the recording a second time, when it is known by which contract; so nothing is kept of jobs that nobody will
look at. Those with findings come first. Of a run of equal reads the first and the last are kept.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.capture import load
from mockserver.contract.history import host_of
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.book import Book, load_book
from mockserver.contract.rules.conditions import at
from mockserver.contract.sights import Eyes, Found, Routes, Sight, bare_path, read_body
from mockserver.core.instants import Instant
from mockserver.core.wire import NOWHERE, Exchange, Request, Spot
from mockserver.errors import MockError
from mockserver.runner.reporting.results import Checked, Group, Results

JOBS: Final = 40
"""Jobs of a recording that are drawn."""
MARKS: Final = 300
"""Calls of a job that are drawn."""
FOLDED: Final = 100
"""Calls from which on equal reads are folded."""
STEP: Final = 2_000
"""Exchanges between two words of progress."""


_Name = tuple[str, str]
"""A vendor, and a job of its as a finding has it: `batch b1`."""


@dataclass(slots=True)
class Mark:
    """A call, or several equal ones in a row."""

    sent: Instant
    answered: Instant | None
    what: str
    """`GET /v1/videos/G-1`."""
    status: int
    """0 without an answer."""
    word: str
    """The status in the body; empty where it has none."""
    acts: bool
    """Whether the call may change the job."""
    spot: Spot = NOWHERE
    """Where it stands in the recording; of several the last."""
    times: int = 1
    told: bool = False
    """Whether a finding's story has it."""

    @property
    def answer(self) -> str:
        """What was answered, as a story has it."""
        return f"{self.status} {self.word}".rstrip() if self.status else "no answer"

    def alike(self, other: "Mark") -> bool:
        """Whether it says the same, some other time."""
        return (self.what, self.status, self.word) == (other.what, other.status, other.word)


class Band(NamedTuple):
    """A state as it was seen: from its first sight to its last."""

    word: str
    since: Instant
    until: Instant


@dataclass(slots=True)
class Course:
    """One job."""

    file: str
    vendor: str
    era: str
    kind: str
    job_id: str
    terminal: frozenset[str]
    """The status words of an end."""
    marks: list[Mark] = field(default_factory=list)
    left_out: int = 0
    groups: list[Group] = field(default_factory=list)
    """What was found about it."""

    @property
    def name(self) -> str:
        """As a finding has it."""
        return f"{self.kind} {self.job_id}"

    def add(self, mark: Mark) -> None:
        """One more call."""
        marks = self.marks
        if len(marks) >= FOLDED and not mark.acts and marks[-1].alike(mark) and marks[-2].alike(mark):
            mark.times += marks.pop().times
        elif len(marks) >= MARKS:
            self.left_out += 1
            return
        marks.append(mark)

    def bands(self) -> list[Band]:
        """The states in the order they were seen."""
        bands: list[Band] = []
        for mark in self.marks:
            seen = mark.answered if mark.answered is not None else mark.sent
            if mark.word and bands and bands[-1].word == mark.word:
                bands[-1] = bands[-1]._replace(until=max(seen, bands[-1].until))
            elif mark.word:
                since = max(seen, bands[-1].until) if bands else seen
                bands.append(Band(mark.word, since, since))
        return bands


class _Reading:
    """One vendor's contract, for finding its jobs."""

    def __init__(self, judgement: Judgement) -> None:
        self.book: Book = load_book(judgement.vendor, judgement.era)
        self._routes = Routes(load(judgement.vendor, judgement.era))
        self._eyes = Eyes(self.book)
        self.terminal = {
            kind: frozenset(resource.names(resource.terminal)) for kind, resource in self.book.resources.items()
        }

    def found(self, request: Request) -> Found | None:
        return self._routes.find(request.method.upper(), bare_path(request.path))

    def sights(self, found: Found, exchange: Exchange) -> Iterator[Sight]:
        response = exchange.response
        data = b"" if response is None else response.body
        status = 0 if response is None else response.status
        return self._eyes.sights(found, exchange.request, status, data, read_body(data))


def courses(results: Results, progress: Callable[[str], None]) -> Iterator[Course]:
    """The jobs of every recording that could be judged, those with findings first."""
    for checked in results.checked:
        if checked.report.judgements and checked.kind:
            yield from _of(checked, [each for each in results.groups if each.file == checked.file], progress)


def _of(checked: Checked, groups: list[Group], progress: Callable[[str], None]) -> list[Course]:
    wanted = _wanted(groups)
    found = _found(checked, list(wanted)[:JOBS], progress)
    for name, course in found.items():
        course.groups = wanted.get(name, [])
        _mark(course)
    ranks = {name: rank for rank, name in enumerate(wanted)}
    return [found[name] for name in sorted(found, key=lambda name: ranks.get(name, len(ranks)))]


def _wanted(groups: list[Group]) -> dict[_Name, list[Group]]:
    """What was found about each job; those first of which something counts."""
    wanted: dict[_Name, list[Group]] = {}
    for group in sorted(groups, key=lambda each: not each.counts):
        for resource in group.resources:
            wanted.setdefault((group.vendor, resource), []).append(group)
    return wanted


def _found(checked: Checked, wanted: list[_Name], progress: Callable[[str], None]) -> dict[_Name, Course]:
    """The courses of the jobs that are wanted, and of others in the order they come, `JOBS` in all."""
    drawn, found = set(wanted), dict[_Name, Course]()
    readings = [_Reading(judgement) for judgement in checked.report.judgements]
    for number, exchange in enumerate(_readable(checked.exchanges)):
        if number % STEP == 0:
            progress(f"{checked.file}: draws {number:,} of {checked.report.exchanges:,} calls")
        for course, mark in _seen(checked, readings, exchange):
            name = (course.vendor, course.name)
            if len(drawn) < JOBS:
                drawn.add(name)
            if name in drawn:
                found.setdefault(name, course).add(mark)
    return found


def _readable(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """The exchanges, as far as they can be read: what is wrong was told before."""
    try:
        yield from exchanges
    except MockError:
        return


def _seen(checked: Checked, readings: Iterable[_Reading], exchange: Exchange) -> Iterator[tuple[Course, Mark]]:
    """The jobs in an exchange, by the contract that it is of."""
    host = host_of(exchange)
    for reading in sorted(readings, key=lambda each: host not in each.book.hosts):
        found = reading.found(exchange.request)
        if found is None:
            continue
        for sight in reading.sights(found, exchange):
            kind, book = sight.resource.kind, reading.book
            job_id = checked.shown(sight.job_id)
            course = Course(checked.file, book.vendor, book.era, kind, job_id, reading.terminal[kind])
            yield course, _mark_of(sight, exchange, checked.shown)
        return


def _mark_of(sight: Sight, exchange: Exchange, shown: Callable[[str], str]) -> Mark:
    request, response = exchange.request, exchange.response
    word = "" if sight.body is None else at(sight.body, sight.resource.status)
    return Mark(
        exchange.sent,
        exchange.answered,
        shown(f"{request.method} {request.path}"),
        0 if response is None else response.status,
        shown(word) if isinstance(word, str) else "",
        sight.binding.acts,
        exchange.spot,
    )


# The calls of a story


def _mark(course: Course) -> None:
    """Note which calls the stories of the job's findings have."""
    for group in course.groups:
        if group.finding.resource == course.name and not group.is_conduct:
            proving = {group.finding.spot, *group.finding.story_spots} - {NOWHERE}
            for mark in course.marks:
                mark.told = mark.told or mark.spot in proving


class Step(NamedTuple):
    """A line of a story, taken apart."""

    when: str
    """`2026-08-05T10:00:00Z`, or `+2s` since the first."""
    took: str
    """`answered +120ms`, or nothing."""
    what: str
    answer: str


def step(line: str) -> Step:
    """Take a line of a story apart."""
    when, _, call = line.partition(". ")[2].partition("  ")
    when, _, took = when.partition(" (")
    what, _, answer = call.rpartition(" -> ")
    return Step(when, took.removesuffix(")"), what, answer)
