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


class Outcome(NamedTuple):
    """What a receiver made of a delivery."""

    status: int | None = None
    """Its HTTP status; None where no answer came."""
    preview: str = ""
    """The beginning of what it answered."""
    error: str = ""
    """Why no answer came."""


class Attempt(NamedTuple):
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
    again: Instant | None = None
    """When it is tried again; None for never."""
    url: str = ""
    """Where it was sent; empty: to the session's own receiver."""
    lost: bool = False
    """Never sent: a scenario lets it get lost before anybody notices."""

    def happened(self, seq: int) -> Input:
        """The attempt as an input of its job."""
        more = {name: getattr(self, name) for name in _KEPT}
        return Input(self.at, seq, DELIVERY, self.key, MappingProxyType(more))


_KEPT = ("event", "number", "delivered", "status", "error", "preview", "again", "url", "lost")


def _attempt(happened: Input) -> Attempt:
    told: Mapping[str, Any] = happened.data
    return Attempt(happened.at, happened.name, **told)


def attempts(job: Job, until: Instant) -> Iterator[Attempt]:
    """Every attempt made up to `until`, oldest first."""
    for happened in job.inputs:
        if happened.at > until:
            return
        if happened.kind == DELIVERY:
            yield _attempt(happened)


@dataclass(slots=True)
class Told:
    """Where a job's deliveries stand at one instant."""

    attempts: list[Attempt] = field(default_factory=list)
    """Those that were sent, oldest first."""
    delivered: dict[str, Attempt] = field(default_factory=dict)
    """By key, the attempt that arrived."""
    waiting: dict[str, Attempt] = field(default_factory=dict)
    """By key, the last attempt of those that are tried again."""
    known: set[str] = field(default_factory=set)
    """Every key that was tried, or lost: it is not begun anew."""

    @property
    def next_at(self) -> Instant | None:
        """When the first of the waiting is tried again."""
        return min((attempt.again for attempt in self.waiting.values() if attempt.again is not None), default=None)


def told(job: Job, until: Instant) -> Told:
    """Where the deliveries of `job` stand at `until`."""
    stand = Told()
    for attempt in attempts(job, until):
        stand.known.add(attempt.key)
        stand.waiting.pop(attempt.key, None)
        if attempt.lost:
            continue
        stand.attempts.append(attempt)
        if attempt.delivered:
            stand.delivered[attempt.key] = attempt
        elif attempt.again is not None:
            stand.waiting[attempt.key] = attempt
    return stand
