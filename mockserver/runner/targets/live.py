"""Somebody's API as a target: the world's time, and nothing but what its own operations allow."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from time import monotonic, sleep, time_ns  # noqa: TID251 -- a live API's time is the world's
from typing import Any

from mockserver.core.instants import MAX_DURATION, SECOND, Duration, Instant, format_duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.targets.http_client import HttpClient
from mockserver.runner.targets.parallel import run_together
from mockserver.runner.targets.target import (
    DEFAULT_OPTIONS,
    NO_ANSWER_SECONDS,
    ClientOptions,
    Inconclusive,
    SequenceNumbers,
    StateTimes,
)


class LiveTarget:
    """An API, asked by a client that has all the time in the world, or some of it.

    `sleep` waits so many seconds; a play that would wait beyond `patience`, counted from its start, is inconclusive,
    and no request waits for its answer much longer than that.
    """

    is_mock = False

    def __init__(
        self, base_url: str, sleep: Callable[[float], None] = sleep, patience: Duration = MAX_DURATION
    ) -> None:
        end = monotonic() + patience / SECOND
        self._seconds_left = lambda: end - monotonic()
        self._client = HttpClient(base_url, seconds_left=self._seconds_left)
        self.base_url = base_url.rstrip("/")
        self._sleep = sleep
        self._patience = patience
        self._elapsed = 0
        self._numbers = SequenceNumbers()

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Send it; where no answer is expected, nothing within a second is none."""
        sent = _wall_now()
        response = _send_once_or_wait(self._client, request, options)
        return Exchange(request, response, sent, _wall_now() if response else None, *self._numbers.next_pair())

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Send each on a connection of its own, all at once; who is handled first is up to the world."""
        finished: list[int] = []

        def asking(place: int) -> Callable[[], tuple[Response | None, Instant]]:
            def ask() -> tuple[Response | None, Instant]:
                with closing(HttpClient(self.base_url, seconds_left=self._seconds_left)) as wire:
                    response = _send_once_or_wait(wire, requests[place], options[place])
                finished.append(place)
                return response, _wall_now()

            return ask

        sent = _wall_now()
        answers = run_together([asking(place) for place in range(len(requests))])
        return [
            Exchange(request, response, sent, answered if response else None, *numbers)
            for request, (response, answered), numbers in zip(
                requests, answers, self._numbers.next_pairs(finished), strict=True
            )
        ]

    def state_times(self, job_id: str) -> StateTimes:
        """Nobody knows."""
        raise Inconclusive("when a live API's job will be where, nobody knows before it is there")

    def advance_to(self, offset: Duration) -> None:
        """Wait; the connection is not kept meanwhile, so that no request meets one that has been closed."""
        if offset <= self._elapsed:
            return
        if offset > self._patience:
            wanted, most = format_duration(offset), format_duration(self._patience)
            raise Inconclusive(f"{wanted} into the play, and nobody waits longer than {most} (--patience)")
        self._client.close()
        self._sleep((offset - self._elapsed) / SECOND)
        self._elapsed = offset

    def move_job(self, job_id: str, state: str) -> None:
        """Nobody can."""
        raise Inconclusive(f"a live API cannot be told to move a job to {state!r}")

    def ledger_counts(self, job_id: str) -> Counter[str]:
        """Nobody can."""
        raise Inconclusive("a live API has no ledger to ask")

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """Nobody can."""
        raise Inconclusive("a live API's webhooks go to a receiver of yours, which a play cannot see")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _wall_now() -> Instant:
    return time_ns() // 1_000


def _send_once_or_wait(client: HttpClient, request: Request, options: ClientOptions) -> Response | None:
    """An answer of the world's; None where none came though the client was ready to go without."""
    if options.expects_no_answer or options.timeout is not None:
        wait = NO_ANSWER_SECONDS if options.timeout is None else options.timeout / SECOND
        return client.send_once(request, {}, wait)
    return client.send(request)
