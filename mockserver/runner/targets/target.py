"""The interface of a target, and what all targets share: client timeouts, the numbering of requests and answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from mockserver.core.instants import Duration, Instant
from mockserver.core.wire import Exchange, Request, Response


class ClientOptions(NamedTuple):
    """How the client of a request waits for its answer."""

    timeout: Duration | None = None
    """How long the client waits, on the session's clock; None: without end."""
    expects_no_answer: bool = False
    """True if the scenario expects that no answer comes."""


DEFAULT_OPTIONS: Final = ClientOptions()

StateTimes = Sequence[tuple[str, Duration]]
"""The past and (without further requests) future states of a job, each with the time from the session's start to its
entry."""


class PlayTarget(Protocol):
    """A server, real or in process, that a play sends its requests to."""

    is_mock: bool
    """True for the engine and for mock servers: they have a virtual clock, a ledger, deliveries and seeded jobs."""
    base_url: str
    """The URL that the vendor's paths follow in answers, without a slash at the end."""

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Send a request and wait for its answer."""

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Send several requests before any is answered; `order` lists their indexes in order of handling."""

    def state_times(self, job_id: str) -> StateTimes:
        """Return the states of a job with their times. Raises `Inconclusive` if they cannot be known."""

    def advance_to(self, offset: Duration) -> None:
        """Move the clock to `offset` after the session's start. Raises `Inconclusive` beyond the patience."""

    def move_job(self, job_id: str, state: str) -> None:
        """Move a job to a state at once. Raises `MockError` for an illegal move, `Inconclusive` on a live API."""

    def ledger_counts(self, job_id: str | None) -> Counter[str]:
        """Count the ledger entries of a job (None: of all jobs) by kind. Raises `Inconclusive` on a live API."""

    def deliveries(self, job_id: str | None) -> Sequence[Mapping[str, Any]]:
        """Return the webhook deliveries of a job (None: of all jobs), oldest first, in the admin API's JSON.

        Raises `Inconclusive` on a live API.
        """

    def missing_receiver(self, job_id: str | None) -> str:
        """Return why no webhook of a job (None: of any job) is sent; empty if one can be, or if it is not known."""

    def close(self) -> None:
        """Release connections and sessions."""


class Inconclusive(Exception):  # noqa: N818 -- not an error: the step proves nothing here
    """A step cannot be tried on this target."""


class SequenceNumbers:
    """A counter of the events of one play from 1: each request when sent, each answer when received."""

    def __init__(self) -> None:
        self._last = 0

    def next_pair(self) -> tuple[int, int]:
        """Return the numbers of one request and its answer."""
        return self.next_pairs((0,))[0]

    def next_pairs(self, order: Sequence[int]) -> list[tuple[int, int]]:
        """Return (request, answer) numbers of requests sent together; `order` lists their indexes as answered."""
        # All requests are numbered before the first answer, as all are sent before it.
        first_sent = self._last + 1
        first_answered = first_sent + len(order)
        self._last += 2 * len(order)
        return [(first_sent + index, first_answered + order.index(index)) for index in range(len(order))]


class TimedResponse(NamedTuple):
    """A response (None: lost) with the instants of its request and of its arrival."""

    response: Response | None
    sent_at: Instant
    answered_at: Instant

    def as_exchange(self, request: Request, options: ClientOptions, numbers: tuple[int, int]) -> Exchange:
        """Return the exchange as its client sees it: an answer after the client's timeout counts as none."""
        timed_out = options.timeout is not None and self.answered_at - self.sent_at > options.timeout
        if self.response is None or timed_out:
            return Exchange(request, None, self.sent_at, None, *numbers)
        return Exchange(request, self.response, self.sent_at, self.answered_at, *numbers)
