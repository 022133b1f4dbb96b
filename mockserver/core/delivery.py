"""What came of telling somebody about a job: a fold of the job's delivery inputs, as its state is one of the others.

A delivery is named by its key, which is unique for the job: one event is told under one key, in as many attempts as
the vendor makes. What an attempt came to is an input; nothing here sends, waits or knows a vendor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.job import DELIVERY, Input, Job


class DeliveryOutcome(NamedTuple):
    """What a receiver made of a delivery."""

    status: int | None = None
    """Its HTTP status; None where no answer came."""
    preview: str = ""
    """The beginning of what it answered."""
    error: str = ""
    """Why no answer came."""


class DeliveryAttempt(NamedTuple):
    """One attempt to tell an event, and what came of it."""

    at: Instant
    key: str
    event: str
    """The event's type, as the vendor names it."""
    number: int
    """1 for the first."""
    delivered: bool
    status: int | None = None
    """The receiver's HTTP status; None where no answer came."""
    error: str = ""
    """Why it was not delivered."""
    preview: str = ""
    """The beginning of what the receiver answered."""
    retry_at: Instant | None = None
    """When it is tried again; None for never."""
    url: str = ""
    """Where it was sent; empty: to the session's own receiver."""
    lost: bool = False
    """Never sent: a scenario lets it get lost before anybody notices."""

    def as_input(self, seq: int) -> Input:
        """The attempt as an input of its job."""
        more = {name: getattr(self, name) for name in _DATA_FIELDS}
        return Input(self.at, seq, DELIVERY, self.key, MappingProxyType(more))


_DATA_FIELDS = ("event", "number", "delivered", "status", "error", "preview", "retry_at", "url", "lost")


def _attempt_from_input(job_input: Input) -> DeliveryAttempt:
    told: Mapping[str, Any] = job_input.data
    return DeliveryAttempt(job_input.at, job_input.name, **told)


def attempts(job: Job, until: Instant) -> Iterator[DeliveryAttempt]:
    """Every attempt made up to `until`, oldest first."""
    for happened in job.inputs:
        if happened.at > until:
            return
        if happened.kind == DELIVERY:
            yield _attempt_from_input(happened)


@dataclass(slots=True)
class DeliveryState:
    """Where a job's deliveries stand at one instant."""

    attempts: list[DeliveryAttempt] = field(default_factory=list)
    """Those that were sent, oldest first."""
    delivered: dict[str, DeliveryAttempt] = field(default_factory=dict)
    """By key, the attempt that arrived."""
    retrying: dict[str, DeliveryAttempt] = field(default_factory=dict)
    """By key, the last attempt of those that are tried again."""
    attempted: set[str] = field(default_factory=set)
    """Every key that was tried, or lost: it is not begun anew."""

    @property
    def next_retry_at(self) -> Instant | None:
        """When the first of the waiting is tried again."""
        return min(
            (attempt.retry_at for attempt in self.retrying.values() if attempt.retry_at is not None), default=None
        )


def delivery_state(job: Job, until: Instant) -> DeliveryState:
    """Where the deliveries of `job` stand at `until`."""
    stand = DeliveryState()
    for attempt in attempts(job, until):
        stand.attempted.add(attempt.key)
        stand.retrying.pop(attempt.key, None)
        if attempt.lost:
            continue
        stand.attempts.append(attempt)
        if attempt.delivered:
            stand.delivered[attempt.key] = attempt
        elif attempt.retry_at is not None:
            stand.retrying[attempt.key] = attempt
    return stand
