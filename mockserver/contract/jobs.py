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
from mockserver.contract.judgement import Coverage, Verdict
from mockserver.contract.oracle import Moment
from mockserver.contract.watch import Job, Watch

AWAKE: Final = 100
ENDED: Final = 1_000
OPEN: Final = 10_000

Key = tuple[str, str]
"""A kind of job and an id."""


class Jobs:
    """The jobs of a history, by kind and id."""

    def __init__(self, watches: Mapping[str, Watch]) -> None:
        self.seen = 0
        self.forgotten = 0
        self.passed = 0
        """Verdicts of forgotten jobs that were ok."""
        self._watches = watches
        self._awake: OrderedDict[Key, Job] = OrderedDict()
        self._ended: OrderedDict[Key, Job] = OrderedDict()
        self._open: OrderedDict[Key, Job] = OrderedDict()
        self._past: list[Verdict] = []
        """Their other verdicts."""
        self._shown: dict[str, int] = {}
        """The states that they were seen in, by kind."""

    def get(self, kind: str, job_id: str) -> Job:
        """A job, awake now; one of which nothing is known where it is new or forgotten."""
        key = kind, job_id
        job = self._awake.get(key)
        if job is not None:
            self._awake.move_to_end(key)
            return job
        job = self._ended.pop(key, None) or self._open.pop(key, None)
        if job is None:
            job = self._watches[kind].job(job_id)
            self.seen += 1
        self._awake[key] = job
        return job

    def make_room(self, before: Moment) -> Iterator[Finding]:
        """Put to rest and forget those that are too many; before that moment, every sending is known."""
        while len(self._awake) > AWAKE:
            key, job = self._awake.popitem(last=False)
            watch = self._watches[key[0]]
            yield from watch.rest(job, before)
            rest, most = (self._ended, ENDED) if watch.ended(job) else (self._open, OPEN)
            rest[key] = job
            if len(rest) > most:
                self._forget(*rest.popitem(last=False))

    def settle(self) -> Iterator[Finding]:
        """Settle all calls: nothing comes any more."""
        for (kind, _), job in self._all():
            yield from self._watches[kind].settle(job)

    def verdicts(self) -> Iterator[Verdict]:
        """Those of every job that is known, and those of the others that were not ok."""
        yield from self._past
        for (kind, _), job in self._all():
            yield from self._watches[kind].verdicts(job)

    def coverage(self) -> Iterator[Coverage]:
        """Which states of each kind of job were seen."""
        shown = dict(self._shown)
        for (kind, _), job in self._all():
            shown[kind] = shown.get(kind, 0) | job.shown
        for kind, watch in self._watches.items():
            if kind in shown:
                resource, seen = watch.resource, shown[kind]
                yield Coverage(kind, resource.names(seen), resource.names(resource.existing & ~seen))

    def _all(self) -> Iterator[tuple[Key, Job]]:
        for jobs in (self._open, self._ended, self._awake):
            yield from jobs.items()

    def _forget(self, key: Key, job: Job) -> None:
        kind = key[0]
        self.forgotten += 1
        for verdict in self._watches[kind].verdicts(job):
            if verdict.outcome == "ok":
                self.passed += 1
            else:
                self._past.append(verdict)
        self._shown[kind] = self._shown.get(kind, 0) | job.shown
