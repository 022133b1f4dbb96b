"""What a target is, and what all of them share: how a client takes an answer, and how what happens is numbered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from mockserver.core.instants import Duration, Instant
from mockserver.core.wire import Exchange, Request, Response


class Terms(NamedTuple):
    """How a client takes an answer."""

    timeout: Duration | None = None
    """How long it waits, on the session's clock; None: for ever."""
    none: bool = False
    """Whether it is expected to get none."""


USUAL: Final = Terms()
SILENCE: Final = 1.0
"""Seconds after which nothing is taken for no answer, where none is expected."""

Visits = Sequence[tuple[str, Duration]]
"""A job's states, those it was in and those it will come to if nobody interferes, each with when it comes to it,
counted from the session's start."""


class Target(Protocol):
    """Whom a play is played on."""

    ours: bool
    """Whether it is one of ours: its time is told, and moves, the ledger, deliveries and jobs that exist beforehand can
    be had."""
    base: str
    """Where the vendor's URLs begin in its answers, without a slash at the end."""

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Send a request, wait for its answer."""

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Send several before any is answered; `order` has their places as they are to be handled, if that can be."""

    def course(self, job_id: str) -> Visits:
        """Where a job was and will be."""

    def pass_to(self, offset: Duration) -> None:
        """Let it be `offset` after the session's start."""

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has; without an id, all jobs have."""

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What webhooks' receivers were sent, oldest first, as the admin API shows it; of all jobs without an id."""

    def close(self) -> None:
        """Let go."""


class Inconclusive(Exception):  # noqa: N818 -- not an error: the step proves nothing here
    """A step that cannot be tried on this target."""


class Numbers:
    """Numbers what happens in one play from 1: each request when it is sent, each answer when it comes."""

    def __init__(self) -> None:
        self._last = 0

    def one(self) -> tuple[int, int]:
        """Of a request and its answer."""
        return self.together((0,))[0]

    def together(self, order: Sequence[int]) -> list[tuple[int, int]]:
        """Of several requests, all sent before the first answer; `order` has their places as they are answered."""
        sent, answered = self._last + 1, self._last + len(order) + 1
        self._last += 2 * len(order)
        return [(sent + place, answered + order.index(place)) for place in range(len(order))]


class Timed(NamedTuple):
    """An answer on its way: when its request was sent, and when it is there. None: it is lost."""

    response: Response | None
    sent: Instant
    answered: Instant

    def seen(self, request: Request, terms: Terms, numbers: tuple[int, int]) -> Exchange:
        """The exchange as its client sees it: an answer that is later than it waits is none."""
        late = terms.timeout is not None and self.answered - self.sent > terms.timeout
        if self.response is None or late:
            return Exchange(request, None, self.sent, None, *numbers)
        return Exchange(request, self.response, self.sent, self.answered, *numbers)
