"""The story of a run: requests and changes of state in the order in which they happened, equal requests folded."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from mockserver.client.views import CallView, JobView
from mockserver.core.instants import SECOND, format_duration
from mockserver.trial.evidence import TrialEvidence
from mockserver.trial.receptions import ReceiverEvidence, Reception


class StoryEvent(NamedTuple):
    """One thing that happened."""

    at: datetime
    text: str


def story_lines(evidence: TrialEvidence, deliveries: Iterable[Reception] = ()) -> Iterator[str]:
    """Yield the lines of the story, with the webhooks that the client got; times count from the first request."""
    if not evidence.calls:
        return
    webhooks = (StoryEvent(each.at, delivery_text(each)) for each in deliveries)
    yield from _timed_lines([*state_events(evidence.jobs), *call_events(evidence), *webhooks], evidence.calls[0].at)
    if evidence.call_count > len(evidence.calls):
        yield f"and {evidence.call_count - len(evidence.calls)} requests more"


def receiver_story_lines(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield the lines of a receiver's story; times count from the creation of the first job."""
    if evidence.jobs:
        deliveries = (StoryEvent(each.at, delivery_text(each)) for each in evidence.deliveries)
        yield from _timed_lines([*state_events(evidence.jobs), *deliveries], min(job.created for job in evidence.jobs))


def _timed_lines(events: Iterable[StoryEvent], began: datetime) -> Iterator[str]:
    # A sort keeps the order of equal instants: a state that a request found comes before it.
    for event in sorted(events, key=lambda event: event.at):
        since = round((event.at - began).total_seconds() * 10) * SECOND // 10
        yield f"+{format_duration(max(0, since)):<8} {event.text}"


def state_events(jobs: Iterable[JobView]) -> Iterator[StoryEvent]:
    """Yield the states and the bookings of jobs."""
    for job in jobs:
        for span in job.states:
            yield StoryEvent(span.entered, f"    {job.kind} {job.id} is {span.state}")
        for booking in job.ledger:
            yield StoryEvent(booking.at, f"    {job.kind} {job.id}: {booking.entry} {booking.amount:g} {booking.unit}")


def call_events(evidence: TrialEvidence) -> Iterator[StoryEvent]:
    """Yield the requests, those that repeat the one before as one."""
    group: list[CallView] = []
    for call in evidence.calls:
        if group and call_text(group[0]) != call_text(call):
            yield _group_event(group)
            group = []
        group.append(call)
    if group:
        yield _group_event(group)


def _group_event(group: list[CallView]) -> StoryEvent:
    times = f"  ({len(group)} times)" if len(group) > 1 else ""
    return StoryEvent(group[0].at, call_text(group[0]) + times)


def delivery_text(delivery: Reception) -> str:
    """Return a delivery with the receiver's answer."""
    what = delivery.cause or f"attempt {delivery.attempt}"
    lost = ", which is lost" if delivery.is_lost else ""
    return f"webhook {delivery.event} ({what}, signature {delivery.signature}) -> {delivery.answer}{lost}"


def call_text(call: CallView) -> str:
    """Return a request with what came of it."""
    text = f"{call.method} {call.path} -> {'no whole answer' if call.lost else call.status}"
    if isinstance(call.shown_status, str) and call.status < 300 and not call.lost:
        text += f" {call.shown_status}"
    if call.faults:
        text += f"  [fault: {', '.join(call.faults)}]"
    return text
