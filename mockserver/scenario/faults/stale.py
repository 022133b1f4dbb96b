"""`stale`: reads show an older state, as a replica that lags does; lists too.

A younger job is not found. The read counts as a poll all the same.
"""

from dataclasses import dataclass, replace

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.vendors.faults import ViewOverride


@dataclass(frozen=True)
class StaleEffect(FaultEffect):
    """Shows everything as it was `lag` ago."""

    keyword = "stale"
    shape = DURATION
    doc = "Reads show the state of this long ago; a younger job is not found."
    example = "stale: 5s"
    reads_only = True
    trustworthy = False

    lag: Duration

    def override_view(self, now: Instant) -> ViewOverride:
        """Return the jobs as they were `lag` ago."""
        then = now - self.lag

        def alter(job: Job) -> Job | None:
            if job.created > then:
                return None
            known = tuple(event for event in job.inputs if event.at <= then)
            if len(known) == len(job.inputs):
                return job
            return replace(job, inputs=known)

        return ViewOverride(then, alter)
