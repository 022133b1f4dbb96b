"""The deliveries of a job's webhooks: a fold of its delivery inputs, as its state is a fold of the other inputs.

A delivery has a key, which is unique for the job: one event has one key, and as many attempts as the vendor makes.
The outcome of an attempt is an input; nothing here sends, waits or knows a vendor.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.job import DELIVERY, Input, Job


class DeliveryOutcome(NamedTuple):
    """How a receiver answered a delivery."""

    status: int | None = None
    """The HTTP status; None where no answer came."""
    preview: str = ""
    """The beginning of the answer's body."""
    error: str = ""
    """Why no answer came."""


class DeliveryAttempt(NamedTuple):
    """One attempt to deliver an event, with its outcome."""

    at: Instant
    key: str
    event: str
    """The event type, as the vendor names it."""
    number: int
    """1 for the first."""
    delivered: bool
    status: int | None = None
    """The receiver's HTTP status; None where no answer came."""
    error: str = ""
    """Why it was not delivered."""
    preview: str = ""
    """The beginning of the answer's body."""
    retry_at: Instant | None = None
    """When the next attempt follows; None for never."""
    url: str = ""
    """The receiver's URL; empty for the session's own receiver."""
    lost: bool = False
    """Dropped by a scenario fault; never sent."""

    def as_input(self, seq: int) -> Input:
        """Return the attempt as an input of its job: the key is the input's name, the other fields are its data."""
        data = self._asdict()
        del data["at"], data["key"]
        return Input(self.at, seq, DELIVERY, self.key, MappingProxyType(data))


def attempts(job: Job, until: Instant) -> Iterator[DeliveryAttempt]:
    """Yield every attempt made up to `until`, oldest first."""
    for event in job.inputs:
        if event.at > until:
            return
        if event.kind == DELIVERY:
            yield DeliveryAttempt(event.at, event.name, **event.data)


class DeliveryState(NamedTuple):
    """The state of a job's deliveries at one instant."""

    attempts: list[DeliveryAttempt]
    """The attempts that were sent, oldest first."""
    delivered: dict[str, DeliveryAttempt]
    """The attempt that arrived, by key."""
    retrying: dict[str, DeliveryAttempt]
    """The last attempt of each delivery that is retried, by key."""
    attempted: set[str]
    """Keys that were tried or dropped: their delivery does not begin a second time."""

    @property
    def next_retry_at(self) -> Instant | None:
        """The instant of the first retry, or None."""
        retries = [attempt.retry_at for attempt in self.retrying.values() if attempt.retry_at is not None]
        return min(retries, default=None)


def delivery_state(job: Job, until: Instant) -> DeliveryState:
    """Return the state of the deliveries of `job` at `until`."""
    state = DeliveryState([], {}, {}, set())
    for attempt in attempts(job, until):
        state.attempted.add(attempt.key)
        state.retrying.pop(attempt.key, None)
        if attempt.lost:
            continue
        state.attempts.append(attempt)
        if attempt.delivered:
            state.delivered[attempt.key] = attempt
        elif attempt.retry_at is not None:
            state.retrying[attempt.key] = attempt
    return state
