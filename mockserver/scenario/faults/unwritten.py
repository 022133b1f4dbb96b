"""`unwritten`: for a time after a command, reads show the job as if the command had not been.

Read-your-writes is broken: the cancel was accepted, the next poll says `processing`. That a job was made is no command:
for that there is `stale`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import COMMAND, Job
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.vendors.faults import Effect, ViewOverride


@dataclass(frozen=True)
class UnwrittenEffect(Effect):
    """For as long as `lag`."""

    keyword: ClassVar[str] = "unwritten"
    reads_only: ClassVar[bool] = True
    trustworthy: ClassVar[bool] = False

    lag: Duration

    def override_view(self, now: Instant) -> ViewOverride:
        """Each job without its latest commands."""

        def alter(job: Job) -> Job:
            seen = (happened for happened in job.inputs if happened.kind != COMMAND or happened.at <= now - self.lag)
            return replace(job, inputs=tuple(seen))

        return ViewOverride(now, alter)


def _parse_unwritten(node: Node, do_node: Node, diagnostics: Diagnostics) -> UnwrittenEffect:
    return UnwrittenEffect(values.as_duration(node, diagnostics))


FAULT_KIND: Final = FaultKind(
    UnwrittenEffect,
    DURATION,
    "For so long after a command, reads show the job as if the command had not been.",
    "unwritten: 5s",
    _parse_unwritten,
)
