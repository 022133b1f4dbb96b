"""The definition of a vendor's webhooks: which events, to whom, with which body and headers, how many retries.

All of it is pure: events derive from a job's history as its state does, and a delivery is rendered for a given
instant. `engine.notify` decides when to send and records the outcomes.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant, unix_seconds
from mockserver.core.job import Job, StateHistory
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.vendors.signatures import SigningKeys, WebhookMessage, WebhookSignature
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


class WebhookEvent(NamedTuple):
    """An event of a job."""

    at: Instant
    key: str
    """Unique within the job, and the same for all attempts to deliver the event."""
    type: str
    extra: Mapping[str, Any] = EMPTY_MAPPING
    """Facts of the event that the job no longer shows at the instant of delivery."""


class Subscription(NamedTuple):
    """The receiver of a job's events."""

    url: str
    """Empty: the session's built-in receiver."""
    secret: str
    """Empty: unsigned."""
    events: frozenset[str]
    """The types that are delivered."""


class DeliveryRequest(NamedTuple):
    """One attempt to deliver one event, to be rendered."""

    job: Job
    event: WebhookEvent
    attempt: int
    at: Instant
    """The instant at which the body shows the job."""
    signed_at: Instant
    """The instant that the signature carries."""
    secrets: tuple[str, ...]
    """Each makes a signature, the newest first; none: unsigned."""
    base_url: str
    """Where the vendor's paths begin, without a slash at the end."""
    seed: str


class RenderedDelivery(NamedTuple):
    """The headers and body of a delivery; a vendor renders it without its signature."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    event_id: str
    """The same for each attempt; empty where the vendor sends none."""


def webhook_json(payload: Mapping[str, Any]) -> bytes:
    """Render the body of a delivery with spaces and with escapes for everything beyond ASCII, as most senders do.

    JSON that is parsed and written again rarely has the same bytes: `JSON.stringify(JSON.parse(body))` never equals
    this body. So a receiver that verifies anything but the received bytes fails here, and not first in production.
    """
    return json.dumps(payload).encode()


class PayloadPointers(NamedTuple):
    """Paths of keys into the body of a delivery; an empty path: the body has no such member."""

    event: tuple[str, ...] = ("type",)
    job: tuple[str, ...] = ("data", "id")
    attempt: tuple[str, ...] = ("delivery", "attempt")


DEFAULT_POINTERS: Final = PayloadPointers()


def state_events(spans: StateHistory, prefix: str, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
    """Yield an event PREFIX.STATE for each wanted state, once, as it is entered."""
    delivered: set[str] = set()
    # The first state has no event: a job that a scenario creates in a terminal state delivers nothing.
    for span in spans[1:]:
        name = f"{prefix}.{span.state}"
        if name in wanted and name not in delivered:
            delivered.add(name)
            yield WebhookEvent(span.entered, name, name)


class WebhookSpec(NamedTuple):
    """The webhooks of one kind of job in one era."""

    types: tuple[str, ...]
    """Every type of event."""
    default_types: tuple[str, ...]
    """The types that are delivered if neither the create nor the endpoint names any."""
    events: Callable[[Job, frozenset[str]], Iterable[WebhookEvent]]
    """(job, types to deliver) -> its past events and those of its future by time alone, in order of time."""
    subscription: Callable[[Job, WebhookEndpoint | None], Subscription | None]
    """(job, the session's endpoint) -> the receiver of its events; None: there is none."""
    render: Callable[[DeliveryRequest], RenderedDelivery]
    retry_delays: tuple[Duration, ...]
    """The time between a failed attempt and the next one; after the last of them the vendor gives up."""
    timeout: Duration
    """How long the receiver may take to answer the first attempt; `retry_timeout` is that of the others."""
    delivery_error: Callable[[int, bytes], str]
    """(status, beginning of the body) -> why the delivery failed; empty if it succeeded."""
    resolve_alias: Callable[[str], str] = lambda name: name
    """A name that is neither a type nor its last part -> the type."""
    signature: WebhookSignature | None = None
    """How deliveries are signed; None: they are not."""
    pointers: PayloadPointers = DEFAULT_POINTERS
    retry_delays_by_type: Mapping[str, tuple[Duration, ...]] = {}
    """In place of `retry_delays`, for the types that have others: `()` tries an event once."""
    retry_timeout: Duration | None = None
    """None: `timeout`."""
    is_final: Callable[[int], bool] = lambda status: False
    """The status of a failed attempt -> whether the vendor gives up at once."""
    create_names_endpoint: bool = False
    """True if a create names the endpoint for its job's events."""

    def render_signed(self, request: DeliveryRequest) -> RenderedDelivery:
        """Render a delivery and sign it: the headers of the signature come last."""
        rendered = self.render(request)
        if self.signature is None:
            return rendered
        message = WebhookMessage(rendered.event_id, str(unix_seconds(request.signed_at)), rendered.body)
        signed = self.signature.sign(message, SigningKeys(request.secrets, request.seed))
        return rendered._replace(headers=(*rendered.headers, *signed))

    def retry_delay(self, event_type: str, attempt: int, status: int | None) -> Duration | None:
        """Return the time from a failed attempt (1 for the first) to the next one; None: there is none.

        `status` is that of the receiver's answer; None: no answer came.
        """
        if status is not None and self.is_final(status):
            return None
        delays = self.retry_delays_by_type.get(event_type, self.retry_delays)
        return delays[attempt - 1] if attempt <= len(delays) else None

    def timeout_of(self, attempt: int) -> Duration:
        """Return how long the receiver may take to answer an attempt, 1 for the first."""
        if attempt == 1 or self.retry_timeout is None:
            return self.timeout
        return self.retry_timeout

    def endpoint_subscription(self, endpoint: WebhookEndpoint | None) -> Subscription | None:
        """Return the receiver where the account registers endpoints: the session's, for every job."""
        if endpoint is None:
            return None
        return self._subscription(endpoint, ())

    def named_subscription(
        self, endpoint: WebhookEndpoint | None, url: str | None, names: Iterable[str] = ()
    ) -> Subscription | None:
        """Return the receiver where a create names its URL, and the types of events, in its body or query.

        Without a URL nothing is delivered. A session's endpoint takes what would go to one: nothing reaches the
        internet.
        """
        if not url:
            return None
        return self._subscription(endpoint or WebhookEndpoint(url), names)

    def _subscription(self, endpoint: WebhookEndpoint, names: Iterable[str]) -> Subscription:
        secret = "" if self.signature is None else endpoint.secrets[0]
        return Subscription(endpoint.url, secret, self.resolve_types(names, endpoint.events))

    def resolve_types(self, *selections: Iterable[str]) -> frozenset[str]:
        """Return the types of the first selection that names a known one, else the default types."""
        for names in selections:
            types = frozenset(map(self.resolve_type, names)) - {""}
            if types:
                return types
        return frozenset(self.default_types)

    def resolve_type(self, name: str) -> str:
        """Return the type that a name means: a type, its last part, or a vendor's alias; empty if it means none."""
        if name in self.types:
            return name
        for known in self.types:
            if known.endswith(f".{name}"):
                return known
        resolved = self.resolve_alias(name)
        if resolved not in self.types:
            return ""
        return resolved
