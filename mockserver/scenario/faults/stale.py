"""`stale`: a read is answered with an older state, as a replica that lags behind does; lists too.

A job that is younger is unknown to it. The read counts as a poll all the same.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.vendors.faults import Effect, ViewOverride


@dataclass(frozen=True)
class StaleEffect(Effect):
    """By `by`."""

    keyword: ClassVar[str] = "stale"
    reads_only: ClassVar[bool] = True
    trustworthy: ClassVar[bool] = False

    lag: Duration

    def override_view(self, now: Instant) -> ViewOverride:
        """Everything as it was then."""
        then = now - self.lag

        def alter(job: Job) -> Job | None:
            if job.created > then:
                return None
            return replace(job, inputs=tuple(happened for happened in job.inputs if happened.at <= then))

        return ViewOverride(then, alter)


def _parse_stale(node: Node, do_node: Node, diagnostics: Diagnostics) -> StaleEffect:
    return StaleEffect(values.as_duration(node, diagnostics))


FAULT_KIND: Final = FaultKind(
    StaleEffect,
    DURATION,
    "A read sees what was the case so long ago; a job that is younger is unknown.",
    "stale: 5s",
    _parse_stale,
)
