"""The next thing to tell of a job, and when: from its course, from what was told already, and from what goes wrong.

Pure: whoever asks again after something happened to the job gets the next thing as it is now. Only the first is
looked for, because a job has one entry on its session's agenda.
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
    """Its place among what is due at the same instant for the same job."""
    event: WebhookEvent
    attempt: int
    """1 for the first."""


def next_attempt(
    job: Job, webhooks: WebhookSpec, subscription: Subscription, endpoint: WebhookEndpoint | None, since: Instant
) -> NextAttempt | None:
    """The next attempt for `job`; None where there is nothing to tell.

    `since` is when telling began: an event before it is nobody's business.
    """
    stand = delivery_state(job, FOREVER)
    events = list(webhooks.events(job, subscription.events))
    found: list[NextAttempt] = []
    for event, (at, rank) in zip(events, _first_attempts(events, endpoint or WebhookEndpoint()), strict=True):
        waiting = stand.retrying.get(event.key)
        if waiting is not None and waiting.retry_at is not None:
            found.append(NextAttempt(waiting.retry_at, rank, event, waiting.number + 1))
        elif event.key not in stand.attempted and event.at >= since:
            found.append(NextAttempt(at, rank, event, 1))
    return min(found, key=lambda one: one[:2], default=None)


def _first_attempts(events: Sequence[WebhookEvent], endpoint: WebhookEndpoint) -> list[tuple[Instant, int]]:
    """(instant, place) of each event's first attempt: in order, but for what a scenario lets be late or overtaken."""
    spoils = [endpoint.delivery_fault(event.type) for event in events] if endpoint.delivery_faults else []
    dues = [(event.at, 2 * place) for place, event in enumerate(events)]
    for place, spoil in enumerate(spoils):
        if spoil.delay:
            dues[place] = (events[place].at + spoil.delay, 2 * place)
    for place, spoil in enumerate(spoils[:-1]):
        if spoil.reorder:
            dues[place] = (max(dues[place][0], dues[place + 1][0]), 2 * place + 3)
    return dues
