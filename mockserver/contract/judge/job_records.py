"""The jobs that a history remembers: few in full, the others in short, and of the ended ones only the latest.

Theory of operation. A job is awake while it is among the latest `AWAKE` that were seen. Then it is put to rest: what
its calls say for certain by now is settled and learned, and their bodies are let go. It wakes when it is seen again.
Of those at rest the latest `ENDED` that can do nothing new are kept, and the latest `OPEN` others. One that is
forgotten and seen again begins in every state at once: what it did before is never held against it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Final

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job import JobJudge, JobRecord
from mockserver.contract.judgement import RuleVerdict, StateCoverage
from mockserver.contract.oracle.possible_states import SequencePoint

MAX_AWAKE: Final = 100
MAX_ENDED: Final = 1_000
MAX_OPEN: Final = 10_000

RecordKey = tuple[str, str]
"""A kind of job and an id."""


class JobRecords:
    """The jobs of a history, by kind and id."""

    def __init__(self, judges: Mapping[str, JobJudge]) -> None:
        self.created_count = 0
        self.evicted_count = 0
        self.evicted_ok_verdicts = 0
        """Verdicts of forgotten jobs that were ok."""
        self._judges = judges
        self._awake: OrderedDict[RecordKey, JobRecord] = OrderedDict()
        self._ended: OrderedDict[RecordKey, JobRecord] = OrderedDict()
        self._open: OrderedDict[RecordKey, JobRecord] = OrderedDict()
        self._evicted_verdicts: list[RuleVerdict] = []
        """Their other verdicts."""
        self._evicted_states: dict[str, int] = {}
        """The states that they were seen in, by kind."""

    def get_or_create(self, kind: str, job_id: str) -> JobRecord:
        """A job, awake now; one of which nothing is known where it is new or forgotten."""
        key = kind, job_id
        job = self._awake.get(key)
        if job is not None:
            self._awake.move_to_end(key)
            return job
        job = self._ended.pop(key, None) or self._open.pop(key, None)
        if job is None:
            job = self._judges[kind].new_record(job_id)
            self.created_count += 1
        self._awake[key] = job
        return job

    def evict(self, before: SequencePoint) -> Iterator[Finding]:
        """Put to rest and forget those that are too many; before that moment, every sending is known."""
        while len(self._awake) > MAX_AWAKE:
            key, job = self._awake.popitem(last=False)
            watch = self._judges[key[0]]
            yield from watch.compact(job, before)
            rest, most = (self._ended, MAX_ENDED) if watch.has_ended(job) else (self._open, MAX_OPEN)
            rest[key] = job
            if len(rest) > most:
                self._evict_record(*rest.popitem(last=False))

    def settle(self) -> Iterator[Finding]:
        """Settle all calls: nothing comes any more."""
        for (kind, _), job in self._items():
            yield from self._judges[kind].settle(job)

    def verdicts(self) -> Iterator[RuleVerdict]:
        """Those of every job that is known, and those of the others that were not ok."""
        yield from self._evicted_verdicts
        for (kind, _), job in self._items():
            yield from self._judges[kind].verdicts(job)

    def coverage(self) -> Iterator[StateCoverage]:
        """Which states of each kind of job were seen."""
        shown = dict(self._evicted_states)
        for (kind, _), job in self._items():
            shown[kind] = shown.get(kind, 0) | job.shown_states
        for kind, watch in self._judges.items():
            if kind in shown:
                resource, seen = watch.resource, shown[kind]
                yield StateCoverage(kind, resource.state_names(seen), resource.state_names(resource.existing & ~seen))

    def _items(self) -> Iterator[tuple[RecordKey, JobRecord]]:
        for jobs in (self._open, self._ended, self._awake):
            yield from jobs.items()

    def _evict_record(self, key: RecordKey, job: JobRecord) -> None:
        kind = key[0]
        self.evicted_count += 1
        for verdict in self._judges[kind].verdicts(job):
            if verdict.outcome == "ok":
                self.evicted_ok_verdicts += 1
            else:
                self._evicted_verdicts.append(verdict)
        self._evicted_states[kind] = self._evicted_states.get(kind, 0) | job.shown_states
