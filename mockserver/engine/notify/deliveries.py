"""A session's webhooks: what is told to whom and when, what came of it, and what is told next.

Theory of operation. A job that somebody is to be told about has one entry on the session's agenda: its next attempt.
Whatever changes the job puts a new entry there, and an entry that is not the job's latest is void when it is taken.
`begin` turns an entry into a `Posting`, ready to be sent; whoever has sent it calls `finish` with what came of it,
which is then an input of the job, and the next entry is made. In between the job is busy: its deliveries never
overtake each other. Nothing here sends: a server posts, a play in process hands over to the session's own receiver.
"""

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import proxy

from mockserver.core.delivery import DeliveryAttempt, DeliveryOutcome
from mockserver.core.instants import Duration, Instant, format_duration
from mockserver.core.job import Job
from mockserver.engine.handle import VendorContext
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
from mockserver.engine.store import Store, VersionConflict
from mockserver.errors import refuse
from mockserver.vendors.api import AppendInput
from mockserver.vendors.signatures import NO_SIGNATURE, verify
from mockserver.vendors.webhook_endpoint import (
    OTHER_SIGNING_KEY,
    RECEIVER_TIMEOUT,
    SKEWED_TIMESTAMP,
    TIMESTAMP_SKEW,
    UNSIGNED,
    DeliveryFault,
    ReceiverResponse,
    WebhookEndpoint,
)
from mockserver.vendors.webhooks import DeliveryRequest, RenderedDelivery, Subscription, WebhookEvent, WebhookSpec

if TYPE_CHECKING:
    from mockserver.engine.session.session import Session

JobRef = tuple[str, str, str]
"""(vendor, kind, id) of a job."""

MAX_VOID_ENTRIES: Final = 1_000
"""Void entries that an agenda may hold before they are swept out."""


class DueDelivery(NamedTuple):
    """On the agenda: the next attempt for a job; void unless the ticket is the job's latest."""

    job_key: JobRef
    ticket: int


class OutgoingDelivery(NamedTuple):
    """Something ready to be sent."""

    job_key: JobRef
    event: WebhookEvent
    attempt: int
    url: str
    """Empty: to the session's own receiver."""
    timeout: Duration
    rendered: RenderedDelivery
    fault: DeliveryFault
    secret: str
    """What the receiver knows; empty: nothing."""
    wall_now: Instant | None
    """The machine's time, where that is what is signed with."""
    cause: str = ""
    """Empty for an attempt of the vendor's, which counts; else why it is sent besides."""


class Deliveries:
    """The webhooks of one session."""

    def __init__(self, session: "Session") -> None:
        self._session: Session = proxy(session)
        self.log = DeliveryLog()
        self._scheduled: dict[JobRef, tuple[int, Instant]] = {}
        """The entry of each job: its ticket and its instant."""
        self._in_flight: set[JobRef] = set()
        self._last_ticket = 0
        self._void_count = 0
        self._endpoint_since: dict[str, Instant] = {}
        """When a vendor's endpoint was changed: what happened before is nobody's business any more."""
        self._builtin_received: Counter[str] = Counter()
        """What the session's own receiver has got, by vendor."""

    def __len__(self) -> int:
        """How many jobs have something to come."""
        return len(self._scheduled) + len(self._in_flight)

    @property
    def next_due(self) -> Instant | None:
        """When the next attempt of all is due."""
        return min((at for _, at in self._scheduled.values()), default=None)

    def endpoint(self, vendor: str) -> WebhookEndpoint | None:
        """The vendor's endpoint in this session, if there is one."""
        return self._session.context(vendor)[0].script.webhook_endpoint

    def endpoint_changed(self, vendor: str, now: Instant) -> None:
        """The vendor has another endpoint from now on."""
        self._endpoint_since[vendor] = now

    def reschedule(self, context: VendorContext, store: Store, kind: str, job_id: str) -> None:
        """Put a job's next attempt on the agenda, where it is another than the one that is there."""
        key = (context.era.vendor, kind, job_id)
        if context.era.kinds[kind].webhooks is None or key in self._in_flight:
            return
        job = store.job(kind, job_id)
        due = None if job is None else self._next_attempt(context, job)
        held = self._scheduled.get(key)
        if job is None or due is None:
            self._void_count += self._scheduled.pop(key, None) is not None
        elif held is None or held[1] != due.at:
            self._void_count += held is not None
            self._last_ticket += 1
            self._scheduled[key] = (self._last_ticket, due.at)
            self._session.schedule.add(due.at, DueDelivery(key, self._last_ticket), (job.created, job.number, due.rank))
            self._sweep_void()

    def _sweep_void(self) -> None:
        """Take void entries off the agenda once they are more than the others."""
        if self._void_count > max(MAX_VOID_ENTRIES, len(self._scheduled)):
            self._session.schedule.retain(lambda what: not isinstance(what, DueDelivery) or not self._is_void(what))
            self._void_count = 0

    def _is_void(self, entry: DueDelivery) -> bool:
        held = self._scheduled.get(entry.job_key)
        return held is None or held[0] != entry.ticket

    def _next_attempt(self, context: VendorContext, job: Job) -> NextAttempt | None:
        notices, hook = context.era.kinds[job.kind].webhooks, context.script.webhook_endpoint
        to = None if notices is None or job.last_command("delete") is not None else notices.subscription(job, hook)
        if notices is None or to is None:
            return None
        return next_attempt(job, notices, to, hook, self._endpoint_since.get(context.era.vendor, self._session.start))

    def begin(
        self, entry: DueDelivery, now: Instant, base_url: str, wall_now: Instant | None = None
    ) -> OutgoingDelivery | None:
        """What an entry that was taken off the agenda stands for; None where there is nothing to send any more.

        `base_url` begins the URLs handed out, `wall` is the machine's time where there is one to sign with.
        """
        if self._is_void(entry):
            self._void_count = max(0, self._void_count - 1)
            return None
        del self._scheduled[entry.job_key]
        vendor, kind, job_id = entry.job_key
        room, store = self._session.context(vendor)
        job = store.job(kind, job_id)
        due = None if job is None else self._next_attempt(room, job)
        if job is None or due is None or due.at > now:
            self.reschedule(room, store, kind, job_id)
            return None
        posting = self._render(room, job, due, _RenderTimes(now, base_url, wall_now))
        self._in_flight.add(entry.job_key)
        if posting.fault.drop:
            self._drop(posting, now)
            return None
        return posting

    def _render(self, context: VendorContext, job: Job, due: NextAttempt, times: "_RenderTimes") -> OutgoingDelivery:
        notices, hook = context.era.kinds[job.kind].webhooks, context.script.webhook_endpoint or WebhookEndpoint()
        to = None if notices is None else notices.subscription(job, context.script.webhook_endpoint)
        assert notices is not None and to is not None  # noqa: S101, PT018 -- without them nothing is due
        spoil = hook.delivery_fault(due.event.type)
        letter = _delivery_request(context, job, due, to, hook, spoil, times)
        key = (context.era.vendor, job.kind, job.id)
        written, wall = notices.render(letter), times.wall_now if hook.sign_with_wall_clock else None
        return OutgoingDelivery(key, due.event, due.attempt, to.url, notices.timeout, written, spoil, to.secret, wall)

    def answer_from_builtin(self, delivery: OutgoingDelivery) -> DeliveryOutcome:
        """What the session's own receiver makes of a posting: as the scenario says, then 200 with an empty body."""
        vendor = delivery.job_key[0]
        place, hook = self._builtin_received[vendor], self.endpoint(vendor)
        self._builtin_received[vendor] += 1
        answers = () if hook is None else hook.receiver_responses
        answer = answers[place] if place < len(answers) else 200
        if answer == RECEIVER_TIMEOUT:
            return DeliveryOutcome(error=f"Webhook request timed out after {format_duration(delivery.timeout)}")
        if isinstance(answer, ReceiverResponse):
            return DeliveryOutcome(answer.status, answer.body)
        return DeliveryOutcome(int(answer))

    def finish(self, delivery: OutgoingDelivery, outcome: DeliveryOutcome, now: Instant) -> DeliveryRecord:
        """Note what came of a posting; an attempt of the vendor's is an input of the job, and the next is planned."""
        vendor, kind, job_id = delivery.job_key
        room, store = self._session.context(vendor)
        notices = room.era.kinds[kind].webhooks
        assert notices is not None  # noqa: S101 -- it was posted by them
        outcome = outcome._replace(error=_undelivered_reason(notices, outcome))
        again = None
        if not delivery.cause:
            again = self._retry_at(notices, delivery.attempt, outcome, now)
            self._record_attempt(store, _attempt_record(delivery, outcome, again, now), delivery.job_key)
            self._in_flight.discard(delivery.job_key)
            self.reschedule(room, store, kind, job_id)
            self._session.sockets.job_changed(delivery.job_key, now)
            if delivery.fault.replay and delivery.attempt == 1:
                self._session.schedule.add(now + delivery.fault.replay, delivery._replace(cause=REPLAY))
        return self._log(delivery, outcome, again, now)

    @staticmethod
    def _retry_at(webhooks: WebhookSpec, attempt: int, outcome: DeliveryOutcome, now: Instant) -> Instant | None:
        if not outcome.error or attempt > len(webhooks.retry_delays):
            return None
        return now + webhooks.retry_delays[attempt - 1]

    @staticmethod
    def _record_attempt(store: Store, attempt: DeliveryAttempt, key: JobRef) -> None:
        """Commit an attempt to its job, whatever else happened to the job meanwhile."""
        while True:
            job = store.job(key[1], key[2])
            assert job is not None  # noqa: S101 -- it was there when its delivery was begun
            try:
                store.commit([AppendInput(job.kind, job.id, job.version, attempt.as_input(store.next_seq()))])
            except VersionConflict:
                continue
            return

    def _drop(self, delivery: OutgoingDelivery, now: Instant) -> None:
        vendor, kind, job_id = delivery.job_key
        room, store = self._session.context(vendor)
        self._record_attempt(
            store, _attempt_record(delivery, DeliveryOutcome(), None, now)._replace(lost=True), delivery.job_key
        )
        self._in_flight.discard(delivery.job_key)
        self.reschedule(room, store, kind, job_id)
        self._session.sockets.job_changed(delivery.job_key, now)
        self._log(delivery, DeliveryOutcome(error="never sent: the scenario lets it get lost"), None, now, DROPPED)

    def _log(
        self,
        delivery: OutgoingDelivery,
        outcome: DeliveryOutcome,
        retry_at: Instant | None,
        now: Instant,
        state: str = "",
    ) -> DeliveryRecord:
        vendor, kind, job_id = delivery.job_key
        known = state or (DELIVERED if not outcome.error else FAILED if retry_at is None else RETRYING)
        sent = DeliveryRecord(
            id=f"dlv_{self._session.epoch:x}{self.log.seq + 1:06x}",
            at=now,
            vendor=vendor,
            kind=kind,
            job_id=job_id,
            event=delivery.event,
            attempt=delivery.attempt,
            url=delivery.url,
            rendered=delivery.rendered,
            outcome=outcome,
            state=known,
            signature=self._signature_status(delivery, now),
            cause=delivery.cause,
            retry_at=retry_at,
        )
        self.log.add(sent)
        self._session.journal.notify()
        return sent

    def _signature_status(self, delivery: OutgoingDelivery, now: Instant) -> str:
        """What a verifier makes of it that looks at the clock it was signed by."""
        vendor, kind, _ = delivery.job_key
        notices = self._session.context(vendor)[0].era.kinds[kind].webhooks
        if notices is None or notices.parse_signature is None:
            return NO_SIGNATURE
        carried = notices.parse_signature({name.lower(): value for name, value in delivery.rendered.headers})
        return verify(
            carried, delivery.secret, delivery.rendered.body, now if delivery.wall_now is None else delivery.wall_now
        )

    def duplicates(self, delivery: OutgoingDelivery) -> list[OutgoingDelivery]:
        """What a scenario lets be sent once more right after a first attempt."""
        count = delivery.fault.duplicate if delivery.attempt == 1 and not delivery.cause else 0
        return [delivery._replace(cause=DUPLICATE)] * count

    def redeliver(
        self, delivery_id: str, now: Instant, base_url: str, wall_now: Instant | None = None
    ) -> OutgoingDelivery:
        """A delivery of the log, written anew for `now` with the same event id; a `MockError` where there is none."""
        sent = self.log.find(delivery_id)
        if sent is None:
            raise refuse("ADM011", f"no delivery {delivery_id[:80]!r}", "GET /__mock/deliveries lists the latest ones")
        room, store = self._session.context(sent.vendor)
        job = store.job(sent.kind, sent.job_id)
        notices = room.era.kinds[sent.kind].webhooks
        if notices is None or job is None or notices.subscription(job, room.script.webhook_endpoint) is None:
            raise refuse("ADM011", f"{sent.job_id} has nobody to be told any more", "POST /__mock/webhooks names one")
        due = NextAttempt(now, 0, sent.event, sent.attempt)
        return self._render(room, job, due, _RenderTimes(now, base_url, wall_now))._replace(
            fault=DeliveryFault(), cause=REDELIVERY
        )


class _RenderTimes(NamedTuple):
    """When something is written, and where its URLs begin."""

    now: Instant
    base_url: str
    wall_now: Instant | None


def _delivery_request(
    context: VendorContext,
    job: Job,
    due: NextAttempt,
    subscription: Subscription,
    endpoint: WebhookEndpoint,
    fault: DeliveryFault,
    times: _RenderTimes,
) -> DeliveryRequest:
    stamp = times.wall_now if endpoint.sign_with_wall_clock and times.wall_now is not None else times.now
    secret = subscription.secret
    if secret and fault.signature == OTHER_SIGNING_KEY:
        secret = f"not {secret}"
    elif fault.signature == UNSIGNED:
        secret = ""
    elif fault.signature == SKEWED_TIMESTAMP:
        stamp = max(0, stamp - TIMESTAMP_SKEW)
    return DeliveryRequest(job, due.event, due.attempt, times.now, stamp, secret, times.base_url, context.seed)


def _undelivered_reason(webhooks: WebhookSpec, outcome: DeliveryOutcome) -> str:
    """Why it was not delivered; empty where it was."""
    if outcome.status is None:
        return outcome.error or "no answer"
    return webhooks.delivery_error(outcome.status, outcome.preview.encode())


def _attempt_record(
    delivery: OutgoingDelivery, outcome: DeliveryOutcome, retry_at: Instant | None, now: Instant
) -> DeliveryAttempt:
    return DeliveryAttempt(
        at=now,
        key=delivery.event.key,
        event=delivery.event.type,
        number=delivery.attempt,
        delivered=not outcome.error,
        status=outcome.status,
        error=outcome.error,
        preview=outcome.preview,
        retry_at=retry_at,
        url=delivery.url,
    )
