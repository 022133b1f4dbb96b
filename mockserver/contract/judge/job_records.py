"""The jobs that a history remembers: a few in full, more in compact form, and of the ended ones only the latest.

Theory of operation. A job is awake while it is among the last `MAX_AWAKE` that were seen. Then it is compacted: all
that is certain about its calls is settled and folded, and their bodies are dropped. It wakes when it is seen again. Of
the compacted jobs, the last `MAX_ENDED` that have ended are kept, and the last `MAX_OPEN` others. A job that is evicted
and seen again begins in every state at once: its earlier calls are never held against it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Final

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job import JobJudge
from mockserver.contract.judge.job_record import JobRecord
from mockserver.contract.judgement import RuleVerdict, StateCoverage
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.rules.resources import StateBits

MAX_AWAKE: Final = 100
MAX_ENDED: Final = 1_000
MAX_OPEN: Final = 10_000

RecordKey = tuple[str, str]
"""A kind of job and an id."""


class JobRecords:
    """The jobs of a history, by kind and id. A job is in exactly one of the three maps, ordered by their last use."""

    def __init__(self, judges: Mapping[str, JobJudge], rerun: str | None = None) -> None:
        """Take the judges by kind, and the command that judges a job again (see `JobRecord.rerun`)."""
        self.created_count = 0
        self.evicted_count = 0
        self.evicted_ok_verdicts = 0
        """Number of `ok` verdicts of evicted jobs."""
        self._judges = judges
        self._rerun = rerun
        self._awake: OrderedDict[RecordKey, JobRecord] = OrderedDict()
        self._ended: OrderedDict[RecordKey, JobRecord] = OrderedDict()
        self._open: OrderedDict[RecordKey, JobRecord] = OrderedDict()
        self._evicted_verdicts: list[RuleVerdict] = []
        """The other verdicts of evicted jobs."""
        self._evicted_states: dict[str, StateBits] = {}
        """The states that evicted jobs have shown, by kind."""

    def get_or_create(self, kind: str, job_id: str) -> JobRecord:
        """Return the record of a job, which is awake afterwards; a new one for a new or evicted job."""
        key = (kind, job_id)
        job = self._awake.get(key)
        if job is not None:
            self._awake.move_to_end(key)
            return job
        job = self._open.pop(key, None) or self._ended.pop(key, None)
        if job is None:
            job = self._judges[kind].new_record(job_id, self._rerun)
            self.created_count += 1
        self._awake[key] = job
        return job

    def evict(self, before: SequencePoint) -> list[Finding]:
        """Compact and evict the jobs beyond the limits; return the findings of compacting.

        `before`: a point before which every sending is known.
        """
        findings: list[Finding] = []
        while len(self._awake) > MAX_AWAKE:
            key, job = self._awake.popitem(last=False)
            judge = self._judges[key[0]]
            if job.unfolded_bodies or job.tracker.has_open_calls:
                findings += judge.compact(job, before)
            if job.tracker.is_certainly_in(judge.states.ended_states):
                compacted, limit = self._ended, MAX_ENDED
            else:
                compacted, limit = self._open, MAX_OPEN
            compacted[key] = job
            if len(compacted) > limit:
                (kind, _), oldest = compacted.popitem(last=False)
                self.evicted_count += 1
                self._evicted_states[kind] = self._evicted_states.get(kind, 0) | oldest.shown_states
                verdicts = list(self._judges[kind].verdicts(oldest))
                rest = [verdict for verdict in verdicts if verdict.outcome != "ok"]
                self.evicted_ok_verdicts += len(verdicts) - len(rest)
                self._evicted_verdicts += rest
        return findings

    def settle(self) -> Iterator[Finding]:
        """Settle all calls at the end of the history; yield the findings."""
        for kind, job in self._all():
            yield from self._judges[kind].states.settle(job)

    def verdicts(self) -> Iterator[RuleVerdict]:
        """Yield the verdicts of all remembered jobs, and those of evicted jobs that were not `ok`."""
        yield from self._evicted_verdicts
        for kind, job in self._all():
            yield from self._judges[kind].verdicts(job)

    def coverage(self) -> Iterator[StateCoverage]:
        """Yield the states that the history has shown, for each kind of job in it."""
        shown_by_kind = dict(self._evicted_states)
        for kind, job in self._all():
            shown_by_kind[kind] = shown_by_kind.get(kind, 0) | job.shown_states
        for kind, judge in self._judges.items():
            if kind in shown_by_kind:
                states, shown = judge.resource.states, shown_by_kind[kind]
                yield StateCoverage(kind, states.names_of(shown), states.names_of(states.existing & ~shown))

    def _all(self) -> Iterator[tuple[str, JobRecord]]:
        for jobs in (self._open, self._ended, self._awake):
            for (kind, _), job in jobs.items():
                yield kind, job
