"""`unwritten`: for a time after a command, reads show the job as if the command had not been.

Read-your-writes is broken: the cancel was accepted, the next poll says `processing`. That a job was made is no command:
for that there is `stale`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import COMMAND, Job
from mockserver.scenario import values
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.words import DURATION
from mockserver.vendors.faults import Effect, Sight


@dataclass(frozen=True)
class Unwritten(Effect):
    """For as long as `lag`."""

    word: ClassVar[str] = "unwritten"
    reads: ClassVar[bool] = True
    true: ClassVar[bool] = False

    lag: Duration

    def sight(self, now: Instant) -> Sight:
        """Each job without its latest commands."""

        def alter(job: Job) -> Job:
            seen = (happened for happened in job.inputs if happened.kind != COMMAND or happened.at <= now - self.lag)
            return replace(job, inputs=tuple(seen))

        return Sight(now, alter)


def _read(node: Node, do: Node, report: Report) -> Unwritten:
    return Unwritten(values.duration(node, report))


WORD: Final = Word(
    Unwritten,
    DURATION,
    "For so long after a command, reads show the job as if the command had not been.",
    "unwritten: 5s",
    _read,
)
