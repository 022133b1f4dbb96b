"""The next thing to tell of a job, and when: from its course, from what was told already, and from what goes wrong.

Pure: whoever asks again after something happened to the job gets the next thing as it is now. Only the first is
looked for, because a job has one entry on its session's agenda.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.core.delivery import told
from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.api import FOREVER
from mockserver.vendors.hooks import Hook
from mockserver.vendors.notices import Destination, Event, Notices


class Upcoming(NamedTuple):
    """One attempt to come."""

    at: Instant
    rank: int
    """Its place among what is due at the same instant for the same job."""
    event: Event
    attempt: int
    """1 for the first."""


def upcoming(job: Job, notices: Notices, to: Destination, hook: Hook | None, since: Instant) -> Upcoming | None:
    """The next attempt for `job`; None where there is nothing to tell.

    `since` is when telling began: an event before it is nobody's business.
    """
    stand = told(job, FOREVER)
    events = list(notices.events(job, to.events))
    found: list[Upcoming] = []
    for event, (at, rank) in zip(events, _dues(events, hook or Hook()), strict=True):
        waiting = stand.waiting.get(event.key)
        if waiting is not None and waiting.again is not None:
            found.append(Upcoming(waiting.again, rank, event, waiting.number + 1))
        elif event.key not in stand.known and event.at >= since:
            found.append(Upcoming(at, rank, event, 1))
    return min(found, key=lambda one: one[:2], default=None)


def _dues(events: Sequence[Event], hook: Hook) -> list[tuple[Instant, int]]:
    """(instant, place) of each event's first attempt: in order, but for what a scenario lets be late or overtaken."""
    spoils = [hook.spoil(event.type) for event in events] if hook.deliver else []
    dues = [(event.at, 2 * place) for place, event in enumerate(events)]
    for place, spoil in enumerate(spoils):
        if spoil.late:
            dues[place] = (events[place].at + spoil.late, 2 * place)
    for place, spoil in enumerate(spoils[:-1]):
        if spoil.reorder:
            dues[place] = (max(dues[place][0], dues[place + 1][0]), 2 * place + 3)
    return dues
