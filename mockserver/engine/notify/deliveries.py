"""A session's webhooks: which event goes where and when, the outcome of each attempt, and the attempt after it.

Theory of operation. A job with webhooks to come has one entry in the session's schedule: its next attempt. Any change
of the job makes a new entry, and an entry that is not its job's latest is void when its time comes. `begin` turns an
entry into an `OutgoingDelivery`; its sender calls `finish` with the outcome, which becomes an input of the job, and the
next entry is made. In between the job is in flight: its deliveries never overtake each other. Nothing here sends: a
server posts, a play in process hands over to the session's own receiver.

Only jobs with a subscription matter, so changes of jobs are listened to from the first subscription on.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from mockserver.core.delivery import DeliveryAttempt, DeliveryOutcome
from mockserver.core.instants import SECOND, Duration, Instant, format_duration
from mockserver.core.job import Job
from mockserver.engine.context import JobRef, SessionContext
from mockserver.engine.handle import VendorContext
from mockserver.engine.notify.delivery_keys import signature_verdict
from mockserver.engine.notify.delivery_log import (
    DELIVERED,
    DROPPED,
    DUPLICATE,
    FAILED,
    REDELIVERY,
    REPLAY,
    RETRYING,
    DeliveryLog,
    DeliveryRecord,
)
from mockserver.engine.notify.next_attempt import NextAttempt, next_attempt
from mockserver.engine.notify.outgoing_delivery import OutgoingDelivery, RenderTimes, render_delivery
from mockserver.engine.store import VersionConflict
from mockserver.errors import MockError, refuse
from mockserver.vendors.api import AppendInput
from mockserver.vendors.webhook_endpoint import RECEIVER_TIMEOUT, DeliveryFault, ReceiverResponse, WebhookEndpoint

MAX_VOID_ENTRIES: Final = 1_000
"""Void entries that a schedule may hold before they are swept out."""
RETRY_UNRECORDED: Final[Duration] = 5 * SECOND
"""How long after a delivery whose outcome could not be recorded it is made again."""


class DueDelivery(NamedTuple):
    """In the schedule: the next attempt for a job; void unless the ticket is the job's latest."""

    job_key: JobRef
    ticket: int


class DeliveryPosition(NamedTuple):
    """The position of a session's deliveries, besides what its jobs know."""

    endpoint_since: Mapping[str, Instant]
    """When a vendor's endpoint was changed."""
    builtin_received: Mapping[str, int]
    """Deliveries to the session's own receiver, by vendor."""


class Deliveries:
    """The webhooks of one session."""

    def __init__(self, context: SessionContext) -> None:
        self.log = DeliveryLog()
        self._context = context
        self._scheduled: dict[JobRef, tuple[int, Instant]] = {}
        """The entry of each job: its ticket and its instant."""
        self._in_flight: set[JobRef] = set()
        self._renounced: set[JobRef] = set()
        """Jobs whose attempts are due and are left to another server."""
        self._last_ticket = 0
        self._void_count = 0
        self._listening = False
        """True from the first job with a subscription on."""
        self._endpoint_since: dict[str, Instant] = {}
        """When a vendor's endpoint was changed: events before this instant are not delivered."""
        self._builtin_received: Counter[str] = Counter()
        """Deliveries to the session's own receiver, by vendor."""

    def __len__(self) -> int:
        """Return the number of jobs with something to come."""
        return len(self._scheduled) + len(self._in_flight)

    @property
    def has_more(self) -> bool:
        """True if a job has something to come, here or on another server."""
        return bool(self._scheduled or self._in_flight or self._renounced)

    @property
    def in_flight(self) -> int:
        """The number of attempts that are under way."""
        return len(self._in_flight)

    def renounce(self, entry: DueDelivery) -> None:
        """Leave an attempt that is due to another server, until `resume`."""
        if not self._is_void(entry):
            del self._scheduled[entry.job_key]
            self._renounced.add(entry.job_key)

    def resume(self) -> bool:
        """Schedule again what was left to another server; returns False if there was nothing."""
        renounced, self._renounced = self._renounced, set()
        for key in renounced:
            self._job_changed(key, self._context.start)
        return bool(renounced)

    @property
    def next_due(self) -> Instant | None:
        """The instant of the first attempt of all jobs; None if there is none."""
        return min((at for _, at in self._scheduled.values()), default=None)

    def endpoint(self, vendor: str) -> WebhookEndpoint | None:
        """Return the vendor's endpoint in this session, or None."""
        return self._context.vendor(vendor).script.webhook_endpoint

    def endpoint_changed(self, vendor: str, now: Instant) -> None:
        """Skip the vendor's events before `now` from here on, because they belong to another endpoint."""
        self._endpoint_since[vendor] = now

    @property
    def position(self) -> DeliveryPosition:
        """The position of the deliveries; assigning restores it."""
        return DeliveryPosition(dict(self._endpoint_since), dict(self._builtin_received))

    @position.setter
    def position(self, position: DeliveryPosition) -> None:
        self._endpoint_since = dict(position.endpoint_since)
        self._builtin_received = Counter(position.builtin_received)

    def vendor_created(self, context: VendorContext) -> None:
        """Schedule the webhooks of the jobs that a scenario has created."""
        for job in context.store.all_jobs():
            self.reschedule(context, job)

    def reschedule(self, context: VendorContext, job: Job) -> None:
        """Put a job's next attempt into the schedule, if it is another than the one that is there."""
        if context.era.kinds[job.kind].webhooks is None:
            return
        self._reschedule(context, job, self._context.start)

    def _reschedule(self, context: VendorContext, job: Job, earliest: Instant) -> None:
        """Schedule a job's next attempt, for `earliest` or later; an entry for another instant becomes void."""
        key = (context.era.vendor, job.kind, job.id)
        if key in self._in_flight:
            return  # `finish` schedules what comes after the attempt that is under way
        scheduled = self._scheduled.get(key)
        due = self._next_attempt(context, job)
        if due is not None:
            at = max(due.at, earliest)
            if scheduled is not None and scheduled[1] == at:
                return
        if scheduled is not None:
            del self._scheduled[key]
            self._void_count += 1
        if due is None:
            return
        self._last_ticket += 1
        self._scheduled[key] = (self._last_ticket, at)
        order = (job.created, job.number, due.rank)
        self._context.schedule.add(at, DueDelivery(key, self._last_ticket), order)
        if self._void_count > max(MAX_VOID_ENTRIES, len(self._scheduled)):
            self._context.schedule.retain(lambda item: not isinstance(item, DueDelivery) or not self._is_void(item))
            self._void_count = 0

    def _job_changed(self, key: JobRef, at: Instant) -> None:
        """Schedule a changed job again: a `JobListener`."""
        self.reschedule(*self._find(key))

    def _find(self, key: JobRef) -> tuple[VendorContext, Job]:
        """Return a job with its vendor."""
        vendor, kind, job_id = key
        context = self._context.vendor(vendor)
        job = context.store.job(kind, job_id)
        assert job is not None  # noqa: S101 -- a store forgets no job
        return context, job

    def _is_void(self, entry: DueDelivery) -> bool:
        scheduled = self._scheduled.get(entry.job_key)
        return scheduled is None or scheduled[0] != entry.ticket

    def _next_attempt(self, context: VendorContext, job: Job) -> NextAttempt | None:
        webhooks = context.era.kinds[job.kind].webhooks
        endpoint = context.script.webhook_endpoint
        if webhooks is None or job.deletion is not None:
            return None
        subscription = webhooks.subscription(job, endpoint)
        if subscription is None:
            return None
        if not self._listening:
            self._listening = True
            self._context.job_listeners.append(self._job_changed)
        since = self._endpoint_since.get(context.era.vendor, self._context.start)
        return next_attempt(job, webhooks, subscription, endpoint, since)

    def begin(
        self, entry: DueDelivery, now: Instant, base_url: str, wall_now: Instant | None = None
    ) -> OutgoingDelivery | None:
        """Render the delivery of an entry that was taken off the schedule; None if there is nothing to send any more.

        `base_url` is the start of the URLs in it, `wall_now` the machine's time, where signatures may carry that.
        """
        if self._is_void(entry):
            self._void_count = max(0, self._void_count - 1)
            return None
        del self._scheduled[entry.job_key]
        context, job = self._find(entry.job_key)
        due = self._next_attempt(context, job)
        if due is None or due.at > now:
            # The job has changed without an entry of its own: another endpoint, a deletion.
            self.reschedule(context, job)
            return None
        delivery = render_delivery(context, job, due, RenderTimes(now, base_url, wall_now))
        self._in_flight.add(entry.job_key)
        if delivery.fault.drop:
            self._drop(delivery, now)
            return None
        return delivery

    def answer_from_builtin(self, delivery: OutgoingDelivery) -> DeliveryOutcome:
        """Return the outcome at the session's own receiver: the scenario's responses in turn, then an empty 200."""
        vendor = delivery.job_key[0]
        position = self._builtin_received[vendor]
        self._builtin_received[vendor] += 1
        endpoint = self.endpoint(vendor)
        if endpoint is None or position >= len(endpoint.receiver_responses):
            return DeliveryOutcome(200)
        response = endpoint.receiver_responses[position]
        if response == RECEIVER_TIMEOUT:
            return DeliveryOutcome(error=f"Webhook request timed out after {format_duration(delivery.timeout)}")
        if isinstance(response, ReceiverResponse):
            return DeliveryOutcome(response.status, response.body)
        return DeliveryOutcome(int(response))

    def finish(
        self, delivery: OutgoingDelivery, outcome: DeliveryOutcome, now: Instant, sent_at: Instant | None = None
    ) -> DeliveryRecord:
        """Record an outcome; by the vendor's rules it becomes an input of the job, and the next delivery is planned.

        `sent_at` is the instant of the request, at which its receiver verifies the signature; by default `now`.
        """
        sent_at = now if sent_at is None else sent_at
        vendor, kind, _ = delivery.job_key
        context = self._context.vendor(vendor)
        webhooks = context.era.kinds[kind].webhooks
        assert webhooks is not None  # noqa: S101 -- it was rendered by them
        if outcome.status is None:
            error = outcome.error or "no answer"
        else:
            error = webhooks.delivery_error(outcome.status, outcome.preview.encode())
        outcome = outcome._replace(error=error)
        if delivery.cause:
            return self._log(delivery, outcome, None, now, sent_at)
        retry_at: Instant | None = None
        delay = webhooks.retry_delay(delivery.event.type, delivery.attempt, outcome.status)
        if outcome.error and delay is not None:
            retry_at = now + delay
        self._record(delivery, delivery.attempt_at(now, outcome, retry_at))
        if delivery.fault.replay and delivery.attempt == 1:
            self._context.schedule.add(now + delivery.fault.replay, delivery._replace(cause=REPLAY))
        return self._log(delivery, outcome, retry_at, now, sent_at)

    def _record(self, delivery: OutgoingDelivery, attempt: DeliveryAttempt) -> None:
        """Commit an attempt to its job, which is not in flight any more, and call the listeners.

        If that is impossible now, the attempt is made again a while later: what is delivered at least once can come
        twice, with the same delivery key. Raises the `MockError` of the store.
        """
        while True:  # a conflict means that something else happened to the job meanwhile; both are to be kept
            context, job = self._find(delivery.job_key)
            try:
                new_input = attempt.as_input(context.store.next_seq())
                context.store.commit([AppendInput(job.kind, job.id, job.version, new_input)])
                break
            except VersionConflict:
                continue
            except MockError:
                self._in_flight.discard(delivery.job_key)
                self._reschedule(context, job, attempt.at + RETRY_UNRECORDED)
                raise
        self._in_flight.discard(delivery.job_key)
        self._context.job_changed(delivery.job_key, attempt.at)

    def _drop(self, delivery: OutgoingDelivery, now: Instant) -> None:
        """Record a delivery that the scenario drops: it counts as an attempt, and no other follows."""
        self._record(delivery, delivery.attempt_at(now, DeliveryOutcome(), None, lost=True))
        outcome = DeliveryOutcome(error="never sent: the scenario drops it")
        self._log(delivery, outcome, None, now, now, dropped=True)

    def _log(
        self,
        delivery: OutgoingDelivery,
        outcome: DeliveryOutcome,
        retry_at: Instant | None,
        now: Instant,
        sent_at: Instant,
        *,
        dropped: bool = False,
    ) -> DeliveryRecord:
        if dropped:
            state = DROPPED
        elif not outcome.error:
            state = DELIVERED
        elif retry_at is None:
            state = FAILED
        else:
            state = RETRYING
        vendor, kind, job_id = delivery.job_key
        webhooks = self._context.vendor(vendor).era.kinds[kind].webhooks
        record = DeliveryRecord(
            id=f"dlv_{self._context.epoch:x}{self.log.seq + 1:06x}",
            at=now,
            vendor=vendor,
            kind=kind,
            job_id=job_id,
            event=delivery.event,
            attempt=delivery.attempt,
            url=delivery.url,
            rendered=delivery.rendered,
            outcome=outcome,
            state=state,
            signature=signature_verdict(webhooks, delivery.rendered, delivery.keys, delivery.wall_now or sent_at),
            signature_fault=delivery.fault.signature,
            cause=delivery.cause,
            retry_at=retry_at,
        )
        self.log.add(record)
        self._context.journal.notify()
        return record

    def duplicates(self, delivery: OutgoingDelivery) -> list[OutgoingDelivery]:
        """Return the copies that a scenario sends right after a first attempt."""
        if delivery.attempt > 1 or delivery.cause:
            return []
        return [delivery._replace(cause=DUPLICATE)] * delivery.fault.duplicate

    def redeliver(
        self, delivery_id: str, now: Instant, base_url: str, wall_now: Instant | None = None, signature_fault: str = ""
    ) -> OutgoingDelivery:
        """Render a delivery of the log again for `now`, with the same event id.

        `signature_fault` is one of `SIGNATURE_FAULTS`, or empty. Raises `MockError` ADM011 for a delivery that cannot
        be sent again, ADM003 for a signature fault where the vendor does not sign.
        """
        record = self.log.find(delivery_id)
        if record is None:
            raise refuse("ADM011", f"no delivery {delivery_id[:80]!r}", "GET /__mock/deliveries lists the latest ones")
        context = self._context.vendor(record.vendor)
        job = context.store.job(record.kind, record.job_id)
        webhooks = context.era.kinds[record.kind].webhooks
        if webhooks is None or job is None or webhooks.subscription(job, context.script.webhook_endpoint) is None:
            raise refuse("ADM011", f"{record.job_id} has no endpoint any more", "POST /__mock/webhooks sets one")
        if signature_fault and webhooks.signature is None:
            detail = f"{record.vendor} does not sign webhooks: no signature can be spoilt"
            raise refuse("ADM003", detail, "leave out `sign`")
        due = NextAttempt(now, 0, record.event, record.attempt)
        rendered = render_delivery(context, job, due, RenderTimes(now, base_url, wall_now), signature_fault)
        return rendered._replace(fault=DeliveryFault(signature=rendered.fault.signature), cause=REDELIVERY)
