"""A place in what happens in a session: where a reader of its feed has come to."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mockserver.core.instants import Instant
from mockserver.engine.session import Session

MAX_RESUMED_JOBS: Final = 20_000
"""Jobs that are searched for those that changed since a position."""
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)


class FeedPosition(NamedTuple):
    """What a reader has got: everything up to these numbers, which a session counts anyway."""

    epoch: int
    requests: int
    """The number of the last journal entry."""
    deliveries: int
    at: Instant
    """The session's instant: jobs whose last input is older are known."""

    def __str__(self) -> str:
        """Return the id of an event behind which a reader goes on."""
        return ".".join(map(str, self))


def present_position(session: Session, now: Instant) -> FeedPosition:
    """Return the position of a reader that knows everything."""
    return FeedPosition(session.epoch, session.journal.seq, session.deliveries.log.seq, now)


def resumed_position(session: Session, event_id: str, now: Instant) -> FeedPosition | None:
    """Return the position that an event's id names; None where this epoch of the session was never there.

    None too for a session with so many jobs that a search for those that changed would delay others.
    """
    if sum(len(context.store) for context in session.vendors.values()) > MAX_RESUMED_JOBS:
        return None
    numbers = event_id.split(".")
    if len(numbers) != 4 or not all(map(_NUMBER.fullmatch, numbers)):
        return None
    position = FeedPosition(*map(int, numbers))
    present = present_position(session, now)
    if position.epoch != session.epoch or any(
        got > there for got, there in zip(position[1:], present[1:], strict=True)
    ):
        return None
    return position


class FeedOpening(NamedTuple):
    """A connection that is to become the feed of a session: it begins behind a position, or with the present (None)."""

    session: Session
    resumed: FeedPosition | None
    scope: Mapping[str, str] = {}
    """Whose requests and deliveries it has, as in the answers of admin calls."""
