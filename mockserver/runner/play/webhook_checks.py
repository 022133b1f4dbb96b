"""Expected webhook deliveries of a play: the comparison with what was sent, one sentence for each difference."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.core.subset import differences
from mockserver.core.text import pluralize
from mockserver.engine.notify.delivery_log import DROPPED
from mockserver.runner.play.expectations import header_failures
from mockserver.scenario.placeholders import PlaceholderLookup, substitute
from mockserver.scenario.play_model import ExpectedDeliveries
from mockserver.vendors.webhook_endpoint import RECEIVER_TIMEOUT

DeliveryJson = Mapping[str, Any]
"""A delivery in the admin API's JSON."""
_MAX_LISTED: Final = 20
"""Deliveries that a message lists."""


def delivery_failures(
    deliveries: Sequence[DeliveryJson], expected: ExpectedDeliveries, lookup: PlaceholderLookup
) -> Iterator[str]:
    """Yield how deliveries (oldest first) differ from what a step expects."""
    checked = [delivery for delivery in deliveries if delivery["state"] != DROPPED]
    if expected.state:
        checked = [delivery for delivery in deliveries if delivery["state"] == expected.state]
    events = [delivery["event"] for delivery in checked]
    if expected.count is not None and len(checked) != expected.count:
        message = f"{pluralize(len(checked), 'delivery')}; expected {expected.count}"
        yield f"{message}: {_join_limited(events)}" if events else message
    if expected.events is not None and not _event_types_match(events, expected.events):
        yield f"the events are {_join_limited(events)}; expected {', '.join(expected.events) or 'none'}"
    # A sender cannot tell a lost answer from a timeout.
    answers = [RECEIVER_TIMEOUT if each["status"] is None else int(each["status"]) for each in checked]
    if expected.answers is not None and answers != list(expected.answers):
        yield f"the answers are {_join_limited(answers)}; expected {_join_limited(expected.answers)}"
    for delivery in checked:
        if expected.signed and delivery["signature"] != expected.signed:
            signature = delivery["signature"]
            yield f"{delivery['id']} ({delivery['event']}) is signed {signature}; expected {expected.signed}"
    if not checked:
        if expected.body is not None or expected.headers:
            yield "nothing was delivered"
        return
    # Body and headers of the latest delivery.
    if expected.body is not None:
        for difference in differences(json.loads(checked[-1]["body"]), substitute(expected.body, lookup)):
            yield f"body: {difference}"
    headers = {name.lower(): value for name, value in checked[-1]["headers"]}
    yield from header_failures(lambda name: headers.get(name.lower()), expected.headers, lookup)


def _event_types_match(events: Sequence[str], expected: Sequence[str]) -> bool:
    """Compare event types in order; an expected `completed` also matches `video.completed`."""
    return len(events) == len(expected) and all(
        event == name or event.endswith(f".{name}") for event, name in zip(events, expected, strict=True)
    )


def _join_limited(values: Sequence[object]) -> str:
    texts = [str(value) for value in values[:_MAX_LISTED]]
    if len(values) > _MAX_LISTED:
        texts.append(f"{len(values) - _MAX_LISTED} more")
    return ", ".join(texts) or "none"
