"""What a target is, and what all of them share: how a client takes an answer, and how what happens is numbered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from mockserver.core.instants import Duration, Instant
from mockserver.core.wire import Exchange, Request, Response


class ClientOptions(NamedTuple):
    """How a client takes an answer."""

    timeout: Duration | None = None
    """How long it waits, on the session's clock; None: for ever."""
    expects_no_answer: bool = False
    """Whether it is expected to get none."""


DEFAULT_OPTIONS: Final = ClientOptions()
NO_ANSWER_SECONDS: Final = 1.0
"""Seconds after which nothing is taken for no answer, where none is expected."""

StateTimes = Sequence[tuple[str, Duration]]
"""A job's states, those it was in and those it will come to if nobody interferes, each with when it comes to it,
counted from the session's start."""


class PlayTarget(Protocol):
    """Whom a play is played on."""

    is_mock: bool
    """Whether it is one of ours: its time is told, and moves, the ledger, deliveries and jobs that exist beforehand can
    be had."""
    base_url: str
    """Where the vendor's URLs begin in its answers, without a slash at the end."""

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Send a request, wait for its answer."""

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Send several before any is answered; `order` has their places as they are to be handled, if that can be."""

    def state_times(self, job_id: str) -> StateTimes:
        """Where a job was and will be."""

    def advance_to(self, offset: Duration) -> None:
        """Let it be `offset` after the session's start."""

    def move_job(self, job_id: str, state: str) -> None:
        """Move a job at once."""

    def ledger_counts(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has; without an id, all jobs have."""

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What webhooks' receivers were sent, oldest first, as the admin API shows it; of all jobs without an id."""

    def close(self) -> None:
        """Let go."""


class Inconclusive(Exception):  # noqa: N818 -- not an error: the step proves nothing here
    """A step that cannot be tried on this target."""


class SequenceNumbers:
    """Numbers what happens in one play from 1: each request when it is sent, each answer when it comes."""

    def __init__(self) -> None:
        self._last = 0

    def next_pair(self) -> tuple[int, int]:
        """Of a request and its answer."""
        return self.next_pairs((0,))[0]

    def next_pairs(self, order: Sequence[int]) -> list[tuple[int, int]]:
        """Of several requests, all sent before the first answer; `order` has their places as they are answered."""
        sent, answered = self._last + 1, self._last + len(order) + 1
        self._last += 2 * len(order)
        return [(sent + place, answered + order.index(place)) for place in range(len(order))]


class TimedResponse(NamedTuple):
    """An answer on its way: when its request was sent, and when it is there. None: it is lost."""

    response: Response | None
    sent_at: Instant
    answered_at: Instant

    def as_exchange(self, request: Request, options: ClientOptions, numbers: tuple[int, int]) -> Exchange:
        """The exchange as its client sees it: an answer that is later than it waits is none."""
        late = options.timeout is not None and self.answered_at - self.sent_at > options.timeout
        if self.response is None or late:
            return Exchange(request, None, self.sent_at, None, *numbers)
        return Exchange(request, self.response, self.sent_at, self.answered_at, *numbers)
