"""`unwritten`: for a time after a command, reads show the job as if the command had not been sent.

This breaks read-your-writes: the cancel was accepted, and the next poll says `processing`. A create is no command; for
that there is `stale`.
"""

from dataclasses import dataclass, replace

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.vendors.faults import ViewOverride


@dataclass(frozen=True)
class UnwrittenEffect(FaultEffect):
    """Hides commands that are younger than `lag`."""

    keyword = "unwritten"
    shape = DURATION
    doc = "For this long after a command, reads show the job as if the command had not been sent."
    example = "unwritten: 5s"
    reads_only = True
    trustworthy = False

    lag: Duration

    def override_view(self, now: Instant) -> ViewOverride:
        """Return the jobs without commands younger than `lag`."""

        def alter(job: Job) -> Job:
            shown = (event for event in job.inputs if not event.is_command or event.at <= now - self.lag)
            return replace(job, inputs=tuple(shown))

        return ViewOverride(now, alter)
