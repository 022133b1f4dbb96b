"""`stale`: a read is answered with an older state, as a replica that lags behind does; lists too.

A job that is younger is unknown to it. The read counts as a poll all the same.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.scenario import values
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.words import DURATION
from mockserver.vendors.faults import Effect, Sight


@dataclass(frozen=True)
class Stale(Effect):
    """By `by`."""

    word: ClassVar[str] = "stale"
    reads: ClassVar[bool] = True
    true: ClassVar[bool] = False

    by: Duration

    def sight(self, now: Instant) -> Sight:
        """Everything as it was then."""
        then = now - self.by

        def alter(job: Job) -> Job | None:
            if job.created > then:
                return None
            return replace(job, inputs=tuple(happened for happened in job.inputs if happened.at <= then))

        return Sight(then, alter)


def _read(node: Node, do: Node, report: Report) -> Stale:
    return Stale(values.duration(node, report))


WORD: Final = Word(
    Stale,
    DURATION,
    "A read sees what was the case so long ago; a job that is younger is unknown.",
    "stale: 5s",
    _read,
)
