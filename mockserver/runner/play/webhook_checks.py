"""The webhooks of a play: worked off in this process, and held against what a step says must have been sent.

No network here: whatever a session's jobs tell goes to the session's own receiver, which answers as the scenario says.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.subset import differences
from mockserver.core.text import pluralize
from mockserver.engine.notify.deliveries import DueDelivery, OutgoingDelivery
from mockserver.engine.notify.delivery_log import DROPPED
from mockserver.engine.session.schedule import ScheduleEntry
from mockserver.engine.session.session import Session
from mockserver.scenario.model import ExpectedDeliveries
from mockserver.scenario.placeholders import PlaceholderLookup, interpolate, substitute
from mockserver.vendors.webhook_endpoint import RECEIVER_TIMEOUT

DeliveryJson = Mapping[str, Any]
"""A delivery as the admin API shows it."""

_MAX_LISTED: Final = 20
"""Deliveries that a message names."""


def advance_session(session: Session, until: Instant, wall_now: Instant, base_url: str) -> None:
    """Bring a session to an instant, due by due, each delivered at its own."""
    while (due := session.schedule.pop_due(until)) is not None:
        session.clock = session.clock.set(wall_now, max(due.at, session.clock.now(wall_now)))
        _deliver_due(session, due, session.clock.now(wall_now), base_url)
    session.clock = session.clock.set(wall_now, until)


def _deliver_due(session: Session, due: ScheduleEntry, now: Instant, base_url: str) -> None:
    """Deliver, if what is due is a delivery; whatever else is due has nobody who waits for it here."""
    deliveries, posting = session.deliveries, due.item
    if isinstance(posting, DueDelivery):
        posting = deliveries.begin(posting, now, base_url)
    if isinstance(posting, OutgoingDelivery):
        for one in (posting, *deliveries.duplicates(posting)):
            deliveries.finish(one, deliveries.answer_from_builtin(one), now)


def delivery_failures(
    deliveries: Sequence[DeliveryJson], expected: ExpectedDeliveries, lookup: PlaceholderLookup
) -> Iterator[str]:
    """How what was sent differs from what a step expects, oldest first in `sent`."""
    meant = [
        one for one in deliveries if (one["state"] == expected.state if expected.state else one["state"] != DROPPED)
    ]
    if expected.count is not None and len(meant) != expected.count:
        yield f"{pluralize(len(meant), 'delivery')}; expected {expected.count}{_event_list_suffix(meant)}"
    if expected.events is not None and not _event_types_match([one["event"] for one in meant], expected.events):
        yield f"the events are {_event_names(meant)}; expected {', '.join(expected.events) or 'none'}"
    answers = [_receiver_answer(one) for one in meant]
    if expected.answers is not None and answers != list(expected.answers):
        yield f"the answers are {_join_limited(answers)}; expected {_join_limited(expected.answers)}"
    for one in meant:
        if expected.signed and one["signature"] != expected.signed:
            yield f"{one['id']} ({one['event']}) is signed {one['signature']}; expected {expected.signed}"
    if expected.body is not None or expected.headers:
        yield from _content_failures(meant[-1], expected, lookup) if meant else ["nothing was delivered"]


def _event_types_match(events: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether each type is the one that is wanted in its place, or ends with it."""
    return len(events) == len(expected) and all(
        event == word or event.endswith(f".{word}") for event, word in zip(events, expected, strict=True)
    )


def _receiver_answer(delivery: DeliveryJson) -> int | str:
    """A status, or `timeout`: whatever is no answer is one to the sender."""
    return RECEIVER_TIMEOUT if delivery["status"] is None else int(delivery["status"])


def _event_names(deliveries: Sequence[DeliveryJson]) -> str:
    return _join_limited([one["event"] for one in deliveries])


def _event_list_suffix(deliveries: Sequence[DeliveryJson]) -> str:
    return f": {_event_names(deliveries)}" if deliveries else ""


def _join_limited(values: Sequence[object]) -> str:
    more = [f"{len(values) - _MAX_LISTED} more"] if len(values) > _MAX_LISTED else []
    return ", ".join([*map(str, values[:_MAX_LISTED]), *more]) or "none"


def _content_failures(delivery: DeliveryJson, expected: ExpectedDeliveries, lookup: PlaceholderLookup) -> Iterator[str]:
    """How the latest one differs."""
    if expected.body is not None:
        body = json.loads(delivery["body"])
        yield from (f"body: {difference}" for difference in differences(body, substitute(expected.body, lookup)))
    given = {name.lower(): value for name, value in delivery["headers"]}
    for name, value in expected.headers:
        if given.get(name.lower()) != interpolate(value, lookup):
            yield f"header {name} is {given.get(name.lower())!r}; expected {interpolate(value, lookup)!r}"
