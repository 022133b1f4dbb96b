"""A live API as a target: real time, and only what the API's own operations allow."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from time import monotonic, sleep, time_ns  # noqa: TID251 -- a live API runs in real time
from typing import Any

from mockserver.client.http import NO_ANSWER_TIMEOUT, HttpClient
from mockserver.core.instants import MAX_DURATION, SECOND, Duration, Instant, format_duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.targets.parallel import run_together
from mockserver.runner.targets.target import (
    DEFAULT_OPTIONS,
    ClientOptions,
    Inconclusive,
    SequenceNumbers,
    StateTimes,
    TimedResponse,
)


class LiveTarget:
    """A live API, called within a bounded time.

    `sleep` waits so many seconds. A play that would wait beyond `patience`, counted from its start, is inconclusive,
    and no request waits for its answer much longer than that.
    """

    is_mock = False

    def __init__(
        self, base_url: str, sleep: Callable[[float], None] = sleep, patience: Duration = MAX_DURATION
    ) -> None:
        deadline = monotonic() + patience / SECOND
        self._seconds_left = lambda: deadline - monotonic()
        self._client = HttpClient(base_url, seconds_left=self._seconds_left)
        self.base_url = base_url.rstrip("/")
        self._sleep = sleep
        self._patience = patience
        self._elapsed = 0
        self._numbers = SequenceNumbers()

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Send the request. Raises `Unreachable` if the API does not answer and an answer is expected."""
        sent_at = _wall_now()
        answer = TimedResponse(_send_with_options(self._client, request, options), sent_at, _wall_now())
        return answer.as_exchange(request, DEFAULT_OPTIONS, self._numbers.next_pair())

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Send each on a connection of its own, all at once; a live API decides the order of handling."""
        finished: list[int] = []

        def send_one(index: int) -> TimedResponse:
            with closing(HttpClient(self.base_url, seconds_left=self._seconds_left)) as client:
                response = _send_with_options(client, requests[index], options[index])
            finished.append(index)
            return TimedResponse(response, sent_at, _wall_now())

        sent_at = _wall_now()
        answers = run_together(send_one, len(requests))
        numbers = self._numbers.next_pairs(finished)
        return [
            answer.as_exchange(request, DEFAULT_OPTIONS, pair)
            for answer, request, pair in zip(answers, requests, numbers, strict=True)
        ]

    def state_times(self, job_id: str) -> StateTimes:
        """Not available on a live API: raises `Inconclusive`."""
        raise Inconclusive("a live API does not tell in advance when its jobs change state")

    def advance_to(self, offset: Duration) -> None:
        """Wait until `offset` after the start. Raises `Inconclusive` beyond the patience."""
        if offset <= self._elapsed:
            return
        if offset > self._patience:
            offset_text = format_duration(offset)
            raise Inconclusive(f"{offset_text} into the play; --patience allows {format_duration(self._patience)}")
        # The server may close an idle connection during the wait, and a POST on it could not be repeated.
        self._client.close()
        self._sleep((offset - self._elapsed) / SECOND)
        self._elapsed = offset

    def move_job(self, job_id: str, state: str) -> None:
        """Not available on a live API: raises `Inconclusive`."""
        raise Inconclusive(f"a live API has no call that moves a job to {state!r}")

    def ledger_counts(self, job_id: str | None) -> Counter[str]:
        """Not available on a live API: raises `Inconclusive`."""
        raise Inconclusive("a live API has no ledger to read")

    def deliveries(self, job_id: str | None) -> Sequence[Mapping[str, Any]]:
        """Not available on a live API: raises `Inconclusive`."""
        raise Inconclusive("a live API sends webhooks to your own receiver, which a play cannot read")

    def missing_receiver(self, job_id: str | None) -> str:
        """Return nothing: it is not known."""
        return ""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _wall_now() -> Instant:
    return time_ns() // 1_000


def _send_with_options(client: HttpClient, request: Request, options: ClientOptions) -> Response | None:
    """Return the response; None if none came and the client was ready to go without."""
    if options.timeout is not None:
        return client.send_once(request, {}, options.timeout / SECOND)
    if options.expects_no_answer:
        return client.send_once(request, {}, NO_ANSWER_TIMEOUT)
    return client.send(request)
