"""The engine itself as a target: no socket, no thread, no waiting."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange, Request
from mockserver.engine.session.session import Session
from mockserver.runner.play.webhook_checks import advance_session
from mockserver.runner.targets.target import DEFAULT_OPTIONS, ClientOptions, SequenceNumbers, StateTimes, TimedResponse
from mockserver.vendors.commands import future_states, history

BASE_URL: Final = "http://127.0.0.1:4810"
"""Where a vendor's URLs begin in the answers: nobody listens there."""


class InProcessTarget:
    """A session of its own, whose clock stands still unless it is told."""

    is_mock = True
    base_url = BASE_URL

    def __init__(self, session: Session, vendor: str) -> None:
        self.session = session
        self._vendor = vendor
        self._wall_now = session.clock.wall_start
        self._numbers = SequenceNumbers()
        session.clock = session.clock.freeze(self._wall_now)

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Handle it, here and now."""
        numbers = self._numbers.next_pair()
        return self._handle(request).as_exchange(request, options, numbers)

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Handle them in that order; each is sent before the first is answered."""
        answers = {place: self._handle(requests[place]) for place in order}
        numbers = self._numbers.next_pairs(order)
        return [
            answers[place].as_exchange(requests[place], options[place], numbers[place])
            for place in range(len(requests))
        ]

    def _handle(self, request: Request) -> TimedResponse:
        reply = self.session.answer(self._vendor, request, self.base_url, self._wall_now)
        return TimedResponse(
            None if reply.transmission.incomplete else reply.response, reply.at, reply.at + reply.transmission.delay
        )

    def state_times(self, job_id: str) -> StateTimes:
        """Where a job was and will be."""
        now = self.session.clock.now(self._wall_now)
        _, job = self.session.find_job(job_id)
        visits = (*history(job, now), *future_states(job, now))
        return [(visit.state, visit.entered - self.session.start) for visit in visits]

    def advance_to(self, offset: Duration) -> None:
        """Bring the session there, due by due."""
        advance_session(self.session, self.session.start + offset, self._wall_now, self.base_url)

    def move_job(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self.session.move_job(job_id, state, self._wall_now)

    def ledger_counts(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        now = self.session.clock.now(self._wall_now)
        return Counter(entry.entry for _, entry in self.session.ledger(now, job_id))

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What was sent to the session's own receiver."""
        return [sent.json() for sent in self.session.deliveries.log if job_id in ("", sent.job_id)]

    def close(self) -> None:
        """Nothing to let go of."""
