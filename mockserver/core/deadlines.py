"""Deadlines: rules by which a vendor ends a job, or moves it on, whatever the job's own work is.

A rule is data: where it counts from, how long after that it strikes, and where it leads from the state that it finds.
What a single job's request says about it stands in the job's spec, and the rule names the member.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.timeline import EMPTY_MAPPING


class Deadline(NamedTuple):
    """A rule: a job that is unfinished some time after a point moves to another state, whatever its timeline."""

    after: Duration | None
    """How long after the point; None: only where the job's request says (`given`)."""
    state: str = ""
    """Where it leads; empty: only from the states that `targets` names."""
    targets: Mapping[str, str] = EMPTY_MAPPING
    """Where it leads by the state that it finds, before `state`."""
    since: str = ""
    """The state whose latest entry it counts from; empty: the creation. A batch's deadlines count from its creation."""
    given: str = ""
    """The member of `Job.spec` with the duration of this job in place of `after`, where it has one."""

    def target(self, found: str) -> str:
        """Return where it leads from a state; empty where it leaves a job in that state alone."""
        return self.targets.get(found, self.state)

    def due_at(self, spec: Mapping[str, Any], entered: Instant) -> Instant | None:
        """Return when it strikes a job that was created, or has entered `since`, at an instant; None for never."""
        asked: Duration | None = spec.get(self.given)
        after = self.after if asked is None else asked
        return None if after is None else entered + after

    @property
    def states(self) -> frozenset[str]:
        """The states that it can lead to."""
        return frozenset({self.state, *self.targets.values()} - {""})


Deadlines = tuple[Deadline, ...]
PendingDeadline = tuple[Instant, Deadline]
"""When a deadline strikes a job, and the rule."""


def pending_since_creation(deadlines: Deadlines, spec: Mapping[str, Any], created: Instant) -> list[PendingDeadline]:
    """Return when the deadlines that do not count from a state strike a job."""
    due = [(rule.due_at(spec, created), rule) for rule in deadlines if not rule.since]
    return [(at, rule) for at, rule in due if at is not None]
