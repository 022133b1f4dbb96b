"""The changes of state of many jobs in an interval.

A job that nothing but time has acted on goes through its plan relative to its creation: so of jobs that share a plan,
one is enough to know when all of them have come to rest. Without that, each move of the clock would fold every
finished job of a session.
"""

from collections.abc import Iterator
from typing import Final

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job, StateSpan
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import history

MAX_PLANS: Final = 10_000
"""Plans whose end is remembered."""


class TransitionFinder:
    """Finds the changes of state in (after, until], creations too."""

    def __init__(self, after: Instant, until: Instant) -> None:
        self._after = after
        self._until = until
        self._rests_after: dict[int, Duration | None] = {}
        """By a plan's identity: how long after its creation a job comes to rest; None for a plan that was seen once."""

    def transitions(self, job: Job) -> Iterator[StateSpan]:
        """Yield the changes of one job, the earliest first. Between two calls no job may be forgotten by its store."""
        if self._is_at_rest(job):
            return
        for span in history(job, self._until):
            if self._after < span.entered <= self._until:
                yield span

    def _is_at_rest(self, job: Job) -> bool:
        """Return True if a job is known to change no more after the beginning of the interval."""
        if job.inputs:
            return False
        plan = id(job.plan)
        if plan not in self._rests_after:
            # Most batches have a plan of their own: only the second job of a plan is worth the search for its end.
            if len(self._rests_after) < MAX_PLANS:
                self._rests_after[plan] = None
            return False
        rests_after = self._rests_after[plan]
        if rests_after is None:
            rests_after = history(job, FOREVER)[-1].entered - job.created
            self._rests_after[plan] = rests_after
        return job.created + rests_after <= self._after
