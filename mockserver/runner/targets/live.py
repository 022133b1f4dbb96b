"""Somebody's API as a target: the world's time, and nothing but what its own operations allow."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from time import monotonic, sleep, time_ns  # noqa: TID251 -- a live API's time is the world's
from typing import Any

from mockserver.core.instants import LONGEST, SECOND, Duration, Instant, format_duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.targets.api import SILENCE, USUAL, Inconclusive, Numbers, Terms, Visits
from mockserver.runner.targets.parallel import at_once
from mockserver.runner.wire import Wire


class Live:
    """An API, asked by a client that has all the time in the world, or some of it.

    `sleep` waits so many seconds; a play that would wait beyond `patience`, counted from its start, is inconclusive,
    and no request waits for its answer much longer than that.
    """

    ours = False

    def __init__(self, base_url: str, sleep: Callable[[float], None] = sleep, patience: Duration = LONGEST) -> None:
        end = monotonic() + patience / SECOND
        self._left = lambda: end - monotonic()
        self._wire = Wire(base_url, left=self._left)
        self.base = base_url.rstrip("/")
        self._sleep = sleep
        self._patience = patience
        self._passed = 0
        self._numbers = Numbers()

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Send it; where no answer is expected, nothing within a second is none."""
        sent = _now()
        response = _answer(self._wire, request, terms)
        return Exchange(request, response, sent, _now() if response else None, *self._numbers.one())

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Send each on a connection of its own, all at once; who is handled first is up to the world."""
        finished: list[int] = []

        def asking(place: int) -> Callable[[], tuple[Response | None, Instant]]:
            def ask() -> tuple[Response | None, Instant]:
                with closing(Wire(self.base, left=self._left)) as wire:
                    response = _answer(wire, requests[place], terms[place])
                finished.append(place)
                return response, _now()

            return ask

        sent = _now()
        answers = at_once([asking(place) for place in range(len(requests))])
        return [
            Exchange(request, response, sent, answered if response else None, *numbers)
            for request, (response, answered), numbers in zip(
                requests, answers, self._numbers.together(finished), strict=True
            )
        ]

    def course(self, job_id: str) -> Visits:
        """Nobody knows."""
        raise Inconclusive("when a live API's job will be where, nobody knows before it is there")

    def pass_to(self, offset: Duration) -> None:
        """Wait; the connection is not kept meanwhile, so that no request meets one that has been closed."""
        if offset <= self._passed:
            return
        if offset > self._patience:
            wanted, most = format_duration(offset), format_duration(self._patience)
            raise Inconclusive(f"{wanted} into the play, and nobody waits longer than {most} (--patience)")
        self._wire.close()
        self._sleep((offset - self._passed) / SECOND)
        self._passed = offset

    def move(self, job_id: str, state: str) -> None:
        """Nobody can."""
        raise Inconclusive(f"a live API cannot be told to move a job to {state!r}")

    def bookings(self, job_id: str) -> Counter[str]:
        """Nobody can."""
        raise Inconclusive("a live API has no ledger to ask")

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """Nobody can."""
        raise Inconclusive("a live API's webhooks go to a receiver of yours, which a play cannot see")

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()


def _now() -> Instant:
    return time_ns() // 1_000


def _answer(wire: Wire, request: Request, terms: Terms) -> Response | None:
    """An answer of the world's; None where none came though the client was ready to go without."""
    if terms.none or terms.timeout is not None:
        wait = SILENCE if terms.timeout is None else terms.timeout / SECOND
        return wire.once(request, {}, wait)
    return wire.ask(request)
