"""The webhooks of a play: worked off in this process, and held against what a step says must have been sent.

No network here: whatever a session's jobs tell goes to the session's own receiver, which answers as the scenario says.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.core.counting import count
from mockserver.core.instants import Instant
from mockserver.core.subset import differences
from mockserver.engine.agenda import Due
from mockserver.engine.deliveries import Delivery, Posting
from mockserver.engine.sent import LOST
from mockserver.engine.session import Session
from mockserver.scenario.kept import Words, filled, woven
from mockserver.scenario.model import Arrivals
from mockserver.vendors.hooks import TIMEOUT

Sent = Mapping[str, Any]
"""A delivery as the admin API shows it."""

_SHOWN: Final = 20
"""Deliveries that a message names."""


def work_off(session: Session, until: Instant, real: Instant, base_url: str) -> None:
    """Bring a session to an instant, due by due, each delivered at its own."""
    while (due := session.agenda.take(until)) is not None:
        session.clock = session.clock.set(real, max(due.at, session.clock.now(real)))
        _hand_over(session, due, session.clock.now(real), base_url)
    session.clock = session.clock.set(real, until)


def _hand_over(session: Session, due: Due, now: Instant, base_url: str) -> None:
    """Deliver, if what is due is a delivery; whatever else is due has nobody who waits for it here."""
    deliveries, posting = session.deliveries, due.what
    if isinstance(posting, Delivery):
        posting = deliveries.begin(posting, now, base_url)
    if isinstance(posting, Posting):
        for one in (posting, *deliveries.copies(posting)):
            deliveries.finish(one, deliveries.receive(one), now)


def missing(sent: Sequence[Sent], wanted: Arrivals, words: Words) -> Iterator[str]:
    """How what was sent differs from what a step expects, oldest first in `sent`."""
    meant = [one for one in sent if (one["state"] == wanted.state if wanted.state else one["state"] != LOST)]
    if wanted.count is not None and len(meant) != wanted.count:
        yield f"{count(len(meant), 'delivery')}; expected {wanted.count}{_listed(meant)}"
    if wanted.events is not None and not _alike([one["event"] for one in meant], wanted.events):
        yield f"the events are {_names(meant)}; expected {', '.join(wanted.events) or 'none'}"
    answers = [_answer(one) for one in meant]
    if wanted.answers is not None and answers != list(wanted.answers):
        yield f"the answers are {_joined(answers)}; expected {_joined(wanted.answers)}"
    for one in meant:
        if wanted.signed and one["signature"] != wanted.signed:
            yield f"{one['id']} ({one['event']}) is signed {one['signature']}; expected {wanted.signed}"
    if wanted.body is not None or wanted.headers:
        yield from _unlike(meant[-1], wanted, words) if meant else ["nothing was delivered"]


def _alike(found: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether each type is the one that is wanted in its place, or ends with it."""
    return len(found) == len(wanted) and all(
        event == word or event.endswith(f".{word}") for event, word in zip(found, wanted, strict=True)
    )


def _answer(one: Sent) -> int | str:
    """A status, or `timeout`: whatever is no answer is one to the sender."""
    return TIMEOUT if one["status"] is None else int(one["status"])


def _names(sent: Sequence[Sent]) -> str:
    return _joined([one["event"] for one in sent])


def _listed(sent: Sequence[Sent]) -> str:
    return f": {_names(sent)}" if sent else ""


def _joined(found: Sequence[object]) -> str:
    more = [f"{len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return ", ".join([*map(str, found[:_SHOWN]), *more]) or "none"


def _unlike(one: Sent, wanted: Arrivals, words: Words) -> Iterator[str]:
    """How the latest one differs."""
    if wanted.body is not None:
        body = json.loads(one["body"])
        yield from (f"body: {difference}" for difference in differences(body, filled(wanted.body, words)))
    given = {name.lower(): value for name, value in one["headers"]}
    for name, value in wanted.headers:
        if given.get(name.lower()) != woven(value, words):
            yield f"header {name} is {given.get(name.lower())!r}; expected {woven(value, words)!r}"
