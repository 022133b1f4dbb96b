"""One delivery of a webhook as it is sent: rendered for an attempt, and signed, falsely where a scenario says so."""

from typing import NamedTuple

from mockserver.core.delivery import DeliveryAttempt, DeliveryOutcome
from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.engine.context import JobRef
from mockserver.engine.handle import VendorContext
from mockserver.engine.notify.delivery_keys import honest_receiver_keys, signing_secrets
from mockserver.engine.notify.next_attempt import NextAttempt
from mockserver.vendors.signatures import ReceiverKeys
from mockserver.vendors.webhook_endpoint import SKEWED_TIMESTAMP, TIMESTAMP_SKEW, DeliveryFault, WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, RenderedDelivery, WebhookEvent


class OutgoingDelivery(NamedTuple):
    """A delivery that is ready to be sent."""

    job_key: JobRef
    event: WebhookEvent
    attempt: int
    url: str
    """Empty: the session's own receiver."""
    from_client: bool
    """True if the URL comes from the create of the job, not from the session's endpoint."""
    timeout: Duration
    rendered: RenderedDelivery
    fault: DeliveryFault
    keys: ReceiverKeys
    """The keys that the receiver knows; none: it is not signed."""
    wall_now: Instant | None
    """The machine's time, where the signature carries that instead of the session's."""
    cause: str = ""
    """Empty for an attempt by the vendor's rules, which counts; else why it is sent in addition."""

    def attempt_at(
        self, at: Instant, outcome: DeliveryOutcome, retry_at: Instant | None, *, lost: bool = False
    ) -> DeliveryAttempt:
        """Return what the job keeps of this delivery, made at an instant; `lost`: it was never sent."""
        return DeliveryAttempt(
            at=at,
            key=self.event.key,
            event=self.event.type,
            number=self.attempt,
            delivered=not outcome.error,
            status=outcome.status,
            error=outcome.error,
            preview=outcome.preview,
            retry_at=retry_at,
            url=self.url,
            lost=lost,
        )


class RenderTimes(NamedTuple):
    """The instants for a rendered delivery, and the start of its URLs."""

    now: Instant
    base_url: str
    wall_now: Instant | None


def render_delivery(
    context: VendorContext, job: Job, due: NextAttempt, times: RenderTimes, signature_fault: str = ""
) -> OutgoingDelivery:
    """Render and sign the next attempt for a job, which has a subscription.

    `signature_fault` is one of `SIGNATURE_FAULTS`, in place of the one that the endpoint scripts; empty: that one.
    """
    webhooks = context.era.kinds[job.kind].webhooks
    subscription = None if webhooks is None else webhooks.subscription(job, context.script.webhook_endpoint)
    assert webhooks is not None and subscription is not None  # noqa: S101, PT018 -- without them nothing is due
    endpoint = context.script.webhook_endpoint or WebhookEndpoint()
    fault = endpoint.delivery_fault(due.event.type)
    if signature_fault:
        fault = fault._replace(signature=signature_fault)
    wall_now = times.wall_now if endpoint.sign_with_wall_clock else None
    signed_at = wall_now or times.now
    if fault.signature == SKEWED_TIMESTAMP:
        signed_at = max(0, signed_at - TIMESTAMP_SKEW)
    request = DeliveryRequest(
        job=job,
        event=due.event,
        attempt=due.attempt,
        at=times.now,
        signed_at=signed_at,
        secrets=signing_secrets(subscription, endpoint, fault),
        base_url=times.base_url,
        seed=context.seed,
    )
    return OutgoingDelivery(
        job_key=(context.era.vendor, job.kind, job.id),
        event=due.event,
        attempt=due.attempt,
        url=subscription.url,
        from_client=subscription.url != endpoint.url,
        timeout=webhooks.timeout_of(due.attempt),
        rendered=webhooks.render_signed(request),
        fault=fault,
        keys=honest_receiver_keys(webhooks, subscription, endpoint, context.seed),
        wall_now=wall_now,
    )
