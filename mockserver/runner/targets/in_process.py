"""The engine itself as a target: no socket, no thread, no waiting."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange, Request
from mockserver.engine.session import Session
from mockserver.runner.inbox import work_off
from mockserver.runner.targets.api import USUAL, Numbers, Terms, Timed, Visits
from mockserver.vendors.commands import ahead, course_of

BASE: Final = "http://127.0.0.1:4810"
"""Where a vendor's URLs begin in the answers: nobody listens there."""


class InProcess:
    """A session of its own, whose clock stands still unless it is told."""

    ours = True
    base = BASE

    def __init__(self, session: Session, vendor: str) -> None:
        self.session = session
        self._vendor = vendor
        self._real = session.clock.real
        self._numbers = Numbers()
        session.clock = session.clock.freeze(self._real)

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Handle it, here and now."""
        numbers = self._numbers.one()
        return self._handled(request).seen(request, terms, numbers)

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Handle them in that order; each is sent before the first is answered."""
        answers = {place: self._handled(requests[place]) for place in order}
        numbers = self._numbers.together(order)
        return [answers[place].seen(requests[place], terms[place], numbers[place]) for place in range(len(requests))]

    def _handled(self, request: Request) -> Timed:
        reply = self.session.answer(self._vendor, request, self.base, self._real)
        return Timed(None if reply.sending.lost else reply.response, reply.at, reply.at + reply.sending.delay)

    def course(self, job_id: str) -> Visits:
        """Where a job was and will be."""
        now = self.session.clock.now(self._real)
        _, _, job = self.session.find(job_id)
        visits = (*course_of(job, now), *ahead(job, now))
        return [(visit.state, visit.entered - self.session.start) for visit in visits]

    def pass_to(self, offset: Duration) -> None:
        """Bring the session there, due by due."""
        work_off(self.session, self.session.start + offset, self._real, self.base)

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self.session.move(job_id, state, self._real)

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        now = self.session.clock.now(self._real)
        return Counter(entry.entry for _, entry in self.session.ledger(now, job_id))

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What was sent to the session's own receiver."""
        return [sent.json() for sent in self.session.deliveries.log if job_id in ("", sent.job_id)]

    def close(self) -> None:
        """Nothing to let go of."""
