"""The engine itself as a target: no socket, no thread, no waiting.

Webhooks of the session go to its built-in receiver, which answers as the scenario says.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.core.codings import with_coding
from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.wire import Exchange, Request
from mockserver.engine.handle import VendorContext
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.notify.outgoing_delivery import OutgoingDelivery
from mockserver.engine.session import Session
from mockserver.runner.targets.target import DEFAULT_OPTIONS, ClientOptions, SequenceNumbers, StateTimes, TimedResponse
from mockserver.vendors.commands import future_states, history
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

BASE_URL: Final = "http://127.0.0.1:4810"
"""The base of vendor URLs in answers; nothing listens there."""


class InProcessTarget:
    """A session of its own, with the clock stopped between steps."""

    is_mock = True
    base_url = BASE_URL

    def __init__(self, session: Session, vendor: str) -> None:
        self.session = session
        self._vendor = vendor
        self._wall_now = session.clock.wall_start
        self._numbers = SequenceNumbers()
        session.clock = session.clock.freeze(self._wall_now)

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Handle the request at the session's current instant."""
        numbers = self._numbers.next_pair()
        return self._handle(request).as_exchange(request, options, numbers)

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Handle the requests in `order`; each counts as sent before the first is answered."""
        answers = {index: self._handle(requests[index]) for index in order}
        numbers = self._numbers.next_pairs(order)
        return [answers[i].as_exchange(requests[i], options[i], numbers[i]) for i in range(len(requests))]

    def _handle(self, request: Request) -> TimedResponse:
        reply = self.session.answer(self._vendor, request, self.base_url, self._wall_now)
        response = None
        if not reply.transmission.incomplete:
            response = with_coding(reply.response, reply.transmission.coding)
        return TimedResponse(response, reply.at, reply.at + reply.transmission.delay)

    def state_times(self, job_id: str) -> StateTimes:
        """Return the states of a job with their times. Raises `MockError` for an unknown job."""
        now = self.session.clock.now(self._wall_now)
        _, job = self.session.find_job(job_id)
        spans = (*history(job, now), *future_states(job, now))
        return [(span.state, span.entered - self.session.start) for span in spans]

    def advance_to(self, offset: Duration) -> None:
        """Advance the session's clock, running each due item at its own instant."""
        advance_session(self.session, self.session.start + offset, self._wall_now, self.base_url)

    def move_job(self, job_id: str, state: str) -> None:
        """Move a job to a state at once. Raises `MockError` for an illegal move."""
        self.session.move_job(job_id, state, self._wall_now)

    def ledger_counts(self, job_id: str | None) -> Counter[str]:
        """Count the ledger entries of a job, or of all jobs, by kind."""
        now = self.session.clock.now(self._wall_now)
        entries = self.session.ledger(now)
        return Counter(entry.entry for owner_id, entry in entries if job_id in (None, owner_id))

    def deliveries(self, job_id: str | None) -> Sequence[Mapping[str, Any]]:
        """Return the deliveries to the session's built-in receiver."""
        return [record.json() for record in self.session.deliveries.log if job_id in (None, record.job_id)]

    def missing_receiver(self, job_id: str | None) -> str:
        """Return why no webhook of a job (None: of any job) is sent; empty if one can be."""
        reasons = [_missing_receiver(context, job) for context, job in self.session.jobs(job_id or "")]
        return reasons[0] if reasons and all(reasons) else ""

    def close(self) -> None:
        """Do nothing: the session holds no resources."""


def _missing_receiver(context: VendorContext, job: Job) -> str:
    webhooks = context.era.kinds[job.kind].webhooks
    endpoint = context.script.webhook_endpoint
    if webhooks is None or webhooks.subscription(job, endpoint) is not None:
        return ""
    if webhooks.subscription(job, endpoint or WebhookEndpoint()) is not None:
        return "the scenario has no `webhooks`"
    return f"the create of {job.id} names no receiver"


def advance_session(session: Session, until: Instant, wall_now: Instant, base_url: str) -> None:
    """Advance a session's clock to an instant, running each due item at its own."""
    deliveries = session.deliveries
    while (due := session.schedule.pop_due(until)) is not None:
        # An item may be overdue (its endpoint was set later): time never runs backwards for it.
        now = max(due.at, session.clock.now(wall_now))
        session.clock = session.clock.set(wall_now, now)
        # Other due items, such as socket output, have no client here and are dropped.
        delivery = due.item
        if isinstance(delivery, DueDelivery):
            delivery = deliveries.begin(delivery, now, base_url)
        if isinstance(delivery, OutgoingDelivery):
            for copy in (delivery, *deliveries.duplicates(delivery)):
                deliveries.finish(copy, deliveries.answer_from_builtin(copy), now)
    session.clock = session.clock.set(wall_now, until)
