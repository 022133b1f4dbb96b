"""The next webhook attempt of a job: from its history, the attempts so far, and the endpoint's delivery faults.

Pure: after anything has happened to the job, the next attempt is computed again. Only the first one is needed, because
a job has one entry in its session's schedule.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.core.delivery import delivery_state
from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.api import FOREVER
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from mockserver.vendors.webhooks import Subscription, WebhookEvent, WebhookSpec


class NextAttempt(NamedTuple):
    """One attempt to come."""

    at: Instant
    rank: int
    """Its position among what is due at the same instant for the same job."""
    event: WebhookEvent
    attempt: int
    """1 for the first."""


def next_attempt(
    job: Job, webhooks: WebhookSpec, subscription: Subscription, endpoint: WebhookEndpoint | None, since: Instant
) -> NextAttempt | None:
    """Return the next attempt for `job`; None if nothing is left to send.

    `since`: events earlier than this are skipped.
    """
    deliveries = delivery_state(job, FOREVER)
    events = list(webhooks.events(job, subscription.events))
    candidates: list[NextAttempt] = []
    for event, (at, rank) in zip(events, _first_attempts(events, endpoint), strict=True):
        waiting = deliveries.retrying.get(event.key)
        if waiting is not None and waiting.retry_at is not None:
            candidates.append(NextAttempt(waiting.retry_at, rank, event, waiting.number + 1))
        elif event.key not in deliveries.attempted and event.at >= since:
            candidates.append(NextAttempt(at, rank, event, 1))
    return min(candidates, key=lambda attempt: (attempt.at, attempt.rank), default=None)


def _first_attempts(events: Sequence[WebhookEvent], endpoint: WebhookEndpoint | None) -> list[tuple[Instant, int]]:
    """Return (instant, rank) of each event's first attempt: in the order of the events, but for delivery faults."""
    # Ranks are even, so that an overtaken event fits right behind the next one, at an odd rank.
    attempts = [(event.at, 2 * position) for position, event in enumerate(events)]
    if endpoint is None or not endpoint.delivery_faults:
        return attempts
    faults = [endpoint.delivery_fault(event.type) for event in events]
    for position, fault in enumerate(faults):
        if fault.delay:
            attempts[position] = (events[position].at + fault.delay, 2 * position)
    # After the delays: an event is overtaken by the next one at the instant of that one's delayed attempt.
    for position, fault in enumerate(faults[:-1]):
        if fault.reorder:
            own, following = attempts[position][0], attempts[position + 1][0]
            attempts[position] = (max(own, following), 2 * position + 3)
    return attempts
